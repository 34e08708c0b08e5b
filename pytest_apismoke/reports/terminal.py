"""Renders the verdict for the terminal: one line per API, then each failure with its remedy."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from itertools import groupby

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.evidence import exchange_at, sent_again
from pytest_apismoke.known.entries import counted
from pytest_apismoke.known.place import COMMAND, LABEL
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.slowest import HOW_MANY, slowest
from pytest_apismoke.unshown import id_is_only_sent
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import meaning
from pytest_apismoke.verdict.judgement import Verdict
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

_COLOURS: Mapping[Judgement, str] = {
    Judgement.PASS: "green",
    Judgement.FAIL: "red",
    Judgement.DIRTY: "red",
    Judgement.INCONCLUSIVE: "yellow",
    Judgement.MISCONFIGURED: "yellow",
}
_STAGE_WORDS: Mapping[Result, str] = {
    Result.PASSED: "ok",
    Result.FAILED: "FAILED",
    Result.ERROR: "FAILED",
    Result.SKIPPED: "not run",
}
_DIFFERENCE: Mapping[str, Mapping[str, bool]] = {"-": {"green": True}, "+": {"red": True}}
_VIOLATIONS = 5
#: An API with more checks than this shows only the failed ones, and at most this many of them.
_STAGES = 16
_LABEL_WIDTH = 10
_RESPONSE_CHARS = 160


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its markup on a terminal."""

    text: str
    markup: Mapping[str, bool] = field(default_factory=dict)


def render(verdict: Verdict, facts: RunFacts, *, width: int = 80) -> tuple[Line, ...]:
    """The verdict as lines; `width` is in columns and never cuts a curl line."""
    return tuple(
        Line(without_commands(_printable(line.text)), line.markup)
        for line in _render(verdict, facts, width)
    )


def colour_of(judgement: Judgement) -> Mapping[str, bool]:
    """The markup of a judgement."""
    return {_COLOURS[judgement]: True, "bold": True}


