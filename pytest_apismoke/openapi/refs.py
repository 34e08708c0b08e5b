"""Finds the references of a spec, follows them, and reports those that cannot be resolved. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urljoin

from jsonschema_specifications import REGISTRY as METASCHEMAS
from referencing import Registry
from referencing.exceptions import Unresolvable

from pytest_apismoke.documents import describe, step
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.ref_cycles import cyclic, followed

#: Keywords that contain values of the API, in which `$ref` is an ordinary key, or prose, which some
#: publishers keep in a file of its own: it says nothing of an answer.
_VALUES = frozenset(
    {
        *("example", "examples", "default", "enum", "const", "value", "x-examples"),
        *("description", "summary"),
    }
)
#: Keywords that contain maps, whose keys are chosen by the author and may equal a keyword.
_NAMED = frozenset(
    {
        *("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"),
        *("schemas", "responses", "parameters", "headers", "requestBodies", "securitySchemes"),
        *("links", "callbacks", "pathItems", "content", "paths", "webhooks", "encoding", "mapping"),
        *("variables", "scopes", "mediaTypes"),
    }
)


#: Keywords whose value is a reference; the second since 3.1.
_REFERENCES = ("$ref", "$dynamicRef")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecObject:
    """An object of a spec, with its JSON Pointer and the base URI of its references.

    `may_have_id` tells whether an `$id` is a URI: since 3.1.
    """

    value: dict[str, Any]
    pointer: str
    base: str
    may_have_id: bool

    @property
    def has_own_id(self) -> bool:
        """Whether the base is the object's own `$id`."""
        return self.may_have_id and isinstance(self.value.get("$id"), str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference: the object that has it under a keyword, and where that object is."""

    parent: dict[str, Any]
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
        # A key without a value is null in YAML, and PHP writes an empty object as [].
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
    """The value at the end of a chain of references; None where that leads nowhere.

    Args:
        value: any value of a spec; only an object with a `$ref` is a reference.
        resolver: the resolver of `referencing` for it.

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
    """The base URI of a document: its `$self` or `$id`, else the URI it was loaded from."""
    own = (
        document.get("$self" if version == "3.2" and "openapi" in document else "$id")
        if (isinstance(document, dict) and version != "3.0")
        else None
    )
    return urljoin(uri, own).partition("#")[0] if isinstance(own, str) else uri


def objects(document: Any, uri: str, version: str) -> Iterator[SpecObject]:
    """Every object of a spec, but for maps and anything inside examples."""
    may_have_id = version != "3.0"
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
            # Publishers refer to whole maps too, such as the `content` of a response.
            named = named and not (len(value) == 1 and isinstance(value.get("$ref"), str))
            if not named:
                own = value.get("$id") if may_have_id and value is not document else None
                base = urljoin(base, own).partition("#")[0] if isinstance(own, str) else base
                yield SpecObject(value=value, pointer=pointer, base=base, may_have_id=may_have_id)
            todo += [
                (f"{pointer}/{step(name)}", member, not named and name in _NAMED, base)
                for name, member in value.items()
                if isinstance(member, (dict, list))
                and (named or not (name in _VALUES or name.startswith("x-")))
            ]


def bundled(version: str) -> Registry[Any]:
    """The documents that a reference may lead to without any file.

    Since 3.1 schemas are JSON Schema, and may refer to its metaschemas.
    """
    found: Registry[Any] = Registry() if version == "3.0" else METASCHEMAS
    return found


def references(document: Any, uri: str, version: str) -> Iterator[Reference]:
    """Every reference of a spec; a `$ref` inside an example is not one.

    Args:
        document: the spec, or a file that belongs to it.
        uri: of the document.
        version: the first two numbers of the spec's version.

    """
    keywords = _REFERENCES if version != "3.0" else _REFERENCES[:1]
    for one in objects(document, uri, version):
        for keyword in keywords:
            if isinstance(ref := one.value.get(keyword), str):
                yield Reference(
                    parent=one.value, ref=ref, pointer=one.pointer, keyword=keyword, base=one.base
                )


def broken_references(
    document: Any, label: str, uri: str, version: str, registry: Registry[Any]
) -> Iterator[Failure]:
    """A failure for every reference that cannot be resolved, or leads back to itself.

    Args:
        document: the spec, or a file that belongs to it.
        label: names the document in messages.
        uri: of the document.
        version: the first two numbers of the spec's version.
        registry: the documents that references may lead to.

    """
    found = [
        (one, registry.resolver(base_uri=one.base)) for one in references(document, uri, version)
    ]
    in_cycles = cyclic((reference.parent, resolver) for reference, resolver in found)
    for reference, resolver in found:
        leads = followed(reference.ref, resolver)
        where = f"{label}#{reference.pointer}/{reference.keyword}"
        if leads is None:
            yield unresolvable_ref(reference.ref, where, reference.keyword)
        elif not isinstance(leads[0], (dict, bool)):
            # An empty file, for example: a reference never leads to a string, an array or null.
            yield misconfigured(
                expected=f"a {reference.keyword} to an object",
                seen=f"{reference.ref!r}, which leads to {describe(leads[0])}",
                where=where,
                hint="correct it, or add its target",
            ).failure
        elif id(reference.parent) in in_cycles:
            yield misconfigured(
                expected=f"a {reference.keyword} that can be resolved",
                seen=f"{reference.ref!r}, which leads back to itself",
                where=where,
                hint="let the cycle pass through a property or an item, or remove the reference",
            ).failure


def unresolvable_ref(ref: str, where: str, keyword: str = "$ref") -> Failure:
    """The failure for a reference that cannot be resolved."""
    # Also //host/file and urn:a:b, which are not files either.
    if re.match(r"//|[A-Za-z][A-Za-z0-9+.-]*:", ref):
        return misconfigured(
            expected=f"a {keyword} to something inside the spec",
            seen=f"{ref!r}, which would have to be fetched",
            where=where,
            hint="move its target into components, or into a file beside the spec; nothing is ever"
            " fetched",
        ).failure
    return misconfigured(
        expected=f"a {keyword} that can be resolved",
        seen=repr(ref),
        where=where,
        hint="correct it, or add its target; other files are read only for a spec that is a file"
        " itself, from its folder and below",
    ).failure
