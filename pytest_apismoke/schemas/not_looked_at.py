"""Finds what a JSON Schema says in vain: keywords of another dialect, formats that nobody checks.

JSON Schema ignores both, so that a schema promises what no response is held against. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from referencing import Registry

from pytest_apismoke.documents import step
from pytest_apismoke.schemas import ref_cycles
from pytest_apismoke.schemas.dialects import dialect_of, is_draft7, resource_of
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.schema_places import places
from pytest_apismoke.schemas.store import Schemas

#: How many places of one word in one file are told.
_PLACES = 3
_OLD = "a keyword of old drafts"
#: Keywords that neither dialect has, and what is written instead.
_OF_NEITHER: Mapping[str, str] = {
    "nullable": 'a keyword of OpenAPI 3.0: add "null" to the type',
    "discriminator": "a keyword of OpenAPI: write if and then, or const in each branch",
    "divisibleBy": f"{_OLD}: write multipleOf",
    "extends": f"{_OLD}: write allOf",
    "disallow": f"{_OLD}: write not",
    "$recursiveRef": "a keyword of 2019-09: write $dynamicRef",
}
#: Keywords of draft-07 that 2020-12 has not.
_OF_DRAFT7: Mapping[str, str] = {
    "dependencies": "a keyword of draft-07: write dependentRequired or dependentSchemas",
    "additionalItems": "a keyword of draft-07: write prefixItems and items",
}
_NEW = "a keyword of 2020-12, and the schema declares draft-07"
#: Keywords of 2020-12 that draft-07 has not.
_OF_2020: Mapping[str, str] = dict.fromkeys(
    (
        *("dependentRequired", "dependentSchemas", "prefixItems", "minContains", "maxContains"),
        *("unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$anchor"),
    ),
    f"{_NEW}: declare 2020-12",
)
#: Keywords that refuse nothing.
ANNOTATIONS = frozenset(
    {
        *("$ref", "$schema", "$id", "$comment", "$defs", "definitions", "title", "description"),
        *("default", "deprecated", "readOnly", "writeOnly", "example", "examples"),
    }
)
#: Formats that any string has.
_ANY_STRING = frozenset({"binary", "password"})


def not_looked_at(schemas: Schemas) -> tuple[str, ...]:
    """What users' schemas without mistakes say in vain: the word, its places, the reason."""
    told: list[str] = []
    users = schemas.of_users
    for path in (one for one in schemas.documents if one in users):
        label, document = schemas.label(path), schemas.documents[path]
        place_of = places({label: document})
        found: dict[tuple[str, str], list[str]] = {}
        for schema, _ in ref_cycles.subschemas(resource_of(document), Registry().resolver()):
            is_old = is_draft7(dialect_of(schema, dialect_of(document)))
            for word, key, reason in _in_vain(schema, is_old=is_old):
                at = f"{place_of(schema) or label}/{step(key)}"
                found.setdefault((word, reason), []).append(at)
        told += [
            f"{word} at {_listed(sorted(at))} ({reason})" for (word, reason), at in found.items()
        ]
    return tuple(told)


def _in_vain(schema: Mapping[str, Any], *, is_old: bool) -> Iterator[tuple[str, str, str]]:
    """Each word of one schema object that says nothing, with its key and the reason."""
    if is_old and isinstance(schema.get("$ref"), str):
        for key in schema:
            if key not in ANNOTATIONS and not key.startswith("x-"):
                reason = "beside a $ref, where draft-07 ignores it: write both into allOf"
                yield f"the keyword {key}", key, reason
        return
    for key, reason in {**_OF_NEITHER, **(_OF_2020 if is_old else _OF_DRAFT7)}.items():
        if key in schema:
            yield f"the keyword {key}", key, reason
    name = schema.get("format")
    if isinstance(name, str) and name not in CHECKER.checkers and name not in _ANY_STRING:
        yield f"the format {name}", "format", "nothing checks it: write a pattern or bounds"


def _listed(found: list[str]) -> str:
    more = len(found) - _PLACES
    return ", ".join(found[:_PLACES]) + (f" and {more} more" if more > 0 else "")
