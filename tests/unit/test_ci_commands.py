"""No words of a target are a command to a CI system that reads our output."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.ci_commands import without_commands, without_markers
from pytest_apismoke.errors import Category, fail, presentable

#: As the runners of GitHub, Azure Pipelines and TeamCity look for them.
COMMAND = re.compile(r"^\s*::|##\w*\[", re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("::add-mask::a", ": :add-mask::a"),
        ("  \t::stop-commands::x", "  \t: :stop-commands::x"),
        ("a\n ::error::b\n:::warning::", "a\n : :error::b\n: ::warning::"),
        ("seen ##vso[task.setvariable variable=a]b", "seen # #vso[task.setvariable variable=a]b"),
        ("###teamcity[testFailed]", "## #teamcity[testFailed]"),
        ("##[group]", "# #[group]"),
        (
            "note: settings::save, ## a title, #[derive]",
            "note: settings::save, ## a title, #[derive]",
        ),
        ("", ""),
    ],
)
def test_a_command_is_broken_and_anything_else_is_kept(text: str, inert: str) -> None:
    assert without_commands(text) == inert


@given(st.lists(st.sampled_from(["::", ":", "##", "#", "[", "vso", " ", "\n", "a"])).map("".join))
def test_no_text_is_a_command_afterwards(text: str) -> None:
    assert COMMAND.search(without_commands(text)) is None
    assert not re.search(r"##\w*\[", without_markers(text))


def test_a_failure_that_quotes_a_target_has_none() -> None:
    """Users' tests show it in sections of pytest, which are not ours."""
    words = "200 with ##vso[task.complete result=Failed]"
    error = fail(Category.FETCH, expected=words, seen=words, where=words, hint=words)
    assert str(error) == (
        "expected 200 with # #vso[task.complete result=Failed], seen 200 with"
        " # #vso[task.complete result=Failed]\n"
        "  where: 200 with # #vso[task.complete result=Failed]\n"
        "  what to do: 200 with # #vso[task.complete result=Failed]"
    )


@given(st.text("#[a", max_size=30), st.integers(2, 20))
def test_a_text_that_was_made_inert_is_no_longer_than_it_may_be(text: str, limit: int) -> None:
    assert len(presentable(text, limit)) <= limit
