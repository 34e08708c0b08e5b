"""Which requests may be sent again, how soon, and how often.

A retry must not hide a broken target: it repeats what changes nothing, or what has not arrived,
after responses that say nothing about the API itself. The content of a response is never a reason.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from pytest_apismoke.http.dates import http_date
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.request import Request

TOO_MANY = 429
#: Statuses of a gateway in front of the API, or of an API that asks to come back later.
TRANSIENT = frozenset({TOO_MANY, 502, 503, 504})
#: Statuses that say that the request was not processed: an update may be sent again.
_NOT_TAKEN = frozenset({TOO_MANY, 503})
#: How often one request is sent again, and all requests of a process together: a target that needs
#: more is not well.
AT_MOST, AT_MOST_IN_A_RUN = 3, 8
#: A target that asks for a longer wait than this is given up, in seconds.
LONGEST_WAIT_S = 20.0
_DEFAULT_WAIT_S = 1.0

#: The first wait, which doubles each time, and the most that chance adds to each, in seconds.
_FIRST_WAIT_S, _JITTER_S = 0.2, 0.2
#: Not the shared generator: tests and plugins seed it, the same way in every worker.
_chance = random.SystemRandom().random


class Attempts:
    """The further attempts of one request.

    Args:
        request: the one to repeat.
        chance: gives numbers from 0 to 1, for the jitter.

    """

    def __init__(self, request: Request, *, chance: Callable[[], float] = _chance) -> None:
        self._request = request
        self._chance = chance
        self._made = 0

    def next_wait_s(self, reply: Reply) -> float | None:
        """Seconds until the request may be sent once more; None where it may not."""
        if self.asks_for_a_fresh_connection(reply) and self._made < AT_MOST:
            # The target is not to blame, and may be there to see: there is nothing to wait for.
            self._made += 1
            return 0.0
        if not self._may_repeat(reply) or self._made == AT_MOST:
            return None
        wait_s = _FIRST_WAIT_S * 2.0**self._made + _JITTER_S * self._chance()
        self._made += 1
        if reply.failure is None and "retry-after" in reply.headers:
            wait_s = max(wait_s, asked_wait_s(reply.headers))
        return wait_s if wait_s <= LONGEST_WAIT_S else None

    def asks_for_a_fresh_connection(self, reply: Reply) -> bool:
        """Whether a kept connection was dropped just as a request came that may come twice.

        Servers and balancers close connections that were idle for a while. Over a fresh one this
        can't happen, so it is never the answer to the second attempt.
        """
        return (
            self._request.is_idempotent
            and reply.over_kept
            and not reply.has_answered
            and reply.failure is not None
            and reply.failure.is_transient
            and not reply.failure.is_overdue
        )

    def _may_repeat(self, reply: Reply) -> bool:
        if reply.failure is not None:
            return reply.failure.is_transient and (self._request.is_safe or not reply.has_sent)
        if self._request.repeatable and reply.status == TOO_MANY:
            # The login counts against a limit: it waits as told, and is not sent more often.
            return False
        if self._request.is_safe:
            return reply.status in TRANSIENT
        # A PUT is idempotent, so that it may be refused any number of times.
        return self._request.method.upper() == "PUT" and reply.status in _NOT_TAKEN


class Pace:
    """How slow the target is, and how many retries are left: shared by all requests of a process.

    Args:
        retries: how many there are.

    """

    def __init__(self, retries: int) -> None:
        # Reentrant: a signal handler may send while its thread is in here.
        self._lock = threading.RLock()
        self._retries_left = retries
        self._slowest_s = 0.0

    @property
    def slowest_s(self) -> float:
        """Seconds that the slowest request took."""
        return self._slowest_s

    def note(self, duration_s: float) -> None:
        """Notes how many seconds a request took."""
        with self._lock:
            self._slowest_s = max(self._slowest_s, duration_s)

    def take_retry(self) -> bool:
        """Takes one of the retries that are left, if there is one."""
        with self._lock:
            if not self._retries_left:
                return False
            self._retries_left -= 1
            return True


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


def asked_wait_s(headers: Mapping[str, str], *, now: Callable[[], datetime] = _utc_now) -> float:
    """The seconds to wait, as `told_wait_s`; 1 where the response does not tell."""
    told_s = told_wait_s(headers, now=now)
    return _DEFAULT_WAIT_S if told_s is None else told_s


def told_wait_s(
    headers: Mapping[str, str], *, now: Callable[[], datetime] = _utc_now
) -> float | None:
    """The seconds that a response asks to wait (Retry-After; RFC 9110, 10.2.3); None if unreadable.

    A date is compared with the response's own Date: the clocks of two machines need not agree.

    Args:
        headers: of the response, names in lower case.
        now: this machine's clock, for a response without a Date.

    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        # More digits than a day has seconds stand for a day, which is too long anyway.
        return float(text) if len(text.lstrip("0")) < 6 else 86400.0
    date = http_date(text)
    if date is None:
        return None
    sent_at = http_date(headers.get("date", "")) or now()
    try:
        return max(0.0, (date - sent_at).total_seconds())
    except OverflowError:
        return None
