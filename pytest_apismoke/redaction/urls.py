"""Strip userinfo and sensitive query parameters from a URL. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from urllib.parse import unquote_plus, urlsplit

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction.sensitive_keys import is_sensitive_parameter

_USERINFO = late_pattern(r"(?i)^([a-z][a-z0-9+.-]*://)[^/?#]*@")
#: In a query, in a fragment, or after a semicolon in a path.
_PARAMETER = late_pattern(r"[?&;#]([^=&;#?/]+)=([^&;#?]*)")
#: A secret may contain delimiters that should have been escaped.
_WHOLE_VALUE = late_pattern(r"[^&#]*")


def strip_userinfo(url: str) -> str:
    """The URL without the user name and password before its host (RFC 3986, 3.2.1)."""
    return _USERINFO.sub(r"\1", url)


def may_have_parameters(url: str) -> bool:
    """Whether a URL can have parameters or userinfo: a cheap and cautious answer."""
    return "=" in url or "@" in url


def redact_parameters(url: str, replacement: str, *, except_for: Collection[str] = ()) -> str:
    """The URL without userinfo, and with the values of sensitive parameters replaced.

    Args:
        url: a URL, or the beginning of one.
        replacement: takes the place of each value.
        except_for: values to keep, because the caller replaces them itself.

    """
    if not may_have_parameters(url):
        return url
    return "".join(_parts(strip_userinfo(url), replacement, except_for))


def _parts(url: str, replacement: str, except_for: Collection[str]) -> Iterator[str]:
    end = 0
    for found in _PARAMETER.finditer(url):
        start = found.start(2)
        if start < end or not _is_secret(*found.groups()) or found.group(2) in except_for:
            continue
        yield url[end:start]
        yield replacement
        whole = _WHOLE_VALUE.match(url, start)
        end = whole.end() if whole else start
    yield url[end:]


def _is_secret(name: str, value: str) -> bool:
    if not value:
        return False
    unquoted = unquote_plus(value)
    if is_sensitive_parameter(unquote_plus(name), unquoted):
        return True
    # The value may be a URL with parameters of its own, such as where to return after a login.
    return unquoted != value and any(
        is_sensitive_parameter(unquote_plus(inner.group(1)), unquote_plus(inner.group(2)))
        for inner in _PARAMETER.finditer(unquoted)
    )


def host_only(location: str) -> str:
    """What a redirect shows of its Location: its path, its query and its userinfo may be secret."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "..."
    scheme = f"{parts.scheme}:" if parts.scheme else ""
    if host := parts.netloc.rpartition("@")[2]:
        return f"{scheme}//{host}/..."
    if scheme or not location:
        return f"{scheme}..." if scheme else ""
    # Without a host it leads to another path of the same one (RFC 3986, 4.2).
    return "/..."
