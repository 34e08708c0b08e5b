"""The official schemas of report formats, from `official/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import xmlschema
from jsonschema import Draft4Validator, Draft6Validator, Draft7Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT6

_FOLDER = Path(__file__).with_name("official")
_FORMATS = FormatChecker()


def _read(name: str) -> Any:
    return json.loads((_FOLDER / name).read_text("utf-8"))


def _har() -> Draft6Validator:
    files = {path.name: _read(f"har/{path.name}") for path in (_FOLDER / "har").glob("*.json")}
    registry: Registry[Any] = Registry().with_contents(files.items(), default_specification=DRAFT6)
    return Draft6Validator(files["har.json"], registry=registry, format_checker=_FORMATS)


CTRF = Draft7Validator(_read("ctrf-schema-0.0.json"), format_checker=_FORMATS)
HAR = _har()
SARIF = Draft4Validator(_read("sarif-schema-2.1.0.json"), format_checker=_FORMATS)


def junit() -> xmlschema.XMLSchema:
    """The schema of JUnit files."""
    return xmlschema.XMLSchema(_FOLDER / "junit-10.xsd")
