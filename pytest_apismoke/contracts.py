"""Holds answers against JSON Schema contracts; the only user of jsonschema."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from pytest_apismoke.documents import describe, lookup
from pytest_apismoke.evidence import Violation
from pytest_apismoke.redaction import Redactor, is_sensitive

#: E.164: a plus sign, a country code that does not begin with 0, at most 15 digits (ITU-T E.164).
E164 = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)

_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("e164")
def is_e164(value: object) -> bool:
    """Whether a text is a phone number in E.164 form; other types are not its business."""
    return not isinstance(value, str) or E164.fullmatch(value) is not None


def check(document: object, contract: str, redactor: Redactor) -> tuple[Violation, ...]:
    """Every violation of a built-in contract, in document order.

    Args:
        document: a JSON value.
        contract: the name of a file in `contracts/`, without `.schema.json`.
        redactor: cleans what the violations quote.

    """
    errors = sorted(
        _validator(contract).iter_errors(document),
        key=lambda error: [(isinstance(step, str), step) for step in error.path],
    )
    # A missing member is an error of its own, but all that are missing make one violation.
    return tuple(dict.fromkeys(_violation(error, redactor) for error in errors))


def longest_text(pointer: str, *contracts: str) -> int | None:
    """How many characters a text at a JSON Pointer may have, where one of the contracts says so."""
    limits = [_longest_text(_validator(contract).schema, pointer) for contract in contracts]
    return min((limit for limit in limits if limit is not None), default=None)


def _longest_text(schema: Any, pointer: str) -> int | None:
    members = "".join(f"/properties/{name}" for name in pointer.split("/")[1:])
    limit = lookup(schema, f"{members}/maxLength")
    # JSON Schema takes 40.0 for 40.
    return int(limit) if isinstance(limit, (int, float)) else None


def in_words(violations: Sequence[Violation], *, at_most: int = 3) -> str:
    """The first few violations as a phrase, and how many there are besides."""
    shown = "; ".join(map(str, violations[:at_most]))
    rest = len(violations) - at_most
    return f"{shown}; and {rest} more" if rest > 0 else shown


@cache
def _validator(contract: str) -> Draft202012Validator:
    schema = json.loads((_folder() / f"{contract}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=_FORMATS)


def _folder() -> Path:
    """`contracts/` lies inside the installed package, and beside it in a checkout."""
    package = Path(str(files("pytest_apismoke")))
    bundled = package / "builtin_contracts"
    return bundled if bundled.is_dir() else package.parent / "contracts"


def _violation(error: ValidationError, redactor: Redactor) -> Violation:
    steps = [str(step).replace("~", "~0").replace("/", "~1") for step in error.absolute_path]
    hidden = bool(steps) and is_sensitive(steps[-1])
    return Violation(
        pointer=redactor.text("".join(f"/{step}" for step in steps)),
        wants=_wants(error),
        came="a value that is not shown" if hidden else redactor.text(_came(error)),
    )


def _wants(error: ValidationError) -> str:
    keyword, value = str(error.validator), _value(error)
    if keyword == "type":
        names = value if isinstance(value, list) else [value]
        return f"type {' or '.join(map(str, names))}"
    if keyword == "required":
        return f"the members {', '.join(map(repr, value))}"
    return f"{keyword} {json.dumps(value)}"


def _came(error: ValidationError) -> str:
    instance: Any = error.instance
    if error.validator == "required" and isinstance(instance, dict):
        missing = [name for name in _value(error) if name not in instance]
        return f"none named {', '.join(map(repr, missing))}"
    return describe(instance)


def _value(error: ValidationError) -> Any:
    """The keyword's value; the library types it as possibly unset, which no found error is."""
    return error.validator_value
