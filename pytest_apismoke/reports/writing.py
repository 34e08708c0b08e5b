"""Writes the reports of a run where a user said: the one door of every format."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from traceback import extract_tb

from pytest_apismoke.configuration.setting_table import OUTPUTS
from pytest_apismoke.errors import Failure, defect
from pytest_apismoke.reports.formats import render
from pytest_apismoke.reports.report import Report
from pytest_apismoke.system import output, output_file
from pytest_apismoke.verdict import run_failures

#: The option of each format, by its name.
_OPTIONS: Mapping[str, str] = {setting.name: setting.option for setting in OUTPUTS}


def write(name: str, path: Path, report: Report) -> Failure | None:
    """Writes a report to its file: a reader of it sees the old one or the whole new one.

    Args:
        name: of the format.
        path: where it goes; nothing is written to standard output, which is `show`'s.
        report: what to render.

    Returns:
        why it could not be written.

    """
    if output_file.is_stdout(path):
        return None
    try:
        text = render(name, report, ascii_only=not output_file.is_plain(path))
        # Readable by everyone who may read the directory.
        output_file.write(path, text, mode=0o644)
    except OSError as error:
        return run_failures.not_written(path, error, option=_OPTIONS[name])
    except Exception as error:
        # A defect of one format must not take the verdict, and the others, with it.
        return _defect(name, error, where=str(path))
    return None


def show(paths: Mapping[str, Path], report: Report) -> None:
    """Writes the report that goes to standard output, behind the verdict for people.

    A report that can't be rendered is told on standard error: the verdict is out already.
    """
    for name, path in paths.items():
        if not output_file.is_stdout(path):
            continue
        try:
            text = render(name, report, ascii_only=True)
        except Exception as error:
            failure = _defect(name, error, where="standard output")
            sys.stderr.write(f"apismoke: {failure}\n")
        else:
            output.write(text)


def _defect(name: str, error: Exception, *, where: str) -> Failure:
    """A format that could not be rendered. Not with the words of its error, which may be secret."""
    at = extract_tb(error.__traceback__)[-1]
    seen = f"{type(error).__name__} in {Path(at.filename).name}, line {at.lineno}"
    return defect(f"the rendering of {_OPTIONS[name]}", seen=seen, where=where)
