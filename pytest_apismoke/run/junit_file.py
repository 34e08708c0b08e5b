"""The file of `--junitxml`: completes what pytest has written, or writes it instead of pytest."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_apismoke.errors import Failure
from pytest_apismoke.reports.report import Report
from pytest_apismoke.system import output_file
from pytest_apismoke.verdict import run_failures

#: What tells one content of a file from another: its inode, its size and when it was written.
_Stamp = tuple[int, int, int]


class JunitFile:
    """The file of a run, if it has one.

    Args:
        config: pytest's, before it runs anything.

    """

    def __init__(self, config: pytest.Config) -> None:
        given = getattr(config.option, "xmlpath", None)
        self._prefix: str = getattr(config.option, "junitprefix", None) or ""
        self._path = path_of(given, config.invocation_params.dir) if given else None
        self._before = _stamp(self._path) if self._path else None

    def complete(self, report: Report, clean: Callable[[str], str]) -> Failure | None:
        """Completes the file, or writes it where pytest has not.

        Args:
            report: on the run.
            clean: removes secrets.

        Returns:
            why it could not be written.

        """
        if self._path is None:
            return None
        from pytest_apismoke.reports import junit

        try:
            is_plain = output_file.is_plain(self._path)
            now = _stamp(self._path)
            if is_plain and now is not None and now != self._before:
                text = self._completed(self._path, report, clean)
            elif is_plain or not report.verdict.apis:
                text = junit.render(report, ascii_only=not is_plain)
            else:
                # pytest has written to a device or a pipe, which can't be read again.
                return None
            output_file.write(self._path, text, mode=0o644)
        except OSError as error:
            return run_failures.not_written(self._path, error, option="--junitxml")
        return None

    def _completed(self, path: Path, report: Report, clean: Callable[[str], str]) -> str:
        from xml.etree.ElementTree import ParseError

        from pytest_apismoke.reports import junit

        try:
            return junit.completed(
                path.read_text("utf-8"), report, clean=clean, prefix=self._prefix
            )
        except (ParseError, UnicodeDecodeError):
            # pytest was ended while it wrote.
            return junit.render(report)


def path_of(given: str, directory: Path) -> Path:
    """The path of a file, as pytest finds it."""
    return directory / os.path.expanduser(os.path.expandvars(given))  # noqa: PTH111  # as pytest does


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
