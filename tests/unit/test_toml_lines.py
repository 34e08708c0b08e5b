"""The line of each key in a TOML document, however the document is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.configuration.toml_lines import Places, lines_of
from pytest_apismoke.configuration.toml_loader import parse_toml


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", {}),
        ("\n# a = 1\n\n", {}),
        ("\na = 1 # b = 2\r\nc = 1979-05-27 07:32:00", {("a",): 2, ("c",): 3}),
        ("[a]\n\n[a.b]\nc = 1", {("a",): 1, ("a", "b"): 3, ("a", "b", "c"): 4}),
        ("[a.b]\n[a]\nc = 1", {("a",): 1, ("a", "b"): 1, ("a", "c"): 3}),
        (
            '[ a . \'b.c\' ] # [d]\n"e\\u00e9" . "" = 1',
            {
                ("a",): 1,
                ("a", "b.c"): 1,
                ("a", "b.c", "eé"): 2,
                ("a", "b.c", "eé", ""): 2,
            },
        ),
        (
            "a = { b = 1, c.d = [{ x = 1 }, '}'], 'e' = {} }\nf = 1",
            {
                ("a",): 1,
                ("a", "b"): 1,
                ("a", "c"): 1,
                ("a", "c", "d"): 1,
                ("a", "e"): 1,
                ("f",): 2,
            },
        ),
        (
            "a = [ # ]\n  ']', # [\n  [\"\\\"]\", '''\n]'''],\n]\nb = 1",
            {("a",): 1, ("b",): 6},
        ),
        (
            'a = """\n[b]\nc = 1 \\""" """""\nd = 1',
            {("a",): 1, ("d",): 4},
        ),
        ("a = '''\n[b]\n'''''\nc = ''\nd = 1", {("a",): 1, ("c",): 4, ("d",): 5}),
        (
            "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3\n[[a.e]]\nf = 4",
            {
                ("a",): 1,
                ("a", "0"): 1,
                ("a", "0", "b"): 2,
                ("a", "1"): 3,
                ("a", "1", "b"): 4,
                ("a", "1", "c"): 5,
                ("a", "1", "c", "d"): 6,
                ("a", "1", "e"): 7,
                ("a", "1", "e", "0"): 7,
                ("a", "1", "e", "0", "f"): 8,
            },
        ),
        ("a = -inf\nb = 0x1f\nc = true#\nd = 1", {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4}),
    ],
)
def test_each_key_has_the_line_where_it_stands_first(
    text: str, lines: dict[tuple[str, ...], int]
) -> None:
    parse_toml(text, "valid")
    assert lines_of(text) == lines


KEYS = st.text(st.sampled_from("ab.-\"'\\# =[]\n\té"), max_size=4)
TEXTS = st.text(st.sampled_from("a\"'\\#=[]{},\n é"), max_size=8)
VALUES = st.recursive(
    st.one_of(TEXTS, st.integers(-9, 9), st.booleans()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
TABLES = st.dictionaries(KEYS, st.one_of(VALUES, st.dictionaries(KEYS, VALUES, max_size=3)))


def written(value: object) -> str:
    """A value as TOML on one line, or, as a string with line ends, over several."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(n)} = {written(v)}' for n, v in value.items())}}}"
    if isinstance(value, list):
        return "[\n" + "".join(f"{written(item)}, # ] \n" for item in value) + "]"
    if isinstance(value, str) and "\n" in value and "\\" not in value and "'" not in value:
        return f"'''\n{value}'''"
    return json.dumps(value, ensure_ascii=False)


def places(table: dict[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from places(value, (*above, name))


@pytest.mark.parametrize(
    ("text", "steps", "shown"),
    [
        ("a = 1", ("a",), (1, "a = 1", "^")),
        ("# a\n\n[b.c]\n  a=true # x", ("b", "c", "a"), (4, "[b.c] a = true", "      ^")),
        ("[b.c]\n", ("b", "c"), (1, "[b.c]", "   ^")),
        ("[b.c]\n", ("b",), (1, "[b]", " ^")),
        ("[[b]]\na=1\n[[b]]\nab=-2", ("b", "1", "ab"), (4, "[[b]] ab = -2", "      ^^")),
        ("[[b]]\n[b.c]\na=1", ("b", "0", "c", "a"), (3, "[b.c] a = 1", "      ^")),
        ("[b]\nc = { a = 1, d = 2 }", ("b", "c", "d"), (2, "[b.c] d = 2", "      ^")),
        ("b.c.a = 1", ("b", "c", "a"), (1, "b.c.a = 1", "    ^")),
        ("[b]\nc . a = 1", ("b", "c", "a"), (2, "[b] c.a = 1", "      ^")),
        ("[[b]]\nc.a = 1", ("b", "0", "c", "a"), (2, "[[b]] c.a = 1", "        ^")),
        ("'a b' = 1", ("a b",), (1, "'a b' = 1", "^^^^^")),
        # What may be a secret is not shown.
        ("a = 'hunter2'", ("a",), (1, "a = …", "^")),
        ("a = 1234567890", ("a",), (1, "a = …", "^")),
        ("a = 1979-05-27", ("a",), (1, "a = …", "^")),
        ("a = [1]", ("a",), (1, "a = …", "^")),
        ("a = 1", ("b",), None),
        ("[[b]]\n", ("b", "0"), None),
        ("", (), None),
    ],
)
def test_a_key_is_shown_in_its_line_with_its_table_and_a_mark_below_it(
    text: str, steps: tuple[str, ...], shown: tuple[int, str, str] | None
) -> None:
    found = Places(text, "a.toml").excerpt(steps)
    assert (found and (found.line, found.text, found.marks)) == shown
    assert found is None or found.file == "a.toml"


@given(table=TABLES)
@settings(max_examples=200, deadline=None)
def test_the_keys_that_a_parser_finds_have_lines(table: dict[str, Any]) -> None:
    """Written one after the other, with the line at which each begins known."""
    text = ""
    expected: dict[tuple[str, ...], int] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            continue
        expected[(name,)] = text.count("\n") + 1
        text += f"{json.dumps(name)} = {written(value)}\n"
    for name, value in table.items():
        if isinstance(value, dict):
            expected[(name,)] = text.count("\n") + 1
            text += f"[{json.dumps(name)}]\n"
            for key, item in value.items():
                expected[name, key] = text.count("\n") + 1
                text += f"{json.dumps(key)} = {written(item)}\n"
    assert parse_toml(text, "generated") == table
    found = lines_of(text)
    assert {place: line for place, line in found.items() if place in expected} == expected
    assert set(found) == set(places(table))
