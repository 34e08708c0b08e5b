from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deploying.deployment import SHELLS, Deployment, deployments, shell_called


@pytest.fixture(
    params=[
        pytest.param(name, marks=() if name == "sh" else (pytest.mark.exhaustive,))
        for name in SHELLS
    ]
)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Each shell that the scripts are for."""
    command = shell_called(request.param)
    if command is None:
        pytest.skip(f"{request.param} is not installed, or is what sh is")
    return command


@pytest.fixture
def deployment(tmp_path: Path, shell: tuple[str, ...]) -> Iterator[Deployment]:
    """A deployment whose commands leave lines, and whose gate says what the test wants."""
    with deployments(tmp_path, shell) as make:
        yield make()
