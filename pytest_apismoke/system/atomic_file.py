"""Writes a file so that a reader, and a power cut, see the old one or the whole new one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write(path: Path, text: str, *, mode: int) -> None:
    """Replaces a file by one with this text, on disk before this returns.

    Args:
        path: the file; its directory exists.
        text: what it is to hold, written as UTF-8.
        mode: its permission bits.

    Raises:
        OSError: when it can't be written.

    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    sync_directory(path.parent)


def sync_directory(folder: Path) -> None:
    """Makes sure that a name that came or went is on disk, where directories can be synced."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        # Windows opens no directories.
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
