"""JSON documents: look up a place, compare, describe."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.documents import (
    ABSENT,
    Difference,
    describe,
    differences,
    lookup,
    members,
    replaced,
    same,
    step,
)

# The example document of RFC 6901, section 5.
RFC_DOCUMENT = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(), JSON, min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", RFC_DOCUMENT),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_examples_of_rfc_6901(pointer: str, value: object) -> None:
    assert lookup(RFC_DOCUMENT, pointer) == value


def test_an_escaped_tilde_before_a_one_is_not_a_slash() -> None:
    """RFC 6901, section 4: ~1 is replaced before ~0, so ~01 is ~1."""
    assert lookup({"~1": "right", "/": "wrong"}, "/~01") == "right"


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"a": 1}, "/b"),
        ({"a": 1}, "/a/b"),
        ({"a": None}, "/a/b"),
        ([1, 2], "/2"),
        ([1, 2], "/-1"),
        ([1, 2], "/-"),
        ([1, 2], "/a"),
        ([1, 2], "/"),
        ([1, 2], "/01"),
        ([1, 2], "/\u0661"),
        pytest.param([1, 2], "/" + "9" * 5000, id="an index of 5000 digits"),
        ("text", "/0"),
        (None, "/a"),
    ],
)
def test_what_is_not_there_is_absent(document: object, pointer: str) -> None:
    assert lookup(document, pointer) is ABSENT


def test_null_is_there() -> None:
    assert lookup({"a": {"b": None}}, "/a/b") is None


@given(document=OBJECTS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_every_member_is_found_by_its_pointer(
    document: dict[str, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(document)))
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    assert lookup(document, pointer) is document[name]


@given(document=JSON)
@settings(max_examples=60, deadline=None)
def test_a_document_does_not_differ_from_itself(document: object) -> None:
    assert differences(document, document) == ()
    assert differences(document, copy.deepcopy(document)) == ()


@given(document=OBJECTS, value=JSON, data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_changed_member_is_the_one_difference(
    document: dict[str, Any], value: object, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(document)))
    changed = {**document, name: value}
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")

    found = differences(document, changed)

    unchanged = _canonical(document[name]) == _canonical(value)
    assert (found == ()) == unchanged
    assert all(f"{d.pointer}/".startswith(f"{pointer}/") for d in found)
    assert differences(document, changed, ignoring=[pointer]) == ()


def _canonical(value: object) -> object:
    """A value as JSON compares it: 1 equals 1.0, and true equals nothing but true."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value), "constant"
    if isinstance(value, list):
        return [_canonical(member) for member in value]
    if isinstance(value, dict):
        return {name: _canonical(member) for name, member in value.items()}
    return value


@given(document=OBJECTS, data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_member_that_went_or_came_is_told(document: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(document)))
    less = {key: value for key, value in document.items() if key != name}
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")

    assert differences(document, less) == (
        Difference(pointer=pointer, before=document[name], after=ABSENT),
    )
    assert differences(less, document) == (
        Difference(pointer=pointer, before=ABSENT, after=document[name]),
    )


@pytest.mark.parametrize(
    ("before", "after"), [(True, 1), (1, True), (False, 0), (0, False), (False, None), ("1", 1)]
)
def test_json_tells_a_boolean_from_a_number(before: object, after: object) -> None:
    for one, other, pointer in ((before, after, ""), ([before], [after], "/0")):
        assert differences(one, other) == (Difference(pointer=pointer, before=before, after=after),)


def test_differences_come_in_the_order_of_the_document() -> None:
    before = {"b": 1, "a": {"x": [1, 2], "y": "same"}, "gone": None, "list": [1]}
    after = {"new": True, "a": {"y": "same", "x": [1, 3]}, "b": 2, "list": [1, 2]}

    found = differences(before, after)

    assert [str(difference) for difference in found] == [
        "/b was the number 1 and is the number 2",
        "/a/x/1 was the number 2 and is the number 3",
        "/gone is gone",
        "/list was a list of 1 and is a list of 2",
        "/new is new",
    ]


