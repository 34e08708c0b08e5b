"""The profiles of real servers: right, and in the documentation as they are run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from documentation.pages import ROOT, texts

from pytest_apismoke.commands.check import main

PROFILES = sorted((ROOT / "tests" / "servers").glob("*/apismoke.toml"))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.parent.name)
def test_a_worked_example_is_the_profile_that_is_run(profile: Path) -> None:
    """The page shows each profile in full, as the script uses it."""
    assert profile.read_text("utf-8") in texts("docs/how-to/worked-examples.md", "toml")


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.parent.name)
def test_a_worked_example_has_no_mistake(
    profile: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`apismoke check` finds nothing to correct in a profile and its contract."""
    shutil.copy(profile, tmp_path)
    shutil.copytree(profile.parent / "contracts", tmp_path / "contracts")
    monkeypatch.chdir(tmp_path)

    assert main([]) == 0
    out = capsys.readouterr().out
    assert out == "contracts/: 0 checks, 1 schema; apismoke.toml: nothing to correct\n"
