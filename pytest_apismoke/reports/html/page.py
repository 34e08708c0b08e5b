"""The page of a report: what it shows and in which order, without markup. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.html.band import band_of, chips_of
from pytest_apismoke.reports.html.cards import cards_of, not_run_items
from pytest_apismoke.reports.html.checks import api_rows, by_state, checks_view
from pytest_apismoke.reports.html.exchanges import exchanges_view
from pytest_apismoke.reports.html.notes import looks_of, notes_of
from pytest_apismoke.reports.html.requests import requests_view, table_numbers
from pytest_apismoke.reports.html.sent import Sent, requests_of
from pytest_apismoke.reports.html.view import (
    Chip,
    Item,
    Jump,
    Page,
    Part,
    State,
)
from pytest_apismoke.reports.report import Judged, Report
from pytest_apismoke.verdict.causes import causes_of, summary_of, word_of_verdict
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.records import Verdict

#: The name of the tool among the facts about the environment.
_TOOL = "pytest-apismoke"
#: What the causes are called: of a target that is bad, and of a run that could not tell.
_BROKE, _IN_THE_WAY = "What broke", "What stood in the way"
_NOT_OF_THE_TARGET = (Judgement.INCONCLUSIVE, Judgement.MISCONFIGURED)


def page_of(report: Report) -> Page:
    """The page of a report: one part, or one for each of several targets."""
    if report.targets:
        parts = tuple(
            part_of(one.verdict, one.facts, target=one.target or "the call", prefix=f"t{number}-")
            for number, one in enumerate(report.targets, start=1)
        )
        chips = tuple(_target_chips(report.targets))
    else:
        parts = (part_of(report.verdict, report.facts),)
        chips = tuple(sorted(chips_of(report.verdict), key=by_state))
    return Page(
        band=band_of(report, parts, chips),
        jumps=tuple(_jumps(parts)),
        parts=parts,
        written_by=_written_by(report),
        notes=tuple(Item(text=note) for note in report.facts.notes) if report.targets else (),
    )


def part_of(verdict: Verdict, facts: RunFacts, *, target: str = "", prefix: str = "") -> Part:
    """All that is said of one target.

    Args:
        verdict: on the target.
        facts: of its run.
        target: its name, where there are several.
        prefix: of the ids of its part then.

    """
    causes = causes_of(verdict.checks)
    sent = requests_of(verdict.checks, facts, causes)
    path_of = _shortening(facts.target_url)
    looks = looks_of(verdict, facts, sent, path_of)
    is_pass = verdict.verdict is Judgement.PASS
    apis, tallest = api_rows(verdict)
    notes = notes_of(verdict, facts)
    return Part(
        prefix=prefix,
        target=target,
        word=word_of_verdict(verdict),
        reason=summary_of(verdict),
        state=_state(verdict),
        command=facts.repair if target else "",
        causes_title=_IN_THE_WAY if verdict.verdict in _NOT_OF_THE_TARGET else _BROKE,
        causes=cards_of(causes, sent),
        look=looks if is_pass else (),
        apis=apis,
        tallest=tallest,
        is_cut=any(step.is_cut for api in apis if api.is_chain for step in api.steps),
        requests=requests_view(sent, path_of),
        checks=checks_view(verdict, causes),
        exchanges=exchanges_view(sent, table_numbers(sent), path_of),
        unseen=(
            *(Item(text=text, more=more) for text, more in not_run_items(causes)),
            *(Item(text=text) for text in facts.not_looked_at),
        ),
        notes=notes if is_pass else (*looks, *notes),
        settings=tuple((one.name, one.value, one.source) for one in facts.settings),
        environment=(
            *((("run", facts.run_id),) if facts.run_id else ()),
            *_trace(sent),
            *facts.environment,
        ),
    )


def _trace(sent: Sequence[Sent]) -> Iterator[tuple[str, str]]:
    trace = next((one.exchange.trace_id for one in sent if one.exchange.trace_id), None)
    if trace:
        yield "trace", trace


def _shortening(target_url: str) -> Callable[[str], str]:
    """Takes the target's URL away from those below it."""

    def path_of(url: str) -> str:
        rest = url.removeprefix(target_url) if target_url else url
        return rest if rest != url and rest[:1] in ("/", "?") else url

    return path_of


def _state(verdict: Verdict) -> State:
    if verdict.verdict is Judgement.PASS:
        return State.OK
    return State.BAD if verdict.verdict in (Judgement.FAIL, Judgement.DIRTY) else State.IDLE


def _target_chips(targets: Sequence[Judged]) -> Iterator[Chip]:
    for number, one in enumerate(targets, start=1):
        yield Chip(
            text=f"{one.target or 'the call'} {one.verdict.verdict.value.upper()}",
            state=_state(one.verdict),
            href=f"#t{number}-part",
        )


def _jumps(parts: Sequence[Part]) -> Iterator[Jump]:
    if len(parts) > 1 or parts[0].target:
        for part in parts:
            yield Jump(f"#{part.prefix}part", f"{part.target} {part.word}")
        return
    (part,) = parts
    counts = (
        ("causes", part.causes_title, len(part.causes)),
        ("look", "Worth a look", len(part.look)),
        ("apis", "APIs", len(part.apis)),
        ("requests", "Requests", part.requests.count if part.requests else 0),
        ("checks", "Checks", part.checks.count if part.checks else 0),
        ("unseen", "Not looked at", len(part.unseen)),
        ("notes", "Notes", len(part.notes)),
        ("settings", "Settings", len(part.settings)),
    )
    yield from (Jump(f"#{name}", text, count) for name, text, count in counts if count)


def _written_by(report: Report) -> str:
    version = dict(report.facts.environment).get(_TOOL, "")
    return f"{_TOOL} {version}".strip()
