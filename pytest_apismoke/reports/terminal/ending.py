"""The last lines of the verdict: what is left behind at the target, and the exit code. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.reports.left_behind import left_behind
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.terminal.folding import wrapped
from pytest_apismoke.reports.terminal.line import Line, line
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code_in_words, meaning
from pytest_apismoke.verdict.records import Verdict


def left_behind_lines(report: Report, width: int) -> Iterator[Line]:
    """What the run wrote, and how that ended; a target that was left changed has its own lines."""
    verdict, facts = report.verdict.verdict, report.facts
    if verdict is Judgement.DIRTY or not (facts.writes or verdict is Judgement.PASS):
        return
    for text in wrapped(f"left behind: {left_behind(facts)}", width):
        yield line(text)


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
        tells = verdict.exit_codes == "category"
        also = f"; also seen: {', '.join(others)}" if others and tells else ""
        words = f"{words}, {meaning(verdict)}{also}"
    for text in wrapped(words, width):
        yield line(text)
