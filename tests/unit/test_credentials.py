"""Credentials: from the environment or from container secrets, never ambiguous, never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_apismoke.configuration.credentials import Credentials, read_credentials
from pytest_apismoke.configuration.login_profile import Login
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


MARK = "\ufeff"


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        (" token", "a blank"),
        ("token \n", "a line end and a blank"),
        ("\ttoken\r\n", "a line end and a blank"),
        (f"{MARK}token", "a byte order mark"),
    ],
)
def test_what_stands_around_a_token_is_taken_off_and_told(text: str, taken: str) -> None:
    """A variable filled from a command or a file often ends with a line break."""
    assert read_credentials({"APISMOKE_TOKEN": text}) == Credentials(
        token="token", notes=(f"APISMOKE_TOKEN begins or ends with {taken}: taken off",)
    )


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("pass word\r", "a line end"),
        ("pass word\n", "a line end"),
        ("\r\npass word", "a line end"),
        (f"{MARK}pass word\r\n", "a byte order mark and a line end"),
    ],
)
@pytest.mark.parametrize("name", ["APISMOKE_USERNAME", "APISMOKE_PASSWORD"])
def test_a_line_end_and_a_byte_order_mark_are_no_part_of_a_credential(
    name: str, text: str, taken: str
) -> None:
    """A .env file with the line ends of Windows leaves one in every value."""
    environ = {"APISMOKE_USERNAME": "pass word", "APISMOKE_PASSWORD": "pass word", name: text}
    assert read_credentials(environ) == Credentials(
        username="pass word",
        password="pass word",
        notes=(f"{name} begins or ends with {taken}: taken off",),
    )


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        ("secret\r\n", ""),
        ("secret\r\nmore\r\n", ""),
        (f"{MARK}secret\r\n", "a byte order mark"),
        ("\nsecret\n", "a line end"),
    ],
)
def test_a_file_is_told_of_where_its_secret_does_not_begin_at_once(
    content: str, taken: str, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content.encode())
    environ = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD_FILE": str(path)}
    notes = (f"APISMOKE_PASSWORD_FILE begins or ends with {taken}: taken off",) if taken else ()
    assert read_credentials(environ) == Credentials(username="me", password="secret", notes=notes)


@pytest.mark.parametrize("name", ["APISMOKE_TOKEN", "APISMOKE_USERNAME", "APISMOKE_PASSWORD"])
@pytest.mark.parametrize(
    ("value", "at"),
    [("se\tcret", 3), ("se\ncret", 3), ("\x1b[1mcret", 1), (f"secre{MARK}t", 6), ("\udcffcret", 1)],
    ids=["tab", "line end", "escape", "byte order mark", "no text"],
)
def test_a_control_character_inside_a_credential_is_the_users_mistake(
    name: str, value: str, at: int
) -> None:
    environ = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": "pass", name: value}
    assert refusal(environ) == (
        f"expected a value of {name} without control characters, seen one at character {at} of"
        f" {len(value)}\n"
        "  where: the environment\n"
        "  what to do: copy the value again: a line end, a tab or a byte order mark came along"
        " with it"
    )


def test_a_blank_around_a_password_is_part_of_it_and_told() -> None:
    environ = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": " pass "}
    assert read_credentials(environ) == Credentials(
        username="me",
        password=" pass ",
        notes=("APISMOKE_PASSWORD has a blank at its beginning or end: it is sent as part of it",),
    )


# -- what the profile says about them ----------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "given", "token", "scheme"),
    [
        (Login(), "Bearer eyJ0.eyJ1.sig", "eyJ0.eyJ1.sig", "Bearer"),
        (Login(), "bearer  eyJ0", "eyJ0", "Bearer"),
        (Login(scheme="Token"), "Token abcd", "abcd", "Token"),
        (Login(kind="basic"), "Basic bWU6cGFzcw==", "bWU6cGFzcw==", "Basic"),
    ],
)
def test_a_token_with_its_scheme_is_taken_without_it_and_told(
    login: Login, given: str, token: str, scheme: str
) -> None:
    assert read_credentials({"APISMOKE_TOKEN": given}, login) == Credentials(
        token=token,
        notes=(f"APISMOKE_TOKEN begins with its scheme '{scheme}', and was taken without it",),
    )


@pytest.mark.parametrize(
    ("login", "token"),
    [
        (Login(scheme="", header="X-API-Key"), "Bearer abcd"),
        (Login(), "Bearerabcd"),
        (Login(kind="cookie"), "session=abcd; csrf=1"),
    ],
)
def test_any_other_token_is_taken_as_it_is(login: Login, token: str) -> None:
    assert read_credentials({"APISMOKE_TOKEN": token}, login) == Credentials(token=token)


def test_the_token_of_a_cookie_session_has_the_name_of_its_cookie() -> None:
    with pytest.raises(SmokeError) as caught:
        read_credentials({"APISMOKE_TOKEN": "abcdef"}, Login(kind="cookie"))
    assert str(caught.value) == (
        "expected APISMOKE_TOKEN as name=value, for a session that is known by a cookie, seen no"
        " '=' in it\n"
        "  where: the environment\n"
        "  what to do: give the cookie with its name, or a username and a password to log in with"
    )


def test_a_login_with_a_password_alone_needs_no_username() -> None:
    environ = {"APISMOKE_PASSWORD": "pass"}
    assert read_credentials(environ, Login(username_field="")) == Credentials(password="pass")
    for login in (Login(), Login(username_field="", kind="basic")):
        with pytest.raises(SmokeError):
            read_credentials(environ, login)


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


@pytest.mark.parametrize("token", ["tökén", "“token”"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(token: str) -> None:
    assert refusal({"APISMOKE_TOKEN": token}) == (
        "expected a token of printable ASCII characters, as a header needs, seen other characters\n"
        "  where: APISMOKE_TOKEN\n"
        "  what to do: copy the token again, without quotes or line breaks"
    )


def test_credentials_do_not_show_themselves() -> None:
    shown = repr(Credentials(username="canary-1", password="canary-2", token="canary-3"))
    assert shown == "Credentials()"


@pytest.mark.parametrize("login", [Login(kind="basic"), Login(credentials="basic")])
def test_a_name_with_a_colon_can_not_be_sent_by_http_basic(login: Login) -> None:
    environ = {"APISMOKE_USERNAME": "me:canary", "APISMOKE_PASSWORD": "my-password"}
    with pytest.raises(SmokeError) as caught:
        read_credentials(environ, login)
    assert str(caught.value) == (
        "expected a user name without a colon, at which HTTP Basic ends it, seen one with a colon\n"
        "  where: APISMOKE_USERNAME\n"
        "  what to do: give the name alone, and the password as APISMOKE_PASSWORD; where the target"
        " wants the name encoded, give it so"
    )
    assert read_credentials(environ).username == "me:canary"
