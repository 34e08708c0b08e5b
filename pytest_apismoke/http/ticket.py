"""What a check gets for its first request: the answer, if the request was sent ahead.

An answer that may be as it is because others were in flight is not used; the check asks again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.retry import TOO_MANY
from pytest_apismoke.http.sent import Sent, was_too_much
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import is_sensitive

#: The statuses of a token that is refused.
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back to a request that was sent ahead at `started_at`, after `duration_s` seconds.

    An answer that does not count has to be asked for again, alone.
    """

    reply: Reply
    started_at: float
    duration_s: float
    counts: bool = True


class Ticket:
    """What came of the first request of one check, if that was sent ahead; good for one use.

    `overlapped_s` is how many seconds of its time nobody waited for it.
    """

    def __init__(self, ahead: Ahead, name: str) -> None:
        self._ahead = ahead
        self._name = name
        self._is_used = False
        self.overlapped_s = 0.0
        #: What the target said that counts for nothing, and whether it said it too late.
        self._refusal: Reply | None = None
        self._was_slow = False
        #: Whether the answer may be due to others: to send the request again costs no retry.
        self.is_of_company = False
        self._limit_s: float | None = None

    def take(self, request: Request) -> Answer | None:
        """The answer to a request, within its deadline; None where nothing like it was sent."""
        if self._is_used:
            return None
        self._is_used = True
        sent, began = self._ahead.take(self._name), self._ahead.clock()
        if sent is None or sent.departed is None:
            return None
        flight, departed, self._limit_s = sent.flight, sent.departed, sent.ahead.limit_s
        if not _alike(departed.request, request):
            self._ahead.drop(sent)
            return None
        reply = self._ahead.reply_to(sent)
        self.overlapped_s = max(0.0, flight.duration_s - (self._ahead.clock() - began))
        answer = Answer(reply=reply, started_at=flight.started_at, duration_s=flight.duration_s)
        self.is_of_company = sent.had_company and was_too_much(reply)
        # A token that was renewed meanwhile is refused no more.
        has_old_token = reply.status in _REFUSED and departed.request != request
        # An answer to a request that went alone is what it would be anyway.
        self._was_slow = sent.had_company and sent.was_slow and not was_too_much(reply)
        is_refused = reply.status == TOO_MANY and not sent.went_as_usual
        if is_refused or _may_have_queued(sent, reply):
            self._refusal = reply
        if self._refusal or self._was_slow or has_old_token:
            return replace(answer, counts=False)
        return answer

    def patience_s(self, reply: Reply) -> float | None:
        """The seconds to wait before a request is sent again that was one of too many.

        None where the target says something else, or nothing was sent ahead.
        """
        wait_s = self._ahead.patience_s(reply)
        if wait_s is not None:
            self._refusal = self._refusal or reply
        return wait_s

    def was_answered_alone(self, reply: Reply, duration_s: float) -> str:
        """Takes note of what came of a request that went alone; returns a note for the report.

        It is empty where the target says the same as before: then their number is not the reason.
        """
        limit_s = self._limit_s
        if self._was_slow and limit_s is not None and duration_s <= limit_s:
            self._ahead.was_faster_alone()
        if self._refusal is None or was_too_much(reply):
            return ""
        return self._ahead.words_once(self._refusal)

    def take_turn(self) -> float:
        """As `Rate.take_turn`."""
        return self._ahead.take_turn()

    def alone(self) -> AbstractContextManager[None]:
        """The context of a request that the check sends itself: nothing is sent beside it."""
        return self._ahead.alone()


def _may_have_queued(sent: Sent, reply: Reply) -> bool:
    """Whether a request had no answer in time because it waited for others at the target.

    Others that were sent after it and answered before it say that it hangs by itself; unless its
    own connection was never taken up, by a target that serves one connection after the other.
    """
    is_overdue = reply.failure is not None and reply.failure.is_overdue
    # Over TLS nothing is sent before somebody has shaken hands.
    is_encrypted = sent.departed is not None and sent.departed.is_encrypted
    is_served = reply.over_kept or (is_encrypted and reply.has_sent)
    return is_overdue and sent.had_company and not (sent.is_overtaken and is_served)


def _alike(sent: Request, wanted: Request) -> bool:
    """Whether a check would send the same, but for a token that was renewed meanwhile."""
    return sent == wanted or _plain(sent) == _plain(wanted)


def _plain(request: Request) -> Request:
    headers = {name: text for name, text in request.headers.items() if not is_sensitive(name)}
    return replace(request, headers=headers)
