"""Where the journal lies, and the command that puts back what it holds."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from pytest_apismoke.configuration import journal_dir
from pytest_apismoke.errors import Category, SmokeError

URL = "https://api.example.com"


@pytest.fixture
def without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither HOME nor the password file knows the user."""

    def unknown(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", unknown)


def test_the_default_is_the_users_place_for_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert journal_dir.default() == tmp_path / "apismoke" / "journal"
    assert list(tmp_path.iterdir()) == []


def test_without_that_it_is_below_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert journal_dir.default() == tmp_path / ".local" / "state" / "apismoke" / "journal"


@pytest.mark.usefixtures("without_a_home")
def test_a_user_without_a_home_is_told_what_to_set() -> None:
    with pytest.raises(SmokeError) as caught:
        journal_dir.default()
    assert caught.value.failure.category is Category.USAGE
    assert str(caught.value) == (
        "expected a directory of this user for the journal, seen no home directory\n"
        "  where: the environment variable HOME\n"
        "  what to do: let APISMOKE_STATE_DIR name a directory that can be written and outlives"
        " the run"
    )


def test_a_relative_place_for_state_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert journal_dir.default() == tmp_path / ".local" / "state" / "apismoke" / "journal"


@pytest.mark.parametrize(
    ("platform", "variable", "place"),
    [
        ("linux", "", ".local/state"),
        ("freebsd14", "", ".local/state"),
        ("darwin", "", "Library/Application Support"),
        ("win32", "", "AppData/Local"),
        ("linux", "XDG_STATE_HOME", "named"),
        ("darwin", "XDG_STATE_HOME", "named"),
        ("win32", "LOCALAPPDATA", "named"),
        ("win32", "XDG_STATE_HOME", "AppData/Local"),
    ],
)
def test_each_platform_has_its_place_for_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variable: str, place: str
) -> None:
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "named"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", platform)
    assert journal_dir.default() == tmp_path / place / "apismoke" / "journal"


# -- the command ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "folder", "run_id", "command"),
    [
        (URL, None, "0123abcd", f"apismoke restore --target-url={URL} 0123abcd"),
        (URL, None, "", f"apismoke restore --target-url={URL}"),
        (URL, "/j", "0123abcd", f"apismoke restore --target-url={URL} --state-dir=/j 0123abcd"),
        (URL, "/j", "", f"apismoke restore --target-url={URL} --state-dir=/j"),
        (
            URL,
            "/my journal/it's",
            "0123abcd",
            f"apismoke restore --target-url={URL}"
            """ '--state-dir=/my journal/it'"'"'s' 0123abcd""",
        ),
        (
            "https://a/$(b)",
            None,
            "0123abcd",
            "apismoke restore '--target-url=https://a/$(b)' 0123abcd",
        ),
    ],
)
def test_the_command_names_what_is_not_the_default_and_quotes_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    target: str,
    folder: str | None,
    run_id: str,
    command: str,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    place = journal_dir.default() if folder is None else Path(folder)
    assert journal_dir.repair_command(target, place, run_id) == command
    assert shlex.split(command)[:3] == ["apismoke", "restore", f"--target-url={target}"]


def test_the_command_names_the_profile_that_the_run_had() -> None:
    lines = [
        journal_dir.repair_command(URL, Path("/j"), "0123abcd", profile=profile)
        for profile in ("staging", "default")
    ]
    assert lines == [
        f"apismoke restore --target-url={URL} --target-profile=staging --state-dir=/j 0123abcd",
        f"apismoke restore --target-url={URL} --state-dir=/j 0123abcd",
    ]


@pytest.mark.usefixtures("without_a_home")
def test_without_a_home_there_is_no_default_and_the_command_names_the_directory() -> None:
    assert journal_dir.repair_command(URL, Path("/j"), "0123abcd") == (
        f"apismoke restore --target-url={URL} --state-dir=/j 0123abcd"
    )
