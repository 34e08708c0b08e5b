"""Turns the errors of jsonschema into findings: sorted by importance, similar ones as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from jsonschema.exceptions import SchemaError, ValidationError

from pytest_apismoke.errors import Violation
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor, is_sensitive
from pytest_apismoke.schemas.closest import Closeness, is_union, types_wanted
from pytest_apismoke.schemas.contract_lines import contract_lines
from pytest_apismoke.schemas.error_wording import (
    TOO_MUCH,
    absent_in,
    as_well,
    came,
    may_follow,
    missing_in,
    renames_in_words,
    surplus_in,
    wants,
    wants_names,
    without,
)
from pytest_apismoke.schemas.general_path import GeneralPath, Place, general_pointer
from pytest_apismoke.schemas.remembered import MOST_ERRORS, remembering
from pytest_apismoke.schemas.schema_places import PlaceOf, pointer_of

if TYPE_CHECKING:
    from pytest_apismoke.schemas.policy import Case

#: The most errors of one value that are told; later ones are searched for other kinds.
_AT_MOST = 1000
#: Keywords of the most important findings, a wrong shape. Those of a wrong value come next, and
#: last those of surplus properties, which often only follow from the others.
_SHAPE = frozenset({"type", "required", "oneOf", "anyOf", "discriminator", "dependentRequired"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where a value violates its schema; may quote secrets.

    Attributes:
        path: the keys and indexes that lead to the place in the value.
        keyword: the violated keyword; empty where the value could not be validated.
        expected: what the schema expects there.
        actual: what the value has there.
        schema_location: the place of the keyword in the contract; empty where it is unknown.
        missing: required properties that are absent.
        surplus: properties that are present but not allowed.
        absent: properties that are absent beside another one that requires them.
        others: the paths of the same violation elsewhere in the value.
        general: the path for any item, with None for an index or a name that is not in the schema.
        outside: what is violated outside of the value, such as `header x-total`.
        case: of two readings, where only one of them refuses the value.
        renamed: absent properties that may have another name now, each with that.
        may_follow: the surplus that may only follow from another violation there or below.
        because: what is refused by the branch that a discriminator names, where another one fits.
        schema: the schema object that has the keyword; None where it is unknown.

    """

    path: tuple[str | int, ...]
    keyword: str
    expected: str
    actual: str
    schema_location: str = ""
    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    others: tuple[tuple[str | int, ...], ...] = ()
    general: GeneralPath = ()
    outside: str = ""
    case: Case | None = None
    because: tuple[Finding, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    may_follow: tuple[str | int, ...] = ()
    schema: Any = field(default=None, repr=False, compare=False)

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer."""
        return pointer_of(self.path)

    def violation(self, redactor: Redactor) -> Violation:
        """The finding as a violation, without secrets."""
        # A string in the value may quote a secret together with its name.
        actual = (
            "a value that is not shown" if is_hidden(self.path) else redactor.prose(self.actual)
        )
        if names := [(one, name) for one, name in self.renamed if one in self.missing]:
            actual += f"; {redactor.text(renames_in_words(names, self.missing))}"
        if self.others:
            actual += f"; the same at {len(self.others)} more, such as {shown(self.others[0])}"
        return Violation(
            pointer=redactor.text(shown(self.path)),
            expected=redactor.text(self.expected),
            actual=redactor.text(actual),
            schema_location=redactor.text(self.schema_location),
            kind=self.keyword,
            places=places_in_general(self, redactor),
            contract=contract_lines(self.schema, self.keyword, redactor),
        )

    def doubt(self, redactor: Redactor) -> str:
        """The place and the reason where only one reading refuses the value, alike for any item."""
        if self.case is None:
            return str(self.violation(redactor))
        path = tuple("*" if isinstance(name, int) else name for name in self.path)
        said = redactor.text(f"{shown(path) or '/'}: {self.case.reason}")
        if self.because:
            said += f" (it refuses {self.because[0].violation(redactor)})"
        return said


def places_in_general(finding: Finding, redactor: Redactor) -> tuple[str, ...]:
    """The places of a finding in any response, one for each absent or surplus property.

    None where the value could not be validated: that is no violation that can be known.
    """
    if not finding.keyword:
        return ()
    if finding.outside:
        return (redactor.text(finding.outside),)
    names = finding.missing or finding.surplus or finding.absent
    paths = [(*finding.general, name) for name in names] or [finding.general]
    return tuple(redactor.text(general_pointer(path)) for path in paths)


def with_names(finding: Finding, names: tuple[str, ...]) -> Finding:
    """A finding of absent or surplus properties, for some of them only."""
    if finding.surplus:
        return replace(finding, surplus=names, actual=as_well(names))
    if finding.absent:
        return replace(finding, absent=names)
    expected = finding.expected.replace(wants_names(finding.missing), wants_names(names))
    return replace(finding, missing=names, expected=expected, actual=without(names))


TOO_DEEP = Finding(
    path=(),
    keyword="",
    expected="a value that can be validated against its schema",
    actual="one that is nested too deeply",
)
TOO_LARGE = replace(
    TOO_DEEP, expected="a number that can be compared", actual="one that is too large"
)
TOO_MANY = replace(
    TOO_DEEP,
    expected="a value whose violations can all be read",
    actual=f"one with more than {MOST_ERRORS}",
)


def is_hidden(path: Iterable[str | int]) -> bool:
    """Whether any key on a path is sensitive."""
    return any(isinstance(name, str) and is_sensitive(name) for name in path)


def shown(path: Sequence[str | int]) -> str:
    """A path as a JSON Pointer without the names below a sensitive key, which may be secrets."""
    depth = next((n for n, name in enumerate(path, start=1) if is_hidden([name])), len(path))
    return pointer_of(path[:depth]) + "/*" * len(path[depth:])


def findings(
    errors: Iterable[ValidationError | SchemaError], place_of: PlaceOf
) -> tuple[Finding, ...]:
    """The findings of a validation: by importance, then in document order, similar ones as one.

    Args:
        errors: as `iter_errors` yields them, one after another as they are asked for.
        place_of: finds the place of a schema object, see `places`.

    """
    closeness = Closeness()
    with remembering():
        every = iter(errors)
        told = list(islice(every, MOST_ERRORS))
        is_all = next(every, None) is None
    found = _without_knock_ons(_read(told, place_of, closeness))
    found.sort(key=lambda one: (_rank(one), [(isinstance(n, str), n) for n in one.path]))
    groups: dict[tuple[object, ...], Finding] = {}
    for one in dict.fromkeys(found):
        general = tuple("*" if isinstance(name, int) else name for name in one.path)
        alike = (general, one.keyword, one.expected, one.schema_location, one.missing, one.case)
        first = groups.get(alike)
        if first is None:
            groups[alike] = one
        elif first.path != one.path:
            groups[alike] = replace(first, others=(*first.others, one.path))
    return (*groups.values(), *(() if is_all else (TOO_MANY,)))


def _read(
    errors: Sequence[ValidationError | SchemaError], place_of: PlaceOf, closeness: Closeness
) -> list[Finding]:
    """The findings of the first errors, and of later ones of another kind.

    A long list may break in one known way in every item, and in a new one in the last.
    """
    # An error may be one of those that a choice has; what is above it is not told.
    above = [_above(error) for error in errors]
    found: list[Finding] = []
    kinds = set[tuple[object, ...]]()
    for number, (error, place) in enumerate(zip(errors, above, strict=True)):
        for one in _findings(error, place_of, closeness, place):
            if number < _AT_MOST or _kind(one) not in kinds:
                kinds.add(_kind(one))
                found.append(one)
    return found


def _above(error: ValidationError | SchemaError) -> Place:
    return Place.of(error.parent) if isinstance(error.parent, ValidationError) else Place()


def _kind(one: Finding) -> tuple[object, ...]:
    """What is the same in findings of which one is enough."""
    return one.general, one.keyword, one.missing, one.surplus, one.absent, one.case


def _without_knock_ons(found: Sequence[Finding]) -> list[Finding]:
    """The findings without what only follows: a broken subschema evaluates nothing."""
    causes = {
        one.path[:depth]
        for one in found
        if one.keyword not in TOO_MUCH
        for depth in range(len(one.path) + 1)
    }
    kept: list[Finding] = []
    for one in found:
        if not one.may_follow or one.path not in causes:
            kept.append(one)
        elif surplus := tuple(name for name in one.surplus if name not in one.may_follow):
            kept.append(replace(one, surplus=surplus, actual=as_well(surplus)))
    return kept


def _rank(finding: Finding) -> int:
    if finding.keyword in _SHAPE:
        return 0
    return 2 if finding.keyword in TOO_MUCH else 1


def _findings(
    error: ValidationError | SchemaError,
    place_of: PlaceOf,
    closeness: Closeness,
    above: Place,
    branch: str = "",
) -> list[Finding]:
    # Not its absolute path: an error may stand below several others.
    here = above.below(error)
    types = types_wanted(error) if is_union(error) else ()
    if is_union(error) and not types:
        schemas: Any = error.validator_value
        index, closest = closeness.closest(error)
        title = schemas[index].get("title") if isinstance(schemas[index], dict) else None
        name = f" {title!r}" if isinstance(title, str) else ""
        how = f"branch {index + 1}{name} of {error.validator}, the closest"
        return [f for child in closest for f in _findings(child, place_of, closeness, here, how)]
    from pytest_apismoke.schemas.policy import CASES

    expected = f"type {' or '.join(types)}" if types else wants(error)
    place = place_of(error.schema)
    # jsonschema loses the place of what nothing may be at: such a break is never a known one.
    keyword = "" if error.schema is False else str(error.validator)
    return [
        Finding(
            path=here.path,
            keyword=keyword,
            expected=f"{expected} ({branch})" if branch else expected,
            actual=came(error),
            schema_location=f"{place}/{keyword}" if place and error.validator else place,
            missing=missing_in(error),
            surplus=surplus_in(error),
            absent=absent_in(error),
            general=here.general,
            because=tuple(
                f
                for child in error.context or ()
                for f in _findings(child, place_of, closeness, here)
            )
            if keyword == "discriminator"
            else (),
            may_follow=may_follow(error),
            case=next((case for case in CASES if case.message == error.message), None),
            schema=error.schema,
        )
    ]
