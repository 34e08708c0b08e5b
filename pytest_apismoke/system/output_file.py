"""Write where a user said: a file is replaced atomically, a device or a pipe is written to.

A device that is replaced by a regular file, as root can do, is gone for the whole machine.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from collections.abc import Callable
from pathlib import Path

from pytest_apismoke.system import atomic_file

#: Standard output, as a path.
STDOUT = Path("-")
#: How long a pipe may have nobody who reads from it.
_PATIENCE_S = 5.0
_MOMENT_S = 0.05
#: What is in these is no file of anybody's; /dev/shm has files.
_OF_SYSTEM = ("/proc/", "/sys/")
_DEVICES = "/dev"


def is_stdout(path: Path) -> bool:
    """Whether a path is standard output: as `-`, or as another name or a link to it."""
    if path == STDOUT:
        return True
    try:
        there, ours = path.stat(), os.fstat(1)
    except (OSError, ValueError):
        return False
    # The null device has one place for everybody, and no order.
    is_null = stat.S_ISCHR(there.st_mode) and os.path.realpath(path) == os.devnull
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino) and not is_null


def is_plain(path: Path) -> bool:
    """Whether writing replaces, or makes, a regular file."""
    try:
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        is_regular = True
    # /dev/fd/5 may lead to a regular file, which whoever opened it looks into.
    folder = os.path.realpath(path.parent)
    return is_regular and folder != _DEVICES and not f"{folder}/".startswith(_OF_SYSTEM)


def write(path: Path, text: str, *, mode: int, sleep: Callable[[float], None] = time.sleep) -> None:
    """Writes a text; a link is followed, and folders that are missing are made.

    Args:
        path: a file, a device or a pipe.
        text: the new content of a file, or what to send to the others.
        mode: the permission bits of a new file.
        sleep: waits for somebody who reads from a pipe.

    Raises:
        OSError: when it can't be written; a file is then unchanged.

    """
    if is_plain(path):
        file = Path(os.path.realpath(path))
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic_file.write(file, text, mode=mode)
        return
    if stat.S_ISBLK(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is a disk", str(path))
    handle = _opened(path, sleep)
    try:
        _send(handle, text.encode("utf-8", "backslashreplace"), path)
    finally:
        os.close(handle)


def _opened(path: Path, sleep: Callable[[float], None]) -> int:
    """A descriptor that writes; of a pipe once there is somebody who reads."""
    is_pipe = stat.S_ISFIFO(path.stat().st_mode)
    for left in range(int(_PATIENCE_S / _MOMENT_S), -1, -1):
        try:
            return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            if error.errno != errno.ENXIO or not is_pipe:
                raise
            if left:
                sleep(_MOMENT_S)
    raise OSError(errno.ENXIO, "no process reads from the pipe", str(path))


def _send(handle: int, data: bytes, path: Path) -> None:
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(handle, rest) :]
        except BlockingIOError:
            _, writable, _ = select.select([], [handle], [], _PATIENCE_S)
            if not writable:
                words = "the reader of the pipe has stopped"
                raise OSError(errno.ETIMEDOUT, words, str(path)) from None
