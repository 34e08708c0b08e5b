"""Several instances behind one address that are not all alike: old ones, and ailing ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from gate.fleet_server import (
    CHECKS,
    GOOD,
    HEALTH,
    LOGIN,
    ME,
    OAUTH,
    OLD,
    ORDERS,
    PRICES,
    VERSION_HEADER,
    FleetServer,
    Instance,
    with_one,
)
from harness import Ended, Gate, credentials

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

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
        started.append(FleetServer(instances, **options))  # type: ignore[arg-type]  # those of the class
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


def test_a_page_that_is_limited_is_believed_with_a_note(gate: Gate, serve: Serve) -> None:
    """The gate goes on as slowly as the target wishes, for as long as it may wait."""
    busy = Instance(broken=frozenset({HEALTH}), error=429)

    def limit(server: FleetServer, path: str) -> None:
        is_limited = server.asked[HEALTH] > 5 and server.asked[LOGIN] == 0
        server.instances = (busy,) if is_limited else (GOOD,)

    server = serve(GOOD)
    server.before = limit

    ended = expecting(gate, server)

    assert ended.code == 0
    assert ended.notes()[0].startswith("the version was seen 5 times in a row and not 20 times,")


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


# -- instances that disagree ------------------------------------------------------------------

AGREE = "expected fresh reads that agree on the account and on the shape of its document, seen "
TWO = "look for instances of two versions, or with two databases, behind this address"


@pytest.mark.parametrize("arguments", [(), ("--smoke-read-only", "--smoke-repeat=4")])
@pytest.mark.parametrize(
    ("shown", "seen"),
    [
        (
            {"id": "biz_2", "name": "Other"},
            "two accounts: /id is the string 'biz_1' and the string 'biz_2'",
        ),
        ({"name": 7}, "two shapes: /name is the string 'Fleet' and the number 7"),
    ],
)
def test_two_accounts_and_two_shapes_are_the_state_of_the_target(
    shown: dict[str, object],
    seen: str,
    arguments: tuple[str, ...],
    gate: Gate,
    serve: Serve,
) -> None:
    odd = Instance(shows=lambda document: {**document, **shown})
    contract = '{"type": "object", "required": ["id", "name"]}'
    gate.write("contracts/settings.schema.json", contract)

    ended = smoke(gate, serve(GOOD, odd, seed=None), *arguments)

    assert (ended.code, list(ended.report["categories"])) == (4, ["state"])
    message, where, hint = told(ended, "settings::contract").splitlines()
    assert message.startswith(f"{AGREE}two ")
    # Which of the two comes first is a matter of chance.
    assert sorted(message.removeprefix(AGREE).split()) == sorted(seen.split())
    assert where.startswith("GET http://127.0.0.1:")
    assert hint == TWO


def test_values_that_differ_between_the_reads_of_a_run_that_writes_nothing_are_told(
    gate: Gate, serve: Serve
) -> None:
    odd = Instance(shows=lambda document: {**document, "phone_number": "+14155550999"})

    ended = smoke(gate, serve(GOOD, odd, seed=None), "--smoke-read-only", "--smoke-repeat=4")

    assert (ended.code, list(ended.report["categories"])) == (4, ["persist"])
    assert "the instances disagree: 4 of 8 reads show one value; /phone_number" in told(
        ended, "settings::contract"
    )


def test_one_read_of_a_round_that_breaks_the_contract_is_told_with_its_share(
    gate: Gate, serve: Serve
) -> None:
    odd = Instance(shows=lambda document: {**document, "name": None, "id": None})

    ended = smoke(gate, serve(*with_one(odd, of=4), seed=None))

    assert ended.code == 5
    assert told(ended, "settings::contract").splitlines()[0] == (
        "expected a document that matches the contract 'settings', seen 1 of 4 answers:"
        " /id: expected type string or integer, got null; /name: expected type string, got null"
    )


# -- one broken instance ----------------------------------------------------------------------

BROKEN = Instance(broken=frozenset({ORDERS}))
LOOK = "the others are right: look for the instance that is not; look into the target's log at the"


def test_one_bad_answer_in_ten_is_a_failure_that_says_so(
    gate: Gate, serve: Serve, workers: int
) -> None:
    """The code is that of the failure itself."""
    gate.write("contracts/checks.toml", CHECKS)
    # In turn, so that each eleven answers meet the bad one once.
    server = serve(*with_one(BROKEN, of=11), seed=None)

    ended = smoke(gate, server, "--smoke-repeat=11", workers=workers)

    assert (ended.code, list(ended.report["categories"])) == (2, ["fetch"])
    name = "contracts/checks.toml::orders"
    message, where, hint = told(ended, name).splitlines()
    assert message == "expected 200, seen 1 of 11 answers: 500 with application/json, 44 bytes"
    assert (where, hint) == (f"GET {server.url}{ORDERS}", f"{LOOK} time of the request")
    # The evidence is the bad answer.
    assert ended.check(name)["exchanges"][-1]["status"] == 500
    assert server.asked[ORDERS] == server.asked[PRICES] == server.asked[OAUTH] == 11
    assert ended.outcomes()["contracts/checks.toml::prices"] == "passed"


def test_a_healthy_fleet_passes_and_says_how_often_it_was_asked(gate: Gate, serve: Serve) -> None:
    gate.write("contracts/checks.toml", CHECKS)

    ended = smoke(gate, serve(GOOD, GOOD), "--smoke-repeat=3")

    assert ended.code == 0
    assert ended.check("contracts/checks.toml::orders")["message"] == (
        f"GET {ORDERS} responded as declared, 3 times over fresh connections"
    )


def test_a_gateway_error_in_one_answer_counts_when_it_is_repeated(gate: Gate, serve: Serve) -> None:
    """Elsewhere such an answer is asked for again, and another instance gives the right one."""
    gate.write("contracts/checks.toml", CHECKS)
    odd = Instance(broken=frozenset({ORDERS}), error=503)

    def route(server: FleetServer, path: str) -> None:
        is_first = path == ORDERS and server.asked[ORDERS] == 1
        server.instances = (odd, odd) if is_first else (GOOD, GOOD)

    fleet = serve(GOOD, GOOD)
    fleet.before = route
    once = smoke(gate, fleet)
    repeated = smoke(gate, serve(odd, GOOD, seed=None), "--smoke-repeat=4")

    assert (once.code, repeated.code) == (0, 2)
    assert "seen 2 of 4 answers: 503" in told(repeated, "contracts/checks.toml::orders")


def test_the_settings_are_fetched_as_often_and_judged_in_each_read(
    gate: Gate, serve: Serve
) -> None:
    odd = Instance(shows=lambda document: {**document, "phone_number": "0155"})

    ended = smoke(
        gate, serve(*with_one(odd, of=10), seed=None), "--smoke-repeat=10", "--smoke-api=twilio"
    )

    assert ended.code == 3
    assert told(ended, "twilio::phone").splitlines()[0] == (
        "expected an E.164 number such as +14155550123, or null, in 'phone_number', seen 1 of 10"
        " answers: the string '0155'"
    )


def test_a_target_that_refuses_to_be_asked_so_often_is_not_broken(gate: Gate, serve: Serve) -> None:
    gate.write("contracts/checks.toml", CHECKS)
    busy = Instance(broken=frozenset({ORDERS}), error=429)

    ended = smoke(gate, serve(*with_one(busy, of=3), seed=None), "--smoke-repeat=6")

    assert ended.code == 0


def test_one_answer_in_ten_that_breaks_the_openapi_document_is_told_with_its_share(
    gate: Gate, serve: Serve
) -> None:
    operation = {
        "responses": {
            "200": {
                "description": "orders",
                "content": {
                    "application/json": {"schema": {"type": "object", "required": ["items"]}}
                },
            }
        }
    }
    described = {
        "openapi": "3.1.0",
        "info": {"title": "Fleet", "version": "2"},
        "paths": {ORDERS: {"get": operation}},
    }
    gate.write("openapi.json", json.dumps(described))
    odd = Instance(broken=frozenset({ORDERS}), error=200)

    ended = smoke(
        gate,
        serve(*with_one(odd, of=10), seed=None),
        "--smoke-repeat=10",
        "--smoke-openapi=openapi.json",
        "--smoke-openapi-checks=smoke",
    )

    assert ended.code == 5
    message = told(ended, f"openapi::GET {ORDERS}").splitlines()[0]
    assert "seen 1 of 10 answers: " in message
