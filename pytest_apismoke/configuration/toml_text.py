"""Values as TOML writes them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from pytest_apismoke.late_pattern import late_pattern

_BARE = late_pattern(r"[0-9A-Za-z_-]+")


def toml_string(value: str) -> str:
    """A basic string: like one of JSON, but TOML escapes one more character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else toml_string(name)


def dotted(steps: Sequence[str]) -> str:
    """The keys from the top level to a place."""
    return ".".join(map(toml_key, steps))


def toml_value(value: object) -> str:
    """A string, number, boolean, list or inline table."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_key(key)} = {toml_value(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value)
