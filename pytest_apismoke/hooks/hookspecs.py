"""The hooks that other plugins and conftest files can implement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_apismoke.verdict.judgement import Verdict


@pytest.hookspec
def pytest_apismoke_verdict(verdict: Verdict) -> None:
    """Called once, at the end of an active run, in the controller only.

    Args:
        verdict: the result of the run, a `pytest_apismoke.verdict.judgement.Verdict`.

    """


@pytest.hookspec
def pytest_apismoke_exit(exit_code: int) -> None:
    """Called last, once the verdict is shown and reported, in the controller only.

    Args:
        exit_code: the one with which the run ends.

    """
