"""Turns the errors of jsonschema into findings: sorted by importance, similar ones as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError

from pytest_apismoke.documents import step
from pytest_apismoke.errors import Violation
from pytest_apismoke.redaction import Redactor, is_sensitive
from pytest_apismoke.schemas.closest import Closeness, is_union, types_wanted
from pytest_apismoke.schemas.error_wording import (
    TOO_MUCH,
    as_well,
    came,
    may_follow,
    missing_in,
    surplus_in,
    wants,
)
from pytest_apismoke.schemas.policy import CASES, Case
from pytest_apismoke.schemas.remembered import remembering

#: The most errors of one value that are read.
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
        others: the paths of the same violation elsewhere in the value.
        case: of two readings, where only one of them refuses the value.
        may_follow: the surplus that may only follow from another violation there or below.
        because: what is refused by the branch that a discriminator names, where another one fits.

    """

    path: tuple[str | int, ...]
    keyword: str
    expected: str
    actual: str
    schema_location: str = ""
    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    others: tuple[tuple[str | int, ...], ...] = ()
    case: Case | None = None
    because: tuple[Finding, ...] = ()
    may_follow: tuple[str | int, ...] = ()

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
        if self.others:
            actual += f"; the same at {len(self.others)} more, such as {shown(self.others[0])}"
        return Violation(
            pointer=redactor.text(shown(self.path)),
            expected=redactor.text(self.expected),
            actual=redactor.text(actual),
            schema_location=redactor.text(self.schema_location),
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


TOO_DEEP = Finding(
    path=(),
    keyword="",
    expected="a value that can be validated against its schema",
    actual="one that is nested too deeply",
)
TOO_LARGE = replace(
    TOO_DEEP, expected="a number that can be compared", actual="one that is too large"
)


def is_of_a_pattern(error: OverflowError) -> bool:
    """Whether a pattern repeats too often, rather than a number being too large."""
    return "repetition" in str(error)


#: Gives the place of a schema object in its contract; empty where it is unknown.
PlaceOf = Callable[[Any], str]


def pointer_of(path: Iterable[str | int]) -> str:
    """A path as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{step(name)}" for name in path)


def is_hidden(path: Iterable[str | int]) -> bool:
    """Whether any key on a path is sensitive."""
    return any(isinstance(name, str) and is_sensitive(name) for name in path)


def shown(path: Sequence[str | int]) -> str:
    """A path as a JSON Pointer without the names below a sensitive key, which may be secrets."""
    depth = next((n for n, name in enumerate(path, start=1) if is_hidden([name])), len(path))
    return pointer_of(path[:depth]) + "/*" * len(path[depth:])


def places(documents: Mapping[str, Any]) -> PlaceOf:
    """A function that finds the place of a schema object by its identity.

    jsonschema's errors refer to the very objects of the parsed documents. The documents are walked
    once, when the first place is wanted; they must not change.

    Args:
        documents: parsed schemas by the label that a message shows, such as a path.

    """
    known: dict[int, _Place] = {}

    def place_of(schema: Any) -> str:
        if not known:
            for label, document in documents.items():
                _learn(known, label, document)
        names: list[str] = []
        place = known.get(id(schema))
        if place is None:
            return ""
        while place.parent is not None:
            names.append(place.name)
            place = known[place.parent]
        return place_in(place.name, pointer_of(reversed(names)))

    return place_of


def place_in(label: str, pointer: str) -> str:
    """A place in a document; the label of a schema inside of a check has a pointer already.

    Args:
        label: how a message names the document.
        pointer: a JSON Pointer into it.

    """
    return f"{label}{pointer}" if "#/" in label else f"{label}#{pointer}"


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of an object: its key in its parent, or the label of its document."""

    name: str
    parent: int | None


def _learn(known: dict[int, _Place], label: str, document: Any) -> None:
    known.setdefault(id(document), _Place(label, None))
    todo: list[Any] = [document]
    while todo:
        value = todo.pop()
        entries: Iterable[tuple[object, Any]] = ()
        if isinstance(value, dict):
            entries = value.items()
        elif isinstance(value, list):
            entries = enumerate(value)
        for name, inner in entries:
            if isinstance(inner, (dict, list)) and id(inner) not in known:
                known[id(inner)] = _Place(str(name), id(value))
                todo.append(inner)


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
        told = list(islice(errors, _AT_MOST))
    # An error may be one of those that a choice has; what is above it is not told.
    above = [tuple(error.parent.absolute_path) if error.parent else () for error in told]
    found = [
        one
        for error, path in zip(told, above, strict=True)
        for one in _findings(error, place_of, closeness, above=path)
    ]
    found = _without_knock_ons(found)
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
    return tuple(groups.values())


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
    branch: str = "",
    above: tuple[str | int, ...] = (),
) -> list[Finding]:
    # Not its absolute path: an error may stand below several others.
    path = (*above, *error.relative_path)
    types = types_wanted(error) if is_union(error) else ()
    if is_union(error) and not types:
        schemas: Any = error.validator_value
        index, closest = closeness.closest(error)
        title = schemas[index].get("title") if isinstance(schemas[index], dict) else None
        name = f" {title!r}" if isinstance(title, str) else ""
        how = f"branch {index + 1}{name} of {error.validator}, the closest"
        return [f for child in closest for f in _findings(child, place_of, closeness, how, path)]
    expected = f"type {' or '.join(types)}" if types else wants(error)
    place = place_of(error.schema)
    keyword = str(error.validator)
    return [
        Finding(
            path=path,
            keyword=keyword,
            expected=f"{expected} ({branch})" if branch else expected,
            actual=came(error),
            schema_location=f"{place}/{keyword}" if place and error.validator else place,
            missing=missing_in(error),
            surplus=surplus_in(error),
            because=tuple(
                f
                for child in error.context or ()
                for f in _findings(child, place_of, closeness, above=path)
            )
            if keyword == "discriminator"
            else (),
            may_follow=may_follow(error),
            case=next((case for case in CASES if case.message == error.message), None),
        )
    ]
