"""Settings: decided once, the command line over the environment over the ini file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_apismoke.configuration import journal_dir
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.options import asked_for
from pytest_apismoke.configuration.profiles import API_NAMES, DEFAULT_PROFILE
from pytest_apismoke.configuration.report_paths import possible_paths, report_paths
from pytest_apismoke.configuration.setting_table import SETTINGS
from pytest_apismoke.configuration.settings import (
    Settings,
    exit_code_table,
    mode_of,
    resolve,
)
from pytest_apismoke.configuration.sources import RawSettings, nearest
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.modes import Mode

OWN_ONLY = "".join(f"[apis.{name}]\nenabled = false\n" for name in API_NAMES)

NO_LOGIN = "[login]\nenabled = false\n"

Options = Mapping[str, str | Sequence[str] | bool | None]
Ini = Mapping[str, str | Sequence[str] | None]

URL = "https://api.example.com"
LOGIN = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": "pass"}
EXAMPLE = "for instance --target-url=https://api.example.com, or --target-url=demo to try it"


def what(
    options: Options | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    ini: Ini | None = None,
    directory: Path = Path("/nowhere"),
) -> RawSettings:
    """What was given: a target and a login, unless said otherwise."""
    return RawSettings(
        options={"--target-url": URL, **(options or {})},
        environ={**LOGIN, **(environ or {})},
        ini=ini or {},
        directory=directory,
    )


def source(settings: Settings, name: str) -> str:
    return str(dict(settings.sources)[name])


def refusal(given: RawSettings) -> str:
    with pytest.raises(SmokeError) as caught:
        resolve(given)
    assert caught.value.failure.category is Category.USAGE
    return str(caught.value)


# -- the URL ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "environ", "seen", "place"),
    [
        ({"--smoke": True, "--target-url": None}, {}, "none", "--target-url"),
        ({"--target-url": None}, {"SMOKE_TEST": "1"}, "none", "--target-url"),
        ({"--target-url": ""}, {}, "an empty string", "--target-url"),
        ({"--target-url": "  "}, {}, "an empty string", "--target-url"),
        (
            {"--smoke": True, "--target-url": None},
            {"APISMOKE_TARGET_URL": ""},
            "an empty string",
            "environment variable APISMOKE_TARGET_URL",
        ),
    ],
)
def test_no_target_is_a_usage_error(
    options: Options, environ: dict[str, str], seen: str, place: str
) -> None:
    assert refusal(what(options, environ=environ)) == (
        f"expected the URL of the API to check, seen {seen}\n"
        f"  where: {place}\n"
        f"  what to do: give it, {EXAMPLE};"
        " if it comes from a variable, that variable is not set"
    )


@pytest.mark.parametrize(
    ("url", "expected", "seen"),
    [
        ("http://[::1", "a URL", "'http://[::1' (Invalid IPv6 URL)"),
        (
            "http://host:99999",
            "a URL",
            "'http://host:99999' (Port out of range 0-65535)",
        ),
        ("https:///path", "a URL with a host", "'https:///path'"),
        ("https://a b", "a URL with a host", "'https://a b'"),
        ("https://a:0", "a URL with a host", "'https://a:0'"),
        *(
            (f"https://{host}", "a URL with a host", f"'https://{host}'")
            for host in ("*.example.com", ".example.com", "a..b", ".", "a..", "-", "%zz")
        ),
        (
            "https://a/?x=1",
            "a base URL without a query or a fragment",
            "'https://a/?x=1'",
        ),
        (
            "https://a/?token=canary",
            "a base URL without a query or a fragment",
            "'https://a/?token=[redacted]'",
        ),
        ("https://a/#x", "a base URL without a query or a fragment", "'https://a/#x'"),
        ("://", "a URL that begins with http:// or https://", "'://'"),
    ],
)
def test_a_malformed_url_is_refused(url: str, expected: str, seen: str) -> None:
    assert refusal(what({"--target-url": url})) == (
        f"expected {expected}, seen {seen}\n"
        "  where: --target-url\n"
        f"  what to do: correct it, {EXAMPLE}"
    )


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("api.example.com", "https://api.example.com"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("ftp://example.com", "https://example.com"),
        ("//example.com", "https://example.com"),
    ],
)
def test_a_url_without_its_scheme_is_refused_with_what_was_meant(url: str, meant: str) -> None:
    assert refusal(what({"--target-url": url})) == (
        f"expected a URL that begins with http:// or https://, seen {url!r}\n"
        "  where: --target-url\n"
        f"  what to do: did you mean --target-url={meant}?"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://me:canary@api.example.com",
        "https://canary@api.example.com",
        "https://me:canary@[::1",
        "https://me:can/ary@host:port",
        "me:canary@api.example.com",
    ],
)
def test_a_password_in_a_url_is_refused_and_never_shown(url: str) -> None:
    assert refusal(what({"--target-url": url})) == (
        "expected a URL without credentials, seen a user name or a password in it\n"
        "  where: --target-url\n"
        "  what to do: give them as APISMOKE_USERNAME and APISMOKE_PASSWORD and take them out of"
        " the URL"
    )


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://api.example.com/", "https://api.example.com"),
        (" http://localhost:8000/v1// ", "http://localhost:8000/v1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        *(
            (f"https://{host}", f"https://{host}")
            for host in (
                "[::1]",
                "xn--mnchen-3ya.de",
                "münchen.de",
                "my_host",
                "a.b-c.",
                "10.0.0.1",
            )
        ),
        ("HTTPS://api.example.com", "HTTPS://api.example.com"),
    ],
)
def test_a_url_is_taken_without_its_trailing_slash(url: str, taken: str) -> None:
    settings = resolve(what({"--target-url": url}))
    assert (settings.target_url, settings.embedded) == (taken, False)


def test_the_embedded_backend_needs_no_credentials() -> None:
    given = RawSettings(options={"--target-url": "demo"}, environ={}, ini={}, directory=Path())
    settings = resolve(given, declared=["orders"])
    assert (settings.target_url, settings.embedded, settings.credentials) == (
        "",
        True,
        Credentials(),
    )


def test_any_other_target_needs_credentials() -> None:
    given = RawSettings(options={"--target-url": URL}, environ={}, ini={}, directory=Path())
    assert refusal(given).startswith("expected APISMOKE_USERNAME and APISMOKE_PASSWORD, or ")


# -- precedence -------------------------------------------------------------------------------


def test_what_is_not_given_has_its_default() -> None:
    settings = resolve(what())
    assert replace(settings, sources=()) == Settings(
        mode="full",
        target_url=URL,
        embedded=False,
        target_wait_s=60.0,
        target_version=None,
        apis=("settings", "calendar", "twilio"),
        exit_codes="category",
        budget_s=300.0,
        fresh_reads=8,
        read_only=False,
        report_paths={},
        credentials=Credentials(username="me", password="pass"),
        paths=(),
        demo_faults=(),
        journal_dir=journal_dir.default(),
        tls=TlsFiles(),
        readback_wait_s=2.0,
        persistence_delay_s=2.0,
        profile=DEFAULT_PROFILE,
    )


@pytest.mark.parametrize(
    ("options", "ini", "field", "value"),
    [
        ({"--target-wait": "5"}, {"apismoke_target_wait": "7"}, "target_wait_s", 5.0),
        ({}, {"apismoke_target_wait": "7"}, "target_wait_s", 7.0),
        ({"--target-version": " 1.2.3 "}, {}, "target_version", "1.2.3"),
        ({"--smoke-budget": "0.5"}, {}, "budget_s", 0.5),
        ({}, {"apismoke_budget": " 7 "}, "budget_s", 7.0),
        ({"--smoke-fresh-reads": "1"}, {"apismoke_fresh_reads": "7"}, "fresh_reads", 1),
        ({"--smoke": True}, {"apismoke_fresh_reads": "32"}, "fresh_reads", 32),
        ({"--smoke-exit-codes": "api"}, {}, "exit_codes", "api"),
        ({"--smoke-read-only": True}, {"apismoke_read_only": "no"}, "read_only", True),
        ({}, {"apismoke_read_only": "yes"}, "read_only", True),
        ({}, {"apismoke_read_only": "no"}, "read_only", False),
        ({"--smoke-api": ["twilio", " settings "]}, {}, "apis", ("settings", "twilio")),
        ({}, {"apismoke_apis": ["calendar"]}, "apis", ("calendar",)),
        ({}, {"apismoke_readback_wait": "0"}, "readback_wait_s", 0.0),
        ({}, {"apismoke_persistence_delay": "0.1"}, "persistence_delay_s", 0.1),
        ({}, {"apismoke_paths": ["smoke", "e2e"]}, "paths", ("smoke", "e2e")),
    ],
)
def test_a_run_has_the_values_that_were_given(
    options: Options, ini: Ini, field: str, value: object
) -> None:
    assert getattr(resolve(what(options, ini=ini)), field) == value


@pytest.mark.parametrize(
    ("environ", "faults"), [("me-500, oauth-500", ("me-500", "oauth-500")), ("", ("other",))]
)
def test_faults_of_the_embedded_backend(environ: str, faults: tuple[str, ...]) -> None:
    given = what(
        {"--target-url": "demo"},
        environ={"APISMOKE_DEMO_FAULTS": environ},
        ini={"apismoke_demo_faults": ["other"]},
    )
    assert resolve(given).demo_faults == faults


# -- where each value came from ---------------------------------------------------------------


def told(given: RawSettings) -> dict[str, str]:
    """The sources of a run that are not the default."""
    settings = resolve(given)
    return {name: str(source) for name, source in settings.sources if str(source) != "default"}


def test_every_setting_has_a_source_in_the_order_of_the_table() -> None:
    names = [name for name, _ in resolve(what()).sources]
    assert names == [*(setting.name for setting in SETTINGS), "username", "password"]


def test_sources_of_a_run_against_a_target(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("canary-password", "utf-8")
    given = RawSettings(
        options={"--smoke": True, "--target-url": URL, "--smoke-report": "r.json"},
        environ={
            "APISMOKE_USERNAME": "canary-user",
            "APISMOKE_PASSWORD_FILE": str(password),
            "APISMOKE_STATE_DIR": "/state",
        },
        ini={"apismoke_exit_codes": "api"},
        directory=tmp_path,
    )
    assert told(given) == {
        "mode": "--smoke",
        "target_url": "--target-url",
        "exit_codes": "ini option apismoke_exit_codes",
        "report": "--smoke-report",
        "state_dir": "environment variable APISMOKE_STATE_DIR",
        "username": "environment variable APISMOKE_USERNAME",
        "password": "environment variable APISMOKE_PASSWORD_FILE",
    }


def test_sources_of_a_run_with_a_token() -> None:
    """A login that the token makes unnecessary is no source."""
    given = what(environ={"APISMOKE_TOKEN": "canary-token"})
    assert told(given) == {
        "target_url": "--target-url",
        "token": "environment variable APISMOKE_TOKEN",
    }


def test_sources_of_a_run_against_the_embedded_backend() -> None:
    given = what(
        {"--target-url": "demo"},
        environ={"SMOKE_TEST": "1", "APISMOKE_STATE_DIR": "/state"},
        ini={"apismoke_demo_faults": ["me-500"]},
    )
    assert told(given) == {
        "mode": "environment variable SMOKE_TEST",
        "target_url": "--target-url",
        "state_dir": "the embedded backend",
        "demo_faults": "ini option apismoke_demo_faults",
        "credentials": "the embedded backend",
    }


def test_sources_of_a_run_without_a_login() -> None:
    given = replace(what(), configuration={"apismoke.toml": OWN_ONLY + NO_LOGIN})
    assert told(given) == {
        "target_url": "--target-url",
        "profile": "apismoke.toml",
        "apis": "apismoke.toml",
        "credentials": "apismoke.toml",
    }


# -- the mode ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "environ", "mode", "place", "budget_s"),
    [
        ({}, {}, "full", "default", 300.0),
        ({"--smoke": True}, {}, "smoke", "--smoke", 60.0),
        ({"--smoke": True}, {"SMOKE_TEST": "no"}, "smoke", "--smoke", 60.0),
        *(
            ({}, {"SMOKE_TEST": text}, "smoke", "environment variable SMOKE_TEST", 60.0)
            for text in ("true", "1", "yes", "TRUE", " Yes ")
        ),
        *(
            ({}, {"SMOKE_TEST": text}, "full", "environment variable SMOKE_TEST", 300.0)
            for text in ("false", "0", "no", "", "No")
        ),
    ],
)
def test_the_mode_and_the_budget_that_goes_with_it(
    options: Options, environ: dict[str, str], mode: Mode, place: str, budget_s: float
) -> None:
    given = what(options, environ=environ)

    settings = resolve(given, declared=["orders"])

    assert (settings.mode, source(settings, "mode"), settings.budget_s) == (mode, place, budget_s)
    assert settings.fresh_reads == (4 if mode == "smoke" else 8)
    assert settings.smoke == (mode == "smoke")
    assert mode_of(given) is mode


def test_a_smoke_test_variable_that_says_neither_yes_nor_no_is_refused() -> None:
    assert refusal(what(environ={"SMOKE_TEST": "maybe"})) == (
        "expected true, 1, yes or false, 0, no, seen 'maybe'\n"
        "  where: environment variable SMOKE_TEST\n"
        "  what to do: correct the value or remove the setting"
    )


@pytest.mark.parametrize(
    ("options", "environ", "asked"),
    [
        ({}, {}, False),
        ({"--smoke": False, "--target-url": None}, {"SMOKE_TEST": "0"}, False),
        ({"--smoke": True}, {}, True),
        ({"--target-url": ""}, {}, True),
        ({}, {"APISMOKE_TARGET_URL": ""}, True),
        *(({}, {"SMOKE_TEST": text}, True) for text in ("yes", " TRUE ", "on", "y", "enabled")),
        *(({}, {"SMOKE_TEST": text}, False) for text in ("", " ", "No", "false")),
        ({"--target-version": "1", "--smoke-report": "x"}, LOGIN, False),
    ],
)
def test_a_run_is_asked_for_by_a_target_or_by_smoke_and_an_empty_target_counts(
    options: Options, environ: dict[str, str], asked: bool
) -> None:
    target = options.get("--target-url")
    assert target is None or isinstance(target, str)
    smoke = bool(options.get("--smoke"))
    assert asked_for(smoke=smoke, target=target, environ=environ) is asked


# -- mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["soon", "nan", "inf", "-1", "", "1,5"])
@pytest.mark.parametrize(
    ("name", "option", "bound", "default"),
    [
        ("target_wait", "--target-wait", "not below 0", "60"),
        ("budget", "--smoke-budget", "above 0", "300"),
    ],
)
def test_a_duration_that_is_none_is_refused(
    name: str, option: str, bound: str, default: str, text: str
) -> None:
    assert refusal(what({option: text})) == (
        f"expected a number of seconds {bound}, seen {text!r}\n"
        f"  where: {option}\n"
        f"  what to do: give a number, for instance {default}"
    )


@pytest.mark.parametrize("text", ["0", "33", "4.0", "four", "", "-1"])
def test_a_number_of_reads_that_is_none_is_refused(text: str) -> None:
    assert refusal(what({"--smoke-fresh-reads": text})) == (
        f"expected a whole number from 1 to 32, seen {text!r}\n"
        "  where: --smoke-fresh-reads\n"
        "  what to do: give a number, for instance 8"
    )


PINNED_LOGIN = 'login.expect = { "/user/email" = "smoke@example.com" }\n'
PINNED_ID = 'document.expect = { "/id" = "biz_1" }\n'
TOKEN_ONLY = {"APISMOKE_TOKEN": "given-token"}


def test_a_given_token_can_not_be_pinned_by_the_response_of_a_login() -> None:
    given = replace(what(environ=TOKEN_ONLY), configuration={"apismoke.toml": PINNED_LOGIN})
    assert refusal(given) == (
        "expected [document] expect, or a username and a password, seen APISMOKE_TOKEN, without a"
        " login whose response could be compared with [login] expect\n"
        "  where: apismoke.toml, line 1, login.expect\n"
        "  what to do: pin the account with [document] expect too: it is compared in every run"
    )


@pytest.mark.parametrize(
    ("environ", "text"),
    [({}, PINNED_LOGIN), (TOKEN_ONLY, PINNED_ID), (TOKEN_ONLY, PINNED_LOGIN + PINNED_ID)],
)
def test_an_account_is_pinned_by_what_a_run_can_compare(environ: dict[str, str], text: str) -> None:
    given = replace(what(environ=environ), configuration={"apismoke.toml": text})
    assert resolve(given).profile.document.expect == ((("/id", "biz_1"),) if "biz" in text else ())


def test_no_wait_is_a_duration_and_no_budget_is_none() -> None:
    assert resolve(what({"--target-wait": "0"})).target_wait_s == 0.0
    assert refusal(what(ini={"apismoke_budget": "0"})) == (
        "expected a number of seconds above 0, seen '0'\n"
        "  where: ini option apismoke_budget\n"
        "  what to do: give a number, for instance 300"
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("categories", "did you mean 'category'?"),
        ("API", "did you mean 'api'?"),
        ("", "choose from category, api, verdict"),
    ],
)
def test_an_unknown_table_is_refused_with_the_nearest(text: str, hint: str) -> None:
    given = what({"--smoke-exit-codes": text})
    seen = repr(text) if text else "an empty string"
    with pytest.raises(SmokeError) as caught:
        exit_code_table(given)
    assert (
        str(caught.value)
        == refusal(given)
        == (
            f"expected one of category, api, verdict, seen {seen}\n"
            "  where: --smoke-exit-codes\n"
            f"  what to do: {hint}"
        )
    )


def test_an_empty_version_is_refused() -> None:
    assert refusal(what({"--target-version": ""})) == (
        "expected the version of the target, seen an empty string\n"
        "  where: --target-version\n"
        "  what to do: give the version, tag or commit just deployed, or leave the option out;"
        " if it comes from a variable, that variable is not set"
    )


@pytest.mark.parametrize(
    ("options", "ini", "seen", "place", "hint"),
    [
        (
            {"--smoke-api": ["setings"]},
            {},
            "'setings'",
            "--smoke-api",
            "did you mean 'settings'?",
        ),
        (
            {},
            {"apismoke_apis": ["twilio", "zzz"]},
            "'zzz'",
            "ini option apismoke_apis",
            "choose from settings, calendar, twilio",
        ),
        (
            {"--smoke-api": [""]},
            {},
            "''",
            "--smoke-api",
            "choose from settings, calendar, twilio",
        ),
    ],
)
def test_an_unknown_api_is_refused_with_the_nearest(
    options: Options, ini: Ini, seen: str, place: str, hint: str
) -> None:
    assert refusal(what(options, ini=ini)) == (
        f"expected the name of an enabled API (settings, calendar, twilio), seen {seen}\n"
        f"  where: {place}\n"
        f"  what to do: {hint}"
    )


def test_a_flag_in_the_ini_file_must_say_yes_or_no() -> None:
    assert refusal(what(ini={"apismoke_read_only": "on"})) == (
        "expected true, 1, yes or false, 0, no, seen 'on'\n"
        "  where: ini option apismoke_read_only\n"
        "  what to do: correct the value or remove the setting"
    )


def test_faults_are_for_the_embedded_backend_only() -> None:
    assert refusal(what(environ={"APISMOKE_DEMO_FAULTS": "me-500,oauth-500"})) == (
        "expected faults for the embedded backend only,"
        " seen me-500, oauth-500 with another target\n"
        "  where: environment variable APISMOKE_DEMO_FAULTS\n"
        "  what to do: use --target-url=demo, or remove the faults"
    )


def test_the_nearest_name_or_all_of_them() -> None:
    assert nearest("twillio", ["settings", "twilio"]) == "did you mean 'twilio'?"
    assert nearest("x", ["settings", "twilio"]) == "choose from settings, twilio"


# -- the report's path ------------------------------------------------------------------------


def test_the_report_goes_where_it_is_told_from_where_pytest_was_called(tmp_path: Path) -> None:
    in_file = {"apismoke_report": "from-ini.json"}
    told = [
        report_paths(what(directory=tmp_path)),
        report_paths(what(directory=tmp_path, ini=in_file)),
        report_paths(what({"--smoke-report": "new/dir/r.json"}, directory=tmp_path, ini=in_file)),
        report_paths(what({"--smoke-report": "/elsewhere/r.json"}, directory=tmp_path)),
    ]
    assert told == [
        {},
        {"report": tmp_path / "from-ini.json"},
        {"report": tmp_path / "new/dir/r.json"},
        {"report": Path("/elsewhere/r.json")},
    ]
    assert resolve(what(directory=tmp_path, ini=in_file)).report_paths == told[1]


@pytest.mark.parametrize(("text", "seen"), [("", "an empty string"), (".", "the directory '.'")])
def test_a_report_needs_a_file(tmp_path: Path, text: str, seen: str) -> None:
    assert refusal(what({"--smoke-report": text}, directory=tmp_path)) == (
        f"expected the path of a file to write, seen {seen}\n"
        "  where: --smoke-report\n"
        "  what to do: give a file, for instance apismoke.json"
    )


@pytest.mark.parametrize("second", ["a.xml", "./a.xml", "b/../a.xml", "link.xml"])
def test_two_reports_do_not_go_to_one_file_whoever_writes_it(tmp_path: Path, second: str) -> None:
    """pytest's own JUnit file included, and whatever path leads there."""
    (tmp_path / "link.xml").symlink_to("a.xml")
    (tmp_path / "b").mkdir()
    ours = {"--smoke-report": second}
    with_junit = replace(
        what(ours, directory=tmp_path), of_pytest={"--junitxml": tmp_path / "a.xml"}
    )
    two_of_ours = what({**ours, "--smoke-html": "a.xml"}, directory=tmp_path)
    for given, other in ((with_junit, "--junitxml"), (two_of_ours, "--smoke-html")):
        assert refusal(given) == (
            "expected a place of its own for each report, seen"
            f" {str(tmp_path / second)!r} for {other} and --smoke-report\n"
            "  where: --smoke-report\n"
            "  what to do: give one of them another file"
        )
    assert possible_paths(with_junit) == {}


