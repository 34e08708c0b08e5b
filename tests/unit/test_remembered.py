"""Schemas that contain themselves: the work grows with the value, however the branches multiply."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas
from pytest_apismoke.schemas.validation_timeout import time_limit

FLAT, DEEP = 10, 40
BRANCHES = ("left", "right")


def branch(kind: str, ref: str) -> dict[str, Any]:
    """A branch whose child is the whole union again."""
    return {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": [kind]}, "child": {"$ref": ref}},
    }


def tree(levels: int, leaf: object) -> object:
    """A value that only the last branch fits, with a leaf below."""
    value = leaf
    for _ in range(levels):
        value = {"kind": "right", "child": value}
    return value


def file_with(keyword: str) -> dict[str, Any]:
    """A schema that applies itself to the child of its value in several ways."""
    node = {"$ref": "#/$defs/node"}
    branches = [branch(kind, "#/$defs/node") for kind in BRANCHES]
    child = {"properties": {"child": node, "kind": {}}}
    nodes: dict[str, Any] = {
        "anyOf": {"anyOf": branches},
        "oneOf": {"oneOf": branches},
        "allOf": {"allOf": [child, child]},
        "if": {"if": child, "then": child, "else": child},
        "not": {**child, "not": {**child, "required": ["x"]}},
        "unevaluatedProperties": {"allOf": [child], "unevaluatedProperties": False},
        "dependentSchemas": {"dependentSchemas": {"kind": child, "child": child}},
    }
    object_or_text = {"if": {"type": "object"}, "then": nodes[keyword], "else": {"type": "string"}}
    return {"$defs": {"node": object_or_text}, **node}


def evaluations(schema: Any, value: object) -> tuple[int, int]:
    """How often a subschema is applied to a value, in eights, and how many violations there are."""
    reads = count()
    schemas = Schemas({"s.schema.json": schema})
    with time_limit(1e9, clock=lambda: float(next(reads))):
        found = schemas.findings(value, "s")
    return next(reads), len(found)


@pytest.mark.parametrize("leaf", ["a leaf", 5], ids=["valid", "invalid"])
@pytest.mark.parametrize(
    "keyword",
    ["anyOf", "oneOf", "allOf", "if", "not", "unevaluatedProperties", "dependentSchemas"],
)
def test_the_work_grows_with_the_depth_of_a_value(keyword: str, leaf: object) -> None:
    flat, of_flat = evaluations(file_with(keyword), tree(FLAT, leaf))
    deep, of_deep = evaluations(file_with(keyword), tree(DEEP, leaf))
    assert deep < 2 * DEEP / FLAT * flat
    assert bool(of_flat) == bool(of_deep) == (leaf == 5)


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
@pytest.mark.parametrize("discriminator", [{}, {"discriminator": {"propertyName": "kind"}}])
def test_so_it_does_in_an_openapi_document(
    version: str, keyword: str, discriminator: dict[str, Any]
) -> None:
    refs = [{"$ref": f"#/components/schemas/{kind}"} for kind in BRANCHES]
    schemas: dict[str, Any] = {kind: branch(kind, "#/components/schemas/Node") for kind in BRANCHES}
    schemas["Node"] = {keyword: refs, **discriminator}
    answer = {"$ref": "#/components/schemas/Node"}
    response = {"description": "ok", "content": {"application/json": {"schema": answer}}}
    spec = Spec(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": response}}}},
            "components": {"schemas": schemas},
        },
        label="openapi.yaml",
    )

    def evaluated(levels: int) -> int:
        reads = count()
        body = json.dumps(tree(levels, {"kind": "none"})).encode()
        headers = {"content-type": "application/json"}
        with time_limit(1e9, clock=lambda: float(next(reads))):
            held = spec.validate("GET", "/a", 200, headers, body, Redactor())
        assert held is not None
        assert held.violations[0].pointer.startswith("/child" * levels)
        return next(reads)

    assert evaluated(DEEP) < 2 * DEEP / FLAT * evaluated(FLAT)


def test_a_violation_below_two_branches_is_told_at_its_own_place() -> None:
    """Its error is found once, and stands below both."""
    schemas = Schemas({"s.schema.json": file_with("oneOf")})
    found = schemas.check({"kind": "right", "child": {"kind": "left", "child": 5}}, "s", Redactor())
    assert [(one.pointer, one.expected.partition(" (")[0]) for one in found.violations] == [
        ("/child/child", "type string")
    ]


LEAVES = st.sampled_from(
    [True, False, {"type": "string"}, {"type": "object"}, {"const": 1}, {"required": ["a"]}]
)
#: A reference stands below a property or an item: one that leads to itself in place has no end.
BELOW = st.builds(
    lambda name, at: {"items": name} if at == "items" else {"properties": {at: name}},
    st.sampled_from([{"$ref": f"#/$defs/{name}"} for name in "xyz"]),
    st.sampled_from(["items", "a", "b"]),
)
PARTS: st.SearchStrategy[Any] = st.recursive(
    LEAVES | BELOW,
    lambda inner: (
        st.builds(
            lambda key, parts: {key: parts},
            st.sampled_from(["anyOf", "oneOf", "allOf"]),
            st.lists(inner, min_size=1, max_size=3),
        )
        | st.builds(lambda part: {"not": part}, inner)
        | st.builds(lambda part: {"allOf": [part], "unevaluatedProperties": False}, inner)
        | st.builds(lambda one, two, three: {"if": one, "then": two, "else": three},
                    inner, inner, inner)
    ),
    max_leaves=5,
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["", 1, None]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    ),
    max_leaves=6,
)


@given(value=VALUES, parts=st.fixed_dictionaries(dict.fromkeys("xyz", PARTS)))
@settings(max_examples=300, deadline=None)
def test_nothing_is_judged_otherwise_for_that(value: Any, parts: dict[str, Any]) -> None:
    """jsonschema alone remembers nothing."""
    schema = {"$defs": parts, "$ref": "#/$defs/x"}
    schemas = Schemas({"s.schema.json": schema})
    for one in (value, [value, value], value):
        assert bool(schemas.findings(one, "s")) != Draft202012Validator(schema).is_valid(one)
