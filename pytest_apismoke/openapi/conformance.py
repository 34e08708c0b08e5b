"""Conformance of a whole run to its spec: violations, coverage of operations, and drift. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pytest_apismoke.errors import Category, Failure, defect
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.known.entries import besides
from pytest_apismoke.openapi.near_misses import but_for_a_slash
from pytest_apismoke.openapi.operation_drift import OperationDrift, drift_failure, listed
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import in_words
from pytest_apismoke.verdict.outcome import Outcome

if TYPE_CHECKING:
    from pytest_apismoke.openapi.change import Comparison


@dataclass(frozen=True, slots=True)
class NotLookedAt:
    """A part of an operation's response that nothing validates."""

    operation: str
    part: str

    def __str__(self) -> str:
        return f"{self.operation} ({self.part})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractUse:
    """The operations of the spec that a run has exercised, and their drift.

    `source` is the label of the spec, empty where there is none; operations are named like
    `GET /orders/{id}`. `was_refused` tells that a layer in front of the API refused a request,
    `near_miss` names one that matches no operation for a slash. `not_looked_at` lists the
    operations with a response that was not validated whole, each with what was not. `comparison`
    tells what the target's own document says otherwise by now.
    """

    source: str = ""
    operations: tuple[str, ...] = ()
    exercised: tuple[str, ...] = ()
    drift: tuple[OperationDrift, ...] = ()
    was_refused: bool = False
    near_miss: str = ""
    not_looked_at: tuple[NotLookedAt, ...] = ()
    comparison: Comparison | None = None

    @property
    def not_exercised(self) -> tuple[str, ...]:
        """The operations that have no response."""
        exercised = frozenset(self.exercised)
        return tuple(name for name in self.operations if name not in exercised)

    @property
    def percent(self) -> float:
        """The share of the operations that were exercised, from 0 to 100."""
        return 100 * len(self.exercised) / len(self.operations) if self.operations else 0.0


def contract_use(
    exchanges: Iterable[Exchange],
    *,
    source: str = "",
    operations: Sequence[str] = (),
    with_drift: bool = True,
    comparison: Comparison | None = None,
) -> ContractUse:
    """Coverage and drift, from the exchanges of a run.

    Args:
        exchanges: in any order; duplicates make no difference.
        source: the label of the spec.
        operations: of the spec, by name.
        with_drift: whether to collect drift.
        comparison: of the spec with the target's own document.

    """
    exchanges = tuple(exchanges)
    found = dict.fromkeys((e.held, e.status) for e in exchanges if e.held is not None)
    results = [(one, status) for one, status in found if one.was_compared]
    # A response from a layer in front of the API is not from the operation.
    own = [(one, status) for one, status in results if not one.is_from_a_layer_in_front]
    read = {one.operation for one, _ in own if not one.is_unread}
    exercised = tuple(name for name in operations if name in read)
    unseen: dict[tuple[str, int | None], set[str]] = {}
    undeclared: dict[str, set[str]] = {}
    doubts: dict[str, set[str]] = {}
    for one, status in own:
        undeclared.setdefault(one.operation, set()).update(one.undeclared)
        doubts.setdefault(one.operation, set()).update(one.doubts)
        known = unseen.setdefault((one.operation, status), set(one.unseen))
        known &= set(one.unseen)
    unseen_in_all = {name: set[str]() for name in undeclared}
    for (name, _), places in unseen.items():
        unseen_in_all[name] |= places
    drift = (
        OperationDrift(
            operation=name,
            undeclared=tuple(sorted(undeclared[name])),
            unseen=tuple(sorted(unseen_in_all[name])),
            doubts=tuple(sorted(doubts[name])),
        )
        for name in sorted(undeclared)
    )
    return ContractUse(
        source=source,
        operations=tuple(operations),
        exercised=exercised,
        was_refused=len(own) < len(results),
        near_miss="" if exercised or not operations else but_for_a_slash(exchanges, operations),
        not_looked_at=tuple(
            dict.fromkeys(
                NotLookedAt(one.operation, one.not_looked_at) for one, _ in own if one.not_looked_at
            )
        ),
        drift=tuple(one for one in drift if with_drift and one),
        comparison=comparison,
    )


def first_failure(exchanges: Iterable[Exchange], *, source: str) -> Failure | None:
    """The failure of the first exchange that violates the spec, or None."""
    for exchange in exchanges:
        if exchange.held and exchange.held.violations:
            where = f"{exchange.method} {exchange.url}"
            return conformance_failure(exchange.held, source=source, where=where)
    return None


def conformance_failure(result: ConformanceResult, *, source: str, where: str) -> Failure | None:
    """The failure of a response that violates the spec, or None."""
    if not result.violations:
        return None
    if not result.was_compared:
        what = f"the validation of the response against {source}"
        return defect(what, seen=result.violations[0].actual, where=where)
    return Failure(
        category=Category.USAGE if result.is_defect else Category.INVALID,
        expected=f"a response to {result.operation} that conforms to {source}",
        seen=in_words(result.violations) + besides(sum(len(one.breaks) for one in result.known)),
        where=where,
        hint="either the API broke its spec or the spec is out of date: compare the two at the"
        " place named",
        violations=result.violations,
        difference=result.difference,
    )


