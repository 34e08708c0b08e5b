"""The OAuth start is in flight beside the reads that prove the restore of the settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gate.toy_server import HANGS, ME, OAUTH_START, ToyServer
from harness import Ended, Gate, credentials

#: The longest time that a request is held, in seconds: the one that it waits for does not come.
_PATIENCE_S = 5.0
READS = 4
START = f"GET {OAUTH_START}"


@pytest.fixture
def toy() -> Iterator[ToyServer]:
    server = ToyServer()
    yield server
    server.stop()


class Proof:
    """Holds the reads after the second update until the OAuth start has come.

    Args:
        server: whose reads they are.
        status: that of the OAuth start while they are held; None for its usual answer.

    """

    def __init__(self, server: ToyServer, *, status: int | None = None) -> None:
        self._server, self._status = server, status
        self._start_has_come = threading.Event()
        self.updates = 0
        #: Of each read whether the OAuth start came while it was held.
        self.had_company: list[bool] = []
        server.after_update, server.before_get = self._update, self._get

    def _update(self) -> None:
        self.updates += 1

    def _get(self, path: str) -> int | None:
        if path == OAUTH_START and not self._start_has_come.is_set():
            self._start_has_come.set()
            return self._status
        if path == ME and self.updates == 2:
            self.had_company.append(self._start_has_come.wait(_PATIENCE_S))
        return None


def smoke(gate: Gate, server: ToyServer, *arguments: str, **options: Any) -> Ended:
    given = (f"--target-url={server.url}", "--smoke", *arguments)
    return gate.run(*given, environ=credentials(), **options)


def test_the_start_comes_while_the_restore_is_being_proven(gate: Gate, toy: ToyServer) -> None:
    proof = Proof(toy)

    ended = smoke(gate, toy)

    assert (ended.code, proof.had_company) == (0, [True] * READS)
    assert toy.seen.count(START) == 1


def test_a_start_that_is_refused_beside_the_proof_is_asked_again_alone(
    gate: Gate, toy: ToyServer
) -> None:
    proof = Proof(toy, status=503)

    ended = smoke(gate, toy)

    assert (ended.code, proof.had_company) == (0, [True] * READS)
    statuses = [one["status"] for one in ended.check("calendar::oauth")["exchanges"]]
    assert statuses == [503, 200]


def test_saving_that_ends_with_the_oauth_start_is_restored_before(
    gate: Gate, toy: ToyServer
) -> None:
    """The start comes when no update follows: nothing is left that could not be put back."""
    proof, before = Proof(toy), dict(toy.document)

    def refuse_from_now_on(path: str) -> int | None:
        toy.refuses = toy.refuses or path == OAUTH_START
        return proof._get(path)

    toy.before_get = refuse_from_now_on
    ended = smoke(gate, toy)

    assert (ended.code, ended.report["verdict"], toy.document) == (0, "pass", before)


@pytest.mark.parametrize("answer", [503, HANGS])
def test_a_target_with_one_thread_that_is_busy_with_a_proof_passes(gate: Gate, answer: int) -> None:
    server = ToyServer(one_thread=True)
    updates: list[None] = []
    reads: list[None] = []

    def answer_alone_only(path: str) -> int | None:
        if path == ME and len(updates) == 2:
            reads.append(None)
        return answer if path == OAUTH_START and len(reads) < READS else None

    server.after_update, server.before_get = lambda: updates.append(None), answer_alone_only
    gate.write("apismoke.toml", "[limits]\nread_timeout_s = 0.5\n")
    try:
        ended = smoke(gate, server)
    finally:
        server.stop()

    assert (ended.code, ended.report["verdict"]) == (0, "pass")


@pytest.mark.parametrize("arguments", [("--smoke-concurrency=1",), ("--smoke-read-only",)])
def test_one_after_the_other_and_without_a_write_the_start_waits_for_its_check(
    arguments: tuple[str, ...], gate: Gate, toy: ToyServer
) -> None:
    ended = smoke(gate, toy, *arguments)
    assert (ended.code, toy.seen[-1], toy.seen.count(START)) == (0, START, 1)
