"""Reads WWW-Authenticate: the schemes in which a target asks who is there (RFC 9110, 11). Pure."""

from __future__ import annotations

from pytest_apismoke.http.response import Response
from pytest_apismoke.late_pattern import late_pattern

_QUOTED = late_pattern(r'"(?:\\.|[^"\\])*"')
#: A scheme is a word at the beginning of a challenge, which no '=' follows.
_SCHEME = late_pattern(r"(?:^|,)\s*([A-Za-z][\w-]*)(?=\s+[^\s=,]|\s*(?:,|$))")


def schemes_of(response: Response) -> tuple[str, ...]:
    """The schemes that a refusal names, in its order; none where it is no such refusal."""
    if response.status != 401:
        return ()
    header = _QUOTED.sub('""', response.headers.get("www-authenticate", ""))
    return tuple(dict.fromkeys(found[1] for found in _SCHEME.finditer(header)))


def asks_for_basic(response: Response) -> bool:
    """Whether HTTP Basic is one of them."""
    return "basic" in (scheme.lower() for scheme in schemes_of(response))
