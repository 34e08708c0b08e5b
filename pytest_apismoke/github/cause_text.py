"""Causes, APIs and times in Markdown, as an issue and a comment have them. Pure.

Everything that a target said is escaped, or stands in code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timezone

from pytest_apismoke.github.markers import moment
from pytest_apismoke.github.reported import ReportedApi, ReportedRun
from pytest_apismoke.github.reported_causes import ReportedCause
from pytest_apismoke.github.surroundings import Place
from pytest_apismoke.reports.markdown_text import (
    code_block,
    code_span,
    details,
    escape,
    link,
    table,
)
from pytest_apismoke.verdict.exit_codes import Judgement

#: The longest text that is written, in characters. GitHub refuses more than 65,536; what is left is
#: for the lines at the end, and for a beginning that gets longer while the evidence stays.
LONGEST = 56_000
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CAUTION = "> [!CAUTION]\n> "


def headline(run: ReportedRun) -> str:
    """The verdict with its reason, and the exit code."""
    return f"**{escape(run.headline)}** · exit code {run.exit_code}"


def left_changed(run: ReportedRun) -> str:
    """What to do about a target that was left changed; empty for one that was not."""
    if run.verdict is not Judgement.DIRTY:
        return ""
    told = f": {code_span(run.repair)}" if run.repair else ""
    states = [f"> {escape(f'{what}: {state}')}" for what, state in run.written]
    return "\n".join([f"{_CAUTION}**The target was left changed. Put it back{told}**", *states])


def apis(run: ReportedRun) -> str:
    """The APIs that did not pass with their first failed stage, and those that did."""
    numbers = _numbers(run.causes)
    bad = [api for api in run.apis if api.verdict is not Judgement.PASS]
    groups: dict[str, list[str]] = {}
    for api in bad:
        stage = _stage_of(api, run.causes)
        number = numbers.get(api.name)
        told = " ".join(filter(None, [stage or api.verdict.value, f"({number})" if number else ""]))
        groups.setdefault(told, []).append(api.name)
    failed = " · ".join(escape(f"{', '.join(names)}: {told}") for told, names in groups.items())
    passed = ", ".join(
        f"{escape(api.name)}{' (flaky)' if api.is_flaky else ''}"
        for api in run.apis
        if api.verdict is Judgement.PASS
    )
    return table(["not passed", "passed"], [[failed or "none", passed or "none"]])


def _numbers(causes: Sequence[ReportedCause]) -> dict[str, int]:
    """The number of the first cause that each API failed of."""
    numbers: dict[str, int] = {}
    for number, cause in enumerate(causes, start=1):
        for api, _ in cause.failed:
            numbers.setdefault(api, number)
    return numbers


def _stage_of(api: ReportedApi, causes: Sequence[ReportedCause]) -> str:
    """The stage that failed; of users' tests, which have one stage, the names."""
    if api.name != "tests":
        return api.failed_stage
    names = [name for cause in causes for owner, name in cause.failed if owner == api.name]
    return ", ".join(names) or api.failed_stage


def cause(number: int, told: ReportedCause) -> str:
    """One cause with its evidence."""
    rows = [
        ("expected", escape(told.expected)),
        ("got", escape(told.got)),
        ("where", code_span(told.where) if told.where else ""),
        ("to do", f"**{escape(told.hint)}**" if told.hint else ""),
        ("request id", code_span(told.request_id) if told.request_id else ""),
        ("failed", escape(stages(told.failed))),
        ("not run", escape(stages(told.not_run))),
    ]
    parts = [
        f"#### {number}. {escape(told.summary)}",
        table(["", ""], [row for row in rows if row[1]]),
    ]
    if told.answer:
        parts.append(details("The answer", code_block(told.answer, _language(told.answer))))
    if told.curl:
        parts.append(code_block(told.curl, "sh"))
    return "\n\n".join(parts)


def stages(pairs: Iterable[tuple[str, str]]) -> str:
    """APIs with their stages: `settings: save, persist; calendar: state`."""
    by_api: dict[str, list[str]] = {}
    for api, stage in pairs:
        by_api.setdefault(api, []).append(stage)
    return "; ".join(f"{api}: {', '.join(names)}" for api, names in by_api.items())


def _language(answer: str) -> str:
    return "json" if answer.lstrip()[:1] in ("{", "[") else ""


def within(parts: Sequence[str], longest: int, *, nothing_left_out: str = "") -> str:
    """As many whole parts as there is room for, and how many are left out.

    A part is never cut: half a block of code would take in what follows it.
    """
    kept: list[str] = []
    length = 0
    for part in parts:
        length += len(part) + 2
        if length > longest:
            left = len(parts) - len(kept)
            kept.append(f"*Left out for want of room: {left} more; the report has all of them.*")
            return "\n\n".join(kept)
        kept.append(part)
    return "\n\n".join([*kept, nothing_left_out] if nothing_left_out else kept)


def time_of(text: str) -> str:
    """A time in UTC as people write it; the text itself, where it is none."""
    found = moment(text)
    if found is None:
        return escape(text)
    at = found.astimezone(timezone.utc)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def duration(seconds: float) -> str:
    """A duration as people write it."""
    return f"{round(seconds * 1000)} ms" if seconds < 1 else f"{seconds:.1f} s"


def log(place: Place) -> str:
    """A link to the log of the pipeline; empty where it is unknown."""
    return link("log", place.log_url) if place.log_url else ""
