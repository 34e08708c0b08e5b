"""Capturing values from a response, and filling them into later requests."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pytest_apismoke.checks.declared.captures import (
    capture,
    fill,
    fill_header,
    fill_json,
    fill_path,
    placeholders,
)
from pytest_apismoke.errors import Category, SmokeError

DOCUMENT = {"items": [{"id": "ord_17", "number": 4, "price": 9.5, "a/b": "c"}], "none": []}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("/api/orders", ()),
        ("/api/orders/{order_id}", ("order_id",)),
        ("/{a}/{b}/{a}", ("a", "b", "a")),
        ("{{a}}", ()),
        ("{{{a}}}", ("a",)),
        ("{{}}", ()),
    ],
)
def test_a_name_between_braces_is_a_placeholder(text: str, names: tuple[str, ...]) -> None:
    assert placeholders(text) == names


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("/api/{order_id", "an unpaired '{' at character 6"),
        ("order_id}", "an unpaired '}' at character 9"),
        ("{}", "'{}' at character 1, which is not a capture name"),
        ("{ a }", "'{ a }' at character 1, which is not a capture name"),
        ("{a-b}", "'{a-b}' at character 1, which is not a capture name"),
        ("{ä}", "'{ä}' at character 1, which is not a capture name"),
        ('{"a": 1}', "'{\"a\": 1}' at character 1, which is not a capture name"),
    ],
)
def test_any_other_brace_is_an_error(text: str, seen: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(seen)}$"):
        placeholders(text)


def test_placeholders_are_replaced_by_captured_values() -> None:
    values: dict[str, str | int | float] = {"name": "a b", "number": 4, "price": 9.5}
    assert fill("{name}: {number} for {price}, {{name}}", values) == "a b: 4 for 9.5, {name}"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("ord_17", "/orders/ord_17/lines"),
        (17, "/orders/17/lines"),
        ("a/b", "/orders/a%2Fb/lines"),
        ("../admin", "/orders/..%2Fadmin/lines"),
        ("a?b#c", "/orders/a%3Fb%23c/lines"),
        ("größe {x}", "/orders/gr%C3%B6%C3%9Fe%20%7Bx%7D/lines"),
    ],
)
def test_in_a_path_a_value_stays_one_segment(value: str | int, path: str) -> None:
    assert fill_path("/orders/{id}/lines", {"id": value}) == path


@pytest.mark.parametrize(("template", "value"), [("{id}", ".."), ("{id}", "."), (".{id}", ".")])
def test_a_value_that_changes_the_path_is_rejected(template: str, value: str) -> None:
    """Dots can't be escaped: HTTP clients normalise dot segments."""
    with pytest.raises(SmokeError) as caught:
        fill_path(f"/orders/{template}/lines", {"id": value})
    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        "expected a captured 'id' that fits into a path,"
        f" seen the segment {template.format(id=value)!r}\n"
        f"  where: /orders/{template}/lines\n"
        "  what to do: look at the response that it was captured from: a dot is no id"
    )


@pytest.mark.parametrize(("value", "filled"), [("ord_17", "no ord_17!"), (17, "no 17!")])
def test_a_header_template_is_filled(value: str | int, filled: str) -> None:
    assert fill_header("no {id}!", {"id": value}) == filled


@pytest.mark.parametrize(
    ("template", "value"), [("{id}", " lead"), ("{id}", "日本"), ("a {id}", "ü"), ("{id}", "a\tb")]
)
def test_an_invalid_header_value_is_rejected_before_it_is_sent(template: str, value: str) -> None:
    with pytest.raises(SmokeError) as caught:
        fill_header(template, {"id": value})
    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        f"expected a captured 'id' that fits into a header, seen the string {value!r}\n"
        f"  where: {template}\n"
        "  what to do: a header carries printable ASCII characters without spaces at either end;"
        " look at the response that it was captured from"
    )


@given(some.text(min_size=1).filter(lambda text: text.isprintable() and text not in (".", "..")))
def test_no_captured_string_changes_the_structure_of_a_path(value: str) -> None:
    path = fill_path("/orders/{id}/lines", {"id": value})
    assert path.count("/") == 3
    assert path.isascii()
    assert not {"?", "#", " "} & set(path)


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("{number}", 4),
        ("{price}", 9.5),
        ("{name}", "n"),
        ("no {number}", "no 4"),
        ("{number}{number}", "44"),
        ("{{number}}", "{number}"),
        ({"{number}": ["{number}", {"a": "{name}"}]}, {"{number}": [4, {"a": "n"}]}),
        (True, True),
        (None, None),
        (1.5, 1.5),
    ],
)
def test_in_json_a_lone_placeholder_keeps_the_captured_type(value: Any, filled: Any) -> None:
    found = fill_json(value, {"number": 4, "name": "n", "price": 9.5})
    assert found == filled
    assert type(found) is type(filled)


def test_strings_and_numbers_are_captured_unchanged() -> None:
    found = capture(
        DOCUMENT,
        (
            ("order_id", "/items/0/id"),
            ("number", "/items/0/number"),
            ("price", "/items/0/price"),
            ("c", "/items/0/a~1b"),
        ),
    )
    assert found == {"order_id": "ord_17", "number": 4, "price": 9.5, "c": "c"}
    assert capture("whole", (("all", ""),)) == {"all": "whole"}


@pytest.mark.parametrize(
    ("document", "pointer", "seen"),
    [
        (DOCUMENT, "/items/1/id", "nothing there; /items is a list of 1"),
        (DOCUMENT, "/none/0/id", "nothing there; /none is a list of 0"),
        (DOCUMENT, "/orders", "nothing there; the response is an object with 'items', 'none'"),
        (DOCUMENT, "/items/0/id/x", "nothing there; /items/0/id is the string 'ord_17'"),
        (DOCUMENT, "/items", "a list of 1"),
        ({"a": {}}, "/a", "an object with no properties"),
        ({"a": None}, "/a", "null"),
        ({"a": True}, "/a", "the boolean true"),
        ({"a": ""}, "/a", "an empty string"),
        ({"a": "x" * 2001}, "/a", "a string of 2001 characters, more than 2000"),
        ({"a": "x\r\nX: y"}, "/a", "the string 'x\\r\\nX: y', with unprintable characters"),
        ({"a": "\ud800"}, "/a", "the string '\\ud800', with unprintable characters"),
        ({"a": 10**100}, "/a", "a number of more than 100 digits"),
        ({"a": float("inf")}, "/a", "the number inf"),
        ({"a": float("nan")}, "/a", "the number nan"),
    ],
)
def test_a_value_unfit_for_a_path_is_not_captured(document: Any, pointer: str, seen: str) -> None:
    with pytest.raises(SmokeError) as caught:
        capture(document, (("order_id", pointer),), where="GET https://api.example.com/orders")
    assert caught.value.failure.category is Category.INVALID
    assert str(caught.value) == (
        f"expected a string or a number at {pointer} to capture as 'order_id', seen {seen}\n"
        "  where: GET https://api.example.com/orders\n"
        "  what to do: correct the JSON Pointer of 'order_id', or create the data that it points"
        " at; null, true, false, lists, objects and empty strings can't be put into a path"
    )
