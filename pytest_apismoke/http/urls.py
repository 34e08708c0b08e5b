"""URLs as they are sent: quoted once, as requests quotes them."""

from __future__ import annotations

from functools import lru_cache
from string import ascii_letters, digits
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from urllib3.util import parse_url

_UNRESERVED = frozenset(f"{ascii_letters}{digits}-._~")
#: What a URL may hold beside unreserved characters (RFC 3986, 2.2); a '%' where it is an escape.
_RESERVED = "!#$&'()*+,/:;=?@[]~"


# Each request asks at least twice: to be sent, and to be recorded.
@lru_cache(maxsize=1024)
def full_url(url: str, query: tuple[tuple[str, str], ...] = ()) -> str:
    """A URL with further query parameters, with everything quoted that has to be.

    Raises:
        ValueError: for a URL without a host, or with an invalid one.

    """
    url = url.lstrip()
    if ":" in url and not url.lower().startswith("http"):
        return url
    scheme, auth, host, port, path, own_query, fragment = parse_url(url)
    if not scheme:
        raise ValueError(f"Invalid URL {url!r}: No scheme supplied.")
    if not host:
        raise ValueError(f"Invalid URL {url!r}: No host supplied")
    if host.startswith(("*", ".")):
        raise ValueError("URL has an invalid label.")
    netloc = f"{auth}@{host}" if auth else host
    if port:
        netloc += f":{port}"
    parameters = [own_query, urlencode(query)]
    joined = "&".join(part for part in parameters if part)
    return _quoted(urlunsplit((scheme, netloc, path or "/", joined, fragment or "")))


def request_target(url: str) -> str:
    """The path and the query of a URL, as a request line has them."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _quoted(url: str) -> str:
    """The URL with unreserved characters as they are, and with all else quoted that has to be."""
    if "%" not in url:
        return quote(url, safe=_RESERVED)
    try:
        return quote(_without_needless_escapes(url), safe=f"%{_RESERVED}")
    except ValueError:
        # A '%' that is no escape.
        return quote(url, safe=_RESERVED)


def _without_needless_escapes(url: str) -> str:
    first, *rest = url.split("%")
    return first + "".join(_one_escape(part) for part in rest)


def _one_escape(part: str) -> str:
    code = part[:2]
    if len(code) == 2 and code.isalnum():
        character = chr(int(code, 16))
        if character in _UNRESERVED:
            return character + part[2:]
    return f"%{part}"
