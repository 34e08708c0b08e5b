"""The band at the top: the verdict, its reason, what it means, and the facts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from pytest_apismoke.errors import Category
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.html.cards import causes_in_words
from pytest_apismoke.reports.html.checks import api_state
from pytest_apismoke.reports.html.figures import counted, listed, moment, took
from pytest_apismoke.reports.html.notes import in_phrases
from pytest_apismoke.reports.html.view import Band, Chip, Fact, Part, Requests, State
from pytest_apismoke.reports.left_behind import is_nothing_left
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.causes import Cause, word_of_verdict
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code_in_words, meaning
from pytest_apismoke.verdict.records import Verdict

#: A browser's tab, a bookmark and a list of results show no more.
_TITLE_CHARS = 70
_AT_END = {
    Judgement.FAIL: "Roll back, or repair and run again.",
    Judgement.INCONCLUSIVE: "This is no evidence against the target, and none for it.",
}


def band_of(report: Report, parts: Sequence[Part], chips: Sequence[Chip]) -> Band:
    """The band.

    Args:
        report: to show.
        parts: of the page.
        chips: the APIs, or the targets.

    """
    requests = [part.requests for part in parts if part.requests]
    verdict, facts = report.verdict, report.facts
    host = urlsplit(facts.target_url).netloc if len(report.targets) < 2 else ""
    return Band(
        verdict=verdict.verdict.value,
        word=word_of_verdict(verdict),
        reason=report.summary,
        plain=_plain(report, parts, is_anything_sent=bool(requests)),
        title=_title(report.headline, host),
        started_at=facts.started_at,
        moment=moment(facts.started_at),
        command=facts.repair if verdict.verdict is Judgement.DIRTY else "",
        chips=tuple(chips),
        facts=tuple(_facts(report, requests)),
    )


def _title(headline: str, host: str) -> str:
    """The headline, with the host where there is room for it."""
    title = f"{headline} ({host})" if host else headline
    title = title if len(title) <= _TITLE_CHARS else headline
    return title if len(title) <= _TITLE_CHARS else f"{title[: _TITLE_CHARS - 1].rstrip()}…"


def chips_of(verdict: Verdict) -> Iterator[Chip]:
    """A chip for each API: its name, and its verdict unless it just passed."""
    for name, api in verdict.apis.items():
        state = api_state(api, [check for check in verdict.checks if check.api == name])
        word = "flaky" if state is State.FLAKY else api.verdict.value.upper()
        is_quiet = state is State.OK
        yield Chip(text=name if is_quiet else f"{name} {word}", state=state, is_quiet=is_quiet)


def _plain(report: Report, parts: Sequence[Part], *, is_anything_sent: bool) -> str:
    """What the verdict means, and how far it goes."""
    judgement = report.verdict.verdict
    if judgement is Judgement.PASS:
        what = "targets" if report.targets else "target"
        said = f"The {what} may take traffic."
        looks = in_phrases([look for part in parts for look in part.look])
        return f"{said} Worth a look: {listed(looks)}." if looks else said
    if judgement is Judgement.MISCONFIGURED:
        sent = "" if is_anything_sent else "nothing was sent, so "
        return f"The gate was called or configured wrongly; {sent}this says nothing of the target."
    where = causes_in_words(_target_causes(report.causes)) if not report.targets else ""
    stopped = f": {where}" if where else ""
    if judgement is Judgement.FAIL:
        return f"The target is bad{stopped}. {_AT_END[judgement]}"
    if judgement is Judgement.INCONCLUSIVE:
        return f"It could not be told whether the target is good. {_AT_END[judgement]}"
    restore = (
        "Once it takes updates again, restore it with this command:"
        if report.facts.repair
        else "It ends with this run."
        if not report.targets
        else "The command that restores it is with the target below."
    )
    return f"The target was left changed. {restore}"


def _target_causes(causes: Sequence[Cause]) -> list[Cause]:
    return [cause for cause in causes if cause.first.category is not Category.UNVERIFIED]


# -- the facts ------------------------------------------------------------------------------------


def _facts(report: Report, requests: Sequence[Requests]) -> Iterator[Fact]:
    verdict, facts = report.verdict, report.facts
    yield Fact("Exit code", exit_code_in_words(verdict), meaning(verdict))
    if report.targets:
        count = sum(1 for one in report.targets if one.target)
        yield Fact("Target", counted(count, "target"), "each has its part below")
    else:
        yield _target(facts)
        yield _version(facts)
    yield Fact("Mode", facts.mode, f"table of exit codes: {verdict.exit_codes}")
    yield Fact("Took", took(facts.duration_s), _requests(requests))
    yield _left_behind(report, is_anything_sent=bool(requests))


def _target(facts: RunFacts) -> Fact:
    host = urlsplit(facts.target_url).netloc
    if not facts.target_url:
        return Fact("Target", "none", "no usable URL was given")
    return Fact("Target", host or facts.target_url, facts.target_url if host else "")


def _version(facts: RunFacts) -> Fact:
    seen, wanted = facts.target_version, facts.expected_version
    if seen is None:
        return Fact("Version", "not known", f"asked for: {wanted}" if wanted else "none was named")
    if wanted is None:
        return Fact("Version", seen, "none was asked for")
    return Fact("Version", seen, "as asked for" if seen == wanted else f"asked for: {wanted}")


def _requests(requests: Sequence[Requests]) -> str:
    """How many requests were sent, and how many of them at once."""
    if not requests:
        return "nothing was sent"
    said = counted(sum(one.count for one in requests), "request")
    lanes = max(one.drawing.lanes if one.drawing else 0 for one in requests)
    return f"{said}, at most {lanes} at once" if lanes else said


def _left_behind(report: Report, *, is_anything_sent: bool) -> Fact:
    """What is changed at the target, or how it was proven that nothing is."""
    judgement = report.verdict.verdict
    writes = [one for judged in report.targets for one in judged.facts.writes]
    writes += report.facts.writes
    told = "; ".join(dict.fromkeys(f"{one.resource}: {one.state}" for one in writes))
    if judgement is Judgement.DIRTY:
        return Fact("Left behind", "a change", told or "the target was left changed")
    if writes:
        value = "nothing" if is_nothing_left(writes) else "not everything was taken back"
        return Fact("Left behind", value, told)
    return Fact(
        "Left behind",
        "nothing",
        "nothing was written" if is_anything_sent or report.targets else "nothing was sent",
    )
