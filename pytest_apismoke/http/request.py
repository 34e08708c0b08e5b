"""A request as data, and the line that repeats it in a shell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from pytest_apismoke.redaction import Redactor, is_sensitive

#: How long a body, or a URL with its query, may be in a curl line, in characters.
_LONGEST_BODY = 4000
_SHORTEST_IN_A_COOKIE = 8
#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to send; `path` is relative to the base URL. The body is `json`, or `text` as it is.

    `repeatable` says of an unsafe request that sending it twice does no more than sending it once,
    `answers_secret` that the answer holds one that nobody knows yet.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    text: str | None = None
    repeatable: bool = False
    answers_secret: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether it may be sent any number of times."""
        return self.method.upper() in SAFE_METHODS or self.repeatable


def secrets_in(request: Request) -> Iterator[tuple[str, str]]:
    """The values in a request that stand behind a sensitive name, each with that name."""
    pairs = [*request.query, *_texts_in(request.json)]
    for name, value in request.headers.items():
        pairs.append((name, value))
        # Behind the scheme of an Authorization, and behind the names of a Cookie: what is short
        # there (theme=dark) is rather a word.
        parts = (part.partition("=")[2].strip(' "') for part in value.split(";"))
        pairs += [(name, part) for part in parts if len(part) >= _SHORTEST_IN_A_COOKIE]
        pairs.append((name, value.partition(" ")[2]))
    yield from ((name, value) for name, value in pairs if value and is_sensitive(name))


def _texts_in(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner, member in value.items():
            # What is below a sensitive name is as secret as it.
            yield from _texts_in(member, name if is_sensitive(name) else str(inner))
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _texts_in(member, name)
    elif isinstance(value, str):
        yield name, value


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
        words += ["-H", "'Content-Type: application/json'"]
        words += ["--data", _body(_dumped(request.json), redactor, "@body.json")]
    elif request.text is not None:
        if not any(name.lower() == "content-type" for name in request.headers):
            # Else curl would add one of its own.
            words += ["-H", "'Content-Type:'"]
        words += ["--data-binary", _body(request.text, redactor, "@body.txt")]
    whole = with_query(url, request.query)
    return " ".join([*words, redactor.shell_url(whole if len(whole) <= _LONGEST_BODY else url)])


def _body(body: str, redactor: Redactor, instead: str) -> str:
    """A body on a command line; what nobody would read is to be put into a file."""
    return redactor.shell(body) if len(body) <= _LONGEST_BODY else instead


def _dumped(body: object) -> str:
    try:
        return json.dumps(body)
    except (RecursionError, ValueError):
        return "a body that JSON can't express"
