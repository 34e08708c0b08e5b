from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from documentation.surroundings import Surroundings
from documentation.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """The backend of the examples."""
    started = World()
    yield started
    started.stop()


@pytest.fixture
def reader(tmp_path: Path, world: World) -> Iterator[Surroundings]:
    """The folder of a reader, with the commands themselves and the backend of the examples."""
    made = Surroundings(tmp_path, url=world.url, is_real=True)
    yield made
    made.close()
