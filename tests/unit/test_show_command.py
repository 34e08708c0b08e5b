"""`apismoke show`: the profile that a run would use, and where each of its values comes from."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from unit.test_configuration import TABLES, toml

from pytest_apismoke.commands.main import main as apismoke
from pytest_apismoke.commands.show import main
from pytest_apismoke.configuration.contradictions import contradictions
from pytest_apismoke.configuration.effective_toml import toml_of
from pytest_apismoke.configuration.loading import load
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, TargetProfile

SECRET = "canary-of-the-environment"
ENVIRON = {"WALL": SECRET, "MAIL": "me@example.com"}
CONFIGURATION = """\
[readiness]
path = "/healthz?shard=7"
poll_interval_s = 1
[headers]
X-Wall = "Key ${WALL}"
X-Tenant = "acme"
[login]
path = "${LOGIN_PATH_OF_THE_STAGING_ENVIRONMENT}"
expect = { "/user/email" = "${MAIL}", "/user/api_token" = "canary-in-the-file" }
[apis.twilio]
enabled = false

[profiles.staging]
document.probe = "/about/$${x}"
[profiles.live]
extends = "staging"
[profiles.live.headers]
x-tenant = "live"
"""
#: Everything but the tables that are wholly by default.
SHOWN = """\
# The profile 'live' of apismoke.toml. It extends 'staging', which extends the
# top level.

[readiness]
path = "/healthz?shard=7"  # apismoke.toml:2
statuses = [200]  # default
"""
LOGIN = """\
path = "${LOGIN_PATH_OF_THE_STAGING_ENVIRONMENT}"
  # environment variable LOGIN_PATH_OF_THE_STAGING_ENVIRONMENT (not set), apismoke.toml:8
"""
EXPECT = """\
[login.expect]
"/user/email" = "me@example.com"  # environment variable MAIL, apismoke.toml:9
"/user/api_token" = "[redacted]"  # apismoke.toml:9
"""
PROBE = """\
probe = ["/about/$${x}"]  # apismoke.toml:14
"""
END = """\
[headers]
X-Wall = "Key ${WALL}"  # environment variable WALL, apismoke.toml:5
x-tenant = "live"       # apismoke.toml:18

[apis.twilio]
enabled = false  # apismoke.toml:11
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, in which the command is called."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str, **environ: str) -> str:
    """The output of the command, which ends with 0."""
    assert main(arguments, environ=environ) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, **environ: str) -> str:
    """The mistakes with which the command ends with 5."""
    assert main(arguments, environ=environ) == 5
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_each_value_is_shown_with_its_origin(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "apismoke.toml").write_text(CONFIGURATION)
    said = shown(capsys, "--profile=live", **ENVIRON)
    # How far the comments are moved to the right depends on the longest key of the table.
    squeezed = re.sub(" +#", "  #", said)
    assert squeezed.startswith(SHOWN)
    assert LOGIN in squeezed
    assert EXPECT in said
    assert PROBE in squeezed
    assert said.endswith(f"\n{END}")
    assert "canary" not in said


def test_it_fits_a_page_of_80_columns(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Unless a name is longer."""
    (project / "apismoke.toml").write_text(CONFIGURATION)
    long = [line for line in shown(capsys, **ENVIRON).splitlines() if len(line) > 80]
    assert all("LOGIN_PATH_OF_THE_STAGING_ENVIRONMENT" in line for line in long)
    assert not [line for line in shown(capsys, str(project.parent)).splitlines() if len(line) > 80]


def test_without_a_configuration_everything_is_default(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = shown(capsys)
    assert said.startswith("# The default profile: there is no configuration.\n\n[readiness]\n")
    values = [line for line in said.splitlines() if " = " in line or line == "]"]
    assert all(line.endswith("# default") for line in values if not line.endswith("["))


@pytest.mark.parametrize(
    ("arguments", "environ", "heading"),
    [
        ((), {}, "# The top level of apismoke.toml.\n"),
        (
            ("--profile", "staging"),
            {},
            "# The profile 'staging' of apismoke.toml. It extends the top level.\n",
        ),
        (
            (),
            {"APISMOKE_TARGET_PROFILE": "staging"},
            "# The profile 'staging' of apismoke.toml. It extends the top level.\n",
        ),
        (
            ("--profile", "default"),
            {"APISMOKE_TARGET_PROFILE": "staging"},
            "# The top level of apismoke.toml.\n",
        ),
    ],
)
def test_the_profile_is_that_of_the_call_or_of_the_environment(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    environ: dict[str, str],
    heading: str,
) -> None:
    (project / "apismoke.toml").write_text(CONFIGURATION)
    assert shown(capsys, *arguments, **ENVIRON, **environ).startswith(heading)


def test_a_list_that_is_long_has_a_line_for_each_item() -> None:
    profile, _ = load({"apismoke.toml": f"[document]\nvolatile = ['{'a' * 30}', '{'b' * 30}']"})
    assert (f'volatile = [\n  "{"a" * 30}",\n  "{"b" * 30}",\n]  # apismoke.toml:2\n') in toml_of(
        profile, {}
    )


def test_every_mistake_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "apismoke.toml").write_text("[login]\nheader = 'X Key'\n[headers]\nHost = 'a'\n")
    assert refused(capsys, "--profile=live") == (
        "expected the name of a header, seen the string 'X Key'\n"
        "  where: apismoke.toml, line 2, login.header\n"
        '  what to do: write, for instance, header = "Authorization"\n\n'
        "expected a header that the gate does not set itself, seen 'Host'\n"
        "  where: apismoke.toml, line 4, headers.Host\n"
        "  what to do: remove it: the host is that of --target-url\n\n"
        "expected the name of a profile in apismoke.toml, seen 'live', and no profiles\n"
        "  where: --profile\n"
        "  what to do: write [profiles.live] into it, or name no profile\n\n"
    )


def test_a_variable_that_is_set_has_to_fit(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "apismoke.toml").write_text("login.path = '${PLACE}'")
    assert "line 1, login.path" in refused(capsys, PLACE="in")


def test_the_directory_has_to_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "gone") == (
        "apismoke: expected a directory, seen 'gone'\n"
        "  where: apismoke show DIR\n"
        "  what to do: name the directory that contains the configuration\n"
    )


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["--nope"], 5)])
def test_the_exit_code_of_a_call_is_the_commands_own(arguments: list[str], code: int) -> None:
    assert main(arguments) == code


def test_the_console_command_leads_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert apismoke(["show"]) == 0
    assert "[readiness]" in capsys.readouterr().out


def reloaded(profile: TargetProfile) -> TargetProfile:
    """What is shown of a profile, loaded as a configuration."""
    loaded, mistakes = load({"apismoke.toml": toml_of(profile, {})})
    # Keys that are valid one by one may contradict each other, there as here.
    assert len(mistakes) == len(list(contradictions(profile)))
    return replace(loaded, name=profile.name, origin=profile.origin)


def test_what_is_shown_can_be_loaded() -> None:
    assert reloaded(DEFAULT_PROFILE) == DEFAULT_PROFILE


@given(table=TABLES)
@settings(max_examples=100, deadline=None)
def test_what_is_shown_is_the_same_profile(table: dict[str, object]) -> None:
    profile, _ = load({"apismoke.toml": toml(table)})
    # A profile that contradicts itself is refused whenever it is loaded.
    assert list(contradictions(profile)) or reloaded(profile) == profile
