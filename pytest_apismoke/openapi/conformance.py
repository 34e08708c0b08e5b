"""What the exchanges of a run say of an API description: what broke it, what of it was exercised,
and what changed beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pytest_apismoke.errors import Category, Failure, defect
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import in_words
from pytest_apismoke.verdict.outcome import Outcome

_PLACES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """How the answers of one operation differ from what is declared, without breaking it.

    `undeclared` came in any answer, `unseen` in none of those with the same status.
    """

    operation: str
    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()

    def __str__(self) -> str:
        said = []
        if self.undeclared:
            said.append(f"came and not declared: {_listed(self.undeclared)}")
        if self.unseen:
            said.append(f"declared and never seen: {_listed(self.unseen)}")
        return f"{self.operation}: {'; '.join(said)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractUse:
    """Which operations of an API description a run has exercised, and what has drifted.

    `source` names the description, empty where there is none; operations are written as
    `GET /orders/{id}`. `was_refused` says that a layer in front of the API has answered for one.
    """

    source: str = ""
    operations: tuple[str, ...] = ()
    exercised: tuple[str, ...] = ()
    drift: tuple[Drifted, ...] = ()
    was_refused: bool = False

    @property
    def not_exercised(self) -> tuple[str, ...]:
        """The operations that no request was sent to."""
        return tuple(name for name in self.operations if name not in self.exercised)

    @property
    def percent(self) -> float:
        """How many of the operations were exercised."""
        return 100 * len(self.exercised) / len(self.operations) if self.operations else 0.0


def use_of(
    exchanges: Iterable[Exchange],
    *,
    source: str = "",
    operations: Sequence[str] = (),
    with_drift: bool = True,
) -> ContractUse:
    """What the exchanges of a run have exercised.

    Args:
        exchanges: in any order, one as often as it was recorded.
        source: names the API description.
        operations: those that it declares.
        with_drift: whether to look at what has drifted.

    """
    held = list(dict.fromkeys((e.held, e.status) for e in exchanges if e.held is not None))
    # An answer from a layer in front of the API is none of its operation.
    held = [(one, status) for one, status in held if one.was_compared]
    seen = {one.operation for one, _ in held if not one.is_from_a_layer_in_front}
    unseen: dict[tuple[str, int | None], set[str]] = {}
    undeclared: dict[str, set[str]] = {}
    for one, status in held:
        if one.is_from_a_layer_in_front:
            continue
        undeclared.setdefault(one.operation, set()).update(one.undeclared)
        known = unseen.setdefault((one.operation, status), set(one.unseen))
        known &= set(one.unseen)
    never = {name: set[str]() for name in undeclared}
    for (name, _), places in unseen.items():
        never[name] |= places
    drift = (
        Drifted(
            operation=name,
            undeclared=tuple(sorted(undeclared[name])),
            unseen=tuple(sorted(never[name])),
        )
        for name in sorted(undeclared)
    )
    return ContractUse(
        source=source,
        operations=tuple(operations),
        exercised=tuple(name for name in operations if name in seen),
        was_refused=any(one.is_from_a_layer_in_front for one, _ in held),
        drift=tuple(one for one in drift if with_drift and (one.undeclared or one.unseen)),
    )


def broken_by(exchanges: Iterable[Exchange], *, source: str) -> Failure | None:
    """The first of the exchanges that breaks the API description, as a failure; else None."""
    for exchange in exchanges:
        where = f"{exchange.method} {exchange.url}"
        failure = exchange.held and broken_by_held(exchange.held, source=source, where=where)
        if failure:
            return failure
    return None


def broken_by_held(held: ConformanceResult, *, source: str, where: str) -> Failure | None:
    """The failure of an answer, from `where`, that breaks the API description; else None."""
    if not held.violations:
        return None
    if not held.was_compared:
        what = f"the comparison of the answer with {source}"
        return defect(what, seen=held.violations[0].came, where=where)
    return Failure(
        category=Category.USAGE if held.is_defect else Category.INVALID,
        expected=f"an answer as {source} describes {held.operation}",
        seen=in_words(held.violations),
        where=where,
        hint="either the API broke its description or the description is out of date: compare the"
        " answer with it at the place that it names",
        violations=held.violations,
        difference=held.difference,
    )


def found_wanting(
    use: ContractUse,
    outcomes: Sequence[Outcome],
    *,
    strict: bool,
    nobodys: Sequence[Exchange],
    api: str,
    redactor: Redactor,
) -> list[Outcome]:
    """What only a whole run can tell, as outcomes of the APIs whose requests it was.

    Args:
        use: of the API description.
        outcomes: of the run.
        strict: whether what drifted is a failure.
        nobodys: exchanges that no check answers for.
        api: what counts where no API can be told.
        redactor: cleans what is kept.

    """
    found: dict[str, tuple[str, Failure]] = {}
    if strict:
        for one in use.drift:
            owner = _api_of(one.operation, outcomes) or api
            found[f"drift of {one.operation}"] = (owner, drifted(one, source=use.source))
    broken = broken_by(nobodys, source=use.source)
    if broken:
        found["preflight"] = (api, broken)
    return [
        Outcome.of_failure(redactor, failure, api=owner, stage=stage, name=f"{owner}::{stage}")
        for stage, (owner, failure) in found.items()
    ]


def _api_of(operation: str, outcomes: Iterable[Outcome]) -> str:
    """The API whose check has exercised an operation; empty where none has."""
    for outcome in outcomes:
        if any(e.held and e.held.operation == operation for e in outcome.exchanges):
            return outcome.api
    return ""


def failures(
    use: ContractUse,
    outcomes: Iterable[Outcome],
    *,
    floor_percent: float,
    server_paths: Sequence[str],
    target_path: str,
) -> dict[str, Failure]:
    """What a whole run has failed by, by the names of its stages: too little was exercised.

    Args:
        use: of the API description.
        outcomes: of the run.
        floor_percent: how many of the operations are to be exercised.
        server_paths: of the description's servers.
        target_path: of the target's URL.

    """
    little = too_little(use, floor_percent=floor_percent)
    # A run that failed anyway is no silent success, and may have asked for nothing because of it.
    if not any(one.outcome.is_failure for one in outcomes):
        little = nothing_of(use, server_paths=server_paths, target_path=target_path) or little
    return {"coverage": little} if little else {}


def nothing_of(
    use: ContractUse, *, server_paths: Sequence[str], target_path: str
) -> Failure | None:
    """The failure of a run of which no answer was held against the description it was given."""
    if not use.source or use.exercised:
        return None
    count = len(use.operations)
    expected = f"an answer of any of the {count} operations of {use.source}"
    if not use.operations:
        expected = f"operations that {use.source} describes"
        seen, hint = "none", "name the description that has them, or run without --smoke-openapi"
    elif use.was_refused:
        seen = "only refusals that no operation declares, as layers in front of an API send them"
        hint = "let the run log in (APISMOKE_USERNAME and APISMOKE_PASSWORD, or APISMOKE_TOKEN)"
    else:
        servers = ", ".join(path or "/" for path in server_paths)
        seen = f"no request for one: its servers' paths are {servers}, the target's is"
        seen += f" {target_path or '/'}"
        hint = (
            "correct --target-url or the description's servers, so that both lead to the same"
            " place; else ask for an operation: declare checks in contracts/, or use"
            " --smoke-openapi-checks"
        )
    return Failure(
        category=Category.UNVERIFIED, expected=expected, seen=seen, where=use.source, hint=hint
    )


def too_little(use: ContractUse, *, floor_percent: float) -> Failure | None:
    """The failure of a run that exercised less of the description than it had to."""
    if not use.source or use.percent >= floor_percent:
        return None
    rest = f"not {_listed(use.not_exercised)}" if use.operations else "it describes none"
    return Failure(
        category=Category.UNVERIFIED,
        expected=f"at least {floor_percent:g} % of the {len(use.operations)} described operations"
        " to be exercised",
        # Rounded down: 99.5 is not all.
        seen=f"{len(use.exercised)}, {int(use.percent)} %; {rest}",
        where=use.source,
        hint="declare checks of them in contracts/, use --smoke-openapi-checks, or lower"
        " --smoke-openapi-floor",
    )


def drifted(drift: Drifted, *, source: str) -> Failure:
    """What drifted, as a failure; for runs that are strict about it."""
    seen = str(drift).partition(": ")[2]
    return Failure(
        category=Category.INVALID,
        expected=f"{drift.operation} to answer what is declared, no more and no less",
        seen=seen,
        where=source or drift.operation,
        hint="declare what came and take away what is gone, or use --smoke-drift=note",
    )


def notes(use: ContractUse, *, strict: bool = False) -> tuple[str, ...]:
    """What a report says of it in passing; where one is strict about drift, not of that."""
    said = [] if strict else [f"drift: {drift}" for drift in use.drift]
    if use.source:
        said.insert(
            0,
            f"{len(use.exercised)} of {len(use.operations)} operations of {use.source}"
            f" were exercised ({int(use.percent)} %)"
            + (f"; not {_listed(use.not_exercised)}" if use.not_exercised else ""),
        )
    return tuple(said)


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _PLACES
    return ", ".join(names[:_PLACES]) + (f" and {rest} more" if rest > 0 else "")
