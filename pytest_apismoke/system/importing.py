"""Importing a gate's modules quickly, in a process of pytest."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_PACKAGE = __name__.partition(".")[0]


class _OwnModules:
    """Finds the modules of this package as Python does without pytest."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != _PACKAGE:
            return None
        return PathFinder.find_spec(fullname, path, target)


@contextmanager
def plainly() -> Iterator[None]:
    """Lets imports of this package be what they are without pytest, for the time of the block.

    pytest rewrites the assertions of plugins: for each module it reads the source too, and compares
    its hash; where Python may write no bytecode, it rewrites all of them in each run.
    """
    finder = _OwnModules()
    # In front of pytest's own finder.
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def quickly() -> Iterator[None]:
    """As `plainly`, and without the garbage collector, for a block that does little but import.

    It would look again and again through what an import makes, which stays.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with plainly():
            yield
    finally:
        if was_enabled:
            gc.enable()
