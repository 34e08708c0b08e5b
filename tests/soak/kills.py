"""Kills gates at random moments, and looks whether the next one puts back what they left.

    python tests/soak/kills.py --kills 200 --seed 1 [--workers N]

Ends with 1 where a document was lost or a run that should have passed did not.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import MAY_ARRIVE, Backend, Ended, Gate, await_end_of_group, credentials

PUT = "PUT /api/business/me"
#: How a run is started: smoke or full, serial or distributed.
KINDS = ((("--smoke",), 0), (("--smoke",), 2), ((), 0), ((), 2))
#: The longest random delay in seconds, from the first update or from the start.
_AFTER_UPDATE_S, _AFTER_START_S = 0.3, 2.5
#: How often more than one kill comes before the run that must pass, and how many do then.
_SEVERAL_IN, _SEVERAL = 5, 3
#: How often that run has a journal of its own: another machine. It waits for the probe's time.
_ELSEWHERE_IN = 8


@dataclass
class Tally:
    """What was counted, and what went wrong, over all threads."""

    total: int
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *names: str) -> None:
        with self.lock:
            self.counts.update(names)
            if "kills" in names and self.counts["kills"] % 20 == 0:
                print(f"{self.counts['kills']:4} of {self.total} kills, {self.line()}", flush=True)

    def problem(self, name: str, text: str) -> None:
        self.add(name)
        with self.lock:
            self.problems.append(text)
        print(f"!! {name}\n{text}", flush=True)

    def line(self) -> str:
        return ", ".join(f"{self.counts[name]} {name}" for name in ROWS[1:])


ROWS = (
    "kills",
    "left the probe behind",
    "restored from the journal",
    "restored from the probe itself",
    "left open for a minute",
    "false alarms",
    "documents lost",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="backends killed at, side by side")
    asked = parser.parse_args()
    tally = Tally(asked.kills)
    shares = [len(range(n, asked.kills, asked.workers)) for n in range(asked.workers)]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.workers) as pool:
        jobs = [
            pool.submit(torment, Path(folder) / str(n), share, f"{asked.seed}-{n}", tally)
            for n, share in enumerate(shares)
        ]
        for job in jobs:
            job.result()
    print(f"\nseed {asked.seed}, {time.monotonic() - started:.0f} s")
    for name in ROWS:
        print(f"{name:32} {tally.counts[name]:5}")
    return 1 if tally.problems else 0


def torment(folder: Path, kills: int, seed: str, tally: Tally) -> None:
    """Kills gates against one backend of its own."""
    folder.mkdir()
    (folder / "empty").mkdir()
    chance = random.Random(seed)
    backend = Backend()
    try:
        before, done = backend.document(), 0
        while done < kills:
            gate = Gate(folder / "empty", state_dir=folder / f"state-{done}")
            several = min(_SEVERAL if chance.randrange(_SEVERAL_IN) == 0 else 1, kills - done)
            history = []
            for _ in range(several):
                history.append(kill(gate, backend, chance))
                tally.add("kills")
            done += several
            is_elsewhere = several == 1 and chance.randrange(_ELSEWHERE_IN) == 0
            check(gate, backend, before, chance, tally, history, is_elsewhere=is_elsewhere)
            if backend.document() != before:
                # Lost: told; the next ones start from here.
                before = backend.document()
    finally:
        backend.stop()


def kill(gate: Gate, backend: Backend, chance: random.Random) -> str:
    """Starts a run and kills its process group; says how."""
    arguments, workers = chance.choice(KINDS)
    updates = backend.requests(PUT)
    process = gate.start(
        f"--target-url={backend.url}", *arguments, environ=credentials(), workers=workers
    )
    waits_for_update = chance.random() < 0.9
    while waits_for_update and process.poll() is None and backend.requests(PUT) == updates:
        time.sleep(0.002)
    delay_s = chance.uniform(0, _AFTER_UPDATE_S if waits_for_update else _AFTER_START_S)
    time.sleep(delay_s)
    # A run that has ended already was not killed; what follows must hold all the same.
    kill_group(process)
    process.communicate()
    await_end_of_group(process.pid)
    since = "its first update" if waits_for_update else "its start"
    return f"{' '.join(arguments) or 'full'} -n{workers}, {delay_s:.3f} s after {since}"


def kill_group(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def check(
    gate: Gate,
    backend: Backend,
    before: dict[str, Any],
    chance: random.Random,
    tally: Tally,
    history: list[str],
    *,
    is_elsewhere: bool,
) -> None:
    """Makes a run that must pass, and counts what it found."""
    left = backend.document()
    if left != before:
        tally.add("left the probe behind")
    arguments, workers = chance.choice(KINDS)
    state_dir = gate.state_dir / "elsewhere" if is_elsewhere else gate.state_dir
    next_gate = Gate(gate.folder, state_dir=state_dir)
    ended = next_gate.against(backend, *arguments, workers=workers)
    after = backend.document()
    story = told(history, left, after, ended)
    if ended.code != 0:
        tally.problem("false alarms", story)
    if after != before:
        tally.problem("documents lost", story)
    elif left != before and ended.code == 0:
        tally.add("restored from the probe itself" if is_elsewhere else "restored from the journal")
        if not any(note.endswith(("was put back", "was removed")) for note in ended.notes()):
            tally.problem("restored without a word", story)
    if entries := next_gate.entries():
        settle(next_gate, backend, before, tally, ended, f"{story}\nentries: {entries}")


def settle(
    gate: Gate, backend: Backend, before: object, tally: Tally, ended: Ended, story: str
) -> None:
    """What stays in the journal is open and was told; a run a minute later settles it."""
    told_open = sum(MAY_ARRIVE in note for note in ended.notes())
    if [entry["phase"] for entry in gate.entries()] != ["open"] * told_open:
        tally.problem("entries left", story)
        return
    tally.add("left open for a minute")
    gate.let_a_minute_pass()
    later = gate.against(backend, "--smoke")
    if (later.code, backend.document(), gate.entries()) != (0, before, []):
        tally.problem("entries left", f"{story}\na minute later: {later.output}")


def told(history: list[str], left: object, after: object, ended: Ended) -> str:
    kills = "; ".join(history)
    return f"killed: {kills}\nleft: {left}\nafter: {after}\ncode {ended.code}\n{ended.output}"


if __name__ == "__main__":
    sys.exit(main())
