"""The dialects of JSON Schema that the gate knows, and its validator class for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing import Resource, Specification
from referencing.jsonschema import DRAFT7, DRAFT202012

from pytest_apismoke.schemas.jsonschema_internals import replace_evolve
from pytest_apismoke.schemas.keywords import own_keywords
from pytest_apismoke.schemas.validation_timeout import check_deadline


def keep_own_classes(
    kind: type[Validator], replacements: Mapping[type[Validator], type[Validator]]
) -> type[Validator]:
    """The class, changed to stay with our own for each subschema, and within the time limit.

    Args:
        kind: a class made by `extend` that nothing else uses yet.
        replacements: the classes to take in place of the library's, by the latter.

    """
    replace_evolve(kind, replacements, before_each=check_deadline)
    return kind


#: Our classes, by the library's whose place they take.
OURS: dict[type[Validator], type[Validator]] = {}
for _plain in (Draft202012Validator, Draft7Validator):
    OURS[_plain] = keep_own_classes(
        extend(_plain, own_keywords(_plain)),  # type: ignore[no-untyped-call]  # has no types
        OURS,
    )


def _subschemas_of_draft7(schema: Any) -> Iterator[Any]:
    """The schemas right inside of one; the library's own function fails where some `dependencies`
    are lists of names and others are schemas."""
    if not isinstance(schema, Mapping):
        return
    others = {name: value for name, value in schema.items() if name != "dependencies"}
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
#: The values of `$schema` that are known; without any, the first one holds.
DIALECTS = tuple(_BY_URI)


def dialect_of(document: Any, default: type[Validator] | None = None) -> type[Validator]:
    """The validator class for a schema; without a `$schema` the default, or that of 2020-12."""
    return _dialect(document)[0] if default is None or _declared(document) else default


def is_draft7(kind: type[Validator]) -> bool:
    """Whether a validator class is that of draft-07."""
    return kind is OURS[Draft7Validator]


def resource_of(document: Any) -> Resource[Any]:
    """A schema as a resource of its dialect, in which references can be followed."""
    return _dialect(document)[1].create_resource(document)


def _dialect(document: Any) -> tuple[type[Validator], Specification[Any]]:
    return _BY_URI.get(_declared(document), _BY_URI[DIALECTS[0]])


def _declared(document: Any) -> str:
    """The value of `$schema`, or an empty string."""
    declared = document.get("$schema") if isinstance(document, dict) else None
    return "" if declared is None else str(declared).rstrip("#")
