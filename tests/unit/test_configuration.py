"""The configuration file: what it may say, who inherits what, and each mistake in its words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from unit import schema_of_configuration as published

from pytest_apismoke.configuration import contradictions
from pytest_apismoke.configuration.keys import Key, keys_of, records_of
from pytest_apismoke.configuration.loading import load, refusal
from pytest_apismoke.configuration.profiles import (
    DEFAULT_PROFILE,
    ApiProfile,
    Calendar,
    Document,
    Limits,
    Login,
    Readiness,
    TargetProfile,
    Twilio,
)
from pytest_apismoke.configuration.rootdir import configuration_files, declared_apis
from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Category, Failure, SmokeError

APIS = ("settings", "calendar", "twilio", "orders")


def profile_of(text: str, name: str | None = None) -> TargetProfile:
    """The profile in a text without a mistake."""
    profile, mistakes = load({"apismoke.toml": text}, name=name, apis=APIS)
    assert mistakes == ()
    return profile


def mistakes_in(
    text: str, name: str | None = None, *, file: str = "apismoke.toml"
) -> list[Failure]:
    _, mistakes = load({file: text}, name=name, source="--target-profile", apis=APIS)
    assert {mistake.category for mistake in mistakes} <= {Category.USAGE}
    return list(mistakes)


def toml(table: dict[str, Any]) -> str:
    """A table as TOML."""
    return "\n".join(f"{json.dumps(name)} = {_inline(value)}" for name, value in table.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        members = ", ".join(f"{json.dumps(n)} = {_inline(v)}" for n, v in value.items())
        return f"{{{members}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    return json.dumps(value)


# -- what it may say --------------------------------------------------------------------------


def test_without_a_file_everything_has_its_default() -> None:
    assert load({}) == (DEFAULT_PROFILE, ())
    assert load({}, name="default") == (DEFAULT_PROFILE, ())


def test_an_empty_file_says_nothing() -> None:
    assert profile_of("") == replace(DEFAULT_PROFILE, origin="apismoke.toml")


def test_everything_that_it_may_say() -> None:
    profile = profile_of(
        """
        [readiness]
        path = "/healthz?deep=1"
        statuses = [200, 207]
        status_pointer = "/checks/0/state"
        healthy_status = ["Green"]
        version_pointer = "/build/commit"
        poll_interval_s = 1
        agreeing_answers = 5

        [login]
        path = "/auth/token"
        username_field = "e-mail"
        password_field = "pass"
        statuses = [200]
        token_pointer = "/data/token"
        header = "X-Api-Key"
        scheme = ""
        expect = { "/user/email" = "smoke@example.com", "/user/number" = 7, "/user/live" = false }

        [document]
        path = "/v2/account"
        update_method = "PATCH"
        update_statuses = [200]
        update_body = "whole"
        probe = "/texts/about"
        volatile = []
        id_field = "account"
        [document.expect]
        "/account" = "biz_1"

        [calendar]
        connected_field = "calendar"
        start_path = "/calendar/start"
        account_parameter = "account"
        authorize_host = "login.example.com:8443"

        [twilio]
        number_field = "phone"
        enabled_field = "answers"
        recommended = ["hours"]

        [limits]
        connect_timeout_s = 1
        read_timeout_s = 2.5
        request_timeout_s = 3600
        max_body_bytes = 1024

        [apis.calendar]
        enabled = false
        [apis.orders]
        required = false
        exit_code = 20
        """
    )
    assert profile == TargetProfile(
        name="default",
        origin="apismoke.toml",
        readiness=Readiness(
            path="/healthz?deep=1",
            statuses=(200, 207),
            status_pointer="/checks/0/state",
            healthy_status=("green",),
            version_pointer="/build/commit",
            poll_interval_s=1.0,
            agreeing_answers=5,
        ),
        login=Login(
            path="/auth/token",
            username_field="e-mail",
            password_field="pass",
            statuses=(200,),
            token_pointer="/data/token",
            header="X-Api-Key",
            scheme="",
            expect=(
                ("/user/email", "smoke@example.com"),
                ("/user/number", 7),
                ("/user/live", False),
            ),
        ),
        document=Document(
            path="/v2/account",
            update_method="PATCH",
            update_statuses=(200,),
            update_body="whole",
            probe=("/texts/about",),
            volatile=(),
            id_field="account",
            expect=(("/account", "biz_1"),),
        ),
        calendar=Calendar(
            connected_field="calendar",
            start_path="/calendar/start",
            account_parameter="account",
            authorize_host="login.example.com:8443",
        ),
        twilio=Twilio(number_field="phone", enabled_field="answers", recommended=("hours",)),
        limits=Limits(
            connect_timeout_s=1.0,
            read_timeout_s=2.5,
            request_timeout_s=3600.0,
            max_body_bytes=1024,
        ),
        apis=(
            ApiProfile(name="calendar", enabled=False),
            ApiProfile(name="orders", required=False, exit_code=20),
        ),
    )
    assert isinstance(profile.readiness.poll_interval_s, float)


@pytest.mark.parametrize(
    ("text", "probe"),
    [
        (
            "",
            ("/business_hours", "/greeting_style", "/common_services", "/industry"),
        ),
        ("document.probe = '/description'", ("/description",)),
        ("document.probe = ['/b/0', '/a']", ("/b/0", "/a")),
    ],
)
def test_the_probe_is_one_field_or_several_in_order(text: str, probe: tuple[str, ...]) -> None:
    assert profile_of(text).document.probe == probe


def test_a_profile_pins_an_account_of_its_own() -> None:
    """It takes nothing over from the account that it inherits: that is another one."""
    text = """
        document.expect = { "/id" = "a", "/name" = "A" }
        [profiles.live.document]
        expect = { "/id" = "b" }
        [profiles.any.document]
        expect = {}
    """
    assert [profile_of(text, name).document.expect for name in (None, "live", "any")] == [
        (("/id", "a"), ("/name", "A")),
        (("/id", "b"),),
        (),
    ]


def test_what_a_configuration_does_not_mention_is_enabled_and_required() -> None:
    profile = profile_of("[apis.orders]\nexit_code = 20\n[apis.twilio]\nrequired = false")
    assert profile.api("orders") == ApiProfile(name="orders", exit_code=20)
    assert profile.api("twilio") == ApiProfile(name="twilio", required=False)
    assert profile.api("calendar") == ApiProfile(name="calendar", enabled=True, required=True)
    assert profile.api_codes == {"orders": 20}


def test_it_may_stand_in_pyproject_toml() -> None:
    text = '[tool.apismoke.login]\npath = "/in"\n[tool.apismoke.profiles.live]\nlogin.path = "/up"'
    files = {"pyproject.toml": text}
    assert load(files) == (
        replace(DEFAULT_PROFILE, origin="pyproject.toml", login=Login(path="/in")),
        (),
    )
    assert load(files, name="live") == (
        replace(
            DEFAULT_PROFILE,
            name="live",
            origin="pyproject.toml, profiles.live",
            login=Login(path="/up"),
        ),
        (),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[tool.other]",
        "[project]\ndependencies = ['pytest-apismoke']",
        "tool = 3 # apismoke",
        "[tool]\nother = 'apismoke'",
        "broken, and none of our business",
    ],
)
def test_a_pyproject_toml_that_says_nothing_to_us_is_left_alone(text: str) -> None:
    assert load({"pyproject.toml": text}) == (DEFAULT_PROFILE, ())
    assert load({"pyproject.toml": text, "apismoke.toml": ""}) == (
        replace(DEFAULT_PROFILE, origin="apismoke.toml"),
        (),
    )


# -- who inherits what ------------------------------------------------------------------------

FAMILY = """
    [readiness]
    path = "/healthz"
    statuses = [200, 204]
    [login]
    path = "/auth"
    scheme = "Token"
    [apis.orders]
    exit_code = 20

    [profiles.live]
    extends = "staging"
    [profiles.live.login]
    path = "/live/auth"
    [profiles.live.apis]
    orders.required = false

    [profiles.staging.readiness]
    path = "/ready"
    statuses = [200]
    [profiles.staging.apis.twilio]
    enabled = false

    [profiles.plain]
    extends = "default"
