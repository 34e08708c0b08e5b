"""A process that is ended by `os._exit` in the middle of a run must not end with a verdict's code.

A test can call it, and so does pytest-timeout's thread method; neither knows what its code means.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def ending_with(code: int, *, after: Callable[[], int]) -> Iterator[None]:
    """While inside, `os._exit` ends this process with our code; forked children keep their own.

    Args:
        code: the exit code where `after` fails.
        after: what has to be done before the process is gone, from whatever thread ends it;
            returns the exit code, which is never 0.

    """
    original, owner = os._exit, os.getpid()

    def guarded(status: int) -> NoReturn:
        if os.getpid() != owner:
            original(status)
        ours = code
        try:
            ours = after() or code
        finally:
            original(ours)

    os._exit = guarded
    try:
        yield
    finally:
        os._exit = original
