"""The hook that other plugins and conftest files can implement."""

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
