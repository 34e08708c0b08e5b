"""The beginnings of bodies as the page shows them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.reports.html.bodies import body_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("excerpt", "text"),
    [
        ('{"a": [1.50, {}], "b": []}', '{\n  "a": [\n    1.50,\n    {}\n  ],\n  "b": []\n}'),
        # A number keeps its digits, an object a property that it has twice.
        ('{"a": 1e400, "a": -0.0}', '{\n  "a": 1e400,\n  "a": -0.0\n}'),
        ('{"a": "}, [\\" :"}', '{\n  "a": "}, [\\" :"\n}'),
        # What is cut, or is no JSON, stays as it is.
        ('{"a": "b', '{"a": "b'),
        ("[" * 400, "[" * 400),
        ("<html>", "<html>"),
        ("42", "42"),
        ("", ""),
    ],
)
def test_json_is_shown_in_lines(excerpt: str, text: str) -> None:
    assert body_text(excerpt) == text


@given(value=JSON)
def test_its_lines_mean_the_same(value: object) -> None:
    assert json.loads(body_text(json.dumps(value))) == value
