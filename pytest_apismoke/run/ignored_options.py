"""Options of pytest and its plugins on which the exit code of a run would depend: switched off."""

from __future__ import annotations

from argparse import Namespace

from pytest_apismoke.records import dataclass

_EVERY_API = "the exit code needs the result of every API"
_DEBUGGER = "it would wait between a write and its restoring (breakpoint() in a test still works)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ignored:
    """An option, the attributes that it sets, and why a run does without it."""

    option: str
    attributes: tuple[str, ...]
    why: str


_IGNORED = (
    _Ignored(
        option="--stepwise",
        attributes=("stepwise", "stepwise_skip", "stepwise_reset"),
        why=_EVERY_API,
    ),
    _Ignored(option="--pdb", attributes=("usepdb",), why=_DEBUGGER),
    _Ignored(option="--trace", attributes=("trace",), why=_DEBUGGER),
    # pytest-forked: every check would run in a process that knows nothing of the others.
    _Ignored(
        option="--forked", attributes=("forked",), why="the checks of a run share one process"
    ),
)


def switch_off(options: Namespace) -> list[str]:
    """Switches off what a run ignores; returns the note on each that was given.

    Args:
        options: pytest's, as parsed, before any plugin is configured by them.

    """
    given = [one for one in _IGNORED if any(getattr(options, n, False) for n in one.attributes)]
    for one in given:
        for name in one.attributes:
            setattr(options, name, False)
    return [f"{one.option} is ignored: {one.why}" for one in given]
