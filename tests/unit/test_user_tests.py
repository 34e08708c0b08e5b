"""What a test that a user wrote came to: judged like a check, with its requests as evidence."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
import requests

from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.hooks.user_tests import outcome
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.reports.wording import message
from pytest_apismoke.verdict.outcome import Outcome, Result

MakeExchange = Callable[..., Exchange]

NAME = "test_mine.py::test_it"
PLACE: dict[str, Any] = {"api": "tests", "name": NAME}


def came_to(
    ended: str,
    error: BaseException | None = None,
    *,
    when: str = "call",
    fixtures: tuple[str, ...] = ("smoke_client",),
    exchanges: tuple[Exchange, ...] = (),
    marker: pytest.Mark | None = None,
    expected_failure: str | None = None,
) -> Outcome:
    """The outcome of a phase that ended so; the rest of pytest's records is as a test has it."""
    redactor = Redactor()
    redactor.learn("canary", "APISMOKE_TOKEN")
    item = SimpleNamespace(
        nodeid=NAME,
        fixturenames=list(fixtures),
        stash=pytest.Stash(),
        get_closest_marker=lambda name: marker if name == "apismoke" else None,
    )
    report = SimpleNamespace(
        when=when,
        duration=1.23456,
        nodeid=NAME,
        longreprtext="E   it failed\n",
        passed=ended == "passed",
        skipped=ended == "skipped",
        **({} if expected_failure is None else {"wasxfail": expected_failure}),
    )
    return outcome(
        cast("pytest.Item", item),
        cast("pytest.TestReport", report),
        _raised(error) if error else None,
        exchanges=exchanges,
        redactor=redactor,
    )


def _raised(error: BaseException) -> pytest.ExceptionInfo[BaseException]:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught


def test_a_test_that_asked_the_target_something_has_verified_something(
    make_exchange: MakeExchange,
) -> None:
    assert came_to("passed", exchanges=(make_exchange(),)) == Outcome(
        **PLACE,
        stage="call",
        outcome=Result.PASSED,
        detail="passed",
        duration_s=1.2346,
        exchanges=(make_exchange(),),
        verified=True,
    )


@pytest.mark.parametrize(
    ("fixtures", "named"),
    [
        (("smoke_client",), "smoke_client"),
        (("smoke_session", "smoke_client"), "smoke_session"),
        (("smoke_login",), "smoke_login"),
        (("smoke_login", "smoke_token", "smoke_client"), "smoke_login"),
    ],
)
def test_a_test_that_was_to_send_a_request_and_did_not_verifies_nothing(
    fixtures: tuple[str, ...], named: str
) -> None:
    outcome = came_to("passed", fixtures=fixtures)
    assert (outcome.outcome, outcome.category) == (Result.ERROR, Category.UNVERIFIED)
    assert outcome.expected == f"a test that uses {named} to send a request"


@pytest.mark.parametrize("fixtures", [("smoke_token", "smoke_client"), ("smoke_target_url",)])
def test_a_test_with_a_client_of_its_own_passes_and_is_no_evidence(
    fixtures: tuple[str, ...],
) -> None:
    outcome = came_to("passed", fixtures=fixtures)
    assert (outcome.outcome, outcome.verified) == (Result.PASSED, False)


def test_a_test_whose_request_was_sent_again_passes_and_is_flaky(
    make_exchange: MakeExchange,
) -> None:
    exchanges = tuple(make_exchange(attempt=number) for number in (1, 2, 1, 2, 3))
    passed = came_to("passed", exchanges=exchanges)
    assert (passed.outcome, passed.flaky, passed.retries) == (Result.PASSED, True, 3)


def test_a_test_that_failed_after_all_is_not_flaky(make_exchange: MakeExchange) -> None:
    exchanges = (make_exchange(), make_exchange(attempt=2))
    failed = came_to("failed", AssertionError("503"), exchanges=exchanges)
    assert (failed.outcome, failed.flaky, failed.retries) == (Result.FAILED, False, 1)


def test_a_test_that_has_a_client_and_sends_nothing_verifies_nothing() -> None:
    nothing = came_to("passed")
    assert (nothing.outcome, nothing.category) == (Result.ERROR, Category.UNVERIFIED)
    assert (message(nothing), nothing.where, nothing.hint) == (
        "expected a test that uses smoke_client to send a request, seen no request",
        NAME,
        "send a request and assert something about its response, or remove the test",
    )


def test_a_test_without_a_client_passes_and_proves_nothing() -> None:
    passed = came_to("passed", fixtures=())
    assert (passed.outcome, passed.verified) == (Result.PASSED, False)


@pytest.mark.parametrize(
    ("when", "result"),
    [("setup", Result.ERROR), ("call", Result.FAILED), ("teardown", Result.ERROR)],
)
@pytest.mark.parametrize(
    ("error", "category", "said"),
    [
        (
            AssertionError("a canary\nmore"),
            Category.INVALID,
            f"expected the test to pass, seen AssertionError: a {REPLACEMENT}",
        ),
        (
            AssertionError(),
            Category.INVALID,
            "expected the test to pass, seen AssertionError: no message",
        ),
        (
            pytest.fail.Exception("it is late"),
            Category.ERROR,
            "expected the test to pass, seen Failed: it is late",
        ),
        (
            requests.HTTPError("503"),
            Category.ERROR,
            "expected the test to pass, seen HTTPError: 503",
        ),
        (None, Category.ERROR, "expected the test to pass, seen E   it failed"),
    ],
)
def test_a_failure_of_the_test_itself_is_told_in_a_line(
    error: BaseException | None, category: Category, said: str, when: str, result: Result
) -> None:
    failed = came_to("failed", error, when=when)
    assert (failed.outcome, failed.category, message(failed), failed.stage) == (
        result,
        category,
        said,
        when,
    )
    assert (failed.where, failed.hint) == (
        NAME,
        "read the failure further up in pytest's own report",
    )


