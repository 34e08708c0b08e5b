"""The last lines of the verdict: what is left behind at the target, and the exit code. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.terminal.folding import wrapped
from pytest_apismoke.reports.terminal.line import Line, line
from pytest_apismoke.verdict.exit_code_tables import ExitCodes
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code_in_words, meaning
from pytest_apismoke.verdict.records import Verdict

#: The state of a request that writes, and that is none of the gate's own.
_NOT_TAKEN_BACK = "sent; nothing takes it back"


def left_behind(report: Report, width: int) -> Iterator[Line]:
    """What the run wrote, and how that ended; a target that was left changed has its own lines."""
    verdict, facts = report.verdict.verdict, report.facts
    if verdict is Judgement.DIRTY or not (facts.writes or verdict is Judgement.PASS):
        return
    for text in wrapped(f"left behind: {_written(facts)}", width):
        yield line(text)


def _written(facts: RunFacts) -> str:
    """The writes that were taken back, by how that ended; then those that nothing takes back."""
    kept = [one for one in facts.writes if one.state == _NOT_TAKEN_BACK]
    states: dict[str, int] = {}
    for one in facts.writes:
        if one not in kept:
            states[one.state] = states.get(one.state, 0) + 1
    told = [f"{count} write{'' if count == 1 else 's'}, {state}" for state, count in states.items()]
    taken_back = f"nothing ({'; '.join(told)})" if told else "nothing"
    if not kept:
        return taken_back
    return f"{taken_back}; not taken back: {', '.join(one.resource for one in kept)}"


def exit_code(verdict: Verdict, width: int) -> Iterator[Line]:
    """The exit code in words, and the categories that it does not tell."""
    words = f"exit code {exit_code_in_words(verdict)}"
    if verdict.is_rehearsal:
        words = f"rehearsal: {words}"
    if verdict.verdict is not Judgement.PASS:
        others = [
            f"{category} ({count})"
            for category, count in verdict.categories.items()
            if f"{category}:" not in meaning(verdict)
        ]
        tells = verdict.exit_codes is ExitCodes.CATEGORY
        also = f"; also seen: {', '.join(others)}" if others and tells else ""
        words = f"{words}, {meaning(verdict)}{also}"
    for text in wrapped(words, width):
        yield line(text)
