"""Validate each key of a declared check against the published `checks.schema.json`. Pure.

Editors use the same schema for completion, and its `x-` annotations hold the wording of the error
messages. This module evaluates the keywords that the schema uses. It does not call jsonschema: that
makes reading a file up to 2.4 times slower, can't format integers of arbitrary length, and accepts
200.0 as an integer, unlike TOML. A test compares the two.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import MOST_BITS, in_words
from pytest_apismoke.documents import lookup, step
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.patterns import compile_pattern

#: The most levels of a body or an inline schema; code further down recurses through them.
_MAX_DEPTH = 100
#: The visible ASCII characters; a path has all others percent-encoded.
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One error in a check: the parts of its message, and a JSON Pointer into the check's table."""

    expected: str
    seen: str
    hint: str
    pointer: str = ""


# -- the schema -----------------------------------------------------------------------------------


@cache
def schema_of(table: str) -> Schema:
    """The published schema of a table, `check` or `expect`, with every `$ref` resolved."""
    text = files(__package__).joinpath("checks.schema.json").read_text(encoding="utf-8")
    document = json.loads(text)
    schema: Schema = _without_refs(document["$defs"][table], document)
    return schema


def _without_refs(node: Any, document: Any) -> Any:
    if isinstance(node, list):
        return [_without_refs(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    named = lookup(document, node["$ref"].removeprefix("#")) if "$ref" in node else {}
    merged = {key: value for key, value in {**node, **named, **node}.items() if key != "$ref"}
    return {key: _without_refs(value, document) for key, value in merged.items()}


#: The nested schemas down to the one that applies to a value, outermost first.
_Schemas = tuple[Schema, ...]
#: The keys and indices down to a value.
_Path = tuple[str | int, ...]


class _Error(NamedTuple):
    """A value, and the keyword of the last schema that it violates."""

    value: Any
    keyword: str
    schemas: _Schemas
    path: _Path


def _is_number(value: Any) -> bool:
    """Whether a value is a number that JSON can express and that other programs read exactly."""
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() <= MOST_BITS
    return isinstance(value, float) and math.isfinite(value)


_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: type(value) is int,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}
_FORMATS: Mapping[str, Callable[[str], bool]] = {
    "printable": str.isprintable,
    "regex": lambda pattern: not _regex_error(pattern),
}
#: Keywords without subschemas: whether a value satisfies the keyword, given its argument.
_ASSERTIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": lambda value, names: any(
        _TYPES[name](value) for name in (names if isinstance(names, list) else [names])
    ),
    "const": lambda value, one: type(value) is type(one) and value == one,
    "enum": lambda value, choices: isinstance(value, str) and value in choices,
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "maxLength": lambda value, most: not isinstance(value, str) or len(value) <= most,
    "pattern": lambda value, pattern: not isinstance(value, str) or bool(re.search(pattern, value)),
    "format": lambda value, name: not isinstance(value, str) or _FORMATS[name](value),
    "minimum": lambda value, least: not isinstance(value, (int, float)) or value >= least,
    "exclusiveMinimum": lambda value, bound: not isinstance(value, (int, float)) or value > bound,
    "maximum": lambda value, most: not isinstance(value, (int, float)) or value <= most,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxProperties": lambda value, most: not isinstance(value, dict) or len(value) <= most,
    "required": lambda value, names: not isinstance(value, dict) or set(names) <= set(value),
}


def _errors(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Error]:
    """Validate a value against the last of the schemas; at most one error for the value itself."""
    for keyword, argument in schemas[-1].items():
        if keyword in _APPLICATORS:
            yield from _APPLICATORS[keyword](value, schemas, path)
        elif keyword in _ASSERTIONS and not _ASSERTIONS[keyword](value, argument):
            yield _Error(value, keyword, schemas, path)
            return


def _not(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Error]:
    inner = (*schemas, schemas[-1]["not"])
    if next(_errors(value, inner, path), None) is None:
        yield _Error(value, "not", inner, path)


def _any_of(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Error]:
    last = None
    for alternative in schemas[-1]["anyOf"]:
        last = next(_errors(value, (*schemas, alternative), path), None)
        if last is None:
            return
    if last is not None:
        # Only the last alternative has rules of its own: its error explains most.
        yield last._replace(path=path)


def _items(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Error]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from _errors(item, (*schemas, schemas[-1]["items"]), (*path, index))


def _unique_items(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Error]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if item and isinstance(item, str) and item in value[:index]:
            yield _Error(item, "uniqueItems", schemas, (*path, index))


def _properties(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Error]:
    """Apply `properties`, `propertyNames` and `additionalProperties`, in the order of the table."""
    schema = schemas[-1]
    names, others = schema.get("propertyNames"), schema["additionalProperties"]
    properties = schema.get("properties", {})
    for name, item in value.items() if isinstance(value, dict) else ():
        inside = (*path, name)
        if names:
            yield from _errors(name, (*schemas, names), inside)
        if name in properties or others:
            yield from _errors(item, (*schemas, properties.get(name, others)), inside)
        else:
            yield _Error(name, "additionalProperties", schemas, inside)


