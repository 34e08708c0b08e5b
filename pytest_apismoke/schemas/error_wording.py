"""What an error of jsonschema says, in words: what a schema expects, and what a value has. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError

from pytest_apismoke.documents import describe, lookup, step
from pytest_apismoke.schemas.closest import NULLABLE_IS_GONE
from pytest_apismoke.schemas.keywords import SurplusError

_LONGEST_VALUE = 160
#: The most names that a finding lists.
_FEW = 5
#: Keywords that refuse what is more than allowed.
TOO_MUCH = frozenset({"additionalProperties", "unevaluatedProperties", "unevaluatedItems"})
_DEPENDENT = frozenset({"dependentRequired", "dependencies"})


def as_well(surplus: Sequence[str]) -> str:
    """How properties are told that are present but not allowed."""
    return f"{', '.join(map(repr, surplus[:_FEW]))} as well"


def wants_names(missing: Sequence[str]) -> str:
    """How the properties are told that are required and absent."""
    named = ", ".join(map(repr, missing[:_FEW]))
    rest = len(missing) - _FEW
    named += f" and {rest} more" if rest > 0 else ""
    return f"the {'properties' if len(missing) > 1 else 'property'} {named}"


def without(missing: Sequence[str]) -> str:
    """How the object is told that they are absent from."""
    return f"an object without {'it' if len(missing) == 1 else 'them'}"


def renames_in_words(renamed: Sequence[tuple[str, str]], missing: Sequence[str]) -> str:
    """A question: whether absent properties have other names now."""
    if len(missing) == 1:
        return f"renamed to {renamed[0][1]!r}?"
    return ", ".join(f"{one!r} renamed to {name!r}?" for one, name in renamed)


def _value(error: ValidationError | SchemaError) -> Any:
    """The keyword's value; the library's type allows it to be unset, which it never is here."""
    return error.validator_value


def wants(error: ValidationError | SchemaError) -> str:
    """What a schema expects at the place of an error."""
    keyword, value = str(error.validator), _value(error)
    if error.schema is False:
        return "no value here"
    if _discriminator(error):
        return f"a known value of its discriminator {_discriminator(error)!r}"
    if keyword == "type":
        names = value if isinstance(value, list) else [value]
        nullable = isinstance(error.schema, dict) and error.schema.get("nullable") is True
        if error.message == NULLABLE_IS_GONE:
            return f"type {' or '.join(map(str, names))}; {NULLABLE_IS_GONE}"
        return f"type {' or '.join(map(str, [*names, *(['null'] if nullable else [])]))}"
    if missing := missing_in(error):
        return wants_names(missing)
    if keyword in TOO_MUCH and value is False:
        return "no other properties" if keyword != "unevaluatedItems" else "no other items"
    if keyword == "oneOf":
        return "exactly one branch of oneOf to match"
    if keyword == "not":
        return f"anything but {_short(value)}"
    if keyword == "writeOnly":
        return "no such property in a response (writeOnly)"
    return f"{keyword} {_short(value)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def came(error: ValidationError | SchemaError) -> str:
    """What a value has there."""
    instance: Any = error.instance
    if missing := missing_in(error):
        return without(missing)
    if surplus := surplus_in(error):
        return as_well(surplus)
    if name := _discriminator(error):
        return describe(lookup(instance, f"/{step(name)}"))
    if error.validator == "oneOf" and not error.context:
        return f"{describe(instance)}, which matches several"
    return describe(instance)


def _discriminator(error: ValidationError | SchemaError) -> str:
    if error.validator != "discriminator" or not isinstance(error.schema, dict):
        return ""
    name = lookup(error.schema, "/discriminator/propertyName")
    return name if isinstance(name, str) else ""


def missing_in(error: ValidationError | SchemaError) -> tuple[str, ...]:
    """The required properties that are absent."""
    instance, value = error.instance, _value(error)
    if error.validator != "required" or not isinstance(instance, dict):
        return ()
    return tuple(name for name in value if name not in instance)


def absent_in(error: ValidationError | SchemaError) -> tuple[str, ...]:
    """The properties that are absent beside another one that requires them."""
    instance, value = error.instance, _value(error)
    if error.validator not in _DEPENDENT or not isinstance(instance, dict):
        return ()
    wanted = (names for one, names in value.items() if one in instance and isinstance(names, list))
    return tuple(dict.fromkeys(n for names in wanted for n in names if n not in instance))


def may_follow(error: ValidationError | SchemaError) -> tuple[str | int, ...]:
    """The surplus that may only follow from another violation there or below."""
    if error.validator == "unevaluatedItems" and isinstance(error.instance, list):
        # Which ones they are only the library knows.
        return tuple(range(len(error.instance)))
    cause = error.cause
    return cause.may_follow if isinstance(cause, SurplusError) else ()


def surplus_in(error: ValidationError | SchemaError) -> tuple[str, ...]:
    """The properties that are present but not allowed."""
    instance = error.instance
    if error.validator not in TOO_MUCH or not isinstance(instance, dict):
        return ()
    if isinstance(error.cause, SurplusError):
        return error.cause.names
    schema = error.schema if isinstance(error.schema, dict) else {}
    known = schema.get("properties", {})
    if error.validator == "additionalProperties" and "patternProperties" not in schema:
        return tuple(name for name in instance if name not in known)
    # An error of jsonschema's own keyword, as for metaschemas: only its message lists them.
    return tuple(name for name in instance if name not in known and repr(name) in error.message)
