"""Tells a response that a cache kept from one that the target has just made.

A read that a cache answers shows what was there when the cache was filled. Its `Age` says so (RFC
9111, 5.1); some caches send none, but leave the `Date` of the time when they were filled.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pytest_apismoke.http.dates import http_date

#: A response whose Date lies further back than this is cached, in seconds: instances of one target
#: need not have the same time.
_CLOCKS_DIFFER_S = 10.0
#: An Age of more digits is no number of seconds.
_LONGEST_AGE = 10


def cached_for_s(headers: Mapping[str, str], newest_date: datetime | None) -> float:
    """For how many seconds a cache has kept a response; 0 for one that the target has just made.

    Args:
        headers: of the response, names in lower case.
        newest_date: the newest Date that the target has sent before, if it has sent one.

    """
    return _age_s(headers) or _behind_s(headers, newest_date)


def cache_note(where: str, headers: Mapping[str, str], newest_date: datetime | None) -> str:
    """The note about a response that a cache kept; empty for another one.

    Args:
        where: the request in words.
        headers: as in `cached_for_s`.
        newest_date: likewise.

    """
    kept_s = cached_for_s(headers, newest_date)
    if not kept_s:
        return ""
    age = f"Age: {kept_s:.0f}" if _age_s(headers) else f"its Date is {kept_s:.0f} s back"
    return f"{where} was answered from a cache ({age}): what it shows may be old"


class NewestDate:
    """The newest Date in the responses of a target so far: shared by all requests of a process."""

    def __init__(self) -> None:
        self.value: datetime | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """Notes the Date of a response.

        Without a lock: of two responses at the same moment, either will do.
        """
        date = http_date(headers.get("date", ""))
        if date is not None and (self.value is None or date > self.value):
            self.value = date


def _age_s(headers: Mapping[str, str]) -> float:
    # Each of several caches in a row may have added one: the first was there first.
    text = headers.get("age", "").partition(",")[0].strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_AGE
    return float(text) if is_number else 0.0


def _behind_s(headers: Mapping[str, str], newest_date: datetime | None) -> float:
    date = http_date(headers.get("date", ""))
    if date is None or newest_date is None:
        return 0.0
    behind_s = (newest_date - date).total_seconds()
    return behind_s if behind_s > _CLOCKS_DIFFER_S else 0.0
