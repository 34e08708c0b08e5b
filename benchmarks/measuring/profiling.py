"""Where the CPU of a run goes: what is left above the file by hand, by function.

The CPU time of a stack counts for the deepest function of the gate that is being called; where
there is none, for the library that is running; and while something is imported, for the module
that is being executed.
"""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from measuring import sampler
from measuring.processes import Command

_PACKAGE = "pytest_apismoke"
_FRAME = re.compile(r"(?P<function>.*) \((?P<file>.*)\)")
_MODULE = "<module>"
_IMPORTING = "<frozen importlib."


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What one function takes in the gate and by hand, in milliseconds of a run."""

    name: str
    gate_ms: float
    by_hand_ms: float

    @property
    def above_ms(self) -> float:
        """How much more the gate takes."""
        return self.gate_ms - self.by_hand_ms


def sampled(command: Command, into: Path) -> Command:
    """A command of the form `python -m MODULE ...`, with its samples written into a folder."""
    python, _, *arguments = command.arguments
    return replace(command, arguments=(python, sampler.__file__, str(into), *arguments))


def samples(folder: Path) -> list[Mapping[str, float]]:
    """Milliseconds of each owner in each of the runs that have written into a folder."""
    return [by_owner_ms(file.read_text("utf-8").splitlines()) for file in folder.iterdir()]


def by_owner_ms(lines: Iterable[str]) -> Mapping[str, float]:
    """Milliseconds of each owner, from the lines of one run."""
    taken_ms: defaultdict[str, float] = defaultdict(float)
    for line in lines:
        stack, _, milliseconds = line.rpartition(" ")
        taken_ms[owner(stack.split(";"))] += float(milliseconds)
    return taken_ms


def owner(stack: Sequence[str]) -> str:
    """Whose time that of a stack is.

    Args:
        stack: the frames, the outermost first: `function (file)`.

    """
    if stack[0] == sampler.OTHER_THREADS:
        return sampler.OTHER_THREADS
    frames = [found.groupdict() for frame in stack if (found := _FRAME.fullmatch(frame))]
    if any(frame["file"].startswith(_IMPORTING) for frame in frames):
        # What dataclasses write for a class counts for the module that has the class.
        modules = [
            frame["file"]
            for frame in frames
            if frame["function"] == _MODULE and not frame["file"].startswith("<")
        ]
        return f"import of {_package(modules[-1])}"
    ours = [frame for frame in frames if frame["file"].startswith(f"{_PACKAGE}/")]
    if ours:
        return f"{_module(ours[-1]['file'])}: {ours[-1]['function']}"
    return _package(frames[-1]["file"])


def left(gate: Sequence[Mapping[str, float]], by_hand: Sequence[Mapping[str, float]]) -> list[Left]:
    """Every owner, what the gate takes most above the other first; means of the runs."""
    names = {name for run in (*gate, *by_hand) for name in run}
    rows = [
        Left(name=name, gate_ms=_mean_ms(gate, name), by_hand_ms=_mean_ms(by_hand, name))
        for name in names
    ]
    return sorted(rows, key=lambda row: (-row.above_ms, row.name))


def by_room(rows: Iterable[Left]) -> list[Left]:
    """The same by room of the gate; imports, and libraries, are one row each."""
    rooms: defaultdict[str, list[Left]] = defaultdict(list)
    for row in rows:
        rooms[_room(row.name)].append(row)
    summed = [
        Left(
            name=name,
            gate_ms=sum(row.gate_ms for row in members),
            by_hand_ms=sum(row.by_hand_ms for row in members),
        )
        for name, members in rooms.items()
    ]
    return sorted(summed, key=lambda row: (-row.above_ms, row.name))


def _room(name: str) -> str:
    if name.startswith(f"import of {_PACKAGE}"):
        return "imports of the gate's own modules"
    if name.startswith("import of "):
        return "other imports"
    if ": " in name:
        return name.partition(":")[0].partition("/")[0]
    return name if name == sampler.OTHER_THREADS else "pytest and other libraries"


def _mean_ms(runs: Sequence[Mapping[str, float]], name: str) -> float:
    return statistics.fmean(run.get(name, 0.0) for run in runs)


def _module(file: str) -> str:
    """`http/wire` of `pytest_apismoke/http/wire.py`."""
    return file.removeprefix(f"{_PACKAGE}/").removesuffix(".py")


def _package(file: str) -> str:
    """The library that a file belongs to; of the gate, the room."""
    first, _, rest = file.partition("/")
    if first == _PACKAGE:
        return f"{_PACKAGE}/{_module(rest).partition('/')[0]}"
    # pytest's own modules are in `_pytest`.
    return first.removesuffix(".py").removeprefix("_")
