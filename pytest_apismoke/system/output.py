"""Standard streams that take any text, and that may be closed or that nobody reads any more.

How a run is started must not change how it ends: a deploy script may close standard output, and
the reader of a pipe may go away in the middle of a run.
"""

from __future__ import annotations

import io
import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

#: The streams by their file descriptors, each with how it is opened.
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
#: For how long one wait for a reader lasts.
_READER_LIMIT_S = 1.0


def secure() -> None:
    """Opens the standard streams that are closed, and lets the others outlive their readers.

    A closed one would also be a descriptor that the next file to be opened gets, and that file
    would take what other code writes to standard output.
    """
    for number, (name, mode) in enumerate(_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            _discard(number)
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        elif number:
            setattr(sys, name, _kept(number, getattr(sys, name)))


class _Kept(io.FileIO):
    """A stream that discards everything from the first error on: the reader has gone, say."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Writes everything; where nothing can be written any more, discards it."""
        left = memoryview(data).cast("B")
        length = left.nbytes
        try:
            while left:
                written = super().write(left)
                if written is None:
                    # A pipe that some other process has made non-blocking, and that is full.
                    select.select([], [self], [], _READER_LIMIT_S)
                left = left[written or 0 :]
        except OSError:
            _discard(self.fileno())
        return length


def _kept(number: int, stream: object) -> object:
    """The stream of a file descriptor as one that is kept; any other stream as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = getattr(stream.buffer, "raw", stream.buffer)
    # Not that of a console of Windows, nor what somebody has put in its place.
    if type(raw) is not io.FileIO or raw.closed or raw.fileno() != number:
        return stream
    try:
        stream.flush()
    except OSError:
        _discard(number)
    ours = _Kept(number, "wb", closefd=False)
    return io.TextIOWrapper(
        # As Python itself does with -u.
        ours if stream.buffer is raw else io.BufferedWriter(ours),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


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
    for number in (1, 2):
        _discard(number)


def _discard(number: int) -> None:
    """Makes a file descriptor one that takes everything and gives nothing."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    if nowhere != number:
        os.dup2(nowhere, number)
        os.close(nowhere)