_APPLICATORS: Mapping[str, Callable[[Any, _Schemas, _Path], Iterator[_Error]]] = {
    "not": _not,
    "anyOf": _any_of,
    "items": _items,
    "uniqueItems": _unique_items,
    "additionalProperties": _properties,
}


# -- problems -------------------------------------------------------------------------------------


def key_problems(table: Mapping[str, Any]) -> Iterator[Problem]:
    """Validate the keys of a check one by one.

    Args:
        table: the TOML table of the check.

    """
    yield from map(_problem, _properties(table, (schema_of("check"),), ()))
    yield from _non_json_values("/json", table.get("json", ""))
    schema = lookup(table, "/expect/schema")
    yield from _non_json_values("/expect/schema", schema if isinstance(schema, dict) else {})


def _problem(error: _Error) -> Problem:
    """Word an error: each part comes from the innermost schema that has an annotation for it."""
    value, keyword, schemas, path = error
    annotations: dict[str, Any] = {"x-seen": "{seen}"}
    for schema in schemas:
        annotations |= schema
    annotations |= annotations.get(f"x-{keyword}", {})
    string = value if isinstance(value, str) else ""
    reasons = annotations.get("x-reasons", ()) if isinstance(value, str) else ()
    annotations |= next((one for one in reasons if re.search(one["pattern"], string)), {})
    fields: dict[str, Callable[[], str]] = {
        "seen": lambda: in_words(value),
        "value": lambda: repr(value),
        "name": lambda: str(path[-1]),
        "choices": lambda: ", ".join(annotations["enum"]),
        "nearest": lambda: _nearest(string, annotations["enum"]),
        "unknown_key_hint": lambda: _unknown_key_hint(string, schemas[-1]),
        "rooted": lambda: repr(f"/{string.lstrip('/')}"),
        "encoded": lambda: repr(quote(string, safe=_VISIBLE)),
        "identifier": lambda: repr(re.sub(r"^(?=[0-9])|[^A-Za-z0-9_]", "_", string) or "order_id"),
        "error": lambda: _regex_error(string),
    }
    field = re.compile(rf"\{{({'|'.join(fields)})\}}")
    expected, seen, hint = (
        field.sub(lambda match: fields[match[1]](), annotations[key])
        for key in ("x-expected", "x-seen", "x-hint")
    )
    pointer = "".join(f"/{step(name)}" for name in path)
    return Problem(pointer=pointer, expected=expected, seen=seen, hint=hint)


def _nearest(string: str, choices: list[str]) -> str:
    return nearest(string.upper() if choices[0].isupper() else string.lower(), choices)


def _unknown_key_hint(key: str, schema: Schema) -> str:
    """The hint for an unknown key."""
    check, expect = schema_of("check")["properties"], schema_of("expect")["properties"]
    # In TOML all keys below a table header belong to that table: the wrong one is a common slip.
    if key in expect:
        return f"it describes the response: write it below [check.expect], or expect.{key} = ..."
    if key in check:
        return "it is a key of the check itself: write it above [check.expect]"
    names = tuple(schema["properties"])
    if names == tuple(check):
        from difflib import get_close_matches

        if (close := get_close_matches(key, (*names, *expect), n=1)) and close[0] in expect:
            return f"did you mean {close[0]!r}, below [check.expect]?"
    return nearest(key, names)


def _non_json_values(pointer: str, value: Any) -> Iterator[Problem]:
    """Values below a pointer that JSON can't express, such as dates."""
    for inside, one in scalars(value):
        if isinstance(one, (dict, list)):
            yield Problem(
                pointer=pointer,
                expected=f"at most {_MAX_DEPTH} levels",
                seen="more of them",
                hint="flatten it",
            )
            return
        if not isinstance(one, (str, bool)) and not _is_number(one):
            yield Problem(
                pointer=f"{pointer}{inside}",
                expected="a JSON value",
                seen=in_words(one),
                hint="leave it out" if isinstance(one, (int, float)) else "put it in quotes",
            )


def _regex_error(pattern: str) -> str:
    try:
        with warnings.catch_warnings():
            # Warnings are about future versions of Python; the pattern is valid today.
            warnings.simplefilter("ignore")
            compile_pattern(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    return ""


def scalars(value: Any) -> Iterator[tuple[str, Any]]:
    """The scalars inside a value with their JSON Pointers, in document order.

    A table or an array below the maximum depth is yielded itself, not its contents.
    """
    # An explicit stack, not recursion: TOML's dotted keys can nest thousands of levels.
    todo: list[tuple[str, int, Any]] = [("", 0, value)]
    while todo:
        pointer, depth, one = todo.pop()
        if not isinstance(one, (dict, list)) or (one and depth == _MAX_DEPTH):
            yield pointer, one
            continue
        items = one.items() if isinstance(one, dict) else enumerate(one)
        todo += reversed([(f"{pointer}/{step(name)}", depth + 1, item) for name, item in items])
