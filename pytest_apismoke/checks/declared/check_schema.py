"""The keys of a declared check, each by itself. Pure.

Each is validated with the published `checks.schema.json`, which editors complete check files
with, and which holds the words of the messages too (see its `$comment`). The dozen keywords that it
uses are evaluated here: jsonschema takes 2.4 times as long for a whole file, can't print numbers
without end, and takes 200.0 for 200, which TOML tells apart. A test compares the two.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from urllib.parse import quote

from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import MOST_BITS, in_words
from pytest_apismoke.documents import lookup, step

#: Nobody writes a body or a schema deeper than this; what walks through one may call itself.
_DEEPEST = 100
#: The visible characters of ASCII; all others are percent-encoded in a path.
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a value does not fit; `pointer` leads from the check to the place inside it."""

    expected: str
    seen: str
    hint: str
    pointer: str = ""


# -- the schema -----------------------------------------------------------------------------------


@cache
def schema_of(table: str) -> Schema:
    """The published schema of `check` or `expect`, each `$ref` replaced by what it names."""
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


#: The schemas on the way to a keyword, the one that it stands in last; the keys to a value.
_Schemas = tuple[Schema, ...]
_Path = tuple[str | int, ...]


class _Refusal(NamedTuple):
    """A keyword that refuses a value."""

    value: Any
    keyword: str
    schemas: _Schemas
    path: _Path


def _is_number(value: Any) -> bool:
    """Whether a value is a number that JSON has too, and that everybody can read."""
    if isinstance(value, int):
        return not isinstance(value, bool) and value.bit_length() <= MOST_BITS
    return isinstance(value, float) and math.isfinite(value)


def _is_any_number(value: Any) -> bool:
    return isinstance(value, (int, float))


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
    "regex": lambda text: not _regex_error(text),
}
#: Keywords that look at a value as a whole: whether it fits the keyword's argument.
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
    "minimum": lambda value, least: not _is_any_number(value) or value >= least,
    "exclusiveMinimum": lambda value, bound: not _is_any_number(value) or value > bound,
    "maximum": lambda value, most: not _is_any_number(value) or value <= most,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxProperties": lambda value, most: not isinstance(value, dict) or len(value) <= most,
    "required": lambda value, names: not isinstance(value, dict) or set(names) <= set(value),
}


def _refusals(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Refusal]:
    """The keywords of the innermost schema that refuse a value, one for each place in it."""
    for keyword, argument in schemas[-1].items():
        if keyword in _APPLICATORS:
            yield from _APPLICATORS[keyword](value, schemas, path)
        elif keyword in _ASSERTIONS and not _ASSERTIONS[keyword](value, argument):
            yield _Refusal(value, keyword, schemas, path)
            return


def _not(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Refusal]:
    inner = (*schemas, schemas[-1]["not"])
    if next(_refusals(value, inner, path), None) is None:
        yield _Refusal(value, "not", inner, path)


def _any_of(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Refusal]:
    last = None
    for alternative in schemas[-1]["anyOf"]:
        last = next(_refusals(value, (*schemas, alternative), path), None)
        if last is None:
            return
    if last is not None:
        # Of several alternatives the last is the one with rules of its own.
        yield last._replace(path=path)


def _items(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Refusal]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from _refusals(item, (*schemas, schemas[-1]["items"]), (*path, index))


def _unique_items(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Refusal]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if item and isinstance(item, str) and item in value[:index]:
            yield _Refusal(item, "uniqueItems", schemas, (*path, index))


def _members(value: Any, schemas: _Schemas, path: _Path) -> Iterator[_Refusal]:
    """Of `properties`, `propertyNames` and `additionalProperties`, in the order of the value."""
    schema = schemas[-1]
    names, others = schema.get("propertyNames"), schema["additionalProperties"]
    properties = schema.get("properties", {})
    for name, member in value.items() if isinstance(value, dict) else ():
        inside = (*path, name)
        if names:
            yield from _refusals(name, (*schemas, names), inside)
        if name in properties or others:
            yield from _refusals(member, (*schemas, properties.get(name, others)), inside)
        else:
            yield _Refusal(name, "additionalProperties", schemas, inside)


