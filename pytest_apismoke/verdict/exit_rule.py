"""How failures become one judgement and one exit code. Pure. Source: SPEC section 4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pytest_apismoke.errors import Category
from pytest_apismoke.modes import ExitCodes
from pytest_apismoke.verdict.exit_codes import (
    API_CODES,
    CATEGORY_CODES,
    COULD_NOT_VERIFY,
    DECLARED_API,
    MEANING_OF_CATEGORY,
    MEANING_OF_VERDICT,
    SEVERAL_APIS,
    VERDICT_CODES,
    Judgement,
)
from pytest_apismoke.verdict.records import ApiVerdict, Verdict

_WORST_FIRST = (
    Judgement.DIRTY,
    Judgement.FAIL,
    Judgement.MISCONFIGURED,
    Judgement.INCONCLUSIVE,
    Judgement.PASS,
)


def worst(judgements: Iterable[Judgement]) -> Judgement:
    """The judgement that outranks the others; a pass where there is none."""
    return min(judgements, key=_WORST_FIRST.index, default=Judgement.PASS)


def judgement_of(judgements: Iterable[Judgement], categories: Iterable[Category]) -> Judgement:
    """The judgement on a run, or on several, from those on its parts and the failed categories."""
    found = list(judgements)
    if Category.INTERRUPTED in categories and Judgement.DIRTY not in found:
        # An interrupted run is no evidence to act on, even if some of its checks failed.
        return Judgement.INCONCLUSIVE
    return worst(found)


def exit_code(
    table: ExitCodes,
    verdict: Judgement,
    categories: Mapping[Category, int],
    apis: Mapping[str, ApiVerdict],
    api_codes: Mapping[str, int],
) -> int:
    """The exit code.

    Args:
        table: which one is used.
        verdict: the judgement on the run.
        categories: the failed ones, with their counts.
        apis: the verdicts on them, by name.
        api_codes: the exit codes of declared APIs in the table `api`, by name.

    """
    if table == "verdict":
        return VERDICT_CODES[verdict]
    if verdict is Judgement.PASS:
        return 0
    if Category.INTERRUPTED in categories and verdict is not Judgement.DIRTY:
        return COULD_NOT_VERIFY
    if verdict is Judgement.DIRTY and table == "category":
        # Whatever failed first: the code must tell that the target has to be repaired.
        return CATEGORY_CODES[Category.PERSIST]
    if table == "api":
        bad = [n for n, api in apis.items() if api.verdict in (Judgement.FAIL, Judgement.DIRTY)]
        if len(bad) > 1:
            return SEVERAL_APIS
        codes = {**api_codes, **API_CODES}
        return codes.get(bad[0], DECLARED_API) if bad else COULD_NOT_VERIFY
    return min(
        (CATEGORY_CODES.get(category, COULD_NOT_VERIFY) for category in categories),
        default=COULD_NOT_VERIFY,
    )


def exit_code_in_words(verdict: Verdict) -> str:
    """The exit code of the process; in a rehearsal with the one of the verdict."""
    code, ends_with = verdict.exit_code, verdict.ends_with
    if not verdict.is_rehearsal or code == 0:
        return str(code)
    same = "in a rehearsal too: the target was left changed"
    return f"{code} {same}" if ends_with == code else f"{ends_with} instead of {code}"


def meaning(verdict: Verdict) -> str:
    """The exit code in words."""
    code = verdict.exit_code
    if verdict.exit_codes == "verdict":
        return MEANING_OF_VERDICT[verdict.verdict]
    if code == 0:
        return "everything required was verified"
    if verdict.exit_codes == "api":
        if code == COULD_NOT_VERIFY:
            return "could not verify"
        bad = [n for n, a in verdict.apis.items() if a.verdict in (Judgement.FAIL, Judgement.DIRTY)]
        return f"{', '.join(bad)} failed"
    names = [c for c in verdict.categories if CATEGORY_CODES.get(c, COULD_NOT_VERIFY) == code]
    if not names and verdict.verdict is Judgement.DIRTY:
        return MEANING_OF_VERDICT[Judgement.DIRTY]
    return "; ".join(f"{name}: {MEANING_OF_CATEGORY[name]}" for name in names) or "could not verify"
