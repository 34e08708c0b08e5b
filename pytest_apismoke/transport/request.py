"""A request as data, and the line that repeats it in a shell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from pytest_apismoke.redaction import Redactor

#: How long a body, or a URL with its query, may be in a curl line, in characters.
_LONGEST_BODY = 4000
#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to send; `path` is relative to the base URL, `json` None means no body.

    `repeatable` says of an unsafe request that sending it twice does no more than sending it once,
    `answers_secret` that the answer holds one that nobody knows yet.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    repeatable: bool = False
    answers_secret: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether it may be sent any number of times."""
        return self.method.upper() in SAFE_METHODS or self.repeatable


def with_query(url: str, query: tuple[tuple[str, str], ...]) -> str:
    """The URL with its query parameters, encoded."""
    try:
        return requests.Request("GET", url, params=list(query)).prepare().url or url
    except (requests.RequestException, ValueError):
        return url


def curl_line(request: Request, url: str, redactor: Redactor) -> str:
    """A line that repeats the request in a POSIX shell; secrets stand as environment variables."""
    words = ["curl", "-sS", "-i"]
    if request.method != "GET":
        words += ["-X", request.method]
    for name, value in request.headers.items():
        words += ["-H", redactor.shell(f"{name}: {value}")]
    if request.json is not None:
        body = _dumped(request.json)
        words += ["-H", "'Content-Type: application/json'"]
        # What nobody would read is to be put into a file.
        words += ["--data", redactor.shell(body) if len(body) <= _LONGEST_BODY else "@body.json"]
    whole = with_query(url, request.query)
    return " ".join([*words, redactor.shell(whole if len(whole) <= _LONGEST_BODY else url)])


def _dumped(body: object) -> str:
    try:
        return json.dumps(body)
    except (RecursionError, ValueError):
        return "a body that JSON can't express"
