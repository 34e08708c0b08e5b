"""What may be sent again, how soon, and how often. Pure, but for the jitter.

A retry must not be able to lie: it repeats what changes nothing, or what has not arrived, after
answers that say nothing about the API itself. What an answer holds is never a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from urllib3.util import Retry
from urllib3.util.retry import RequestHistory

from pytest_apismoke.http.request import Request
from pytest_apismoke.http.wire import Reply

TOO_MANY = 429
#: Answers of what stands in front of the API, or of one that asks to come back later.
TRANSIENT = frozenset({TOO_MANY, 502, 503, 504})
#: Answers that say that the request was not taken: an update may be sent again.
_NOT_TAKEN = frozenset({TOO_MANY, 503})
#: How often one request is sent again, and how often a process does so at all: a target that needs
#: more is not well.
AT_MOST, AT_MOST_IN_A_RUN = 3, 8
#: A target that asks for more patience than this is answered by giving up.
_LONGEST_WAIT_S = 20.0
_DEFAULT_WAIT_S = 1.0

_POLICY = Retry(
    total=AT_MOST,
    status_forcelist=TRANSIENT,
    allowed_methods=None,
    backoff_factor=0.1,
    backoff_jitter=0.2,
    raise_on_status=False,
    # The library waits less long after the first failure than it takes a service to come back.
    history=(RequestHistory("", "", None, None, None),),
)


class Attempts:
    """The further attempts of one request."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._retry = _POLICY

    def next_wait_s(self, reply: Reply) -> float | None:
        """Seconds until the request may be sent once more; None where it may not."""
        if not self._may_repeat(reply) or not self._retry.total:
            return None
        self._retry = self._retry.increment(self._request.method)
        wait_s = self._retry.get_backoff_time()
        if reply.error is None and "retry-after" in reply.headers:
            wait_s = max(wait_s, asked_wait_s(reply.headers))
        return wait_s if wait_s <= _LONGEST_WAIT_S else None

    def _may_repeat(self, reply: Reply) -> bool:
        if reply.error is not None:
            return reply.is_transient and (self._request.is_safe or not reply.has_sent)
        status = reply.status or 0
        if self._request.repeatable and status == TOO_MANY:
            # Who counts logins is waited for as told, and not asked the more for it.
            return False
        if self._request.is_safe:
            return self._retry.is_retry(self._request.method, status)
        # An update says what is to be, so that it may be refused any number of times.
        return self._request.method.upper() == "PUT" and status in _NOT_TAKEN


def asked_wait_s(headers: Mapping[str, str]) -> float:
    """The seconds that an answer asks for (Retry-After; RFC 9110, 10.2.3); 1 if unreadable.

    A moment is measured against the answer's own Date: the clocks of two machines need not agree.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        # More digits than a day has seconds are a day: whoever waits refuses either.
        return float(text) if len(text.lstrip("0")) < 6 else 86400.0
    moment, now = _moment(text), _moment(headers.get("date", "")) or datetime.now(timezone.utc)
    if moment is None:
        return _DEFAULT_WAIT_S
    try:
        return max(0.0, (moment - now).total_seconds())
    except OverflowError:
        return _DEFAULT_WAIT_S


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
