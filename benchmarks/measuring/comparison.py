"""Subjects beside one another with the same workload, in turns."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring.pairs import in_turns, ratio
from measuring.processes import Command, FailedError, Usage, measure
from measuring.server import Counters, LatencyServer
from measuring.subjects import Subject
from measuring.workloads import Place, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All runs of a subject, and what the server counted in the first."""

    usages: Sequence[Usage]
    counters: Counters

    @property
    def walls_s(self) -> list[float]:
        """The time of each run."""
        return [usage.wall_s for usage in self.usages]

    @property
    def cpus_s(self) -> list[float]:
        """The CPU time of each run."""
        return [usage.cpu_s for usage in self.usages]

    @property
    def wall_s(self) -> float:
        """The median of the times."""
        return statistics.median(self.walls_s)

    @property
    def cpu_s(self) -> float:
        """The median of the CPU times."""
        return statistics.median(self.cpus_s)

    @property
    def peak_bytes(self) -> float:
        """The median of the peaks of memory."""
        return statistics.median(usage.peak_bytes for usage in self.usages)

    def ratio_to(self, other: Measured) -> float:
        """The median of the ratios of the times, pair by pair."""
        return ratio(self.walls_s, other.walls_s)

    def cpu_ratio_to(self, other: Measured) -> float:
        """The same of the CPU times."""
        return ratio(self.cpus_s, other.cpus_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A subject that did not end with 0, and how it ended."""

    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, and the server that it meets."""

    command: Command
    latency_ms: int
    has_tags: bool


class Comparison:
    """Runs subjects with workloads against one server.

    Args:
        server: the target of all of them.
        tell: is given a line about what is being measured.

    """

    def __init__(self, server: LatencyServer, tell: Callable[[str], None]) -> None:
        self._server = server
        self._tell = tell

    def run(
        self,
        runs: Mapping[str, tuple[Subject, Workload]],
        *,
        latency_ms: int,
        rounds: int,
        changed: Callable[[str, Command], Command] = lambda _, command: command,
    ) -> dict[str, Measured | Failed]:
        """Each run by its name, measured in turns; without those whose workload is not for them.

        A first run of each is not measured: it writes what is compiled, and is what is counted.

        Args:
            runs: what is compared.
            latency_ms: the latency of every request.
            rounds: how often each is measured.
            changed: what a command is changed to before it runs.

        """
        with TemporaryDirectory() as scratch:
            asked: dict[str, Asked] = {}
            for number, (name, (subject, workload)) in enumerate(runs.items()):
                folder = Path(scratch) / str(number)
                folder.mkdir()
                command = subject.prepare(workload, Place(folder=folder, url=self._server.url))
                if command is not None:
                    command = changed(name, command)
                    asked[name] = Asked(command, latency_ms, workload.has_tags)
            first, failed = self._first_runs(asked)
            calls = {name: partial(self._once, asked[name]) for name in first}
            usages = in_turns(calls, rounds)
        measured = {
            name: Measured(usages=usages[name], counters=counters)
            for name, counters in first.items()
        }
        return {**measured, **failed}

    def _first_runs(
        self, asked: Mapping[str, Asked]
    ) -> tuple[dict[str, Counters], dict[str, Failed]]:
        counted: dict[str, Counters] = {}
        failed: dict[str, Failed] = {}
        for name, one in asked.items():
            self._tell(f"{name}, {one.latency_ms} ms")
            try:
                self._once(one)
            except FailedError as error:
                failed[name] = Failed(reason=str(error))
                self._tell(f"{name} failed: {error}")
            else:
                counted[name] = self._server.counters()
        return counted, failed

    def _once(self, asked: Asked) -> Usage:
        self._server.begin(asked.latency_ms, has_tags=asked.has_tags)
        return measure(asked.command)


@contextmanager
def started(tell: Callable[[str], None]) -> Iterator[Comparison]:
    """A comparison with a server of its own, which ends with the context."""
    with LatencyServer() as server:
        yield Comparison(server, tell)
