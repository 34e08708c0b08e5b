"""The schemas of the built-in suites, as they are shipped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pytest_apismoke.schemas.json_text import parse_json
from pytest_apismoke.schemas.schema_uris import SUFFIX


@cache
def documents() -> Mapping[str, Any]:
    """The parsed files, by their names; read once in a process, and always the same objects."""
    return {
        path.name: parse_json(path.read_text(encoding="utf-8"), f"contracts/{path.name}")
        for path in sorted(folder().glob(f"*{SUFFIX}"))
    }


def folder() -> Path:
    """Where they are: in the installed package, or beside it in a checkout."""
    package = Path(str(files("pytest_apismoke")))
    bundled = package / "builtin_contracts"
    return bundled if bundled.is_dir() else package.parent / "contracts"
