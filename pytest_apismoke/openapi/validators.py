"""The JSON Schema validator classes for responses, by OpenAPI version.

They extend those of openapi-schema-validator. In every version a `writeOnly` property is never
required and never allowed in a response; a discriminator changes no outcome; `uniqueItems` takes
one pass, and `multipleOf` divides decimal numbers exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import partial
from itertools import islice
from math import isinf
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from openapi_schema_validator import (
    OAS30ReadValidator,
    OAS31Validator,
    OAS32Validator,
    oas30_format_checker,
)

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.openapi.discriminators import discriminated, subtyped
from pytest_apismoke.schemas.closest import NULLABLE_IS_GONE
from pytest_apismoke.schemas.dialects import OURS, keep_own_classes
from pytest_apismoke.schemas.formats import CHECKER, is_duration, is_time, is_uri_reference
from pytest_apismoke.schemas.jsonschema_internals import enter_ids, resolver_of
from pytest_apismoke.schemas.keywords import own_keywords, reference
from pytest_apismoke.schemas.policy import (
    LOCAL_TIME,
    NULLABLE,
    PARTS_OF_A_SECOND,
    RELATIVE_URI,
    SUBTYPE,
    Case,
)
from pytest_apismoke.schemas.readings import refuses_here
from pytest_apismoke.schemas.remembered import MOST_ERRORS
from pytest_apismoke.schemas.write_only import is_write_only

#: Formats that OpenAPI adds, without `binary` and `password`, which allow any string.
_ADDED = ("float", "double", "byte")
#: Formats of signed whole numbers, and their bits (the Format Registry of OpenAPI).
_BITS = {"int32": 32, "int64": 64}

#: Keywords of 3.0 that refuse null where a type would allow it.
_BESIDE_NULLABLE = ("$ref", "allOf", "anyOf", "oneOf", "enum")

_PARTS_OF_A_SECOND = late_pattern(r"(?<=[0-9])[.,][0-9]+S\Z")

_Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError]]


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checkers = dict(CHECKER.checkers)
    for name in _ADDED:
        # ValueError: the library does not expect base64 that is not ASCII.
        checker.checkers[name] = (oas30_format_checker.checkers[name][0], (ValueError, TypeError))
    for name, bits in _BITS.items():
        checker.checkers[name] = (partial(_fits_into, bits), ())
    return checker


def _fits_into(bits: int, value: object) -> bool:
    """Whether a number is none that is too large for a signed integer of so many bits.

    A whole number may be written as 2e9 or 5.0 too; what is not whole is the type's business.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return True
    # Infinity is what Python makes of 1e400.
    is_whole = isinstance(value, int) or isinf(value) or value.is_integer()
    return not is_whole or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)


FORMATS = _formats()


def _format(plain: _Keyword) -> _Keyword:
    """The keyword `format`, with the strings that publishers of OpenAPI documents mean as well."""

    def keyword(validator: Any, name: Any, instance: Any, schema: Any) -> Iterable[ValidationError]:
        case = _other_form(name, instance)
        if case is None:
            return plain(validator, name, instance, schema)
        return (ValidationError(case.message),) if refuses_here() else ()

    return keyword


def _other_form(name: object, instance: object) -> Case | None:
    """The case of a string that has the format by one of two readings; None where all agree."""
    if not isinstance(instance, str):
        return None
    if name == "uri" and instance.startswith("/") and is_uri_reference(instance):
        return RELATIVE_URI
    if name == "time" and is_time(f"{instance}Z"):
        return LOCAL_TIME
    whole = _PARTS_OF_A_SECOND.sub("S", instance)
    return (
        PARTS_OF_A_SECOND
        if name == "duration" and whole != instance and is_duration(whole)
        else None
    )


