"""The hook that other plugins and conftest files can implement."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.hookspec
def pytest_apismoke_verdict(verdict: Any) -> None:
    """Called once, at the end of an active run, in the controller only.

    Args:
        verdict: a `pytest_apismoke.verdict.judgement.Verdict`.

    """
