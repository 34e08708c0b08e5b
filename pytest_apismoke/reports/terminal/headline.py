"""The first lines of the verdict: the reason, the target, and what has to be put back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.reports.terminal.folding import NARROW, seconds, shell_lines, wrapped
from pytest_apismoke.reports.terminal.line import BAD, BOLD, Line, Markup, Span, line
from pytest_apismoke.verdict.causes import headline_of, what_was_checked, word_of_verdict
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code_in_words
from pytest_apismoke.verdict.records import Verdict

WORD_MARKUP: Mapping[Judgement, Markup] = {
    Judgement.PASS: {"green": True, "bold": True},
    Judgement.FAIL: BAD,
    Judgement.INCONCLUSIVE: {"yellow": True, "bold": True},
    Judgement.MISCONFIGURED: {"purple": True, "bold": True},
    Judgement.DIRTY: {"red": True, "bold": True, "invert": True},
}


def headline(verdict: Verdict, width: int) -> Iterator[Line]:
    """The word of the verdict and its reason."""
    word, colon, _ = headline_of(verdict).partition(":")
    for number, text in enumerate(wrapped(headline_of(verdict), width)):
        if number:
            yield line("  ", Span(text, BOLD))
        else:
            head = Span(f"{word}{colon}", WORD_MARKUP[verdict.verdict])
            yield line(head, Span(text.removeprefix(f"{word}{colon}"), BOLD))


def target(report: Report, width: int) -> Iterator[Line]:
    """What the verdict is about: the target with its version, the kind of run, and the time."""
    verdict, facts = report.verdict, report.facts
    if not is_anything_sent(report) and verdict.verdict is Judgement.MISCONFIGURED:
        yield line("nothing was sent")
        return
    parts = [facts.target_url or "no target", *_version(facts), facts.mode]
    words = f"{', '.join(parts)}, {seconds(facts.duration_s)}{_ready(facts)}"
    if width < NARROW and facts.target_url:
        # The URL in one piece.
        yield line(facts.target_url)
        words = words.removeprefix(f"{facts.target_url}, ")
    for text in wrapped(words, width):
        yield line(text)


def is_anything_sent(report: Report) -> bool:
    """Whether the run has sent a request, as far as it is known."""
    return bool(report.facts.exchanges) or any(one.exchanges for one in report.verdict.checks)


def _version(facts: RunFacts) -> Iterator[str]:
    version, expected = facts.target_version, facts.expected_version
    if version or expected:
        is_other = expected is not None and version != expected
        yield f"version {version or 'unknown'}" + (f" (expected {expected})" if is_other else "")


def _ready(facts: RunFacts) -> str:
    return f" (ready after {seconds(facts.ready_after_s)})" if facts.ready_after_s >= 1 else ""


def put_back(report: Report, width: int) -> Iterator[Line]:
    """The command that restores a target that was left changed."""
    if report.verdict.verdict is not Judgement.DIRTY:
        return
    repair = report.facts.repair
    if not repair:
        yield line()
        yield line("  the target ends with this run: there is nothing to put back")
        return
    yield line()
    yield from command_that_restores(repair, width)


def command_that_restores(repair: str, width: int) -> Iterator[Line]:
    """A command that puts a target back, behind its label."""
    label = "  put it back  "
    if width < NARROW:
        yield line(Span(label.rstrip(), BAD))
        label = "    "
    for number, text in enumerate(shell_lines(repair, width - len(label))):
        head = " " * len(label) if number else label
        yield line(Span(head, BAD), Span(text, BOLD))


def quiet(report: Report) -> Line:
    """The whole verdict on one line."""
    verdict, facts = report.verdict, report.facts
    passed = verdict.verdict is Judgement.PASS
    brief = f"{word_of_verdict(verdict)}: {what_was_checked(verdict)}"
    told = brief if passed else headline_of(verdict)
    word, colon, rest = told.partition(":")
    about = f", {facts.target_url}" if facts.target_url else ""
    tail = f"{rest}{about}, {seconds(facts.duration_s)}; exit code {exit_code_in_words(verdict)}"
    return line(Span(f"{word}{colon}", WORD_MARKUP[verdict.verdict]), tail)
