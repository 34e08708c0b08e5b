"""Which findings of a value are known violations, and which known ones it no longer has. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pytest_apismoke.errors import Break, Violation
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.findings import Finding, places_in_general, with_names

if TYPE_CHECKING:
    from pytest_apismoke.schemas.general_path import GeneralPath


#: Keywords that are broken at a property that is absent or surplus: its place is no value.
_OF_A_MEMBER = frozenset(
    {
        *("required", "dependentRequired", "dependencies"),
        *("additionalProperties", "unevaluatedProperties"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The findings of a value: those that count, and those that are known."""

    new: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()


def split(found: Iterable[Finding], excused: Collection[Break], redactor: Redactor) -> Split:
    """Parts the findings; one with several absent or surplus properties may become two."""
    parts = [_parts(one, excused, redactor) for one in found]
    return Split(
        new=tuple(new for new, _ in parts if new), known=tuple(known for _, known in parts if known)
    )


def _parts(
    finding: Finding, excused: Collection[Break], redactor: Redactor
) -> tuple[Finding | None, Finding | None]:
    """The new and the known part of a finding."""
    places = places_in_general(finding, redactor)
    is_known = [Break(place, finding.keyword) in excused for place in places]
    if not any(is_known):
        return finding, None
    if all(is_known):
        return None, finding
    # Only a finding of absent or surplus properties has several places, one for each.
    names = finding.missing or finding.surplus or finding.absent
    new = tuple(name for name, one in zip(names, is_known, strict=True) if not one)
    return with_names(finding, new), with_names(
        finding, tuple(name for name in names if name not in new)
    )


def gone(
    value: Any, excused: Collection[Break], violations: Iterable[Violation]
) -> tuple[Break, ...]:
    """The known breaks that a value could have and has not.

    A list without items, or an optional property that is absent, tells nothing about what is below.

    Args:
        value: a JSON value that was validated.
        excused: the known breaks; what is outside of a value is not among the result.
        violations: of the value, all of them.

    """
    violations = tuple(violations)
    if not all(violation.places for violation in violations):
        # Where something could not be read, something else may not have been looked at.
        return ()
    met = {one for violation in violations for one in violation.breaks}
    return tuple(
        one
        for one in excused
        if one not in met and one.place[:1] in ("", "/") and _could_be_in(value, one)
    )


def _could_be_in(value: Any, one: Break) -> bool:
    from pytest_apismoke.schemas.general_path import names_of

    path = names_of(one.place)
    if one.kind in _OF_A_MEMBER and path:
        return any(isinstance(found, dict) for found in _at([value], path[:-1]))
    return bool(_at([value], path))


def _at(values: Sequence[Any], path: GeneralPath) -> list[Any]:
    """The values at a path."""
    found = list(values)
    for name in path:
        found = [inner for one in found for inner in _below(one, name)]
    return found


def _below(value: Any, name: str | None) -> Iterator[Any]:
    if isinstance(value, list) and name is None:
        yield from value
    elif isinstance(value, dict):
        yield from value.values() if name is None else [value[name]] if name in value else []
