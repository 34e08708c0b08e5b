"""The headers of an exchange: kept within bounds as they came, and redacted when they are shown."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache

from pytest_apismoke.errors import LONGEST_PHRASE, presentable
from pytest_apismoke.redaction import REPLACEMENT, Redactor, is_sensitive

#: Names and values, in their order.
Headers = tuple[tuple[str, str], ...]

#: How much is kept of the headers of a request or a response: of each value, and of all together,
#: in characters. A longer one is left out: half of a secret would not be recognised.
_VALUE_CHARS, _ALL_CHARS, _MOST = 2000, 16384, 100
#: Headers whose value is a URL, which may have secrets in its query.
_WITH_URL = frozenset({"location", "content-location", "refresh", "referer"})
#: The longest name that is shown, in characters.
_NAME_CHARS = 200


def kept_headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """The headers with their values, as far as these are not too long to be kept."""
    kept: list[tuple[str, str]] = []
    left = _ALL_CHARS
    for name, value in headers:
        if len(kept) == _MOST:
            break
        is_too_long = len(name) + len(value) > min(_VALUE_CHARS, left)
        # Names are few, and the same in every response.
        shown = f"({len(value)} characters)" if is_too_long else value
        kept.append((sys.intern(name[:_VALUE_CHARS]), shown))
        left -= len(name) + len(shown)
    return tuple(kept)


def shown_headers(redactor: Redactor, headers: Headers) -> Headers:
    """The headers without secrets, and fit for a terminal."""
    known = redactor.known
    return tuple(_shown(redactor, known, name, value) for name, value in headers)


@lru_cache(maxsize=512)
def _shown(redactor: Redactor, known: int, name: str, value: str) -> tuple[str, str]:
    """One header; most have the same value in every response.

    Args:
        redactor: knows the secrets of the run.
        known: how many it knows: with more, the same value may be shown otherwise.
        name: of the header.
        value: of the header.

    """
    shown_name = presentable(redactor.text(name), _NAME_CHARS)
    if is_sensitive(name):
        return shown_name, REPLACEMENT
    shown = redactor.url(value) if name.lower() in _WITH_URL else redactor.prose(value)
    return shown_name, presentable(shown, LONGEST_PHRASE)


def trace_id_in(headers: Headers) -> str | None:
    """The id of the trace in the header of a request that names it (W3C Trace Context, 3.2)."""
    value = next((value for name, value in headers if name.lower() == "traceparent"), "")
    parts = value.split("-")
    return parts[1] if len(parts) > 3 and len(parts[1]) == 32 else None


def headers_to_json(headers: Headers) -> list[dict[str, str]]:
    """The headers in values that JSON can express."""
    return [{"name": name, "value": value} for name, value in headers]


def headers_from_json(data: Iterable[Mapping[str, str]]) -> Headers:
    """The inverse of `headers_to_json`."""
    return tuple((one["name"], one["value"]) for one in data)
