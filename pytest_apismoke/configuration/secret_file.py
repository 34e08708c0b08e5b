"""Reads a file with a secret, which may be a pipe: one that nobody writes to is waited for briefly.

A shell gives such a pipe for `<(...)`, and opening one that has no writer would block forever.
"""

from __future__ import annotations

import os
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

#: How long whoever writes to the pipe may take, in seconds.
_WRITER_LIMIT_S = 5.0
_LOOK_EVERY_S = 0.02
_CHUNK_BYTES = 65536


def read(
    path: Path,
    *,
    limit_s: float = _WRITER_LIMIT_S,
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """The content of a file.

    Args:
        path: of the file.
        limit_s: for how many seconds a pipe is waited for.
        sleep: waits for some seconds.

    Raises:
        OSError: when it can't be read.
        UnicodeDecodeError: when it is not text in UTF-8.

    """
    if not stat.S_ISFIFO(path.stat().st_mode):
        return path.read_text(encoding="utf-8")
    ends_at, content = time.monotonic() + limit_s, b""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while (left_s := ends_at - time.monotonic()) > 0:
            select.select([handle], [], [], left_s)
            try:
                piece = os.read(handle, _CHUNK_BYTES)
            except BlockingIOError:
                continue
            content += piece
            if not piece and content:
                return content.decode("utf-8")
            if not piece:
                # Nobody has opened it for writing yet.
                sleep(_LOOK_EVERY_S)
    finally:
        os.close(handle)
    raise OSError(None, f"a pipe that was not written to and closed within {limit_s:g} s")
