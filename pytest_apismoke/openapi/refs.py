"""Finds the objects and the references of a spec, and follows references. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urljoin

from jsonschema_specifications import REGISTRY as METASCHEMAS
from referencing import Registry
from referencing.exceptions import Unresolvable

from pytest_apismoke.documents import describe, step
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.ref_cycles import followed

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


#: What gives an object an own name, since 3.1.
_NAMES = ("$id", "$anchor", "$dynamicAnchor")
#: The keywords of objects that refer to others, or that others refer to by a name.
_LINKING = frozenset({*_REFERENCES, *_NAMES})
#: A place in a document: that of the object around it, and a key or an index there.
_Place = tuple[Any, "str | int"]


@dataclass(frozen=True, slots=True)
class SpecObject:
    """An object of a spec, with the base URI of its references.

    `may_have_id` tells whether an `$id` is a URI: since 3.1.
    """

    value: dict[str, Any]
    base: str
    may_have_id: bool
    _place: _Place | None

    @property
    def pointer(self) -> str:
        """Its JSON Pointer, which is made when it is wanted: of thousands hardly one is shown."""
        names: list[str] = []
        place = self._place
        while place is not None:
            place, name = place
            names.append(f"/{step(name)}" if isinstance(name, str) else f"/{name}")
        return "".join(reversed(names))

    @property
    def has_own_id(self) -> bool:
        """Whether the base is the object's own `$id`."""
        return self.may_have_id and isinstance(self.value.get("$id"), str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference: the object that has it under a keyword."""

    origin: SpecObject
    ref: str
    keyword: str

    @property
    def parent(self) -> dict[str, Any]:
        """The object that has it."""
        return self.origin.value

    @property
    def base(self) -> str:
        """The base URI of the reference."""
        return self.origin.base

    @property
    def pointer(self) -> str:
        """The JSON Pointer of the object that has it."""
        return self.origin.pointer


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
    return _objects(document, uri, version, None)


def linking(document: Any, uri: str, version: str) -> tuple[SpecObject, ...]:
    """The objects of a spec that have a reference, or a name that references use.

    One walk through the document is enough for all that is asked of them.
    """
    return tuple(_objects(document, uri, version, _LINKING))


def _objects(
    document: Any, uri: str, version: str, having: frozenset[str] | None
) -> Iterator[SpecObject]:
    """The objects that have one of some keywords, or all of them."""
    may_have_id = version != "3.0"
    todo: list[tuple[_Place | None, Any, bool, str]] = [
        (None, document, False, base_of(document, uri, version))
    ]
    seen: set[int] = set()
    while todo:
        place, value, named, base = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, list):
            todo += [
                ((place, index), member, False, base)
                for index, member in enumerate(value)
                if isinstance(member, (dict, list))
            ]
        elif isinstance(value, dict):
            # Publishers refer to whole maps too, such as the `content` of a response.
            named = named and not (len(value) == 1 and isinstance(value.get("$ref"), str))
            if not named:
                own = value.get("$id") if may_have_id and value is not document else None
                base = urljoin(base, own).partition("#")[0] if isinstance(own, str) else base
                if having is None or not having.isdisjoint(value):
                    yield SpecObject(value, base, may_have_id, place)
            todo += [
                ((place, name), member, not named and name in _NAMED, base)
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


def references(found: Iterable[SpecObject], version: str) -> Iterator[Reference]:
    """Every reference of a spec; a `$ref` inside an example is not one.

    Args:
        found: the objects of the spec, or of a file that belongs to it, see `linking`.
        version: the first two numbers of the spec's version.

    """
    keywords = _REFERENCES if version != "3.0" else _REFERENCES[:1]
    for one in found:
        for keyword in keywords:
            if isinstance(ref := one.value.get(keyword), str):
                yield Reference(origin=one, ref=ref, keyword=keyword)
