"""From the options to the page: installs, measures, and writes after each part."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import subjects
from measuring.comparison import Comparison, started
from measuring.figures import ALL as FIGURES
from measuring.figures import Figure, Pythons
from measuring.installing import Installed, Wanted, install_all
from measuring.latency_server import LOGIN_LATENCY_S
from measuring.page import Column, Results, put_into, render
from measuring.processes import FailedError
from measuring.profiling import Left, left, sampled, samples
from measuring.workloads import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is measured, how often, and with what."""

    rows: Sequence[str]
    workloads: Sequence[Workload]
    latencies_ms: Sequence[int]
    pairs: int
    figures: Sequence[str]
    profile_runs: int
    checkout: Path
    environments: Path
    output: Path | None


def run(options: Options) -> None:
    """Measure, and print the page; it is written after each part, in case this is interrupted."""
    _tell("installing")
    installed = install_all(
        Wanted(
            rows=options.rows,
            has_full=bool({"full", "openapi"} & set(options.figures)),
            checkout=options.checkout,
            environments=options.environments,
        )
    )
    page = ""
    with started(_tell) as comparison:
        for results in _parts(options, installed, comparison):
            page = render(results)
            if options.output is not None:
                _write(page, options.output)
    print(page)


def _parts(options: Options, installed: Installed, comparison: Comparison) -> Iterator[Results]:
    """The results so far, after each part."""
    results = Results(
        how=[*_how(options), *installed.versions],
        subjects=[subject.name for subject in installed.subjects],
        columns=(),
        figures=(),
        profiles={},
        notes=installed.notes,
    )
    yield results
    for workload in options.workloads:
        for latency_ms in options.latencies_ms:
            runs = {subject.name: (subject, workload) for subject in installed.subjects}
            compared = comparison.run(runs, latency_ms=latency_ms, rounds=options.pairs)
            column = Column(workload=workload, latency_ms=latency_ms, results=compared)
            results = replace(results, columns=[*results.columns, column])
            yield results
    for name in options.figures:
        try:
            found = FIGURES[name](comparison, installed.pythons, options.pairs)
        except FailedError:
            found = [Figure(name=name, value="failed")]
        results = replace(results, figures=[*results.figures, *found])
        yield results
    # With tags the same functions work.
    profiled_too = [one for one in options.workloads if not one.has_tags]
    for workload in profiled_too if options.profile_runs else ():
        profiled = _profile(comparison, installed.pythons, workload, options.profile_runs)
        results = replace(results, profiles={**results.profiles, workload.title: profiled})
        yield results


def _profile(
    comparison: Comparison, pythons: Pythons, workload: Workload, rounds: int
) -> list[Left]:
    runs = {
        "profile of the gate": (subjects.gate(pythons.gate), workload),
        "profile by hand": (subjects.by_hand(pythons.by_hand), workload),
    }
    with TemporaryDirectory() as scratch:
        folders = {name: Path(scratch, str(number)) for number, name in enumerate(runs)}
        for folder in folders.values():
            folder.mkdir()
        comparison.run(
            runs,
            latency_ms=0,
            rounds=rounds,
            changed=lambda name, command: sampled(command, folders[name]),
        )
        gate, by_hand = (samples(folder) for folder in folders.values())
    return left(gate, by_hand)


def _how(options: Options) -> list[str]:
    """The day, the machine and the method."""
    commit = subprocess.run(
        ["git", "-C", str(options.checkout), "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return [
        f"{date.today().isoformat()}, commit {commit.stdout.strip() or 'unknown'},"
        f" Python {platform.python_version()}, {platform.system()} {platform.machine()},"
        f" {os.cpu_count()} cores, load before: {load}",
        "a server on the loopback in a process of its own, a fixed latency for each request and"
        f" {LOGIN_LATENCY_S * 1e3:.0f} ms more for the login, kept connections",
        f"whole processes in turns, {options.pairs} of each after one that is not measured",
    ]


def _write(page: str, output: Path) -> None:
    """Put the page between the marks of a file, or in its place."""
    text = output.read_text("utf-8") if output.exists() else ""
    output.write_text(put_into(page, text), "utf-8")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
