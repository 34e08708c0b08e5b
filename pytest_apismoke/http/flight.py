"""A request in flight: it was started, and its reply is there whenever somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from pytest_apismoke.http.connections import NothingSentError
from pytest_apismoke.http.deadline import PendingRequest, Underway
from pytest_apismoke.http.error_words import EXPECTED, FetchFailure, FetchProblem, explain
from pytest_apismoke.http.outgoing import Outgoing
from pytest_apismoke.http.reading import Reading
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The response to one attempt, as far as it could be read.

    Header names are in lower case. `failure` says why it is not complete: a reset within the body
    leaves both a status and a failure. `sent` is the request as it was encoded. `has_sent`
    says whether the request may have arrived, `over_kept` whether it went over a connection that
    had carried others, `has_answered` whether anything at all came back.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    failure: FetchFailure | None = None
    sent: Outgoing | None = None
    has_sent: bool = False
    over_kept: bool = False
    has_answered: bool = False


class Flight:
    """A request that a worker sends, from its start on; what came of it can be had at any time.

    Args:
        underway: what the worker does.
        pending: the request in the worker's hands.
        reading: the response, as far as it was read.
        look: adds to a failure for a certificate what the certificate says.

    """

    def __init__(
        self,
        underway: Underway[None],
        pending: PendingRequest,
        reading: Reading,
        look: Callable[[FetchFailure], FetchFailure],
    ) -> None:
        self._underway = underway
        self._pending = pending
        self._reading = reading
        self._look = look
        self._reply: Reply | None = None

    @property
    def started_at(self) -> float:
        """The moment of its start, on the clock of its request."""
        return self._underway.started_at

    @property
    def duration_s(self) -> float:
        """The seconds from its start to its end, or until it was abandoned.

        The worker takes the time of the end: a request took no longer because nobody looked. Of
        one that is still in flight it says nothing.
        """
        return self._underway.duration_s

    def abandon(self) -> None:
        """Shuts down its connection, if it has one: what was not sent by now never is."""
        self._underway.abandon()

    def has_ended_within(self, seconds: float) -> bool:
        """Waits for the end of the request, but only so long, and abandons nothing then.

        Raises:
            BaseException: only what a signal handler raises while this thread waits.

        """
        return self._underway.has_ended_within(seconds)

    def reply(self) -> Reply:
        """Waits for the end of the request until its deadline, and abandons it then.

        Returns:
            The same reply each time. A request that ended in time has its response, whenever this
            is called; one that did not is overdue.

        Raises:
            BaseException: only what a signal handler raises while this thread waits.

        """
        if self._reply is None:
            self._reply = self._end()
        return self._reply

    def _end(self) -> Reply:
        pending, reading = self._pending, self._reading
        failure: FetchFailure | None = None
        try:
            self._underway.result()
            if not (pending.has_sent and pending.has_received):
                reading.forget()
                raise NothingSentError("a response that was made up")
        except EXPECTED as error:
            failure = explain(error, proxy=reading.proxy)
            if failure.problem is FetchProblem.UNTRUSTED_CERTIFICATE and not failure.proxy:
                failure = self._look(failure)
        return Reply(
            status=reading.status,
            headers=dict(reading.headers),
            body=b"" if failure else reading.body,
            failure=failure,
            sent=reading.sent,
            has_sent=pending.has_sent,
            over_kept=pending.has_sent and not pending.has_connected,
            has_answered=pending.has_received,
        )
