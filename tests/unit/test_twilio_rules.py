"""What the keys of [twilio] can't say together or alone, each with its whole message."""

from __future__ import annotations

import pytest

from pytest_apismoke.configuration.loading import load
from pytest_apismoke.configuration.profiles import TargetProfile

SID = "AC" + "0" * 32
ENVIRON = {"TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": "canary-auth-token"}
ALL = """\
account_sid = "${TWILIO_ACCOUNT_SID}"
auth_token = "${TWILIO_AUTH_TOKEN}"
"""


def loaded(lines: str, **environ: str) -> tuple[TargetProfile, list[str]]:
    profile, failures = load({"apismoke.toml": f"[twilio]\n{lines}"}, environ=environ or ENVIRON)
    return profile, [str(failure) for failure in failures]


def test_the_auth_token_is_a_secret() -> None:
    profile, mistakes = loaded(
        ALL + 'number_webhooks = { voice_url = "/voice" }\nwebhook.path = "/status"'
    )
    assert mistakes == []
    assert (profile.twilio.account_sid, profile.twilio.auth_token) == (SID, "canary-auth-token")
    assert profile.secrets == (("canary-auth-token", "TWILIO_AUTH_TOKEN"),)
    assert "canary" not in repr(profile)


def test_it_is_a_secret_whatever_its_variable_is_called() -> None:
    profile, mistakes = loaded('auth_token = "${TW}"', TW="canary-auth-token")
    assert (mistakes, profile.secrets) == ([], (("canary-auth-token", "TW"),))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            'auth_token = "canary-in-the-file"',
            "expected a reference such as \"${TWILIO_AUTH_TOKEN}\" for 'twilio_auth_token', seen a"
            " secret in the file (not shown)\n"
            "  where: apismoke.toml, line 2, twilio.auth_token\n"
            "  what to do: put it into an environment variable, and refer to that; where others"
            " have read the file, replace the secret",
        ),
        (
            'webhook.path = "/twilio/status"',
            "expected auth_token below [twilio], which signs the request, seen none\n"
            "  where: apismoke.toml, line 2, twilio.webhook.path\n"
            '  what to do: write auth_token = "${TWILIO_AUTH_TOKEN}" below [twilio], and set that'
            " variable where the gate runs",
        ),
        (
            'auth_token = "${TWILIO_AUTH_TOKEN}"\nnumber_webhooks = { voice_url = "/v" }',
            "expected account_sid below [twilio], with which Twilio is asked, seen none\n"
            "  where: apismoke.toml, line 3, twilio.number_webhooks\n"
            '  what to do: write account_sid = "${TWILIO_ACCOUNT_SID}" below [twilio], and set'
            " that variable where the gate runs",
        ),
        (
            ALL + 'number_webhooks = { voice_url = "https://api.example.com/v" }',
            "expected a path that begins with '/', percent-encoded, for 'voice_url', seen"
            " 'https://api.example.com/v'\n"
            "  where: apismoke.toml, line 4, twilio.number_webhooks\n"
            "  what to do: the host is that of public_url, or of --target-url: write, for"
            ' instance, number_webhooks = { voice_url = "/twilio/voice" }',
        ),
        (
            ALL + 'number_webhooks = { voice_url = "/v" }\napi_url = "http://api.twilio.example"',
            "expected an https URL, because the auth token goes with every request, seen"
            " 'http://api.twilio.example'\n"
            "  where: apismoke.toml, line 5, twilio.api_url\n"
            "  what to do: write https://; only an address of this machine may do without",
        ),
        (
            'public_url = "api.example.com"',
            "expected a base URL that begins with https:// or http://, without a query, or an"
            " empty string for none, seen the string 'api.example.com'\n"
            "  where: apismoke.toml, line 2, twilio.public_url\n"
            '  what to do: write the whole address, such as "https://api.example.com"',
        ),
        (
            'public_url = "https://me:canary@api.example.com"',
            "expected a base URL that begins with https:// or http://, without a query, or an"
            " empty string for none, seen a URL with credentials (not shown)\n"
            "  where: apismoke.toml, line 2, twilio.public_url\n"
            '  what to do: write the whole address, such as "https://api.example.com"',
        ),
    ],
)
def test_mistakes_that_show_without_a_run(lines: str, message: str) -> None:
    assert loaded(lines)[1] == [message]


def test_a_variable_with_another_kind_of_value() -> None:
    assert loaded(ALL, TWILIO_ACCOUNT_SID="SK12", TWILIO_AUTH_TOKEN="a token")[1] == [
        "expected the SID of a Twilio account, AC and 32 hexadecimal digits, or an empty string"
        " for none, seen the string 'SK12' from the environment variable TWILIO_ACCOUNT_SID\n"
        "  where: apismoke.toml, line 2, twilio.account_sid\n"
        "  what to do: correct TWILIO_ACCOUNT_SID",
        "expected a reference to an environment variable without blanks in it, or an empty string"
        " for none, seen another value (a secret, not shown) from the environment variable"
        " TWILIO_AUTH_TOKEN\n"
        "  where: apismoke.toml, line 3, twilio.auth_token\n"
        "  what to do: correct TWILIO_AUTH_TOKEN",
    ]
