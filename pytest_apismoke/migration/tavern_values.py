"""What Tavern's values say: JSON to send, and JSON to expect. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pytest_apismoke.migration.yaml_tags import Tagged

_TYPES: Mapping[str, Mapping[str, Any]] = {
    "anything": {},
    "anyint": {"type": "integer"},
    "anyfloat": {"type": "number"},
    "anynumber": {"type": "number"},
    "anystr": {"type": "string"},
    "anybool": {"type": "boolean"},
    "anylist": {"type": "array"},
    "anydict": {"type": "object"},
    "uuid": {"type": "string", "format": "uuid"},
}
_CONVERSIONS: Mapping[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "bool": lambda text: text.strip().lower() == "true",
    "raw": str,
    "str": str,
}
#: How a pattern stands to the whole string.
_PATTERNS = {"re_match": "^(?:{})", "re_fullmatch": "^(?:{})$", "re_search": "{}"}


class NotCarriedError(Exception):
    """Why a value is not carried over."""


def is_strict(*blocks: Mapping[str, Any], default: bool = True) -> bool:
    """Whether JSON may have no other keys: the first block that says so decides."""
    for block in blocks:
        told = block.get("strict")
        if isinstance(told, bool):
            return told
        words = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        for word in map(str, words):
            kind, _, value = word.partition(":")
            if kind == "json":
                return value != "off"
    return default


def schema_of(value: Any, *, strict: bool) -> dict[str, Any]:
    """The JSON Schema of an expected value.

    Raises:
        NotCarriedError: for a value that no schema says.

    """
    if isinstance(value, Tagged):
        return _of_tag(value)
    if value is None:
        return {"type": "null"}
    if isinstance(value, dict):
        if any(str(name).startswith("$") for name in value):
            raise NotCarriedError("a function of Python's verifies it")
        # An expected object says nothing but of its keys.
        names = [str(name) for name in value]
        inside = {str(name): schema_of(one, strict=strict) for name, one in value.items()}
        closed = {"additionalProperties": False} if strict else {}
        return {"type": "object", "required": names, "properties": inside, **closed}
    if isinstance(value, list):
        if not strict:
            # In any place of the list, though in this order.
            return {"type": "array", "minItems": len(value)}
        count = len(value)
        items = {"prefixItems": [schema_of(one, strict=strict) for one in value]} if value else {}
        return {"type": "array", "minItems": count, "maxItems": count, **items}
    if isinstance(value, str) and re.search(r"(?<!\{)\{[A-Za-z_][^}]*\}", value):
        return {"type": "string"}
    if isinstance(value, (str, int, float)):
        return {"const": value}
    raise NotCarriedError(f"a value of the type {type(value).__name__}")


def _of_tag(value: Tagged) -> dict[str, Any]:
    if value.tag in _TYPES:
        return dict(_TYPES[value.tag])
    if value.tag in _PATTERNS:
        return {"type": "string", "pattern": _PATTERNS[value.tag].format(value.value)}
    if value.tag == "approx":
        return {"type": "number"}
    if value.tag in ("int", "float"):
        return {"type": "integer" if value.tag == "int" else "number"}
    if value.tag == "bool":
        return {"type": "boolean"}
    raise NotCarriedError(f"the tag !{value.tag}")


def plain(value: Any, marked: Callable[[str], str]) -> Any:
    """A value to send, with its tags carried out.

    Raises:
        NotCarriedError: for a value that is computed.

    """
    if isinstance(value, Tagged):
        if value.tag in _CONVERSIONS and "{" not in str(value.value):
            try:
                return _CONVERSIONS[value.tag](str(value.value))
            except ValueError:
                pass
        if value.tag in _CONVERSIONS:
            return marked(str(value.value))
        raise NotCarriedError(f"the tag !{value.tag}")
    if isinstance(value, dict):
        if any(str(name).startswith("$") for name in value):
            raise NotCarriedError("a function of Python's makes it")
        return {str(name): plain(one, marked) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one, marked) for one in value]
    if isinstance(value, str):
        return marked(value)
    if isinstance(value, (int, float, bool)) or value is None:
        return value
    raise NotCarriedError(f"a value of the type {type(value).__name__}")
