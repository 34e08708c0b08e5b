"""The JSON Schema of the configuration file, made from the records that say which keys there are.

`python tests/unit/schema_of_configuration.py` writes it to where it is published.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_apismoke import configuration
from pytest_apismoke.configuration import accounts, headers, resources
from pytest_apismoke.configuration.keys import HEADER, Key, Shape, keys_of, records_of
from pytest_apismoke.configuration.kinds import Kind
from pytest_apismoke.configuration.profiles import ApiProfile, TargetProfile

PUBLISHED = Path(str(configuration.__file__)).with_name("configuration.schema.json")
_TYPES: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def text() -> str:
    """The file's content."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    """The schema."""
    tables = {
        name: {"$ref": f"#/$defs/{name}"}
        for name in (
            *records_of(TargetProfile),
            headers.TABLE,
            resources.TABLE,
            "apis",
            accounts.TABLE,
        )
    }
    profile = _table("The keys that one profile sets itself.", {"extends": _EXTENDS, **tables})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The configuration of pytest-apismoke: apismoke.toml, or [tool.apismoke]",
        **_table(
            "Every profile inherits the keys at the top level.",
            {**tables, "profiles": _named("The profiles by their names.", _PROFILE_NAME, profile)},
        ),
        "$defs": {
            **{name: _record(record) for name, record in records_of(TargetProfile).items()},
            headers.TABLE: _headers(),
            resources.TABLE: _resources(),
            "apis": _named("The APIs by their names.", _API_NAME, _record(ApiProfile)),
            accounts.TABLE: _named(
                "Further accounts, for tests of permissions (fixture smoke_login), by their names.",
                _ACCOUNT_NAME,
                _record(accounts.Account),
            ),
        },
    }


_PROFILE_NAME = "^(?!default$)[0-9A-Za-z][0-9A-Za-z_.-]*$"
_API_NAME = "^[a-z][a-z0-9_-]*$"
_ACCOUNT_NAME = "^[0-9A-Za-z][0-9A-Za-z_.-]*$"
#: A reference to an environment variable, somewhere in a string.
_REFERENCE = r"\$\{[A-Za-z_][0-9A-Za-z_]*\}"
_EXTENDS = {"type": "string", "description": "The profile that this one inherits from."}


def _table(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _named(description: str, pattern: str, table: dict[str, Any]) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {pattern: table},
    }


def _headers() -> dict[str, Any]:
    taken = "|".join(_in_any_case(name) for name in headers.ELSEWHERE)
    names = {"pattern": HEADER.pattern, "not": {"pattern": f"^({taken})$"}}
    return {
        "description": headers.DESCRIPTION,
        "type": "object",
        "propertyNames": names,
        "additionalProperties": _kind(headers.VALUE),
    }


def _resources() -> dict[str, Any]:
    keys = {key.name: _without_default(key) for key in resources.OF_DOCUMENT.values()}
    keys |= {key.name: _value(key) for key in resources.OF_API.values()}
    resource = _table("One document.", {"name": _without_default(resources.NAME), **keys})
    return {
        "description": resources.DESCRIPTION,
        "type": "array",
        "items": {**resource, "required": ["name"]},
    }


def _without_default(key: Key) -> dict[str, Any]:
    """A key whose default is that of the settings, where it is about those."""
    told = _value(key)
    if key.name in resources.NEEDED or key is resources.NAME:
        del told["default"]
    return told


def _in_any_case(name: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in name)


def _record(record: type) -> dict[str, Any]:
    first_line = str(record.__doc__).partition("\n")[0]
    keys = {key.name: _value(key) for key in keys_of(record).values()}
    inner = {name: _record(one) for name, one in records_of(record).items()}
    return _table(first_line, {**keys, **inner})


def _value(key: Key) -> dict[str, Any]:
    kind = _kind(key.kind)
    told = {"description": key.description} | (
        {"default": key.written_default} if key.default is not None else {}
    )
    if key.shape is Shape.VALUE:
        return {**told, **kind}
    if key.shape in (Shape.TABLE, Shape.TABLE_OF_LISTS):
        values: dict[str, Any] = {"type": ["string", "number", "boolean"]}
        if key.shape is Shape.TABLE_OF_LISTS:
            values = {"anyOf": [values, {"type": "array", "minItems": 1, "items": values}]}
        names = {"propertyNames": {"pattern": key.kind.pattern}}
        return {**told, "type": "object", **names, "additionalProperties": values}
    shortest = {"minItems": key.kind.at_least} if key.kind.at_least else {}
    several = {"type": "array", **shortest, "items": kind}
    return {**told, **(several if key.shape is Shape.LIST else {"anyOf": [kind, several]})}


def _kind(kind: Kind[object]) -> dict[str, Any]:
    if kind.choices:
        choices = {"enum": list(kind.choices)}
        return {"anyOf": [choices, {"type": "string", "pattern": _REFERENCE}]}
    found: dict[str, Any] = {"type": _TYPES[kind.of]}
    if kind.is_secret:
        found["pattern"] = f"^$|{_REFERENCE}"
    elif kind.pattern:
        # What a reference stands for is not known before a run.
        found["pattern"] = f"{kind.pattern}|{_REFERENCE}"
    if kind.of in (int, float):
        found |= {"minimum": kind.least, "maximum": kind.most}
    return found


if __name__ == "__main__":
    PUBLISHED.write_text(text(), encoding="utf-8")
