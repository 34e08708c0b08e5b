"""One verdict on several targets, by the rule of one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pytest_apismoke.errors import Category
from pytest_apismoke.modes import ExitCodes
from pytest_apismoke.verdict.exit_rule import exit_code, judgement_of, worst
from pytest_apismoke.verdict.records import ApiVerdict, Verdict


def merged(
    verdicts: Sequence[Verdict], *, table: ExitCodes, api_codes: Mapping[str, int]
) -> Verdict:
    """The verdict on several targets: what failed at one of them has failed.

    Args:
        verdicts: on each.
        table: which exit-code table to use.
        api_codes: the exit codes of declared APIs in the table `api`, by name.

    """
    categories = {
        category: count
        for category in Category
        if (count := sum(one.categories.get(category, 0) for one in verdicts))
    }
    names = dict.fromkeys(name for one in verdicts for name in one.apis)
    apis = {
        name: _worst_of(one.apis[name] for one in verdicts if name in one.apis) for name in names
    }
    verdict = judgement_of((one.verdict for one in verdicts), categories)
    return Verdict(
        verdict=verdict,
        exit_code=exit_code(table, verdict, categories, apis, api_codes),
        exit_codes=table,
        categories=categories,
        apis=apis,
        checks=tuple(check for one in verdicts for check in one.checks),
        is_rehearsal=any(one.is_rehearsal for one in verdicts),
    )


def _worst_of(verdicts: Iterable[ApiVerdict]) -> ApiVerdict:
    """The verdict on one API of several targets: that on the first of the worst of them."""
    found = list(verdicts)
    judgement = worst(one.verdict for one in found)
    return next(one for one in found if one.verdict is judgement)
