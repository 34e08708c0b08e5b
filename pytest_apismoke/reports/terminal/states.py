"""The states of APIs and of checks in words, and how they are coloured. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_apismoke.errors import Category
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.reports.terminal.line import BAD, DIM, GREEN, PLAIN, YELLOW, Markup, Span
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason
from pytest_apismoke.verdict.subjects import own_test_name

OK, FLAKY, FAILED, NOT_RUN = "ok", "flaky", "FAILED", "not run"
#: The markup of an API's state.
API_MARKUP: Mapping[str, Markup] = {
    "pass": GREEN,
    FLAKY: YELLOW,
    "FAIL": BAD,
    "DIRTY": BAD,
    NOT_RUN: DIM,
    "inconclusive": YELLOW,
    "misconfigured": {"purple": True},
}
_WORDS = late_pattern(r"(FAILED(?: \(\d+\))?|\bflaky\b|\bnot run\b(?: \(\d+\))?)")


def word_of(check: Outcome) -> str:
    """The state of a check."""
    if check.skip_reason is SkipReason.NOT_REQUIRED:
        return "failed, not required"
    was_not_run = check.category is Category.UNVERIFIED and not check.exchanges
    if check.outcome is Result.SKIPPED or was_not_run:
        return NOT_RUN
    if check.outcome.is_failure:
        return FAILED
    return FLAKY if check.flaky else OK


def api_word(verdict: Judgement, checks: tuple[Outcome, ...]) -> str:
    """The state of an API."""
    if verdict in (Judgement.FAIL, Judgement.DIRTY):
        return str(verdict).upper()
    if verdict is not Judgement.PASS:
        return NOT_RUN if all(word_of(one) == NOT_RUN for one in checks) else str(verdict)
    return FLAKY if any(one.flaky for one in checks) else "pass"


def is_built_in(check: Outcome) -> bool:
    """Whether it is a stage of a suite, which is told by its name."""
    return check.name == f"{check.api}::{check.stage}"


def is_own_test(check: Outcome) -> bool:
    """Whether it is a test that a user has written."""
    return bool(own_test_name(check))


def short_name(check: Outcome) -> str:
    """The name of a check beside that of its API."""
    if own := own_test_name(check):
        return own
    return check.stage if is_built_in(check) else check.name.partition("::")[2] or check.stage


def coloured(text: str) -> Iterator[Span]:
    """A text in which the states have their colours."""
    for number, part in enumerate(_WORDS.split(text)):
        if part:
            yield Span(part, _markup(part) if number % 2 else PLAIN)


def _markup(word: str) -> Markup:
    if word.startswith(FAILED):
        return BAD
    return YELLOW if word == FLAKY else DIM
