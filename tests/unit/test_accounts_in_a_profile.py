"""The tables [accounts.NAME]: what they mean for a login, and each mistake with its message."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_apismoke.commands.show import main
from pytest_apismoke.configuration.accounts import Account, credentials_of, login_of
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.loading import load, read
from pytest_apismoke.configuration.profiles import Login, TargetProfile

ENVIRON = {"READER_WORD": "canary-word", "ROBOT": "Bearer canary-token", "CODE": "canary-code"}
READER = """\
[accounts.reader]
username = "reader@example.com"
password = "${READER_WORD}"
"""


def loaded(text: str, *, profile: str | None = None) -> tuple[TargetProfile, list[str]]:
    found, failures = load({"apismoke.toml": text}, name=profile, environ=ENVIRON)
    return found, [str(failure) for failure in failures]


def test_an_account_logs_in_as_the_run_does_with_what_is_its_own() -> None:
    profile, mistakes = loaded(
        '[login]\nfields = { tenant = "acme", client = "gate" }\nexpect = { "/role" = "owner" }\n'
        f'{READER}fields = {{ tenant = "other" }}\nexpect = {{ "/role" = "reader" }}\n'
    )
    [reader] = profile.accounts
    login = login_of(reader, profile.login)
    assert mistakes == []
    assert reader == Account(
        name="reader",
        username="reader@example.com",
        password="canary-word",
        fields=(("tenant", "other"),),
        expect=(("/role", "reader"),),
    )
    assert (login.fields, login.expect) == (
        (("tenant", "other"), ("client", "gate")),
        (("/role", "reader"),),
    )
    assert credentials_of(reader, profile.login) == Credentials(
        username="reader@example.com",
        password="canary-word",
        token_variable="APISMOKE_TOKEN_READER",
        given_as="the username and the password of [accounts.reader]",
        token_given_as="the token of [accounts.reader]",
        pinned_in="accounts.reader",
    )


def test_the_pins_of_the_runs_own_account_are_not_those_of_another_one() -> None:
    profile, _ = loaded(f'[login]\nexpect = {{ "/role" = "owner" }}\n{READER}')
    assert login_of(profile.accounts[0], profile.login).expect == ()


def test_a_token_of_its_own_is_taken_without_its_scheme() -> None:
    profile, mistakes = loaded('[accounts.robot-1]\ntoken = "${ROBOT}"')
    credentials = credentials_of(profile.accounts[0], profile.login)
    assert mistakes == []
    assert (credentials.token, credentials.token_variable) == (
        "canary-token",
        "APISMOKE_TOKEN_ROBOT_1",
    )


def test_a_profile_inherits_accounts_and_replaces_what_differs() -> None:
    profile, mistakes = loaded(
        f'{READER}[profiles.staging.accounts.reader]\nusername = "s@example.com"\n'
        '[profiles.staging.accounts.robot]\ntoken = "${ROBOT}"\n',
        profile="staging",
    )
    assert mistakes == []
    assert [(a.name, a.username, a.password) for a in profile.accounts] == [
        ("reader", "s@example.com", "canary-word"),
        ("robot", "", ""),
    ]


def test_neither_an_account_nor_its_profile_shows_a_secret() -> None:
    profile, _ = loaded(READER)
    assert repr(profile.accounts) == "(Account(name='reader'),)"
    assert "canary" not in repr(profile)


def test_the_password_is_a_secret_whatever_its_variable_is_called() -> None:
    profile, _ = loaded(f'{READER}fields = {{ code = "${{CODE}}" }}')
    assert profile.secrets == (("canary-word", "READER_WORD"), ("canary-code", "CODE"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[accounts.reader]\nusername = "r"\npasword = "x"',
            "expected one of the keys username, password, token, fields, expect, seen 'pasword'\n"
            "  where: apismoke.toml, line 3, accounts.reader.pasword\n"
            "  what to do: did you mean 'password'?",
        ),
        (
            '[accounts.reader]\nusername = "r"\npassword = "hunter22"',
            "expected a reference such as \"${PASSWORD}\" for 'password', seen a secret in the"
            " file (not shown)\n"
            "  where: apismoke.toml, line 3, accounts.reader.password\n"
            "  what to do: put it into an environment variable, and refer to that; where others"
            " have read the file, replace the secret",
        ),
        (
            '[accounts."the reader"]\nusername = "r"',
            "expected a name of letters, digits, '_', '.' and '-' that begins with one of the"
            " first two, seen 'the reader'\n"
            '  where: apismoke.toml, line 1, accounts."the reader"\n'
            "  what to do: rename the account",
        ),
        (
            "[accounts]\nreader = 1",
            "expected a table, seen the number 1\n"
            "  where: apismoke.toml, line 2, accounts.reader\n"
            "  what to do: write [accounts.reader], and its keys below",
        ),
        (
            "[accounts.reader]",
            "expected the keys of an account, seen none\n"
            "  where: apismoke.toml, line 1, accounts.reader\n"
            "  what to do: write username and password below [accounts.reader]",
        ),
        (
            '[accounts.reader]\nusername = "r"',
            "expected a password or a token, seen neither\n"
            "  where: apismoke.toml, line 1, accounts.reader\n"
            '  what to do: write password = "${READER_PASSWORD}", or token = "${READER_TOKEN}"',
        ),
        (
            '[accounts.reader]\npassword = "${READER_WORD}"',
            "expected a username beside the password, seen none\n"
            "  where: apismoke.toml, line 1, accounts.reader\n"
            '  what to do: write username = "..."; if the login takes none, set [login]'
            ' username_field = ""',
        ),
        (
            f'{READER}token = "${{ROBOT}}"',
            "expected either a token or a login, seen a token, and password\n"
            "  where: apismoke.toml, line 4, accounts.reader.token\n"
            "  what to do: remove the one that is not meant; an empty string drops one that is"
            " inherited",
        ),
        (
            f'[login]\nkind = "basic"\n{READER}fields = {{ a = "b" }}',
            "expected fields for a login by a request, seen HTTP Basic, which has none\n"
            "  where: apismoke.toml, line 6, accounts.reader.fields\n"
            "  what to do: remove them, or write another [login] kind",
        ),
        (
            f'[login]\ncontent_type = "form"\n{READER}fields = {{ "/a" = "b" }}',
            "expected plain names of fields, because a form has no objects in objects, seen the"
            " JSON Pointer '/a'\n"
            "  where: apismoke.toml, line 6, accounts.reader.fields\n"
            "  what to do: name the field as the form does, for instance user[tenant]",
        ),
        (
            f"[login]\nenabled = false\n{READER}",
            "expected a login, for further accounts to log in with, seen none ([login] enabled ="
            " false)\n"
            "  where: apismoke.toml, line 3, accounts.reader\n"
            "  what to do: remove the account, or leave enabled = false out of [login]",
        ),
        (
            '[login]\nkind = "cookie"\n[accounts.robot]\ntoken = "${ROBOT}"',
            "expected a token as name=value, for a session that is known by a cookie, seen no '='"
            " in it\n"
            "  where: apismoke.toml, line 4, accounts.robot.token\n"
            "  what to do: give the cookie with its name, or a username and a password to log in"
            " with",
        ),
    ],
)
def test_a_mistake_in_an_account_is_told_in_three_parts(text: str, message: str) -> None:
    assert loaded(text)[1] == [message]


def test_a_password_that_is_missing_shows_without_any_variable_being_set() -> None:
    """`apismoke check` reads so, although other accounts refer to variables."""
    found = read({"apismoke.toml": f'{READER}[accounts.writer]\nusername = "w"'})
    assert [mistake.where for mistake in found.mistakes] == [
        "apismoke.toml, line 4, accounts.writer"
    ]


def test_a_variable_that_is_not_set_refuses_the_run() -> None:
    _, mistakes = load({"apismoke.toml": READER}, environ={})
    assert [str(mistake) for mistake in mistakes] == [
        "expected a value in the environment variable READER_WORD, seen none\n"
        "  where: apismoke.toml, line 3, accounts.reader.password\n"
        "  what to do: set READER_WORD where the gate runs; or, if the text ${READER_WORD} itself"
        " is meant, write $${READER_WORD}"
    ]


def test_an_account_is_shown_with_the_reference_to_its_password(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'{READER}fields = {{ tenant = "acme" }}\n'
    (tmp_path / "apismoke.toml").write_text(text)
    assert main([str(tmp_path)], environ=ENVIRON) == 0
    said = capsys.readouterr().out
    assert said.endswith(
        "[accounts.reader]\n"
        'username = "reader@example.com"  # apismoke.toml:2\n'
        'password = "${READER_WORD}"  # environment variable READER_WORD, apismoke.toml:3\n'
        "\n"
        "[accounts.reader.fields]\n"
        'tenant = "acme"  # apismoke.toml:4\n'
    )
    shown, mistakes = loaded(said)
    assert (shown.accounts, mistakes) == (loaded(text)[0].accounts, [])


def test_a_login_that_takes_no_username_needs_none() -> None:
    text = '[login]\nusername_field = ""\n[accounts.reader]\npassword = "${READER_WORD}"'
    assert loaded(text)[1] == []
    assert Login().wants_username
