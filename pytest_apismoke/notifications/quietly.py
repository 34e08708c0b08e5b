"""Collects what Apprise, and the libraries below it, log about a message, and shows it to nobody.

It says why a service did not take the message, and may quote its URL, which is a secret; so is the
path of a request to a webhook. Handlers of others may write to a file or a terminal, and know no
secrets. Only what the threads that send a message log is kept from them, for as long as they live.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from collections.abc import Iterator

_LOGGERS = ("apprise", "urllib3.connectionpool", "urllib3.util.retry", "requests_oauthlib")
_MOST_LINES = 20


class _Filter(logging.Filter):
    """Keeps back the records of threads that collect them."""

    def __init__(self) -> None:
        super().__init__()
        self.threads = threading.local()

    def filter(self, record: logging.LogRecord) -> bool:
        lines: list[str] | None = getattr(self.threads, "lines", None)
        if lines is None:
            return True
        if record.levelno >= logging.WARNING and len(lines) < _MOST_LINES:
            with contextlib.suppress(Exception):
                lines.append(record.getMessage())
        return False


_FILTER = _Filter()


@contextlib.contextmanager
def collected() -> Iterator[list[str]]:
    """Collects the warnings that this thread has logged meanwhile."""
    for name in _LOGGERS:
        # Does nothing where it is one already.
        logging.getLogger(name).addFilter(_FILTER)
    lines: list[str] = []
    _FILTER.threads.lines = lines
    try:
        yield lines
    finally:
        _FILTER.threads.lines = None


@contextlib.contextmanager
def without_warnings() -> Iterator[None]:
    """Ignores the warnings of other people's code, of which the call may have made errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
