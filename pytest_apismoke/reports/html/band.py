"""The band at the top: the verdict, its reason, what it means, and the facts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from pytest_apismoke.errors import Category
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.html.cards import causes_in_words
from pytest_apismoke.reports.html.checks import api_state
from pytest_apismoke.reports.html.figures import counted, moment, took
from pytest_apismoke.reports.html.sent import Sent, held_lanes
from pytest_apismoke.reports.html.view import Band, Chip, Fact, State
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import meaning
from pytest_apismoke.verdict.records import Verdict

_AT_END = {
    Judgement.FAIL: "Roll back, or repair and run again.",
    Judgement.INCONCLUSIVE: "This is no evidence against the target, and none for it.",
}


def band_of(
    report: Report, sent: Sequence[Sent], chips: Sequence[Chip], *, looks: Sequence[str] = ()
) -> Band:
    """The band.

    Args:
        report: to show.
        sent: all requests.
        chips: the APIs, or the targets.
        looks: what is worth a look, in phrases.

    """
    verdict, facts = report.verdict, report.facts
    host = urlsplit(facts.target_url).netloc if len(report.targets) < 2 else ""
    return Band(
        verdict=verdict.verdict.value,
        word=verdict.verdict.value.upper(),
        reason=report.summary,
        plain=_plain(report, is_anything_sent=bool(sent), looks=looks),
        title=f"{report.headline} ({host})" if host else report.headline,
        started_at=facts.started_at,
        moment=moment(facts.started_at),
        command=facts.repair if verdict.verdict is Judgement.DIRTY else "",
        chips=tuple(chips),
        facts=tuple(_facts(report, sent)),
    )


def chips_of(verdict: Verdict) -> Iterator[Chip]:
    """A chip for each API: its name, and its verdict unless it just passed."""
    for name, api in verdict.apis.items():
        state = api_state(api, [check for check in verdict.checks if check.api == name])
        word = "flaky" if state is State.FLAKY else api.verdict.value.upper()
        is_quiet = state is State.OK
        yield Chip(text=name if is_quiet else f"{name} {word}", state=state, is_quiet=is_quiet)


def _plain(report: Report, *, is_anything_sent: bool, looks: Sequence[str]) -> str:
    """What the verdict means, and how far it goes."""
    judgement = report.verdict.verdict
    if judgement is Judgement.PASS:
        what = "targets" if report.targets else "target"
        said = f"The {what} may take traffic."
        return f"{said} Worth a look: {', '.join(looks)}." if looks else said
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


def _facts(report: Report, sent: Sequence[Sent]) -> Iterator[Fact]:
    verdict, facts = report.verdict, report.facts
    yield Fact("Exit code", str(verdict.exit_code), meaning(verdict))
    if report.targets:
        count = sum(1 for one in report.targets if one.target)
        yield Fact("Target", counted(count, "target"), "each has its part below")
    else:
        yield _target(facts)
        yield _version(facts)
    yield Fact("Mode", facts.mode, f"table of exit codes: {verdict.exit_codes.value}")
    yield Fact("Took", took(facts.duration_s), _requests(sent))
    yield _left_behind(report, is_anything_sent=bool(sent))


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


def _requests(sent: Sequence[Sent]) -> str:
    if not sent:
        return "nothing was sent"
    lanes = held_lanes([one for one in sent if not one.is_readiness])
    at_once = f", at most {max(lanes.values()) + 1} at once" if lanes else ""
    return f"{counted(len(sent), 'request')}{at_once}"


def _left_behind(report: Report, *, is_anything_sent: bool) -> Fact:
    """What is changed at the target, or how it was proven that nothing is."""
    judgement = report.verdict.verdict
    writes = [one for judged in report.targets for one in judged.facts.writes]
    writes += report.facts.writes
    told = "; ".join(f"{one.resource}: {one.state}" for one in writes)
    if judgement is Judgement.DIRTY:
        return Fact("Left behind", "a change", told or "the target was left changed")
    if writes:
        return Fact("Left behind", "nothing", told)
    return Fact(
        "Left behind",
        "nothing",
        "nothing was written" if is_anything_sent or report.targets else "nothing was sent",
    )
