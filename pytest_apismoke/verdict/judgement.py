"""Derives the verdict and the exit code from the outcomes. Pure.

The tables are those of SPEC section 4. The result depends neither on the order of the outcomes,
nor on repeated reports of one, nor on the process that reported it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TypeVar

from pytest_apismoke.errors import TARGET_CATEGORIES, Category, Failure
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.modes import ExitCodes
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code, judgement_of, worst
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason
from pytest_apismoke.verdict.records import ApiVerdict as ApiVerdict
from pytest_apismoke.verdict.records import Planned as Planned
from pytest_apismoke.verdict.records import Verdict as Verdict
from pytest_apismoke.verdict.states import CheckState, state_of

_T = TypeVar("_T")
#: Outcomes of this API belong to the run, not to an API of the target.
RUN = "apismoke"
#: The API under which tests written by users are counted.
USER_TESTS = "tests"


def outcome_of_run(
    redactor: Redactor,
    failure: Failure,
    *,
    stage: str = "run",
    exchanges: tuple[Exchange, ...] = (),
    dirty: bool = False,
) -> Outcome:
    """The outcome of a failure that belongs to the run and not to an API."""
    return Outcome.of_failure(
        redactor,
        failure,
        api=RUN,
        stage=stage,
        name=f"{RUN}::{stage}",
        outcome=Result.ERROR,
        exchanges=exchanges,
        dirty=dirty,
    )


def judge(
    outcomes: Iterable[Outcome],
    *,
    plan: Sequence[Planned],
    table: ExitCodes = "category",
    api_codes: Mapping[str, int] | None = None,
) -> Verdict:
    """The verdict on a run.

    Args:
        outcomes: all that were reported, in any order, repeated or not.
        plan: the planned checks, in the order of the reports.
        table: which exit-code table to use.
        api_codes: the exit codes of declared APIs in the table `api`, by name; the built-in APIs
            have fixed ones.

    """
    checks = _merge(outcomes, plan)
    unverified = _unverified(checks, plan)
    replaced = {check.name for check in unverified}
    checks = (*(check for check in checks if check.name not in replaced), *unverified)
    categories = _count(checks)
    apis = _judge_apis(checks, plan)
    verdict = _judge_run(checks, apis)
    return Verdict(
        verdict=verdict,
        exit_code=exit_code(table, verdict, categories, apis, api_codes or {}),
        exit_codes=table,
        categories=categories,
        apis=apis,
        checks=checks,
    )


def _merge(outcomes: Iterable[Outcome], plan: Sequence[Planned]) -> tuple[Outcome, ...]:
    """One outcome per check and category: the worst one, so that a retry hides nothing."""
    checked = (planned.name for planned in plan if not planned.is_users_test)
    place = {name: index for index, name in enumerate(checked)}
    kept: dict[tuple[str, Category | None], Outcome] = {}
    for outcome in sorted(outcomes, key=_alphabetically):
        key = (outcome.name, outcome.category if outcome.outcome.is_failure else None)
        known = kept.get(key)
        kept[key] = outcome if known is None else _worse(known, outcome)
    failed = {name for name, category in kept if category is not None}
    checks = [o for (name, category), o in kept.items() if category or name not in failed]
    return tuple(
        sorted(checks, key=lambda o: (place.get(o.name, len(place)), o.name, o.category or ""))
    )


def _alphabetically(o: Outcome) -> tuple[str, ...]:
    return (o.name, o.stage, o.outcome.value, o.expected, o.seen, o.detail, o.where)


def _worse(one: Outcome, other: Outcome) -> Outcome:
    rank = (Result.FAILED, Result.ERROR, Result.PASSED, Result.SKIPPED)
    worst = min((one, other), key=lambda outcome: rank.index(outcome.outcome))
    return replace(worst, dirty=one.dirty or other.dirty, verified=one.verified or other.verified)


def _unverified(checks: Sequence[Outcome], plan: Sequence[Planned]) -> tuple[Outcome, ...]:
    """Outcomes for required checks that neither passed nor depend on a failure.

    Nothing is missing where an empty list left nothing to ask for: the reports name those checks.
    """
    if any(check.api == RUN and check.outcome.is_failure for check in checks):
        return ()
    broken = {check.api for check in checks if check.outcome.is_failure}
    failed = {check.name for check in checks if check.outcome.is_failure}
    passed = {check.name for check in checks if check.outcome is Result.PASSED and check.verified}
    told = {check.name for check in checks}
    not_run = {c.name: c for c in checks if c.skip_reason is SkipReason.DEPENDENCY}
    settled = passed | {c.name for c in checks if c.skip_reason is SkipReason.NOTHING_THERE}
    missing = [
        planned
        for planned in plan
        if planned.required
        and planned.api not in broken
        and planned.name not in (told if planned.is_users_test else settled)
        # One cause is reported once, by the failure that this check depends on.
        and not (planned.name in not_run and not_run[planned.name].because_of in failed)
    ]
    found = tuple(_not_run(planned, not_run.get(planned.name)) for planned in missing)
    if found or broken or passed:
        return found
    seen = "none"
    hint = "enable an API, or mark a test that uses the smoke_client fixture as smoke or e2e"
    if any(check.skip_reason is SkipReason.NOT_REQUIRED for check in checks):
        seen = "only failed checks that are not required (required = false)"
        hint = "look at the warnings; a run proves something only where a check passes"
    return (
        Outcome(
            api=RUN,
            stage="run",
            name=f"{RUN}::run",
            outcome=Result.ERROR,
            category=Category.UNVERIFIED,
            expected="at least one check that sends a request to the target",
            seen=seen,
            where="this run",
            hint=hint,
        ),
    )


def _not_run(planned: Planned, not_run: Outcome | None) -> Outcome:
    """The outcome of a required check that was not run; `not_run` is its skip, if it has one."""
    expected = "every required check to be run"
    seen = "no result of some"
    hint = (
        "leave out -k, -m, --deselect, --lf and --collect-only;"
        " to check fewer APIs use --smoke-api NAME"
    )
    if planned.is_users_test:
        expected, seen = "every test of this run to be run", "no result of this one"
        hint = (
            "leave out -k, -m, --deselect and --collect-only; without them, a conftest.py or a"
            " plugin has taken the test away or ended the run early"
        )
    if not_run is not None:
        seen = f"one {not_run.detail}"
        hint = "correct the failure, or set required = false here too"
    return Outcome(
        api=planned.api,
        stage=planned.stage,
        name=planned.name,
        outcome=Result.ERROR,
        category=Category.UNVERIFIED,
        expected=expected,
        seen=seen,
        where="this run",
        hint=hint,
        skip_reason=SkipReason.MISSING,
    )


def _count(checks: Sequence[Outcome]) -> dict[Category, int]:
    found = [c.category for c in checks if c.outcome.is_failure and c.category is not None]
    return {category: found.count(category) for category in Category if category in found}


def _api_names(checks: Sequence[Outcome], plan: Sequence[Planned]) -> tuple[str, ...]:
    # An API with only skipped checks has no verdict, unless one of them is required, or was not run
    # because of a failure.
    optional = {planned.name for planned in plan if planned.is_optional}
    seen = {
        check.api
        for check in checks
        if check.outcome is not Result.SKIPPED or (check.because_of and check.name not in optional)
    }
    required = {planned.api for planned in plan if planned.required and not planned.is_users_test}
    names = [p.api for p in plan if p.api in required | seen] + sorted(seen)
    return tuple(name for name in dict.fromkeys(names) if name != RUN)


def _judge_apis(checks: Sequence[Outcome], plan: Sequence[Planned]) -> dict[str, ApiVerdict]:
    run = _Run(
        optional=frozenset(planned.name for planned in plan if planned.is_optional),
        failures={
            name: tuple(of_name)
            for name, of_name in _grouped(
                ((c.name, (n, c)) for n, c in enumerate(checks) if c.outcome.is_failure)
            ).items()
        },
        has_outcome_of_its_own=any(check.api == RUN for check in checks),
    )
    mine = _grouped((check.api, check) for check in checks)
    planned = _grouped((one.api, one) for one in plan)
    return {
        api: _judge_api(mine.get(api, []), planned.get(api, []), run)
        for api in _api_names(checks, plan)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the verdict on an API needs to know of all others.

    `optional` are the names of the checks that are not required; `failures` the failing outcomes
    by their names, with their places in the report.
    """

    optional: frozenset[str]
    failures: Mapping[str, Sequence[tuple[int, Outcome]]]
    has_outcome_of_its_own: bool


