"""Drift: properties that are present but not declared, or declared but not present."""

from __future__ import annotations

from typing import Any

import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from pytest_apismoke.schemas.drift import AT_MOST, DEEPEST, Drift, drift
from pytest_apismoke.schemas.shapes import Shapes

TEXT = {"type": "string"}
BASE = "file:///contracts/s.json"


def drifted(value: object, schema: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    registry: Registry[Any] = Registry().with_resource(BASE, DRAFT202012.create_resource(schema))
    found = drift(value, schema, registry.resolver(base_uri=BASE))
    return found.undeclared, found.unseen


def object_of(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


A, B = object_of(a=TEXT), object_of(b=TEXT)


@pytest.mark.parametrize(
    ("schema", "value", "undeclared"),
    [
        (A, {"a": "x"}, ()),
        (A, {"a": "x", "b": 1, "c": {"d": 1}}, ("/b", "/c")),
        (A, {"a": "x", "b/c~": 1}, ("/b~1c~0",)),
        # Names that are data are not told.
        (A, {"ord_17": 1, "2024-01-01": 2}, ("/*",)),
        (object_of(a=B), {"a": {"b": "x", "c": 1}}, ("/a/c",)),
        # Below a sensitive name only those are told that the schema writes.
        (object_of(tokens=A), {"tokens": {"ada": 1, "bob": 2}, "password": 1},
         ("/password", "/tokens/*")),
        (object_of(tokens=object_of(a=A)), {"tokens": {"a": {"old": 1}}}, ("/tokens/a/*",)),
        (object_of(tokens={"items": A}), {"tokens": [{"old": 1}]}, ("/tokens/*/*",)),
        (object_of(tokens={"patternProperties": {"^x": A}}), {"tokens": {"xy": {"b": 1}}},
         ("/tokens/*/*",)),
        # Lists: one place for all of the items.
        ({"items": A}, [{"b": 1}, {"a": "x"}, {"b": 2, "c": 3}], ("/*/b", "/*/c")),
        ({"prefixItems": [A], "items": B}, [{"a": 1}, {"a": 1}], ("/*/a",)),
        ({"items": [A], "additionalItems": B}, [{"a": 1}, {"b": 1}], ()),
        ({"unevaluatedItems": A}, [{"b": 1}], ("/*/b",)),
        # Additional members count as declared where something is said of them.
        ({**A, "additionalProperties": True}, {"b": 1}, ()),
        ({**A, "additionalProperties": {}}, {"b": 1}, ()),
        ({**A, "additionalProperties": False}, {"b": 1}, ("/b",)),
        ({**A, "unevaluatedProperties": True}, {"b": 1}, ()),
        ({"additionalProperties": A}, {"eu": {"b": 1}, "us": {"b": 2}}, ("/*/b",)),
        ({**A, "patternProperties": {"^x-": B}}, {"x-a": {"c": 1}, "y": 1}, ("/x-a/c", "/y")),
        ({**A, "patternProperties": {"(": TEXT}}, {"b": 1}, ("/b",)),
        # An object without any names is free.
        ({"type": "object"}, {"a": 1}, ()),
        ({}, {"a": 1}, ()),
        (True, {"a": 1}, ()),
        # A member that is refused is not declared.
        ({"properties": {"a": False, "b": True}}, {"a": 1, "b": 2}, ("/a",)),
        # Several schemas for one value declare together.
        ({"allOf": [A, B]}, {"a": "", "b": "", "c": 1}, ("/c",)),
        ({"oneOf": [A, B]}, {"a": "", "b": "", "c": 1}, ("/c",)),
        ({"anyOf": [object_of(c=A), object_of(c=B)]}, {"c": {"a": 1, "b": 2, "d": 3}}, ("/c/d",)),
        ({**A, "if": {}, "then": B, "else": object_of(c=TEXT)}, {"b": 1, "c": 1, "d": 1}, ("/d",)),
        ({**A, "dependentSchemas": {"a": B}}, {"b": 1, "c": 1}, ("/c",)),
        ({"$ref": "#/$defs/a", "$defs": {"a": A}}, {"a": "", "b": 1}, ("/b",)),
        ({"$ref": "#/nowhere"}, {"a": ""}, ()),
        ({"$ref": "#"}, {"a": ""}, ()),
        # What a base schema's discriminator leads to.
        (
            {
                **object_of(kind=TEXT),
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/$defs/cat"}},
                "$defs": {"cat": object_of(purrs=TEXT)},
            },
            {"kind": "cat", "purrs": "", "barks": ""},
            ("/barks",),
        ),
    ],
)  # fmt: skip
def test_what_came_and_is_declared_nowhere(
    schema: Any, value: object, undeclared: tuple[str, ...]
) -> None:
    assert drifted(value, schema)[0] == undeclared


@pytest.mark.parametrize(
    ("schema", "value", "unseen"),
    [
        (object_of(a=TEXT, b=TEXT), {"a": "x"}, ("/b",)),
        # Only below what came.
        (object_of(a=B), {}, ("/a",)),
        (object_of(a=B), {"a": None}, ()),
        (object_of(a=B), {"a": {}}, ("/a/b",)),
        (A, [], ()),
        # Seen in one of the items is seen.
        ({"items": object_of(a=TEXT, b=TEXT)}, [{"a": "x"}, {"b": "x"}], ()),
        ({"items": object_of(a=TEXT, b=TEXT)}, [{"a": "x"}, {"a": "x"}], ("/*/b",)),
        ({"items": object_of(a=TEXT, b=TEXT)}, [], ()),
        ({"additionalProperties": object_of(a=TEXT, b=TEXT)}, {"x": {"a": ""}, "y": {}}, ("/*/b",)),
        # What is only ever sent never comes.
        (object_of(a={**TEXT, "writeOnly": True}), {}, ()),
        ({**object_of(a={"$ref": "#/$defs/s"}), "$defs": {"s": {"writeOnly": True}}}, {}, ()),
        (object_of(a=False), {}, ()),
        ({"allOf": [A, B]}, {"a": ""}, ("/b",)),
        # Which of several branches it is, is not known; one besides null is no choice.
        ({"oneOf": [A, B]}, {"a": ""}, ()),
        ({"anyOf": [object_of(a=TEXT, b=TEXT), {"type": "null"}]}, {"a": ""}, ("/b",)),
        ({"if": {}, "then": A}, {}, ()),
    ],
)  # fmt: skip
def test_what_is_declared_and_did_not_come(
    schema: Any, value: object, unseen: tuple[str, ...]
) -> None:
    assert drifted(value, schema)[1] == unseen


def test_a_schema_that_holds_itself_is_followed_as_deep_as_somebody_would_read() -> None:
    schema = object_of(name=TEXT, children={"type": "array", "items": {"$ref": "#"}})
    value: dict[str, Any] = {"name": "leaf", "extra": 1}
    for _ in range(5000):
        value = {"children": [value], "more": 1}
    undeclared, unseen = drifted(value, schema)
    assert {"/more", "/children/*/more"} <= set(undeclared)
    assert max(map(len, undeclared)) < DEEPEST + len("/more")
    assert len(unseen) < AT_MOST


def test_no_more_places_than_somebody_would_read() -> None:
    undeclared, unseen = drifted(
        {f"name{chr(97 + n % 26)}{chr(97 + n // 26)}": 1 for n in range(500)},
        object_of(**{f"other{n}": TEXT for n in range(500)}),
    )
    assert (len(undeclared), len(unseen)) == (AT_MOST, AT_MOST)


def test_a_member_that_is_required_is_declared() -> None:
    schema = {"properties": {"a": {}}, "required": ["a", "b"]}
    found = drift({"a": 1, "b": {"c": 1}, "d": 1}, schema, Registry().resolver())
    assert found == Drift(undeclared=("/d",))


def test_a_shape_is_built_once_for_a_document() -> None:
    node = object_of(name=TEXT, children={"type": "array", "items": {"$ref": "#"}})
    resolver: Any = Registry().with_resource(BASE, DRAFT202012.create_resource(node)).resolver(BASE)
    shapes = Shapes()
    shape = shapes.of([(node, resolver)])
    value = {"name": "a", "children": [{"name": "b", "other": 1}], "more": 1}
    for _ in range(2):
        found = drift(value, node, resolver, shapes)
        assert found == drift(value, node, resolver)
        assert shapes.of([(node, resolver)]) is shape