def test_a_report_can_not_lie_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refusal(what({"--smoke-report": "file/a/r.json"}, directory=tmp_path)) == (
        "expected a path below a directory,"
        f" seen 'file/a/r.json', where '{tmp_path / 'file'}' is a file\n"
        "  where: --smoke-report\n"
        "  what to do: give a path whose directories exist or can be made"
    )


# -- the journal's directory ------------------------------------------------------------------

STATE_VARIABLE = "environment variable APISMOKE_STATE_DIR"
STATE_INI = "ini option apismoke_state_dir"


@pytest.mark.parametrize(
    ("environ", "ini", "folder", "place"),
    [
        ("/var/state", None, "/var/state", STATE_VARIABLE),
        ("/var/state", "/other", "/var/state", STATE_VARIABLE),
        (None, "/other", "/other", STATE_INI),
        (" state/x ", None, "/nowhere/state/x", STATE_VARIABLE),
        (None, "state", "/nowhere/state", STATE_INI),
        ("~/state", None, "/home/me/state", STATE_VARIABLE),
        (None, "~/state", "/home/me/state", STATE_INI),
        (None, None, "/home/me/.xdg/apismoke/journal", "default"),
        (None, "", "/home/me/.xdg/apismoke/journal", "default"),
    ],
)
def test_where_the_journal_lies(
    monkeypatch: pytest.MonkeyPatch,
    environ: str | None,
    ini: str | None,
    folder: str,
    place: str,
) -> None:
    """The environment wins over the ini file; both may be relative to where pytest was called."""
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/me/.xdg")
    given = what(
        environ={} if environ is None else {"APISMOKE_STATE_DIR": environ},
        ini={} if ini is None else {"apismoke_state_dir": ini},
    )
    settings = resolve(given, declared=["orders"])
    assert (settings.journal_dir, source(settings, "state_dir")) == (Path(folder), place)


