"""Runs many gates at once against one account, as so many machines would.

    python tests/soak/gates_at_once.py --gates 8 --rounds 20 [--fault etags]

Ends with 1 where one of them failed, left an entry that it did not tell to be open, or the document
is not as before. A gate that found no turn among so many is inconclusive, and no false alarm.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import MAY_ARRIVE, Backend, Ended, Gate

PUT = "PUT /api/business/me"
NO_TURN = "a turn to write the probe"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gates", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--fault", action="append", default=[], help="of the demo backend")
    asked = parser.parse_args()
    lost, totals = 0, Counter[str]()
    backend = Backend(*asked.fault)
    try:
        before = backend.document()
        for number in range(1, asked.rounds + 1):
            with tempfile.TemporaryDirectory() as folder:
                totals += a_round(Path(folder), backend, asked.gates, number)
            if backend.document() != before:
                lost += 1
                print(f"!! the document is {backend.document()}, it was {before}", flush=True)
                before = backend.document()
    finally:
        backend.stop()
    runs = asked.gates * asked.rounds
    print(
        f"\n{runs} runs, {totals['no turn']} without a turn, {totals['open']} with an open entry,"
        f" {totals['alarms']} false alarms, {lost} rounds that left the document changed"
    )
    return 1 if totals["alarms"] or lost else 0


def a_round(folder: Path, backend: Backend, gates: int, number: int) -> Counter[str]:
    """Lets the gates run at once; prints a line; counts what they ended with."""
    updates = backend.requests(PUT)
    with ThreadPoolExecutor(gates) as pool:
        runs = list(pool.map(lambda n: one_gate(folder / str(n), backend, n), range(gates)))
    codes = " ".join(str(ended.code) for ended, _, _ in runs)
    seconds = " ".join(f"{seconds:.0f}" for _, seconds, _ in runs)
    updates = backend.requests(PUT) - updates
    print(f"round {number:3}: codes {codes}; seconds {seconds}; {updates} updates", flush=True)
    counts = Counter[str]()
    for ended, _, phases in runs:
        for note in ended.notes():
            print(f"           {note}")
        told = sum(MAY_ARRIVE in note for note in ended.notes())
        counts["open"] += bool(phases)
        if ended.code == 5 and NO_TURN in ended.output:
            counts["no turn"] += 1
        elif ended.code or phases != ["open"] * told:
            counts["alarms"] += 1
            print(f"!! code {ended.code}, entries {phases}\n{ended.output}", flush=True)
    return counts


def one_gate(folder: Path, backend: Backend, number: int) -> tuple[Ended, float, list[str]]:
    """One run, smoke or full; how it ended, how long it took, and the phases of its entries."""
    folder.mkdir()
    gate = Gate(folder)
    started = time.monotonic()
    ended = gate.against(backend, *(["--smoke"] if number % 2 == 0 else []))
    return ended, time.monotonic() - started, [entry["phase"] for entry in gate.entries()]


if __name__ == "__main__":
    sys.exit(main())