def _printable(text: str) -> str:
    """The text without control characters, which a server may have sent to steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _render(verdict: Verdict, facts: RunFacts, width: int) -> Iterator[Line]:
    colour = colour_of(verdict.verdict)
    yield Line(" apismoke verdict ".center(width, "="), colour)
    if verdict.verdict is Judgement.DIRTY:
        yield from _dirty(facts.repair, colour)
    version = f", version {facts.target_version}" if facts.target_version else ""
    yield Line(
        f"{verdict.verdict.value.upper()}: {facts.mode} run against"
        f" {facts.target_url or 'no target'}{version}, {facts.duration_s:.1f} s",
        colour,
    )
    yield from _apis(verdict, width)
    for number, group in enumerate(_grouped(verdict.checks), start=1):
        yield from _failure(number, group, width)
    yield from _notes(verdict, facts)
    yield from _not_looked_at(facts, width)
    yield from known(facts, width)
    yield from _slowest(verdict, facts.target_url, width)
    yield Line(f"exit code {verdict.exit_code}: {meaning(verdict)}", colour)


def _dirty(repair: str, colour: Mapping[str, bool]) -> Iterator[Line]:
    if not repair:
        yield Line("THE TARGET WAS LEFT CHANGED; it ends with this run", colour)
        return
    yield Line("THE TARGET WAS LEFT CHANGED; once it takes updates again, repair it with", colour)
    # On one line, however long, so that it can be copied.
    yield Line(f"  {repair}", colour)


def _apis(verdict: Verdict, width: int) -> Iterator[Line]:
    apis = verdict.apis
    checks = {(check.api, check.stage): check for check in verdict.checks}
    name_width = max((len(name) for name in apis), default=0)
    for name, api in apis.items():
        head = f"  {name:<{name_width}}  {api.verdict.value:<12}  "
        stages = [(stage, result, checks.get((name, stage))) for stage, result in api.stages]
        lines = textwrap.wrap(_stages(stages), max(width, 60) - len(head))
        for number, line in enumerate(lines):
            yield Line((" " * len(head) if number else head) + line, {_COLOURS[api.verdict]: True})


def _stages(stages: Sequence[tuple[str, Result, Outcome | None]]) -> str:
    """The stages of an API as one line; stages at its end that were not run are counted."""
    rest = list(stages)
    while rest and _depends(rest[-1][2]):
        rest.pop()
    not_run = len(stages) - len(rest)
    last = stages[-1][2] if stages else None
    own = {check.name for _, _, check in stages if check}
    why = f": {last.because_of} failed" if last and last.because_of not in {"", *own} else ""
    if not rest:
        return f"not run{why}"
    if not_run < 2:
        rest, not_run = list(stages), 0
    is_long = len(stages) > _STAGES
    words = _listed(_in_words([one for one in rest if not is_long or one[1].is_failure]))
    if is_long:
        counts = _counted([result for _, result, _ in stages])
        return ", ".join(filter(None, [counts, words]))
    return f"{words}, {not_run} not run{why}" if not_run else words


def _in_words(stages: Sequence[tuple[str, Result, Outcome | None]]) -> Iterator[str]:
    """Each stage with its result; several in a row that were not run are counted."""
    for is_not_run, group in groupby(stages, key=lambda one: _depends(one[2])):
        several = list(group)
        if is_not_run and len(several) > 1:
            yield f"{len(several)} not run"
        else:
            yield from (f"{name} {_word(result, check)}" for name, result, check in several)


def _depends(check: Outcome | None) -> bool:
    return check is not None and check.skip_reason is SkipReason.DEPENDENCY


def _word(result: Result, check: Outcome | None) -> str:
    if check and check.skip_reason is SkipReason.NOT_REQUIRED:
        return "failed, not required"
    return "flaky" if check and check.flaky else _STAGE_WORDS[result]


def _counted(results: Sequence[Result]) -> str:
    counts = ((results.count(r), word) for r, word in _STAGE_WORDS.items() if not r.is_failure)
    return ", ".join(f"{count} {word}" for count, word in counts if count)


def _listed(names: Iterable[str]) -> str:
    """The first names, and a count of the rest: a failed login may fail thousands of checks."""
    every = list(names)
    more = f", and {len(every) - _STAGES} more" if len(every) > _STAGES else ""
    return ", ".join(every[:_STAGES]) + more


def _grouped(checks: Sequence[Outcome]) -> list[list[Outcome]]:
    """The failures, grouped by cause (such as a refused login)."""
    groups: dict[tuple[object, ...], list[Outcome]] = {}
    for check in checks:
        if check.outcome.is_failure:
            cause = (check.category, check.expected, check.seen, check.where)
            groups.setdefault(cause, []).append(check)
    return list(groups.values())


def _failure(number: int, group: Sequence[Outcome], width: int) -> Iterator[Line]:
    first = group[0]
    names = _listed(check.name for check in group)
    yield Line("")
    title = f"{number}. {names} ({first.category})"
    for line in textwrap.wrap(title, max(width, 60), subsequent_indent="   "):
        yield Line(line, {"bold": True})
    yield from _labelled("expected", first.expected, width)
    yield from _labelled("seen", first.seen, width)
    yield from _labelled("where", first.where, width)
    yield from _contract(first, width)
    yield from _labelled("to do", first.hint, width)
    last = exchange_at(first.exchanges, first.where)
    if last:
        if last.request_id:
            as_sent = " (as sent)" if id_is_only_sent(last.evidence) else ""
            yield from _labelled("request id", f"{last.request_id}{as_sent}", width)
        if last.excerpt:
            yield from _labelled("response", _beginning(last.excerpt), width)
        yield Line(f"   {'repeat':<{_LABEL_WIDTH}} {last.curl}")


def _contract(check: Outcome, width: int) -> Iterator[Line]:
    """The places in the contract that are violated, and the difference."""
    places = [
        f"{v.schema_location} (for {v.pointer or '/'})"
        for v in check.violations
        if v.schema_location
    ]
    for number, place in enumerate(places[:_VIOLATIONS]):
        yield from _labelled("contract" if number == 0 else "", place, width)
    if len(places) > _VIOLATIONS:
        yield from _labelled("", f"and {len(places) - _VIOLATIONS} more", width)
    for number, line in enumerate(check.difference):
        label = "difference" if number == 0 else ""
        yield Line(f"   {label:<{_LABEL_WIDTH}} {line}", _DIFFERENCE.get(line[:1], {}))


def _first_attempt(check: Outcome) -> str:
    """The first request of a check that was repeated, and the reason."""
    again = sent_again(check.exchanges)[0]
    first = check.exchanges[check.exchanges.index(again) - 1]
    seen = first.error or f"status {first.status}"
    times = len(sent_again(check.exchanges))
    return f"{first.method} {first.url}: {seen}; sent again {times}x"


def _beginning(text: str) -> str:
    return text if len(text) <= _RESPONSE_CHARS else f"{text[: _RESPONSE_CHARS - 2].rstrip()} …"


def _labelled(label: str, text: str, width: int) -> Iterator[Line]:
    if not text:
        return
    indent = " " * (_LABEL_WIDTH + 4)
    lines = textwrap.wrap(
        text, max(width, 60) - len(indent), break_long_words=False, break_on_hyphens=False
    )
    yield Line(f"   {label:<{_LABEL_WIDTH}} {lines[0] if lines else ''}")
    for line in lines[1:]:
        yield Line(indent + line)


def _slowest(verdict: Verdict, target_url: str, width: int) -> Iterator[Line]:
    """The slowest requests, by their paths below the target's URL.

    None in a run with fewer than three, such as one that ended at its login.
    """
    found, label = slowest(verdict.checks, target_url), "  slowest: "
    if len(found) < HOW_MANY:
        return
    words = ", ".join(
        f"{one.method} {one.url.removeprefix(target_url)} {one.duration_s:.3f} s" for one in found
    )
    yield from _wrapped(label, words, width)


def _not_looked_at(facts: RunFacts, width: int) -> Iterator[Line]:
    """What the contracts describe and nothing validates; the report has all of it."""
    if facts.not_looked_at:
        yield from _wrapped("  not looked at: ", _listed(facts.not_looked_at), width)


def known(facts: RunFacts, width: int) -> Iterator[Line]:
    """How many known violations were met, and which are gone; the report has all of them."""
    use = facts.known
    if use.met:
        recorded = f", {len(use.new)} of them not yet in it" if use.new else ""
        yield Line(f"  {counted(len(use.met))} ({LABEL}{recorded})")
    if use.gone:
        words = f"{_listed(map(str, use.gone))}; delete {'it' if len(use.gone) == 1 else 'them'}"
        words += f" in {LABEL}, or run '{COMMAND}' with the options of this run"
        yield from _wrapped("  known and gone: ", words, width)


def _wrapped(label: str, words: str, width: int) -> Iterator[Line]:
    lines = textwrap.wrap(
        words, max(width, 60) - len(label), break_long_words=False, break_on_hyphens=False
    )
    for number, line in enumerate(lines):
        yield Line((" " * len(label) if number else label) + line)


def _notes(verdict: Verdict, facts: RunFacts) -> Iterator[Line]:
    notes = list(facts.notes)
    notes += [f"{check.name}: {note}" for check in verdict.checks for note in check.notes]
    notes += [
        f"{check.name}: flaky: {_first_attempt(check)}" for check in verdict.checks if check.flaky
    ]
    own_reasons = dict.fromkeys(
        check.detail
        for check in verdict.checks
        # "not looked at" names those without anything to look at.
        if check.skip_reason not in (None, SkipReason.DEPENDENCY, SkipReason.NOTHING_THERE)
    )
    notes += [reason for reason in own_reasons if reason not in notes]
    if any(check.outcome.is_failure for check in verdict.checks):
        yield Line("")
    for note in dict.fromkeys(notes):
        yield Line(f"  note: {note}")
