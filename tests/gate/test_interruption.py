"""SIGINT, SIGTERM and SIGHUP: the original is back, the report is written, the code is 5."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gate.sampling import sampled
from harness import Backend, Ended, Gate, credentials

#: Which signal, and whether to the whole group: a terminal does that, a service manager may.
SENT = [
    (signal.SIGINT, True),
    (signal.SIGINT, False),
    (signal.SIGTERM, False),
    (signal.SIGTERM, True),
    (signal.SIGHUP, True),
    (signal.SIGHUP, False),
]
PUT = "PUT /api/business/me"


def interrupted(
    gate: Gate, backend: Backend, number: signal.Signals, *, workers: int, whole_group: bool
) -> Ended:
    """Interrupts a full run while it waits for its later look, with the probe in the document."""
    process = gate.start(
        f"--target-url={backend.url}",
        "-oapismoke_persistence_delay=100",
        environ=credentials(),
        workers=workers,
    )
    # The second write comes after the OAuth start; what follows it is the long wait.
    backend.await_requests(PUT, 2, of=process)
    if whole_group:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    return gate.end(process)


@pytest.mark.parametrize(
    ("number", "whole_group"),
    sampled(SENT, every=2),
    ids=lambda value: value.name if isinstance(value, signal.Signals) else ("one", "group")[value],
)
def test_a_signal_restores_first_and_then_ends_with_5(
    gate: Gate, backend: Backend, number: signal.Signals, whole_group: bool, workers: int
) -> None:
    before = backend.document()
    ended = interrupted(gate, backend, number, workers=workers, whole_group=whole_group)
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    assert set(ended.report["categories"]) == {"interrupted"}
    assert ended.outcomes()["settings::restore"] == "passed"
    assert backend.document() == before


def test_these_tests_can_run_in_the_background() -> None:
    """A shell ignores SIGINT for what it starts there, nohup SIGHUP; children inherit both."""
    tests = Path(__file__).parents[1]
    ignoring = ["sh", "-c", 'trap "" INT HUP; exec "$@"', "sh"]
    command = [sys.executable, "-m", "pytest", "-q", "-pno:randomly", "-pno:cacheprovider"]
    ended = subprocess.run(
        [*ignoring, *command, "-k", "calls_the_handler", str(tests / "unit" / "test_signals.py")],
        cwd=tests.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def test_a_signal_during_the_read_back_is_no_false_alarm(
    gate: Gate, start_backend: Callable[..., Backend], workers: int
) -> None:
    """The write was dropped, so the document is as it was, although no later write is taken."""
    backend = start_backend("restore-refused", "write-dropped")
    before = backend.document()
    process = gate.start(
        f"--target-url={backend.url}",
        "--smoke",
        "--smoke-exit-codes=verdict",
        "-oapismoke_readback_wait=8",
        environ=credentials(),
        workers=workers,
    )
    backend.await_requests(PUT, 1, of=process)
    process.send_signal(signal.SIGTERM)
    ended = gate.end(process)
    assert (ended.code, ended.report["verdict"]) == (2, "inconclusive")
    assert backend.document() == before


def test_a_signal_while_waiting_for_readiness(
    gate: Gate, start_backend: Callable[..., Backend], workers: int
) -> None:
    backend = start_backend("never-ready")
    process = gate.start(
        f"--target-url={backend.url}", "--smoke", environ=credentials(), workers=workers
    )
    backend.await_requests("GET /health", 1, of=process)
    process.send_signal(signal.SIGTERM)
    ended = gate.end(process)
    assert (ended.code, ended.report["categories"]) == (5, {"interrupted": 1})
    assert ended.has_no_traceback()


def test_a_worker_that_dies_is_never_a_pass(gate: Gate, backend: Backend) -> None:
    gate.write(
        "test_mine.py",
        """
        import os, pytest

        @pytest.mark.smoke
        def test_dies(smoke_client):
            os._exit(0)
        """,
    )
    ended = gate.against(backend, "--smoke", "test_mine.py", workers=2)
    assert ended.code == 5
    assert "internal" in ended.report["categories"]
