"""The values of a profile: from the environment, as headers, and where each comes from."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
from unit.test_configuration import SCHEMA, profile_of, toml

from pytest_apismoke.configuration.loading import load, read
from pytest_apismoke.configuration.origins import Origin
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.configuration.settings import resolve
from pytest_apismoke.configuration.sources import RawSettings

SECRET = "canary-of-the-environment"
FILE = "apismoke.toml"


def profile_in(text: str, name: str | None = None, **environ: str) -> TargetProfile:
    """The profile in a text without a mistake, with these environment variables."""
    profile, mistakes = load({"apismoke.toml": text}, name=name, environ=environ)
    assert mistakes == ()
    return profile


def wheres(text: str, name: str | None = None, **environ: str) -> list[str]:
    _, mistakes = load({"apismoke.toml": text}, name=name, environ=environ)
    return [mistake.where.removeprefix("apismoke.toml, ") for mistake in mistakes]


# -- from the environment ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("${PLACE}", "/v2/account"),
        ("/api${PLACE}?a=${EMPTY_OF_SENSE}", "/api/v2/account?a=1"),
        ("/$${PLACE}", "/${PLACE}"),
        ("/$${${A_NAME}}", "/${x}"),
        ("/$PLACE", "/$PLACE"),
        ("/$$", "/$$"),
        ("/${LOOKS_LIKE_ONE}", "/${PLACE}"),
    ],
)
def test_a_string_takes_the_content_of_variables(written: str, path: str) -> None:
    """Once: what a variable holds is no reference."""
    environ = {
        "PLACE": "/v2/account",
        "EMPTY_OF_SENSE": "1",
        "A_NAME": "x",
        "LOOKS_LIKE_ONE": "${PLACE}",
    }
    assert profile_in(f"document.path = '{written}'", **environ).document.path == path


def test_items_of_lists_and_values_of_tables_take_it_too() -> None:
    profile = profile_in(
        """
        [readiness]
        healthy_status = ["${WORD}", "up"]
        [login.expect]
        "/user/email" = "${MAIL}"
        "/user/id" = 7
        """,
        WORD="Green",
        MAIL="smoke@example.com",
    )
    assert profile.readiness.healthy_status == ("green", "up")
    assert profile.login.expect == (("/user/email", "smoke@example.com"), ("/user/id", 7))


def test_a_choice_may_come_from_the_environment() -> None:
    text = "document.update_method = '${VERB}'"
    assert profile_in(text, VERB="PATCH").document.update_method == "PATCH"
    assert wheres(text, VERB="GET") == ["line 1, document.update_method"]


FAMILY = """
[headers]
X-Wall = "${WALL}"
[login]
path = "/${TOP}"
[profiles.staging.login]
path = "/${STAGING}"
[profiles.live]
extends = "staging"
[profiles.live.login]
path = "/live"
[profiles.live.headers]
x-wall = ""
"""


def test_only_the_values_that_a_run_uses_need_their_variables() -> None:
    assert profile_in(FAMILY, "live").login.path == "/live"
    assert profile_in(FAMILY, "staging", WALL=SECRET, STAGING="in").login.path == "/in"
    assert wheres(FAMILY, "staging", TOP="in") == [
        "line 3, headers.X-Wall",
        "line 7, profiles.staging.login.path",
    ]
    assert wheres(FAMILY, WALL=SECRET) == ["line 5, login.path"]


def test_each_variable_that_is_missing_is_told() -> None:
    assert wheres("login.path = '${A}${B}${A}'") == ["line 1, login.path"] * 2


def test_a_mistake_is_told_in_whichever_profile_it_stands() -> None:
    assert wheres("profiles.other.login.path = '${a b}'") == ["line 1, profiles.other.login.path"]


def test_a_run_resolves_with_its_own_environment() -> None:
    given = RawSettings(
        options={"--target-url": "demo"},
        environ={"LOGIN_PATH": "/in"},
        ini={},
        directory=Path("/nowhere"),
        configuration={"apismoke.toml": "login.path = '${LOGIN_PATH}'"},
    )
    assert resolve(given).profile.login.path == "/in"


# -- secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("headers.X-Wall = '${WALL}'", ((SECRET, "WALL"),)),
        ("headers.X-Wall = 'Bearer ${WALL}'", ((SECRET, "WALL"),)),
        ("login.expect = { '/user/api_key' = '${WALL}' }", ((SECRET, "WALL"),)),
        ("login.expect = { '/user/email' = '${WALL}' }", ()),
        ("login.path = '/in?k=${WALL_TOKEN}'", (("canary-too", "WALL_TOKEN"),)),
        ("login.path = '/in?api_key=${WALL}&v=1'", ((SECRET, "WALL"),)),
        ("login.path = '/in?v=${WALL}'", ()),
        ("login.token_pointer = '${PLACE}'", ()),
        ("headers.X-Wall = 'acme'", ()),
        ("[profiles.other]\nheaders.X-Wall = '${WALL}'", ()),
    ],
)
def test_the_secrets_of_a_profile_are_known(text: str, secrets: Any) -> None:
    """By the table, by the name in it, or by the name of the variable."""
    environ = {"WALL": SECRET, "WALL_TOKEN": "canary-too", "PLACE": "/token"}
    assert profile_in(text, **environ).secrets == secrets


def test_a_profile_does_not_show_its_secrets() -> None:
    assert SECRET not in repr(profile_in("headers.X-Wall = '${WALL}'", WALL=SECRET))


def test_what_no_name_calls_a_secret_may_be_short() -> None:
    assert profile_in("headers.X-Tenant = '${TENANT}'", TENANT="a1").headers == (
        ("X-Tenant", "a1"),
    )


@pytest.mark.parametrize("name", ["X-Token-Type", "requested_token_type"])
def test_the_kind_of_a_secret_is_none(name: str) -> None:
    assert profile_in(f"headers.{name} = 'jwt'").headers == ((name, "jwt"),)


# -- headers ----------------------------------------------------------------------------------


def test_headers_are_inherited_one_by_one_and_compared_without_case() -> None:
    text = """
        [headers]
        X-Wall = "a"
        X-Tenant = "acme"
        [profiles.live.headers]
        x-tenant = "live"
        X-More = "b c"
        [profiles.bare.headers]
        X-WALL = ""
        x-tenant = ""
    """
    assert profile_of(text).headers == (("X-Wall", "a"), ("X-Tenant", "acme"))
    assert profile_of(text, "live").headers == (
        ("X-Wall", "a"),
        ("x-tenant", "live"),
        ("X-More", "b c"),
    )
    assert profile_of(text, "bare").headers == ()


@pytest.mark.parametrize("name", ["traceparent", "User-Agent", "X-REQUEST-ID"])
def test_an_empty_header_keeps_the_gate_from_sending_its_own(name: str) -> None:
    assert profile_of(f"headers.{name} = ''").headers == ((name, ""),)


def test_without_a_login_its_header_is_free() -> None:
    text = "[login]\nenabled = false\nheader = 'X-Key'\n[headers]\nX-Key = '${KEY}'"
    assert profile_in(text, KEY=SECRET).headers == (("X-Key", SECRET),)


# -- origins ----------------------------------------------------------------------------------


def test_every_value_knows_where_it_comes_from() -> None:
    text = """
