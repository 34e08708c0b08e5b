"""Findings: the closest branch, similar ones as one, the most important first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.errors import Violation
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.schemas.store import Broken, Schemas, in_words

CARD = {
    "title": "Card",
    "properties": {"kind": {"const": "card"}, "number": {"type": "string"}},
    "required": ["kind", "number"],
}
CASH = {
    "properties": {"kind": {"const": "cash"}},
    "required": ["kind"],
    "additionalProperties": False,
}


def broken(value: object, schema: object) -> Broken:
    return Schemas({"s.schema.json": schema}).check(value, "s", Redactor())


def told(value: object, schema: object) -> list[str]:
    return [
        f"{violation} [{violation.schema_location}]"
        for violation in broken(value, schema).violations
    ]


@pytest.mark.parametrize(
    ("value", "schema", "violations"),
    [
        (5, {"type": "string"}, [
            "/: expected type string, got the number 5 [contracts/s.schema.json#/type]",
        ]),
        ({"a": {}}, {"properties": {"a": {"required": ["x", "y"]}}}, [
            "/a: expected the properties 'x', 'y', got an object without them"
            " [contracts/s.schema.json#/properties/a/required]",
        ]),
        ({"a": 1, "b": 2}, {"properties": {"a": True}, "additionalProperties": False}, [
            "/: expected no other properties, got 'b' as well"
            " [contracts/s.schema.json#/additionalProperties]",
        ]),
        ({"a": 1, "b": 2}, {"allOf": [{"properties": {"a": True}}], "unevaluatedProperties": False},
         ["/: expected no other properties, got 'b' as well"
          " [contracts/s.schema.json#/unevaluatedProperties]"]),
        ({"a": 1}, {"properties": {"a": False}}, [
            "/: expected no value here, got the number 1 []",
        ]),
        ("x", {"enum": ["a", "b"]}, [
            '/: expected enum ["a", "b"], got the string \'x\' [contracts/s.schema.json#/enum]',
        ]),
        (3, {"not": {"type": "integer"}}, [
            '/: expected anything but {"type": "integer"}, got the number 3'
            " [contracts/s.schema.json#/not]",
        ]),
        (1, {"oneOf": [{"type": "integer"}, {"minimum": 0}]}, [
            "/: expected exactly one branch of oneOf to match, got the number 1, which matches"
            " several"
            " [contracts/s.schema.json#/oneOf]",
        ]),
        ({"a/b": {"m~n": 1}}, {"properties": {"a/b": {"properties": {"m~n": {"type": "null"}}}}}, [
            "/a~1b/m~0n: expected type null, got the number 1"
            " [contracts/s.schema.json#/properties/a~1b/properties/m~0n/type]",
        ]),
    ],
)  # fmt: skip
def test_a_violation_gives_the_expectation_the_value_and_the_place_in_the_contract(
    value: object, schema: object, violations: list[str]
) -> None:
    assert told(value, schema) == violations


@pytest.mark.parametrize(
    ("value", "violation"),
    [
        (
            {"kind": "card", "number": 5},
            "/number: expected type string (branch 1 'Card' of oneOf, the closest),"
            " got the number 5"
            " [contracts/s.schema.json#/oneOf/0/properties/number/type]",
        ),
        (
            {"kind": "cash", "number": 5},
            "/: expected no other properties (branch 2 of oneOf, the closest), got 'number' as well"
            " [contracts/s.schema.json#/oneOf/1/additionalProperties]",
        ),
    ],
)
def test_of_several_branches_the_closest_one_is_reported(value: object, violation: str) -> None:
    both = {"type": "object", **CARD}, {"type": "object", **CASH}
    assert told(value, {"oneOf": [*both, {"type": "null"}]})[0] == violation


TEXT, NUMBER, NULL = {"type": "string"}, {"type": "number"}, {"type": "null"}
NUMBERS = {"type": "array", "items": NUMBER}
WORDS = {"type": "array", "items": {"enum": ["a", "b"]}}


@pytest.mark.parametrize(
    ("value", "branches", "wanted"),
    [
        (5, [TEXT, NULL], "type string or null"),
        (5, [NULL, TEXT], "type null or string"),
        (5, [{"anyOf": [TEXT, NULL]}, {"type": ["object", "null"]}],
         "type string or null or object"),
        (5, [{"const": None}, {"type": "string", "minLength": 3}], "type null or string"),
        (5, [False, TEXT], "type string"),
        ("a", [NUMBERS, WORDS], "type array"),
        ([], [{"type": "object", **CARD}, {"type": "object", **CASH}, NULL], "type object or null"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
def test_a_value_of_none_of_the_types_is_told_all_of_them(
    keyword: str, value: object, branches: list[object], wanted: str
) -> None:
    (violation,) = broken(value, {keyword: branches}).violations
    assert (violation.pointer, violation.expected) == ("", wanted)
    assert violation.schema_location == f"contracts/s.schema.json#/{keyword}"


@pytest.mark.parametrize(
    ("value", "branches", "wanted"),
    [
        ("c", [NULL, {"enum": ["a", "b"]}], [' enum ["a", "b"] (branch 2 of anyOf, the closest)']),
        ("", [NULL, {**TEXT, "minLength": 1}, NUMBER], [
            " minLength 1 (branch 2 of anyOf, the closest)",
        ]),
        # Lists: that of which the fewest items are wrong, and a wrong type is worse than a wrong
        # value.
        (["a", "b", "c"], [NUMBERS, WORDS], [
            '/2 enum ["a", "b"] (branch 2 of anyOf, the closest)',
        ]),
        (["c"], [NUMBERS, WORDS], ['/0 enum ["a", "b"] (branch 2 of anyOf, the closest)']),
        (["a", "b", 5], [NUMBERS, WORDS], ['/2 enum ["a", "b"] (branch 2 of anyOf, the closest)']),
        ([1, 2, "a"], [WORDS, NUMBERS], ["/2 type number (branch 2 of anyOf, the closest)"]),
        ([["a", "c"]], [{"items": NUMBERS}, {"items": WORDS}], [
            '/0/1 enum ["a", "b"] (branch 2 of anyOf, the closest)',
        ]),
        # Objects: the one whose properties are there.
        ({"n": "x"}, [{"required": ["m"]}, {"required": ["n"], "properties": {"n": NUMBER}}], [
            "/n type number (branch 2 of anyOf, the closest)",
        ]),
        ({"n": {"x": 5}}, [
            {"required": ["a", "b"]},
            {"properties": {"n": {"anyOf": [{"properties": {"x": TEXT}}, NULL]}}},
        ], ["/n/x type string (branch 1 of anyOf, the closest)"]),
    ],
)  # fmt: skip
def test_the_closest_branch_is_the_one_with_the_least_to_correct(
    value: object, branches: list[object], wanted: list[str]
) -> None:
    found = broken(value, {"anyOf": branches}).violations
    assert [f"{one.pointer} {one.expected}" for one in found] == wanted


def test_the_branch_of_null_is_not_the_closest_to_an_object() -> None:
    schema = {"anyOf": [{"type": "null"}, {"type": "object", "required": ["id"]}]}
    assert told({}, schema) == [
        "/: expected the property 'id' (branch 2 of anyOf, the closest), got an object without it"
        " [contracts/s.schema.json#/anyOf/1/required]"
    ]


PERSON = {"properties": {"name": TEXT, "age": NUMBER}, "required": ["name"]}


@pytest.mark.parametrize(
    ("value", "schema", "wanted"),
    [
        # A broken part evaluates nothing: what it has is not unexpected for that.
        ({"name": 5, "age": 3}, {"allOf": [PERSON]}, ["/name type string []"]),
        ({"age": 3}, {"$ref": "#/$defs/person"}, [" the property 'name' []"]),
        ({"age": 3}, {"anyOf": [PERSON]}, [
            " the property 'name' (branch 1 of anyOf, the closest) []",
        ]),
        # What no part has is unexpected whatever else is wrong.
        ({"name": 5, "age": 3, "x": 1}, {"allOf": [PERSON]}, [
            "/name type string []",
            " no other properties ['x']",
        ]),
        # So is what is wrong for no other reason.
        ({"age": 3}, {"anyOf": [PERSON, True]}, [" no other properties ['age']"]),
        ({"age": 3, "x": 1}, {"anyOf": [PERSON, True]}, [
            " no other properties ['age', 'x']",
        ]),
        ([1, "x"], {"allOf": [{"prefixItems": [NUMBER, NUMBER]}]}, ["/1 type number []"]),
        ([1, 2, 3], {"allOf": [{"prefixItems": [NUMBER, NUMBER]}]}, [" no other items []"]),
    ],
)  # fmt: skip
def test_what_only_follows_from_another_violation_is_not_told(
    value: object, schema: dict[str, Any], wanted: list[str]
) -> None:
    closed = {"unevaluatedProperties": False, "unevaluatedItems": False}
    whole = {**schema, **closed, "$defs": {"person": PERSON}}
    found = Schemas({"s.schema.json": whole}).findings(value, "s")
    assert [f"{one.pointer} {one.expected} {list(one.surplus)}" for one in found] == wanted


def test_similar_violations_are_reported_once() -> None:
    schema = {"properties": {"items": {"items": {"properties": {"n": {"type": "integer"}}}}}}
    value = {"items": [{"n": "x" if n in (2, 5, 7) else n} for n in range(9)]}
    assert [str(violation) for violation in broken(value, schema).violations] == [
        "/items/2/n: expected type integer, got the string 'x'; the same at 2 more,"
        " such as /items/5/n"
    ]


def test_the_most_important_come_first_then_document_order() -> None:
    schema = {
        "properties": {
            "b": {"minimum": 3},
            "list": {"items": {"type": "string", "minLength": 2}},
            "z": {"type": "string"},
        },
        "additionalProperties": False,
    }
    value = {"extra": 1, "b": 1, "list": ["ab", "a", 5], "z": 5}
    assert [v.pointer + " " + v.expected for v in broken(value, schema).violations] == [
        "/list/2 type string",
        "/z type string",
        "/b minimum 3",
        "/list/1 minLength 2",
        " no other properties",
    ]


def test_items_come_in_the_order_of_the_list() -> None:
    """Sorted as strings, the tenth item would come before the second."""
    value = [None if n == 2 else 5 if n == 10 else "x" for n in range(11)]
    schema = {"prefixItems": [{"type": "string"} for _ in range(11)]}
    assert [v.pointer for v in broken(value, schema).violations] == ["/2", "/10"]


def test_only_the_first_few_of_many_violations_are_listed() -> None:
    found = [Violation(pointer=f"/{n}", expected="a", actual="b") for n in range(5)]
    assert in_words(found) == (
        "/0: expected a, got b; /1: expected a, got b; /2: expected a, got b; and 2 more"
    )
    assert in_words(found[:3], at_most=3).endswith("/2: expected a, got b")
    assert in_words(found[:1]) == "/0: expected a, got b"


# -- the difference ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "schema", "lines"),
    [
        (5, {"type": "string"}, ["@@ / @@", "- type string", "+ 5"]),
        (
            {"id": 1, "total": "12", "note": None},
            {"properties": {"total": {"type": "number"}}},
            ["@@ / @@", '  "id": 1', '- "total": type number', '+ "total": "12"', '  "note": null'],
        ),
        (
            {"items": [{"sku": "a"}, {"sku": 5, "tags": ["x", "y", "z", "w"], "size": {"w": 1}}]},
            {"properties": {"items": {"items": {"properties": {"sku": {"type": "string"}}}}}},
            [
                "@@ /items/1 @@",
                '- "sku": type string',
                '+ "sku": 5',
                '  "tags": ["x", "y", "z", … 4 items]',
                '  "size": {"w": 1}',
            ],
        ),
        (
            {"a": 1},
            {"required": ["b"]},
            ["@@ / @@", '  "a": 1', '- "b": … (required)'],
        ),
        (
            {"a": 1, "b": 2},
            {"properties": {"a": True}, "additionalProperties": False},
            ["@@ / @@", '  "a": 1', '+ "b": 2'],
        ),
        (
            [1, "x"],
            {"items": {"type": "integer"}},
            ["@@ / @@", "  [0] 1", "- [1] type integer", '+ [1] "x"'],
        ),
    ],
)  # fmt: skip
def test_a_difference_shows_the_place_with_its_neighbours(
    value: object, schema: object, lines: list[str]
) -> None:
    assert list(broken(value, schema).difference) == lines


def test_a_difference_of_a_large_object_shows_what_is_near_only() -> None:
    value = {f"m{n:02}": n for n in range(30)} | {"m15": "x"}
    schema = {"properties": {"m15": {"type": "integer"}}}
    assert broken(value, schema).difference == (
        "@@ / @@",
        "  …",
        '  "m12": 12',
        '  "m13": 13',
        '  "m14": 14',
        '- "m15": type integer',
        '+ "m15": "x"',
        '  "m16": 16',
        '  "m17": 17',
        '  "m18": 18',
        "  …",
    )


def test_no_part_of_a_violation_shows_a_secret() -> None:
    redactor = Redactor()
    redactor.learn("canary-secret", "APISMOKE_TOKEN")
    value = {
        "a": "canary-secret",
        "access_token": "unknown-secret",
        "password": 5,
        "n": {"token": "u"},
    }
    schema = {
        "properties": {"a": {"type": "integer"}, "password": {"type": "string"}},
        "additionalProperties": False,
    }
    found = Schemas({"s.schema.json": schema}).check(value, "s", redactor)
    assert "canary" not in str(found)
    assert "unknown-secret" not in str(found)
    assert [str(violation) for violation in found.violations] == [
        f"/a: expected type integer, got the string '{REPLACEMENT}'",
        "/password: expected type string, got a value that is not shown",
        "/: expected no other properties, got 'access_token', 'n' as well",
    ]


@pytest.mark.parametrize(
    ("value", "inner", "told", "lines"),
    [
        (
            ["a-secret", "b-secret"],
            {"items": {"type": "integer"}},
            ["/tokens/*: expected type integer, got a value that is not shown; the same at 1 more,"
             " such as /tokens/*"],
            ["@@ /tokens @@", "- type integer", "+ [redacted]"],
        ),
        (
            {"a-secret": {"old": "b-secret"}},
            {"additionalProperties": {"properties": {"old": {"maxLength": 3}}}},
            ["/tokens/*/*: expected maxLength 3, got a value that is not shown"],
            ["@@ /tokens/* @@", "- maxLength 3", "+ [redacted]"],
        ),
        (
            {"a-secret": 5},
            {"properties": {"id": {}}, "additionalProperties": False},
            ["/tokens: expected no other properties, got a value that is not shown"],
            ["@@ /tokens @@", "- no other properties", "+ [redacted]"],
        ),
        (
            {"a-secret": {"b-secret": 1}},
            {"additionalProperties": {"required": ["id"]}},
            ["/tokens/*: expected the property 'id', got a value that is not shown"],
            ["@@ /tokens/* @@", "- the property 'id'", "+ [redacted]"],
        ),
        (
            "a-secret",
            {"type": "object"},
            ["/tokens: expected type object, got a value that is not shown"],
            ["@@ / @@", '- "tokens": type object', '+ "tokens": [redacted]', '  "id": 1'],
        ),
    ],
)  # fmt: skip
def test_below_a_sensitive_name_nothing_is_shown(
    value: object, inner: object, told: list[str], lines: list[str]
) -> None:
    """Neither values nor names: either may be the secret."""
    found = broken({"tokens": value, "id": 1}, {"properties": {"tokens": inner}})
    assert [str(violation) for violation in found.violations] == told
    assert list(found.difference) == lines


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.booleans()
    | st.builds(lambda name: {"type": name}, st.sampled_from(["string", "object", "null"]))
    | st.builds(lambda value: {"const": value}, JSON)
    | st.builds(lambda names: {"required": names},
                st.lists(st.text(max_size=3), unique=True, max_size=2)),
    lambda inner: st.builds(lambda key, members: {key: members},
                            st.sampled_from(["anyOf", "oneOf", "allOf"]),
                            st.lists(inner, min_size=1, max_size=3))
    | st.builds(lambda members: {"properties": members, "additionalProperties": False},
                st.dictionaries(st.text(max_size=3), inner, max_size=3))
    | st.builds(lambda schema: {"items": schema}, inner),
    max_leaves=6,
)  # fmt: skip


@given(value=JSON, schema=SCHEMAS)
@settings(max_examples=200, deadline=None)
def test_every_invalid_value_has_findings_and_a_diff(value: Any, schema: object) -> None:
    """And a valid value has none; jsonschema itself decides which is which."""
    schemas = Schemas({"s.schema.json": schema})
    valid = schemas.validator("s").is_valid(value)
    found = schemas.check(value, "s", Redactor())
    assert bool(found) == (not valid)
    assert bool(found.difference) == (not valid)
