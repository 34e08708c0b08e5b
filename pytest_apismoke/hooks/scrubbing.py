"""Remove secrets from reports, log records and exceptions before pytest shows or stores them."""

from __future__ import annotations

import copy
import dataclasses
import logging
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any

import pytest

from pytest_apismoke.errors import Category
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.unshown import Told
from pytest_apismoke.verdict.outcome import Outcome, Result

#: The attribute of a report that holds its outcome: as JSON, where it came from another process.
OUTCOME = "apismoke_outcome"
#: Attributes of reports that identify a test or hold the nodes of a collection, and the outcome,
#: which is cleaned by itself.
_UNTOUCHED = frozenset({"nodeid", "_id", "result", "keywords", OUTCOME})
#: The attributes of a report of a pass that says nothing: those that identify its test or count.
_OF_A_PLAIN_PASS = _UNTOUCHED | {
    *("location", "outcome", "when", "duration", "start", "stop"),
    *("longrepr", "sections", "user_properties"),
}
#: The names of the properties that the gate itself gives a report.
PROPERTY = "apismoke_"
#: All strings of an outcome but its name, its words and those of its exchanges.
_TEXTS_OF_OUTCOME = (
    *("expected", "seen", "detail", "where", "hint", "because_of", "notes", "violations"),
    *("difference", "in_short", "excerpt", "sightings"),
)
#: Strings that decide how a test counts: kept even where the password is such a word.
_WORDS = frozenset(
    {"setup", "call", "teardown", "rerun", *(word.value for word in (*Result, *Category))}
)


class LogScrubber:
    """Removes secrets from every log record of the process while a session runs."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._before: Callable[..., logging.LogRecord] = logging.getLogRecordFactory()

    def pytest_sessionstart(self) -> None:
        """Wraps the factory that makes every log record."""

        def clean(*args: Any, **kwargs: Any) -> logging.LogRecord:
            record = self._before(*args, **kwargs)
            try:
                message = record.getMessage()
            except Exception:
                # The arguments do not fit the format; logging reports that itself.
                return record
            cleaned = self._redactor.text(message)
            if cleaned != message:
                record.msg, record.args = cleaned, ()
            if record.exc_info:
                # A formatter uses this text, where present, instead of formatting the traceback.
                trace = logging.Formatter().formatException(record.exc_info)
                record.exc_text = self._redactor.text(trace)
            return record

        self._before = logging.getLogRecordFactory()
        logging.setLogRecordFactory(clean)

    def pytest_unconfigure(self) -> None:
        """Restores the previous factory."""
        logging.setLogRecordFactory(self._before)


class ErrorScrubber:
    """Removes secrets from internal errors before there is a session: of a conftest, say."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: object) -> None:
        """Runs before pytest shows the error."""
        scrub(excrepr, self._redactor)


class SentScrubber:
    """Removes secrets from reports that are sent or stored as plain values, and from warnings."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self, report: pytest.TestReport | pytest.CollectReport
    ) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
        """Makes plain values of the outcome of a report that is sent or stored."""
        data = yield
        outcome = getattr(report, OUTCOME, None)
        if data is not None and isinstance(outcome, Outcome):
            data[OUTCOME] = cleaned_outcome(outcome, self._redactor).to_json()
        return data

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Removes secrets from the summary of warnings."""
        if isinstance(warning_message.message, Warning):
            clean_exception(warning_message.message, self._redactor.text)


