"""Which assertion of a user's test did not hold, by its line and its source."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from pytest_apismoke.hooks.assertions import Asserted, asserted

MINE = """
def test_simple():
    assert 1 + 1 == 3

def test_long():
    assert (
        1 == 2
    )

def _helper(value):
    assert value, "a message"

def test_by_helper():
    _helper(0)

def test_raised():
    raise AssertionError("of its own")

def test_other():
    raise KeyError("x")
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "test_mine.py"
    path.write_text(MINE)
    return path


def error_of(path: Path, name: str) -> BaseException:
    """What a function of the file raises."""
    function = runpy.run_path(str(path))[name]
    with pytest.raises((AssertionError, KeyError)) as caught:
        function()
    return caught.value


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("test_simple", Asserted(place="tests/test_mine.py:3", source="assert 1 + 1 == 3")),
        ("test_long", Asserted(place="tests/test_mine.py:7", source="")),
        (
            "test_by_helper",
            Asserted(place="tests/test_mine.py:11", source='assert value, "a message"'),
        ),
        ("test_raised", Asserted(place="tests/test_mine.py:17", source="")),
        ("test_other", None),
    ],
)
def test_it_is_found_in_the_file_of_the_test(mine: Path, name: str, found: Asserted) -> None:
    error = error_of(mine, name)
    told = asserted(error, f"tests/test_mine.py::{name}", mine)
    # Which line of a long one an interpreter names is its own matter.
    assert told == found or (told and name == "test_long" and told.source == "")


def test_an_assertion_elsewhere_is_none_of_the_test(mine: Path, tmp_path: Path) -> None:
    error = error_of(mine, "test_simple")
    assert asserted(error, "test_other.py::test", tmp_path / "test_other.py") is None
    assert asserted(error, "test_mine.py::test", None) is None
    assert asserted(None, "test_mine.py::test", mine) is None
