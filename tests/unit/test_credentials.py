"""Credentials: from the environment or from container secrets, never ambiguous, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_apismoke.configuration.credentials import Credentials, read_credentials
from pytest_apismoke.errors import Category, SmokeError


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SmokeError) as caught:
        read_credentials(environ)
    assert caught.value.failure.category is Category.USAGE
    return str(caught.value)


@pytest.mark.parametrize(
    ("environ", "missing"),
    [
        ({}, "no APISMOKE_USERNAME and no APISMOKE_PASSWORD"),
        ({"APISMOKE_USERNAME": "me"}, "no APISMOKE_PASSWORD"),
        ({"APISMOKE_PASSWORD": "pass"}, "no APISMOKE_USERNAME"),
        ({"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": ""}, "no APISMOKE_PASSWORD"),
        ({"APISMOKE_TOKEN": ""}, "no APISMOKE_USERNAME and no APISMOKE_PASSWORD"),
    ],
)
def test_missing_credentials_are_named(environ: dict[str, str], missing: str) -> None:
    assert refusal(environ) == (
        f"expected APISMOKE_USERNAME and APISMOKE_PASSWORD, or APISMOKE_TOKEN, seen {missing}\n"
        "  where: the environment\n"
        "  what to do: set them, or name files that contain them with APISMOKE_USERNAME_FILE,"
        " APISMOKE_PASSWORD_FILE or APISMOKE_TOKEN_FILE; for a target without a login, write"
        " enabled = false below [login] in apismoke.toml (for 'apismoke infer': --no-auth)"
    )


@pytest.mark.parametrize("name", ["APISMOKE_TOKEN", "APISMOKE_USERNAME", "APISMOKE_PASSWORD"])
def test_a_value_and_a_file_for_it_is_ambiguous(name: str) -> None:
    assert refusal({name: "x", f"{name}_FILE": "/run/secrets/x"}) == (
        f"expected either {name} or {name}_FILE, seen both\n"
        "  where: the environment\n"
        "  what to do: unset one of them"
    )


def test_a_file_that_can_not_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing", tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\xff")

    messages = [refusal({"APISMOKE_TOKEN_FILE": str(path)}) for path in (missing, tmp_path, binary)]

    reasons = ["No such file or directory", "Is a directory", "not text in UTF-8"]
    assert messages == [
        f"expected a readable file with the secret, seen '{path}': {reason}\n"
        "  where: environment variable APISMOKE_TOKEN_FILE\n"
        "  what to do: correct the path or its permissions"
        for path, reason in zip((missing, tmp_path, binary), reasons, strict=True)
    ]


@pytest.mark.parametrize(
    "content", ["the secret", "the secret\n", "the secret\r\n", "the secret\n# rotated in May\n"]
)
def test_a_secret_is_the_first_line_of_its_file(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content.encode())
    assert read_credentials({"APISMOKE_TOKEN_FILE": str(path)}) == Credentials(token="the secret")


def test_username_and_password_may_come_from_different_places(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("pässword", encoding="utf-8")
    environ = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD_FILE": str(path)}
    assert read_credentials(environ) == Credentials(username="me", password="pässword")


def test_a_token_makes_username_and_password_unnecessary() -> None:
    environ = {"APISMOKE_TOKEN": "token", "APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": "pass"}
    assert read_credentials(environ) == Credentials(token="token")


@pytest.mark.parametrize("text", [" token", "token \n", "\ttoken\r\n"])
def test_whitespace_around_a_token_is_taken_off(text: str) -> None:
    """A variable filled from a command or a file often ends with a line break."""
    assert read_credentials({"APISMOKE_TOKEN": text}) == Credentials(token="token")


def test_whitespace_around_a_password_is_part_of_it() -> None:
    environ = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": " pass "}
    assert read_credentials(environ) == Credentials(username="me", password=" pass ")


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"APISMOKE_TOKEN": "abc"}, "APISMOKE_TOKEN"),
        ({"APISMOKE_TOKEN": "abc  "}, "APISMOKE_TOKEN"),
        ({"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": "abc"}, "APISMOKE_PASSWORD"),
    ],
)
def test_a_secret_too_short_to_be_kept_out_of_the_output_is_refused(
    environ: dict[str, str], name: str
) -> None:
    assert refusal(environ) == (
        f"expected at least 4 characters in {name}, seen 3\n"
        "  where: the environment\n"
        "  what to do: use a longer one: a secret this short can't be kept out of the output"
    )


@pytest.mark.parametrize("token", ["tökén", "tok\nen", "“token”", "tok\x7fen"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    assert refusal({"APISMOKE_TOKEN": token}) == (
        "expected a token of printable ASCII characters, as a header needs, seen other characters\n"
        "  where: APISMOKE_TOKEN\n"
        "  what to do: copy the token again, without quotes or line breaks"
    )


def test_credentials_do_not_show_themselves() -> None:
    shown = repr(Credentials(username="canary-1", password="canary-2", token="canary-3"))
    assert shown == "Credentials()"
