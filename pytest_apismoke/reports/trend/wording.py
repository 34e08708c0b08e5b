"""The words for a trend, which are the same on the terminal and on the page. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pytest_apismoke.history.deploy import DIFFERENCE_S, RATIO, Deploy, SlowerCheck
from pytest_apismoke.history.flakiness import FlakyCheck
from pytest_apismoke.history.latency import ENOUGH_FOR_P95
from pytest_apismoke.history.stages import StageLatency
from pytest_apismoke.history.trend import Trend
from pytest_apismoke.verdict.exit_codes import Judgement

#: A sign for each verdict, for rows of many runs.
SIGNS = {
    Judgement.PASS: ".",
    Judgement.FAIL: "F",
    Judgement.INCONCLUSIVE: "I",
    Judgement.MISCONFIGURED: "M",
    Judgement.DIRTY: "D",
}
#: Said below the latencies where a figure is missing.
WITHOUT_P95 = f"p95 is the 95th percentile; fewer than {ENOUGH_FOR_P95} values have none"
_ROUND_S = 0.9995
#: Of fewer runs a median says little.
_FEW_RUNS = 5


def seconds(duration_s: float) -> str:
    """A duration as people read it: 812 ms, 6.2 s."""
    if duration_s < _ROUND_S:
        return f"{duration_s * 1000:.0f} ms"
    return f"{duration_s:.1f} s"


def counted(number: int, noun: str) -> str:
    """A number and its noun: 1 run, 2 runs."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def verdict_word(verdict: Judgement) -> str:
    """The verdict in capitals unless all is well, as in every report."""
    return str(verdict) if verdict is Judgement.PASS else str(verdict).upper()


def moment(when: datetime, *, with_weekday: bool = False) -> str:
    """A moment to the minute; it is in UTC."""
    # Not strftime's %a, which speaks the language of the machine.
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[when.weekday()]
    text = when.strftime("%Y-%m-%d %H:%M")
    return f"{day} {text}" if with_weekday else text


def name(trend: Trend) -> str:
    """The target, and the mode of the runs."""
    return f"{trend.target}, {trend.mode}"


def headline(trend: Trend) -> str:
    """What the latest run says, and since when."""
    return f"{name(trend)}: {trend.latest.verdict.value.upper()} {since(trend)}"


def since(trend: Trend) -> str:
    """How many runs have the verdict of the latest."""
    number = len(trend.runs)
    if trend.streak == number:
        return "in the one run" if number == 1 else f"in all {number} runs"
    if trend.streak == 1:
        return f"in the latest of {number} runs"
    return f"in the latest {trend.streak} of {number} runs"


def period(trend: Trend) -> str:
    """When the runs were."""
    ends = (trend.runs[0], trend.latest)
    moments = dict.fromkeys(moment(run.started_at, with_weekday=True) for run in ends)
    return f"{' to '.join(moments)} UTC"


def few_runs(trend: Trend) -> str:
    """What is said where the runs are too few for figures; empty where they are not."""
    if len(trend.runs) >= _FEW_RUNS:
        return ""
    return f"{counted(len(trend.runs), 'run')} only: figures of so few say little"


def verdicts(trend: Trend, *, with_signs: bool = False) -> str:
    """How often each verdict was reached; `with_signs` adds the one that it has in a row."""
    return ", ".join(
        f"{number} {one.value}" + (f" ({SIGNS[one]})" if with_signs else "")
        for one, number in trend.verdicts
    )


def stage_name(row: StageLatency) -> str:
    """The stage of a row, or how many checks it is of."""
    return row.stage or counted(row.checks, "check")


def compared(deploy: Deploy) -> str:
    """Which runs were compared."""
    versions = ", ".join(deploy.before)
    return (
        f"version {deploy.version} ({counted(deploy.runs, 'run')}),"
        f" compared with {versions} ({counted(deploy.before_runs, 'run')})"
    )


def slower(check: SlowerCheck) -> str:
    """How much slower a check became."""
    times = f", {check.ratio:.1f} times" if check.before_s else ""
    return f"{seconds(check.before_s)} before, {seconds(check.now_s)} now{times}"


def judged(deploy: Deploy) -> Iterator[str]:
    """What the comparison came to, in sentences."""
    certain = sum(one.is_certain for one in deploy.slower)
    if not deploy.compared:
        yield "no check passed at both, so nothing could be compared"
        return
    if deploy.is_general:
        yield "most checks are slower: look at the target as a whole, and at the way to it"
    if not certain:
        yield f"no check is certainly slower; {counted(deploy.compared, 'check')} compared"
    if deploy.tellable < deploy.compared:
        yield (
            f"too few runs to tell {'one' if deploy.tellable else 'any'} slow check from noise:"
            f" {deploy.needed_runs} of each version are enough"
        )
    yield (
        f"slower is: the median {RATIO} times and {seconds(DIFFERENCE_S)} more at least, and a"
        " rank test that noise does not pass"
    )


def not_compared(trend: Trend) -> str:
    """Why no two versions could be compared."""
    versions = {run.version for run in trend.runs if run.version}
    if not versions:
        return (
            "no run names a version of the target, so no deploy can be seen; with"
            " --target-version, or a profile that says where the version is, runs do"
        )
    return f"all runs that name a version are of {versions.pop()}: there was no deploy"


def flaky(check: FlakyCheck) -> str:
    """In what way a check is flaky."""
    ways = []
    if check.asked_again:
        ways.append(f"asked again in {check.asked_again} of {counted(check.runs, 'run')}")
    if check.turns:
        at = ", ".join(version or "unknown" for version in check.versions)
        ways.append(
            f"passed and failed in turns at version {at}:"
            f" failed {counted(check.failed, 'time')}, {check.turns} changes"
        )
    return "; ".join(ways)
