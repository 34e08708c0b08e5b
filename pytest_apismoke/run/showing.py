"""Shows the verdict on the terminal: the one place that knows what the output can show."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

import pytest

from pytest_apismoke.reports import terminal
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.terminal import Line
from pytest_apismoke.system import output

#: Renders for a width in columns, and for an output that may show ASCII only.
Render = Callable[[int, bool], Iterable[Line]]


def is_ascii_only(stream: TextIO | None) -> bool:
    """Whether a stream can't show what the messages of the gate are written with."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    try:
        "…é".encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return True
    return False


def verbosity_of(config: pytest.Config) -> int:
    """How much a user wants to read: above 0 with -v, below with -q."""
    verbosity: int = getattr(config.option, "verbose", 0)
    return verbosity


def show_report(config: pytest.Config, report: Report, *, verbosity: int) -> None:
    """Writes the verdict, in colour where pytest's own output is.

    Raises:
        OSError: when nobody reads the output any more.

    """
    show(
        config,
        lambda width, ascii_only: terminal.render(
            report, width=width, ascii_only=ascii_only, verbosity=verbosity
        ),
    )


def show(config: pytest.Config, render: Render) -> None:
    """Writes what is rendered, as `show_report` does."""
    ascii_only = is_ascii_only(sys.stdout)
    # Without pytest's terminal (-p no:terminal) there are no options for it either.
    if not hasattr(config.option, "color"):
        for one in render(shutil.get_terminal_size().columns, ascii_only):
            print(one.text)
        sys.stdout.flush()
        return
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    # pytest itself makes one only where it runs tests.
    reporter = reporter or pytest.TerminalReporter(config, sys.stdout)
    writer = reporter._tw
    for one in render(writer.fullwidth, ascii_only):
        writer.line("".join(writer.markup(span.text, **span.markup) for span in one.spans))
    writer.flush()
    sys.stdout.flush()


def write_plain(report: Report) -> None:
    """Writes the verdict where there is no run, and maybe no pytest."""
    lines = terminal.render(report, ascii_only=is_ascii_only(sys.stdout))
    output.write("".join(f"{one.text}\n" for one in lines))
