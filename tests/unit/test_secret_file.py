"""A file with a secret may be a pipe, and one that nobody writes to does not block the gate."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pytest_apismoke.configuration import secret_file
from pytest_apismoke.configuration.credentials import read_credentials
from pytest_apismoke.errors import SmokeError

SECRET = "c0rrect-h0rse-battery"


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_a_pipe_is_read_to_its_end(pipe: Path) -> None:
    writer = threading.Thread(target=pipe.write_text, args=(f"{SECRET}\n",))
    writer.start()
    environ = {"APISMOKE_USERNAME": "u", "APISMOKE_PASSWORD_FILE": str(pipe)}
    assert read_credentials(environ).password == SECRET
    writer.join()


def test_a_long_one_arrives_in_pieces(pipe: Path) -> None:
    writer = threading.Thread(target=pipe.write_text, args=("x" * 300_000,))
    writer.start()
    assert secret_file.read(pipe) == "x" * 300_000
    writer.join()


def test_one_that_nobody_writes_to_is_told(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = secret_file.read
    monkeypatch.setattr(secret_file, "read", lambda path: real(path, limit_s=0.05))
    environ = {"APISMOKE_USERNAME": "u", "APISMOKE_PASSWORD_FILE": str(pipe)}
    with pytest.raises(SmokeError) as caught:
        read_credentials(environ)
    assert str(caught.value) == (
        f"expected a readable file with the secret, seen {str(pipe)!r}: a pipe that was not written"
        " to and closed within 0.05 s\n"
        "  where: environment variable APISMOKE_PASSWORD_FILE\n"
        "  what to do: correct the path or its permissions"
    )


def test_a_pipe_that_stays_open_is_told(pipe: Path) -> None:
    opened = os.open(pipe, os.O_RDWR)
    os.write(opened, b"half of it")
    try:
        with pytest.raises(OSError, match="not written to and closed within"):
            secret_file.read(pipe, limit_s=0.05)
    finally:
        os.close(opened)
