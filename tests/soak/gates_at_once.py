"""Runs many gates at once against one account, as so many machines would.

    python tests/soak/gates_at_once.py --gates 8 --rounds 20 [--fault etags]

Ends with 1 where one of them did not pass, or the document is not as before.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import Backend, Ended, Gate

PUT = "PUT /api/business/me"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gates", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--fault", action="append", default=[], help="of the demo backend")
    asked = parser.parse_args()
    alarms, lost = 0, 0
    backend = Backend(*asked.fault)
    try:
        before = backend.document()
        for number in range(1, asked.rounds + 1):
            with tempfile.TemporaryDirectory() as folder:
                alarms += a_round(Path(folder), backend, asked.gates, number)
            if backend.document() != before:
                lost += 1
                print(f"!! the document is {backend.document()}, it was {before}", flush=True)
                before = backend.document()
    finally:
        backend.stop()
    runs = asked.gates * asked.rounds
    print(f"\n{runs} runs, {alarms} false alarms, {lost} rounds that left the document changed")
    return 1 if alarms or lost else 0


def a_round(folder: Path, backend: Backend, gates: int, number: int) -> int:
    """Lets the gates run at once; prints a line; returns how many did not pass."""
    updates = backend.requests(PUT)
    with ThreadPoolExecutor(gates) as pool:
        runs = list(pool.map(lambda n: one_gate(folder / str(n), backend, n), range(gates)))
    codes = " ".join(str(ended.code) for ended, _, _ in runs)
    seconds = " ".join(f"{seconds:.0f}" for _, seconds, _ in runs)
    updates = backend.requests(PUT) - updates
    print(f"round {number:3}: codes {codes}; seconds {seconds}; {updates} updates", flush=True)
    for ended, _, left in runs:
        for note in ended.notes():
            print(f"           {note}")
        if ended.code or left:
            print(f"!! code {ended.code}, {left} entries left\n{ended.output}", flush=True)
    return sum(bool(ended.code or left) for ended, _, left in runs)


def one_gate(folder: Path, backend: Backend, number: int) -> tuple[Ended, float, int]:
    """One run, smoke or full; how it ended, how long it took, and what its journal holds."""
    folder.mkdir()
    gate = Gate(folder)
    started = time.monotonic()
    ended = gate.against(backend, *(["--smoke"] if number % 2 == 0 else []))
    return ended, time.monotonic() - started, len(gate.entries())


if __name__ == "__main__":
    sys.exit(main())
