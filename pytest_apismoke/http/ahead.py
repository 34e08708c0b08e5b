"""Sends requests before the checks begin that judge their answers.

The answers wait until they are asked for, in whatever order. What the target could not answer
beside others is not used: its check sends the request again, alone, as if nothing had been sent.
So the number of requests in flight decides how long a run takes, and never how it ends.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from pytest_apismoke.http.ahead_request import AheadRequest, Sender
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.rate import Rate
from pytest_apismoke.http.retry import LONGEST_WAIT_S, TOO_MANY, asked_wait_s
from pytest_apismoke.http.sent import Sent, was_too_much
from pytest_apismoke.http.window import SILENCE_S, Window

#: How many answers may wait for their checks, as a multiple of the requests in flight, and the
#: bytes of their bodies: checks take longer than answers.
_WAITING, _WAITING_BYTES = 4, 16 * 2**20

Later = Callable[[float, Callable[[], None]], object]


def _nothing() -> None:
    """Where nobody has to be told."""


def _in_a_thread(seconds: float, function: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()


class Ahead:
    """The requests of one process that are sent ahead, a few at once.

    Args:
        sender: sends them.
        at_once: how many may be in flight, besides the one that a check sends itself.
        rate: the turns of all requests.
        clock: a monotonic clock in seconds.
        later: calls a function after some seconds.

    """

    def __init__(
        self,
        sender: Sender,
        *,
        at_once: int,
        rate: Rate,
        clock: Clock,
        later: Later = _in_a_thread,
    ) -> None:
        # Reentrant: a signal handler may end the run while its thread is in here.
        self._lock = threading.RLock()
        self._sender = sender
        self._rate = rate
        self.clock = clock
        self._later = later
        self._window = Window.opening(at_once)
        self._queue: OrderedDict[str, AheadRequest] = OrderedDict()
        self._sent: dict[str, Sent] = {}
        #: Those in flight, in the order in which they were sent.
        self._flying: list[Sent] = []
        self._waiting_bytes = 0
        self._is_paused = False
        self._is_held = 0
        #: The moment of a turn that is taken and has not come yet.
        self._turn_at: float | None = None
        self._has_sent = False
        self._too_many = 0
        self._is_told = False

    def send(self, requests: Mapping[str, AheadRequest]) -> None:
        """Sends some more requests, by the names of their checks, in their order."""
        with self._lock:
            if self._window.is_open:
                self._queue.update(requests)
        self._pump()

    def settle(self) -> None:
        """Sends nothing more of what is announced, and waits until nothing is in flight."""
        with self._lock:
            self._queue.clear()
        self._wait_for_the_rest()

    def close(self) -> None:
        """Sends nothing more, and drops what is in flight."""
        with self._lock:
            self._queue.clear()
            self._is_paused = True
            # Also those that their checks wait for, or are about to.
            left = [*self._sent.values(), *self._flying]
            self._sent.clear()
        for one in left:
            one.flight.abandon()

    # -- sending --------------------------------------------------------------------------------

    def _pump(self) -> None:
        """Sends as many requests as may be in flight."""
        with self._lock:
            while self._may_send() and self._has_turn():
                self._send_next()

    def _has_turn(self) -> bool:
        """Whether a request may be sent now; if not, one is sent when its turn has come."""
        wait_s = self._rate.take_turn()
        if wait_s > 0:
            self._turn_at = turn_at = self.clock() + wait_s
            self._later(wait_s, partial(self._use_turn, turn_at))
        return wait_s <= 0

    def _use_turn(self, turn_at: float) -> None:
        with self._lock:
            if self._turn_at != turn_at:
                return
            self._turn_at = None
            if self._may_send():
                self._send_next()
        self._pump()

    def _may_send(self, *, is_awaited: bool = False) -> bool:
        return (
            bool(self._queue)
            and not (self._is_paused or self._is_held or self._turn_at is not None)
            and len(self._flying) < (1 if is_awaited else self._window.at_once)
            and len(self._sent) < _WAITING * self._window.most
            and self._waiting_bytes < _WAITING_BYTES
        )

    def _send_next(self, *, is_awaited: bool = False) -> None:
        name, ahead = self._queue.popitem(last=False)
        sent = Sent(ahead, is_awaited=is_awaited)
        # The one that waits looks at it: two threads would only be in each other's way.
        when_done = _nothing if is_awaited else partial(self._ended, sent)
        sent.departed = self._sender.start(ahead, when_done)
        if sent.departed is None:
            # Its check will tell why.
            self._queue.clear()
            return
        if self._flying:
            for one in (sent, *self._flying):
                one.had_company = True
        self._flying.append(sent)
        self._has_sent = True
        self._sent[name] = sent

    def _ended(self, sent: Sent) -> None:
        with self._lock:
            place = self._flying.index(sent)
            before = self._flying[:place]
            del self._flying[place]
            flight = sent.flight
        # Without the lock: a certificate may have to be looked at.
        reply = flight.reply()
        with self._lock:
            if not was_too_much(reply):
                for other in before:
                    other.is_overtaken = True
            self._look_at(sent, reply)
        self._pump()

    def _look_at(self, sent: Sent, reply: Reply) -> None:
        sent.is_done = True
        if not sent.is_taken:
            sent.body_bytes = len(reply.body)
            self._waiting_bytes += sent.body_bytes
        if was_too_much(reply):
            self._too_many = self._too_many or len(self._flying) + 1
            self._window = self._window.after_refusal()
            # Until its check has ended, which asks alone.
            self._is_paused = True
            if not self._window.is_open:
                self._queue.clear()
        else:
            self._window = self._window.after_answer(sent.flight.duration_s)
            self._is_paused = self._is_paused or sent.was_slow
        if self._sender.is_in_vain(sent.ahead, reply):
            self._queue.clear()

    # -- answers --------------------------------------------------------------------------------

    def go_on(self) -> None:
        """Sends others again, after a check that had to ask alone."""
        with self._lock:
            if not self._is_paused:
                return
            self._is_paused = False
        self._pump()

    def was_faster_alone(self) -> None:
        """Takes note of an answer that came in time only alone: sends fewer at once."""
        with self._lock:
            self._window = self._window.after_refusal()

    def take(self, name: str) -> Sent | None:
        """What was sent for a check; from now on the check sends itself what was not."""
        with self._lock:
            if self._window.is_resting and name in self._queue:
                self._queue.move_to_end(name, last=False)
                if self._may_send(is_awaited=True) and self._has_turn():
                    self._send_next(is_awaited=True)
            self._queue.pop(name, None)
            sent = self._sent.pop(name, None)
            if sent is not None:
                sent.is_taken = True
                self._waiting_bytes -= sent.body_bytes
                self._pump()
        return sent

    def reply_to(self, sent: Sent) -> Reply:
        """Waits for what comes of a request that was taken; see `Flight.reply`.

        Others are sent beside it if it turns out to take long.
        """
        if not sent.is_awaited:
            return sent.flight.reply()
        try:
            if not sent.flight.has_ended_within(SILENCE_S):
                with self._lock:
                    self._window = self._window.after_silence()
                self._pump()
            return sent.flight.reply()
        finally:
            self._ended(sent)

    def drop(self, sent: Sent) -> None:
        """Abandons a request that was taken and is not what its check wants."""
        sent.flight.abandon()
        if sent.is_awaited:
            self._ended(sent)

    def take_turn(self) -> float:
        """The seconds until a check may send a request itself; no turn is lost to others."""
        with self._lock:
            if self._turn_at is None:
                return self._rate.take_turn()
            wait_s, self._turn_at = self._turn_at - self.clock(), None
            return max(0.0, wait_s)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A context in which nothing is in flight but what its caller sends."""
        with self._lock:
            self._is_held += 1
        try:
            self._wait_for_the_rest()
            yield
        finally:
            with self._lock:
                self._is_held -= 1
            self._pump()

    def _wait_for_the_rest(self) -> None:
        """Waits until nothing is in flight, each request within its deadline."""
        with self._lock:
            on_their_way = [one for one in self._sent.values() if not one.is_done]
        for one in on_their_way:
            one.flight.reply()

    def patience_s(self, reply: Reply) -> float | None:
        """The seconds to wait where a check is told of too many requests: these are the reason.

        Then nothing more is sent ahead: it is a matter of their rate, not of their number at once.
        None where nothing is sent ahead, or the target asks for too long a wait.
        """
        with self._lock:
            if reply.status != TOO_MANY or not self._has_sent or self._window.is_resting:
                return None
            self._too_many = self._too_many or 1
            self._window = replace(self._window, at_once=1, is_probing=False)
            self._queue.clear()
        wait_s = asked_wait_s(reply.headers)
        return wait_s if wait_s <= LONGEST_WAIT_S else None

    def words_once(self, reply: Reply) -> str:
        """The note on a target that did not bear so many requests; empty the second time."""
        with self._lock:
            if self._is_told:
                return ""
            self._is_told = True
        seen = f"status {reply.status}" if reply.failure is None else reply.failure.words
        number = f"{self._too_many} requests were" if self._too_many > 1 else "1 request was"
        return (
            f"the target answered with {seen} while {number} in flight: it was asked again, and"
            " fewer at once (--smoke-concurrency and --smoke-rate set how many)"
        )
