"""The file of `--junitxml`: completes what pytest has written, or writes it instead of pytest."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb

from pytest_apismoke.errors import Failure
from pytest_apismoke.reports.report import Report
from pytest_apismoke.system import output_file
from pytest_apismoke.verdict import run_failures

OPTION = "--junitxml"
#: The module of pytest that writes it.
_WRITER = "_pytest.junitxml"
#: What tells one content of a file from another: its inode, its size and when it was written.
_Stamp = tuple[int, int, int]


class JunitFile:
    """The file of a run, if it has one.

    Args:
        path: of the file, before pytest runs anything.
        prefix: of class names, as `--junitprefix` has it.

    """

    def __init__(self, path: Path | None, *, prefix: str = "") -> None:
        self._path = path
        self._prefix = prefix
        self._before = _stamp(path) if path else None
        self._is_told = False

    def not_written(self, error: BaseException) -> Failure | None:
        """Why pytest could not write the file, if that is what ended it."""
        if self._path is None or not isinstance(error, OSError):
            return None
        frames = (frame for frame, _ in walk_tb(error.__traceback__))
        if not any(frame.f_globals.get("__name__") == _WRITER for frame in frames):
            return None
        self._is_told = True
        return run_failures.not_written(self._path, error, option=OPTION)

    def complete(
        self, report: Report, clean: Callable[[str], str], *, was_refused: bool
    ) -> Failure | None:
        """Completes the file, or writes it where pytest has not.

        Args:
            report: on the run.
            clean: removes secrets.
            was_refused: whether pytest never began, so that nobody has written to a device or
                a pipe, which can't be read again.

        Returns:
            why it could not be written, unless `not_written` has said so.

        """
        path = self._path
        if path is None:
            return None
        failure = self._completed(path, report, clean, was_refused=was_refused)
        return None if self._is_told else failure

    def _completed(
        self, path: Path, report: Report, clean: Callable[[str], str], *, was_refused: bool
    ) -> Failure | None:
        try:
            if not (was_refused or output_file.is_plain(path)):
                return None
            written = self._written(path)
        except OSError as error:
            return run_failures.not_written(path, error, option=OPTION)
        return write(path, report, written=written, clean=clean, prefix=self._prefix)

    def _written(self, path: Path) -> str:
        """What pytest has written in this run; empty without that."""
        now = _stamp(path) if output_file.is_plain(path) else None
        return path.read_text("utf-8", "replace") if now and now != self._before else ""


def path_of(given: str, directory: Path) -> Path:
    """The path of a file, as pytest finds it."""
    return directory / os.path.expanduser(os.path.expandvars(given))  # noqa: PTH111  # as pytest does


def write(
    path: Path,
    report: Report,
    *,
    written: str = "",
    clean: Callable[[str], str] = str,
    prefix: str = "",
) -> Failure | None:
    """Writes the file of a run.

    Args:
        path: of the file.
        report: on the run.
        written: by pytest, to be completed.
        clean: removes secrets from that.
        prefix: of class names in it.

    Returns:
        why it could not be written.

    """
    from xml.etree.ElementTree import ParseError

    from pytest_apismoke.reports import junit

    try:
        text = junit.completed(written, report, clean=clean, prefix=prefix) if written else ""
    except ParseError:
        # pytest was ended while it wrote.
        text = ""
    try:
        whole = text or junit.render(report, ascii_only=not output_file.is_plain(path))
        output_file.write(path, whole, mode=0o644)
    except OSError as error:
        return run_failures.not_written(path, error, option=OPTION)
    return None


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
