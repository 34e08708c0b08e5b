"""Turns the result of a user's test into an outcome, like those of the built-in checks."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import Any, NoReturn

import pytest

from pytest_apismoke.checks.model import Skip
from pytest_apismoke.errors import TARGET_CATEGORIES, Category, Failure, SmokeError
from pytest_apismoke.evidence import Exchange, Sighting, sent_again
from pytest_apismoke.hooks.other_plugins import TIMEOUT, is_loaded
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.judgement import USER_TESTS
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

#: The names of APIs: as file names of declared checks, or as Python identifiers.
_API = late_pattern(r"[A-Za-z_][\w-]*")
#: The fixtures that send requests with a token: a test that uses one and sends none is no test.
_SENDING = ("smoke_client", "smoke_session", "smoke_login")
#: Part of the message with which pytest-timeout fails a test.
_TIMED_OUT = "pytest-timeout"
#: pytest-timeout's method that ends the whole process, without a verdict.
_THREAD = "thread"
THREAD_METHOD_NOTE = (
    "pytest-timeout's method 'thread' would end the whole run without a verdict; 'signal' is used"
)


#: The fixtures that need the run's token.
_WITH_TOKEN = frozenset({*_SENDING, "smoke_token", "smoke_preserve"})


#: The id of the failed check because of which a user's test is not run.
BECAUSE_OF: pytest.StashKey[str] = pytest.StashKey()


def skip_not_run(item: pytest.Item, skip: Skip) -> NoReturn:
    """Skips a user's test because of a failed check."""
    item.stash[BECAUSE_OF] = skip.because_of
    pytest.skip(skip.text)


def uses_token(item: pytest.Item) -> bool:
    """Whether a user's test sends requests with the run's token."""
    return not _WITH_TOKEN.isdisjoint(getattr(item, "fixturenames", ()))


def asks_for_thread_method(config: pytest.Config) -> bool:
    """Whether pytest-timeout is configured to end the process although it could use a signal."""
    if not (is_loaded(config, TIMEOUT) and hasattr(signal, "SIGALRM")):
        return False
    return _THREAD in (config.getoption("timeout_method", None), config.getini("timeout_method"))


def limit(item: pytest.Item, left_s: float) -> str:
    """Makes pytest-timeout, if installed, end a test with the budget; an earlier limit stays.

    It uses a signal where the system has SIGALRM: the test ends, and the run continues.

    Returns:
        A note if the test's marker sets the method 'thread', else an empty string.

    """
    if not is_loaded(item.config, TIMEOUT):
        return ""
    marker = item.get_closest_marker("timeout")
    arguments: dict[str, Any] = {}
    if marker:
        positional = zip(("timeout", "method", "func_only"), marker.args, strict=False)
        arguments = {**dict(positional), **marker.kwargs}
    limits = [arguments.get("timeout"), getattr(item.config, "_env_timeout", None)]
    own = next((value for value in limits if value is not None), 0)
    is_nearer = isinstance(own, (int, float)) and 0 < own <= left_s
    method = {"method": "signal"} if hasattr(signal, "SIGALRM") else {}
    kept = {n: arguments[n] for n in ("func_only",) if n in arguments and is_nearer}
    # 0 would be no limit at all.
    limit_s = own if is_nearer else max(left_s, 0.1)
    item.add_marker(pytest.mark.timeout(limit_s, **kept, **method), append=False)
    return THREAD_METHOD_NOTE if method and arguments.get("method") == _THREAD else ""


