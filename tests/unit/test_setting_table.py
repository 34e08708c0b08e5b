"""The table of settings: each is resolved by the one precedence, and tells its default."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_table import SETTINGS
from pytest_apismoke.configuration.sources import RawSettings, Resolver
from pytest_apismoke.modes import Drift, ExitCodes, NotifyWhen, OperationChecks, TellGitHub

TYPES = (ExitCodes, OperationChecks, Drift, TellGitHub, NotifyWhen)
CASES = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)


def strings_of(setting: Setting[Any]) -> list[str]:
    """Three valid strings, for three places."""
    if setting.kind.of is bool:
        return ["true", "no", "yes"]
    return list((setting.kind.choices or ("11", "12", "13"))[:3])


def resolved(setting: Setting[Any], raw: RawSettings) -> tuple[Any, str]:
    """The value and its source."""
    resolver = Resolver(raw)
    value = resolver.values(setting) if setting.is_list else resolver.value(setting)
    return value, resolver.where(setting)


def test_each_word_of_a_type_can_be_given() -> None:
    given = [setting.kind.choices for setting in SETTINGS if setting.kind.choices]
    assert given == [get_args(words) for words in TYPES]


@CASES
def test_the_command_line_wins_over_the_environment_and_that_over_the_ini_file(
    setting: Setting[Any],
) -> None:
    first, second, third = strings_of(setting)
    places: list[tuple[str, dict[str, Any], str]] = []
    if setting.option:
        given: Any = [first] if setting.is_list else first if setting.metavar else True
        places.append((first, {"options": {setting.option: given}}, setting.option))
    if setting.environ:
        where = f"environment variable {setting.environ}"
        places.append((second, {"environ": {setting.environ: f" {second} "}}, where))
    if setting.ini:
        in_file = {setting.ini: [third] if setting.is_list else third}
        places.append((third, {"ini": in_file}, f"ini option {setting.ini}"))
    nowhere = RawSettings(options={}, environ={}, ini={}, directory=Path())
    assert resolved(setting, nowhere) == (() if setting.is_list else setting.default, "default")
    for number in range(len(places)):
        raw: dict[str, Any] = {"options": {}, "environ": {}, "ini": {}, "directory": Path()}
        for _, at_place, _ in places[number:]:
            raw |= at_place
        text, _, where = places[number]
        value = setting.kind.parse(text)
        assert resolved(setting, RawSettings(**raw)) == (
            (value,) if setting.is_list else value,
            where,
        )


@pytest.mark.parametrize(
    "setting", [s for s in SETTINGS if s.ini and not s.is_list], ids=lambda setting: setting.name
)
def test_an_empty_ini_option_is_not_given(setting: Setting[Any]) -> None:
    raw = RawSettings(options={}, environ={}, ini={setting.ini: ""}, directory=Path())
    assert resolved(setting, raw) == (setting.default, "default")


@pytest.mark.parametrize(
    "setting",
    [s for s in SETTINGS if s.default is not False and s.default not in (None, "")],
    ids=lambda setting: setting.name,
)
def test_the_help_tells_a_default_that_is_a_value(setting: Setting[Any]) -> None:
    value = setting.default
    words = f"{value:g}" if isinstance(value, float) else str(value)
    assert words in re.findall(r"[\w.]+", setting.help.partition("default: ")[2])
