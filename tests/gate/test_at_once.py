"""Many requests in flight: sooner, and with the same verdict as one after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gate.counting_server import CountingServer
from harness import Ended, Gate, credentials

COUNT = 24
Serve = Callable[..., CountingServer]
NAMES = [f"contracts/items.toml::item_{number}" for number in range(COUNT)]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers, and stops them after the test."""
    started: list[CountingServer] = []

    def start(**options: Any) -> CountingServer:
        started.append(CountingServer(**options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def smoke(
    gate: Gate, server: CountingServer, *arguments: str, keys: str = "", workers: int = 0
) -> Ended:
    """A smoke run of the declared checks alone; `keys` are those that each has besides."""
    checks = (
        f'[[check]]\nname = "item_{number}"\npath = "/items/{number}"\nexpect.status = 200\n'
        f"expect.schema = {{ type = 'object', required = ['id'] }}\n{keys}\n"
        for number in range(COUNT)
    )
    gate.write("contracts/items.toml", "\n".join(checks))
    given = (f"--target-url={server.url}", "--smoke", "--smoke-api=items", *arguments)
    return gate.run(*given, environ=credentials(), workers=workers)


#: What names one request among all.
_OF_ONE_REQUEST = ("request_id", "trace_id", "sent_headers", "received_headers")


def told(ended: Ended, server: CountingServer) -> list[dict[str, Any]]:
    """The checks of a report without its times, its ids and the address of its target."""
    text = json.dumps(ended.report["checks"]).replace(server.url, "TARGET")
    checks: list[dict[str, Any]] = json.loads(text)
    for record in checks:
        del record["duration_s"]
    for record in (one for check in checks for one in check["exchanges"]):
        for name in ("duration_s", "started_s", *_OF_ONE_REQUEST):
            del record[name]
    return checks


@pytest.mark.parametrize("workers", [0, pytest.param(2, id="n2", marks=pytest.mark.distributed)])
def test_requests_are_in_flight_at_the_same_time(gate: Gate, serve: Serve, workers: int) -> None:
    """None is answered before four are there."""
    server = serve(holds_until=4)

    ended = smoke(gate, server, workers=workers)

    assert (ended.code, list(ended.outcomes())) == (0, NAMES)
    assert sorted(server.items()) == sorted(f"/items/{number}" for number in range(COUNT))
    assert server.most_open <= 17


def test_there_are_never_more_connections_than_one_beside_those_in_flight(
    gate: Gate, serve: Serve
) -> None:
    """Not even where every second request goes over a connection of its own."""
    server = serve(needs_token=True, holds_until=2)

    ended = smoke(gate, server, "--smoke-concurrency=4", keys="refused_without_auth = true")

    assert (ended.code, len(ended.outcomes())) == (0, 2 * COUNT)
    assert len(server.items()) == 2 * COUNT
    assert server.most_at_once > 1
    assert server.most_open <= 5


def test_with_a_concurrency_of_one_they_follow_each_other(gate: Gate, serve: Serve) -> None:
    server = serve()

    ended = smoke(gate, server, "--smoke-concurrency=1")

    assert (ended.code, server.most_at_once) == (0, 1)
    assert server.items() == [f"/items/{number}" for number in range(COUNT)]


def test_the_report_and_the_code_are_those_of_one_after_the_other(gate: Gate, serve: Serve) -> None:
    def status_of(number: int) -> int:
        return {5: 404, 11: 500, 17: 503}.get(number, 200)

    before, server = serve(status_of=status_of), serve(status_of=status_of, holds_until=4)
    one_by_one = smoke(gate, before, "--smoke-concurrency=1")
    together = smoke(gate, server)

    assert together.code == one_by_one.code
    assert told(together, server) == told(one_by_one, before)
    assert together.code != 0


def test_a_target_that_bears_two_at_once_is_asked_again(gate: Gate, serve: Serve) -> None:
    ended = smoke(gate, serve(bears=2, holds_until=3))

    assert (ended.code, list(ended.outcomes().values())) == (0, ["passed"] * COUNT)
    assert [check["name"] for check in ended.report["checks"] if check["flaky"]] == []
    assert "--smoke-concurrency and --smoke-rate set how many" in ended.told


def test_a_target_that_serves_one_connection_after_the_other_passes(
    gate: Gate, serve: Serve
) -> None:
    """What waits on the others in vain is sent again, alone, on the one that is served."""
    gate.write("apismoke.toml", "[limits]\nrequest_timeout_s = 0.5\n")

    ended = smoke(gate, serve(serves_one=True))

    assert (ended.code, list(ended.outcomes().values())) == (0, ["passed"] * COUNT)
    assert "--smoke-concurrency and --smoke-rate set how many" in ended.told


def test_what_is_deselected_is_not_sent(gate: Gate, serve: Serve) -> None:
    server = serve()

    smoke(gate, server, "-k", "item_7 or item_8")

    assert sorted(server.items()) == ["/items/7", "/items/8"]


def test_a_login_that_fails_leaves_nothing_to_send(gate: Gate, serve: Serve) -> None:
    server = serve(login_status=401)

    ended = smoke(gate, server)

    assert (ended.code, server.items()) == (1, [])