"""


@pytest.mark.parametrize(
    ("name", "readiness", "login", "apis"),
    [
        (
            None,
            Readiness(path="/healthz", statuses=(200, 204)),
            Login(path="/auth", scheme="Token"),
            (ApiProfile(name="orders", exit_code=20),),
        ),
        (
            "plain",
            Readiness(path="/healthz", statuses=(200, 204)),
            Login(path="/auth", scheme="Token"),
            (ApiProfile(name="orders", exit_code=20),),
        ),
        (
            "staging",
            Readiness(path="/ready", statuses=(200,)),
            Login(path="/auth", scheme="Token"),
            (ApiProfile(name="orders", exit_code=20), ApiProfile(name="twilio", enabled=False)),
        ),
        (
            "live",
            Readiness(path="/ready", statuses=(200,)),
            Login(path="/live/auth", scheme="Token"),
            (
                ApiProfile(name="orders", exit_code=20, required=False),
                ApiProfile(name="twilio", enabled=False),
            ),
        ),
    ],
)
def test_a_profile_inherits_key_by_key_and_lists_as_a_whole(
    name: str | None, readiness: Readiness, login: Login, apis: tuple[ApiProfile, ...]
) -> None:
    assert profile_of(FAMILY, name) == TargetProfile(
        name=name or "default",
        origin=f"apismoke.toml, profiles.{name}" if name else "apismoke.toml",
        readiness=readiness,
        login=login,
        apis=apis,
    )


def test_default_is_the_name_of_the_top_level() -> None:
    assert profile_of(FAMILY, "default") == profile_of(FAMILY)


# -- mistakes ---------------------------------------------------------------------------------

LOGIN_KEYS = (
    "enabled, kind, path, method, content_type, credentials, username_field, password_field,"
    " fields, statuses, token_pointer, token_header, token_cookie, header, scheme, expect, then,"
    " refresh"
)
TABLES_OF_ALL = (
    "readiness, login, document, refusals, calendar, twilio, limits, openapi, headers, resource,"
    " apis, accounts"
)
CREDENTIALS = "credentials come from the environment only: APISMOKE_USERNAME, APISMOKE_PASSWORD"
URL = "the URL is not part of the configuration: give it with --target-url or APISMOKE_TARGET_URL"


def mistake(expected: str, seen: str, where: str, hint: str, *, line: int = 1) -> Failure:
    return Failure(
        category=Category.USAGE,
        expected=expected,
        seen=seen,
        where=f"apismoke.toml, line {line}, {where}",
        hint=hint,
    )


@pytest.mark.parametrize(
    ("text", "where", "known", "hint"),
    [
        (
            "profiles.staging.login.pth = '/in'",
            "profiles.staging.login.pth",
            LOGIN_KEYS,
            "did you mean 'path'?",
        ),
        ("login.zzz = 1", "login.zzz", LOGIN_KEYS, f"choose from {LOGIN_KEYS}"),
        ("login.password = 'x'", "login.password", LOGIN_KEYS, CREDENTIALS),
        ("[readyness]", "readyness", f"{TABLES_OF_ALL}, profiles", "did you mean 'readiness'?"),
        ("target_url = 'x'", "target_url", f"{TABLES_OF_ALL}, profiles", URL),
        (
            "profiles.a.extend = 'b'",
            "profiles.a.extend",
            f"extends, {TABLES_OF_ALL}",
            "did you mean 'extends'?",
        ),
        (
            "apis.orders.exit-code = 20",
            "apis.orders.exit-code",
            "enabled, required, exit_code",
            "did you mean 'exit_code'?",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest(
    text: str, where: str, known: str, hint: str
) -> None:
    seen = repr(where.rpartition(".")[2])
    assert mistakes_in(text) == [mistake(f"one of the keys {known}", seen, where, hint)]


@pytest.mark.parametrize(
    ("text", "seen", "where"),
    [
        ("login = '/in'", "the string '/in'", "login"),
        ("apis.orders = false", "the boolean false", "apis.orders"),
        ("[[apis]]", "a list of 1", "apis"),
        ("profiles = ['a']", "a list of 1", "profiles"),
        ("profiles.a = 1", "the number 1", "profiles.a"),
    ],
)
def test_a_value_in_the_place_of_a_table_is_refused(text: str, seen: str, where: str) -> None:
    hint = f"write [{where}], and its keys below"
    assert mistakes_in(text) == [mistake("a table", seen, where, hint)]


#: What messages call each kind of value.
WORDS = {
    "path": "a path that begins with '/', percent-encoded",
    "pointer": "a JSON Pointer such as '/data/token'",
    "members": "a JSON Pointer to a property, such as '/description', or a list of at least one"
    " item of that kind",
    "update body": "'fields' or 'whole'",
    "pins": "a table of strings, numbers and booleans, each key a JSON Pointer to a property, such"
    " as '/description'",
    "name": "a name without control characters",
    "name or none": "a name without control characters, or an empty string for none",
    "header": "the name of a header",
    "scheme": "an authentication scheme such as 'Bearer', or an empty string for none",
    "host": "a host in lower case, with its port where it has one",
    "method": "PUT, PATCH or POST",
    "seconds": "a number of seconds from 0.01 to 3600",
    "bytes": "a number of bytes from 1024 to 1073741824",
    "times": "a whole number from 1 to 100",
    "switch": "true or false",
    "code": "a whole number from 10 to 63",
    "statuses": "a list of at least one item, each a status from 200 to 599",
    "names": "a list of items, each a name without control characters",
}
HOST = "https://accounts.google.com"
PROBE = '["/business_hours", "/greeting_style", "/common_services", "/industry"]'
PINS = '{ "/user/email" = "smoke@example.com" }'
LONG_NUMBER = "a number of more than 64 bits at '/a' in it"


@pytest.mark.parametrize(
    ("text", "kind", "seen", "example"),
    [
        ("readiness.path = 'healthz'", "path", "the string 'healthz'", '"/health"'),
        ("readiness.path = {}", "path", "a table", '"/health"'),
        ("login.token_pointer = 'a.b'", "pointer", "the string 'a.b'", '"/access_token"'),
        ("document.probe = ''", "members", "the string ''", PROBE),
        ("document.probe = 1", "members", "the number 1", PROBE),
        ("document.probe = []", "members", "an empty list", PROBE),
        ("document.probe = ['/a', 'b']", "members", "the string 'b' in it", PROBE),
        ("document.update_body = 1", "update body", "the number 1", '"fields"'),
        ("document.expect = 'biz_1'", "pins", "the string 'biz_1'", PINS),
        ("login.expect = { 'user' = 'x' }", "pins", "the key 'user' in it", PINS),
        ("login.expect = { '' = 'x' }", "pins", "the key '' in it", PINS),
        ("login.expect = { '/a' = [1] }", "pins", "a list of 1 at '/a' in it", PINS),
        ("login.expect = { '/a' = inf }", "pins", "the number inf at '/a' in it", PINS),
        ("login.expect = { '/a' = 0xfffffffffffffffff }", "pins", LONG_NUMBER, PINS),
        ("document.update_method = 1", "method", "the number 1", '"PUT"'),
        ('login.password_field = "pass\\n"', "name or none", "the string 'pass\\n'", '"password"'),
        ("login.header = 'X Key'", "header", "the string 'X Key'", '"Authorization"'),
        ("login.scheme = 'Bearer '", "scheme", "the string 'Bearer '", '"Bearer"'),
        (
            f"calendar.authorize_host = '{HOST}'",
            "host",
            f"the string '{HOST}'",
            '"accounts.google.com"',
        ),
        ("limits.read_timeout_s = 0", "seconds", "the number 0", "10.0"),
        ("limits.read_timeout_s = nan", "seconds", "the number nan", "10.0"),
        ("limits.read_timeout_s = '10'", "seconds", "the string '10'", "10.0"),
        (
            f"limits.max_body_bytes = 0x{'f' * 5000}",
            "bytes",
            "a number of more than 64 bits",
            "10485760",
        ),
        ("readiness.agreeing_answers = true", "times", "the boolean true", "3"),
        ("readiness.agreeing_answers = 2.0", "times", "the number 2.0", "3"),
        ("apis.orders.enabled = 'no'", "switch", "the string 'no'", "true"),
        (
            "apis.orders.required = 2026-05-01",
            "switch",
            "the date or time 2026-05-01",
            "true",
        ),
        ("apis.orders.exit_code = 9", "code", "the number 9", "10"),
        ("login.statuses = 200", "statuses", "the number 200", "[200, 201]"),
        ("login.statuses = []", "statuses", "an empty list", "[200, 201]"),
        ("login.statuses = [200, 99]", "statuses", "the number 99 in it", "[200, 201]"),
        ("document.volatile = 'a'", "names", "the string 'a'", '["updated_at"]'),
    ],
)
def test_a_value_of_another_kind_is_refused_with_an_example(
    text: str, kind: str, seen: str, example: str
) -> None:
    where = text.partition(" = ")[0]
    hint = f"write, for instance, {where.rpartition('.')[2]} = {example}"
    assert mistakes_in(text) == [mistake(WORDS[kind], seen, where, hint)]


@pytest.mark.parametrize(
    ("text", "expected", "seen", "where", "hint"),
    [
        (
            "document.update_method = 'patch'",
            "PUT, PATCH or POST",
            "the string 'patch'",
            "document.update_method",
            "did you mean 'PATCH'?",
        ),
        (
            "[apis.calender]",
            "the name of an API (settings, calendar, twilio, orders)",
            "'calender'",
            "apis.calender",
            "did you mean 'calendar'? (a declared API has its checks in contracts/calender.toml)",
        ),
        (
            "[profiles.a.apis.x]",
            "the name of an API (settings, calendar, twilio, orders)",
            "'x'",
            "profiles.a.apis.x",
            "choose from settings, calendar, twilio, orders"
            " (a declared API has its checks in contracts/x.toml)",
        ),
        (
            "apis.twilio.exit_code = 20",
            "exit codes for declared APIs only",
            "one for the built-in API 'twilio'",
            "apis.twilio.exit_code",
            "remove it: the exit code of 'twilio' is 3 for ever",
        ),
        (
            "[profiles.default]",
            "a name other than 'default'",
            "'default'",
            "profiles.default",
            "write keys for every profile at the top level, without [profiles.*]",
        ),
        (
            "[profiles.'my staging']",
            "a name of letters, digits, '_', '.' and '-' that begins with one of the first two",
            "'my staging'",
            'profiles."my staging"',
            "rename the profile",
        ),
        (
            "[profiles.staging]\n[profiles.live]\nextends = 'stagin'",
            "the name of a profile (default, staging, live)",
            "'stagin'",
            "profiles.live.extends",
            "did you mean 'staging'?",
        ),
        (
            "[profiles.live]\nextends = ['staging']",
            "the name of a profile",
            "a list of 1",
            "profiles.live.extends",
            'write, for instance, extends = "staging"',
        ),
        (
            "[profiles.a]\nextends = 'a'",
            "profiles that do not extend themselves",
            "a extends a",
            "profiles.a.extends",
            "remove one of these 'extends'",
        ),
        (
            "profiles.z.extends='a'\nprofiles.a.extends='b'\nprofiles.b.extends='c'\n"
            "profiles.c.extends='a'",
            "profiles that do not extend themselves",
            "a extends b extends c extends a",
            "profiles.a.extends",
            "remove one of these 'extends'",
        ),
    ],
)
def test_a_mistake_between_keys_names_the_place_and_the_nearest(
    text: str, expected: str, seen: str, where: str, hint: str
) -> None:
    line = text.count("\n", 0, text.find("extends")) + 1 if "extends" in where else 1
    line = 2 if where == "profiles.a.extends" and "profiles.z" in text else line
    assert mistakes_in(text) == [mistake(expected, seen, where, hint, line=line)]


def test_a_mistake_in_pyproject_toml_names_the_whole_key() -> None:
    text = "[tool.apismoke.profiles.staging.login]\npth = 1\n[tool.apismoke]\nlimits = 1"
    assert [(m.where, m.hint) for m in mistakes_in(text, file="pyproject.toml")] == [
        (
            "pyproject.toml, line 2, tool.apismoke.profiles.staging.login.pth",
            "did you mean 'path'?",
        ),
        (
            "pyproject.toml, line 4, tool.apismoke.limits",
            "write [tool.apismoke.limits], and its keys below",
        ),
    ]


def test_a_configuration_that_is_no_table_is_one() -> None:
    assert [
        str(mistake) for mistake in mistakes_in("tool.apismoke = 1", file="pyproject.toml")
    ] == [
        "expected a table, seen the number 1\n"
        "  where: pyproject.toml, line 1, tool.apismoke\n"
        "  what to do: write [tool.apismoke], and its keys below"
    ]


@pytest.mark.parametrize(
    ("text", "seen", "where"),
    [
        (
            "[login]\npath '/x'",
            "Expected '=' after a key in a key/value pair",
            "apismoke.toml, line 2, column 6",
        ),
        ("[login]\n[login]", "Cannot declare ('login',) twice", "apismoke.toml, line 2, column 7"),
        ("a = ", "Invalid value", "apismoke.toml, at its end"),
        (f"a = {'[' * 5000}", "TOML that is nested too deeply", "apismoke.toml"),
    ],
)
def test_what_is_no_toml_is_told_with_line_and_column(text: str, seen: str, where: str) -> None:
    expected = f"expected valid TOML, seen {seen}\n  where: {where}\n  what to do: correct the file"
    assert [str(mistake) for mistake in mistakes_in(text, "any")] == [expected]


def test_a_number_that_python_does_not_convert_is_no_toml() -> None:
    (mistake,) = mistakes_in(f"a = {'1' * 5000}")
    assert (mistake.expected, mistake.where) == ("valid TOML", "apismoke.toml")


def test_a_pyproject_toml_that_speaks_of_us_has_to_be_read() -> None:
    (mistake,) = mistakes_in("[tool.apismoke]\nbroken", file="pyproject.toml")
    assert mistake.where == "pyproject.toml, at its end"


def test_two_configurations_are_one_too_many() -> None:
    files = {"apismoke.toml": "[logn]", "pyproject.toml": "[tool.apismoke]"}
    _, mistakes = load(files)
    assert [str(mistake) for mistake in mistakes] == [
        "expected a configuration in apismoke.toml, or one in [tool.apismoke] of pyproject.toml,"
        " seen both\n"
        "  where: apismoke.toml and pyproject.toml\n"
        "  what to do: move all of it into one of them",
        "expected one of the keys readiness, login, document, refusals, calendar, twilio,"
        " limits, openapi, headers, resource, apis, accounts, profiles, seen 'logn'\n"
        "  where: apismoke.toml, line 1, logn\n"
        "  what to do: did you mean 'login'?",
    ]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (
            "[profiles.staging]\n[profiles.live]",
            "stagign",
            "expected the name of a profile in apismoke.toml (staging, live), seen 'stagign'\n"
            "  where: --target-profile\n"
            "  what to do: did you mean 'staging'?",
        ),
        (
            "[login]",
            "staging",
            "expected the name of a profile in apismoke.toml, seen 'staging', and no profiles\n"
            "  where: --target-profile\n"
            "  what to do: write [profiles.staging] into it, or name no profile",
        ),
        (
            None,
            "staging",
            "expected the name of a profile in apismoke.toml,"
            " seen 'staging', and neither apismoke.toml nor [tool.apismoke] in pyproject.toml\n"
            "  where: --target-profile\n"
            "  what to do: put apismoke.toml into the rootdir, or name no profile",
        ),
        *(
            (
                text,
                "",
                "expected the name of a profile, seen an empty string\n"
                "  where: --target-profile\n"
                "  what to do: name one, or leave it out; if it comes from a variable, that"
                " variable is not set",
            )
            for text in (None, "", "[profiles.staging]")
        ),
    ],
)
def test_a_profile_that_is_not_there_is_refused_with_the_nearest(
    text: str | None, name: str, message: str
) -> None:
    files = {} if text is None else {"apismoke.toml": text}
    profile, mistakes = load(files, name=name, source="--target-profile")
    assert [str(mistake) for mistake in mistakes] == [message]
    assert profile.name == "default"


def test_every_mistake_is_told_whatever_the_profile() -> None:
    text = """
        logn.path = "/in"
        [limits]
        read_timeout_s = -1
        [profiles.a]
        extends = "b"
        [profiles.a.login]
        pth = 1
        [apis]
        order.enabled = 0
    """
    assert [mistake.where for mistake in mistakes_in(text, "c")] == [
        "apismoke.toml, line 2, logn",
        "apismoke.toml, line 4, limits.read_timeout_s",
        "apismoke.toml, line 8, profiles.a.login.pth",
        "apismoke.toml, line 10, apis.order.enabled",
        "apismoke.toml, line 10, apis.order",
        "apismoke.toml, line 6, profiles.a.extends",
        "--target-profile",
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("logn = 1", "did you mean 'login'?"),
        (
            "logn = 1\nlimit = 1",
            "did you mean 'login'? (the first of 2 mistakes; 'apismoke check' tells all)",
        ),
    ],
)
def test_a_refusal_tells_the_first_mistake_and_how_many_there_are(text: str, hint: str) -> None:
    failure = refusal(mistakes_in(text)).failure
    assert (failure.where, failure.hint) == ("apismoke.toml, line 1, logn", hint)


# -- from the disk ----------------------------------------------------------------------------


def test_both_files_are_read_from_one_folder(tmp_path: Path) -> None:
    assert configuration_files(tmp_path) == {}
    (tmp_path / "apismoke.toml").write_bytes(b"\xef\xbb\xbf# \xc3\xa9\r\n")
    (tmp_path / "pyproject.toml").write_text("[project]", "utf-8")
    assert configuration_files(tmp_path) == {
        "apismoke.toml": "# é\r\n",
        "pyproject.toml": "[project]",
    }


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "apismoke.toml").write_bytes(b"# one\n# two\n# \xe9")
    with pytest.raises(SmokeError) as caught:
        configuration_files(tmp_path)
    assert str(caught.value) == (
        "expected a file in UTF-8, seen the byte 0xe9\n"
        "  where: apismoke.toml, line 3\n"
        "  what to do: save the file as UTF-8"
    )


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "apismoke.toml").mkdir()
    with pytest.raises(SmokeError) as caught:
        configuration_files(tmp_path)
    assert (caught.value.failure.expected, caught.value.failure.where) == (
        "a file in UTF-8",
        str(tmp_path / "apismoke.toml"),
    )


def test_declared_apis_are_named_by_their_files(tmp_path: Path) -> None:
    assert declared_apis(tmp_path) == ()
    folder = tmp_path / "contracts"
    folder.mkdir()
    names = ("orders.toml", "invoices.toml", ".draft.toml", "known.toml", "order.schema.json")
    for name in names:
        (folder / name).touch()
    assert declared_apis(tmp_path) == ("invoices", "orders")


# -- what a run makes of it -------------------------------------------------------------------


def settings_of(
    text: str = FAMILY,
    *,
    options: dict[str, str | list[str] | bool | None] | None = None,
    environ: dict[str, str] | None = None,
    ini: dict[str, str | list[str] | None] | None = None,
) -> Settings:
    return resolve(
        RawSettings(
            options={"--target-url": "demo", **(options or {})},
            environ=environ or {},
            ini=ini or {},
            directory=Path("/nowhere"),
            configuration={"apismoke.toml": text},
        ),
        declared=["orders"],
    )


OPTION = {"--target-profile": "live"}
VARIABLE = {"APISMOKE_TARGET_PROFILE": "staging"}
INI = {"apismoke_profile": "plain"}


@pytest.mark.parametrize(
    ("given_", "name", "source"),
    [
        ({}, "default", "apismoke.toml"),
        ({"ini": INI}, "plain", "apismoke.toml, profiles.plain (ini option apismoke_profile)"),
        (
            {"ini": INI, "environ": VARIABLE},
            "staging",
            "apismoke.toml, profiles.staging (environment variable APISMOKE_TARGET_PROFILE)",
        ),
        (
            {"ini": INI, "environ": VARIABLE, "options": OPTION},
            "live",
            "apismoke.toml, profiles.live (--target-profile)",
        ),
    ],
)
def test_the_command_line_wins_over_the_environment_and_that_over_the_ini_file(
    given_: dict[str, Any], name: str, source: str
) -> None:
    settings = settings_of(**given_)
    assert settings.profile == profile_of(FAMILY, name)
    assert str(settings.source("profile")) == source


def test_a_run_with_a_mistake_in_its_configuration_is_refused() -> None:
    with pytest.raises(SmokeError) as caught:
        settings_of("[logn]\n[limit]")
    assert str(caught.value) == (
        "expected one of the keys readiness, login, document, refusals, calendar, twilio,"
        " limits, openapi, headers, resource, apis, accounts, profiles, seen 'logn'\n"
        "  where: apismoke.toml, line 1, logn\n"
        "  what to do: did you mean 'login'? (the first of 2 mistakes; 'apismoke check' tells all)"
    )


def test_an_api_that_is_not_enabled_is_left_out_unless_it_is_asked_for() -> None:
    text = "[apis.calendar]\nenabled = false\n[apis.orders]\nenabled = false"
    disabled = settings_of(text)
    named = settings_of(text, options={"--smoke-api": ["orders", "twilio"]})
    assert (disabled.apis, str(disabled.source("apis"))) == (
        ("settings", "twilio"),
        "apismoke.toml",
    )
    assert (named.apis, str(named.source("apis"))) == (("twilio", "orders"), "--smoke-api")


def test_an_api_that_is_only_described_needs_no_description_in_every_run() -> None:
    """One file serves runs with an API description and runs without."""
    settings = settings_of("[apis.openapi]\nrequired = false\nexit_code = 30")
    assert settings.profile.api_codes == {"openapi": 30}


# -- the published schema ---------------------------------------------------------------------

SCHEMA = Draft202012Validator(json.loads(published.text()))
KEYS: list[tuple[str, Key]] = [
    (section, key)
    for section, record in records_of(TargetProfile).items()
    for key in keys_of(record).values()
]
API_KEYS = [("apis", key) for key in keys_of(ApiProfile).values()]
#: Values of every kind, good and bad.
VALUES: list[Any] = [
    *(
        "",
        "/",
        "/a",
        "/~2",
        "a",
        "a b",
        "UP",
        "PUT",
        "put",
        "whole",
        *("cookie", "form", "basic"),
        "text",
        "any",
        "a.example:443",
        *("https://a.example", "http://a.example:80/b/", "https://a.example/?b", "ftp://a.example"),
        "-",
        "/é",
    ),
    *(True, False, 0, 1, 10, 63, 64, 100, 101, 199, 200, 599, 600, 1024, 3600, 3601, 2**31),
    *(0.009, 0.01, 1.5, -1.5),
    *([], [200], [200, 99], ["a"], ["a", ""], [1.5], [[]], {}, {"path": "/a"}),
    *(
        {"/a": "x"},
        {"/a": [1]},
        {"/a": {}},
        {"": 1},
        {"/a/~1": True, "/b": 1.5},
        ["/a"],
        ["/a", "b"],
    ),
]


def in_section(section: str, name: str, value: object) -> dict[str, Any]:
    return {section: {"orders": {name: value}} if section == "apis" else {name: value}}


def test_the_published_schema_is_made_from_the_records() -> None:
    """Else run `python tests/unit/schema_of_configuration.py`."""
    assert published.PUBLISHED.read_text("utf-8") == published.text()
    Draft202012Validator.check_schema(SCHEMA.schema)


@pytest.mark.parametrize(
    ("section", "key"),
    [(section, key) for section, key in KEYS if key.default is not None],
    ids=lambda part: getattr(part, "name", part),
)
def test_every_default_may_be_written_down(section: str, key: Key) -> None:
    table = in_section(section, key.name, key.written_default)
    assert SCHEMA.is_valid(table)
    assert replace(profile_of(toml(table)), origin="default") == DEFAULT_PROFILE


@pytest.mark.parametrize(
    ("section", "key"), [*KEYS, *API_KEYS], ids=lambda part: getattr(part, "name", part)
)
def test_editors_and_the_gate_take_the_same_values(
    section: str, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for keys that contradict each other, which an editor does not know."""
    monkeypatch.setattr(contradictions, "contradictions", lambda profile: ())
    tables = [in_section(section, key.name, value) for value in VALUES]
    taken = [not mistakes_in(toml(table)) for table in tables]
    assert taken == [SCHEMA.is_valid(table) for table in tables]
    assert any(taken)
    assert not all(taken)


NAMES = st.sampled_from([*{key.name for _, key in [*KEYS, *API_KEYS]}, "extends", "apis", "other"])
RECORDS = st.dictionaries(NAMES, st.sampled_from(VALUES), max_size=3)
SECTIONS = st.dictionaries(
    st.sampled_from([*records_of(TargetProfile), "other"]),
    st.one_of(RECORDS, st.sampled_from(VALUES)),
    max_size=3,
)
TABLES = st.builds(
    lambda top, profiles: {**top, **({"profiles": profiles} if profiles else {})},
    SECTIONS,
    st.dictionaries(st.sampled_from(["a", "b-2", "default", "_", "a b"]), SECTIONS, max_size=2),
)


@given(table=TABLES)
@settings(max_examples=200, deadline=None)
def test_editors_and_the_gate_agree_on_whole_files(table: dict[str, Any]) -> None:
    assert SCHEMA.is_valid(table) == (not mistakes_in(toml(table)))


@given(text=st.text())
@settings(max_examples=100, deadline=None)
def test_whatever_the_file_holds_it_is_a_profile_or_a_mistake(text: str) -> None:
    profile, mistakes = load({"apismoke.toml": text, "pyproject.toml": f"apismoke = {text}"})
    assert mistakes or profile.name == "default"
