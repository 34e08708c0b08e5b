"""The probe: a value that differs from the original, in one place only."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.documents import ABSENT, Difference, differences, lookup, replaced, same
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.probe import (
    Candidate,
    Probe,
    choose_field,
    choose_value,
    place_of,
    without_others,
)

RUN = "0123abcd"
MARKER = "[apismoke 0123abcd.1 60s]"

FINITE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
JSON = st.recursive(
    FINITE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def probe(
    document: dict[str, Any], pointer: str = "/x", *, turn: int = 1, limit: int | None = None
) -> Probe | None:
    place = place_of(document, pointer)
    if place is None:
        return None
    return choose_value(document, place, run_id=RUN, turn=turn, lease_s=60, limit=limit)


def written(chosen: Probe, document: dict[str, Any]) -> Any:
    return replaced(document, chosen.pointer, chosen.value)


@pytest.mark.parametrize(
    ("before", "first", "second"),
    [
        ("Hair", f"Hair {MARKER}", "Hair [apismoke 0123abcd.2 60s]"),
        ("", MARKER, "[apismoke 0123abcd.2 60s]"),
        (None, "[apismoke 0123abcd.1 60s null]", "[apismoke 0123abcd.2 60s null]"),
        (ABSENT, "[apismoke 0123abcd.1 60s absent]", "[apismoke 0123abcd.2 60s absent]"),
        (True, False, False),
        (False, True, True),
        (0, 1, 2),
        (-1, 0, 1),
        (2**60, 2**60 + 1, 2**60 + 2),
        (10**400, 10**400 + 1, 10**400 + 2),
        (0.5, 1.5, 2.5),
        (-0.0, 1.0, 2.0),
        (1e300, 1e300 / 2, 1e300 / 3),
        (-1e300, -1e300 / 2, -1e300 / 3),
    ],
)
def test_each_type_of_value_has_its_probe(before: Any, first: Any, second: Any) -> None:
    """A boolean has one other value only; the original again would prove nothing."""
    document = {} if before is ABSENT else {"x": before}
    assert probe(document) == Probe(pointer="/x", value=first)
    assert probe(document, turn=2) == Probe(pointer="/x", value=second)


def test_the_type_of_a_number_is_kept() -> None:
    for before in (5, 5.0, 10**30, 1e300):
        chosen = probe({"x": before})
        assert chosen is not None
        assert type(chosen.value) is type(before)


@given(before=FINITE)
@settings(max_examples=200, deadline=None)
def test_the_first_write_differs_from_the_original_and_from_the_second(before: object) -> None:
    first, second = probe({"x": before}), probe({"x": before}, turn=2)
    assert first is not None
    assert second is not None
    assert not same(first.value, before)
    is_large = isinstance(before, float) and abs(before) >= 2**52
    if not is_large and not isinstance(before, bool):
        assert not same(first.value, second.value)


@pytest.mark.parametrize("before", [2.0**53 - 1, 2.0**53 + 2, -(2.0**53) - 2])
def test_two_turns_write_two_values_of_a_large_float_too(before: float) -> None:
    first, second = probe({"x": before}), probe({"x": before}, turn=2)
    assert first != second


def test_a_string_keeps_within_the_limit() -> None:
    assert probe({"x": "Hairdresser"}, limit=33) == Probe(
        pointer="/x", value="Hai [apismoke 0123abcd.1 60s cut]"
    )


# -- objects and lists ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "pointer", "probed"),
    [
        ({"a": "Hair"}, "/x/a", f"Hair {MARKER}"),
        ({"a": 5, "b": True, "c": "Hair"}, "/x/c", f"Hair {MARKER}"),
        ({"a": None, "b": 5, "c": True}, "/x/b", 6),
        ({"a": {"b": "Hair"}}, "/x/a/b", f"Hair {MARKER}"),
        ({"a": {}, "b": [], "c": {"d": 5}}, "/x/c/d", 6),
        ({"a": [None, {"b": [False]}]}, "/x/a/1/b/0", True),
        ([1, "Hair"], "/x/1", f"Hair {MARKER}"),
        (["", ""], "/x/0", MARKER),
        ([[], [[5]]], "/x/1/0/0", 6),
        ({"a/b": 5}, "/x/a~1b", 6),
        ({"m~n": {"/": "Hair"}}, "/x/m~0n/~1", f"Hair {MARKER}"),
        ({"": 5}, "/x/", 6),
    ],
)
def test_of_an_object_or_array_one_value_changes_and_a_string_is_preferred(
    value: object, pointer: str, probed: object
) -> None:
    document = {"x": value, "y": "Salon"}
    chosen = probe(document)
    assert chosen == Probe(pointer=pointer, value=probed)
    before = lookup(document, pointer)
    assert differences(document, written(chosen, document)) == (
        Difference(pointer=pointer, before=before, after=probed),
    )


@pytest.mark.parametrize(
    "value", [{}, [], {"a": None}, [None], {"a": {}}, [[], {"b": [None]}]], ids=repr
)
def test_without_a_value_that_can_change_there_is_no_probe(value: object) -> None:
    assert probe({"x": value}) is None


@pytest.mark.parametrize(
    ("document", "pointer", "place"),
    [
        ({"a/b": "Hair"}, "/a~1b", "/a~1b"),
        ({"m~n": "Hair"}, "/m~0n", "/m~0n"),
        ({"~1": "Hair"}, "/~01", "/~01"),
        ({"a": {"b/c": ["Hair"]}}, "/a/b~1c", "/a/b~1c/0"),
    ],
)
def test_pointers_may_be_escaped(document: dict[str, Any], pointer: str, place: str) -> None:
    chosen = probe(document, pointer)
    assert chosen == Probe(pointer=place, value=f"Hair {MARKER}")
    assert lookup(written(chosen, document), place) == f"Hair {MARKER}"


@pytest.mark.parametrize(
    ("pointer", "key"),
    [("/x", "x"), ("/x/y/0", "x"), ("/a~1b/c", "a/b"), ("/~01", "~1"), ("/", "")],
)
def test_the_key_of_the_property_that_contains_a_place(pointer: str, key: str) -> None:
    assert Probe(pointer=pointer, value=1).key == key


# -- what is sent -----------------------------------------------------------------------------


def test_an_update_has_the_whole_property_and_no_other() -> None:
    document = {"id": 1, "a/b": {"en": "Hair", "de": ["Haare", 5]}, "name": "Salon"}
    chosen = Probe(pointer="/a~1b/de/0", value="Nägel")
    assert chosen.update(document) == {"a/b": {"en": "Hair", "de": ["Nägel", 5]}}


def test_an_update_creates_missing_parents() -> None:
    chosen = probe({"id": 1}, "/texts/about")
    assert chosen is not None
    assert chosen.update({"id": 1}) == {"texts": {"about": "[apismoke 0123abcd.1 60s absent]"}}


@given(document=st.dictionaries(st.text(), JSON, min_size=1, max_size=4), data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_probe_changes_one_place_only(document: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(document)))
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    before = copy.deepcopy(document)

    chosen = probe(document, pointer)

    if chosen is None:
        assert isinstance(document[name], (dict, list))
        return
    assert f"{chosen.pointer}/".startswith(f"{pointer}/")
    after = written(chosen, document)
    assert differences(document, after) == (
        Difference(
            pointer=chosen.pointer,
            before=lookup(document, chosen.pointer),
            after=chosen.value,
        ),
    )
    assert chosen.update(document) == {name: after[name]}
    assert document == before


@given(document=st.dictionaries(st.text(), JSON, max_size=4), name=st.text())
@settings(max_examples=100, deadline=None)
def test_the_probe_of_an_absent_field_adds_one_value(document: dict[str, Any], name: str) -> None:
    document.pop(name, None)
    pointer = "/" + name.replace("~", "~0").replace("/", "~1")
    chosen = probe(document, pointer)
    assert chosen is not None
    assert differences(document, written(chosen, document)) == (
        Difference(pointer=pointer, before=ABSENT, after="[apismoke 0123abcd.1 60s absent]"),
    )


# -- which field ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "pointers", "chosen"),
    [
        ({"a": "Hair", "b": "Salon"}, ["/a", "/b"], Candidate(pointer="/a", place="/a")),
        ({"b": "Salon"}, ["/a", "/b"], Candidate(pointer="/b", place="/b")),
        ({"a": None, "b": "Salon"}, ["/a", "/b"], Candidate(pointer="/b", place="/b")),
        ({"a": "", "b": 5}, ["/a", "/b"], Candidate(pointer="/b", place="/b")),
        ({"a": " Hair", "b": "Salon"}, ["/a", "/b"], Candidate(pointer="/b", place="/b")),
        ({"a": {"en": "Hair"}, "b": "Salon"}, ["/a", "/b"], Candidate(pointer="/b", place="/b")),
        ({"a": {"en": "Hair"}}, ["/a"], Candidate(pointer="/a", place="/a/en")),
        ({"a": "sk_****", "b": 5}, ["/a", "/b"], Candidate(pointer="/b", place="/b")),
        ({"a": None}, ["/a"], Candidate(pointer="/a", place="/a", risk="null")),
        ({"a": ""}, ["/a"], Candidate(pointer="/a", place="/a", risk="an empty string")),
        (
            {"a": "Hair\n", "b": None},
            ["/b", "/a"],
            Candidate(pointer="/a", place="/a", risk="a string with blanks at its ends"),
        ),
        ({}, ["/a"], None),
        ({"a": "xxxx", "b": {}}, ["/a", "/b"], None),
    ],
)
def test_the_field_is_the_first_that_can_be_put_back_for_certain(
    document: dict[str, Any], pointers: list[str], chosen: Candidate | None
) -> None:
    """A value that is absent, masked or without anything in it is never one."""
    assert choose_field(document, pointers) == chosen


def test_a_string_that_is_longer_than_its_limit_is_a_risk() -> None:
    limits = {"/a": 3, "/b": 3}.get
    found = choose_field({"a": "Hair", "b": "Cut"}, ["/a", "/b"], limit_of=limits)
    assert found == Candidate(pointer="/b", place="/b", limit=3)
    risk = "a string of 4 characters, longer than its limit of 3"
    found = choose_field({"a": "Hair"}, ["/a"], limit_of=limits)
    assert found == Candidate(pointer="/a", place="/a", risk=risk, limit=3)


def test_a_string_without_room_for_a_marker_is_none_where_only_the_marker_stays() -> None:
    """The longest marker has 34 characters, and a blank before it."""
    document = {"a": "Hair", "b": "Cut"}
    found = choose_field(document, ["/a", "/b"], limit_of=lambda _: 38, may_be_cut=False)
    assert found == Candidate(pointer="/b", place="/b", limit=38)
    assert choose_field(document, ["/a"], limit_of=lambda _: 38, may_be_cut=False) is None
    assert choose_field(document, ["/a"], limit_of=lambda _: 39, may_be_cut=False) is not None


def test_a_field_with_the_name_of_the_login_is_passed_over() -> None:
    document = {"email": "hair@example.com", "about": "Hair"}
    found = choose_field(
        document, ["/email", "/about"], is_login_name=lambda value: value == "hair@example.com"
    )
    assert found == Candidate(pointer="/about", place="/about")


# -- looking through the probes of others -----------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("Hair [apismoke ffffffff.1 60s]", "Hair"),
        ("[apismoke ffffffff.1 60s null]", None),
        ("Hai [apismoke ffffffff.1 60s cut]", LOST),
        (f"Hair {MARKER}", f"Hair {MARKER}"),
        ("Hair", "Hair"),
    ],
)
def test_only_the_probes_of_other_runs_are_looked_through(value: str, seen: object) -> None:
    document = {"id": 7, "x": value}
    assert without_others(document, ["/y", "/x"], RUN) == {"id": 7, "x": seen}
    assert document == {"id": 7, "x": value}


def test_the_probe_of_an_absent_field_is_looked_through() -> None:
    document = {"id": 7, "x": "[apismoke ffffffff.1 60s absent]"}
    assert without_others(document, ["/x"], RUN) == {"id": 7}
