"""Reads the JSON reports of earlier runs, also of older versions of the gate. Pure.

They are files from anywhere: each value is looked at before it is used, and each text is made
printable and short.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timezone
from enum import Enum
from typing import Any, TypeVar

from pytest_apismoke.errors import Category, presentable
from pytest_apismoke.history.latency import Sent, latency_of
from pytest_apismoke.history.past_run import PastCheck, PastRun
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Result

#: The versions of the report's schema that are read.
_SCHEMA_VERSIONS = (1,)
#: What a JSON report has, and hardly any other JSON file.
_MARKS = {"schema_version", "verdict", "exit_code"}
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
#: What tells runs and checks apart is hardly ever cut.
_LONGEST_KEY, _LONGEST_NAME, _LONGEST_REASON = 1000, 200, 300
#: The purposes of a run's own requests are few; a file from anywhere may have any number.
_MOST_PURPOSES = 10

_Choice = TypeVar("_Choice", bound=Enum)


class UnreadableReportError(Exception):
    """A file is no report of the gate, or none that can be read; the text is the reason."""


def runs_in(text: str, source: str) -> tuple[PastRun, ...]:
    """The runs that a report tells of: one, or one for each of several targets.

    Args:
        text: of the report.
        source: the name of its file.

    Raises:
        UnreadableReportError: when it is no report of a run against a target.

    """
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableReportError("it is no JSON") from None
    if not isinstance(report, dict) or not set(report) >= _MARKS:
        raise UnreadableReportError("it is no JSON report of apismoke")
    if report["schema_version"] not in _SCHEMA_VERSIONS:
        raise UnreadableReportError("its 'schema_version' is none that this apismoke reads: 1")
    checks = _objects(report, "checks")
    several = _objects(report, "targets") if report.get("targets") else ()
    if not several:
        return (_run(report, _object(report, "target"), report, checks, source),)
    return tuple(
        _run(report, one, one, [c for c in checks if c.get("target") == one.get("url")], source)
        for one in several
    )


def _run(
    report: Mapping[str, Any],
    target: Mapping[str, Any],
    judged: Mapping[str, Any],
    checks: Iterable[Mapping[str, Any]],
    source: str,
) -> PastRun:
    """The run against one target: `judged` has the verdict on it."""
    url = _text(target, "url", _LONGEST_KEY)
    if not url:
        raise UnreadableReportError("it names no target: the call was refused")
    past, verdict = tuple(_checks(checks)), _choice(judged, "verdict", Judgement)
    run = report.get("run")
    return PastRun(
        source=source,
        target=url,
        mode=_text(report, "mode", _LONGEST_NAME),
        version=_text(target, "version", _LONGEST_NAME) if target.get("version") else None,
        started_at=_moment(report),
        duration_s=_seconds(judged),
        verdict=verdict,
        exit_code=_whole(judged, "exit_code"),
        reason=_reason(judged, checks) if verdict is not Judgement.PASS else "",
        checks=past,
        own=tuple(_own(run)) if isinstance(run, dict) and judged is report else (),
        run_id=_text(run, "id", _LONGEST_NAME) if isinstance(run, dict) and run.get("id") else "",
    )


def _reason(judged: Mapping[str, Any], checks: Iterable[Mapping[str, Any]]) -> str:
    """The reason of the verdict; of reports that have none, the first failure."""
    if judged.get("summary"):
        return _text(judged, "summary", _LONGEST_REASON)
    failed = (one for one in checks if one.get("outcome") in ("failed", "error"))
    first = next(failed, None)
    if first is None:
        return ""
    name, message = (_text(first, key, _LONGEST_REASON) for key in ("name", "message"))
    return presentable(f"{name}: {message}", _LONGEST_REASON)


def _checks(checks: Iterable[Mapping[str, Any]]) -> Iterator[PastCheck]:
    """The checks; what shows the requests of an earlier one has no latency of its own."""
    shown: set[tuple[Sent, ...]] = set()
    for one in checks:
        requests = tuple(map(_request, _objects(one, "exchanges")))
        is_shared = requests in shown
        shown.add(requests)
        yield PastCheck(
            api=_text(one, "api", _LONGEST_NAME),
            stage=_text(one, "stage", _LONGEST_NAME),
            name=_text(one, "name", _LONGEST_KEY),
            outcome=_choice(one, "outcome", Result),
            category=_category(one.get("category")),
            latency_s=None if is_shared else latency_of(requests),
            is_flaky=one.get("flaky") is True,
        )


def _category(found: object) -> Category | None:
    """The category; None also for one of a later version of the gate."""
    known = {category.value: category for category in Category}
    return known.get(found) if isinstance(found, str) else None


def _own(run: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The latencies of the run's own requests, but for the login, which is a check's too."""
    requests: dict[str, list[Sent]] = {}
    for one in _objects(run, "exchanges") if "exchanges" in run else ():
        purpose = _text(one, "purpose", _LONGEST_NAME)
        if purpose != "login" and (purpose in requests or len(requests) < _MOST_PURPOSES):
            requests.setdefault(purpose, []).append(_request(one))
    for purpose, sent in requests.items():
        latency_s = latency_of(sent)
        if latency_s is not None:
            yield purpose, latency_s


def _request(data: Mapping[str, Any]) -> Sent:
    return Sent(
        method=_text(data, "method", _LONGEST_NAME),
        # Not shown: only compared with others.
        url=data["url"] if isinstance(data.get("url"), str) else "",
        duration_s=_seconds(data),
        is_answered=data.get("status") is not None,
    )


# -- values of any type ----------------------------------------------------------------------------


def _objects(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = data.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UnreadableReportError(f"its {key!r} is no list of objects")
    return found


def _object(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    if not isinstance(found, dict):
        raise UnreadableReportError(f"its {key!r} is no object")
    return found


def _text(data: Mapping[str, Any], key: str, limit: int) -> str:
    found = data.get(key)
    if not isinstance(found, str):
        raise UnreadableReportError(f"its {key!r} is no text")
    return presentable(found, limit)


def _whole(data: Mapping[str, Any], key: str) -> int:
    found = data.get(key)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= 255:
        raise UnreadableReportError(f"its {key!r} is no exit code")
    return found


def _seconds(data: Mapping[str, Any]) -> float:
    """The duration; it may have been too large a number for a float."""
    found = data.get("duration_s")
    seconds = math.nan
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        with suppress(OverflowError):
            seconds = float(found)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise UnreadableReportError("one of its 'duration_s' is no duration")
    return seconds


def _choice(data: Mapping[str, Any], key: str, choices: type[_Choice]) -> _Choice:
    found = _text(data, key, _LONGEST_NAME)
    try:
        return choices(found)
    except ValueError:
        shown = presentable(found, 40)
        raise UnreadableReportError(f"one of its {key!r} is {shown!r}") from None


def _moment(report: Mapping[str, Any]) -> datetime:
    try:
        moment = datetime.strptime(report.get("started_at", ""), _MOMENT)
    except (TypeError, ValueError):
        raise UnreadableReportError("its 'started_at' is no moment in UTC") from None
    return moment.replace(tzinfo=timezone.utc)
