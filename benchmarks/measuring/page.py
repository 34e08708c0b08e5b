"""The measurements as Markdown: what docs/explanation/speed.md is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from measuring.comparison import Failed, Measured
from measuring.figures import Figure
from measuring.profiling import Left, by_room
from measuring.subjects import THIS_GATE
from measuring.workloads import Workload

#: What the gate is meant to take beside the file by hand, by workload and latency in ms.
GOALS: Mapping[tuple[str, int], float] = {
    ("gate", 0): 1.05,
    ("gate", 20): 1.05,
    ("gate", 100): 0.85,
    ("tagged", 0): 1.05,
    ("tagged", 20): 1.05,
    ("tagged", 100): 0.85,
    ("declared", 0): 1.05,
    ("declared", 20): 1.05,
    ("declared", 100): 0.85,
    ("orders", 0): 1.05,
    ("orders", 20): 0.20,
    ("orders", 100): 0.105,
}
#: Where the page stands in a text.
BEGIN, END = "<!-- measured -->", "<!-- end -->"
_NONE = "-"
_ROWS_OF_THE_PROFILE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """All subjects with one workload and one latency."""

    workload: Workload
    latency_ms: int
    results: Mapping[str, Measured | Failed]

    @property
    def title(self) -> str:
        """Its head."""
        return f"{self.workload.title}, {self.latency_ms} ms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything that was measured; what was not is empty.

    Args:
        how: lines about the machine, the versions and the method.
        subjects: the rows, the first of which is the base of the ratios.
        profiles: what each function takes above the file by hand, by the workload's title.
        notes: what was not measured, and why.

    """

    how: Sequence[str]
    subjects: Sequence[str]
    columns: Sequence[Column]
    figures: Sequence[Figure]
    profiles: Mapping[str, Sequence[Left]]
    notes: Sequence[str]


#: What stands in a row and a column.
Cell = Callable[[Column, str], str]


def render(results: Results) -> str:
    """The page's sections."""
    sections = [_list(results.how)]
    if results.columns:
        base = results.subjects[0]
        sections += [
            f"## Time beside '{base}'\n\nMedians of the ratios of pairs, whole processes, wall.\n",
            _by_subject(
                results,
                lambda column, name: _ratio(column, name, base, Measured.ratio_to),
                with_goals=True,
            ),
            "## CPU time\n\nThe same of CPU time, which other work on the machine changes less.\n",
            _by_subject(
                results, lambda column, name: _ratio(column, name, base, Measured.cpu_ratio_to)
            ),
            "## Seconds\n\nMedians: wall (CPU), and the peak of memory.\n",
            _by_subject(results, _seconds),
            "## Seen by the server\n\nRequests / connections / logins / most at once.\n",
            _by_subject(results, _seen),
        ]
    if results.figures:
        figures = (
            (figure.name, figure.value, _goal(figure.goal, figure.is_met))
            for figure in results.figures
        )
        sections += ["## Figures\n", _table(("", "measured", "goal"), figures)]
    for title, rows in results.profiles.items():
        sections += [f"## What is left above the file by hand: {title}, 0 ms\n", _profile(rows)]
    if results.notes:
        sections += ["## Not measured\n", _list(results.notes)]
    return "\n".join(sections)


def put_into(page: str, text: str) -> str:
    """A text with the page between its marks; without marks, the page alone."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    return f"{before}{begin}\n\n{page}\n{end}{after}" if end else page


def _by_subject(results: Results, cell: Cell, *, with_goals: bool = False) -> str:
    rows = [
        (name, *(cell(column, name) for column in results.columns)) for name in results.subjects
    ]
    if with_goals:
        base = results.subjects[0]
        rows.append(("goal", *(_goal_of(column, base) for column in results.columns)))
    return _table(("", *(column.title for column in results.columns)), rows)


def _goal_of(column: Column, base: str) -> str:
    goal = GOALS.get((column.workload.name, column.latency_ms))
    ours, hand = column.results.get(THIS_GATE), column.results.get(base)
    if goal is None:
        return _NONE
    if isinstance(ours, Measured) and isinstance(hand, Measured):
        return _goal(f"≤ {goal}", ours.ratio_to(hand) <= goal)
    return f"≤ {goal}"


def _goal(goal: str, is_met: bool | None) -> str:
    if not goal:
        return _NONE
    return f"{goal}: missed" if is_met is False else goal


def _ratio(
    column: Column, name: str, base: str, ratio_of: Callable[[Measured, Measured], float]
) -> str:
    result, hand = column.results.get(name), column.results.get(base)
    if not isinstance(result, Measured):
        return _without(result)
    if not isinstance(hand, Measured):
        return _NONE
    # Two digits that count: 0.092 is not 0.09.
    ratio = ratio_of(result, hand)
    return f"{ratio:.3f}" if ratio < 0.2 else f"{ratio:.2f}"


def _seconds(column: Column, name: str) -> str:
    result = column.results.get(name)
    if not isinstance(result, Measured):
        return _without(result)
    return f"{result.wall_s:.2f} ({result.cpu_s:.2f}), {result.peak_bytes / 2**20:.0f} MiB"


def _seen(column: Column, name: str) -> str:
    result = column.results.get(name)
    return str(result.counters) if isinstance(result, Measured) else _without(result)


def _without(result: Failed | None) -> str:
    return _NONE if result is None else "failed"


def _profile(owners: Sequence[Left]) -> str:
    """By room, and then the owners that take most above the file by hand."""
    return "\n".join(
        (
            _profile_table("room", by_room(owners), owners),
            _profile_table("function, library or import", owners[:_ROWS_OF_THE_PROFILE], owners),
        )
    )


def _profile_table(head: str, shown: Sequence[Left], owners: Sequence[Left]) -> str:
    rows = [(row.name, row.gate_ms, row.by_hand_ms, row.above_ms) for row in shown]
    return _table(
        (head, "gate, ms", "by hand, ms", "above, ms"),
        [
            (name, *(f"{value:.1f}" for value in values))
            for name, *values in (*rows, ("all", *_sums(owners)))
        ],
    )


def _sums(rows: Sequence[Left]) -> tuple[float, float, float]:
    return (
        sum(row.gate_ms for row in rows),
        sum(row.by_hand_ms for row in rows),
        sum(row.above_ms for row in rows),
    )


def _list(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