def test_members_that_are_ignored_are_not_compared_at_any_depth() -> None:
    before = {"updated_at": 1, "a": {"updated_at": 1, "etag": "x"}}
    after = {"updated_at": 2, "a": {"updated_at": 2, "etag": "y"}}
    assert [d.pointer for d in differences(before, after, ignoring=["/updated_at", "/a/etag"])] == [
        "/a/updated_at"
    ]


def nested(leaf: object, *, in_objects: bool) -> object:
    """A document of 5000 levels, deeper than Python may recurse."""
    value = leaf
    for _ in range(5000):
        value = {"a": value} if in_objects else [value]
    return value


@pytest.mark.parametrize("in_objects", [True, False], ids=["objects", "lists"])
def test_documents_may_be_nested_deeper_than_python_may_recurse(in_objects: bool) -> None:
    before, after = nested(1, in_objects=in_objects), nested(2, in_objects=in_objects)
    pointer = ("/a" if in_objects else "/0") * 5000

    assert differences(before, nested(1, in_objects=in_objects)) == ()
    assert differences(before, after) == (Difference(pointer=pointer, before=1, after=2),)
    assert differences(before, after, ignoring=[pointer]) == ()


# -- another value in one place ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "pointer", "value", "result"),
    [
        ({"a": 1, "b": 2}, "/a", 5, {"a": 5, "b": 2}),
        ({"a": 1, "b": 2}, "/a", ABSENT, {"b": 2}),
        ({"a": 1}, "/a", None, {"a": None}),
        ({"a": 1}, "/b", 5, {"a": 1, "b": 5}),
        ({"a": 1}, "/b", ABSENT, {"a": 1}),
        ({"a": 1}, "", {"b": 2}, {"b": 2}),
        ({"a": {"b": [1, {"c": 2}]}}, "/a/b/1/c", 5, {"a": {"b": [1, {"c": 5}]}}),
        ({"a": {"b": [1, {"c": 2}]}}, "/a/b/1/c", ABSENT, {"a": {"b": [1, {}]}}),
        ([1, 2, 3], "/1", 5, [1, 5, 3]),
        ([[1], [2]], "/1/0", 5, [[1], [5]]),
        ({}, "/a/b/c", 5, {"a": {"b": {"c": 5}}}),
        ({"a": None}, "/a/b", 5, {"a": {"b": 5}}),
        ({"a/b": 1, "m~n": 2}, "/a~1b", 5, {"a/b": 5, "m~n": 2}),
        ({"a/b": 1, "m~n": 2}, "/m~0n", 5, {"a/b": 1, "m~n": 5}),
        ({"~1": 1}, "/~01", 5, {"~1": 5}),
        ({"": 1}, "/", 5, {"": 5}),
        ({"a": {"": 1}}, "/a/", 5, {"a": {"": 5}}),
        ({"": {"": {"a": 1}}}, "///a", 5, {"": {"": {"a": 5}}}),
    ],
)
def test_another_value_in_one_place(
    document: object, pointer: str, value: object, result: object
) -> None:
    before = copy.deepcopy(document)
    assert replaced(document, pointer, value) == result
    assert document == before


