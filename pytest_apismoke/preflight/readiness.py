"""Waits until the target is ready and, if a version is expected, until that version answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.http.budget import Clock, Sleep
from pytest_apismoke.http.client import Client
from pytest_apismoke.preflight.health_page import Poll
from pytest_apismoke.preflight.polling import Ask, poll_once, poll_together
from pytest_apismoke.preflight.roll_out import RollOut, Shown
from pytest_apismoke.preflight.unready import (
    NotReadyError,
    is_told_at_once,
    never_ready,
    too_few,
    wrong_version,
)
from pytest_apismoke.records import dataclass

#: How many polls are sent side by side once the version answers: what the smallest server takes at
#: a time, which answers one after the other and lets no more than five connections wait.
_TOGETHER = 7
_AT_THE_END = "at the end of the run"
#: How often an instance that is not well at the end is given time: a moment of it is no failure.
_LOOKS_AT_THE_END = 3
#: The pauses of a gate that has used up a limit of requests, in seconds.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The target is ready; `version` is the one that it reports, None if it reports none.

    `note` is a sentence for the verdict, about what the page says beside that. `is_mixed` means
    that another version has answered in turn with the expected one while the run waited.
    """

    after_s: float
    version: str | None
    note: str = ""
    is_mixed: bool = False


def wait_until_ready(
    client: Client,
    readiness: Readiness,
    *,
    wait_s: float,
    version: str | None,
    clock: Clock,
    sleep: Sleep,
    progress: Callable[[str, float], None],
    ask: Ask | None = None,
) -> Ready:
    """Polls until the target is ready.

    Args:
        client: sends the polls; its budget must not be shorter than `wait_s`.
        readiness: the path to poll and the response to expect.
        wait_s: the longest wait, in seconds; 0 polls once.
        version: the version that must answer for as long as `RollOut` says, or None.
        clock: a monotonic clock in seconds.
        sleep: waits between two polls, in seconds.
        progress: called at each poll with the reason and the seconds waited so far.
        ask: sends the request for a version that needs a login.

    Raises:
        NotReadyError: `unready`, or `version` when all that is wrong is the version.

    """
    started = clock()
    looks = None if version is None else _Looks(client, readiness, ask, version)
    while True:
        poll = looks.look() if looks else poll_once(client, readiness, ask)
        after_s = clock() - started
        if poll.is_final:
            raise never_ready(client.base_url, readiness, poll)
        if looks and looks.can_never_show_it(poll):
            raise looks.failure(poll)
        if looks is None and poll.reason is None:
            return Ready(after_s=after_s, version=poll.version.text, note=poll.note)
        if looks and (looks.roll_out.is_over or looks.is_enough_by(after_s, wait_s)):
            return looks.arrived(after_s)
        if not (looks and looks.roll_out.agreeing):
            progress(poll.reason or _answering(poll), after_s)
        pause_s = looks.pause_s if looks else readiness.poll_interval_s
        # Agreeing answers come without a pause, so that the rest of them may come after the limit.
        if pause_s and after_s + pause_s > wait_s:
            if looks and (looks.roll_out.agreeing or poll.reason is None):
                raise looks.failure(poll, f"within {wait_s:g} s")
            raise never_ready(client.base_url, readiness, poll, f"within {wait_s:g} s")
        sleep(pause_s)


def confirm_version(
    client: Client,
    readiness: Readiness,
    version: str,
    *,
    ask: Ask | None = None,
    was_mixed: bool = False,
) -> None:
    """Polls version and health again, at the end: a fleet half rolled out must not pass.

    Args:
        client: sends the polls.
        readiness: the path to poll.
        version: the one that must answer.
        ask: sends the request for a version that needs a login.
        was_mixed: whether another version has answered in turn with it at the beginning.

    Raises:
        NotReadyError: `version` when another one answers, or none; `unready` when an instance is
            not well any more.

    """
    looks = _Looks(client, readiness, ask, version, was_mixed=was_mixed)
    left = _LOOKS_AT_THE_END
    while not looks.roll_out.is_over:
        poll = looks.look()
        if Shown.OTHER in looks.shown:
            raise looks.failure(poll, _AT_THE_END)
        if Shown.NOT_READY not in looks.shown and Shown.UNKNOWN not in looks.shown:
            continue
        if looks.is_refused and looks.waits_patiently():
            continue
        left -= 1
        pause_s = looks.pause_s
        if left and not poll.is_out_of_time and client.budget.remaining_s() > pause_s:
            client.budget.pause(pause_s)
        elif Shown.NOT_READY not in looks.shown and looks.roll_out.agreeing:
            # It was seen, and the rest is refused, or would take too long.
            return
        elif looks.roll_out.expected and poll.reason:
            raise never_ready(client.base_url, readiness, poll, _AT_THE_END)
        else:
            raise looks.failure(poll, _AT_THE_END)


