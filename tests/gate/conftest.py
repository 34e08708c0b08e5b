from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import Backend, Gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Runs the gate in an empty directory; a run that a failed test has left is killed."""
    folder = tmp_path / "empty"
    folder.mkdir()
    started = Gate(folder)
    yield started
    started.stop()


@pytest.fixture(
    params=[pytest.param(0, id="serial"), pytest.param(2, id="n2", marks=pytest.mark.distributed)]
)
def workers(request: pytest.FixtureRequest) -> int:
    """How many workers of pytest-xdist run the tests; 0 for a serial run."""
    return int(request.param)


@pytest.fixture
def start_backend() -> Iterator[Callable[..., Backend]]:
    """Starts backends, and stops them after the test."""
    started: list[Backend] = []

    def start(*faults: str, **options: str) -> Backend:
        started.append(Backend(*faults, **options))
        return started[-1]

    yield start
    for backend in started:
        backend.stop()


@pytest.fixture
def backend(start_backend: Callable[..., Backend]) -> Backend:
    """A healthy backend."""
    return start_backend()
