"""Print what pytest-xdist's workers bring: the same runs, serial and with `-n 2`, in pairs.

    python benchmarks/workers.py [PAIRS]

The target is the embedded backend, on this machine. For each workload: the median of the ratios of
the pairs, of wall time and of CPU time (all processes of the run), with the spread of wall time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

USERNAME, PASSWORD = "owner@example.com", "of-a-benchmark"
TESTS = """
import time
import pytest

@pytest.mark.smoke
@pytest.mark.parametrize("number", range(20))
def test_it(smoke_client, number):
    assert smoke_client.get("/health").status == 200
    time.sleep(0.5)
"""
CHECK = '[[check]]\nname = "check {}"\npath = "/api/business/me"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a run consists of: the files of its folder, and its options."""

    name: str
    files: dict[str, str]
    options: tuple[str, ...] = ()


WORKLOADS = (
    Workload(name="the gate alone", files={}),
    Workload(
        name="the gate and 200 declared checks",
        files={"contracts/many.toml": "".join(map(CHECK.format, range(200)))},
    ),
    Workload(
        name="the gate and 20 tests of 0.5 s",
        files={"test_mine.py": TESTS},
        options=("test_mine.py",),
    ),
)


def measured(folder: str, url: str, *options: str) -> tuple[float, float]:
    """The wall time and the CPU time of one run, in seconds."""
    environ = {
        **os.environ,
        "APISMOKE_USERNAME": USERNAME,
        "APISMOKE_PASSWORD": PASSWORD,
        "APISMOKE_STATE_DIR": str(Path(folder) / "journal"),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--smoke"]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, f"--target-url={url}", *options],
        cwd=folder,
        env=environ,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"a run ended with {process.returncode}: {command} {options} in {folder}")
    return wall_s, used.ru_utime + used.ru_stime


def main(pairs: int) -> None:
    """Print one row for each workload."""
    backend = subprocess.Popen(
        [sys.executable, "-m", "pytest_apismoke.demo", "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "APISMOKE_DEMO_USERNAME": USERNAME,
            "APISMOKE_DEMO_PASSWORD": PASSWORD,
        },
    )
    assert backend.stdout
    url = json.loads(backend.stdout.readline())["url"]
    print("| run | wall time, -n 2 to serial | CPU time |\n|---|---|---|")
    for workload in WORKLOADS:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in workload.files.items():
                path = Path(folder) / name
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
            walls, cpus = [], []
            for _ in range(pairs):
                serial = measured(folder, url, *workload.options)
                spread = measured(folder, url, "-n", "2", *workload.options)
                walls.append(spread[0] / serial[0])
                cpus.append(spread[1] / serial[1])
        wall, cpu = statistics.median(walls), statistics.median(cpus)
        around = f"{min(walls):.2f} to {max(walls):.2f}"
        print(f"| {workload.name} | {wall:.2f} ({around}) | {cpu:.2f} |", flush=True)
    backend.communicate()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
