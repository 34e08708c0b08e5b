"""The references of an API description: where they stand, and whether they lead anywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.contracts.cycles import comes_back, followed
from pytest_apismoke.documents import describe, step
from pytest_apismoke.errors import Failure, misconfigured

#: Below these stand values of the API, not parts of its description.
_VALUES = frozenset({"example", "examples", "default", "enum", "const", "value", "x-examples"})
#: Below these stand names that somebody gave, which may be those of keywords.
_NAMED = frozenset(
    {
        *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
        *("schemas", "responses", "parameters", "headers", "requestBodies", "securitySchemes"),
        *("links", "callbacks", "pathItems", "content", "paths", "webhooks", "encoding", "mapping"),
        *("variables", "scopes", "mediaTypes"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A `$ref`: the object that holds it, and where that stands, as a JSON Pointer."""

    holder: dict[str, Any]
    ref: str
    pointer: str


def references(document: Any) -> Iterator[Reference]:
    """Every `$ref` of a description; what only looks like one inside of examples is none."""
    todo: list[tuple[str, Any, bool]] = [("", document, False)]
    seen: set[int] = set()
    while todo:
        pointer, value, named = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, list):
            todo += [
                (f"{pointer}/{index}", member, False)
                for index, member in enumerate(value)
                if isinstance(member, (dict, list))
            ]
            continue
        ref = value.get("$ref") if isinstance(value, dict) else None
        if isinstance(ref, str) and not named:
            yield Reference(holder=value, ref=ref, pointer=pointer)
        if isinstance(value, dict):
            todo += [
                (f"{pointer}/{step(name)}", member, not named and name in _NAMED)
                for name, member in value.items()
                if isinstance(member, (dict, list))
                and (named or not (name in _VALUES or name.startswith("x-")))
            ]


def broken(document: Any, label: str, resolver: Any) -> Iterator[Failure]:
    """Every `$ref` that leads to nothing, or through others back to itself.

    Args:
        document: the description, or a file of it.
        label: how messages name it.
        resolver: a resolver of `referencing` whose base is the document's.

    """
    for reference in references(document):
        leads = followed(reference.ref, resolver)
        where = f"{label}#{reference.pointer}/$ref"
        if leads is None:
            yield unresolvable(reference.ref, where)
        elif not isinstance(leads[0], (dict, bool)):
            # A file that is empty, say: nothing in a description is a text, a list or null.
            yield misconfigured(
                expected="a $ref to an object",
                seen=f"{reference.ref!r}, which leads to {describe(leads[0])}",
                where=where,
                hint="correct it, or write what it names",
            ).failure
        elif comes_back(reference.holder, resolver):
            yield misconfigured(
                expected="a $ref that leads to something",
                seen=f"{reference.ref!r}, which leads back to itself",
                where=where,
                hint="let it pass through a member or an item on its way, or take it away",
            ).failure


def unresolvable(ref: str, where: str) -> Failure:
    """The failure that says that a `$ref` leads to nothing."""
    if "://" in ref:
        return misconfigured(
            expected="a $ref inside of the description",
            seen=f"{ref!r}, which would have to be fetched",
            where=where,
            hint="put what it leads to into components, or into a file beside the description;"
            " nothing is ever fetched",
        ).failure
    return misconfigured(
        expected="a $ref to something that is there",
        seen=repr(ref),
        where=where,
        hint="correct it, or add what it names; a file is read only below the folder of a"
        " description that is a file itself",
    ).failure
