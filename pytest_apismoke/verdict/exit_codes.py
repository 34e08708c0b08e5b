"""The three published tables of exit codes, and the meaning of each code in words.

Fixed forever. Source: SPEC section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from pytest_apismoke.errors import Category
from pytest_apismoke.modes import ExitCodes


class Judgement(str, Enum):
    """The verdict in one word; the value appears in JSON."""

    PASS = "pass"  # noqa: S105  # a verdict, not a password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    MISCONFIGURED = "misconfigured"
    DIRTY = "dirty"

    def __str__(self) -> str:
        return self.value


CATEGORY_CODES: Mapping[Category, int] = {
    Category.AUTH: 1,
    Category.FETCH: 2,
    Category.SAVE: 3,
    Category.OAUTH: 3,
    Category.PHONE: 3,
    Category.PERSIST: 4,
    Category.STATE: 4,
}
API_CODES: Mapping[str, int] = {"settings": 1, "calendar": 2, "twilio": 3}
SEVERAL_APIS = 4
DECLARED_API = 9
COULD_NOT_VERIFY = 5
VERDICT_CODES: Mapping[Judgement, int] = {
    Judgement.PASS: 0,
    Judgement.FAIL: 1,
    Judgement.INCONCLUSIVE: 2,
    Judgement.MISCONFIGURED: 3,
    Judgement.DIRTY: 4,
}

MEANING_OF_VERDICT: Mapping[Judgement, str] = {
    Judgement.PASS: "everything required was verified",
    Judgement.FAIL: "the target is bad",
    Judgement.INCONCLUSIVE: "could not tell",
    Judgement.MISCONFIGURED: "the gate itself is misconfigured",
    Judgement.DIRTY: "the target was left changed",
}
MEANING_OF_CATEGORY: Mapping[Category, str] = {
    Category.AUTH: "no usable token from login, or something is served without one",
    Category.FETCH: "no usable response",
    Category.SAVE: "the update was refused",
    Category.OAUTH: "the OAuth start response is wrong",
    Category.PHONE: "the number is missing where required or not E.164",
    Category.PERSIST: "what was written was not kept, or could not be restored",
    Category.STATE: "a state is absent, of the wrong type or inconsistent",
    Category.INVALID: "a response breaks its contract",
    Category.ERROR: "something unexpected",
    Category.UNREADY: "the target never became ready",
    Category.VERSION: "the expected version was not proven to answer",
    Category.USAGE: "the gate was called or configured wrongly",
    Category.BUDGET: "the time budget was spent",
    Category.INTERRUPTED: "the run was interrupted",
    Category.UNVERIFIED: "something required was not verified",
    Category.INTERNAL: "the gate itself failed",
}


def could_not_verify(table: ExitCodes, judgement: Judgement = Judgement.INCONCLUSIVE) -> int:
    """The exit code of a run that ended before it could judge anything."""
    return VERDICT_CODES[judgement] if table == "verdict" else COULD_NOT_VERIFY
