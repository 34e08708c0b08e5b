"""Validates the examples and defaults in a spec against their schemas.

Who sends an example as a request, or generates a server from it, gets what the schema refuses: the
false alarms of tomorrow. A property that is only ever sent or only ever received may be there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from referencing import Registry
from referencing.exceptions import Unresolvable

from pytest_apismoke.documents import step
from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.openapi.either_way import EITHER_WAY
from pytest_apismoke.openapi.media_types import is_json
from pytest_apismoke.openapi.refs import Node, SpecObject, objects, resolve
from pytest_apismoke.openapi.schema_validators import SchemaValidators
from pytest_apismoke.schemas.examples import LONGEST_S, no_result, refused
from pytest_apismoke.schemas.findings import Finding
from pytest_apismoke.schemas.validation_timeout import ValidationTimeoutError, time_limit

#: How many broken examples are told.
_AT_MOST = 100
#: Keywords one of which any schema has that an example can break.
_OF_SCHEMAS = frozenset(
    {
        *("$ref", "type", "enum", "const", "format", "pattern", "properties", "items", "not"),
        *("allOf", "anyOf", "oneOf", "minimum", "maximum", "minLength", "maxLength"),
    }
)
#: What goes wrong in a spec that has other mistakes, which are told as that.
_OTHER_MISTAKES = (SmokeError, Unresolvable, re.error, LookupError, TypeError, ValueError)


class ExampleValidators(SchemaValidators):
    """Validates values that may be sent or received."""

    def _class(self, schema: Any) -> Any:
        found = super()._class(schema)
        return EITHER_WAY.get(found, found)


def broken_examples(
    documents: Mapping[str, tuple[str, Any]],
    registry: Registry[Any],
    validators: ExampleValidators,
) -> Iterator[Failure]:
    """A failure for each example and default that its schema refuses, a hundred at most.

    Args:
        documents: the spec and the files that belong to it, by URI, each with its label.
        registry: the documents that references may lead to.
        validators: of the spec.

    """
    count = 0
    for uri, (label, document) in documents.items():
        for one in objects(document, uri, validators.version):
            resolver = registry.resolver(base_uri=one.base)
            for failure in _of_object(one, label, resolver, validators):
                yield failure
                count += 1
                if count == _AT_MOST:
                    return


def _of_object(
    one: SpecObject, label: str, resolver: Any, validators: ExampleValidators
) -> Iterator[Failure]:
    here = Node(one.value, resolver)
    for place, value, is_text in _examples(here, one.pointer, validators.version):
        where = f"{label}#{one.pointer}{place}"
        try:
            with time_limit(LONGEST_S):
                schema = validators.schema_of(here) if "schema" in one.value else here
                found = () if schema is None else _findings(schema, value, validators, is_text)
        except _OTHER_MISTAKES:
            continue
        except ValidationTimeoutError:
            yield no_result(where)
            continue
        for finding in found[:1]:
            yield refused(
                finding, where, "correct it, or the schema: a response like it would be refused"
            )


def _findings(
    schema: Node, value: Any, validators: ExampleValidators, is_text: bool
) -> tuple[Finding, ...]:
    found = validators.findings(schema, value)
    if not found or not isinstance(value, str):
        return found
    if is_text:
        # In a URL or a header every value is text.
        return found if validators.read(schema, value)[1] else ()
    try:
        # Many a JSON body is given as the text that is sent.
        written = json.loads(value)
    except ValueError:
        return found
    is_whole = isinstance(written, (dict, list))
    return () if is_whole and not validators.findings(schema, written) else found


def _examples(here: Node, pointer: str, version: str) -> Iterator[tuple[str, Any, bool]]:
    """The examples in an object of a spec: the place of each, its value, whether it is text."""
    if "schema" not in here.value:
        yield from ((place, value, False) for place, value in _of_schema(here.value, version))
        return
    kind = pointer.rpartition("/")[2].replace("~1", "/") if _is_media_type(pointer) else ""
    if kind and not is_json(kind):
        return
    if "example" in here.value:
        yield "/example", here.value["example"], not kind
    named = here.value.get("examples")
    for name, raw in named.items() if isinstance(named, dict) else ():
        example, _ = resolve(raw, here.resolver)
        for key in ("value", "dataValue"):
            if isinstance(example, dict) and key in example:
                yield f"/examples/{step(name)}/{key}", example[key], not kind


def _of_schema(schema: Mapping[str, Any], version: str) -> Iterator[tuple[str, Any]]:
    if _OF_SCHEMAS.isdisjoint(schema) or (version == "3.0" and "$ref" in schema):
        return
    for key in ("default", "example"):
        if key in schema:
            yield f"/{key}", schema[key]
    listed = schema.get("examples")
    for index, example in enumerate(listed if isinstance(listed, list) else ()):
        yield f"/examples/{index}", example


def _is_media_type(pointer: str) -> bool:
    return pointer.rpartition("/")[0].endswith("/content")
