"""What is worth a look, and the notes: none of them decides. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pytest_apismoke.evidence import sent_again
from pytest_apismoke.known.place import LABEL
from pytest_apismoke.openapi.operation_drift import OperationDrift
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.html.figures import counted, times, took
from pytest_apismoke.reports.html.names import name_of
from pytest_apismoke.reports.html.sent import Sent
from pytest_apismoke.reports.html.view import Item, State
from pytest_apismoke.reports.slowest import HOW_MANY, slowest
from pytest_apismoke.verdict.outcome import Outcome, SkipReason
from pytest_apismoke.verdict.records import Verdict

#: What each kind of what is worth a look is called where it is counted.
_NOUNS = {
    "flaky": "flaky check",
    "not required": "optional failure",
    "drift": "drift",
    "readings differ": "doubt",
    "known": "known violation",
    "known and gone": "gone violation",
}


def looks_of(
    verdict: Verdict, facts: RunFacts, sent: Sequence[Sent], path_of: Callable[[str], str]
) -> tuple[Item, ...]:
    """What changes no verdict and should be looked at: flaky, not required, drift, known."""
    return (
        *(_flaky(check, sent, path_of) for check in verdict.checks if check.flaky),
        *(
            Item(tag="not required", state=State.LAX, text=name_of(check), more=check.detail)
            for check in verdict.checks
            if check.skip_reason is SkipReason.NOT_REQUIRED
        ),
        *(item for one in facts.contract.drift for item in _drift(one)),
        *(
            Item(
                tag="known",
                text=str(entry),
                more=f"a known violation of {LABEL}: {entry.reason or 'without a reason'}",
            )
            for entry in facts.known.met
        ),
        *(
            Item(
                tag="known and gone",
                text=str(entry),
                more=f"no response breaks it any longer: delete it in {LABEL}",
            )
            for entry in facts.known.gone
        ),
    )


def in_phrases(looks: Sequence[Item]) -> tuple[str, ...]:
    """What is worth a look, counted by its kind."""
    tags = [one.tag for one in looks]
    return tuple(counted(tags.count(tag), _NOUNS[tag]) for tag in dict.fromkeys(tags))


def _flaky(check: Outcome, sent: Sequence[Sent], path_of: Callable[[str], str]) -> Item:
    again = sent_again(check.exchanges)
    first = check.exchanges[check.exchanges.index(again[0]) - 1]
    said = f": {first.error}" if first.error else f" answered {first.status}"
    number = next((one.number for one in sent if one.exchange == first), None)
    return Item(
        tag="flaky",
        state=State.FLAKY,
        text=name_of(check),
        more=f"{first.method} {path_of(first.url)}{said}; asked again {times(len(again))}",
        request=number,
    )


def _drift(drift: OperationDrift) -> Iterator[Item]:
    for place in drift.undeclared:
        yield Item(tag="drift", text=f"{drift.operation}: {place} is not declared")
    for place in drift.unseen:
        yield Item(tag="drift", text=f"{drift.operation}: {place} is declared and was never seen")
    for doubt in drift.doubts:
        yield Item(tag="readings differ", text=f"{drift.operation}: {doubt}")


def notes_of(verdict: Verdict, facts: RunFacts) -> tuple[Item, ...]:
    """The notes on the run and on its checks, each once, and the slowest requests."""
    told = {note for one in facts.contract.drift for note in one.notes()}
    notes = [note for note in facts.notes if note not in told]
    notes += [f"{name_of(check)}: {note}" for check in verdict.checks for note in check.notes]
    notes += [
        check.detail
        for check in verdict.checks
        if check.skip_reason in (SkipReason.READ_ONLY, SkipReason.TOKEN_GIVEN, SkipReason.USER)
        and check.detail
    ]
    items = [Item(text=note) for note in dict.fromkeys(notes)]
    return (*items, *_slowest(verdict, facts))


def _slowest(verdict: Verdict, facts: RunFacts) -> Iterator[Item]:
    found = slowest(verdict.checks, facts.target_url)
    if len(found) == HOW_MANY:
        words = (
            f"{one.method} {one.url.removeprefix(facts.target_url)} {took(one.duration_s)}"
            for one in found
        )
        yield Item(text="The slowest requests", more=", ".join(words))
