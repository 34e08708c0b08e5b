"""Points in time of a run, as formats want them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from pytest_apismoke.reports.facts import RunFacts


def moment(facts: RunFacts, after_s: float = 0.0) -> datetime:
    """The point in time that long after the start of a run, in UTC."""
    started = datetime.strptime(facts.started_at, "%Y-%m-%dT%H:%M:%SZ")
    return started.replace(tzinfo=timezone.utc) + timedelta(seconds=after_s)


def iso(when: datetime) -> str:
    """A point in time by RFC 3339, in UTC, with milliseconds."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


def epoch_ms(when: datetime) -> int:
    """Milliseconds since 1970."""
    return int(when.timestamp()) * 1000 + when.microsecond // 1000