def outcome(
    item: pytest.Item,
    report: pytest.TestReport,
    excinfo: pytest.ExceptionInfo[BaseException] | None,
    *,
    exchanges: tuple[Exchange, ...],
    sightings: tuple[Sighting, ...] = (),
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
        sightings: what values have shown of known violations so far.
        notes: sentences for the report.
        redactor: removes secrets.
        spent: the failure to report for a time limit, if the budget is spent.

    """
    from pytest_apismoke.hooks.assertions import asserted
    from pytest_apismoke.hooks.blame import failure_of

    api, category, mistake = marked(item)
    common: dict[str, Any] = {
        "api": api,
        "stage": report.when,
        "name": item.nodeid,
        "duration_s": round(report.duration, 4),
        "retries": len(sent_again(exchanges)),
        "exchanges": exchanges,
        "sightings": sightings,
        "notes": tuple(map(redactor.text, notes)),
    }
    if mistake:
        return Outcome.of_failure(redactor, mistake, outcome=Result.ERROR, **common)
    if report.skipped:
        cause = item.stash.get(BECAUSE_OF, "")
        reason = str(excinfo.value) if excinfo else "skipped"
        # Not what it failed with: whoever marked it has said why.
        if (marked_with := getattr(report, "wasxfail", None)) is not None:
            reason = f"expected to fail: {marked_with.removeprefix('reason: ')}".rstrip(": ")
        return Outcome(
            outcome=Result.SKIPPED,
            detail=redactor.text(reason),
            skip_reason=SkipReason.DEPENDENCY if cause else SkipReason.USER,
            because_of=cause,
            **common,
        )
    if report.passed:
        if (fixture := _sending_fixture(item)) and not exchanges:
            failure = _sent_nothing(item, fixture)
            return Outcome.of_failure(redactor, failure, outcome=Result.ERROR, **common)
        verified = bool(exchanges)
        return Outcome(outcome=Result.PASSED, detail="passed", verified=verified, **common)
    error = excinfo.value if excinfo else None
    failure = (
        error.failure
        if isinstance(error, SmokeError)
        else failure_of(error, report.longreprtext, where=report.nodeid)
    )
    if found := asserted(error, report.nodeid, getattr(item, "path", None)):
        failure = replace(
            failure,
            expected=found.source or failure.expected,
            seen=failure.seen.removeprefix("AssertionError: "),
            where=found.place,
        )
    if category and failure.category in (Category.INVALID, Category.ERROR):
        failure = replace(failure, category=category)
    if spent and isinstance(error, pytest.fail.Exception) and _TIMED_OUT in str(error):
        failure = spent
    result = Result.FAILED if report.when == "call" else Result.ERROR
    dirty = isinstance(error, SmokeError) and error.dirty
    return Outcome.of_failure(redactor, failure, outcome=result, dirty=dirty, **common)


def marked(item: pytest.Item) -> tuple[str, Category | None, Failure | None]:
    """The API and the category of the marker `apismoke`, and the mistake in it, if any."""
    marker = item.get_closest_marker("apismoke")
    if marker is None:
        return USER_TESTS, None, None
    options = {"api": USER_TESTS, "category": None, **marker.kwargs}
    known = sorted(category.value for category in TARGET_CATEGORIES)
    seen = ""
    if marker.args or set(options) != {"api", "category"}:
        unknown = [name for name in marker.kwargs if name not in ("api", "category")]
        seen = f"{unknown[0]!r}" if unknown else "arguments without a name"
    elif not isinstance(options["api"], str) or not _API.fullmatch(options["api"]):
        seen = f"the API {options['api']!r}"
    elif options["category"] is not None and options["category"] not in known:
        seen = f"the category {options['category']!r}"
    if not seen:
        category = Category(options["category"]) if options["category"] else None
        return str(options["api"]), category, None
    mistake = Failure(
        category=Category.USAGE,
        expected="apismoke(api=NAME, category=CATEGORY) as a marker, both of them optional",
        seen=seen,
        where=item.nodeid,
        hint="a name is letters, digits, hyphens and underscores; categories are "
        + ", ".join(known),
    )
    return USER_TESTS, None, mistake


def _sending_fixture(item: pytest.Item) -> str:
    """The fixture with which a test was to send requests; empty where it only has the token."""
    names = getattr(item, "fixturenames", ())
    asked = [name for name in _SENDING if name in names]
    # The token comes with a client, which the test itself need not use.
    takes_token = "smoke_token" in names and asked == ["smoke_client"]
    return asked[-1] if asked and not takes_token else ""


def _sent_nothing(item: pytest.Item, fixture: str) -> Failure:
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"a test that uses {fixture} to send a request",
        seen="no request",
        where=item.nodeid,
        hint="send a request and assert something about its response, or remove the test",
    )
