"""The verdict as a block of lines, in a fixed order. Pure.

Headline, target, a row for each API, each cause once, what is worth a look, what is left behind,
the exit code. A block that is longer than a screen ends with its headline, which would have
scrolled away.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.terminal import cause, ending, headline, notes, rows
from pytest_apismoke.reports.terminal.folding import usable
from pytest_apismoke.reports.terminal.line import Line, line, safe
from pytest_apismoke.verdict.exit_codes import Judgement

#: The lines of a screen.
SCREEN = 24


def render(
    report: Report, *, width: int = 80, ascii_only: bool = False, verbosity: int = 0
) -> tuple[Line, ...]:
    """The verdict as lines.

    Args:
        report: what to render.
        width: of the terminal, in columns.
        ascii_only: whether the output can't show other characters.
        verbosity: above 0 all tests and the slowest requests are named; at -1 a pass has one line
            and the rest its causes, and below that everything has one line.

    """
    width = usable(width)
    is_short = verbosity < 0 and report.verdict.verdict is Judgement.PASS
    if is_short or verbosity < -1:
        return tuple(safe([headline.quiet(report)], ascii_only=ascii_only))
    lines = list(_block(report, width, verbosity))
    if len(lines) > SCREEN:
        lines += headline.headline(report.verdict, width)
    return tuple(safe(lines, ascii_only=ascii_only))


def _block(report: Report, width: int, verbosity: int) -> Iterator[Line]:
    verdict, causes = report.verdict, report.causes
    yield from headline.headline(verdict, width)
    yield from headline.target(report, width)
    yield from headline.put_back(report, width)
    yield line()
    if verbosity >= 0 and verdict.apis:
        found = rows.rows_of(verdict, causes, names_tests=verbosity > 0)
        yield from rows.rendered(found, width)
        yield line()
    for one in causes:
        yield from cause.rendered(one, width, of_several=len(causes) > 1)
        if one.number <= cause.TOLD or one is causes[-1]:
            yield line()
    if verbosity >= 0 and (found_notes := notes.notes_of(report, is_verbose=verbosity > 0)):
        yield from notes.rendered(found_notes, width)
        yield line()
    yield from ending.left_behind_lines(report, width)
    yield from ending.exit_code(verdict, width)
