"""What a check gets for its first request: the answer, if the request was sent ahead.

An answer that may be as it is because others were in flight is not used; the check asks again.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace

from pytest_apismoke.http.ahead import Ahead, Sent, was_too_much
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import is_sensitive

#: The statuses of a token that is refused.
_REFUSED = frozenset({401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back to a request that was sent ahead, after `duration_s` seconds.

    With `ask_again_in_s` the answer does not count, because the request did not go alone: it has to
    be sent again after so many seconds.
    """

    reply: Reply
    duration_s: float
    ask_again_in_s: float | None = None


class Ticket:
    """What came of the first request of one check, if that was sent ahead; good for one use.

    `overlapped_s` is how many seconds of its time nobody waited for it.
    """

    def __init__(self, ahead: Ahead, name: str) -> None:
        self._ahead = ahead
        self._name = name
        self._is_used = False
        self.overlapped_s = 0.0
        #: What was sent and has to be sent again, and what the target said to it.
        self._sent: Sent | None = None
        self._refusal: Reply | None = None

    def take(self, request: Request) -> Answer | None:
        """The answer to a request, within its deadline; None where nothing like it was sent."""
        if self._is_used:
            return None
        self._is_used = True
        sent, began = self._ahead.take(self._name), self._ahead.clock()
        if sent is None or sent.departed is None:
            return None
        flight, departed = sent.flight, sent.departed
        if not _alike(departed.request, request):
            flight.abandon()
            return None
        reply = flight.reply()
        self.overlapped_s = max(0.0, flight.duration_s - (self._ahead.clock() - began))
        answer = Answer(reply=reply, duration_s=flight.duration_s)
        if was_too_much(reply) or sent.was_slow:
            self._sent = sent
            self._refusal = reply if was_too_much(reply) else None
            return replace(answer, ask_again_in_s=self._ahead.wait_s())
        # A token that was renewed meanwhile is refused no more.
        has_old_token = reply.status in _REFUSED and departed.request != request
        return replace(answer, ask_again_in_s=0.0) if has_old_token else answer

    def patience_s(self, reply: Reply) -> float | None:
        """The seconds to wait before a request is sent again that was one of too many.

        None where the target says something else, or nothing was sent ahead.
        """
        if not self._ahead.is_to_blame_for(reply):
            return None
        self._refusal = self._refusal or reply
        return self._ahead.wait_s()

    def was_answered_alone(self, reply: Reply, duration_s: float) -> str:
        """Takes note of what came of a request that went alone; returns a note for the report.

        It is empty where the target says the same as before: then their number is not the reason.
        """
        if self._sent is not None:
            self._ahead.learn(self._sent, reply, duration_s)
        if self._refusal is None or was_too_much(reply):
            return ""
        return self._ahead.words_once(self._refusal)

    def take_turn(self) -> float:
        """As `Rate.take_turn`."""
        return self._ahead.take_turn()

    def alone(self) -> AbstractContextManager[None]:
        """The context of a request that the check sends itself: nothing is sent beside it."""
        return self._ahead.alone()


def _alike(sent: Request, wanted: Request) -> bool:
    """Whether a check would send the same, but for a token that was renewed meanwhile."""
    return sent == wanted or _plain(sent) == _plain(wanted)


def _plain(request: Request) -> Request:
    headers = {name: text for name, text in request.headers.items() if not is_sensitive(name)}
    return replace(request, headers=headers)
