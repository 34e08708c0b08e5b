"""Under which URIs schemas stand for each other's `$ref`, and which are taken twice. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from jsonschema_specifications import REGISTRY as METASCHEMAS
from referencing import Resource

#: No place on any disk, and never fetched.
BASE = "file:///contracts/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A schema with an `$id`, in the document at a path, that something else has already.

    `other` is that, and stands in the document at `other_path`; for a metaschema that is empty.
    """

    path: str
    schema: dict[str, Any]
    other_path: str = ""
    other: Any = None


def place_of(path: str) -> str:
    """The URI of a document by its path, or by its absolute URI."""
    return urljoin(BASE, path)


def uri_of(path: str, document: Any) -> str:
    """What the relative references of a document are relative to: its `$id`, else its place."""
    own = document.get("$id") if isinstance(document, dict) else None
    return urljoin(place_of(path), own.rstrip("#")) if isinstance(own, str) else place_of(path)


def taken(resources: Mapping[str, Resource[Any]]) -> Iterator[Taken]:
    """Every `$id`, of a document or inside of one, whose URI is that of something else.

    Only one of the two would ever be found. Copies of one part, as bundling makes them, take
    nothing from each other.

    Args:
        resources: schemas that their metaschemas allow, by the paths of their documents.

    """
    roots = {id(resource.contents) for resource in resources.values()}
    known = {place_of(path): (path, one.contents) for path, one in resources.items()}
    for path, resource in resources.items():
        for uri, schema in _identified(place_of(path), resource):
            other_path, other = known.setdefault(uri, (path, schema))
            if uri in METASCHEMAS and not _equal(METASCHEMAS.contents(uri), schema):
                yield Taken(path=path, schema=schema)
            elif other is not schema and (
                {id(schema), id(other)} & roots or not _equal(schema, other)
            ):
                yield Taken(path=path, schema=schema, other_path=other_path, other=other)


def _identified(base: str, resource: Resource[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a document that has an `$id`, and the URI that this comes to."""
    todo = [(base, resource)]
    while todo:
        uri, current = todo.pop()
        own = current.id()
        if own is not None:
            uri = urljoin(uri, own)
            yield uri, current.contents
        todo += [(uri, inner) for inner in reversed(list(current.subresources()))]


def _equal(one: Any, other: Any) -> bool:
    # As texts, because in Python true is 1.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