[login]
path = "/in"
[headers]
X-Wall = "a ${WALL}"
[apis.twilio]
enabled = false
[profiles.live.document]
probe = [
  "/about",
]
expect = { "/id" = "b" }
"""
    profile = profile_in(text, "live", WALL=SECRET)
    assert dict(profile.origins) == {
        ("login", "path"): Origin(file=FILE, line=3, key="login.path"),
        ("headers", "X-Wall"): Origin(
            file=FILE,
            line=5,
            key="headers.X-Wall",
            variables=("WALL",),
            is_secret=True,
            written="a ${WALL}",
        ),
        ("apis", "twilio", "enabled"): Origin(file=FILE, line=7, key="apis.twilio.enabled"),
        ("document", "probe"): Origin(
            file=FILE, line=9, key="profiles.live.document.probe", profile="live"
        ),
        ("document", "expect"): Origin(
            file=FILE, line=12, key="profiles.live.document.expect", profile="live"
        ),
        ("document", "expect", "/id"): Origin(
            file=FILE, line=12, key='profiles.live.document.expect."/id"', profile="live"
        ),
    }
    there_and_back = pickle.loads(pickle.dumps(profile))  # noqa: S301  # our own bytes
    assert there_and_back.origins == profile.origins


@pytest.mark.parametrize(
    ("place", "short", "where"),
    [
        (("login", "path"), "apismoke.toml:2", "apismoke.toml, line 2, login.path"),
        (
            ("login", "scheme"),
            "environment variables A, B, apismoke.toml:3",
            "apismoke.toml, line 3, login.scheme",
        ),
        (("login", "header"), "default", "the default profile"),
    ],
)
def test_an_origin_is_told_in_short_and_as_a_place(
    place: tuple[str, ...], short: str, where: str
) -> None:
    text = "[login]\npath = '/in'\nscheme = '${A}${B}'"
    origin = profile_in(text, A="a", B="b").origin_of(*place)
    assert (str(origin), origin.where) == (short, where)


def test_the_places_that_refer_to_a_variable_are_known() -> None:
    configuration = read(
        {"apismoke.toml": f"{FAMILY}[profiles.more]\nheaders.X-More = '${{WALL}}'"}
    )
    assert configuration.variables() == {
        "WALL": (
            "apismoke.toml, line 3, headers.X-Wall",
            "apismoke.toml, line 15, profiles.more.headers.X-More",
        ),
        "TOP": ("apismoke.toml, line 5, login.path",),
        "STAGING": ("apismoke.toml, line 7, profiles.staging.login.path",),
    }


# -- the published schema ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        {"login": {"path": "${PLACE}"}},
        {"login": {"path": "/$${PLACE}"}},
        {"document": {"update_method": "${VERB}", "probe": ["/a", "${POINTER}"]}},
        {"limits": {"read_timeout_s": "${SECONDS}"}},
        {"headers": {"X-Wall": "Bearer ${WALL}", "x_tenant.2": "acme corp"}},
        {"headers": {"X-Wall": ""}},
        {"headers": {"X-Wall": " acme"}},
        {"headers": {"X-Wall": 7}},
        {"headers": {"X Wall": "acme"}},
        {"headers": {"": "acme"}},
        {"headers": {"Host": "acme"}},
        {"headers": {"content-LENGTH": "0"}},
        {"headers": {"X-Host": "acme"}},
        {"headers": "acme"},
        {"profiles": {"live": {"headers": {"Authorization": "${WALL}"}}}},
        {"profiles": {"live": {"headers": {"X-Tenant": "${TENANT}"}}}},
    ],
)
def test_editors_and_the_gate_take_the_same_headers_and_references(table: dict[str, Any]) -> None:
    assert SCHEMA.is_valid(table) == (not read({"apismoke.toml": toml(table)}).mistakes)
