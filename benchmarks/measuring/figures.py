"""The figures that no ratio of whole runs shows: what one check, the start, or nothing costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from measuring.comparison import Comparison, Failed, Measured
from measuring.openapi_documents import large_document
from measuring.pairs import difference, ratio
from measuring.processes import Command, FailedError
from measuring.subjects import Subject, bare, by_hand, gate
from measuring.workloads import GATE, many

#: How many checks, to see whether what one costs depends on their number.
_SIZES = (200, 1000, 2000)
_ITEMS_OF_A_PROJECT = 20
_MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure, what it was measured to be, and what it is meant to be.

    Args:
        name: what it is about.
        value: as it is shown.
        goal: as it is shown; empty where there is none.
        is_met: whether the goal is; None where there is none.

    """

    name: str
    value: str
    goal: str = ""
    is_met: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pythons:
    """The interpreters of the environments that the figures need."""

    gate: Path
    by_hand: Path
    full: Path | None
    arguments: tuple[str, ...] = ()


Measure = Callable[[Comparison, Pythons, int], list[Figure]]


def start_up(comparison: Comparison, pythons: Pythons, rounds: int) -> list[Figure]:
    """CPU of a run with a login and one check, and of the same file by hand."""
    runs = {
        "start: gate": (gate(pythons.gate, *pythons.arguments), many(1)),
        "start: by hand": (by_hand(pythons.by_hand, *pythons.arguments), many(1)),
    }
    ours, hand = _all(comparison.run(runs, latency_ms=0, rounds=_often(rounds, 15)))
    above_ms = difference(ours.cpus_s, hand.cpus_s) * 1e3
    shown = f"{above_ms:.0f} ms ({ours.cpu_s * 1e3:.0f} beside {hand.cpu_s * 1e3:.0f})"
    return [
        Figure(
            name="start-up, CPU above a hand-written file",
            value=shown,
            goal="≤ 60 ms",
            is_met=above_ms <= 60,
        ),
    ]


def inert(comparison: Comparison, pythons: Pythons, rounds: int) -> list[Figure]:
    """CPU of pytest where the gate is installed and not asked for."""
    subject, project = bare(pythons.gate, *pythons.arguments), many(_ITEMS_OF_A_PROJECT)
    without = bare(pythons.gate, "-p", "no:apismoke", *pythons.arguments)
    runs = {"inert: with": (subject, project), "inert: without": (without, project)}
    # From one 50 pairs to the next the median differs by a percent.
    rounds = _often(rounds, 200)
    given, none = _all(comparison.run(runs, latency_ms=0, rounds=rounds))
    percent = (ratio(given.cpus_s, none.cpus_s) - 1) * 100
    shown = f"{percent:.1f} % ({given.cpu_s * 1e3:.0f} beside {none.cpu_s * 1e3:.0f} ms)"
    name = f"inert: pytest's CPU with the plugin above '-p no:apismoke', {rounds} pairs"
    return [Figure(name=name, value=shown, goal="≤ 3 %", is_met=percent <= 3)]


def extra_full(comparison: Comparison, pythons: Pythons, rounds: int) -> list[Figure]:
    """CPU of pytest where the extra `full` is installed and nothing is asked for."""
    if pythons.full is None:
        return []
    project = many(_ITEMS_OF_A_PROJECT)
    runs = {
        "inert: extra full": (bare(pythons.full, *pythons.arguments), project),
        "inert: no extra": (bare(pythons.gate, *pythons.arguments), project),
    }
    full, none = _all(comparison.run(runs, latency_ms=0, rounds=_often(rounds, 15)))
    above_ms = difference(full.cpus_s, none.cpus_s) * 1e3
    return [Figure(name="inert: the extra `full` above no extra", value=f"{above_ms:.0f} ms CPU")]


