"""What only a whole run can tell: APIs without a check, and the coverage of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.profiles import OPENAPI
from pytest_apismoke.errors import Failure
from pytest_apismoke.evidence import Exchange, sightings_of
from pytest_apismoke.known.entries import KnownUse, use_of
from pytest_apismoke.known.names import without_check, without_operation
from pytest_apismoke.openapi import conformance
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.verdict import run_failures
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

if TYPE_CHECKING:
    from pytest_apismoke.hooks.session import SmokeSession

#: Why a check or a test has no result although nothing has failed.
_LEFT_OUT = (SkipReason.USER, SkipReason.READ_ONLY, SkipReason.TOKEN_GIVEN)


def unchecked_apis(session: SmokeSession, outcomes: Sequence[Outcome]) -> dict[str, Failure]:
    """The failures of APIs that were asked for and have no check that ran, by their names.

    One is asked for by name in the call, or by `required = true` in the configuration.
    """
    settings = session.preflight.settings
    if session.preflight.stopped_by:
        return {}
    checked = _checked_apis(session, outcomes)
    found: dict[str, Failure] = {}
    for one in settings.profile.apis:
        if one.must_be_checked and one.enabled and one.name not in checked:
            where = settings.profile.origin_of("apis", one.name, "required").where
            is_left_out = one.name not in settings.apis
            found[one.name] = run_failures.required_api(
                one.name, is_left_out=is_left_out, where=where
            )
    for api in settings.apis if settings.apis_were_chosen else ():
        if api not in checked:
            found[api] = run_failures.nothing_of(api, not_checkable(session, api))
    return found


def _checked_apis(session: SmokeSession, outcomes: Iterable[Outcome]) -> set[str]:
    """The APIs with a result, or with a planned check that has none, which is told by itself.

    A test or a check that was only left out is no result.
    """
    outcomes = tuple(outcomes)
    named = {one.name for one in outcomes}
    missing = {one.api for one in session.checks.planned if one.name not in named}
    return missing | {
        one.api
        for one in outcomes
        if one.outcome is not Result.SKIPPED or one.skip_reason not in _LEFT_OUT
    }


def apis_of_other_runs(session: SmokeSession) -> Iterator[str]:
    """The APIs of which no check belongs to this run, as one phrase, if there are any."""
    planned = {one.api for one in session.checks.planned}
    names = [api for api in session.preflight.settings.apis if api not in planned]
    if names and not session.preflight.stopped_by:
        which = "API" if len(names) == 1 else "APIs"
        yield f"the {which} {', '.join(names)} (without a check in this run)"


def not_checkable(session: SmokeSession, api: str) -> tuple[str, ...]:
    """Why the operations of an OpenAPI document have no checks, one string per operation."""
    if api != OPENAPI or session.spec is None:
        return ()
    found = session.spec.not_checkable()
    return tuple(f"{one.operation} ({one.reason})" for one in found)


def notes_on_operations(session: SmokeSession) -> list[str]:
    """What a run does not ask for of an OpenAPI document, though it could, and why."""
    settings, spec = session.preflight.settings, session.spec
    gives_checks = settings.contracts.gives_checks(smoke=settings.mode == "smoke")
    if spec is None or not gives_checks or OPENAPI not in settings.apis:
        return []
    left_out = [f"{o.operation} ({o.reason})" for o in spec.not_checkable() if o.is_left_out]
    note = f"--smoke-openapi-checks leaves out {', '.join(left_out)}"
    return [*([note] if left_out else ()), *spec.entries_without_a_use()]


def known_use(session: SmokeSession, outcomes: Iterable[Outcome]) -> KnownUse:
    """What the run has seen of the known violations."""
    outcomes = tuple(outcomes)
    values = (sighting for outcome in outcomes for sighting in outcome.sightings)
    return use_of(session.contracts.known, sightings_of(_exchanges(session, outcomes), values))


def _exchanges(session: SmokeSession, outcomes: Iterable[Outcome]) -> list[Exchange]:
    """Every exchange of the run, those of the preflight first."""
    preflight = session.preflight
    steps = (preflight.login, preflight.fetch, preflight.recovery)
    return [
        *(exchange for step in steps for exchange in step.exchanges),
        *(exchange for outcome in outcomes for exchange in outcome.exchanges),
    ]


def notes_on_known(session: SmokeSession) -> list[str]:
    """The known violations of what is not there: a check or an operation with another name now."""
    checks, spec = session.contracts.checks, session.spec
    operations = [one.name for one in spec.operations()] if spec else ()
    return [
        *without_check(session.contracts.known.entries, [check.node_id for check in checks]),
        *without_operation(
            session.contracts.known.entries, operations, contract=spec.title if spec else None
        ),
    ]


def contract_use(session: SmokeSession, outcomes: Iterable[Outcome]) -> ContractUse:
    """The coverage of the OpenAPI document by the run, and the drift from it."""
    spec = session.spec
    return conformance.contract_use(
        _exchanges(session, outcomes),
        source=spec.label if spec else "",
        operations=[one.name for one in spec.operations()] if spec else (),
        with_drift=session.preflight.settings.contracts.drift != "off",
        comparison=session.preflight.comparison,
    )


def whole_run_outcomes(
    session: SmokeSession, outcomes: Sequence[Outcome], use: ContractUse
) -> list[Outcome]:
    """The outcomes that concern the run as a whole; see `conformance.whole_run_outcomes`."""
    preflight = session.preflight
    # Otherwise the first suite reports failures of the preflight.
    has_suites = any(
        name in preflight.settings.profile.suites for name in session.checks.plan.nodes
    )
    unchecked = () if has_suites else (preflight.login, preflight.fetch)
    return conformance.whole_run_outcomes(
        use,
        outcomes,
        strict=preflight.settings.contracts.drift == "strict",
        unchecked=[exchange for step in unchecked for exchange in step.exchanges],
        api=OPENAPI,
        redactor=session.redactor,
    )
