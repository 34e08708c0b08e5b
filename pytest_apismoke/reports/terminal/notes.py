"""What is worth a look beside the failures: notes in columns, each with a label. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_apismoke.evidence import sent_again
from pytest_apismoke.known.entries import KnownUse, counted
from pytest_apismoke.known.place import COMMAND, LABEL
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.slowest import slowest
from pytest_apismoke.reports.terminal.folding import NARROW, listed, seconds, wrapped
from pytest_apismoke.reports.terminal.line import DIM, PLAIN, YELLOW, Line, Span, line
from pytest_apismoke.reports.terminal.states import short_name
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Outcome, SkipReason

_SLOWEST = "slowest"
#: A request that takes as long is worth a look, in seconds.
_SLOW_S = 0.3
#: The labels that a note of the run may begin with, before a colon.
_LABELS = ("warning", "drift")
#: A label and its text.
Note = tuple[str, str]
#: Reasons that a cause, or what was not looked at, tells.
_TOLD_ELSEWHERE = (
    None,
    SkipReason.DEPENDENCY,
    SkipReason.MISSING,
    SkipReason.NOTHING_THERE,
)


def notes_of(report: Report, *, is_verbose: bool = False) -> list[Note]:
    """The notes on a run, those with the same label together.

    Args:
        report: of the run.
        is_verbose: whether the slowest requests are told however quick they were.

    """
    told = [*_of_run(report), *_flaky(report.verdict.checks)]
    notes: list[Note] = list(dict.fromkeys(map(_labelled, told)))
    notes.sort(key=lambda note: _ORDER.index(note[0]))
    return [
        *notes,
        *known(report.facts.known),
        *_slowest(report, is_verbose=is_verbose),
        *_not_looked_at(report.facts.not_looked_at),
    ]


#: The order of the labels among the notes of a run.
_ORDER = ("warning", "note", "flaky", "drift")


def _labelled(text: str) -> Note:
    label, colon, rest = text.partition(": ")
    return (label, rest) if colon and label in (*_LABELS, "flaky") else ("note", text)


def _of_run(report: Report) -> Iterator[str]:
    yield from report.facts.notes
    checks = report.verdict.checks
    for check in checks:
        yield from (f"{check.name}: {note}" for note in check.notes)
    told, not_looked_at = set(report.facts.notes), "\n".join(report.facts.not_looked_at)
    for check in checks:
        # "not looked at" names those without anything to look at.
        own = check.skip_reason not in _TOLD_ELSEWHERE
        if own and check.name not in not_looked_at and check.detail not in told:
            yield check.detail


def _flaky(checks: Iterable[Outcome]) -> Iterator[str]:
    """The first request of each check that needed a second try, and what came of it."""
    for check in checks:
        if not check.flaky:
            continue
        again = sent_again(check.exchanges)
        first = check.exchanges[max(check.exchanges.index(again[0]) - 1, 0)]
        came = first.error or str(first.status)
        times = f" {len(again)} times" if len(again) > 1 else ""
        yield (
            f"flaky: {check.api}: {short_name(check)}: {first.method} {first.url}: {came}, asked"
            f" again{times}, then {again[-1].status}"
        )


def known(use: KnownUse) -> list[Note]:
    """How many known violations were met, and which are gone; the report has all of them."""
    found: list[Note] = []
    if use.met:
        recorded = f", {len(use.new)} of them not yet in it" if use.new else ""
        found.append(("known", f"{counted(len(use.met))} ({LABEL}{recorded})"))
    if use.gone:
        words = f"{listed(map(str, use.gone))}; delete {'it' if len(use.gone) == 1 else 'them'}"
        words += f" in {LABEL}, or run '{COMMAND}' with the options of this run"
        found.append(("known and gone", words))
    return found


def _slowest(report: Report, *, is_verbose: bool) -> list[Note]:
    """The slowest requests of a pass, by their paths below the target's URL."""
    url = report.facts.target_url
    if report.verdict.verdict is not Judgement.PASS:
        return []
    took_s = (one.duration_s for check in report.verdict.checks for one in check.exchanges)
    if not is_verbose and max(took_s, default=0.0) < _SLOW_S:
        return []
    return [
        (_SLOWEST, f"{seconds(one.duration_s):>6}  {one.method} {one.url.removeprefix(url)}")
        for one in slowest(report.verdict.checks, url)
    ]


def _not_looked_at(places: Sequence[str]) -> list[Note]:
    """What the contracts describe and nothing validates; the report has all of it."""
    return [("not looked at", listed(places))] if places else []


def rendered(notes: Sequence[Note], width: int) -> Iterator[Line]:
    """The notes as lines; the slowest requests share their label."""
    label_width = max((len(label) for label, _ in notes), default=0)
    indent = 4 if width < NARROW else label_width + 4
    last = ""
    for label, text in notes:
        markup = YELLOW if label in ("flaky", "warning") else DIM
        shown = "" if label == last == _SLOWEST else label
        last = label
        if width < NARROW and shown:
            yield line(Span(f"  {shown}", markup))
        for number, piece in enumerate(_folded(text, width - indent)):
            head = f"  {shown}".ljust(indent)
            is_first = number == 0 and width >= NARROW
            yield line(Span(head if is_first else " " * indent, markup), Span(piece, PLAIN))


def _folded(text: str, width: int) -> list[str]:
    """The text in lines; blanks at its beginning, which align numbers, stay."""
    blanks = len(text) - len(text.lstrip())
    return [f"{' ' * blanks}{piece}" for piece in wrapped(text.lstrip(), width - blanks)]