def growth(comparison: Comparison, pythons: Pythons, rounds: int) -> list[Figure]:
    """CPU and memory of checks by their number, beside items of pytest that do nothing."""
    subjects: dict[str, Subject] = {
        "gate": gate(pythons.gate, *pythons.arguments),
        "by hand": by_hand(pythons.by_hand, *pythons.arguments),
        "bare": bare(pythons.by_hand, *pythons.arguments),
    }
    runs = {
        f"{size}: {name}": (subject, many(size))
        for size in _SIZES
        for name, subject in subjects.items()
    }
    results = comparison.run(runs, latency_ms=0, rounds=rounds)
    _all(results)

    def of_each_ms(name: str, fewer: int, more: int) -> float:
        ours, others = (_measured(results[f"{size}: {name}"]) for size in (more, fewer))
        return difference(ours.cpus_s, others.cpus_s) / (more - fewer) * 1e3

    few, some, most = _SIZES
    item_ms = of_each_ms("bare", few, most)
    ours_ms = of_each_ms("gate", few, most) - item_ms
    halves = "; ".join(
        f"{of_each_ms('gate', *sizes) - item_ms:.2f} from {sizes[0]:,} to {sizes[1]:,}"
        for sizes in ((few, some), (some, most))
    )
    hand_ms = of_each_ms("by hand", few, most) - item_ms
    peak = _measured(results[f"{most}: gate"]).peak_bytes / _MIB
    return [
        Figure(
            name="a check, CPU above a bare item of pytest",
            value=f"{ours_ms:.2f} ms ({halves})",
            goal="≤ 1.2 ms",
            is_met=ours_ms <= 1.2,
        ),
        Figure(name="the same by hand", value=f"{hand_ms:.2f} ms"),
        Figure(name="a bare item of pytest", value=f"{item_ms:.2f} ms"),
        Figure(
            name=f"peak memory of {most:,} checks",
            value=f"{peak:.0f} MiB",
            goal="< 150 MiB",
            is_met=peak < 150,
        ),
    ]


def memory(comparison: Comparison, pythons: Pythons, rounds: int) -> list[Figure]:
    """The peak of memory of the built-in suites, beside the same by hand."""
    runs = {
        "memory: gate": (gate(pythons.gate, *pythons.arguments), GATE),
        "memory: by hand": (by_hand(pythons.by_hand, *pythons.arguments), GATE),
    }
    ours, hand = _all(comparison.run(runs, latency_ms=0, rounds=min(rounds, 3)))
    shown = f"{ours.peak_bytes / _MIB:.0f} MiB ({hand.peak_bytes / _MIB:.0f} by hand)"
    is_met = ours.peak_bytes / _MIB < 60
    return [Figure(name="peak memory of the gate", value=shown, goal="< 60 MiB", is_met=is_met)]


def openapi(comparison: Comparison, pythons: Pythons, rounds: int) -> list[Figure]:
    """CPU that a document of 5 MB adds to a run, of which no operation can be asked for."""
    document = large_document()
    name = "large.json"

    def with_document(run: str, command: Command) -> Command:
        if run != "OpenAPI: with":
            return command
        (command.folder / name).write_text(document, "utf-8")
        return replace(command, arguments=(*command.arguments, f"--smoke-openapi={name}"))

    subject = gate(pythons.full or pythons.gate, *pythons.arguments)
    runs = {"OpenAPI: with": (subject, many(1)), "OpenAPI: without": (subject, many(1))}
    given, none = _all(comparison.run(runs, latency_ms=0, rounds=rounds, changed=with_document))
    added_s = difference(given.cpus_s, none.cpus_s)
    return [
        Figure(
            name=f"an OpenAPI document of {len(document) / 1e6:.1f} MB, CPU",
            value=f"{added_s:.2f} s",
            goal="< 1 s",
            is_met=added_s < 1,
        )
    ]


ALL: Mapping[str, Measure] = {
    "start-up": start_up,
    "inert": inert,
    "full": extra_full,
    "growth": growth,
    "memory": memory,
    "openapi": openapi,
}


def _often(rounds: int, least: int) -> int:
    """What is small beside a run's noise needs more runs; one is a try."""
    return max(rounds, least) if rounds > 1 else rounds


def _all(results: Mapping[str, Measured | Failed]) -> Sequence[Measured]:
    return [_measured(result) for result in results.values()]


def _measured(result: Measured | Failed) -> Measured:
    """What was measured.

    Raises:
        FailedError: when it failed: a figure of which one part is missing is none.

    """
    if isinstance(result, Failed):
        raise FailedError(result.reason)
    return result
