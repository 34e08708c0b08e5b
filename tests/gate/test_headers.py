"""Headers for every request: they open the wall in front of a preview, and nobody sees them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gate.other_server import CONFIGURATION, OtherServer
from harness import Gate, credentials

WALL = "canary-of-the-wall/1+2"
HEADERS = """
    [headers]
    X-Wall = "${WALL_OF_THE_PREVIEW}"
    X-Tenant = "acme"
"""
OF_A_USER = """
import pytest

@pytest.mark.smoke
@pytest.mark.apismoke(api="settings")
def test_of_a_user(smoke_client):
    assert smoke_client.get("/v2/account").status == 200
    own = smoke_client.request("GET", "/v2/account", headers={"x-wall": "none"})
    assert own.status == 200
"""


@pytest.fixture
def server() -> Iterator[OtherServer]:
    """A backend behind a wall."""
    started = OtherServer()
    started.wall = WALL
    yield started
    started.stop()


def test_a_header_goes_with_every_request_and_is_shown_nowhere(
    gate: Gate, server: OtherServer, workers: int
) -> None:
    """Readiness, login, checks and restoring pass the wall."""
    gate.write("apismoke.toml", CONFIGURATION + HEADERS)
    ended = gate.against_url(server.url, "--showlocals", workers=workers, WALL_OF_THE_PREVIEW=WALL)
    assert (ended.code, server.held_up) == (0, 0)
    assert WALL not in ended.output + ended.junit + str(ended.report)


def test_a_test_of_a_user_passes_the_wall_unless_it_sends_the_header_itself(
    gate: Gate, server: OtherServer
) -> None:
    gate.write("apismoke.toml", CONFIGURATION + HEADERS)
    gate.write("test_user.py", OF_A_USER)
    ended = gate.against_url(
        server.url, "--smoke", "--showlocals", "-vv", "test_user.py", WALL_OF_THE_PREVIEW=WALL
    )
    check = next(check for check in ended.report["checks"] if "of_a_user" in check["name"])
    assert check["message"] == "expected assert own.status == 200, seen assert 302 == 200"
    assert server.held_up == 1
    assert WALL not in ended.output + ended.junit + str(ended.report)


def test_the_curl_line_has_the_variable_of_the_header(gate: Gate, server: OtherServer) -> None:
    gate.write("apismoke.toml", CONFIGURATION + HEADERS)
    ended = gate.against_url(server.url, "--smoke", WALL_OF_THE_PREVIEW=WALL)
    curl = ended.check("settings::fetch")["exchanges"][0]["curl"]
    assert curl == (
        "curl -sS -i -H 'X-Wall: '\"$WALL_OF_THE_PREVIEW\" -H 'X-Tenant: acme'"
        " -H 'X-Api-Key: '\"$APISMOKE_TOKEN\" -H 'Cache-Control: no-cache'"
        f" {server.url}/v2/account"
    )


@pytest.mark.parametrize("command", [("restore",), ("infer", "/v2/account")])
def test_commands_outside_a_run_pass_the_wall_too(
    gate: Gate, server: OtherServer, command: tuple[str, ...]
) -> None:
    gate.write("apismoke.toml", CONFIGURATION + HEADERS)
    environ = {**credentials(), "WALL_OF_THE_PREVIEW": WALL}
    ended = gate.run_command(["apismoke", *command, f"--target-url={server.url}"], **environ)
    assert (ended.code, ended.err, server.held_up) == (0, "", 0)
    assert server.reads > 0
    assert WALL not in ended.output


def test_a_variable_that_is_not_set_refuses_the_run(gate: Gate, server: OtherServer) -> None:
    """Nothing is sent: without the header there is no run."""
    gate.write("apismoke.toml", CONFIGURATION + HEADERS)
    ended = gate.against_url(server.url)
    (check,) = ended.report["checks"]
    assert (ended.code, check["message"], server.held_up) == (
        5,
        "expected a value in the environment variable WALL_OF_THE_PREVIEW, seen none",
        0,
    )
