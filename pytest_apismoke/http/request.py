"""A request as data, and the curl line that repeats it in a shell."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any
from urllib.parse import quote_plus

from pytest_apismoke.http.urls import full_url
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor, is_sensitive

#: The longest body, or URL with its query, that a curl line shows, in characters.
_LONGEST_BODY = 4000
#: The shortest cookie value that is taken for a secret, in characters.
_SHORTEST_COOKIE = 8
#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to send; `path` is relative to the base URL.

    The body is `json`, or `form` as an HTML form sends it (`application/x-www-form-urlencoded`), or
    `text` or `content` as it is. `limit_s` is how many seconds each attempt may take, where that is
    less than the limits of the run. `repeatable` says that an unsafe request sent twice does
    no more harm than sent once; `is_idempotent` that an update states what is to be, so that it has
    the same effect sent twice; `response_is_secret` that the response contains a secret that the
    redactor does not know yet.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: tuple[tuple[str, str], ...] | None = None
    text: str | None = None
    content: bytes | None = field(default=None, repr=False)
    limit_s: float | None = None
    repeatable: bool = False
    is_idempotent: bool = False
    response_is_secret: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether it may be sent any number of times."""
        return self.method.upper() in SAFE_METHODS or self.repeatable


def with_headers(request: Request, headers: Sequence[tuple[str, str]]) -> Request:
    """The request with further headers; one that it has itself, in upper or lower case, stays."""
    own = {name.lower() for name in request.headers}
    further = {name: value for name, value in headers if name.lower() not in own}
    return replace(request, headers={**further, **request.headers}) if further else request


def secrets_in(request: Request) -> Iterator[tuple[str, str]]:
    """The values with a sensitive name in a request, as pairs of name and value."""
    pairs = [*request.query, *(request.form or ()), *_strings_in(request.json)]
    for name, value in request.headers.items():
        pairs.append((name, value))
        # A server may echo one cookie of several, or the credentials without their scheme. A short
        # cookie value (theme=dark) is no secret.
        parts = (part.partition("=")[2].strip(' "') for part in value.split(";"))
        pairs += [(name, part) for part in parts if len(part) >= _SHORTEST_COOKIE]
        pairs.append((name, value.partition(" ")[2]))
    yield from ((name, value) for name, value in pairs if value and is_sensitive(name))


def _strings_in(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            # Everything below a sensitive name is secret.
            yield from _strings_in(item, name if is_sensitive(name) else str(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings_in(item, name)
    elif isinstance(value, str):
        yield name, value


def basic(username: str, password: str) -> str:
    """The value of the header for HTTP Basic (RFC 7617)."""
    return f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


def basic_pair(header: str) -> str:
    """The username and the password in a value of the header for HTTP Basic; else empty."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(encoded, validate=True).decode()
    except ValueError:
        return ""
    return pair if ":" in pair and pair.isprintable() else ""


def with_query(url: str, query: tuple[tuple[str, str], ...]) -> str:
    """The URL with its query parameters, encoded."""
    try:
        return full_url(url, query)
    except ValueError:
        return url


def _names_type(request: Request) -> bool:
    return any(name.lower() == "content-type" for name in request.headers)


def curl_line(request: Request, url: str) -> Callable[[Redactor], str]:
    """Makes the curl command for a POSIX shell; environment variables stand for the secrets.

    It is made once it is read, and keeps no more of the request than it shows.
    """
    method, headers, query = request.method, tuple(request.headers.items()), request.query
    data = tuple(_data(request))

    def line(redactor: Redactor) -> str:
        words = ["curl", "-sS", "-i"]
        if method != "GET":
            words += ["-X", method]
        for name, value in headers:
            words += _header(name, value, redactor)
        words += (word if is_plain else redactor.shell(word) for word, is_plain in data)
        full = with_query(url, query)
        return " ".join([*words, redactor.shell_url(full if len(full) <= _LONGEST_BODY else url)])

    return line


def _data(request: Request) -> Iterator[tuple[str, bool]]:
    """The words for the body, as pairs: a word, and whether it is to be shown as it is."""
    kind, option, file = "", "--data-binary", "@body.txt"
    body: str | None
    if request.json is not None:
        kind, option, file = " application/json", "--data", "@body.json"
        body = _dumped(request.json)
    elif request.form is not None:
        yield from _form(request.form)
        return
    elif request.text is not None:
        body = request.text
    elif request.content is not None:
        body, file = _content(request.content)
    else:
        return
    if not _names_type(request):
        # Without it, curl adds a Content-Type of its own.
        yield from (("-H", True), (f"'Content-Type:{kind}'", True))
    yield option, True
    # A long one is to be put into a file.
    yield (body, False) if body is not None and len(body) <= _LONGEST_BODY else (file, True)


def _header(name: str, value: str, redactor: Redactor) -> list[str]:
    """The words for a header; HTTP Basic by its password's variable, which base64 can't name."""
    pair = basic_pair(value) if name.lower() == "authorization" else ""
    if pair.partition(":")[2] in dict(redactor.secrets()):
        return ["-u", redactor.shell(pair)]
    return ["-H", redactor.shell(f"{name}: {value}")]


def _form(form: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, bool]]:
    if sum(len(name) + len(value) for name, value in form) > _LONGEST_BODY:
        yield from (("--data", True), ("@body.txt", True))
    elif not form:
        yield from (("--data", True), ("''", True))
    else:
        for name, value in form:
            # curl encodes what is behind the first '='.
            yield from (("--data-urlencode", True), (f"{quote_plus(name)}={value}", False))


def _content(content: bytes) -> tuple[str | None, str]:
    """A body of bytes as text and the file for it; no shell can express one that is no text."""
    try:
        return content.decode(), "@body.txt"
    except UnicodeDecodeError:
        return None, "@body.bin"


def _dumped(body: object) -> str:
    try:
        return json.dumps(body)
    except (RecursionError, ValueError):
        return "a body that JSON can't express"
