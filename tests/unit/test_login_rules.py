"""What the keys of [login] can't say together, each with its whole message."""

from __future__ import annotations

import pytest

from pytest_apismoke.configuration.loading import load
from pytest_apismoke.configuration.profiles import TargetProfile


def loaded(lines: str) -> tuple[TargetProfile, list[str]]:
    profile, failures = load({"apismoke.toml": f"[login]\n{lines}"})
    return profile, [str(failure) for failure in failures]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            'token_header = "X-Token"\ntoken_cookie = "jwt"',
            "expected one place for the token, seen the header X-Token and the cookie jwt\n"
            "  where: apismoke.toml, line 3, login.token_cookie\n"
            "  what to do: remove token_header or token_cookie",
        ),
        (
            'method = "GET"',
            "expected a login that keeps the password out of the URL, which servers and proxies"
            " log, seen GET with the password as a field, which has no body\n"
            "  where: apismoke.toml, line 2, login.method\n"
            '  what to do: write credentials = "basic", or another method',
        ),
        (
            'then.copied = { "mfa_token" = "mfa_token" }',
            "expected a JSON Pointer such as '/data/token' for 'mfa_token', seen 'mfa_token'\n"
            "  where: apismoke.toml, line 2, login.then.copied\n"
            '  what to do: write, for instance, copied = { "mfa_token" = "/mfa_token" }',
        ),
        (
            'content_type = "form"\nusername_field = "/user/email"',
            "expected plain names of fields, because a form has no objects in objects, seen the"
            " JSON Pointer '/user/email'\n"
            "  where: apismoke.toml, line 2, login.content_type\n"
            "  what to do: name the field as the form does, for instance user[email], or write"
            ' content_type = "json"',
        ),
    ],
)
def test_keys_that_contradict_each_other(lines: str, message: str) -> None:
    assert loaded(lines)[1] == [message]


@pytest.mark.parametrize(
    "lines",
    [
        'method = "GET"\ncredentials = "basic"',
        'content_type = "form"\nusername_field = "user[email]"',
        'then.path = "/otp"\nthen.copied = { "mfa_token" = "/mfa_token" }',
        'refresh.path = "/refresh"\nrefresh.field = ""\nrefresh.pointer = ""',
    ],
)
def test_keys_that_go_together(lines: str) -> None:
    assert loaded(lines)[1] == []
