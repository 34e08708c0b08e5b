"""A plugin for runs under test: what is imported by the end, and what importing the gate does.

It writes a JSON file whose path the variable `IMPORTS_TO` names.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from importlib.metadata import packages_distributions
from pathlib import Path
from types import FrameType
from typing import Any

#: The functions of jsonschema that a schema is compiled or used with.
_OF_VALIDATORS = {"iter_errors", "check_schema", "evolve", "is_valid", "descend"}
_VALIDATORS = str(Path("jsonschema", "validators.py"))
_PACKAGE = "pytest_apismoke"
#: The files that the gate's own modules have read, and the validators used, while one was imported.
_read: list[str] = []
_validated: list[str] = []


def _importer(frame: FrameType | None) -> str:
    """The module of the gate whose import a frame belongs to; empty where it is none."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if frame.f_code.co_name == "<module>" and name.partition(".")[0] == _PACKAGE:
            return name
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            # What finds and reads the source of a module.
            return ""
        frame = frame.f_back
    return ""


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and (module := _importer(sys._getframe(1))):
        _read.append(f"{module}: {arguments[0]}")


def _profile(frame: FrameType, event: str, _: Any) -> None:
    if (
        event == "call"
        and frame.f_code.co_name in _OF_VALIDATORS
        and frame.f_code.co_filename.endswith(_VALIDATORS)
        and (module := _importer(frame.f_back))
    ):
        _validated.append(f"{module}: {frame.f_code.co_name}")


sys.addaudithook(_audit)
sys.setprofile(_profile)
# The gate imports in a thread as well.
threading.setprofile(_profile)


def pytest_unconfigure() -> None:
    sys.setprofile(None)
    names = {name.partition(".")[0] for name in sys.modules}
    installed = {name for name in packages_distributions() if "__mypyc" not in name}
    told = {
        "own": sorted(name for name in sys.modules if name.partition(".")[0] == _PACKAGE),
        "others": sorted((names & installed) - {_PACKAGE, __name__}),
        "standard": sorted(names & sys.stdlib_module_names),
        "read": _read,
        "validated": _validated,
        "frozen": gc.get_freeze_count(),
    }
    Path(os.environ["IMPORTS_TO"]).write_text(json.dumps(told), "utf-8")
