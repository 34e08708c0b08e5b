"""The verdict as Markdown, for the summary of a CI job or a comment. Pure.

As GitHub renders it; elsewhere alerts are quotations and folded parts stand open. All words of
a target go through `markdown_text`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.errors import Category
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.markdown_cause import cause_of
from pytest_apismoke.reports.markdown_text import (
    code_block,
    code_span,
    details,
    escape,
    table,
)
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.reports.slowest import slowest
from pytest_apismoke.reports.terminal.folding import seconds
from pytest_apismoke.reports.terminal.notes import notes_of
from pytest_apismoke.reports.terminal.rows import rows_of
from pytest_apismoke.verdict.causes import Cause, causes_of, summary_of
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code_in_words, meaning
from pytest_apismoke.verdict.judgement import USER_TESTS
from pytest_apismoke.verdict.records import ApiVerdict, Verdict
from pytest_apismoke.verdict.subjects import PHASES_OF_TESTS

#: The most causes that are told whole; of the others there is the reason.
_MOST_CAUSES = 10
#: The most names and notes in one list.
_MOST = 20
_ALERTS: Mapping[Judgement, str] = {
    Judgement.FAIL: "CAUTION",
    Judgement.DIRTY: "CAUTION",
    Judgement.INCONCLUSIVE: "WARNING",
    Judgement.MISCONFIGURED: "WARNING",
}
_MEANING: Mapping[Judgement, str] = {
    Judgement.FAIL: "The target is bad.",
    Judgement.DIRTY: "The target was left changed.",
    Judgement.INCONCLUSIVE: "Nothing is claimed about the target.",
    Judgement.MISCONFIGURED: "The gate is misconfigured; no target is blamed.",
}
#: The states of an API that nobody has to look at first.
_QUIET = ("pass", "flaky", "not run")


#: What the report itself is written with, for outputs of unknown encoding.
_IN_ASCII = {ord("…"): "...", ord("·"): "-", ord("\u200b"): "&#8203;"}


def render(report: Report, *, ascii_only: bool = False) -> str:
    """The report as Markdown; see `reports.formats`."""
    text = without_commands("\n\n".join(_blocks(report)) + "\n")
    if ascii_only:
        text = text.translate(_IN_ASCII).encode("ascii", "backslashreplace").decode("ascii")
    return text


def _blocks(report: Report) -> Iterator[str]:
    yield f"### {escape(report.headline)}"
    named = [one for one in report.targets if one.target]
    if named:
        yield from _several(report, named)
    else:
        yield from _of_run(report.verdict, report.facts)


def _several(report: Report, named: Sequence[Judged]) -> Iterator[str]:
    yield _facts(report.verdict, report.facts, names_target=False)
    rows = [
        (
            code_span(one.target),
            _word(one.verdict.verdict),
            escape(summary_of(one.verdict)),
            code_span(one.facts.target_version) if one.facts.target_version else "",
            seconds(one.facts.duration_s),
        )
        for one in named
    ]
    yield table(("target", "verdict", "reason", "version", "took"), rows, right=(4,))
    for one in report.targets:
        if one.verdict.verdict is not Judgement.PASS:
            yield f"### {escape(one.target or 'The call')}"
            yield from _of_run(one.verdict, one.facts)
    if report.facts.notes:
        yield _listed(report.facts.notes)


def _of_run(verdict: Verdict, facts: RunFacts) -> Iterator[str]:
    causes = causes_of(verdict.checks)
    if verdict.verdict is not Judgement.PASS:
        yield _alert(verdict, facts)
    if facts.repair:
        command = code_block(facts.repair, "sh")
        yield f"Put it back, once the target takes updates again:\n\n{command}"
    yield _facts(verdict, facts)
    if verdict.apis and verdict.verdict is not Judgement.PASS:
        yield _apis(verdict, causes)
    for cause in causes[:_MOST_CAUSES]:
        yield from cause_of(cause)
    if len(causes) > _MOST_CAUSES:
        more = [f"{one.number}. {escape(one.summary)}" for one in causes[_MOST_CAUSES:]]
        yield details(f"{len(more)} more causes", "\n".join(more))
    yield from _folded(verdict, facts, causes)


# -- what it means -------------------------------------------------------------------------------


def _alert(verdict: Verdict, facts: RunFacts) -> str:
    lines = [f"**{_MEANING[verdict.verdict]}**"]
    if failed := _where_it_stops(verdict):
        lines[0] += f" {failed}"
    if verdict.verdict is Judgement.FAIL:
        lines.append("Roll back, or repair and run again. Nothing was left behind on the target.")
    elif not _anything_sent(verdict, facts):
        lines.append("Nothing was sent.")
    return "\n".join(f"> {line}" for line in (f"[!{_ALERTS[verdict.verdict]}]", *lines))


def _where_it_stops(verdict: Verdict) -> str:
    """The APIs that failed, those that stop at one stage together."""
    said: dict[tuple[str, str], list[str]] = {}
    for name, api in verdict.apis.items():
        if api.verdict in (Judgement.FAIL, Judgement.DIRTY):
            said.setdefault(_stop(api), []).append(name)
    told = [f"{escape(_and(names))} {words[_are_many(names)]}" for words, names in said.items()]
    return f"{'; '.join(told[:_MOST])}." if told else ""


def _are_many(names: Sequence[str]) -> bool:
    return len(names) > 1 or names[0] == USER_TESTS


def _stop(api: ApiVerdict) -> tuple[str, str]:
    """How an API fails, for one and for several of them."""
    if api.failed_stage in (None, *PHASES_OF_TESTS):
        return "fails", "fail"
    if api.category is Category.INVALID:
        return "breaks its contract", "break their contracts"
    stage = escape(api.failed_stage or "")
    return f"stops at {stage}", f"stop at {stage}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _anything_sent(verdict: Verdict, facts: RunFacts) -> bool:
    return bool(facts.exchanges) or any(check.exchanges for check in verdict.checks)


def _facts(verdict: Verdict, facts: RunFacts, *, names_target: bool = True) -> str:
    parts = []
    if names_target and facts.target_url:
        parts.append(code_span(facts.target_url))
    if facts.target_version:
        asked = facts.expected_version == facts.target_version
        parts.append(f"version **{escape(facts.target_version)}**{', as asked for' * asked}")
    parts += [escape(facts.mode), seconds(facts.duration_s)]
    code = f"**exit code {exit_code_in_words(verdict)}**"
    parts.append(f"{code}, {escape(meaning(verdict))}" if verdict.exit_code else code)
    if facts.writes and verdict.verdict is Judgement.PASS:
        count = len(facts.writes)
        parts.append(f"nothing left behind ({count} write{'s' * (count != 1)}, restored)")
    return " · ".join(parts)


def _word(judgement: Judgement) -> str:
    return "pass" if judgement is Judgement.PASS else f"**{judgement.value.upper()}**"


# -- the APIs ------------------------------------------------------------------------------------


def _apis(verdict: Verdict, causes: Sequence[Cause]) -> str:
    """A row for each API, in the words of the terminal."""
    rows = [
        (
            escape(row.name),
            row.state if row.state in _QUIET else f"**{row.state}**",
            escape(row.told).replace(" FAILED", " **FAILED**"),
            row.time,
        )
        for row in rows_of(verdict, causes)
    ]
    return table(("API", "verdict", "checks", "took"), rows, right=(3,))


# -- what is worth a look ------------------------------------------------------------------------


def _folded(verdict: Verdict, facts: RunFacts, causes: Sequence[Cause]) -> Iterator[str]:
    told = notes_of(Report(verdict=verdict, facts=facts))
    # These two have a form of their own.
    notes = [
        text if label == "note" else f"{label}: {text}"
        for label, text in told
        if label not in ("slowest", "not looked at")
    ]
    unlooked = [f"not looked at: {one}" for one in facts.not_looked_at]
    passed = verdict.verdict is Judgement.PASS
    requests = slowest(verdict.checks, facts.target_url)
    parts = []
    if passed and verdict.apis:
        parts.append(_apis(verdict, causes))
    if notes or unlooked:
        parts.append(_listed([*notes, *unlooked]))
    if requests:
        rows = [
            (
                code_span(f"{one.method} {one.url.removeprefix(facts.target_url)}"),
                seconds(one.duration_s),
            )
            for one in requests
        ]
        parts.append(table(("slowest", "took"), rows, right=(1,)))
    if not parts:
        return
    count = len(verdict.apis)
    head = [f"{count} API{'s' * (count != 1)}"] if passed else []
    for words, several in (("notes", notes), ("not looked at", unlooked)):
        if several:
            head.append(f"{words} ({len(several)})")
    yield details(", ".join([*head, "slowest requests"] if requests else head), "\n\n".join(parts))


def _listed(notes: Sequence[str]) -> str:
    told = [f"- {escape(note)}" for note in notes[:_MOST]]
    if len(notes) > _MOST:
        told.append(f"- and {len(notes) - _MOST} more, in the JSON report")
    return "\n".join(told)