def whole_run_outcomes(
    use: ContractUse,
    outcomes: Sequence[Outcome],
    *,
    strict: bool,
    unchecked: Sequence[Exchange],
    api: str,
    redactor: Redactor,
) -> list[Outcome]:
    """The outcomes of the run as a whole: strict drift, that of the document included, and
    violations outside any check.

    Args:
        use: coverage and drift of the run.
        outcomes: of the run's checks; an outcome counts for the API that sent the request.
        strict: whether drift is a failure.
        unchecked: exchanges that belong to no check.
        api: the API to count for where no check sent the request.
        redactor: removes secrets from the outcomes.

    """
    found: dict[str, tuple[str, Failure]] = {}
    if strict:
        owners = _owners(outcomes)
        for one in use.drift:
            owner = owners.get(one.operation) or api
            found[f"drift of {one.operation}"] = (owner, drift_failure(one, source=use.source))
    changed = use.comparison and use.comparison.failure()
    if strict and changed:
        found["changes of the document"] = (api, changed)
    broken = first_failure(unchecked, source=use.source)
    if broken:
        found["preflight"] = (api, broken)
    return [
        Outcome.of_failure(redactor, failure, api=owner, stage=stage, name=f"{owner}::{stage}")
        for stage, (owner, failure) in found.items()
    ]


def _owners(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The API of the first check that exercised each operation."""
    found: dict[str, str] = {}
    for outcome in outcomes:
        for exchange in outcome.exchanges:
            if exchange.held:
                found.setdefault(exchange.held.operation, outcome.api)
    return found


def failures(
    use: ContractUse,
    outcomes: Iterable[Outcome],
    *,
    floor_percent: float,
    server_paths: Sequence[str],
    target_path: str,
) -> dict[str, Failure]:
    """The failures of the run as a whole, by stage: too few operations were exercised.

    Args:
        use: coverage of the run.
        outcomes: of the run.
        floor_percent: the share of the operations that must be exercised, from 0 to 100.
        server_paths: of the spec's servers.
        target_path: of the target's URL.

    """
    failure = too_few_exercised(use, floor_percent=floor_percent)
    # A run that failed anyway is no silent success, and may have sent no request for that reason.
    if not any(one.outcome.is_failure for one in outcomes):
        failure = (
            nothing_exercised(use, server_paths=server_paths, target_path=target_path) or failure
        )
    return {"coverage": failure} if failure else {}


def nothing_exercised(
    use: ContractUse, *, server_paths: Sequence[str], target_path: str
) -> Failure | None:
    """The failure of a run with a spec in which no response was validated, or None."""
    if not use.source or use.exercised:
        return None
    count = len(use.operations)
    expected = f"a response of any of the {count} operations of {use.source}"
    if not use.operations:
        expected = f"operations in {use.source}"
        seen, hint = "none", "name the spec that has them, or run without --smoke-openapi"
    elif unread := [str(one) for one in use.not_looked_at if one.operation in use.operations]:
        seen = f"none that is validated: {listed(unread)}"
        hint = "only JSON and text are validated: let the run ask for an operation that has them"
    elif use.was_refused:
        seen = "only undeclared refusals, as layers in front of an API send them"
        hint = "let the run log in (APISMOKE_USERNAME and APISMOKE_PASSWORD, or APISMOKE_TOKEN)"
    elif use.near_miss:
        seen = f"no request for one: {use.near_miss}"
        hint = "send the request with the path as the spec has it, or correct the spec"
    else:
        servers = ", ".join(path or "/" for path in server_paths)
        seen = f"no request for one: its servers' paths are {servers}, the target's is"
        seen += f" {target_path or '/'}"
        hint = (
            "correct --target-url or the spec's servers, so that both lead to the same place; else"
            " send a request to an operation: declare checks in contracts/, or use"
            " --smoke-openapi-checks"
        )
    return Failure(
        category=Category.UNVERIFIED, expected=expected, seen=seen, where=use.source, hint=hint
    )


def too_few_exercised(use: ContractUse, *, floor_percent: float) -> Failure | None:
    """The failure of a run that exercised fewer operations than required, or None."""
    if not use.source or use.percent >= floor_percent:
        return None
    rest = f"not {listed(use.not_exercised)}" if use.operations else "it has none"
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"at least {floor_percent:g} % of the {len(use.operations)} operations"
        " to be exercised",
        # Rounded down: 99.5 is not all.
        seen=f"{len(use.exercised)}, {int(use.percent)} %; {rest}",
        where=use.source,
        hint="declare checks for them in contracts/, use --smoke-openapi-checks, or lower"
        " --smoke-openapi-floor",
    )


def notes(use: ContractUse, *, strict: bool = False) -> tuple[str, ...]:
    """The notes of a report on coverage and, unless strict, on drift."""
    said = [] if strict else [note for drift in use.drift for note in drift.notes()]
    if use.source:
        said.insert(
            0,
            f"{len(use.exercised)} of {len(use.operations)} operations of {use.source}"
            f" were exercised ({int(use.percent)} %)"
            + (f"; not {listed(use.not_exercised)}" if use.not_exercised else ""),
        )
    return tuple(said)
