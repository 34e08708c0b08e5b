"""The comment on a pull request: one for each target, written anew by each run. Pure."""

from __future__ import annotations

from pytest_apismoke.github import cause_text
from pytest_apismoke.github.markers import Last, digest_of, last_line, marker
from pytest_apismoke.github.reported import ReportedRun
from pytest_apismoke.github.reported_causes import ReportedCause
from pytest_apismoke.github.surroundings import Place
from pytest_apismoke.reports.markdown_text import code_block, code_span, details, escape
from pytest_apismoke.verdict.exit_codes import Judgement

_MEANING = {
    Judgement.INCONCLUSIVE: "The gate could not verify the target: this says nothing about it.",
    Judgement.MISCONFIGURED: "The gate was misconfigured and verified nothing.",
}


def remembered(run: ReportedRun, place: Place) -> Last:
    """What a comment remembers of a run."""
    return Last(
        verdict=run.verdict.value,
        at=run.started_at,
        run=run.run_id,
        version=run.version,
        commit=place.commit,
        summary=run.summary,
        causes=digest_of(run),
    )


def body(run: ReportedRun, place: Place, *, target: str, before: Last) -> str:
    """The text of the comment; `before` is what the last one said."""
    parts = [cause_text.headline(run), _MEANING.get(run.verdict, ""), cause_text.left_changed(run)]
    if run.verdict is not Judgement.PASS:
        parts += [cause_text.apis(run), *_causes(run)]
    hidden = [marker(target), last_line(remembered(run, place))]
    told = cause_text.within(list(filter(None, parts)), cause_text.LONGEST - 4000)
    return "\n".join([*hidden, told, "", _foot(run, place, before)])


def _causes(run: ReportedRun) -> list[str]:
    told = [f"{number}. {_cause(one)}" for number, one in enumerate(run.causes, start=1)]
    # A list is one part for each of its items: as many as there is room for.
    lines = [one.curl for one in run.causes if one.curl]
    repeated = details("Repeat it", code_block("\n".join(lines), "sh")) if lines else ""
    return [*told, *([repeated] if repeated and len(repeated) < cause_text.LONGEST // 2 else [])]


def _cause(cause: ReportedCause) -> str:
    got = f", got {escape(cause.got)}" if cause.got else ""
    expected = f" Expected {escape(cause.expected)}{got}." if cause.expected else ""
    request = f" Request id {code_span(cause.request_id)}." if cause.request_id else ""
    to_do = f" *To do: {escape(cause.hint)}.*" if cause.hint else ""
    count = len(cause.not_run)
    behind = f" {count} check{'' if count == 1 else 's'} not run because of it." if count else ""
    return f"**{escape(cause.summary)}.**{expected}{to_do}{request}{behind}"


def _foot(run: ReportedRun, place: Place, before: Last) -> str:
    version = f"version {code_span(run.version)}" if run.version else ""
    at = code_span(place.short_commit) if place.short_commit else ""
    known = [
        " ".join(filter(None, [code_span(run.target), version])),
        at,
        cause_text.time_of(run.started_at),
        cause_text.duration(run.duration_s),
        cause_text.log(place),
        _before(before),
    ]
    return f"<sub>{' · '.join(filter(None, known))}</sub>"


def _before(before: Last) -> str:
    if not before.verdict:
        return ""
    commit = f" at {code_span(before.commit[:7])}" if before.commit else ""
    is_green = before.verdict == Judgement.PASS.value
    reason = f", {escape(before.summary)}" if before.summary and not is_green else ""
    return f"before: {escape(before.verdict.upper())}{commit}{reason}"
