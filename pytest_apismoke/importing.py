"""Importing a gate's modules quickly, in a process of pytest."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

_BELOW = f"{__name__.partition('.')[0]}."


@cache
def _finder(folder: str) -> FileFinder:
    # This package has no extension modules, for which Python would look first.
    return FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))


class _OwnModules:
    """Finds the modules of this package as Python does without pytest, where they are files."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.startswith(_BELOW) and path is not None:
            for folder in path:
                spec = _finder(folder).find_spec(fullname, target)
                # Without a loader it is a folder whose __init__ is no source, which Python finds.
                if spec is not None and spec.loader is not None:
                    return spec
        return None


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
