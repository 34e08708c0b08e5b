"""Validates the headers of a response against those that its operation declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.documents import describe
from pytest_apismoke.openapi.media_types import NOTHING, value_of
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.openapi.schema_validators import SchemaValidators, is_composed, types_of
from pytest_apismoke.redaction import is_sensitive
from pytest_apismoke.schemas.findings import Finding


def header_findings(
    declared: Node, headers: Mapping[str, str], schemas: SchemaValidators
) -> Iterator[Finding]:
    """Every violation in the headers of a response.

    Args:
        declared: the response object of the spec.
        headers: of the response, their names in lower case.
        schemas: the validators of the spec's schemas.

    """
    for name, header in _children(declared.child("headers")):
        # OpenAPI 3.1, 4.8.17: the content declares the content type.
        if name.lower() == "content-type":
            continue
        raw = headers.get(name.lower())
        if raw is not None:
            hidden = "a value that is not shown" if is_sensitive(name) else ""
            for one in _violations(header, raw, schemas):
                expected = f"{one.expected} in the header {name}"
                actual = hidden or one.actual
                outside = in_header(name)
                yield replace(one, path=(), outside=outside, expected=expected, actual=actual)
        elif "required" in header.names() and header.value["required"] is True:
            yield Finding(
                path=(),
                keyword="headers",
                expected=f"the header {name}",
                actual="no such header",
                outside=in_header(name),
                schema_location=schemas.schema_location(header.value),
            )


def in_header(name: str) -> str:
    """The place of a break in a header, whose name means the same in capitals."""
    return f"header {name.lower()}"


def _children(parent: Node | None) -> Iterator[tuple[str, Node]]:
    for name in parent.names() if parent else ():
        child = parent.child(name) if parent else None
        if child:
            yield name, child


def _violations(header: Node, raw: str, schemas: SchemaValidators) -> Iterable[Finding]:
    schema = schemas.schema_of(header)
    if schema is None:
        return _in_content(header, raw, schemas)
    if not is_composed(schema):
        return schemas.read(schema, raw)[1]
    try:
        value = _composed(header, resolve(*schema), raw, schemas)
    except ValueError:
        expected = f"type {' or '.join(types_of(schema))}"
        return (_broken(header, "headers", expected, raw, schemas),)
    return schemas.findings(schema, value)


def _in_content(header: Node, raw: str, schemas: SchemaValidators) -> Iterator[Finding]:
    """The violations of a header that is declared with a media type instead of a style."""
    for kind, declared in _children(header.child("content")):
        value, problem = value_of(raw.encode("utf-8", "surrogateescape"), kind)
        if problem:
            yield _broken(header, "content", "JSON", raw, schemas)
        elif value is not NOTHING and (schema := schemas.schema_of(declared)):
            yield from schemas.findings(schema, value)


def _broken(
    header: Node, keyword: str, expected: str, raw: str, schemas: SchemaValidators
) -> Finding:
    place = schemas.schema_location(header.value)
    return Finding(
        path=(), keyword=keyword, expected=expected, actual=describe(raw), schema_location=place
    )


def _composed(header: Node, schema: Node, raw: str, schemas: SchemaValidators) -> Any:
    """The array or the object of a header in the style `simple` (OpenAPI 3.1, 4.8.12.2).

    Raises:
        ValueError: when the names and values of an object are not in pairs.

    """
    parts = [part.strip() for part in raw.split(",")]
    if "array" in types_of(schema):
        return [_read_part(_part(schema, None), part, schemas) for part in parts]
    explode = header.value.get("explode") is True
    pairs: Iterable[Any] = (
        (part.split("=", 1) for part in parts)
        if explode
        else zip(parts[::2], parts[1::2], strict=True)
    )
    return {name: _read_part(_part(schema, name), text, schemas) for name, text in pairs}


def _part(schema: Node, name: str | None) -> Node | None:
    """The schema of a property, or of the items where `name` is None."""
    all_of = (resolve(one, schema.resolver) for one in schema.value.get("allOf", ()))
    for value, resolver in (schema, *all_of):
        found = None
        if isinstance(value, dict) and name is None:
            found = value.get("items")
        elif isinstance(value, dict):
            found = value.get("properties", {}).get(name, value.get("additionalProperties"))
        if isinstance(found, dict):
            return Node(found, resolver)
    return None


def _read_part(schema: Node | None, text: str, schemas: SchemaValidators) -> Any:
    return schemas.read(schemas.as_written(schema), text)[0] if schema else text
