"""A URL without what nobody may see in it: who asks, and parameters of sensitive names. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from urllib.parse import unquote_plus

from pytest_apismoke.redaction.sensitive_keys import is_secret_parameter

_USERINFO = re.compile(r"(?i)^([a-z][a-z0-9+.-]*://)[^/?#]*@")
#: In a query, in a fragment, or behind a semicolon in a path.
_PARAMETER = re.compile(r"[?&;#]([^=&;#?/]+)=([^&;#?]*)")
#: A secret may hold what should have been escaped.
_WHOLE_VALUE = re.compile(r"[^&#]*")


def without_userinfo(url: str) -> str:
    """The URL without a name and a password in front of its host."""
    return _USERINFO.sub(r"\1", url)


def blanked(url: str, replacement: str, *, but: Collection[str] = ()) -> str:
    """The URL without userinfo, and with the values of sensitive parameters replaced.

    Args:
        url: a URL, or its beginning.
        replacement: what stands for a value.
        but: values that are left, because they are taken out in another way.

    """
    return "".join(_parts(without_userinfo(url), replacement, but))


def _parts(url: str, replacement: str, but: Collection[str]) -> Iterator[str]:
    done = 0
    for found in _PARAMETER.finditer(url):
        begin = found.start(2)
        if begin < done or not _is_secret(*found.groups()) or found.group(2) in but:
            continue
        yield url[done:begin]
        yield replacement
        whole = _WHOLE_VALUE.match(url, begin)
        done = whole.end() if whole else begin
    yield url[done:]


def _is_secret(name: str, value: str) -> bool:
    if not value:
        return False
    inner = unquote_plus(value)
    # Another URL, such as where to go on to after a login, may hold one too.
    inside = (unquote_plus(value) != value and _PARAMETER.finditer(inner)) or ()
    return is_secret_parameter(unquote_plus(name), inner) or any(
        is_secret_parameter(unquote_plus(one), two) for one, two in (f.groups() for f in inside)
    )
