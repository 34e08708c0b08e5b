from __future__ import annotations

from collections.abc import Iterator

import pytest
from documentation.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The backend of the examples."""
    started = World()
    yield started
    started.stop()
