"""How often a run notices that one instance of a fleet is old, or broken: measured beside theory.

    python tests/soak/fleets.py [--runs 50] [--instances 2 4 10] [--case old orders everything]

Each fleet is behind a balancer that chooses an instance by chance for each connection. Prints a
table for the documentation.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from forking import forked
from gate.fleet_server import (
    CHECKS,
    LOGIN,
    ME,
    OAUTH,
    OLD,
    ORDERS,
    PRICES,
    FleetServer,
    Instance,
    with_one,
)
from harness import Gate

from pytest_apismoke.preflight.roll_out import answers_needed

#: What is odd about one of the instances.
CASES = {
    "old": OLD,
    "orders": Instance(broken=frozenset({ORDERS})),
    "everything": Instance(broken=frozenset({LOGIN, ME, OAUTH, ORDERS, PRICES})),
}
MODES = {
    "smoke": ("--smoke",),
    "repeat": ("--smoke", "--smoke-repeat=10"),
    "full": (),
}


#: The connections of a run against this fleet, beside those of the health page; how often a
#: declared check is sent.
CONNECTIONS = {"smoke": 15, "repeat": 51, "full": 46}
SENT = {"smoke": 1, "repeat": 10, "full": 1}


def theory(case: str, instances: int, mode: str) -> float:
    """The chance that a run notices what is odd about one of the instances."""
    good = 1 - 1 / instances
    if case == "orders":
        return 1 - good ** SENT[mode]
    if case == "everything":
        return 1 - good ** CONNECTIONS[mode]
    # The wait ends with one row of answers, of which the first proves nothing; then come as many
    # at the end. A row that was broken makes the next one so long that it hardly adds anything.
    needed = answers_needed(1, is_mixed=False)
    return 1 - good ** (needed - 1) * good**needed


@dataclass(frozen=True)
class Noticed:
    """One run: whether it noticed, with which code."""

    code: int
    output: str


def one_run(
    case: str, instances: int, mode: Sequence[str], *, seed: int, folder: Path, extra: Sequence[str]
) -> Noticed:
    """One gate against one fleet."""
    server = FleetServer(with_one(CASES[case], of=instances), seed=seed)
    try:
        gate = Gate(folder)
        folder.mkdir()
        gate.write("contracts/checks.toml", CHECKS)
        version = ("--target-version=2", "--target-wait=1") if case == "old" else ()
        arguments = [f"--target-url={server.url}", *mode, *version, *extra]
        ended = forked(gate, arguments, 0)
        # The report has the code too where multiprocessing could not read it.
        return Noticed(ended.report.get("exit_code", ended.code), ended.output)
    finally:
        server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--instances", type=int, nargs="+", default=[2, 4, 10])
    parser.add_argument("--case", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--mode", nargs="+", default=list(MODES), choices=list(MODES))
    parser.add_argument("--lanes", type=int, default=2, help="runs side by side")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--argument", action="append", default=[], help="one more of each run")
    parser.add_argument("--show", action="store_true", help="print what each run said")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.lanes) as pool:
        for case in asked.case:
            for instances in asked.instances:
                for mode in asked.mode:
                    place = Path(folder) / f"{case}-{instances}-{mode}"
                    place.mkdir()

                    def run(
                        number: int,
                        case: str = case,
                        instances: int = instances,
                        mode: str = mode,
                        place: Path = place,
                    ) -> Noticed:
                        return one_run(
                            case,
                            instances,
                            MODES[mode],
                            seed=asked.seed + number,
                            folder=place / str(number),
                            extra=asked.argument,
                        )

                    ended = list(pool.map(run, range(asked.runs)))
                    noticed = sum(one.code != 0 for one in ended)
                    codes = sorted({one.code for one in ended})
                    expected = theory(case, instances, mode)
                    print(
                        f"{case:12} {instances:3} instances  {mode:8} noticed {noticed:3} of"
                        f" {asked.runs}, {100 * expected:.1f} % expected; codes {codes}",
                        flush=True,
                    )
                    if asked.show:
                        print(ended[-1].output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
