"""Runs many gates through a proxy that spoils some safe requests: none may fail because of that.

    python tests/soak/false_alarms.py --runs 1000 --share 0.01 --seed 1 [--lanes N] [--fault etags]
    python tests/soak/false_alarms.py --masking --rounds 5

With `--masking` the backend has a fault that lasts, each of its catalogue in turn: none of those
runs may pass because of it. Ends with 1 where a run did.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from forking import forked
from harness import Backend, Ended, Gate, catalogue
from noisy_proxy import Noise, NoisyProxy

#: What a run needs to be told to notice a fault soon; see `tests/golden/cases.py`.
ARGUMENTS = {
    "never-ready": ("--target-wait=0.1",),
    "health-dead-database": ("--target-wait=0.1",),
    "db-down": ("--target-wait=0.1",),
    "html-everywhere": ("--target-wait=0.1",),
    "rolling": ("--target-version=1.0.0", "--target-wait=0.6"),
    "rollback-later": ("--target-version=1.0.0",),
    "slow-answers": ("--smoke-budget=3",),
}
#: How a run against a healthy backend is started, in turn: one in ten has workers, two are told
#: which version is to answer.
KINDS: tuple[tuple[tuple[str, ...], int], ...] = (
    *(((), 0),) * 7,
    *((("--target-version=1.0.0",), 0),) * 2,
    ((), 2),
)
_TOLD_EVERY = 50


@dataclass
class Tally:
    """What was counted, and what went wrong, over all threads."""

    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **numbers: int) -> None:
        with self.lock:
            self.counts.update(numbers)
            if "runs" in numbers and self.counts["runs"] % _TOLD_EVERY == 0:
                print(self.line(), flush=True)

    def line(self) -> str:
        return ", ".join(f"{self.counts[row]} {row.replace('_', ' ')}" for row in ROWS)

    def problem(self, name: str, ended: Ended) -> None:
        self.add(**{name: 1})
        print(f"!! {name}: code {ended.code}\n{ended.output}", flush=True)


ROWS = (
    "runs",
    "requests",
    "injected_faults",
    "runs_that_met_one",
    "flaky_runs",
    "failed_verdicts",
    "passes_of_a_broken_backend",
    "other_codes",
    "documents_changed",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5, help="of the catalogue, with --masking")
    parser.add_argument("--share", type=float, default=0.01, help="of the safe requests")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=3, help="backends asked side by side")
    parser.add_argument("--fault", action="append", default=[], help="a variation of the backend")
    parser.add_argument("--masking", action="store_true")
    asked = parser.parse_args()
    tally, started = Tally(), time.monotonic()
    work = masking(asked, tally) if asked.masking else alarms(asked, tally)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.lanes) as pool:
        jobs = [pool.submit(job, Path(folder) / str(n)) for n, job in enumerate(work)]
        for job in jobs:
            job.result()
    print(f"\nseed {asked.seed}, share {asked.share:g}, {time.monotonic() - started:.0f} s")
    for row in ROWS:
        print(f"{row.replace('_', ' '):32} {tally.counts[row]:6}")
    wrong = ROWS[5:]
    return 1 if any(tally.counts[row] for row in wrong) else 0


Job = Callable[[Path], None]


def alarms(asked: argparse.Namespace, tally: Tally) -> Iterator[Job]:
    """For each lane a healthy backend, and its share of the runs."""
    for lane in range(asked.lanes):
        numbers = range(lane, asked.runs, asked.lanes)
        noise = Noise(asked.share, f"{asked.seed}-{lane}")

        def job(folder: Path, numbers: range = numbers, noise: Noise = noise) -> None:
            folder.mkdir()
            with noisy(asked.fault, noise) as (backend, proxy):
                before = backend.document()
                for number in numbers:
                    arguments, workers = KINDS[number % len(KINDS)]
                    ended = one_run(folder / str(number), proxy, arguments, workers, tally)
                    if ended.code:
                        tally.problem("failed_verdicts", ended)
                    if backend.document() != before:
                        tally.problem("documents_changed", ended)
                        before = backend.document()

        yield job


def masking(asked: argparse.Namespace, tally: Tally) -> Iterator[Job]:
    """For each fault of a verdict and each round a backend with that fault, and one run."""
    for number in range(asked.rounds):
        for fault in catalogue():
            if fault["category"]:
                noise = Noise(asked.share, f"{asked.seed}-{number}-{fault['name']}")
                yield a_broken_one(fault, noise, tally)


def a_broken_one(fault: dict[str, Any], noise: Noise, tally: Tally) -> Job:
    """One run against a backend with a fault that lasts; it must tell the fault's category."""

    def job(folder: Path) -> None:
        folder.mkdir()
        with noisy([fault["name"]], noise) as (_, proxy):
            mode = () if fault["mode"] == "smoke" else ("full",)
            arguments = (*mode, "-oapismoke_readback_wait=0.2", *ARGUMENTS.get(fault["name"], ()))
            ended = one_run(folder / "run", proxy, arguments, 0, tally)
        if ended.code == 0:
            tally.problem("passes_of_a_broken_backend", ended)
        elif fault["category"] not in ended.report["categories"]:
            tally.problem("other_codes", ended)

    return job


@contextlib.contextmanager
def noisy(faults: Sequence[str], noise: Noise) -> Iterator[tuple[Backend, NoisyProxy]]:
    """A backend and the proxy in front of it."""
    backend = Backend(*faults)
    proxy = NoisyProxy(backend.url, noise)
    try:
        yield backend, proxy
    finally:
        proxy.stop()
        backend.stop()


def one_run(
    folder: Path, proxy: NoisyProxy, arguments: Sequence[str], workers: int, tally: Tally
) -> Ended:
    """Runs a gate through the proxy, smoke unless it is told `full`, and counts what it met."""
    folder.mkdir()
    requests, spoiled = proxy.arrived.total(), proxy.spoiled.total()
    mode = [] if "full" in arguments else ["--smoke"]
    ended = forked(
        Gate(folder),
        [f"--target-url={proxy.url}", *mode, *(a for a in arguments if a != "full")],
        workers,
    )
    met = proxy.spoiled.total() - spoiled
    tally.add(
        runs=1,
        requests=proxy.arrived.total() - requests,
        injected_faults=met,
        runs_that_met_one=bool(met),
        flaky_runs=any(check["flaky"] for check in ended.report.get("checks", ())),
    )
    return ended


if __name__ == "__main__":
    sys.exit(main())
