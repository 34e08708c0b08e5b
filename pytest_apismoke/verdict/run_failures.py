"""The failures of a run as a whole, which no check can tell. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_apismoke.errors import Category, Failure, defect

#: How many reasons are told.
_FEW = 3


def arguments_refused(said: Iterable[object]) -> Failure:
    """Not by us: pytest or another plugin refused an argument after configuring."""
    return Failure(
        category=Category.USAGE,
        expected="arguments that pytest takes",
        seen="; ".join(map(str, said)),
        where="the command line",
        hint="correct them; a path must exist and hold tests",
    )


def defect_of(error: BaseException) -> Failure:
    """An exception that nobody foresaw."""
    return defect("the gate", seen=f"{type(error).__name__}: {error}", where="the gate")


def ended_by_force(left: Sequence[str] = ()) -> Failure:
    """Something called `os._exit` in the middle of the run.

    Args:
        left: the URLs of the documents that were left changed.

    """
    changed = f" while {', '.join(left)} may still hold what this run wrote" if left else ""
    return Failure(
        category=Category.INTERRUPTED,
        expected="the run to finish",
        seen=f"a call of os._exit{changed}",
        where="this run",
        hint="find out who called it: a test, or pytest-timeout because of one that took too long;"
        " with --timeout-method=signal it ends the test and not the run",
    )


def paths_without_tests() -> Failure:
    """Paths were given, and nothing of what lies there ran."""
    return Failure(
        category=Category.UNVERIFIED,
        expected="the given paths to hold tests for this run",
        seen="none that ran",
        where="the command line",
        hint="mark the tests as smoke (or as e2e, for the full run), or leave the paths out",
    )


def nothing_of(api: str, reasons: Sequence[str] = ()) -> Failure:
    """An API was asked for by name, and there is nothing to check of it.

    Args:
        api: its name.
        reasons: why its operations can't be asked for, where it is that of an API description.

    """
    if reasons:
        more = f" and {len(reasons) - _FEW} more" if len(reasons) > _FEW else ""
        return Failure(
            category=Category.UNVERIFIED,
            expected=f"a check of the API {api!r}, which was asked for",
            seen=f"no operation that can be asked for: {'; '.join(reasons[:_FEW])}{more}",
            where="--smoke-api",
            hint="give the parameters examples in the description, or declare checks in contracts/",
        )
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"a check of the API {api!r}, which was asked for",
        seen="none in this run",
        where="--smoke-api",
        hint="its checks may be of full runs only (smoke = false): leave out --smoke, or let one be"
        " of the smoke run",
    )


def not_written(path: Path, error: OSError) -> Failure:
    """The report could not be written."""
    return Failure(
        category=Category.USAGE,
        expected="to write the report",
        seen=error.strerror or str(error),
        where=str(path),
        hint="give --smoke-report a path that can be written; the verdict itself stands here",
    )