@pytest.mark.parametrize(
    ("environ", "ini", "place"),
    [
        ({"APISMOKE_STATE_DIR": ""}, {}, STATE_VARIABLE),
        ({"APISMOKE_STATE_DIR": "  "}, {"apismoke_state_dir": "/other"}, STATE_VARIABLE),
        ({}, {"apismoke_state_dir": "  "}, STATE_INI),
    ],
)
def test_an_empty_directory_for_the_journal_is_refused(
    environ: dict[str, str], ini: Ini, place: str
) -> None:
    assert refusal(what(environ=environ, ini=ini)) == (
        "expected a directory for the journal, seen an empty string\n"
        f"  where: {place}\n"
        "  what to do: name a directory that can be written and outlives the run, or leave it out"
    )


@pytest.mark.parametrize("place", ["environ", "ini"])
def test_the_home_of_a_user_who_does_not_exist_is_refused(place: str) -> None:
    text = "~no-such-user/state"
    given = (
        what(environ={"APISMOKE_STATE_DIR": text})
        if place == "environ"
        else what(ini={"apismoke_state_dir": text})
    )
    assert text in refusal(given)


def test_the_embedded_backend_needs_no_directory_for_a_journal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it holds ends with the run."""

    def no_home() -> Path:
        raise AssertionError("nobody asked")

    monkeypatch.setattr(journal_dir, "default", no_home)
    settings = resolve(what({"--target-url": "demo"}, environ={"APISMOKE_STATE_DIR": ""}))
    assert settings.journal_dir == Path()


def test_without_a_run_the_environment_says_where_the_journal_lies(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert journal_dir.from_environment({}) == tmp_path / "apismoke" / "journal"
    assert journal_dir.from_environment({"APISMOKE_STATE_DIR": "/var/state"}) == Path("/var/state")
    assert journal_dir.from_environment({"APISMOKE_STATE_DIR": "mine"}) == tmp_path / "mine"
    with pytest.raises(SmokeError) as caught:
        journal_dir.from_environment({"APISMOKE_STATE_DIR": ""})
    assert caught.value.failure.where == STATE_VARIABLE


@pytest.mark.parametrize(
    ("checks", "smoke", "apis"),
    [
        ("off", False, ()),
        ("smoke", False, ("openapi",)),
        ("smoke", True, ("openapi",)),
        ("full", False, ("openapi",)),
        ("full", True, ()),
    ],
)
def test_the_operations_of_a_description_are_an_api_where_they_are_checks(
    checks: str, smoke: bool, apis: tuple[str, ...]
) -> None:
    options = {"--smoke-openapi": "a.yaml", "--smoke-openapi-checks": checks}
    assert resolve(what({**options, "--smoke": smoke})).apis == (
        "settings",
        "calendar",
        "twilio",
        *apis,
    )


def test_operations_that_are_no_checks_can_not_be_chosen() -> None:
    """Else a run would look for checks that there are none of."""
    with pytest.raises(SmokeError) as caught:
        resolve(what({"--smoke-openapi": "a.yaml", "--smoke-api": ["openapi"]}))
    assert str(caught.value) == (
        "expected checks of operations, for the API 'openapi', seen --smoke-openapi-checks=off"
        "\n  where: --smoke-api"
        "\n  what to do: give --smoke-openapi-checks=smoke, or =full for full runs only"
    )


@pytest.mark.parametrize(
    ("checks", "smoke", "apis"),
    [
        ("off", True, ("orders",)),
        ("off", False, ("orders",)),
        ("full", True, ("orders",)),
        ("full", False, ("orders", "openapi")),
        ("smoke", True, ("orders", "openapi")),
    ],
)
@pytest.mark.parametrize("table", ["", "[apis.openapi]\nexit_code = 30\n"])
def test_a_configuration_that_asks_for_no_operations_is_content_without_them(
    table: str, checks: str, smoke: bool, apis: tuple[str, ...]
) -> None:
    """Answers are held against the description all the same."""
    options: Options = {
        "--smoke": smoke,
        "--smoke-openapi": "a.yaml",
        "--smoke-openapi-checks": checks,
    }
    given = replace(what(options), configuration={"apismoke.toml": OWN_ONLY + table})
    assert resolve(given, declared=["orders"]).apis == apis


@pytest.mark.parametrize(
    ("options", "left_out"),
    [
        ({}, ("settings", "calendar", "twilio")),
        ({"--smoke-api": ["orders"]}, ("settings", "calendar", "twilio", "parcels")),
        ({"--smoke-api": ["orders", "parcels"]}, ("settings", "calendar", "twilio")),
    ],
    ids=["by the configuration", "by an option as well", "no more by an option"],
)
def test_the_apis_that_a_run_does_not_check_are_known(
    options: Options, left_out: tuple[str, ...]
) -> None:
    """The operations of an API description are checks only where that was asked for."""
    given = what({"--smoke": True, "--smoke-openapi": "a.yaml", **options})
    given = replace(given, configuration={"apismoke.toml": OWN_ONLY})
    assert resolve(given, declared=["orders", "parcels"]).left_out_apis == left_out


def test_a_configuration_that_enables_operations_needs_them_in_runs_of_some_mode() -> None:
    """In so many words: nobody is to believe in checks that no run makes."""
    text = f"{OWN_ONLY}[profiles.next.apis.openapi]\nenabled = true\n"
    options: Options = {
        "--smoke": True,
        "--target-profile": "next",
        "--smoke-openapi": "a.yaml",
    }
    given = replace(what(options), configuration={"apismoke.toml": text})
    assert refusal(given) == (
        "expected checks of operations, for the API 'openapi', seen --smoke-openapi-checks=off"
        "\n  where: apismoke.toml, line 8, profiles.next.apis.openapi.enabled"
        "\n  what to do: give --smoke-openapi-checks=smoke, or =full for full runs only"
    )
    given = replace(given, options={**given.options, "--smoke-openapi-checks": "full"})
    assert resolve(given, declared=["orders"]).apis == ("orders",)


def test_an_api_that_was_named_for_this_very_run_is_checked_in_it() -> None:
    """Whatever full runs do."""
    options: Options = {
        "--smoke": True,
        "--smoke-api": ["openapi"],
        "--smoke-openapi": "a.yaml",
        "--smoke-openapi-checks": "full",
    }
    given = what(options)
    assert "\n  where: --smoke-api\n" in refusal(
        replace(given, configuration={"apismoke.toml": OWN_ONLY})
    )


@pytest.mark.parametrize(
    ("options", "text", "orders", "calendar"),
    [
        ({}, "", True, True),
        ({}, "[apis.calendar]\nenabled = false\n", True, False),
        ({}, "[apis.orders]\nenabled = false\n", False, True),
        ({"--smoke-api": ["calendar"]}, "[apis.settings]\nenabled = false\n", False, True),
    ],
)
def test_which_apis_users_tests_may_be_of(
    options: Options, text: str, orders: bool, calendar: bool
) -> None:
    """One that a marker names need not be declared; only naming or disabling APIs leaves it out."""
    given = replace(
        what({"--target-url": "http://a", **options}), configuration={"apismoke.toml": text}
    )
    settings = resolve(given, declared=["orders"])
    assert (settings.has_test_of("orders"), settings.has_test_of("calendar")) == (orders, calendar)
    assert settings.apis_were_chosen is bool(options)


def test_where_nobody_logs_in_no_credentials_are_asked_for() -> None:
    given = replace(what(), environ={}, configuration={"apismoke.toml": OWN_ONLY + NO_LOGIN})
    settings = resolve(given, declared=["orders"])
    assert (settings.credentials, settings.apis) == (Credentials(), ("orders",))


def test_the_built_in_suites_need_a_login() -> None:
    text = "[apis.settings]\nenabled = false\n" + NO_LOGIN
    given = replace(what({"--target-url": "http://a"}), configuration={"apismoke.toml": text})
    assert refusal(given) == (
        "expected a login, for the suites calendar, twilio,"
        " seen none ([login] enabled = false)"
        "\n  where: apismoke.toml, line 4, login.enabled"
        "\n  what to do: write [apis.calendar] enabled = false, [apis.twilio] enabled = false; or"
        " leave enabled = false out of [login]"
    )
