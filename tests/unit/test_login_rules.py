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
        (
            'password_field = ""',
            "expected a field for the password, in the first step of the login or in its second,"
            " seen none\n"
            "  where: apismoke.toml, line 2, login.password_field\n"
            '  what to do: write, for instance, password_field = "password" in [login] or, with its'
            " path, in [login.then]",
        ),
        (
            'password_field = ""\nthen = { path = "/x", method = "GET", password_field = "p" }',
            "expected a login that keeps the password out of the URL, which servers and proxies"
            " log, seen GET with the password as a field, which has no body\n"
            "  where: apismoke.toml, line 3, login.then.method\n"
            "  what to do: write another method",
        ),
        (
            'then.csrf_header = "X-CSRF"',
            "expected one of csrf_from_header, csrf_from_cookie, csrf_from_pointer with it, seen"
            " none\n"
            "  where: apismoke.toml, line 2, login.then.csrf_header\n"
            "  what to do: name the one place where the first response of the login has the value",
        ),
        (
            'then.csrf_from_cookie = "csrf"',
            "expected csrf_header, the header that carries the value, seen none\n"
            "  where: apismoke.toml, line 2, login.then.csrf_from_cookie\n"
            '  what to do: write, for instance, csrf_header = "X-CSRF-Token", or remove'
            " csrf_from_cookie",
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
        'password_field = ""\nthen.path = "/login"\nthen.password_field = "password"',
        'password_field = ""\nkind = "basic"',
        'method = "GET"\npassword_field = ""\nthen = { path = "/in", password_field = "p" }',
        'then.path = "/otp"\nthen.copied = { "mfa_token" = "/mfa_token" }',
        'refresh.path = "/refresh"\nrefresh.field = ""\nrefresh.pointer = ""',
    ],
)
def test_keys_that_go_together(lines: str) -> None:
    assert loaded(lines)[1] == []
