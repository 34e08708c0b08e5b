"""The first contract of the settings, from the one document that a look has seen. Pure.

One document tells the types of its members and little more: that a member was there, that a text
was an address or that a number was whole may be chance. So the contract says what is a break under
every reading, and leaves the rest to a person: no healthy target fails it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_apismoke.infer import claims
from pytest_apismoke.redaction import Redactor, is_sensitive
from pytest_apismoke.schemas.dynamic_keys import looks_like_data

_COMMENT = (
    "From one response: every member may be absent or null, and lists may have anything in them."
    " Make stricter what you know, with 'required', 'format', 'enum', 'items'."
)
_DEEPEST = 8
#: An object with more members is a map, whose names are data.
_MOST_NAMES = 64


def first_contract(
    document: Mapping[str, Any], redactor: Redactor, *, id_field: str
) -> dict[str, Any]:
    """A JSON Schema (2020-12) that says no more than one document can tell.

    Args:
        document: the settings.
        redactor: knows the secrets of this run.
        id_field: the member that tells the account; required, where it has a value.

    """
    names = _names(document, redactor)
    properties = {name: _schema(name, document[name], redactor, 1) for name in names}
    schema: dict[str, Any] = {"$schema": claims.DIALECT, "$comment": _COMMENT, "type": "object"}
    if id_field in names and isinstance(document[id_field], (str, int)):
        schema["required"] = [id_field]
        properties[id_field] = _claimed(id_field, document[id_field])
    return {**schema, **({"properties": properties} if properties else {})}


def _names(value: Mapping[str, Any], redactor: Redactor) -> list[str]:
    """The names that a programmer gave; none where some are data, or secrets."""

    def is_data(name: str) -> bool:
        return not name.isprintable() or looks_like_data(name) or redactor.text(name) != name

    return [] if len(value) > _MOST_NAMES or any(map(is_data, value)) else list(value)


def _schema(name: str, value: Any, redactor: Redactor, depth: int) -> dict[str, Any]:
    if value is None:
        return {"description": claims.NULL_SO_FAR}
    if not isinstance(value, dict):
        claimed = _claimed(name, value)
        return {**claimed, "type": [claimed["type"], "null"]}
    schema: dict[str, Any] = {"type": ["object", "null"]}
    # Below a sensitive name the names may be secrets too.
    is_told = depth < _DEEPEST and not is_sensitive(name)
    names = _names(value, redactor) if is_told else []
    if names:
        schema["properties"] = {n: _schema(n, value[n], redactor, depth + 1) for n in names}
    return schema


def _claimed(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, (int, float)):
        return claims.number(name, is_whole=isinstance(value, int))
    return {"type": "string" if isinstance(value, str) else "array"}
