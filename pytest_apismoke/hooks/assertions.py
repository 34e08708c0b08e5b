"""Finds the assertion of a user's test that did not hold: its line, and its source."""

from __future__ import annotations

import ast
import linecache
from contextlib import suppress
from pathlib import Path

from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asserted:
    """An assertion: `place` is the file, relative to the rootdir, and the line.

    `source` is the statement; empty where it has several lines, or is none.
    """

    place: str
    source: str


def asserted(error: BaseException | None, nodeid: str, path: Path | None) -> Asserted | None:
    """The assertion that an error is of; None unless it is in the file of the test itself.

    Args:
        error: what the test raised.
        nodeid: of the test.
        path: of its file.

    """
    if not isinstance(error, AssertionError) or path is None:
        return None
    line, trace = 0, error.__traceback__
    while trace is not None:
        # The innermost one: a helper of the same file may have made the assertion.
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    if not line:
        return None
    source = linecache.getline(str(path), line).strip()
    return Asserted(
        place=f"{nodeid.partition('::')[0]}:{line}", source=source if _is_assert(source) else ""
    )


def _is_assert(source: str) -> bool:
    with suppress(SyntaxError, ValueError):
        return any(isinstance(one, ast.Assert) for one in ast.parse(source).body)
    return False
