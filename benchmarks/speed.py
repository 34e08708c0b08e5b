"""How fast the gate is, beside a file written by hand, curl and other tools; prints Markdown.

    python benchmarks/speed.py                                  # everything, some 40 minutes
    python benchmarks/speed.py --workloads gate --latencies 0 --rows gate --figures none
    python benchmarks/speed.py --output docs/explanation/speed.md           # between its marks

Whole processes are measured in turns, against a server on the loopback that answers after a fixed
time. Each tool is installed into an environment of its own, below .benchmarks/; the gate as the
wheel of a checkout. What does not install is named on the page.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from measuring import running
from measuring.figures import ALL as FIGURES
from measuring.installing import ROWS
from measuring.workloads import DECLARED, GATE, ORDERS, TAGGED

ROOT = Path(__file__).parents[1]
WORKLOADS = {workload.name: workload for workload in (GATE, TAGGED, DECLARED, ORDERS)}


def options(arguments: list[str]) -> running.Options:
    """What is measured."""
    parser = argparse.ArgumentParser(description="Prints how fast the gate is, as Markdown.")
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--workloads", nargs="*", choices=list(WORKLOADS), default=list(WORKLOADS))
    parser.add_argument("--latencies", nargs="*", type=int, default=[0, 20, 100], metavar="MS")
    parser.add_argument("--pairs", type=int, default=7, help="how often each is measured")
    parser.add_argument("--figures", nargs="*", choices=[*FIGURES, "none"], default=list(FIGURES))
    parser.add_argument(
        "--profile-runs", type=int, default=10, help="of each for the profile; 0 for none"
    )
    parser.add_argument("--checkout", type=Path, default=ROOT, help="the gate to be measured")
    parser.add_argument("--environments", type=Path, default=ROOT / ".benchmarks")
    parser.add_argument(
        "--output",
        type=Path,
        help="write the page here too, between the marks of the file if it has them",
    )
    given = parser.parse_args(arguments)
    return running.Options(
        rows=tuple(given.rows),
        workloads=tuple(WORKLOADS[name] for name in given.workloads),
        latencies_ms=tuple(given.latencies),
        pairs=given.pairs,
        figures=tuple(name for name in given.figures if name != "none"),
        profile_runs=given.profile_runs,
        checkout=given.checkout.resolve(),
        environments=given.environments.resolve(),
        output=given.output,
    )


if __name__ == "__main__":
    running.run(options(sys.argv[1:]))