_APPLICATORS: Mapping[str, Callable[[Any, _Schemas, _Path], Iterator[_Refusal]]] = {
    "not": _not,
    "anyOf": _any_of,
    "items": _items,
    "uniqueItems": _unique_items,
    "additionalProperties": _members,
}


# -- messages -------------------------------------------------------------------------------------


def key_problems(table: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the keys of a check, each by itself, in the order of the file."""
    yield from map(_told, _members(table, (schema_of("check"),), ()))
    yield from _not_json("/json", table.get("json", ""))
    body = lookup(table, "/expect/schema")
    yield from _not_json("/expect/schema", body if isinstance(body, dict) else {})


def _told(refusal: _Refusal) -> Problem:
    """A refusal in the words of the schemas around it, the innermost of each kind."""
    value, keyword, schemas, path = refusal
    found: dict[str, Any] = {"x-seen": "{seen}"}
    for schema in schemas:
        found |= schema
    found |= found.get(f"x-{keyword}", {})
    text = value if isinstance(value, str) else ""
    reasons = found.get("x-reasons", ()) if text or keyword == "not" else ()
    found |= next((one for one in reasons if re.search(one["pattern"], text)), {})
    fillings: dict[str, Callable[[], str]] = {
        "seen": lambda: in_words(value),
        "value": lambda: repr(value),
        "name": lambda: str(path[-1]),
        "choices": lambda: ", ".join(found["enum"]),
        "nearest": lambda: _nearest(text, found["enum"]),
        "belongs": lambda: _belongs(text, schemas[-1]),
        "rooted": lambda: repr(f"/{text.lstrip('/')}"),
        "encoded": lambda: repr(quote(text, safe=_VISIBLE)),
        "identifier": lambda: repr(re.sub(r"^(?=[0-9])|[^A-Za-z0-9_]", "_", text) or "order_id"),
        "error": lambda: _regex_error(text),
    }
    filling = re.compile(rf"\{{({'|'.join(fillings)})\}}")
    expected, seen, hint = (
        filling.sub(lambda one: fillings[one[1]](), found[key])
        for key in ("x-expected", "x-seen", "x-hint")
    )
    pointer = "".join(f"/{step(name)}" for name in path)
    return Problem(pointer=pointer, expected=expected, seen=seen, hint=hint)


def _nearest(text: str, choices: list[str]) -> str:
    return nearest(text.upper() if choices[0].isupper() else text.lower(), choices)


def _belongs(key: str, schema: Schema) -> str:
    """The hint for a key that its table does not have."""
    check, expect = schema_of("check")["properties"], schema_of("expect")["properties"]
    # In TOML all that stands below a header belongs to it.
    if key in expect:
        return f"it says what is expected: write it below [check.expect], or expect.{key} = ..."
    if key in check:
        return "it is a key of the check itself: write it above [check.expect]"
    return nearest(key, tuple(schema["properties"]))


def _not_json(pointer: str, value: Any) -> Iterator[Problem]:
    """What JSON can't express, in a value that becomes JSON."""
    for inside, one in leaves(value):
        if isinstance(one, (dict, list)):
            yield Problem(
                pointer=pointer,
                expected=f"at most {_DEEPEST} levels",
                seen="more of them",
                hint="nobody could read it: make it flatter",
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
            # What may mean something else one day means something today.
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return str(error)
    return ""


def leaves(value: Any) -> Iterator[tuple[str, Any]]:
    """The values in a value that hold no others, each with its JSON Pointer, in their order.

    What is nested too deeply is not looked into, and comes as the table or the list that it is.
    """
    # With a stack of its own instead of Python's: TOML's dotted keys nest without end.
    todo: list[tuple[str, int, Any]] = [("", 0, value)]
    while todo:
        pointer, depth, one = todo.pop()
        if not isinstance(one, (dict, list)) or (one and depth == _DEEPEST):
            yield pointer, one
            continue
        members = one.items() if isinstance(one, dict) else enumerate(one)
        below = [(f"{pointer}/{step(name)}", depth + 1, member) for name, member in members]
        todo += reversed(below)