@given(document=OBJECTS, value=JSON | st.just(ABSENT), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_replaced_place_has_the_value_and_no_other_place_differs(
    document: dict[str, Any], value: Any, data: st.DataObject
) -> None:
    pointer, place = "", document
    while isinstance(place, (dict, list)) and (not pointer or data.draw(st.booleans())):
        names = list(place) if isinstance(place, dict) else range(len(place))
        fresh = data.draw(st.text()) if isinstance(place, dict) else 0
        if not names and isinstance(place, list):
            break
        name = data.draw(st.sampled_from([*names, fresh]))
        pointer, place = f"{pointer}/{step(name)}", lookup(place, f"/{step(name)}")
    if value is ABSENT and isinstance(lookup(document, pointer.rpartition("/")[0]), list):
        value = None
    before = copy.deepcopy(document)

    result = replaced(document, pointer, value)

    assert (lookup(result, pointer), document) == (value, before)
    assert all(f"{d.pointer}/".startswith(f"{pointer}/") for d in differences(document, result))
    assert differences(document, result, ignoring=[pointer]) == ()
    assert same(replaced(result, pointer, lookup(document, pointer)), document)


def test_only_what_lies_on_the_way_is_copied() -> None:
    document = {"a": {"b": 1}, "other": {"c": 2}}
    result = replaced(document, "/a/b", 5)
    assert result is not document
    assert result["a"] is not document["a"]
    assert result["other"] is document["other"]


def test_an_entry_of_a_list_can_be_taken_away() -> None:
    assert replaced([1, 2, 3], "/1", ABSENT) == [1, 3]


def test_taking_away_what_is_not_there_makes_nothing() -> None:
    assert replaced({"id": 1}, "/texts/about", ABSENT) == {"id": 1}


@given(name=st.text(st.sampled_from("~/01a") | st.characters()))
@settings(max_examples=100, deadline=None)
def test_a_step_leads_to_the_member_of_that_name(name: str) -> None:
    document = {name: "right", "~": "other", "/": "other", "~1": "other", name + "x": "other"}
    document[name] = "right"
    assert lookup(document, f"/{step(name)}") == "right"
    assert "/" not in step(name)


@pytest.mark.parametrize(
    ("key", "text"),
    [("", ""), ("a", "a"), ("a/b", "a~1b"), ("~1", "~01"), ("~/", "~0~1"), (5, "5")],
)
def test_a_name_as_a_step_of_a_pointer(key: object, text: str) -> None:
    assert step(key) == text


@given(one=JSON, other=JSON)
@settings(max_examples=150, deadline=None)
def test_values_are_the_same_when_json_takes_them_for_equal(one: object, other: object) -> None:
    assert same(one, copy.deepcopy(one))
    assert same(one, other) == same(other, one) == (_canonical(one) == _canonical(other))


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        (1, 1.0, True),
        (0.0, -0.0, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([1, 2], [2, 1], False),
        (True, 1, False),
        ({"a": [False]}, {"a": [0]}, False),
        (None, ABSENT, False),
        (ABSENT, ABSENT, True),
        ({}, [], False),
        ({"a": None}, {}, False),
        ("1", 1, False),
    ],
)
def test_which_values_are_the_same(one: object, other: object, are_same: bool) -> None:
    assert same(one, other) is are_same
    assert same(other, one) is are_same


# -- in words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (ABSENT, "nothing (the field is absent)"),
        (None, "null"),
        (True, "the boolean true"),
        (False, "the boolean false"),
        (0, "the number 0"),
        (1.5, "the number 1.5"),
        ("it's", 'the string "it\'s"'),
        ("x" * 60, f"the string {'x' * 60!r}"),
        ("x" * 61, "a string of 61 characters"),
        ([], "a list of 0"),
        ([1, 2], "a list of 2"),
        ({}, "an object with no properties"),
        (dict.fromkeys("abcdefg"), "an object with 'a', 'b', 'c', 'd', 'e'"),
    ],
)
def test_a_value_in_words(value: object, words: str) -> None:
    assert describe(value) == words


def test_absent_shows_itself_as_such() -> None:
    assert repr(ABSENT) == "absent"


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("phone", [("phone", "+1")]),
        ("none", [("none", ABSENT)]),
        ("all", [("/all/0", "+1"), ("/all/1", None)]),
        ("empty", [("empty", [])]),
        ("/phones/1/n", [("/phones/1/n", "+2")]),
        ("/phones/*/n", [("/phones/0/n", "+1"), ("/phones/1/n", "+2"), ("/phones/2/n", ABSENT)]),
        ("/phones/9/n", [("/phones/9/n", ABSENT)]),
        ("/*/n", [("/*/n", ABSENT)]),
        ("/empty/*", []),
    ],
)
def test_the_members_at_a_place_with_each_item_of_a_list(
    place: str, found: list[tuple[str, Any]]
) -> None:
    document = {
        "phone": "+1",
        "all": ["+1", None],
        "empty": [],
        "phones": [{"n": "+1"}, {"n": "+2"}, {}],
    }
    assert members(document, place) == found
