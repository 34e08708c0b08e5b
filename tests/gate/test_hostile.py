"""A target that misbehaves in one place: the run ends, reports it, and leaves the target unchanged.

The table is in `hostile_cases`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from gate.hostile_cases import CASES, FOUND_SOMETHING, Case, arguments_for
from gate.hostile_server import CANARY, HostileServer, Misbehaviour, revokes_at
from golden.cases import HOSTILE
from harness import PASSWORD, Ended, Gate, credentials

#: Far more characters than a verdict needs, far less than a server can send.
MOST_OUTPUT, MOST_REPORT = 50_000, 400_000
#: Characters that control a terminal, or reverse the direction of its text.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def _marks(number: int, one: Case) -> tuple[pytest.MarkDecorator, ...]:
    """A few rows in the sample, those that found something on one Python, the rest by hand.

    Rows with a golden file are run there.
    """
    if one.name in FOUND_SOMETHING:
        return (pytest.mark.exhaustive,)
    if one.name in HOSTILE or number % 12 or one.exhaustive:
        return () if one.distributed and one.name not in HOSTILE else (pytest.mark.by_hand,)
    return ()


def _params() -> list[Any]:
    params = []
    for number, one in enumerate(CASES):
        marks = _marks(number, one)
        params.append(pytest.param(one, 0, id=one.name, marks=marks))
        if one.distributed:
            marks = (*marks, pytest.mark.distributed)
            params.append(pytest.param(one, 2, id=f"{one.name}-n2", marks=marks))
    return params


def test_every_row_has_a_name_of_its_own() -> None:
    names = [one.name for one in CASES]
    assert len(set(names)) == len(names) > 200
    assert set(names) >= FOUND_SOMETHING


@pytest.fixture
def start_server() -> Iterator[Callable[[Misbehaviour], HostileServer]]:
    """Starts servers, and stops them after the test."""
    started: list[HostileServer] = []

    def start(misbehaviour: Misbehaviour) -> HostileServer:
        started.append(HostileServer(misbehaviour))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.mark.parametrize(("one", "workers"), _params())
def test_a_misbehaviour_ends_as_it_should(
    gate: Gate, start_server: Callable[[Misbehaviour], HostileServer], one: Case, workers: int
) -> None:
    server = start_server(one.misbehaviour)

    ended = gate.run(*arguments_for(one, server.url), environ=credentials(), workers=workers)

    assert_it_is_honest(ended, server)
    report = ended.report
    assert (ended.code, report["categories"], report["verdict"]) == (
        one.end.code,
        one.end.categories,
        one.end.verdict,
    )
    if one.seen is not None:
        assert _first_seen(report) == server.in_place_of_names(one.seen)
    assert {check["stage"] for check in report["checks"] if check["flaky"]} == set(one.flaky)
    assert one.tells in ended.told


def assert_it_is_honest(ended: Ended, server: HostileServer) -> None:
    """The promises of every run: complete outputs, no secret, no control characters, no change."""
    assert ended.has_no_traceback()
    assert ended.verdict_block
    assert ended.junit_cases()
    written = json.dumps(ended.report, ensure_ascii=False)
    for secret in (PASSWORD, CANARY):
        assert secret not in ended.output + ended.junit + written
    assert not _STEERING.search(ended.output)
    assert len(ended.output) <= MOST_OUTPUT
    assert len(written) <= MOST_REPORT
    assert server.document == server.original or ended.report["verdict"] == "dirty"
    assert not server.led_astray


def _first_seen(report: Mapping[str, Any]) -> str:
    messages = [c["message"] for c in report["checks"] if c["outcome"] in ("failed", "error")]
    return str(messages[0]).partition(", seen ")[2] if messages else ""


def test_a_token_refused_for_the_second_time_while_restoring_leaves_no_probe(
    gate: Gate, start_server: Callable[[Misbehaviour], HostileServer]
) -> None:
    """As a backend does that allows one session, and whose user logs in twice meanwhile."""
    server = start_server(Misbehaviour("*", revokes_at("read-back", "restore")))
    ended = gate.run(
        "--smoke", "--smoke-budget=4", f"--target-url={server.url}", environ=credentials()
    )
    assert_it_is_honest(ended, server)
    assert server.document == server.original
