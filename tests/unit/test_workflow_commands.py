"""Commands to the runner of GitHub Actions are written as its own toolkit writes them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.reports.workflow_commands import command, shown


@pytest.mark.parametrize(
    ("name", "text", "properties", "line"),
    [
        ("add-mask", "100% a:b,c", {}, "::add-mask::100%25 a:b,c"),
        ("error", "a\r\nb", {"title": "FAIL: a, b"}, "::error title=FAIL%3A a%2C b::a%0D%0Ab"),
        ("error", "%0A", {"title": "%3A"}, "::error title=%253A::%250A"),
        (
            "warning",
            "",
            {"title": "t", "file": "contracts/a.json", "line": ""},
            "::warning title=t,file=contracts/a.json::",
        ),
    ],
)
def test_a_command_is_escaped_as_the_toolkit_does(
    name: str, text: str, properties: dict[str, str], line: str
) -> None:
    assert command(name, text, properties) == line


def test_words_of_a_target_are_no_command_of_another_system() -> None:
    assert shown("error", "##vso[a]", {"title": "##teamcity[b]"}) == (
        "::error title=# #teamcity[b]::# #vso[a]"
    )


#: As the runner reads a command: ActionCommand.TryParseV2.
_READ = re.compile(r"::(?P<name>[^ :]+)(?: (?P<properties>.*?))?::(?P<text>.*)")
_DECODED = (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))


def _decoded(text: str) -> str:
    for code, character in _DECODED:
        text = text.replace(code, character)
    return text


@given(
    st.lists(st.sampled_from(["%", "::", ":", ",", "\n", "\r", "=", "0A", " ", "a"])).map("".join),
    st.lists(st.sampled_from(["%", "::", ":", ",", "\n", "\r", "3A", "a"]), min_size=1).map(
        "".join
    ),
)
def test_the_runner_reads_back_what_was_written_and_no_second_command(
    text: str, title: str
) -> None:
    line = command("error", text, {"title": title})
    assert "\n" not in line
    assert "\r" not in line
    read = _READ.fullmatch(line)
    assert read is not None
    assert read["name"] == "error"
    assert _decoded(read["properties"].removeprefix("title=")) == title
    assert _decoded(read["text"]) == text
