"""Columns of text, and commands that can be pasted although they are folded."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.reports.facts import SettingShown
from pytest_apismoke.reports.terminal import settings
from pytest_apismoke.reports.terminal.folding import listed, seconds, shell_lines, usable

CURL = (
    "curl -sS -i -X PUT -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\""
    " -H 'Content-Type: application/json' --data '{\"a\": \"it'\\''s\"}' https://a.example/me"
)


def pasted(lines: list[str]) -> str:
    """What a shell makes of lines: one command."""
    return "\n".join(lines).replace("\\\n", "")


def test_a_command_is_folded_between_its_words_and_a_value_stays_with_its_option() -> None:
    assert shell_lines(CURL, 60) == [
        "curl -sS -i -X PUT \\",
        "  -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\" \\",
        "  -H 'Content-Type: application/json' \\",
        "  --data '{\"a\": \"it'\\''s\"}' https://a.example/me",
    ]
    assert shell_lines(CURL, 500) == [CURL]


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 120])
def test_a_folded_command_is_the_same_to_a_shell(width: int) -> None:
    assert shlex.split(pasted(shell_lines(CURL, width))) == shlex.split(CURL)


@given(st.lists(st.text(), min_size=1), st.integers(1, 90))
def test_whatever_a_command_quotes_stays_as_it_is(words: list[str], width: int) -> None:
    command = shlex.join(words)
    # The lines of a terminal have no line ends of their own.
    if command.isprintable():
        assert shlex.split(pasted(shell_lines(command, width))) == words


#: A curl that writes its arguments, one after the other.
_ECHO = 'curl() { for one in "$@"; do printf \'%s\\0\' "$one"; done; }\n'
LOGIN = (
    "curl -sS -i -X POST -H 'Content-Type: application/json' --data '{\"email\": "
    '"owner@example.com", "password": "\'"$APISMOKE_PASSWORD"\'"}\' \'https://a.example/?a=b&c\''
)


@pytest.mark.parametrize("indent", [0, 5, 15])
@pytest.mark.parametrize("width", [40, 65, 75, 200])
@pytest.mark.parametrize("command", [CURL, LOGIN])
def test_a_shell_runs_the_lines_as_they_stand_on_the_terminal(
    command: str, width: int, indent: int
) -> None:
    """With the blanks in front of them, which are copied along."""
    folded = "\n".join(" " * indent + one for one in shell_lines(command, width))
    environ = {"APISMOKE_TOKEN": "to ken", "APISMOKE_PASSWORD": "pass word"}
    whole, pasted_ = (
        subprocess.run(
            ["sh", "-c", _ECHO + text], env=environ, capture_output=True, text=True, check=True
        ).stdout.split("\0")
        for text in (command, folded)
    )
    assert pasted_ == whole


def test_a_body_that_is_longer_than_the_room_stands_in_a_line_of_its_own() -> None:
    assert shell_lines(LOGIN, 75) == [
        "curl -sS -i -X POST -H 'Content-Type: application/json' --data \\",
        '  \'{"email": "owner@example.com", "password": "\'"$APISMOKE_PASSWORD"\'"}\' \\',
        "  'https://a.example/?a=b&c'",
    ]


def test_what_no_shell_could_read_is_not_folded() -> None:
    broken = "curl 'a b " + "x " * 60
    assert shell_lines(broken, 40) == [broken]


@pytest.mark.parametrize(
    ("duration_s", "told"),
    [(0.0, "0 ms"), (0.0123, "12 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (62.34, "62.3 s")],
)
def test_a_second_and_more_is_told_in_seconds(duration_s: float, told: str) -> None:
    assert seconds(duration_s) == told


def test_of_many_names_the_rest_is_counted() -> None:
    assert listed("abc", 3) == "a, b, c"
    assert listed("abcde", 3) == "a, b, c, and 2 more"


def test_a_wide_terminal_is_not_filled_and_a_tiny_one_is_overrun() -> None:
    assert [usable(width) for width in (5, 16, 80, 100, 300)] == [16, 16, 80, 100, 100]


SETTINGS = (
    SettingShown(name="target_url", value="https://api.example.com", source="--target-url"),
    SettingShown(name="apis", value="settings, calendar, twilio, orders", source="default"),
    SettingShown(name="password", value="[redacted]", source="APISMOKE_PASSWORD_FILE"),
)


def test_settings_stand_in_columns_and_a_long_value_in_a_line_of_its_own() -> None:
    assert list(settings.rendered(SETTINGS, 70)) == [
        "  target_url  https://api.example.com  --target-url",
        "  apis        settings, calendar, twilio, orders  default",
        "  password    [redacted]               APISMOKE_PASSWORD_FILE",
    ]
    assert list(settings.rendered(SETTINGS[1:2], 40)) == [
        "  apis",
        "    settings, calendar, twilio, orders",
        "    (default)",
    ]
