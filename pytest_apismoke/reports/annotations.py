"""Renders a verdict as annotations of GitHub: one for each cause, the headline first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.causes import Cause, word_of_verdict
from pytest_apismoke.verdict.outcome import Outcome

#: GitHub shows no more of one kind for a step.
MOST = 10
#: The longest text and title, in characters; what GitHub shows of one is about as long.
_TEXT_CHARS, _TITLE_CHARS = 1200, 200
#: A place in a file as messages name it: `apismoke.toml, line 7`, `tests/test_a.py:7`.
_PLACE = late_pattern(r"(?P<file>[^:#,]+?)(?:(?:, line |:)(?P<line>\d+))?(?=$|[:#,])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One annotation.

    Attributes:
        level: `error` or `warning`.
        title: its first line.
        text: the rest.
        file: of the repository, in which the cause lies; empty for none.
        line: in it; empty where it is unknown.

    """

    level: str
    title: str
    text: str
    file: str = ""
    line: str = ""


def annotations_of(report: Report, is_file: Callable[[str], bool]) -> tuple[Annotation, ...]:
    """The annotations for a report: its causes, then what passed only when asked again.

    Args:
        report: what to tell.
        is_file: whether a relative path is a file of the repository.

    """
    causes = list(report.causes)
    # As in the headline: what was left changed outranks what broke first.
    causes.sort(key=lambda cause: not cause.first.dirty)
    told = [_of_cause(report, cause, is_file) for cause in causes[:MOST]]
    if causes:
        first, verdict = told[0], word_of_verdict(report.verdict)
        told[0] = _with_title(first, f"{verdict}: {causes[0].summary}")
    if len(causes) > MOST:
        told[-1] = _of_the_rest(causes[MOST - 1 :])
    return (*told, *islice(_of_flaky(report), MOST - len(told)))


def _of_cause(report: Report, cause: Cause, is_file: Callable[[str], bool]) -> Annotation:
    first = cause.first
    if first.violations:
        more = len(first.violations) - 1
        rest = f"; and {more} more place{'' if more == 1 else 's'}" if more else ""
        seen = f"{first.violations[0]}{rest}"
    else:
        seen = f"expected {first.expected}, got {first.seen}"
    request_id = cause.exchange.request_id if cause.exchange else None
    count = len(cause.not_run)
    parts = (
        seen,
        f"Where: {first.where}" if first.where else "",
        f"To do: {first.hint}" if first.hint else "",
        f"Request id {request_id}" if request_id else "",
        f"{count} check{'' if count == 1 else 's'} not run because of it" if count else "",
        f"Put the target back: {report.facts.repair}"
        if first.dirty and report.facts.repair
        else "",
    )
    file, line = _place_of(report, first, is_file)
    return Annotation(
        level="error",
        title=_cut(cause.summary, _TITLE_CHARS),
        text=_cut(". ".join(part.rstrip(".") for part in parts if part) + ".", _TEXT_CHARS),
        file=file,
        line=line,
    )


def _with_title(annotation: Annotation, title: str) -> Annotation:
    return Annotation(
        level=annotation.level,
        title=_cut(title, _TITLE_CHARS),
        text=annotation.text,
        file=annotation.file,
        line=annotation.line,
    )


def _of_the_rest(causes: list[Cause]) -> Annotation:
    names = "; ".join(cause.summary for cause in causes)
    return Annotation(
        level="error",
        title=f"and {len(causes)} more causes",
        text=_cut(f"{names}.", _TEXT_CHARS),
    )


def _of_flaky(report: Report) -> Iterator[Annotation]:
    for check in report.verdict.checks:
        if check.flaky:
            times = "once" if check.retries == 1 else f"{check.retries} times"
            first = next((one for one in check.exchanges if one.status != 200), None)  # OK
            seen = f"{first.status} first, " if first and first.status else ""
            yield Annotation(
                level="warning",
                title=_cut(f"flaky: {check.name}", _TITLE_CHARS),
                text=f"{seen}asked again {times}, then it passed.",
            )


def _place_of(report: Report, check: Outcome, is_file: Callable[[str], bool]) -> tuple[str, str]:
    """The file of the repository in which a failure lies, and the line in it, if it is known."""
    contracts = [one.schema_location.partition("#")[0] for one in check.violations]
    excerpt, lines = check.excerpt, report.facts.contract_lines
    if excerpt and is_file(excerpt.file):
        return excerpt.file, str(excerpt.line)
    for file, one in zip(contracts, check.violations, strict=True):
        if is_file(file) and (line := lines.get(one.schema_location)):
            return file, str(line)
    for text in (*contracts, check.where, check.name):
        found = _PLACE.match(text)
        if found and is_file(found["file"]):
            return found["file"], found["line"] or ""
    return "", ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