class _Looks:
    """Looks at the version: by one poll until it answers, then by several side by side.

    Args:
        client: sends the polls.
        readiness: the path to poll.
        ask: sends the request for a version that needs a login.
        version: the expected one.
        was_mixed: whether another one has answered in turn with it before.

    """

    def __init__(
        self,
        client: Client,
        readiness: Readiness,
        ask: Ask | None,
        version: str,
        *,
        was_mixed: bool = False,
    ) -> None:
        self._client, self._readiness, self._ask = client, readiness, ask
        self._version = version
        self._together = _TOGETHER
        self._asked_s, self._patience_s = 0.0, _FIRST_PAUSE_S
        self._was_refused = False
        self._agreeing: Poll | None = None
        self.roll_out = RollOut(at_least=readiness.agreeing_answers, is_mixed=was_mixed)
        self.shown: tuple[Shown, ...] = ()

    def look(self) -> Poll:
        """The answer that tells most: one that does not show the version, if there is any."""
        count = min(self._together, self.roll_out.missing) if self.roll_out.agreeing else 1
        polls = poll_together(self._client, self._readiness, self._ask, count)
        self.shown = tuple(_shown(poll, self._version) for poll in polls)
        found = dict(zip(self.shown, polls, strict=True))
        other = found.get(Shown.OTHER)
        self.roll_out = self.roll_out.after(self.shown, str(other.version.text) if other else "")
        self._agreeing = found.get(Shown.EXPECTED, self._agreeing)
        self._asked_s = _asked_pause_s(polls)
        self._was_refused = any(poll.asked_pause_s is not None for poll in polls)
        if self._asked_s:
            # One after the other from here on, as slowly as the target wishes.
            self._together = 1
        return next(found[shown] for shown in _TELLING if shown in found)

    @property
    def pause_s(self) -> float:
        """The seconds until the next look; none while the version answers."""
        if self.roll_out.agreeing and Shown.UNKNOWN not in self.shown:
            return 0.0
        return self._asked_s if self.roll_out.agreeing and self._asked_s else self._interval_s

    @property
    def _interval_s(self) -> float:
        return self._readiness.poll_interval_s

    @property
    def is_refused(self) -> bool:
        """Whether the target has refused to be asked so often, and not shown the version yet."""
        return not self.roll_out.agreeing and self._was_refused

    def waits_patiently(self) -> bool:
        """Waits, longer each time, if the budget allows it: the gate itself used up a limit."""
        pause_s = max(self._asked_s, self._patience_s)
        if self._client.budget.remaining_s() <= pause_s:
            return False
        self._patience_s = min(2 * self._patience_s, _LONGEST_PAUSE_S)
        self._client.budget.pause(pause_s)
        return True

    def can_never_show_it(self, poll: Poll) -> bool:
        """Whether waiting does not help, because of how the page gives the version."""
        return not self.roll_out.expected and is_told_at_once(self._version, poll.version)

    def is_enough_by(self, after_s: float, wait_s: float) -> bool:
        """Whether the answers have to do, because the wait is over and no other version was seen.

        Args:
            after_s: the seconds waited so far.
            wait_s: the longest wait, in seconds.

        """
        is_late = bool(self.pause_s) and after_s + self.pause_s > wait_s
        has_come = self.roll_out.agreeing >= self._readiness.agreeing_answers
        return is_late and has_come and not self.roll_out.is_mixed

    def arrived(self, after_s: float) -> Ready:
        """The expected version answers; with a note where it was seen less often than needed."""
        poll = self._agreeing
        assert poll is not None, "a version that answers was seen"
        notes = [poll.note] if poll.note else []
        if self.roll_out.missing:
            notes.insert(
                0,
                f"the version was seen {self.roll_out.agreeing} times in a row and not"
                f" {self.roll_out.needed} times, because the target asked for fewer requests or was"
                " slow: an instance with another version may have gone unseen",
            )
        return Ready(
            after_s=after_s,
            version=poll.version.text,
            note="; ".join(notes),
            is_mixed=self.roll_out.is_mixed,
        )

    def failure(self, poll: Poll, when: str = "") -> NotReadyError:
        """The failure that an answer shows at some time."""
        tell = too_few if self.roll_out.agreeing else wrong_version
        return tell(
            self._client.base_url, self._readiness, poll, self._version, when, self.roll_out
        )


#: What an answer shows, the most telling first.
_TELLING = (Shown.OTHER, Shown.NOT_READY, Shown.UNKNOWN, Shown.EXPECTED)


def _shown(poll: Poll, version: str) -> Shown:
    from pytest_apismoke.preflight.versions import is_same_version

    if poll.asked_pause_s is not None or poll.is_out_of_time:
        return Shown.UNKNOWN
    text = poll.version.text
    if poll.reason is not None or text is None:
        return Shown.NOT_READY
    return Shown.EXPECTED if is_same_version(version, text) else Shown.OTHER


def _asked_pause_s(polls: Sequence[Poll]) -> float:
    """The longest pause that an answer asks for; 0 if none does."""
    return max((poll.asked_pause_s or 0.0 for poll in polls), default=0.0)


def _answering(poll: Poll) -> str:
    return f"version {poll.version.text} answers" if poll.version.text else "it shows no version"
