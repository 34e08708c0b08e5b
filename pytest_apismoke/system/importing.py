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
def quickly() -> Iterator[None]:
    """Lets imports of this package be what they are without pytest, for the time of the block.

    pytest rewrites the assertions of plugins: for each module it reads the source too, and compares
    its hash. And the garbage collector looks again and again through what an import makes, which
    stays. Both together take a third of the time.
    """
    was_enabled, finder = gc.isenabled(), _OwnModules()
    gc.disable()
    # In front of pytest's own finder.
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        if was_enabled:
            gc.enable()
