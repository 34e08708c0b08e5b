"""Several instances behind one address that are not all alike: old ones, and ailing ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from gate.fleet_server import (
    GOOD,
    HEALTH,
    LOGIN,
    ME,
    OLD,
    VERSION_HEADER,
    FleetServer,
    Instance,
    with_one,
)
from harness import Ended, Gate, credentials

Serve = Callable[..., FleetServer]
HEADER = f"""
    [readiness]
    version_header = "{VERSION_HEADER}"
"""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts fleets, and stops them after the test."""
    started: list[FleetServer] = []

    def start(*instances: Instance, **options: object) -> FleetServer:
        started.append(FleetServer(instances, **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for server in started:
        server.stop()


def smoke(gate: Gate, server: FleetServer, *arguments: str, workers: int = 0) -> Ended:
    given = (f"--target-url={server.url}", "--smoke", *arguments)
    return gate.run(*given, environ=credentials(), workers=workers)


def expecting(gate: Gate, server: FleetServer, *, wait_s: int = 1, workers: int = 0) -> Ended:
    return smoke(gate, server, "--target-version=2", f"--target-wait={wait_s}", workers=workers)


def told(ended: Ended, name: str = "apismoke::version") -> str:
    found = ended.check(name)
    return f"{found['message']}\n{found['where']}\n{found['hint']}"


@pytest.mark.parametrize("instances", [2, 4])
def test_a_roll_out_at_a_standstill_does_not_pass(instances: int, gate: Gate, serve: Serve) -> None:
    """One instance is old: half the fleet, or a quarter of it."""
    ended = expecting(gate, serve(*with_one(OLD, of=instances), seed=None))

    assert ended.code == 5
    assert list(ended.report["categories"]) == ["version"]
    assert ended.has_no_traceback()


def test_a_fleet_that_has_rolled_out_passes_and_is_asked_twenty_times_at_either_end(
    gate: Gate, serve: Serve
) -> None:
    server = serve(GOOD, GOOD, GOOD)

    ended = expecting(gate, server)

    assert (ended.code, server.asked[HEALTH]) == (0, 40)


def test_a_roll_out_that_ends_while_the_gate_waits_passes(gate: Gate, serve: Serve) -> None:
    def roll_out(server: FleetServer, path: str) -> None:
        if server.asked[HEALTH] == 5:
            server.instances = (GOOD, GOOD)

    server = serve(OLD, GOOD, seed=None)
    server.before = roll_out

    assert expecting(gate, server, wait_s=20).code == 0


def test_a_version_that_any_response_carries_is_looked_at(
    gate: Gate, serve: Serve, workers: int
) -> None:
    """The page shows the new version; some of those who answer for the settings are old."""

    def route(server: FleetServer, path: str) -> None:
        server.instances = (GOOD, OLD) if path == ME else (GOOD, GOOD)

    server = serve(GOOD, GOOD, seed=None, header=True)
    server.before = route
    gate.write("apismoke.toml", HEADER)

    ended = expecting(gate, server, workers=workers)

    assert ended.code == 5
    message, _, rest = told(ended).partition("\n")
    assert message.startswith(
        "expected version 2 in every response that carries one, seen version 1 in "
    )
    assert rest == (
        f"GET {server.url}{ME}, header {VERSION_HEADER}\n"
        "wait for the roll-out to finish (--target-wait SECONDS), or look for the instances that it"
        " has left out"
    )
    assert ended.check("apismoke::version")["exchanges"][0]["version"] == "1"


def test_another_version_wherever_a_path_is_answered_may_be_that_of_another_service(
    gate: Gate, serve: Serve
) -> None:
    def route(server: FleetServer, path: str) -> None:
        server.instances = (OLD,) if path == LOGIN else (GOOD,)

    server = serve(GOOD, header=True)
    server.before = route
    gate.write("apismoke.toml", HEADER)

    ended = expecting(gate, server)

    assert ended.code == 5
    assert told(ended).splitlines()[1:] == [
        f"POST {server.url}{LOGIN}, header {VERSION_HEADER}",
        "wait for the roll-out to finish, or check that the deploy took this version; if another"
        " service answers there, say where only this one has its version, in [readiness] of"
        " apismoke.toml",
    ]


def test_an_instance_that_is_ailing_at_the_end_does_not_pass(gate: Gate, serve: Serve) -> None:
    """It shows the right version, and says that something is wrong."""
    ailing = Instance(status="error")

    def fail(server: FleetServer, path: str) -> None:
        server.instances = (GOOD, GOOD) if server.asked[ME] == 0 else (GOOD, ailing)

    server = serve(GOOD, GOOD, seed=None)
    server.before = fail

    ended = expecting(gate, server)

    assert (ended.code, list(ended.report["categories"])) == (5, ["unready"])
    assert told(ended) == (
        "expected the target to be ready at the end of the run, seen 200 with the string 'error' at"
        " /status\n"
        f"GET {server.url}{HEALTH}\n"
        "look at the response of the readiness path and at the service's log; allow more time with"
        " --target-wait SECONDS"
    )
