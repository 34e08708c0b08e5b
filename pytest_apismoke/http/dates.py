"""Dates in headers (RFC 9110, 5.6.7). Pure."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache


# Many responses of one second have the same.
@lru_cache(maxsize=16)
def http_date(text: str) -> datetime | None:
    """The moment that a header names; None for anything that is no date."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)
