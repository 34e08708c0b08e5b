"""Renders trends for the terminal: tables that fold where it is narrow, and cut nothing. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.history.trend import Trend
from pytest_apismoke.reports.trend import wording
from pytest_apismoke.reports.trend.wording import SIGNS, seconds

_LEAST_WIDTH = 30
_LATEST = 10
#: Rows of a list; the page and the JSON have all of them.
_MOST_ROWS = 20
_INDENT = "  "


def render(trends: Sequence[Trend], *, width: int = 80) -> tuple[str, ...]:
    """The trends as lines of at most `width` columns, but for words that are longer."""
    lines = [line for trend in trends for line in (*_trend(trend, max(width, _LEAST_WIDTH)), "")]
    return tuple(without_commands(line.rstrip()) for line in lines[:-1])


def _trend(trend: Trend, width: int) -> Iterator[str]:
    yield from _wrapped(wording.headline(trend), width)
    yield from _wrapped(wording.period(trend), width)
    if few := wording.few_runs(trend):
        yield from _wrapped(few, width)
    yield ""
    yield from _verdicts(trend, width)
    yield ""
    yield from _latest(trend, width)
    yield ""
    yield from _latencies(trend, width)
    yield ""
    yield from _deploy(trend, width)
    yield ""
    yield from _flaky(trend, width)


def _verdicts(trend: Trend, width: int) -> Iterator[str]:
    counts = wording.verdicts(trend, with_signs=True)
    yield from _wrapped(f"verdicts: {counts}; the latest is the last", width)
    signs = "".join(SIGNS[run.verdict] for run in trend.runs)
    for at in range(0, len(signs), width - len(_INDENT)):
        yield _INDENT + signs[at : at + width - len(_INDENT)]


def _latest(trend: Trend, width: int) -> Iterator[str]:
    shown = trend.runs[-_LATEST:]
    of = f", the latest {len(shown)} of {len(trend.runs)}" if len(shown) < len(trend.runs) else ""
    yield f"runs{of}"
    rows = [
        (
            wording.moment(run.started_at),
            run.version or "version unknown",
            wording.verdict_word(run.verdict),
            seconds(run.duration_s),
        )
        for run in shown
    ]
    for run, lines in zip(shown, _table(rows, width, right_from=3), strict=True):
        yield from lines
        if run.reason:
            yield from _wrapped(run.reason, width, indent=_INDENT * 2)


def _latencies(trend: Trend, width: int) -> Iterator[str]:
    rows = []
    if trend.whole:
        rows.append(("run", "whole", trend.whole))
    rows += [(row.api, wording.stage_name(row), row.figures) for row in trend.stages]
    if not rows:
        yield from _wrapped("latency: nothing passed that sends requests", width)
        return
    yield "latency by stage, of what passed"
    cells = [
        (
            api,
            stage,
            str(figures.count),
            seconds(figures.median_s),
            "-" if figures.p95_s is None else seconds(figures.p95_s),
            seconds(figures.longest_s),
        )
        for api, stage, figures in rows
    ]
    head = ("", "", "n", "median", "p95", "longest")
    for lines in _table([head, *cells], width, right_from=2, has_head=True):
        yield from lines
    if any(figures.p95_s is None for _, _, figures in rows):
        yield from _wrapped(wording.WITHOUT_P95, width, indent=_INDENT)


def _deploy(trend: Trend, width: int) -> Iterator[str]:
    if trend.deploy is None:
        yield from _wrapped(f"last deploy: {wording.not_compared(trend)}", width)
        return
    yield from _wrapped(f"last deploy: {wording.compared(trend.deploy)}", width)
    rows = [
        ("SLOWER" if one.is_certain else "may be slower", one.name, wording.slower(one))
        for one in trend.deploy.slower
    ]
    yield from _listed(rows, width)
    for sentence in wording.judged(trend.deploy):
        yield from _wrapped(sentence, width, indent=_INDENT)


def _flaky(trend: Trend, width: int) -> Iterator[str]:
    if not trend.flaky:
        yield from _wrapped(f"flaky: no check of {wording.counted(len(trend.runs), 'run')}", width)
        return
    yield "flaky"
    yield from _listed([(one.name, wording.flaky(one)) for one in trend.flaky], width)


def _listed(rows: Sequence[tuple[str, ...]], width: int) -> Iterator[str]:
    for lines in _table(rows[:_MOST_ROWS], width):
        yield from lines
    if len(rows) > _MOST_ROWS:
        yield f"{_INDENT}and {len(rows) - _MOST_ROWS} more"


def _table(
    rows: Sequence[tuple[str, ...]],
    width: int,
    *,
    right_from: int | None = None,
    has_head: bool = False,
) -> Iterator[list[str]]:
    """The lines of each row; where the columns do not fit, a row is one wrapped line of words.

    Args:
        rows: of cells.
        width: in columns.
        right_from: the column from which on cells are figures, set to the right.
        has_head: whether the first row names the figures.

    """
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    fits = len(_INDENT) + sum(widths) + 2 * (len(widths) - 1) <= width
    for number, row in enumerate(rows):
        if fits:
            cells = [
                cell.rjust(size) if right_from is not None and n >= right_from else cell.ljust(size)
                for n, (cell, size) in enumerate(zip(row, widths, strict=True))
            ]
            yield [_INDENT + "  ".join(cells)]
        elif has_head and number == 0:
            yield []
        else:
            names = rows[0] if has_head else ("",) * len(row)
            words = [f"{name} {cell}".strip() for name, cell in zip(names, row, strict=True)]
            text = ", ".join(words) if right_from else f"{' '.join(words[:-1])}: {words[-1]}"
            yield list(_wrapped(text, width, indent=_INDENT))


def _wrapped(text: str, width: int, *, indent: str = "") -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent + _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
