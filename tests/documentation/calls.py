"""Whether a call in the documentation is one that the program takes: options, values, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from documentation.pages import ROOT
from documentation.programs import Call

from pytest_apismoke.commands.main import COMMANDS
from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.configuration.setting_table import SETTINGS
from pytest_apismoke.configuration.settings import resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.demo.options import parse_options
from pytest_apismoke.errors import SmokeError

#: The modules of the commands whose names are words of Python.
_MODULES = {"import": "import_requests"}
#: A profile for whichever name a page gives.
_PROFILE = '[profiles.{name}.readiness]\npath = "/health"\n'


def refusal(call: Call, config: pytest.Config) -> str:
    """Why the program would refuse a call before it sends anything; empty if it would not."""
    command = call.arguments[0] if call.arguments else ""
    if command in ("--help", "--version"):
        return ""
    try:
        if call.program == "apismoke" and command in COMMANDS:
            _parse_command(command, call.arguments[1:], call, config)
        elif call.program in ("apismoke", "pytest"):
            _parse_gate(call.arguments, call, config)
        elif call.program == "pip":
            _look_up_extras(call.arguments)
        elif call.program == "python":
            _look_up_script(*call.arguments[:2])
    except (SmokeError, ValueError) as error:
        return str(error)
    except SystemExit as ended:
        return f"ends with {ended.code}"
    return ""


def _parse_command(name: str, arguments: Sequence[str], call: Call, config: pytest.Config) -> None:
    if name == "known":
        _must(arguments[:1] == ("write",), f"not 'write': {arguments}")
        _parse_gate(arguments[1:], call, config)
        return
    if name == "demo":
        parse_options(arguments)
        return
    module = import_module(f"pytest_apismoke.commands.{_MODULES.get(name, name)}")
    module.command_line().parse_args(arguments)


def _parse_gate(arguments: Sequence[str], call: Call, config: pytest.Config) -> None:
    """By the parser of this very session, which has the options of every plugin."""
    given, unknown = config._parser.parse_known_and_unknown_args(list(arguments))
    _must(not unknown, f"unknown: {unknown}")
    options = {one.option: getattr(given, _dest(one)) for one in SETTINGS if one.option}
    targets = options["--target-url"] or [call.environ.get("APISMOKE_TARGET_URL")]
    apis = options["--smoke-api"] or []
    profile = options["--target-profile"]
    for target in targets:
        resolve(
            RawSettings(
                options={**options, "--target-url": target},
                environ=call.environ,
                ini={},
                directory=Path(),
                configuration={"apismoke.toml": _PROFILE.format(name=profile)} if profile else {},
            ),
            declared=tuple(apis),
        )


def _dest(setting: Setting[object]) -> str:
    return f"apismoke_{setting.option.removeprefix('--').replace('-', '_')}"


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _look_up_script(name: str, module: str = "") -> None:
    """A script of this checkout, or a module that Python has."""
    found = find_spec(module) if name == "-m" else (ROOT / name).is_file()
    _must(bool(found), f"not there: {name} {module}")


def _look_up_extras(arguments: Sequence[str]) -> None:
    extras = set(_extras())
    for word in arguments:
        if found := re.match(r"(?:pytest-apismoke|\.)\[([\w,]+)\]", word):
            _must(set(found[1].split(",")) <= extras, f"no such extra: {word}")


def _extras() -> Iterator[str]:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    table = text.partition("\n[project.optional-dependencies]\n")[2].partition("\n[")[0]
    for line in table.splitlines():
        name, equals, _ = line.partition(" = ")
        if equals and not name.startswith("#"):
            yield name
