"""Reports, log records and exceptions contain no secret when pytest shows or stores them."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_apismoke.errors import Category, Violation
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.hooks.scrubbing import (
    ComparisonScrubber,
    ErrorScrubber,
    LogScrubber,
    clean_exception,
    cleaned_outcome,
    scrub,
)
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.verdict.outcome import Outcome, Result

SECRET = "canary-secret-of-this-test"


@pytest.fixture
def redactor() -> Redactor:
    redactor = Redactor()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    return redactor


# -- reports ----------------------------------------------------------------------------------


def new_report(**changes: Any) -> pytest.TestReport:
    values: dict[str, Any] = {
        "nodeid": f"test_it.py::test_it[{SECRET}]",
        "location": ("test_it.py", 1, "test_it"),
        "keywords": {"smoke": 1},
        "outcome": "failed",
        "longrepr": None,
        "when": "call",
        **changes,
    }
    return pytest.TestReport(**values)


@pytest.mark.parametrize("style", ["long", "short", "line", "native", "value", "no"])
def test_no_style_of_a_traceback_shows_a_secret(redactor: Redactor, style: Any) -> None:
    """Including chained exceptions and local variables."""
    held = SECRET
    try:
        try:
            raise KeyError(held)
        except KeyError as error:
            raise ValueError(f"sent {held}") from error
    except ValueError as error:
        shown = pytest.ExceptionInfo.from_exception(error).getrepr(showlocals=True, style=style)
    shown.addsection("sent", SECRET)
    before = str(shown)

    scrub(new_report(longrepr=shown), redactor)

    assert str(shown) == redactor.text(before) != before


@pytest.mark.parametrize("name", ["sections", "user_properties", "longrepr", "of_a_plugin"])
def test_strings_are_cleaned_at_any_depth_of_a_report(redactor: Redactor, name: str) -> None:
    report = new_report(**{name: [("sent", {"value": [SECRET, 1, None]})]})
    scrub(report, redactor)
    assert getattr(report, name) == [("sent", {"value": [REPLACEMENT, 1, None]})]


def test_the_node_id_and_unknown_objects_are_kept(redactor: Redactor) -> None:
    node = object()
    report = new_report(node=node)
    scrub(report, redactor)
    assert (report.nodeid, report.node) == (f"test_it.py::test_it[{SECRET}]", node)


def test_any_object_that_pytest_can_show_is_cleaned(redactor: Redactor) -> None:
    """Missing fixtures, doctests and other plugins each have a class of their own."""

    class Shown:
        def __init__(self) -> None:
            self.lines = [f"sent {SECRET}"]

        def toterminal(self, out: object) -> None:
            raise NotImplementedError

    shown = Shown()
    scrub(new_report(longrepr=shown), redactor)
    assert shown.lines == [f"sent {REPLACEMENT}"]


def test_a_value_that_a_plugin_shares_with_its_report_is_cleaned_in_a_copy(
    redactor: Redactor,
) -> None:
    """For example the context of a subtest."""

    @dataclasses.dataclass(frozen=True)
    class Context:
        message: str
        values: dict[str, str]

    context = Context(SECRET, {"token": SECRET})
    report = new_report(context=context)
    scrub(report, redactor)
    assert report.context == Context(REPLACEMENT, {"token": REPLACEMENT})
    assert context == Context(SECRET, {"token": SECRET})


@pytest.mark.parametrize("word", ["pass", "call", "failed", "save", "test", "passed"])
def test_a_password_that_is_an_ordinary_word_changes_no_outcome(word: str) -> None:
    redactor = Redactor()
    redactor.learn(word, "APISMOKE_PASSWORD")
    kept = {"name": "test_it.py::test_it", "outcome": "passed", "category": "save"}
    report = new_report(nodeid=kept["name"], outcome="failed", of_a_plugin=dict(kept))
    report.sections.append(("printed", f"it is {word}"))

    scrub(report, redactor)

    assert (report.nodeid, report.when, report.outcome) == ("test_it.py::test_it", "call", "failed")
    assert (report.failed, report.of_a_plugin) == (True, kept)
    assert report.sections == [("printed", f"it is {REPLACEMENT}")]


class Counting(Redactor):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def is_free(self, *texts: str) -> bool:
        self.asked.append("is_free")
        return super().is_free(*texts)

    def text(self, text: str) -> str:
        self.asked.append("text")
        return super().text(text)


def test_a_report_without_a_secret_is_searched_once() -> None:
    redactor = Counting()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    report = new_report(sections=[("printed", "a line")] * 9, user_properties=[("api", "x")] * 9)
    scrub(report, redactor)
    assert redactor.asked == ["is_free"]


def test_a_pass_that_says_nothing_is_not_searched() -> None:
    redactor = Counting()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    report = new_report(outcome="passed", user_properties=[("apismoke_api", "settings")])
    scrub(report, redactor)
    assert redactor.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "failed"},
        {"longrepr": f"it is {SECRET}"},
        {"sections": [("printed", SECRET)]},
        {"user_properties": [("apismoke_api", "settings"), ("mine", SECRET)]},
        {"of_a_plugin": SECRET},
    ],
)
def test_a_pass_that_says_anything_is_searched(changes: dict[str, Any]) -> None:
    redactor = Counting()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    report = new_report(nodeid="test_it.py::test_it", outcome="passed")
    vars(report).update(changes)
    scrub(report, redactor)
    assert redactor.asked != []
    assert SECRET not in repr(vars(report))


# -- outcomes ---------------------------------------------------------------------------------


def new_outcome(word: str, **changes: Any) -> Outcome:
    violation = Violation(pointer=f"/{word}", expected="a", actual=word)
    held = ConformanceResult(operation="GET /x", violations=(violation,), undeclared=(f"/{word}",))
    values: dict[str, Any] = {
        "api": "a",
        "stage": "b",
        "name": "a::b",
        "outcome": Result.FAILED,
        "category": Category.SAVE,
        "seen": f"seen {word}",
        "notes": (f"note {word}",),
        "violations": (violation,),
        "difference": (f"+ {word}",),
        "exchanges": (
            Exchange.told(
                method="GET",
                url=f"https://x/{word}",
                status=200,
                duration_s=0.1,
                request_id=word,
                excerpt=word,
                error=None,
                curl=f"curl {word}",
                held=held,
                version=word,
            ),
        ),
        **changes,
    }
    return Outcome(**values)


def test_what_was_learned_since_is_removed_from_an_outcome_of_another_process(
    redactor: Redactor,
) -> None:
    assert cleaned_outcome(new_outcome(SECRET), redactor) == new_outcome(REPLACEMENT)


def test_an_outcome_without_a_secret_is_searched_once_and_stays_the_same() -> None:
    redactor, outcome = Counting(), new_outcome("plain")
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    assert cleaned_outcome(outcome, redactor) is outcome
    assert redactor.asked == ["is_free"]


def test_a_password_that_is_a_word_of_an_outcome_does_not_change_it() -> None:
    redactor = Redactor()
    redactor.learn("save", "APISMOKE_PASSWORD")
    outcome = new_outcome("plain", seen="they save")
    assert cleaned_outcome(outcome, redactor) == new_outcome("plain", seen="they [redacted]")


def test_an_internal_error_is_cleaned_before_there_is_a_session(redactor: Redactor) -> None:
    with pytest.raises(ValueError, match="sent") as error:
        raise ValueError(f"sent {SECRET}")
    shown = error.getrepr(style="value")
    ErrorScrubber(redactor).pytest_internalerror(shown)
    assert str(shown) == f"sent {REPLACEMENT}"


# -- exceptions -------------------------------------------------------------------------------


def test_string_arguments_of_an_exception_are_cleaned_and_others_kept(redactor: Redactor) -> None:
    error = ValueError(f"sent {SECRET}", 5, None, "plain")
    clean_exception(error, redactor.text)
    assert error.args == (f"sent {REPLACEMENT}", 5, None, "plain")


def test_a_warning_is_cleaned(redactor: Redactor) -> None:
    warning = UserWarning(f"sent {SECRET}")
    clean_exception(warning, redactor.text)
    assert str(warning) == f"sent {REPLACEMENT}"


def test_the_reason_given_to_pytest_exit_is_cleaned(redactor: Redactor) -> None:
    with pytest.raises(pytest.exit.Exception) as caught:
        pytest.exit(f"sent {SECRET}", returncode=3)

    clean_exception(caught.value, redactor.text)

    assert (caught.value.msg, caught.value.returncode) == (f"sent {REPLACEMENT}", 3)
    assert SECRET not in f"{caught.value} {caught.value!r}"


# -- log records ------------------------------------------------------------------------------


@pytest.fixture
def scrubber(redactor: Redactor) -> Iterator[LogScrubber]:
    """Active during the test."""
    scrubber = LogScrubber(redactor)
    scrubber.pytest_sessionstart()
    yield scrubber
    scrubber.pytest_unconfigure()


def new_record(message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    """A record as a logger makes it; `error` is raised first, so that it has a traceback."""
    information = None
    if error is not None:
        try:
            raise error
        except Exception:  # whatever the test wants logged
            information = sys.exc_info()
    return logging.getLogger("any").makeRecord(
        "any", logging.ERROR, "any.py", 1, message, args, information
    )


@pytest.mark.usefixtures("scrubber")
@pytest.mark.parametrize(
    ("message", "args"),
    [(f"sent {SECRET}", ()), ("sent %s", (SECRET,)), ("%s", (["sent", SECRET],))],
)
def test_a_log_record_holds_no_secret(message: str, args: tuple[object, ...]) -> None:
    record = new_record(message, *args)
    assert SECRET not in str(vars(record))
    assert REPLACEMENT in record.getMessage()


@pytest.mark.usefixtures("scrubber")
def test_a_log_record_without_a_secret_keeps_its_arguments() -> None:
    """Some handlers group records by their unformatted messages."""
    record = new_record("sent %d bytes", 5)
    assert (record.msg, record.args, record.exc_text) == ("sent %d bytes", (5,), None)


@pytest.mark.usefixtures("scrubber")
def test_the_traceback_of_a_log_record_is_shown_without_secrets() -> None:
    record = new_record("failed", error=ValueError(f"sent {SECRET}"))

    shown = logging.Formatter().format(record)

    assert record.exc_text is not None
    assert record.exc_text.startswith("Traceback (most recent call last):")
    assert record.exc_text.endswith(f"ValueError: sent {REPLACEMENT}")
    assert shown == f"failed\n{record.exc_text}"


def test_the_previous_factory_is_restored(redactor: Redactor) -> None:
    before = logging.getLogRecordFactory()
    scrubber = LogScrubber(redactor)

    scrubber.pytest_sessionstart()
    inside = logging.getLogRecordFactory()
    scrubber.pytest_unconfigure()

    assert inside is not before
    assert logging.getLogRecordFactory() is before


# -- comparisons ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "lines"),
    [
        (SECRET, "other", ["'[redacted]' == 'other'"]),
        ("other", f"Bearer {SECRET}", ["'other' == 'Bearer [redacted]'"]),
        ("one", "other", None),
        ([SECRET], [], None),
    ],
)
def test_a_comparison_of_strings_with_a_secret_is_shown_as_a_whole(
    redactor: Redactor, left: object, right: object, lines: list[str] | None
) -> None:
    """pytest itself would leave out what two strings have in common, and show the rest of each."""
    scrubber = ComparisonScrubber(redactor)
    assert scrubber.pytest_assertrepr_compare("==", left, right) == lines