class _Both(Exception):  # noqa: N818  # as an ExceptionGroup, which Python 3.10 does not have
    exceptions = (KeyError("id"), AssertionError("no"))


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (NameError("name 'x' is not defined"), "NameError: name 'x' is not defined"),
        (AttributeError("no 'stattus'"), "AttributeError: no 'stattus'"),
        (ImportError("no module"), "ImportError: no module"),
        (TypeError("an unexpected argument"), "TypeError: an unexpected argument"),
        (KeyError("id"), "KeyError: 'id'"),
        (ValueError(), "ValueError: no message"),
        (SystemExit(0), "SystemExit: 0"),
        (requests.exceptions.MissingSchema("no scheme"), "MissingSchema: no scheme"),
        (FileNotFoundError(2, "No such file"), "FileNotFoundError: [Errno 2] No such file"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
@pytest.mark.parametrize("marker", [None, pytest.mark.apismoke(category="save").mark])
def test_an_error_in_a_tests_own_code_says_nothing_about_the_target(
    error: BaseException, seen: str, when: str, marker: pytest.Mark | None
) -> None:
    """The gate is misconfigured, whatever the test would have counted as: no roll-back for it."""
    failed = came_to("failed", error, when=when, marker=marker)
    assert (failed.category, message(failed), failed.where, failed.hint) == (
        Category.USAGE,
        f"expected the test's own code to work, seen {seen}",
        NAME,
        "correct the test (pytest's own report further up shows the line); only an assertion, or"
        " a request that fails, counts against the target",
    )


def test_of_several_errors_an_assertion_counts() -> None:
    assert came_to("failed", _Both("two errors"), when="teardown").category is Category.INVALID


@pytest.mark.parametrize("dirty", [False, True])
def test_a_failure_of_the_gate_keeps_its_category(dirty: bool) -> None:
    failure = Failure(category=Category.FETCH, expected="a", seen="canary", where="c", hint="d")
    failed = came_to("failed", SmokeError(failure, dirty=dirty))
    assert (failed.category, message(failed), failed.dirty) == (
        Category.FETCH,
        f"expected a, seen {REPLACEMENT}",
        dirty,
    )


def test_a_skip_says_why_without_secrets() -> None:
    skipped = came_to("skipped", pytest.skip.Exception("no canary today"))
    assert (skipped.outcome, message(skipped)) == (Result.SKIPPED, f"no {REPLACEMENT} today")
    assert message(came_to("skipped")) == "skipped"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("shop #7", "expected to fail: shop #7"),
        ("reason: shop #7", "expected to fail: shop #7"),
        ("", "expected to fail"),
    ],
)
def test_a_failure_that_was_expected_says_why_and_not_what_failed(reason: str, told: str) -> None:
    ended = came_to("skipped", AssertionError("assert 404 == 200"), expected_failure=reason)
    assert (ended.outcome, message(ended)) == (Result.SKIPPED, told)


def mark(*args: object, **said: object) -> pytest.Mark:
    return pytest.mark.apismoke(*args, **said).mark


@pytest.mark.parametrize(
    ("marker", "error", "api", "category"),
    [
        (mark(api="orders"), AssertionError("no"), "orders", Category.INVALID),
        (mark(category="state"), AssertionError("no"), "tests", Category.STATE),
        (
            mark(api="orders", category="save"),
            pytest.fail.Exception("no"),
            "orders",
            Category.SAVE,
        ),
        (
            mark(category="state"),
            SmokeError(
                Failure(category=Category.FETCH, expected="a", seen="b", where="c", hint="d")
            ),
            "tests",
            Category.FETCH,
        ),
    ],
)
def test_a_marker_says_the_api_and_as_what_a_failure_counts(
    marker: pytest.Mark, error: BaseException, api: str, category: Category
) -> None:
    """What came over the wire, or did not, keeps its own category."""
    found = came_to("failed", error, marker=marker)
    assert (found.api, found.category) == (api, category)


@pytest.mark.parametrize(
    ("marker", "seen"),
    [
        (mark("orders"), "arguments without a name"),
        (mark(apj="orders"), "'apj'"),
        (mark(api="or ders"), "the API 'or ders'"),
        (mark(category="stale"), "the category 'stale'"),
        (mark(category="budget"), "the category 'budget'"),
    ],
)
def test_a_marker_that_says_something_else_is_a_mistake(marker: pytest.Mark, seen: str) -> None:
    """However the test ended: a misspelt category must not turn into another verdict."""
    found = came_to("passed", marker=marker)
    assert (found.outcome, found.category, found.api) == (Result.ERROR, Category.USAGE, "tests")
    assert message(found) == (
        "expected apismoke(api=NAME, category=CATEGORY) as a marker, both of them optional,"
        f" seen {seen}"
    )
    assert found.hint == (
        "a name is letters, digits, hyphens and underscores; categories are auth, error, fetch,"
        " invalid, oauth, persist, phone, save, state"
    )
