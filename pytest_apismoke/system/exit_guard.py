"""Give the process our exit code when something calls `os._exit` during a run.

A test may call it, and pytest-timeout's thread method does. Their exit codes would pass for a
verdict.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def ending_with(code: int, *, after: Callable[[], int]) -> Iterator[None]:
    """Makes `os._exit` end this process with our exit code; forked children keep theirs.

    Args:
        code: the exit code if `after` raises or returns 0.
        after: called before the process exits, in the thread that called `os._exit`; returns the
            exit code.

    """
    original, owner = os._exit, os.getpid()
    # `os` has it from there, and so may anything else.
    modules = (os, sys.modules[os.name if os.name == "nt" else "posix"])

    def guarded(status: int) -> NoReturn:
        if os.getpid() != owner:
            original(status)
        ours = code
        try:
            ours = after() or code
        finally:
            original(ours)

    for module in modules:
        module._exit = guarded  # type: ignore[attr-defined]  # a module like any other
    try:
        yield
    finally:
        for module in modules:
            module._exit = original  # type: ignore[attr-defined]  # as above
