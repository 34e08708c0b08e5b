"""Responses and errors of the gate in the shape that `requests` gives them."""

from __future__ import annotations

import http.client
import io
from datetime import timedelta
from types import SimpleNamespace

import requests
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPResponse

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.no_response import NoResponseError
from pytest_apismoke.http.response import Response


class StatusError(SmokeError, requests.HTTPError):
    """A status of 400 or more, as `raise_for_status` raises it."""

    def __init__(self, error: SmokeError, response: requests.Response) -> None:
        super().__init__(error.failure)
        self.response = response
        self.request = response.request


class UnansweredError(NoResponseError, requests.ConnectionError, requests.Timeout):
    """No complete response, for code that expects the exceptions of `requests`."""

    def __init__(self, error: NoResponseError, request: requests.PreparedRequest) -> None:
        super().__init__(error.failure, error.reason)
        self.request = request


class TargetResponse(requests.Response):
    """A response of `requests`, with the record of its exchange."""

    def __init__(self, answer: Response, request: requests.PreparedRequest) -> None:
        super().__init__()
        #: The same response as the gate knows it.
        self.answer = answer
        self.request = request
        self.url = request.url or ""
        self.status_code = answer.status
        self.reason = http.client.responses.get(answer.status, "")
        cookies = _lines(answer.headers.get("set-cookie", ""))
        shown = {**answer.headers, **({"set-cookie": ", ".join(cookies)} if cookies else {})}
        self.headers = CaseInsensitiveDict(shown)
        self.encoding = get_encoding_from_headers(self.headers)
        self.elapsed = timedelta(seconds=answer.exchange.duration_s)
        self.raw = _raw(answer, cookies)
        # All of it was read, within the limits: a stream is what was read.
        self._content = answer.body
        self._content_consumed = True
        extract_cookies_to_jar(self.cookies, request, self.raw)  # type: ignore[no-untyped-call]  # types-requests has no types for it

    def raise_for_status(self) -> None:
        """Raises where the status is 400 or more.

        Raises:
            StatusError: (`fetch`), a `requests.HTTPError` too, with what the response says.

        """
        __tracebackhide__ = True  # by pytest, in a user's test
        try:
            self.answer.raise_for_status()
        except SmokeError as error:
            raise StatusError(error, self) from None


def _lines(cookies: str) -> list[str]:
    return [line for line in cookies.split("\n") if line]


def _raw(answer: Response, cookies: list[str]) -> HTTPResponse:
    """The response as urllib3 has it, from which requests reads the cookies."""
    message = http.client.HTTPMessage()
    for line in cookies:
        message.add_header("Set-Cookie", line)
    raw = HTTPResponse(
        body=io.BytesIO(answer.body),
        headers={name: value for name, value in answer.headers.items() if name != "set-cookie"},
        status=answer.status,
        preload_content=False,
        decode_content=False,
    )
    raw._original_response = SimpleNamespace(msg=message, isclosed=lambda: True, close=lambda: None)  # type: ignore[assignment]  # what requests reads of http.client's
    return raw
