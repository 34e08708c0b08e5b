"""Standard output that takes any text, and that nobody may be reading any more."""

from __future__ import annotations

import os
import sys


def write(text: str) -> None:
    """Writes a text; what the output's encoding does not have is written as an escape."""
    encoding = sys.stdout.encoding or "ascii"
    try:
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError:
        discard()


def discard() -> None:
    """Discards all output from now on: the reader has gone, which must not change the exit code."""
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
