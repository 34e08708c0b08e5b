"""The states of APIs and of checks in words, and how they are coloured. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.reports.terminal.line import BAD, DIM, GREEN, PLAIN, YELLOW, Markup, Span
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.outcome import Outcome
from pytest_apismoke.verdict.states import CheckState, state_of
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
#: The words that are shorter here, or louder, than elsewhere.
_WORD_OF: Mapping[CheckState, str] = {CheckState.PASSED: OK, CheckState.FAILED: FAILED}
_IDLE = (CheckState.NOT_RUN, CheckState.SKIPPED)
_WORDS = late_pattern(r"(FAILED(?: \(\d+\))?|\bflaky\b|\bskipped\b|\bnot run\b(?: \(\d+\))?)")


def word_of(check: Outcome) -> str:
    """The state of a check."""
    state = state_of(check)
    return _WORD_OF.get(state, state.value)


def api_word(verdict: Judgement, checks: tuple[Outcome, ...]) -> str:
    """The state of an API."""
    if verdict in (Judgement.FAIL, Judgement.DIRTY):
        return str(verdict).upper()
    if verdict is not Judgement.PASS:
        is_idle = all(state_of(one) in _IDLE for one in checks)
        return NOT_RUN if is_idle else str(verdict)
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
