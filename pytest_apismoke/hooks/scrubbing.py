"""Takes secrets out of what pytest and its plugins are about to show or store."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from pytest_apismoke.redaction import Redactor

#: How pytest's classes for what it shows of an exception are called; they are not public.
_REPRESENTATIONS = ("Repr", "ExceptionChainRepr", "ExceptionRepr", "CollectErrorRepr")


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


def scrub(thing: object, clean: Callable[[str], str]) -> object:
    """Replaces every text inside a report in place; what can't be changed in place is returned."""
    if isinstance(thing, str):
        return clean(thing)
    if isinstance(thing, tuple):
        return tuple(scrub(member, clean) for member in thing)
    if isinstance(thing, list):
        thing[:] = [scrub(member, clean) for member in thing]
    elif isinstance(thing, dict):
        for key, member in thing.items():
            thing[key] = scrub(member, clean)
    elif type(thing).__name__.startswith(_REPRESENTATIONS) or isinstance(
        thing, (pytest.TestReport, pytest.CollectReport)
    ):
        for name, member in vars(thing).items():
            if name not in ("nodeid", "result"):
                vars(thing)[name] = scrub(member, clean)
    return thing


def clean_exception(error: BaseException, clean: Callable[[str], str]) -> None:
    """Takes secrets out of the texts that an exception or a warning carries, in place."""
    error.args = tuple(clean(part) if isinstance(part, str) else part for part in error.args)
    if isinstance(error, pytest.exit.Exception):
        error.msg = clean(str(error.msg))
