"""Which machine a process runs on."""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

#: On Linux: a name that the kernel draws whenever the machine starts.
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def identity() -> str:
    """A text that processes share only if they run on one machine, and in one container of it.

    It tells machines apart that were copied from one image; no path or number of a file does.
    """
    boot_id = ""
    with suppress(OSError):
        boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
    return f"{socket.gethostname()} {boot_id}".strip()
