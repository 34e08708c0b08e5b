"""A file has the old content or all of the new, even if the write is interrupted."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_apismoke.system import atomic_file


def write(path: Path, text: str = "new") -> None:
    atomic_file.write(path, text, mode=0o600)


@pytest.mark.parametrize("text", ["", "new", "über\n\0\u2028", "x" * 100_000])
def test_a_file_holds_the_text_afterwards(tmp_path: Path, text: str) -> None:
    path = tmp_path / "entry.json"
    write(path, "old and much longer than the new one")
    write(path, text)
    assert path.read_bytes() == text.encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_lone_surrogate_is_written_as_its_escape(tmp_path: Path) -> None:
    write(tmp_path / "entry.json", "a\ud800b")
    assert (tmp_path / "entry.json").read_bytes() == b"a\\ud800b"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_a_file_has_the_given_mode_whatever_its_mode_was(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "entry.json"
    path.write_text("old")
    path.chmod(0o666)
    atomic_file.write(path, "new", mode=mode)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("existed", [True, False])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize(
    ("owner", "name"), [(os, "fsync"), (Path, "chmod"), (Path, "replace")], ids=str
)
def test_an_interrupted_write_leaves_the_old_file_and_no_other(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: object,
    name: str,
    error: BaseException,
    existed: bool,
) -> None:
    path = tmp_path / "entry.json"
    if existed:
        path.write_text("old")

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(owner, name, broken)
    with pytest.raises(type(error)) as caught:
        write(path)
    monkeypatch.undo()

    assert caught.value is error
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == (
        [("entry.json", "old")] if existed else []
    )


def test_the_file_is_synced_under_its_old_name_and_the_directory_under_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "entry.json"
    path.write_text("old")
    synced: list[tuple[str, str]] = []
    fsync: Callable[[int], None] = os.fsync

    def recorded(handle: int) -> None:
        kind = "directory" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file"
        synced.append((kind, path.read_text()))
        if kind == "file":
            assert os.fstat(handle).st_size == len("new"), (
                "the content must be flushed before it is synced"
            )
        fsync(handle)

    monkeypatch.setattr(os, "fsync", recorded)
    write(path)
    assert synced == [("file", "old"), ("directory", "new")]


def test_a_directory_that_can_not_be_synced_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    atomic_file.sync_directory(tmp_path / "missing")

    def refuses(_: int) -> None:
        raise OSError("not supported")

    monkeypatch.setattr(os, "fsync", refuses)
    atomic_file.sync_directory(tmp_path)


def test_a_missing_directory_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "missing" / "entry.json")
