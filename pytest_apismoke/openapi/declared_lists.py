"""The lists that operations return: where their first item is, and what it is declared to be. Pure.

A list is an array of objects, or an object around one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pytest_apismoke.documents import step
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.openapi.declared_values import Declared, declared_by
from pytest_apismoke.openapi.media_types import is_json
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.path_names import last_literal, same_thing
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.records import dataclass
from pytest_apismoke.words import words

_STATUS = late_pattern(r"[1-5]\d\d", re.ASCII)
#: Names of the array in an object that is only there to hold it.
_ENVELOPES = frozenset(
    {
        *("items", "data", "results", "result", "value", "values", "entries", "records"),
        *("rows", "hits", "content", "contents", "list", "elements", "objects", "resources"),
        *("collection", "nodes", "edges"),
    }
)
#: Words of what stands beside the array in such an object: pages, counts and links.
_BESIDE = frozenset(
    {
        *("total", "count", "num", "number", "of", "size", "limit", "offset", "start", "end"),
        *("page", "pages", "per", "paging", "pagination", "first", "last", "has", "more"),
        *("next", "prev", "previous", "cursor", "token", "marker", "continuation", "index"),
        *("url", "uri", "link", "links", "self", "meta", "metadata", "request", "id", "etag"),
        *("object", "kind", "type", "api", "version", "key", "truncated", "incomplete"),
        *("ok", "status", "success", "message", "error", "errors", "results", "result"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstItem:
    """The first item of a list: the JSON Pointer to it, and what it is declared to be.

    `is_required` tells whether the list itself must be there.
    """

    pointer: str
    item: Declared
    is_required: bool = True


def body_of(loaded: LoadedOperation) -> Node | None:
    """The schema of the JSON body of the first 2xx response; None where there is none."""
    responses = loaded.definition.value.get("responses")
    statuses = responses if isinstance(responses, dict) else {}
    for status, raw in sorted(statuses.items(), key=lambda pair: str(pair[0])):
        if not str(status).startswith("2"):
            continue
        response, resolver = resolve(raw, loaded.definition.resolver)
        content = response.get("content") if isinstance(response, dict) else None
        for media_type, value in (content if isinstance(content, dict) else {}).items():
            if is_json(media_type) and isinstance(value, dict) and "schema" in value:
                return Node(value["schema"], resolver)
    return None


def declared_statuses(loaded: LoadedOperation) -> tuple[int, ...]:
    """The statuses that an operation declares by their numbers, in order."""
    responses = loaded.definition.value.get("responses")
    names = map(str, responses if isinstance(responses, dict) else ())
    return tuple(sorted({int(name) for name in names if _STATUS.fullmatch(name)}))


def returns_list(loaded: LoadedOperation) -> bool:
    """Whether an operation returns a list, of whatever."""
    body = body_of(loaded)
    if body is None:
        return False
    return declared_by(body).types == {"array"} or first_item_of(loaded) is not None


def first_item_of(loaded: LoadedOperation) -> FirstItem | None:
    """The first item of the list that an operation returns; None where it returns no list."""
    body = body_of(loaded)
    if body is None:
        return None
    whole = declared_by(body)
    if whole.is_list:
        return _first(whole, "")
    return _around(whole, loaded.operation.path) if whole.is_object else None


def _around(whole: Declared, path: str) -> FirstItem | None:
    """The first item of the list in an object that is only there to hold it."""
    lists: dict[str, FirstItem] = {}
    for name, nodes in whole.properties.items():
        value = declared_by(*nodes)
        first = _first(value, f"/{step(name)}") if value.is_list else None
        if first is not None:
            lists[name] = replace(first, is_required=name in whole.required)
    named = [name for name in lists if _is_meant(name, path)]
    if len(named) == 1:
        return lists[named[0]]
    if named or "id" in whole.properties:
        # Something of its own, such as a cart with its items.
        return None
    found = [name for name in lists if name.lower() in _ENVELOPES]
    # The name of an envelope says enough; another list stands beside pages and counts alone.
    others = lists if found else whole.properties
    found = found or [*lists]
    if len(found) == 1 and all(_stands_beside(name) for name in others if name not in found):
        return lists[found[0]]
    return None


def _first(value: Declared, pointer: str) -> FirstItem | None:
    item = declared_by(*value.items)
    if not (item.is_object and item.properties):
        return None
    return FirstItem(pointer=f"{pointer}/0", item=item)


def _is_meant(name: str, path: str) -> bool:
    literal = last_literal(path)
    return bool(literal) and same_thing(words(name), words(literal))


def _stands_beside(name: str) -> bool:
    return set(words(name)) <= _BESIDE and name.lower() not in ("id", "key")


def unwrapped(value: Declared, entity: tuple[str, ...]) -> Iterator[Declared]:
    """An object, and the one inside it that an envelope such as `{"order": {...}}` holds."""
    yield value
    inner = {name: declared_by(*nodes) for name, nodes in value.properties.items()}
    objects = {name: one for name, one in inner.items() if one.is_object}
    for name, one in objects.items():
        if len(objects) == 1 or name in _ENVELOPES or same_thing(words(name), entity):
            yield one
