"""The text of a file of checks that were carried over. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pytest_apismoke.configuration.toml_text import toml_key, toml_string, toml_value
from pytest_apismoke.migration.carrying import Carried

_HEADER = """\
#:schema .checks.schema.json
# Written by 'apismoke import' from {tool}: yours to correct.
"""
_WRITE = (
    "# {reason}. To use it, write the path of the document that it changes",
    "# into 'changes' (it is restored, and that is proven), and take the '#' away.",
)


def checks_toml(checks: Sequence[Carried], tool: str) -> str:
    """The content of the file; checks with a reason are comments."""
    blocks = ["\n".join(_block(one)) for one in checks]
    return "\n".join([_HEADER.format(tool=tool), *(f"{block}\n" for block in blocks)])


def _block(check: Carried) -> Iterator[str]:
    if not check.reason:
        yield from _lines(check.keys)
        return
    yield from (line.format(reason=check.reason.capitalize()) for line in _WRITE)
    yield from (f"# {line}" for line in _lines(check.keys))


def _lines(keys: Any) -> Iterator[str]:
    yield "[[check]]"
    for key, value in keys.items():
        if key != "expect":
            yield f"{toml_key(key)} = {_value(value)}"
    if expect := keys.get("expect"):
        yield "[check.expect]"
        for key, value in expect.items():
            yield f"{toml_key(key)} = {_value(value)}"


def _value(value: Any) -> str:
    return toml_string(value) if isinstance(value, str) else toml_value(value)
