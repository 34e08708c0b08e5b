"""What a user names is written to, and never replaced by something else."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from pytest_apismoke.system import output_file
from pytest_apismoke.system.output_file import STDOUT, is_plain, is_stdout


def never(_: float) -> None:
    raise AssertionError("waited")


def write(path: Path, text: str = "new") -> None:
    output_file.write(path, text, mode=0o644, sleep=never)


def test_a_file_is_replaced_and_a_missing_folder_made(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "a.json"
    write(path, "old")
    inode = path.stat().st_ino
    write(path)
    assert (path.read_text(), path.stat().st_ino == inode) == ("new", False)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_is_followed(is_there: bool, tmp_path: Path) -> None:
    file, link = tmp_path / "kept" / "latest.json", tmp_path / "report.json"
    if is_there:
        file.parent.mkdir()
        file.write_text("old")
    link.symlink_to(file)
    write(link)
    assert (link.is_symlink(), file.read_text()) == (True, "new")


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    link = tmp_path / "report.json"
    link.symlink_to(os.devnull)
    before = Path(os.devnull).stat()
    for path in (Path(os.devnull), link):
        write(path)
    after = Path(os.devnull).stat()
    assert (stat.S_ISCHR(after.st_mode), after.st_ino) == (True, before.st_ino)
    assert link.is_symlink()


def test_a_pipe_is_written_to_however_much_it_takes(tmp_path: Path) -> None:
    pipe, text, read = tmp_path / "pipe", "x" * 300_000, []
    os.mkfifo(pipe)
    handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(handle, True)
    reader = threading.Thread(target=lambda: read.append(Path(f"/dev/fd/{handle}").read_text()))
    writer = threading.Thread(target=write, args=(pipe, text))
    writer.start()
    reader.start()
    writer.join()
    reader.join()
    os.close(handle)
    assert (read, stat.S_ISFIFO(pipe.stat().st_mode)) == ([text], True)


def test_a_pipe_that_nobody_reads_from_is_waited_for_and_told(tmp_path: Path) -> None:
    slept: list[float] = []
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no process reads from the pipe"):
        output_file.write(tmp_path / "pipe", "new", mode=0o644, sleep=slept.append)
    assert sum(slept) == pytest.approx(5.0)


def test_an_open_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    with (tmp_path / "log.txt").open("w") as file:
        file.write("before, ")
        file.flush()
        write(Path(f"/dev/fd/{file.fileno()}"))
        assert (tmp_path / "log.txt").stat().st_ino == os.fstat(file.fileno()).st_ino
    assert (tmp_path / "log.txt").read_text() == "before, new"


@pytest.mark.usefixtures("capfd")
def test_standard_output_has_several_names(tmp_path: Path) -> None:
    """Also as a link, and where it leads to a file, as here."""
    link = tmp_path / "report.json"
    link.symlink_to("/dev/stdout")
    assert all(is_stdout(path) for path in (STDOUT, Path("/dev/stdout"), Path("/dev/fd/1"), link))
    assert not any(map(is_stdout, (tmp_path / "-", tmp_path, Path(os.devnull))))


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("report.json", True),
        ("../dev.json", True),
        (os.devnull, False),
        ("/dev/fd/1", False),
        ("/dev/shm/a.json", True),  # noqa: S108  # it is only looked at
        ("/dev/nul", False),
    ],
)
def test_what_is_in_dev_is_never_replaced(path: str, plain: bool, tmp_path: Path) -> None:
    assert is_plain(tmp_path / path) is plain
