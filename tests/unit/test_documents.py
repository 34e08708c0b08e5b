"""JSON documents: look up a place, compare, describe."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.documents import ABSENT, Difference, describe, differences, lookup

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

    same = _canonical(document[name]) == _canonical(value)
    assert (found == ()) == same
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


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (ABSENT, "nothing (the field is absent)"),
        (None, "null"),
        (True, "the boolean true"),
        (False, "the boolean false"),
        (0, "the number 0"),
        (1.5, "the number 1.5"),
        ("it's", 'the text "it\'s"'),
        ("x" * 60, f"the text {'x' * 60!r}"),
        ("x" * 61, "a text of 61 characters"),
        ([], "a list of 0"),
        ([1, 2], "a list of 2"),
        ({}, "an object with no members"),
        (dict.fromkeys("abcdefg"), "an object with 'a', 'b', 'c', 'd', 'e'"),
    ],
)
def test_a_value_in_words(value: object, words: str) -> None:
    assert describe(value) == words


def test_absent_shows_itself_as_such() -> None:
    assert repr(ABSENT) == "absent"