class ComparisonScrubber:
    """Explains failed comparisons of strings with a secret, of which pytest would show parts."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    @pytest.hookimpl(tryfirst=True)
    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> list[str] | None:
        """Shows both strings as a whole, without the secret; None for anything else."""
        if not (isinstance(left, str) and isinstance(right, str)):
            return None
        shown = self._redactor.text(left), self._redactor.text(right)
        return None if shown == (left, right) else [f"{shown[0]!r} {op} {shown[1]!r}"]


def scrub(shown: object, redactor: Redactor) -> None:
    """Cleans every string of a report, or of an internal error's representation, in place.

    pytest's `pytest_report_to_serializable` and back would cost a fifth more for each passing
    report, lose the colours of collection errors, and not apply to internal errors.

    Args:
        shown: the object that reporters are about to receive.
        redactor: removes the secrets from its strings.

    """
    if _is_plain_pass(vars(shown)):
        return
    fixed = _WORDS | {getattr(shown, "nodeid", "")}
    texts: list[str] = []
    collect(_parts(shown), texts)
    if redactor.is_free(*(text for text in texts if text not in fixed)):
        return
    _clean_in_place(shown, lambda text: text if text in fixed else redactor.text(text))


def _is_plain_pass(attributes: Mapping[str, Any]) -> bool:
    """Whether a report has no string that a test, a target or a plugin could have put there."""
    return (
        attributes.get("outcome") == "passed"
        and attributes.keys() <= _OF_A_PLAIN_PASS
        and attributes.get("longrepr") is None
        and not attributes.get("sections")
        and all(name.startswith(PROPERTY) for name, _ in attributes.get("user_properties", ()))
    )


def cleaned_outcome(outcome: Outcome, redactor: Redactor) -> Outcome:
    """The outcome without secrets that nobody knew when its strings were made.

    The texts of this process's exchanges are redacted whenever they are read; those of another one
    did not know what this one knows.
    """
    texts: list[str] = []
    collect([getattr(outcome, name) for name in _TEXTS_OF_OUTCOME], texts)
    for exchange in outcome.exchanges:
        texts.append(exchange.version or "")
        if isinstance(exchange.evidence, Told):
            collect(_fields(exchange.evidence), texts)
        if exchange.held:
            collect(_fields(exchange.held), texts)
    fixed = _WORDS | {outcome.name}
    if redactor.is_free(*(text for text in texts if text not in fixed)):
        return outcome
    data = cleaned(outcome.to_json(), lambda text: text if text in fixed else redactor.text(text))
    assert isinstance(data, dict), "as it went in"
    return Outcome.from_json(data)


def _parts(shown: object) -> list[object]:
    """The attributes of an object that have to be clean."""
    return [value for name, value in vars(shown).items() if name not in _UNTOUCHED]


def _fields(value: Any) -> list[object]:
    return [getattr(value, field.name) for field in dataclasses.fields(value)]


def collect(values: Iterable[object], texts: list[str]) -> None:
    """Adds every string in the values that `cleaned` would clean."""
    for value in values:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, (tuple, list)):
            collect(value, texts)
        elif isinstance(value, dict):
            collect(value.values(), texts)
        elif hasattr(value, "toterminal"):
            collect(_parts(value), texts)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            collect(_fields(value), texts)


def _clean_in_place(shown: object, clean: Callable[[str], str]) -> None:
    for name, value in vars(shown).items():
        if name not in _UNTOUCHED:
            vars(shown)[name] = cleaned(value, clean)


def cleaned(value: object, clean: Callable[[str], str]) -> object:
    """The value with every string in it cleaned; objects of other types are returned unchanged."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(cleaned(item, clean) for item in value)
    if isinstance(value, list):
        return [cleaned(item, clean) for item in value]
    if isinstance(value, dict):
        return {key: cleaned(item, clean) for key, item in value.items()}
    if hasattr(value, "toterminal"):
        _clean_in_place(value, clean)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        # Such as the context of a subtest; copied, because its owner may still use the original.
        value = copy.copy(value)
        for field in dataclasses.fields(value):
            object.__setattr__(value, field.name, cleaned(getattr(value, field.name), clean))
    return value


def clean_exception(error: BaseException, clean: Callable[[str], str]) -> None:
    """Removes secrets from the arguments of an exception or a warning, in place."""
    error.args = tuple(clean(part) if isinstance(part, str) else part for part in error.args)
    if isinstance(error, pytest.exit.Exception):
        error.msg = clean(str(error.msg))
