"""Replace a file atomically: a reader, or a power cut, sees the old content or all of the new."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write(path: Path, text: str, *, mode: int) -> None:
    """Replaces the content of a file; the new content is synced to disk on return.

    Args:
        path: the file; its directory must exist.
        text: the new content, written as UTF-8.
        mode: the permission bits of the new file.

    Raises:
        OSError: when the file can't be written; the old one is then unchanged.

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
    """Syncs the names in a directory to disk, on systems that support it."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        # Windows can't open directories.
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
