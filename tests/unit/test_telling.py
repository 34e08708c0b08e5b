"""Whom a run tells of its verdict, and what of it is a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.configuration.telling import (
    Telling,
    collector_secrets,
    secrets_of,
    telling_of,
)
from pytest_apismoke.errors import SmokeError

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def told(environ: dict[str, str] | None = None, **options: str | list[str]) -> Telling:
    given = {f"--smoke-{name.replace('_', '-')}": value for name, value in options.items()}
    return telling_of(
        RawSettings(options=given, environ=environ or {}, ini={}, directory=Path("/project"))
    )


@pytest.mark.parametrize(
    ("mode", "environ", "is_in_actions", "is_forced"),
    [
        ("auto", {"GITHUB_ACTIONS": "true"}, True, False),
        ("auto", {"GITHUB_ACTIONS": "false"}, False, False),
        ("auto", {"CI": "true"}, False, False),
        ("on", {}, True, True),
        ("off", {"GITHUB_ACTIONS": "true"}, False, False),
    ],
)
def test_github_is_told_where_its_variable_or_the_caller_says_so(
    mode: str, environ: dict[str, str], is_in_actions: bool, is_forced: bool
) -> None:
    by_option, by_variable = told(environ, github=mode), told({**environ, "APISMOKE_GITHUB": mode})
    assert (
        by_option
        == by_variable
        == Telling(is_in_actions=is_in_actions, is_forced=is_forced, where="default")
    )


def test_urls_of_the_option_are_told_instead_of_those_of_the_variable() -> None:
    environ = {"APISMOKE_NOTIFY": "json://a", "APISMOKE_NOTIFY_WHEN": "always"}
    assert told(environ, notify=["ntfy://b", SLACK]) == Telling(
        urls=("ntfy://b", SLACK), when="always", where="--smoke-notify"
    )


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("", ()),
        ("json://a", ("json://a",)),
        (
            "mailto://u:p@example.com?to=a@x.org,b@x.org, json://a,\nntfy://b",
            ("mailto://u:p@example.com?to=a@x.org,b@x.org", "json://a", "ntfy://b"),
        ),
    ],
)
def test_the_variable_has_urls_with_commas_between_and_in_them(
    text: str, urls: tuple[str, ...]
) -> None:
    assert told({"APISMOKE_NOTIFY": text}).urls == urls


def test_an_empty_option_is_a_variable_that_is_not_set() -> None:
    with pytest.raises(SmokeError) as refused:
        told(notify=[""])
    assert str(refused.value) == (
        "expected the URL of a service that Apprise knows, seen an empty string\n"
        "  where: --smoke-notify\n"
        "  what to do: give it, for instance slack://..., or leave the option out; if it comes"
        " from a variable, that variable is not set"
    )


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        (SLACK, {SLACK, "T1JJ3T3L2", "A1BRTD4JD", "TIiajkdnlazkcOXrIdevi7FQ"}),
        (
            "mailto://owner:a%2Fb@example.com",
            {"mailto://owner:a%2Fb@example.com", "a%2Fb", "a/b"},
        ),
        ("json://127.0.0.1:8080/hook", {"json://127.0.0.1:8080/hook"}),
        (
            "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
            {
                "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js",
                "4174216298",
                "JHMHI8qBe7bk2ZwO5U711o3dV_js",
            },
        ),
        ("ntfy://topic?token=tk_1234567", {"ntfy://topic?token=tk_1234567", "tk_1234567"}),
    ],
)
def test_the_secrets_of_a_url_are_the_url_and_what_may_be_a_token(
    url: str, secrets: set[str]
) -> None:
    assert set(secrets_of(url)) == secrets


@pytest.mark.parametrize(
    ("headers", "secrets"),
    [
        ("api-key=k1", ["k1", "k1"]),
        ("Authorization=Basic%20dXNlcjpwYXNz", ["Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"]),
        ("x-scope-orgid=staging, x-honeycomb=0123456789abcdef", ["0123456789abcdef"] * 2),
        ("x-scope-orgid=staging", []),
        ("", []),
    ],
)
def test_the_headers_for_a_collector_are_secrets_where_they_may_be(
    headers: str, secrets: list[str]
) -> None:
    """A tenant's name may be a word of the reports."""
    variable = "OTEL_EXPORTER_OTLP_HEADERS"
    assert list(collector_secrets({variable: headers})) == [(one, variable) for one in secrets]