def _required(
    validator: Any, required: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object") or not isinstance(required, list):
        return
    absent = [name for name in required if name not in instance]
    owed = {name for name in absent if not _is_write_only(name, validator, instance, schema)}
    if owed:
        yield ValidationError(
            f"{', '.join(map(repr, owed))} missing",
            validator_value=[name for name in required if name in owed or name not in absent],
        )


#: The enclosing schemas that apply to the same object, each as the object, the schema and its
#: resolver: a property that one of them requires may be `writeOnly` in another. None hides those
#: before it.
_Enclosing = tuple[Any, Any, Any]
_ENCLOSING: ContextVar[tuple[_Enclosing | None, ...]] = ContextVar("enclosing", default=())


def _is_write_only(name: str, validator: Any, instance: Any, schema: Any) -> bool:
    """Whether a property is `writeOnly` by this schema or by an enclosing one."""
    if is_write_only(name, schema, resolver_of(validator)):
        return True
    for one in reversed(_ENCLOSING.get()):
        if one is None or one[0] is not instance:
            return False
        if is_write_only(name, *one[1:]):
            return True
    return False


def _is_inside(instance: Any, schema: Any) -> bool:
    """Whether a value is being validated against a schema."""
    return any(
        one is not None and one[0] is instance and one[1] is schema for one in _ENCLOSING.get()
    )


def _around(instance: Any) -> tuple[int, ...]:
    """The identities of the enclosing schemas that apply to a value too; 0 for what hides them."""
    ids: list[int] = []
    for one in reversed(_ENCLOSING.get()):
        if one is not None and one[0] is not instance:
            break
        ids.append(0 if one is None else id(one[1]))
    while ids and not ids[-1]:
        ids.pop()
    return tuple(ids)


_REFERENCE = reference(depends_on=_around, told_once=frozenset({SUBTYPE.message}))


def _applied(plain: _Keyword) -> _Keyword:
    """A keyword whose subschemas apply to the same value as the schema, and must be valid."""

    def keyword(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> Iterable[ValidationError]:
        if not validator.is_type(instance, "object") or set(schema) == {"$ref"}:
            return plain(validator, value, instance, schema)
        whole = (instance, schema, resolver_of(validator))
        return _within(whole, plain(validator, value, instance, schema))

    return keyword


def _optional(plain: _Keyword) -> _Keyword:
    """A keyword whose subschemas need not be valid; enclosing schemas do not count in them."""

    def keyword(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> Iterable[ValidationError]:
        errors = plain(validator, value, instance, schema)
        return _within(None, errors) if _ENCLOSING.get() else errors

    return keyword


def _within(one: _Enclosing | None, errors: Iterable[ValidationError]) -> list[ValidationError]:
    token = _ENCLOSING.set((*_ENCLOSING.get(), one))
    try:
        # All at once, while the context variable is set.
        return list(islice(errors, MOST_ERRORS + 1))
    finally:
        _ENCLOSING.reset(token)


def _write_only(
    validator: Any, write_only: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if write_only is True:
        yield ValidationError("sent back, though it is only ever sent")


def _type(plain: _Keyword) -> _Keyword:
    """The keyword `type` since 3.1; its error mentions a `nullable` left over from 3.0."""

    def keyword(
        validator: Any, types: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        for error in plain(validator, types, instance, schema):
            is_left = schema.get("nullable") is True
            yield ValidationError(NULLABLE_IS_GONE) if is_left else error

    return keyword


def _nullable(plain: _Keyword) -> _Keyword:
    """A keyword of 3.0 that by its letter may refuse null though `nullable` stands beside it."""

    def keyword(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        errors = plain(validator, value, instance, schema)
        # Many write it in a part of allOf, beside a $ref in another part.
        says_so = (schema, *(value if schema.get("allOf") is value else ()))
        is_meant = any(isinstance(one, dict) and one.get("nullable") is True for one in says_so)
        if instance is not None or not is_meant:
            yield from errors
        elif next(iter(errors), None) is not None and refuses_here():
            yield ValidationError(NULLABLE.message, validator="nullable", validator_value=True)

    return keyword


def _reading(validator: type[Validator]) -> type[Validator]:
    """A validator class for responses."""
    plain, known = Draft202012Validator.VALIDATORS, dict(validator.VALIDATORS)
    extended: type[Validator] = extend(  # type: ignore[no-untyped-call]  # its stub has no types
        validator,
        {
            "required": _required,
            "writeOnly": _write_only,
            **own_keywords(validator),
            # With allOf, all branches apply, whatever a discriminator says.
            "allOf": _applied(plain["allOf"]),
            "anyOf": _applied(discriminated(plain["anyOf"], at_most_one=False)),
            "oneOf": _optional(discriminated(plain["oneOf"], at_most_one=True)),
            **({} if validator is OAS30ReadValidator else {"type": _type(known["type"])}),
            "format": _format(known["format"]),
            "discriminator": subtyped(_is_inside),
            "$ref": _applied(_REFERENCE),
            **({"$dynamicRef": _REFERENCE} if "$dynamicRef" in known else {}),
            "not": _optional(known["not"]),
            **({"if": _optional(known["if"])} if "if" in known else {}),
        },
    )
    if validator is OAS30ReadValidator:
        known = dict(extended.VALIDATORS)
        nullable = {name: _nullable(known[name]) for name in _BESIDE_NULLABLE}
        extended = extend(extended, nullable)  # type: ignore[no-untyped-call]  # jsonschema has no types for it
    kept = keep_own_classes(extended, {**OURS, Draft202012Validator: extended})
    enter_ids(kept)
    return kept


#: By the first two numbers of the version.
READING: Mapping[str, type[Validator]] = {
    "3.0": _reading(OAS30ReadValidator),
    "3.1": _reading(OAS31Validator),
    "3.2": _reading(OAS32Validator),
}