def _grouped(pairs: Iterable[tuple[str, _T]]) -> dict[str, list[_T]]:
    """The values of each key, in their order."""
    found: dict[str, list[_T]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def _judge_api(mine: Sequence[Outcome], planned: Sequence[Planned], run: _Run) -> ApiVerdict:
    """The verdict on an API, from its own checks and its part of the plan."""
    failing = [check for check in mine if check.outcome.is_failure]
    # A check that depends on another API's failure gives this API the same verdict.
    causes = {check.because_of for check in mine if check.name not in run.optional}
    own = {check.name for check in mine}
    others = [one for cause in causes - own for one in run.failures.get(cause, ())]
    failing += [check for _, check in sorted(others, key=itemgetter(0))]
    if failing:
        verdict = worst(_judge_failure(check) for check in failing)
    elif run.has_outcome_of_its_own and not _have_passed(planned, mine):
        verdict = Judgement.INCONCLUSIVE
    else:
        verdict = Judgement.PASS
    return ApiVerdict(
        verdict=verdict,
        failed_stage=failing[0].stage if failing else None,
        category=failing[0].category if failing else None,
        stages=tuple((check.stage, _shown(check)) for check in mine),
    )


def _shown(check: Outcome) -> Result:
    """The result to show: a required check that was not run is not shown as failed."""
    return Result.SKIPPED if state_of(check) is CheckState.NOT_RUN else check.outcome


def _have_passed(planned: Iterable[Planned], checks: Sequence[Outcome]) -> bool:
    """Whether all required checks have passed; a user's test may also be skipped."""
    passed = {check.name for check in checks if check.outcome is Result.PASSED}
    enough = passed | {check.name for check in checks if check.outcome is Result.SKIPPED}
    return all(
        one.name in (enough if one.is_users_test else passed) for one in planned if one.required
    )


def _judge_failure(check: Outcome) -> Judgement:
    if check.dirty:
        return Judgement.DIRTY
    if check.category in TARGET_CATEGORIES:
        return Judgement.FAIL
    return Judgement.MISCONFIGURED if check.category is Category.USAGE else Judgement.INCONCLUSIVE


def _judge_run(checks: Sequence[Outcome], apis: Mapping[str, ApiVerdict]) -> Judgement:
    failing = [check for check in checks if check.outcome.is_failure]
    judgements = [*map(_judge_failure, failing), *(api.verdict for api in apis.values())]
    return judgement_of(judgements, [one.category for one in failing if one.category])
