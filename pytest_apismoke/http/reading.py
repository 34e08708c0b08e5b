"""Reads a response within its bounds: of size, and of time."""

from __future__ import annotations

from urllib3 import BaseHTTPResponse

from pytest_apismoke.configuration.profiles import Limits
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.deadline import AbandonedError, DeadlineExceededError, current_request
from pytest_apismoke.http.error_words import BodyTooLargeError, ContentLengthError
from pytest_apismoke.http.outgoing import Outgoing

_CHUNK_BYTES = 65536


class Reading:
    """A response as far as it was read: a worker writes it, the thread that waits looks at it.

    `sent` is the request as it was encoded, `proxy` the host of the proxy that it goes through, or
    empty.
    """

    def __init__(self, limits: Limits, *, ends_at: float, clock: Clock) -> None:
        self._limits = limits
        self._ends_at = ends_at
        self._clock = clock
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        self.body = b""
        self.sent: Outgoing | None = None
        self.proxy = ""

    def forget(self) -> None:
        """Drops a response that is not the target's."""
        self.status, self.headers, self.body = None, {}, b""

    def read(self, response: BaseHTTPResponse) -> None:
        """Reads the status, the headers, and the body within the size limit."""
        request = current_request()
        if request is not None and request.is_abandoned:
            # A connection that was shut down ends where its server did not.
            raise AbandonedError("abandoned")
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.headers.itermerged()}
        if cookies := response.headers.getlist("set-cookie"):
            # A line each: their dates have commas, so they can't be joined by any (RFC 6265, 3).
            self.headers["set-cookie"] = "\n".join(cookies)
        for length in self.headers.get("content-length", "0").split(","):
            if not (length.strip().isascii() and length.strip().isdigit()):
                raise ContentLengthError("a Content-Length that is not a number")
        body = bytearray()
        while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > self._limits.max_body_bytes:
                raise BodyTooLargeError(f"a body of more than {self._limits.max_body_bytes} bytes")
            if self._clock() > self._ends_at:
                raise DeadlineExceededError(connected=True)
        self.body = bytes(body)
