"""The references of an API description: where they stand, and whether they lead anywhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urljoin

from referencing import Registry
from referencing.exceptions import Unresolvable

from pytest_apismoke.documents import describe, step
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.schemas.ref_cycles import cyclic, followed

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


#: Keywords whose value is a reference; the second is one from 3.1 on.
_REFERENCES = ("$ref", "$dynamicRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """An object of a description, with its JSON Pointer and the URI that its references begin at.

    `may_be_named` says whether its `$id`, if it has one, is one: from 3.1 on.
    """

    value: dict[str, Any]
    pointer: str
    base: str
    may_be_named: bool

    @property
    def identifies_itself(self) -> bool:
        """Whether the base is the object's own."""
        return self.may_be_named and isinstance(self.value.get("$id"), str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference: the object that holds it under a keyword, where that stands, and its base."""

    holder: dict[str, Any]
    ref: str
    pointer: str
    keyword: str
    base: str


class Node(NamedTuple):
    """A value of a spec, and the resolver of `referencing` for the references inside it."""

    value: Any
    resolver: Any

    def names(self) -> list[str]:
        """The keys of an object.

        Raises:
            TypeError: when the value is not an object, as the spec says it must be.

        """
        # Null is how YAML reads an empty object that is left out, and [] how PHP writes one.
        if not isinstance(self.value, dict) and self.value not in (None, []):
            raise TypeError(f"{describe(self.value)} instead of an object")
        return list(self.value or ())

    def child(self, name: str) -> Node | None:
        """The value of a property, with references followed; None where there is no such property.

        Raises:
            TypeError: when the value is not an object, as the spec says it must be.
            Unresolvable: when a reference leads nowhere.

        """
        if name not in self.names():
            return None
        node = resolve(self.value[name], self.resolver)
        if node.value is None and self.value[name] is not None:
            raise Unresolvable(ref=self.value[name]["$ref"])
        return node


def resolve(value: Any, resolver: Any) -> Node:
    """A value with its references followed; None in its place where they lead nowhere.

    Args:
        value: of a spec, which may be a reference.
        resolver: a resolver of `referencing` for it.

    """
    seen: set[int] = set()
    while isinstance(value, dict) and isinstance(ref := value.get("$ref"), str):
        leads = None if id(value) in seen else followed(ref, resolver)
        if leads is None:
            return Node(None, resolver)
        seen.add(id(value))
        value, resolver = leads
    return Node(value, resolver)


def base_of(document: Any, uri: str, version: str) -> str:
    """What the relative references of a document begin at: its `$self` or `$id`, else its URI."""
    own = (
        document.get("$self" if version == "3.2" and "openapi" in document else "$id")
        if (isinstance(document, dict) and version != "3.0")
        else None
    )
    return urljoin(uri, own).partition("#")[0] if isinstance(own, str) else uri


def objects(document: Any, uri: str, version: str) -> Iterator[Stands]:
    """Every object of a description that is no map of names; of examples there are none."""
    may_be_named = version != "3.0"
    todo: list[tuple[str, Any, bool, str]] = [
        ("", document, False, base_of(document, uri, version))
    ]
    seen: set[int] = set()
    while todo:
        pointer, value, named, base = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, list):
            todo += [
                (f"{pointer}/{index}", member, False, base)
                for index, member in enumerate(value)
                if isinstance(member, (dict, list))
            ]
        elif isinstance(value, dict):
            if not named:
                own = value.get("$id") if may_be_named and value is not document else None
                base = urljoin(base, own).partition("#")[0] if isinstance(own, str) else base
                yield Stands(value=value, pointer=pointer, base=base, may_be_named=may_be_named)
            todo += [
                (f"{pointer}/{step(name)}", member, not named and name in _NAMED, base)
                for name, member in value.items()
                if isinstance(member, (dict, list))
                and (named or not (name in _VALUES or name.startswith("x-")))
            ]


def references(document: Any, uri: str, version: str) -> Iterator[Reference]:
    """Every reference of a description; what only looks like one inside of examples is none.

    Args:
        document: the description, or a file of it.
        uri: where it stands.
        version: the two numbers of the description's version.

    """
    keywords = _REFERENCES if version != "3.0" else _REFERENCES[:1]
    for one in objects(document, uri, version):
        for keyword in keywords:
            if isinstance(ref := one.value.get(keyword), str):
                yield Reference(
                    holder=one.value, ref=ref, pointer=one.pointer, keyword=keyword, base=one.base
                )


def broken(
    document: Any, label: str, uri: str, version: str, registry: Registry[Any]
) -> Iterator[Failure]:
    """Every reference that leads to nothing, or through others back to itself.

    Args:
        document: the description, or a file of it.
        label: how messages name it.
        uri: where it stands.
        version: the two numbers of the description's version.
        registry: what references may lead to.

    """
    found = [
        (one, registry.resolver(base_uri=one.base)) for one in references(document, uri, version)
    ]
    in_cycles = cyclic((reference.holder, resolver) for reference, resolver in found)
    for reference, resolver in found:
        leads = followed(reference.ref, resolver)
        where = f"{label}#{reference.pointer}/{reference.keyword}"
        if leads is None:
            yield unresolvable(reference.ref, where, reference.keyword)
        elif not isinstance(leads[0], (dict, bool)):
            # A file that is empty, say: nothing in a description is a text, a list or null.
            yield misconfigured(
                expected=f"a {reference.keyword} to an object",
                seen=f"{reference.ref!r}, which leads to {describe(leads[0])}",
                where=where,
                hint="correct it, or write what it names",
            ).failure
        elif id(reference.holder) in in_cycles:
            yield misconfigured(
                expected=f"a {reference.keyword} that leads to something",
                seen=f"{reference.ref!r}, which leads back to itself",
                where=where,
                hint="let it pass through a member or an item on its way, or take it away",
            ).failure


def unresolvable(ref: str, where: str, keyword: str = "$ref") -> Failure:
    """The failure that says that a reference leads to nothing."""
    # Also //host/file and urn:of:something, which name no file either.
    if re.match(r"//|[A-Za-z][A-Za-z0-9+.-]*:", ref):
        return misconfigured(
            expected=f"a {keyword} inside of the description",
            seen=f"{ref!r}, which would have to be fetched",
            where=where,
            hint="put what it leads to into components, or into a file beside the description;"
            " nothing is ever fetched",
        ).failure
    return misconfigured(
        expected=f"a {keyword} to something that is there",
        seen=repr(ref),
        where=where,
        hint="correct it, or add what it names; a file is read only below the folder of a"
        " description that is a file itself",
    ).failure
