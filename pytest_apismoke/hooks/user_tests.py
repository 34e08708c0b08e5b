"""What a test that a user wrote came to, as an outcome like those of the built-in checks."""

from __future__ import annotations

import re
import signal
from dataclasses import replace
from typing import Any

import pytest

from pytest_apismoke.errors import TARGET_CATEGORIES, Category, Failure, SmokeError
from pytest_apismoke.evidence import Exchange, sent_again
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.judgement import USER_TESTS
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

#: As the files of declared checks are called, and as Python calls things.
_API = re.compile(r"[A-Za-z_][\w-]*")
_CLIENT_FIXTURE = "smoke_client"


#: What pytest-timeout says when it ends a test.
_TIMED_OUT = "pytest-timeout"
#: Its method that ends the whole process, and with it the verdict.
_THREAD = "thread"
THREAD_METHOD_NOTE = (
    "pytest-timeout's method 'thread' would end the whole run without a verdict; 'signal' is used"
)


def asks_for_thread_method(config: pytest.Config) -> bool:
    """Whether pytest-timeout is configured to end the process where it can use a signal."""
    if not (config.pluginmanager.hasplugin("timeout") and hasattr(signal, "SIGALRM")):
        return False
    return _THREAD in (config.getoption("timeout_method", None), config.getini("timeout_method"))


def limit(item: pytest.Item, left_s: float) -> str:
    """Has pytest-timeout, if it is there, end a test with the budget; a nearer limit stays.

    By a signal, where the system has them: the test ends, and the run goes on to its verdict.

    Returns:
        A note where the test itself asks for another method, else nothing.

    """
    if not item.config.pluginmanager.hasplugin("timeout"):
        return ""
    marker = item.get_closest_marker("timeout")
    asked: dict[str, Any] = {}
    if marker:
        positional = zip(("timeout", "method", "func_only"), marker.args, strict=False)
        asked = {**dict(positional), **marker.kwargs}
    limits = [asked.get("timeout"), getattr(item.config, "_env_timeout", None)]
    own = next((value for value in limits if value is not None), 0)
    is_nearer = isinstance(own, (int, float)) and 0 < own <= left_s
    method = {"method": "signal"} if hasattr(signal, "SIGALRM") else {}
    kept = {name: asked[name] for name in ("func_only",) if name in asked and is_nearer}
    # 0 would be no limit at all.
    limit_s = own if is_nearer else max(left_s, 0.1)
    item.add_marker(pytest.mark.timeout(limit_s, **kept, **method), append=False)
    return THREAD_METHOD_NOTE if method and asked.get("method") == _THREAD else ""


def outcome(
    item: pytest.Item,
    report: pytest.TestReport,
    excinfo: pytest.ExceptionInfo[BaseException] | None,
    *,
    exchanges: tuple[Exchange, ...],
    notes: tuple[str, ...] = (),
    redactor: Redactor,
    spent: Failure | None = None,
) -> Outcome:
    """The outcome of one phase of a test.

    Args:
        item: the test.
        report: pytest's report on the phase.
        excinfo: what was raised, if anything was.
        exchanges: the requests that the test has sent so far.
        notes: what is worth telling of it.
        redactor: cleans what is kept.
        spent: says that the budget is spent, if it is: then a time limit is the run's own.

    """
    api, category, mistake = marked(item)
    common: dict[str, Any] = {
        "api": api,
        "stage": report.when,
        "name": item.nodeid,
        "duration_s": round(report.duration, 4),
        "retries": len(sent_again(exchanges)),
        "exchanges": exchanges,
        "notes": tuple(map(redactor.text, notes)),
    }
    if mistake:
        return Outcome.of_failure(redactor, mistake, outcome=Result.ERROR, **common)
    if report.skipped:
        reason = str(excinfo.value) if excinfo else "skipped"
        return Outcome(
            outcome=Result.SKIPPED,
            detail=redactor.text(reason),
            skip_reason=SkipReason.USER,
            **common,
        )
    if report.passed:
        if _CLIENT_FIXTURE in getattr(item, "fixturenames", ()) and not exchanges:
            failure = _sent_nothing(item)
            return Outcome.of_failure(redactor, failure, outcome=Result.ERROR, **common)
        verified = bool(exchanges)
        return Outcome(outcome=Result.PASSED, detail="passed", verified=verified, **common)
    error = excinfo.value if excinfo else None
    failure = error.failure if isinstance(error, SmokeError) else _own_failure(report, error)
    if category and failure.category in (Category.INVALID, Category.ERROR):
        failure = replace(failure, category=category)
    if spent and isinstance(error, pytest.fail.Exception) and _TIMED_OUT in str(error):
        failure = spent
    result = Result.FAILED if report.when == "call" else Result.ERROR
    dirty = isinstance(error, SmokeError) and error.dirty
    return Outcome.of_failure(redactor, failure, outcome=result, dirty=dirty, **common)


def marked(item: pytest.Item) -> tuple[str, Category | None, Failure | None]:
    """What the marker `apismoke` says: the API, the category, and what is wrong with the marker."""
    marker = item.get_closest_marker("apismoke")
    if marker is None:
        return USER_TESTS, None, None
    said = {"api": USER_TESTS, "category": None, **marker.kwargs}
    known = sorted(category.value for category in TARGET_CATEGORIES)
    seen = ""
    if marker.args or set(said) != {"api", "category"}:
        unknown = [name for name in marker.kwargs if name not in ("api", "category")]
        seen = f"{unknown[0]!r}" if unknown else "arguments without a name"
    elif not isinstance(said["api"], str) or not _API.fullmatch(said["api"]):
        seen = f"the API {said['api']!r}"
    elif said["category"] is not None and said["category"] not in known:
        seen = f"the category {said['category']!r}"
    if not seen:
        category = Category(said["category"]) if said["category"] else None
        return str(said["api"]), category, None
    mistake = Failure(
        category=Category.USAGE,
        expected="apismoke(api=NAME, category=CATEGORY) as a marker, both of them optional",
        seen=seen,
        where=item.nodeid,
        hint="a name is letters, digits, hyphens and underscores; categories are "
        + ", ".join(known),
    )
    return USER_TESTS, None, mistake


def _sent_nothing(item: pytest.Item) -> Failure:
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"a test that uses {_CLIENT_FIXTURE} to ask the target something",
        seen="no request",
        where=item.nodeid,
        hint="send a request and assert something about its answer, or remove the test",
    )


def _own_failure(report: pytest.TestReport, error: BaseException | None) -> Failure:
    """A failure that is the test's own: an assertion is `invalid`, all else is `error`."""
    text = (report.longreprtext if error is None else str(error)).strip().splitlines()
    kind = f"{type(error).__name__}: " if error else ""
    return Failure(
        category=Category.INVALID if isinstance(error, AssertionError) else Category.ERROR,
        expected="the test to pass",
        seen=f"{kind}{text[0] if text else 'no message'}",
        where=report.nodeid,
        hint="read the failure further up in pytest's own report",
    )
