"""The dialects of JSON Schema, and validator classes for them that compare items in one pass and
divide numbers as they are written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, cast

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for
from referencing import Resource, Specification
from referencing.jsonschema import DRAFT7, DRAFT202012


def unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Iterator[Any]:
    """The keyword `uniqueItems`; jsonschema's own compares each object with each other one."""
    if unique is not True or not validator.is_type(instance, "array"):
        return
    if len({_hashable(item) for item in instance}) < len(instance):
        yield ValidationError("items that are equal")


def multiple_of(validator: Any, step: Any, instance: Any, schema: Any) -> Iterator[Any]:
    """The keyword `multipleOf`; jsonschema's own divides floats, of which 19.99 / 0.01 is none.

    Raises:
        OverflowError: for a number beside a float that is too large to be one.

    """
    if not validator.is_type(instance, "number"):
        return
    if float in (type(step), type(instance)) and not math.isfinite(float(instance)):
        raise OverflowError("a number that is too large")
    if _as_written(instance) % _as_written(step):
        yield ValidationError("a number that is no multiple")


def _as_written(number: float) -> Fraction:
    # The shortest text that means this float is what stood in the document.
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def _hashable(value: Any) -> Any:
    """Equal for equal JSON values, where 1 is 1.0 and true is neither."""
    if isinstance(value, dict):
        return "object", frozenset((name, _hashable(member)) for name, member in value.items())
    if isinstance(value, list):
        return "array", tuple(map(_hashable, value))
    return ("boolean", value) if isinstance(value, bool) else value


def lasting(validator: type[Validator], instead: Mapping[Any, Any]) -> type[Validator]:
    """The class, changed so that no `$schema` inside of a schema leads to a class of the library.

    Args:
        validator: made by `extend`; nobody else uses it yet.
        instead: what to take in the place of the library's classes.

    """
    known = cast("Any", validator)
    fields = [(field.name, field.alias) for field in known.__attrs_attrs__ if field.init]

    def evolve(self: Any, **changes: Any) -> Any:
        found = validator_for(changes.setdefault("schema", self.schema), default=type(self))
        for name, alias in fields:
            if alias not in changes:
                changes[alias] = getattr(self, name)
        return instead.get(found, found)(**changes)

    known.evolve = evolve
    return validator


#: Keywords whose implementation is our own.
INSTEAD = {"uniqueItems": unique_items, "multipleOf": multiple_of}
#: By the classes of the library, whose place they take.
OURS: dict[Any, type[Validator]] = {}
for _plain in (Draft202012Validator, Draft7Validator):
    OURS[_plain] = lasting(
        extend(_plain, INSTEAD),  # type: ignore[no-untyped-call]
        OURS,
    )


def _subschemas_of_draft7(schema: Any) -> Iterator[Any]:
    """The schemas right inside of one; the library's own stumbles where some `dependencies` are
    lists of names and others are schemas."""
    if not isinstance(schema, Mapping):
        return
    others = {word: value for word, value in schema.items() if word != "dependencies"}
    yield from DRAFT7.subresources_of(others)
    dependencies = schema.get("dependencies")
    if isinstance(dependencies, Mapping):
        yield from (one for one in dependencies.values() if isinstance(one, (Mapping, bool)))


_specification: Any = Specification  # mypy does not know how attrs names its arguments
_DRAFT7: Specification[Any] = _specification(
    name=DRAFT7.name,
    id_of=DRAFT7.id_of,
    subresources_of=_subschemas_of_draft7,
    anchors_in=lambda specification, schema: DRAFT7.anchors_in(schema),
    maybe_in_subresource=DRAFT7.maybe_in_subresource,
)
_BY_URI: Mapping[str, tuple[type[Validator], Specification[Any]]] = {
    "https://json-schema.org/draft/2020-12/schema": (OURS[Draft202012Validator], DRAFT202012),
    "http://json-schema.org/draft-07/schema": (OURS[Draft7Validator], _DRAFT7),
}
#: What `$schema` may say; the first is what holds where it says nothing.
DIALECTS = tuple(_BY_URI)


def dialect_of(document: Any, default: type[Validator] | None = None) -> type[Validator]:
    """The validator class for a schema; the default, or 2020-12, where it does not say."""
    return _named(document)[0] if default is None or _says(document) else default


def resource_of(document: Any) -> Resource[Any]:
    """A schema as what references are followed in."""
    return _named(document)[1].create_resource(document)


def _named(document: Any) -> tuple[type[Validator], Specification[Any]]:
    return _BY_URI.get(_says(document), _BY_URI[DIALECTS[0]])


def _says(document: Any) -> str:
    declared = document.get("$schema") if isinstance(document, dict) else None
    return "" if declared is None else str(declared).rstrip("#")
