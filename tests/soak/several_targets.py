"""Three resources and three targets in one call, beside three calls, and what each fault ends with.

    python tests/soak/several_targets.py [--rounds 5]

Prints two tables: requests, logins and wall time of one call with three targets and of three calls
one after the other; and the exit codes, in the three tables of codes, with one part broken.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]

from gate.toy_server import FETCH, OPEN, PERSIST, SAVE, ToyServer
from harness import Ended, Gate, credentials

RESOURCES: dict[str, dict[str, Any]] = {
    "/api/profile": {"id": 7, "bio": "Dentist by the quay"},
    "/api/flags/beta": {"name": "beta", "note": "off until spring"},
    "/api/greeting": {"text": "Welcome", "language": "en"},
}
CONFIGURATION = """
    [[resource]]
    name = "profile"
    path = "/api/profile"
    probe = "/bio"
    exit_code = 12

    [[resource]]
    name = "flag"
    path = "/api/flags/beta"
    probe = "/note"
    exit_code = 13

    [[resource]]
    name = "greeting"
    path = "/api/greeting"
    probe = "/text"
    update_method = "PATCH"
"""
TABLES = ("category", "api", "verdict")
FAST = ("--target-wait=0.5", "-oapismoke_readback_wait=0.3", "-oapismoke_persistence_delay=0.1")


@contextmanager
def three_servers() -> Iterator[list[ToyServer]]:
    servers = [ToyServer() for _ in range(3)]
    for server in servers:
        server.others = {path: dict(document) for path, document in RESOURCES.items()}
    try:
        yield servers
    finally:
        for server in servers:
            server.stop()


def call(urls: list[str], *arguments: str) -> Ended:
    with tempfile.TemporaryDirectory() as folder:
        gate = Gate(Path(folder) / "gate")
        gate.folder.mkdir()
        gate.write("apismoke.toml", CONFIGURATION)
        given = [f"--target-url={url}" for url in urls]
        return gate.run(*given, *FAST, *arguments, environ=credentials())


def measured(calls: Callable[[list[ToyServer]], list[Ended]]) -> tuple[int, int, float]:
    """Requests, logins, and seconds."""
    with three_servers() as servers:
        started = time.monotonic()
        ended = calls(servers)
        seconds = time.monotonic() - started
        assert all(one.code == 0 for one in ended), [one.output for one in ended]
        seen = [line for server in servers for line in server.seen]
        return len(seen), sum("login" in line for line in seen), seconds


def beside(rounds: int) -> None:
    ways: dict[str, Callable[[list[ToyServer]], list[Ended]]] = {
        "one call with three targets": lambda ss: [call([s.url for s in ss], "--smoke")],
        "three calls, one after the other": lambda ss: [call([s.url], "--smoke") for s in ss],
    }
    found: dict[str, list[tuple[int, int, float]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, calls in ways.items():
            found[name].append(measured(calls))
    print("| | requests | logins | wall time, median |\n|---|---|---|---|")
    for name, several in found.items():
        requests, logins, _ = several[0]
        print(f"| {name} | {requests} | {logins} | {median(several):.2f} s |")
    one, three = (median(several) for several in found.values())
    print(f"\nratio of the medians of {rounds} rounds: {one / three:.2f}\n")


def median(several: list[tuple[int, int, float]]) -> float:
    return statistics.median(seconds for _, _, seconds in several)


def drop(server: ToyServer) -> None:
    original = dict(server.document)
    server.after_update = lambda: setattr(server, "document", dict(original))


def broken(path: str, how: str) -> Callable[[ToyServer], None]:
    return lambda server: server.broken.update({path: how})


#: What is broken at the second of three targets.
FAULTS: dict[str, Callable[[ToyServer], None]] = {
    "nothing": lambda server: None,
    "settings: updates are refused": lambda server: server.refuse(),
    "settings: updates are dropped": drop,
    "calendar: its state is no boolean": lambda server: server.document.update(
        google_calendar_connected="no"
    ),
    "twilio: the number is not E.164": lambda server: server.document.update(phone_number="555"),
    "profile: 500": broken("/api/profile", FETCH),
    "profile: updates are refused": broken("/api/profile", SAVE),
    "profile: updates are dropped": broken("/api/profile", PERSIST),
    "profile: served without a token": broken("/api/profile", OPEN),
    "flag: updates are dropped": broken("/api/flags/beta", PERSIST),
    "greeting: updates are dropped": broken("/api/greeting", PERSIST),
    "profile and flag: updates are dropped": lambda server: server.broken.update(
        {"/api/profile": PERSIST, "/api/flags/beta": PERSIST}
    ),
    "the target is down": lambda server: server.die(),
}


def codes() -> None:
    print(f"| broken at one of three targets | {' | '.join(TABLES)} | the others |")
    print(f"|---|{'---|' * (len(TABLES) + 1)}")
    for name, break_it in FAULTS.items():
        row: list[str] = []
        others: set[str] = set()
        for table in TABLES:
            with three_servers() as servers:
                break_it(servers[1])
                ended = call([s.url for s in servers], f"--smoke-exit-codes={table}")
                row.append(str(ended.code))
                verdicts = [one["verdict"] for one in ended.report["targets"]]
                others |= {verdicts[0], verdicts[2]}
        print(f"| {name} | {' | '.join(row)} | {', '.join(sorted(others))} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    beside(options.rounds)
    codes()


if __name__ == "__main__":
    main()
