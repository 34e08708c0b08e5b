"""A process that is ended by `os._exit` in the middle of a run must not end with a verdict's code.

A test can call it, and so does pytest-timeout's thread method; neither knows what its code means.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def ending_with(code: int) -> Iterator[None]:
    """While inside, `os._exit` ends this process with `code`; forked children keep their own."""
    original, owner = os._exit, os.getpid()

    def guarded(status: int) -> NoReturn:
        original(code if os.getpid() == owner else status)

    os._exit = guarded
    try:
        yield
    finally:
        os._exit = original
