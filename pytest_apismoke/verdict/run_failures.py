"""Failures of the run as a whole, which belong to no check. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_apismoke.errors import Category, Failure, defect

#: The most reasons in one message.
_FEW = 3


def arguments_refused(messages: Iterable[object]) -> Failure:
    """pytest or another plugin refused an argument after configuring."""
    return Failure(
        category=Category.USAGE,
        expected="arguments that pytest takes",
        seen="; ".join(map(str, messages)),
        where="the command line",
        hint="correct them; a path must exist and contain tests",
    )


def defect_of(error: BaseException) -> Failure:
    """An unexpected exception."""
    return defect("the gate", seen=f"{type(error).__name__}: {error}", where="the gate")


def ended_by_force(left: Sequence[str] = ()) -> Failure:
    """`os._exit` was called in the middle of the run.

    Args:
        left: the URLs of the documents that were left changed.

    """
    changed = f" while {', '.join(left)} may still have what this run wrote" if left else ""
    return Failure(
        category=Category.INTERRUPTED,
        expected="the run to finish",
        seen=f"a call of os._exit{changed}",
        where="this run",
        hint="find the caller: a test, or pytest-timeout because of one that took too long;"
        " with --timeout-method=signal it ends the test and not the run",
    )


def did_not_end(place: str, wait_s: float, budget_s: float, left: Sequence[str] = ()) -> Failure:
    """The run hung.

    Args:
        place: where.
        wait_s: how long it may wait.
        budget_s: how long it may take afterwards.
        left: the URLs of the documents that were left changed.

    """
    changed = f" while {', '.join(left)} may still have what this run wrote" if left else ""
    return Failure(
        category=Category.BUDGET,
        expected=f"the run to end within {wait_s:g} s of waiting and a budget of {budget_s:g} s",
        seen=f"it was still in {place}{changed}",
        where="this run",
        hint="find out why that does not end (it is no request of the gate's, which all have a"
        " time limit), or allow more with --smoke-budget SECONDS",
    )


def without_verdict(target: str, code: int | None) -> Failure:
    """The process that checked one of several targets left no verdict; `code` is how it ended."""
    return defect(
        "the gate against this target",
        seen=f"an end with {code} and without a verdict",
        where=target,
    )


def ended_otherwise(target: str, code: int | None, verdict: int) -> Failure:
    """The process that checked one of several targets ended with another code than its verdict."""
    return defect(
        "the gate against this target",
        seen=f"an end with {code} after the verdict, whose exit code is {verdict}",
        where=target,
    )


def path_without_tests(path: str, seen: str, *, where: str) -> Failure:
    """A path gave this run no test that ran.

    Args:
        path: as it was given.
        seen: what lies below it instead.
        where: where it was given.

    """
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"a test below {path!r} that this run runs",
        seen=seen,
        where=where,
        hint="mark a test there as smoke (or as e2e, for full runs) and let it run, or leave the"
        " path out",
    )


def required_api(name: str, *, is_left_out: bool, where: str) -> Failure:
    """This run has no check of an API that the configuration requires.

    Args:
        name: of the API.
        is_left_out: whether the call leaves it out.
        where: the place in the configuration.

    """
    hint = "let a check of it belong to smoke runs (smoke = true), or remove required = true"
    if is_left_out:
        hint = f"add --smoke-api={name} to the call, or remove required = true"
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"a check of the API {name!r}, which is required",
        seen="a call that leaves it out" if is_left_out else "none that ran in this run",
        where=where,
        hint=hint,
    )


def nothing_of(api: str, reasons: Sequence[str] = ()) -> Failure:
    """An API was chosen by name, and this run has no check of it.

    Args:
        api: its name.
        reasons: why its operations can't be checked, if it is the API of an OpenAPI document.

    """
    if reasons:
        more = f" and {len(reasons) - _FEW} more" if len(reasons) > _FEW else ""
        return Failure(
            category=Category.UNVERIFIED,
            expected=f"a check of the API {api!r}, which was chosen",
            seen=f"no operation that can be checked: {'; '.join(reasons[:_FEW])}{more}",
            where="--smoke-api",
            hint="give the parameters examples in the OpenAPI document, or declare checks"
            " in contracts/",
        )
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"a check of the API {api!r}, which was chosen",
        seen="none that ran in this run",
        where="--smoke-api",
        hint="its checks may belong to full runs only (smoke = false): leave out --smoke, or set"
        " smoke = true for one of them",
    )


def not_written(path: Path, error: OSError, *, option: str) -> Failure:
    """A report could not be written; `option` is the one that asked for it."""
    return Failure(
        category=Category.USAGE,
        expected="to write the report",
        seen=error.strerror or str(error),
        where=str(path),
        hint=f"give {option} a path that can be written; the verdict itself is in this output",
    )
