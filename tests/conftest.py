"""For all tests: no process outlives them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from harness import left_behind


@pytest.fixture(scope="session", autouse=True)
def no_process_is_left_behind() -> Iterator[None]:
    """Fails at the end of the session if a process that a test started is still running.

    It stands here to be set up before, and torn down after, whatever else has the session's scope.
    """
    yield
    assert left_behind() == []
