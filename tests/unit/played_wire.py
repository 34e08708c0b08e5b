"""A wire without a network: requests in flight end in the order of a played server's times."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pytest_apismoke.http.error_words import FetchFailure, FetchProblem
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request

if TYPE_CHECKING:
    from unit.conftest import FakeClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a path says: after `takes_s` seconds a status with a JSON body, or a failure."""

    status: int = 200
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    takes_s: float = 0.1
    is_reset: bool = False

    @property
    def reply(self) -> Reply:
        """The same as the wire has it."""
        if self.is_reset:
            reason = FetchFailure(
                problem=FetchProblem.RESET, words="the connection was reset", is_transient=True
            )
            return Reply(failure=reason, has_sent=True)
        return Reply(
            status=self.status,
            headers={"content-type": "application/json", **self.headers},
            body=json.dumps(self.body).encode(),
            has_sent=True,
            has_answered=True,
        )


OVERDUE = Reply(
    failure=FetchFailure(
        problem=FetchProblem.TOTAL_TIMEOUT, words="no response in time", is_overdue=True
    ),
    has_sent=True,
)
ABANDONED = Reply(
    failure=FetchFailure(problem=FetchProblem.RESET, words="abandoned"), has_sent=True
)


class Server:
    """Says what each path says; the kinds of servers below bear less.

    `most_at_once` is how many requests it had in its hands, at most.
    """

    def __init__(self, paths: Mapping[str, Played]) -> None:
        self.paths = paths
        self.in_hands = 0
        self.most_at_once = 0
        self.requests: list[str] = []
        self.moments: list[float] = []

    def said(self, request: Request, now: float) -> tuple[Played, float]:
        """The answer, and the seconds until it is there."""
        played = self.paths[request.path]
        return played, played.takes_s

    def take(self, request: Request, now: float) -> tuple[Played, float]:
        """As `said`, and counts."""
        self.in_hands += 1
        self.most_at_once = max(self.most_at_once, self.in_hands)
        self.requests.append(f"{request.method} {request.path}")
        self.moments.append(now)
        return self.said(request, now)


class OneAtATime(Server):
    """Serves one request after the other."""

    def __init__(self, paths: Mapping[str, Played]) -> None:
        super().__init__(paths)
        self._free_at = 0.0

    def said(self, request: Request, now: float) -> tuple[Played, float]:
        """Later than the request before it."""
        played = self.paths[request.path]
        self._free_at = max(now, self._free_at) + played.takes_s
        return played, self._free_at - now


class AtMost(Server):
    """Refuses what is more than so many at once."""

    def __init__(self, paths: Mapping[str, Played], most: int, refusal: Played) -> None:
        super().__init__(paths)
        self._most = most
        self._refusal = refusal

    def said(self, request: Request, now: float) -> tuple[Played, float]:
        """A refusal, or the answer."""
        if self.in_hands > self._most:
            return self._refusal, self._refusal.takes_s
        return super().said(request, now)


class Bucket(Server):
    """Refuses what is more than so many a second, but for a burst."""

    def __init__(self, paths: Mapping[str, Played], per_s: float, burst: int) -> None:
        super().__init__(paths)
        self._per_s, self._burst = per_s, burst
        self._drops, self._at = float(burst), 0.0
        self.has_refused = False

    def said(self, request: Request, now: float) -> tuple[Played, float]:
        """A refusal, or the answer."""
        self._drops = min(self._burst, self._drops + (now - self._at) * self._per_s)
        self._at = now
        if self._drops < 1:
            self.has_refused = True
            wait_s = str(int((1 - self._drops) / self._per_s) + 1)
            return Played(status=429, headers={"retry-after": wait_s}), 0.01
        self._drops -= 1
        return super().said(request, now)


