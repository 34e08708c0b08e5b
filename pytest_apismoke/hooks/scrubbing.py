"""Takes secrets out of what pytest and its plugins are about to show or store."""

from __future__ import annotations

import copy
import dataclasses
import logging
from collections.abc import Callable
from typing import Any

import pytest

from pytest_apismoke.errors import Category
from pytest_apismoke.evidence import Result
from pytest_apismoke.redaction import Redactor

#: Attributes of reports that identify a test or hold its nodes.
_UNTOUCHED = frozenset({"nodeid", "_id", "result"})
#: Whole strings that decide how a test counts. A password may equal one, and then it stays.
_WORDS = frozenset(
    {"setup", "call", "teardown", "rerun", *(word.value for word in (*Result, *Category))}
)


class LogScrubber:
    """Takes secrets out of log records while it is switched on, whoever writes them."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._before: Callable[..., logging.LogRecord] = logging.getLogRecordFactory()

    def pytest_sessionstart(self) -> None:
        """Wraps the factory through which every log record comes."""

        def clean(*args: Any, **kwargs: Any) -> logging.LogRecord:
            record = self._before(*args, **kwargs)
            try:
                message = record.getMessage()
            except Exception:
                # Arguments that do not fit their format: logging has its own way to say so.
                return record
            cleaned = self._redactor.text(message)
            if cleaned != message:
                record.msg, record.args = cleaned, ()
            if record.exc_info:
                # A formatter takes this text where there is one, instead of making its own.
                trace = logging.Formatter().formatException(record.exc_info)
                record.exc_text = self._redactor.text(trace)
            return record

        self._before = logging.getLogRecordFactory()
        logging.setLogRecordFactory(clean)

    def pytest_unconfigure(self) -> None:
        """Puts the factory back that was there before."""
        logging.setLogRecordFactory(self._before)


def scrub(shown: object, clean: Callable[[str], str]) -> None:
    """Cleans every string of a report, or of an internal error's representation, in place.

    pytest's `pytest_report_to_serializable` and back would cost a fifth more for each passing
    report, lose the colours of collection errors, and not apply to internal errors.

    Args:
        shown: the object that reporters are about to receive.
        clean: removes the secrets from one string.

    """
    fixed = {*_WORDS, getattr(shown, "nodeid", "")}
    for name, value in vars(shown).items():
        if name not in _UNTOUCHED:
            vars(shown)[name] = _cleaned(value, lambda text: text if text in fixed else clean(text))


def _cleaned(value: object, clean: Callable[[str], str]) -> object:
    """The value with every string in it cleaned; what no reporter prints is returned as is."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(item, clean) for item in value)
    if isinstance(value, list):
        return [_cleaned(item, clean) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item, clean) for key, item in value.items()}
    if hasattr(value, "toterminal"):
        scrub(value, clean)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        # A value that the report shares with the test, such as the context of a subtest.
        value = copy.copy(value)
        for field in dataclasses.fields(value):
            object.__setattr__(value, field.name, _cleaned(getattr(value, field.name), clean))
    return value


def clean_exception(error: BaseException, clean: Callable[[str], str]) -> None:
    """Takes secrets out of the texts that an exception or a warning carries, in place."""
    error.args = tuple(clean(part) if isinstance(part, str) else part for part in error.args)
    if isinstance(error, pytest.exit.Exception):
        error.msg = clean(str(error.msg))
