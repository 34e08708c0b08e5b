"""Cookies of one host: which are kept, and which go with a request (RFC 6265). Pure.

A run sends requests to one host only, so a cookie needs no domain: one that is meant for another
host is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timezone
from urllib.parse import urlsplit

from pytest_apismoke.configuration.target_url import is_in_the_clear
from pytest_apismoke.http.dates import http_date
from pytest_apismoke.records import dataclass

#: From this length on a cookie that scripts may read is taken for a secret: theme=dark is none.
_SECRET_CHARS = 8
#: Dates of long ago, with which servers delete a cookie, need no exact clock.
_YEAR_S = 365 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie that is kept; `is_hidden` says that scripts may not read it (HttpOnly)."""

    name: str
    value: str = field(repr=False)
    path: str = "/"
    is_hidden: bool = False

    @property
    def is_secret(self) -> bool:
        """Whether its value is kept out of every output."""
        return self.is_hidden or len(self.value) >= _SECRET_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCookie:
    """What a response says about one cookie.

    `refused` is why it is not kept, in words, or empty; `lifetime_s` the seconds that it is good
    for, None for the whole session; 0 deletes it.
    """

    cookie: Cookie
    lifetime_s: float | None = None
    refused: str = ""


def set_cookies(headers: Mapping[str, str], url: str) -> tuple[SetCookie, ...]:
    """What a response says about cookies, in its order.

    Args:
        headers: of the response, names in lower case; several Set-Cookie are lines of one value.
        url: of the request, without its query.

    """
    lines = headers.get("set-cookie", "").split("\n")
    found = (_parsed(line, url, headers.get("date", "")) for line in lines)
    return tuple(one for one in found if one)


def kept(jar: Sequence[Cookie], news: Iterable[SetCookie]) -> tuple[Cookie, ...]:
    """The cookies after a response."""
    cookies = {(cookie.name, cookie.path): cookie for cookie in jar}
    for one in news:
        place = (one.cookie.name, one.cookie.path)
        if one.refused:
            continue
        if one.lifetime_s == 0:
            cookies.pop(place, None)
        else:
            cookies[place] = one.cookie
    return tuple(cookies.values())


def lifetime_of(news: Sequence[SetCookie]) -> float | None:
    """The seconds that a session of these cookies is good for; None where they do not tell.

    Where some are hidden from scripts, as that of a session is, only those count.
    """
    alive = [one for one in news if one.lifetime_s and not one.refused]
    hidden = [one for one in alive if one.cookie.is_hidden]
    return min((one.lifetime_s for one in hidden or alive if one.lifetime_s), default=None)


def cookie_header(jar: Iterable[Cookie], url: str) -> str:
    """The value of the header for a request, longer paths first; empty without a cookie for it."""
    path = _path_of(url)
    sent = [cookie for cookie in jar if _covers(cookie.path, path)]
    sent.sort(key=lambda cookie: -len(cookie.path))
    return joined(sent)


def joined(jar: Iterable[Cookie]) -> str:
    """All the cookies as the value of a header."""
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)


def given_cookies(header: str) -> tuple[Cookie, ...]:
    """The cookies in the value of a header; parts without a name are none."""
    pairs = (part.partition("=") for part in header.split(";"))
    return tuple(
        Cookie(name=name.strip(), value=value.strip(), is_hidden=True)
        for name, is_pair, value in pairs
        if is_pair and name.strip()
    )


def _parsed(line: str, url: str, date: str) -> SetCookie | None:
    pair, *parts = line.split(";")
    name, is_pair, value = (text.strip() for text in pair.partition("="))
    if not (is_pair and name and pair.strip().isprintable()):
        return None
    attributes: dict[str, str] = {}
    for part in parts:
        key, _, text = part.partition("=")
        # Of an attribute that is there twice the last one counts.
        attributes[key.strip().lower()] = text.strip()
    path = attributes.get("path", "")
    cookie = Cookie(
        name=name,
        value=value,
        path=path if path.startswith("/") else _default_path(url),
        is_hidden="httponly" in attributes,
    )
    return SetCookie(
        cookie=cookie,
        lifetime_s=_lifetime_s(attributes, date),
        refused=_refused(attributes, url),
    )


def _refused(attributes: Mapping[str, str], url: str) -> str:
    host = (urlsplit(url).hostname or "").lower()
    domain = attributes.get("domain", "").lower().removeprefix(".")
    if domain and host != domain and not host.endswith(f".{domain}"):
        return f"it is for the host {domain}"
    if "secure" in attributes and is_in_the_clear(url):
        return "it is Secure, for https only"
    return ""


def _lifetime_s(attributes: Mapping[str, str], date: str) -> float | None:
    age = attributes.get("max-age", "")
    digits = age.removeprefix("-")
    if digits.isascii() and digits.isdecimal():
        # More digits than a year has seconds stand for a year.
        return 0.0 if age.startswith("-") else min(float(digits[:9]), _YEAR_S)
    ends = http_date(attributes.get("expires", ""))
    if ends is None:
        return None
    try:
        left_s = (ends - (http_date(date) or datetime.now(timezone.utc))).total_seconds()
    except OverflowError:
        return None
    return max(0.0, left_s)


def _default_path(url: str) -> str:
    """The folder of the request's path (RFC 6265, 5.1.4)."""
    return _path_of(url).rpartition("/")[0] or "/"


def _path_of(url: str) -> str:
    return urlsplit(url).path or "/"


def _covers(folder: str, path: str) -> bool:
    if path == folder:
        return True
    return path.startswith(folder if folder.endswith("/") else f"{folder}/")