class PlayedFlight:
    """A request in flight; see `Flight`."""

    def __init__(
        self,
        wire: PlayedWire,
        path: str,
        reply: Reply,
        takes_s: float,
        done: Callable[[], object],
    ) -> None:
        self.path = path
        self.started_at = wire.clock.now
        self.ends_at = wire.clock.now + takes_s
        self.duration_s = takes_s
        self.is_abandoned = False
        self._wire = wire
        self._reply = reply
        self._done = done

    def end(self) -> None:
        """The worker is free again."""
        self._done()

    def abandon(self) -> None:
        """Nobody waits for it any more."""
        self.is_abandoned = True

    def has_ended_within(self, seconds: float) -> bool:
        """Whether it has ended, once the clock has come so much farther."""
        if self._wire.interrupts == self.path:
            self._wire.interrupts = ""
            self.abandon()
            raise KeyboardInterrupt
        return self._wire.until(self, at_most_s=seconds)

    def reply(self) -> Reply:
        """What came of it, once the clock has come so far."""
        if self.is_abandoned:
            self._wire.drop(self)
            return ABANDONED
        self._wire.until(self)
        return self._reply


class PlayedWire:
    """Sends requests to a played server; the clock moves when somebody waits; see `Wire`.

    `interrupts` is the path whose request is interrupted, once, while somebody waits for a while.
    """

    def __init__(
        self,
        server: Server,
        clock: FakeClock,
        *,
        most_s: float = math.inf,
        interrupts: str = "",
        over_kept: bool = False,
        has_sent: bool = True,
    ) -> None:
        self._overdue = replace(OVERDUE, over_kept=over_kept, has_sent=has_sent)
        self._most_s = most_s
        self.interrupts = interrupts
        self.clock = clock
        self._server = server
        self._in_flight: list[PlayedFlight] = []
        self._calls: list[tuple[float, Callable[[], object]]] = []

    def start(
        self,
        request: Request,
        url: str,
        *,
        fresh: bool,
        limit_s: float,
        clock: Callable[[], float],
        marks: Mapping[str, str] | None = None,
        when_done: Callable[[], object] = lambda: None,
    ) -> PlayedFlight:
        """Starts a request."""
        played, takes_s = self._server.take(request, self.clock.now)
        reply = played.reply
        limit_s = min(limit_s, self._most_s)
        if takes_s > limit_s:
            reply, takes_s = self._overdue, limit_s
        flight = PlayedFlight(self, request.path, reply, takes_s, when_done)
        self._in_flight.append(flight)
        return flight

    def send(
        self,
        request: Request,
        url: str,
        *,
        fresh: bool,
        limit_s: float,
        clock: Callable[[], float],
        marks: Mapping[str, str] | None = None,
    ) -> Reply:
        """Sends a request and waits for its end."""
        return self.start(request, url, fresh=fresh, limit_s=limit_s, clock=clock).reply()

    def close(self) -> None:
        """There is nothing to close."""

    def at(self, moment: float, function: Callable[[], object]) -> None:
        """Calls a function when the clock has come so far."""
        self._calls.append((moment, function))

    def until(self, flight: PlayedFlight, *, at_most_s: float = math.inf) -> bool:
        """Moves the clock until a request has ended; those before it end first."""
        ends_at = self.clock.now + at_most_s
        while flight in self._in_flight:
            if self._next_at() > ends_at:
                self.clock.now = ends_at
                return False
            self._go_on()
        return True

    def drop(self, flight: PlayedFlight) -> None:
        """The server sees a request end that was abandoned."""
        if flight in self._in_flight:
            self._in_flight.remove(flight)
            self._server.in_hands -= 1

    def sleep(self, seconds: float) -> None:
        """Moves the clock, and ends what ends meanwhile."""
        ends_at = self.clock.now + seconds
        while self._next_at() <= ends_at:
            self._go_on()
        self.clock.now = max(self.clock.now, ends_at)

    def _next_at(self) -> float:
        ends = [one.ends_at for one in self._in_flight]
        return min([*ends, *(moment for moment, _ in self._calls)], default=math.inf)

    def _go_on(self) -> None:
        """The next thing that happens: a call that was asked for, or the end of a request."""
        self.clock.now = max(self.clock.now, self._next_at())
        due = [one for one in self._calls if one[0] <= self.clock.now]
        if due:
            self._calls.remove(due[0])
            due[0][1]()
            return
        first = min(self._in_flight, key=lambda one: one.ends_at)
        self._in_flight.remove(first)
        self._server.in_hands -= 1
        first.end()
