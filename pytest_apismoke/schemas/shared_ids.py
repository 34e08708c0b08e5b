"""`$id`s that two schemas share. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from jsonschema_specifications import REGISTRY as METASCHEMAS
from referencing import Resource

from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.schema_uris import document_uri


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateId:
    """A schema whose `$id` is also that of another schema.

    Attributes:
        path: of the document that the schema stands in.
        schema: the schema with the `$id`.
        other_path: of the other schema's document; empty for a metaschema.
        other: the other schema; None for a metaschema.

    """

    path: str
    schema: dict[str, Any]
    other_path: str = ""
    other: Any = None


def duplicate_ids(resources: Mapping[str, Resource[Any]]) -> Iterator[DuplicateId]:
    """Every `$id`, of a document or inside of one, that stands for another schema as well.

    A reference would only ever find one of the two. Identical copies of a part, as bundlers make
    them, are allowed.

    Args:
        resources: valid schemas, by the paths of their documents.

    """
    roots = {id(resource.contents) for resource in resources.values()}
    known = {document_uri(path): (path, one.contents) for path, one in resources.items()}
    for path, resource in resources.items():
        for uri, schema in _schemas_with_id(document_uri(path), resource):
            other_path, other = known.setdefault(uri, (path, schema))
            if uri in METASCHEMAS and not _is_equal(METASCHEMAS.contents(uri), schema):
                yield DuplicateId(path=path, schema=schema)
            elif other is not schema and (
                {id(schema), id(other)} & roots or not _is_equal(schema, other)
            ):
                yield DuplicateId(path=path, schema=schema, other_path=other_path, other=other)


def _schemas_with_id(base: str, resource: Resource[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a document that has an `$id`, with its absolute URI."""
    todo = [(base, resource)]
    while todo:
        uri, current = todo.pop()
        own = current.id()
        if own is not None:
            uri = urljoin(uri, own)
            yield uri, current.contents
        todo += [(uri, inner) for inner in reversed(list(current.subresources()))]


def _is_equal(one: Any, other: Any) -> bool:
    # Compared as strings, because in Python true is 1.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
