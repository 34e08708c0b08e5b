"""check-file.md: every key of a file that declares checks, from the schema that validates it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from documenting.reference import markdown
from documenting.reference.markdown import anchor, code, prose
from pytest_apismoke.configuration.toml_text import toml_value

_HEADER = ("key", "value", "default", "meaning")
#: Its keys are a table of their own.
_EXPECT = "expect"


def blocks() -> Mapping[str, str]:
    """The blocks of the page."""
    defined = schema()["$defs"]
    return {
        "check": markdown.table(_HEADER, _rows(defined, "check")),
        "expect": markdown.table(_HEADER, _rows(defined, _EXPECT)),
    }


def schema() -> dict[str, Any]:
    """The schema."""
    file = files("pytest_apismoke.checks.declared").joinpath("checks.schema.json")
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


def _rows(defined: Mapping[str, Any], table: str) -> Iterator[tuple[str, ...]]:
    needed = defined[table].get("required", ())
    for name, key in defined[table]["properties"].items():
        if name == _EXPECT:
            continue
        place = name if table == "check" else f"{table}-{name}"
        default = code(toml_value(key["default"])) if "default" in key else ""
        yield (
            f"{anchor(place)}{code(name)}",
            prose(_value(key)),
            "needed" if name in needed else default,
            f"{prose(key['description'])}{_examples(name, key)}",
        )


def _value(key: Mapping[str, Any]) -> str:
    words = key.get("x-expected", "any JSON value")
    return str(words).replace("{choices}", ", ".join(key.get("enum", ())))


def _examples(name: str, key: Mapping[str, Any]) -> str:
    written = [code(f"{name} = {toml_value(example)}") for example in key.get("examples", ())]
    return f" For instance {' or '.join(written)}." if written else ""
