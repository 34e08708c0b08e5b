"""Runs the gate against every misbehaviour of the table, and measures what each run takes.

    python tests/soak/hostile.py [--only REGEX] [--workers 2] [--budget 6]

For each one: the exit code, the first category, the seconds over the budget (negative where the
run was over before), and the most memory that a process of the run had. In the end the largest of
both. Ends with 1 where one of the runs has no verdict.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from gate.hostile_cases import CASES, WAIT_S, Case, arguments_for, behaves
from gate.hostile_server import HostileServer, Misbehaviour
from harness import Gate, credentials

#: Runs a command and says how it ended, what it took of memory, and of time. In a small process of
#: its own: the size of the one that starts it counts as the command's.
_MEASURING = """
import os, subprocess, sys, time
started = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
# The children that it has waited for, its workers, count as well: the largest of them all.
_, status, used = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), used.ru_maxrss, time.monotonic() - started, flush=True)
os._exit(0)
"""


@dataclass(frozen=True)
class Measured:
    """One run: how it ended, how long it took, and its largest resident set."""

    code: int
    category: str
    seconds: float
    mebibytes: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--only", default="", help="the cases whose names match a regex")
    parser.add_argument("--workers", type=int, default=0, help="of pytest-xdist")
    parser.add_argument("--budget", type=int, default=6, help="seconds that each run has")
    asked = parser.parse_args()
    chosen = [
        replace(one, budget_s=asked.budget) for one in CASES if re.search(asked.only, one.name)
    ]
    healthy = measure(
        Case("healthy", Misbehaviour("nowhere", behaves), CASES[0].end), asked.workers
    )
    print(f"a healthy target takes {healthy.seconds:.1f} s and {healthy.mebibytes:.0f} MiB\n")
    print(f"{'case':44} code  category    over budget  memory")
    over: list[tuple[float, str]] = []
    most: list[tuple[float, str]] = []
    lost = 0
    for one in chosen:
        run = measure(one, asked.workers)
        # What a healthy run takes is start-up: it waits for nothing. Who never was ready had the
        # wait, and no budget.
        had_s = WAIT_S if run.category == "unready" else one.budget_s
        over_s = run.seconds - healthy.seconds - had_s
        over.append((over_s, one.name))
        most.append((run.mebibytes, one.name))
        lost += run.category == "no verdict"
        print(
            f"{one.name:44} {run.code:4}  {run.category:12}"
            f" {over_s:8.1f} s  {run.mebibytes:4.0f} MiB",
            flush=True,
        )
    print(f"\n{len(chosen)} runs, {lost} without a verdict")
    print("the furthest over the budget:", *(f"\n  {s:6.1f} s  {n}" for s, n in top(over)))
    print("the most memory:", *(f"\n  {size:6.0f} MiB  {name}" for size, name in top(most)))
    return 1 if lost else 0


def top(figures: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """The largest few."""
    return sorted(figures, reverse=True)[:6]


def measure(one: Case, workers: int) -> Measured:
    """Runs the gate against the server of one case."""
    server = HostileServer(one.misbehaviour)
    with tempfile.TemporaryDirectory() as place:
        gate = Gate(Path(place) / "run")
        gate.folder.mkdir()
        command = gate.command(arguments_for(one, server.url), workers=workers)
        told = subprocess.run(
            [sys.executable, "-c", _MEASURING, *command],
            cwd=gate.folder,
            env=gate.environment(credentials(), []),
            capture_output=True,
            check=True,
        )
        code, kibibytes, seconds = told.stdout.split()
        report = gate.ended(int(code), "", "").report
    server.stop()
    categories = list(report["categories"]) if report else ["no verdict"]
    return Measured(
        code=int(code),
        category=categories[0] if categories else "-",
        seconds=float(seconds),
        mebibytes=int(kibibytes) / 1024,
    )


if __name__ == "__main__":
    sys.exit(main())
