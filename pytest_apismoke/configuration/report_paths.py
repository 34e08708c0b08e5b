"""Where the reports of a run go, by the names of their formats."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_table import OUTPUTS
from pytest_apismoke.configuration.sources import RawSettings, Resolver
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.system.output_file import STDOUT, is_stdout


def report_paths(raw: RawSettings) -> dict[str, Path]:
    """Where each report goes; one that goes nowhere is not in it.

    Raises:
        SmokeError: (`usage`) when no file can be written there, or two reports go to one place.

    """
    paths = {setting.name: report_path(raw, setting) for setting in OUTPUTS}
    found = {name: path for name, path in paths.items() if path is not None}
    refuse_shared(raw, found)
    return found


def possible_paths(raw: RawSettings) -> dict[str, Path]:
    """As `report_paths`, without those that are wrong: a refused call leaves the others."""
    found: dict[str, Path] = {}
    for setting in OUTPUTS:
        try:
            path = report_path(raw, setting)
            if path is not None:
                refuse_shared(raw, {**found, setting.name: path})
                found[setting.name] = path
        except SmokeError:
            continue
    return found


def report_path(raw: RawSettings, setting: Setting[str | None]) -> Path | None:
    """Where one report goes; None without it.

    Raises:
        SmokeError: (`usage`) when no file can be written there.

    """
    resolver = Resolver(raw)
    text = resolver.value(setting)
    if text is None:
        return None
    refuse_without_library(setting, resolver.where(setting))
    if text == str(STDOUT):
        return STDOUT
    path = raw.directory / text
    expected, hint = "the path of a file to write", f"give a file, for instance {setting.example}"
    try:
        seen = "an empty string" if not text else f"the directory {text!r}" if path.is_dir() else ""
    except OSError as error:
        seen = error.strerror or str(error)
    if not seen:
        parent = next(parent for parent in path.parents if parent.exists())
        if parent.is_dir():
            return path
        expected, seen = "a path below a directory", f"{text!r}, where {str(parent)!r} is a file"
        hint = "give a path whose directories exist or can be made"
    raise misconfigured(expected=expected, seen=seen, where=resolver.where(setting), hint=hint)


def has_library(setting: Setting[str | None]) -> bool:
    """Whether the library that a report takes is installed, if it takes one."""
    return not setting.library or find_spec(setting.library) is not None


def refuse_without_library(setting: Setting[str | None], where: str) -> None:
    """Refuses a report whose library is not installed.

    Raises:
        SmokeError: (`usage`) with what to install.

    """
    if not has_library(setting):
        raise misconfigured(
            expected=f"the library {setting.library}, which writes this report",
            seen="it is not installed",
            where=where,
            hint=f"pip install 'pytest-apismoke[{setting.name}]'",
        )


def refuse_shared(raw: RawSettings, paths: Mapping[str, Path]) -> None:
    """Refuses two reports with one place, which would hold half of each or the last one.

    Raises:
        SmokeError: (`usage`) for the second of them; pytest's own JUnit file comes first.

    """
    taken = {_place(path): option for option, path in raw.of_pytest.items()}
    for setting in OUTPUTS:
        if (path := paths.get(setting.name)) is None:
            continue
        place = _place(path)
        if place in taken:
            raise misconfigured(
                expected="a place of its own for each report",
                seen=f"{_named(path)} for {taken[place]} and {setting.option}",
                where=Resolver(raw).where(setting),
                hint="give one of them another file",
                in_short=(f"{taken[place]} and {setting.option} have one place",),
            )
        taken[place] = setting.option


def _place(path: Path) -> Path:
    """The file itself, whatever links lead to it."""
    return STDOUT if is_stdout(path) else Path(os.path.realpath(path))


def _named(path: Path) -> str:
    return "standard output" if is_stdout(path) else repr(str(path))
