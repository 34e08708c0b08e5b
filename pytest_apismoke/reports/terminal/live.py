"""The words of the lines that a run writes while it is running. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from pytest_apismoke.reports.terminal.folding import seconds, wrapped
from pytest_apismoke.reports.terminal.states import short_name
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.outcome import Outcome, Result

_TIMES = ("", "once", "twice", "three times", "four times", "five times")


def began(version: str, mode: str, target: str) -> str:
    """The first line of a run."""
    return f"apismoke {version}: {mode} run against {target}"


def not_ready(reason: str, path: str) -> str:
    """Why a target is waited for: what its readiness path answers."""
    is_status = reason[:3].isdigit()
    return f"not ready: GET {path}{' answers ' if is_status else ': '}{reason}"


def ready(reasons: Sequence[str], version: str | None) -> str:
    """How a target became ready: what it answered until then, and its version."""
    told = [f"{reason} {_times(len(list(several)))}" for reason, several in groupby(reasons)]
    words = f"{', '.join(told[-3:])}, then ok" if told else "ok"
    return f"{words}; version {version}" if version else words


def _times(count: int) -> str:
    return _TIMES[count] if count < len(_TIMES) else f"{count} times"


def login(failure: str) -> str:
    """How a login ended."""
    return f"FAILED: {failure}" if failure else "ok"


def no_answer(request: str, for_s: float, limit_s: float) -> str:
    """A request that is in flight for a while."""
    return f"login: {request}, no answer for {for_s:.0f} s ({limit_s:.0f} s at most)"


def asked_again(request: str, came: str, wait_s: float) -> str:
    """A request that is sent a second time, and when."""
    status = came.removeprefix("status ")
    answers = f" answers {status}" if status.isdecimal() else f": {came}"
    return f"{request}{answers}, asked again in {wait_s:.3g} s"


def failed(check: Outcome) -> str:
    """A check that has failed, and why."""
    name, why = short_name(check), Cause(number=1, checks=(check,)).summary
    for verb in ("fails", "breaks"):
        why = why.removeprefix(f"{name} {verb}: ")
    return f"{name} FAILED: {why}"


def finished(checks: Sequence[Outcome], noun: str = "check") -> str:
    """An API of which all checks have ended, and none has failed."""
    ran = [check for check in checks if check.outcome is not Result.SKIPPED]
    flaky = "flaky, " if any(check.flaky for check in checks) else ""
    return f"pass, {flaky}{len(ran)} {noun}{'' if len(ran) == 1 else 's'}"


def in_flight(done: int, planned: int, running: str) -> str:
    """How far the checks have come."""
    at = f", {running} is running" if running else ""
    return f"{done} of {planned} checks{at}" if planned else f"{done} checks{at}"


def in_log(text: str, after_s: float, *, width: int) -> list[str]:
    """Lines of a log: when it happened, and what."""
    return _behind(f"{after_s:6.1f} s  ", text, width)


def in_columns(
    label: str, text: str, took_s: float | None, *, label_width: int, edge: int
) -> list[str]:
    """Lines of a terminal: a label, what happened, and how long it took at the right edge."""
    head = f"  {label:<{label_width}}  "
    if took_s is None:
        return _behind(head, text, edge)
    time = seconds(took_s)
    first, *rest = _behind(head, text, edge - len(time) - 2)
    # A long word pushes it out of its column, and nothing is cut.
    return [f"{first}{time.rjust(max(edge - len(first), len(time) + 2))}", *rest]


def _behind(head: str, text: str, width: int) -> list[str]:
    first, *rest = wrapped(text, width - len(head)) or [""]
    return [f"{head}{first}", *(f"{' ' * len(head)}{one}" for one in rest)]
