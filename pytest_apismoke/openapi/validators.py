"""The validator classes for what comes from a target, by the version of the description.

They are those of openapi-schema-validator, which know what OpenAPI adds to JSON Schema, with what
that library leaves open. In every version, a member that is only ever sent (`writeOnly`) need not
come and must not; a discriminator chooses among the branches that are there, whether its mapping
names them or points to them; items are compared for uniqueness in one pass, and
numbers divided as they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from itertools import islice
from typing import Any, cast

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
from referencing.jsonschema import DRAFT202012

from pytest_apismoke.schemas.dialects import OURS, keep_own_classes
from pytest_apismoke.schemas.findings import NULLABLE_IS_GONE
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.keywords import own_keywords
from pytest_apismoke.schemas.ref_cycles import followed
from pytest_apismoke.schemas.write_only import is_write_only

#: Formats that OpenAPI adds; `binary` and `password` say nothing that could be checked.
_ADDED = ("int32", "int64", "float", "double", "byte")
#: How many errors of one keyword are looked at.
_AT_MOST = 1000

_Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError]]


def _formats() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checkers = dict(CHECKER.checkers)
    for name in _ADDED:
        # ValueError: a text of base64 that is not even ASCII raises what the library overlooks.
        checker.checkers[name] = (oas30_format_checker.checkers[name][0], (ValueError, TypeError))
    return checker


FORMATS = _formats()


def _required(
    validator: Any, required: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object") or not isinstance(required, list):
        return
    absent = [name for name in required if name not in instance]
    owed = {name for name in absent if not _is_only_sent(name, validator, instance, schema)}
    if owed:
        yield ValidationError(
            f"{', '.join(map(repr, owed))} missing",
            validator_value=[name for name in required if name in owed or name not in absent],
        )


#: The objects that are being held against schemas, each with one of those that must all hold for
#: it, and the resolver there: what one part of a schema wants, another may say is only ever sent.
#: None hides those before it.
_Enclosing = tuple[Any, Any, Any]
_ENCLOSING: ContextVar[tuple[_Enclosing | None, ...]] = ContextVar("enclosing", default=())


def _is_only_sent(name: str, validator: Any, instance: Any, schema: Any) -> bool:
    """Whether a member is only ever sent by what is held here, or by what this is a part of."""
    if is_write_only(name, schema, validator._resolver):
        return True
    for one in reversed(_ENCLOSING.get()):
        if one is None or one[0] is not instance:
            return False
        if is_write_only(name, *one[1:]):
            return True
    return False


def _as_a_whole(plain: _Keyword) -> _Keyword:
    """A keyword whose schemas hold for the very value that the whole schema holds for."""

    def keyword(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> Iterable[ValidationError]:
        if not validator.is_type(instance, "object") or set(schema) == {"$ref"}:
            return plain(validator, value, instance, schema)
        whole = (instance, schema, validator._resolver)
        return _within(whole, plain(validator, value, instance, schema))

    return keyword


def _by_itself(plain: _Keyword) -> _Keyword:
    """A keyword whose schemas need not hold: what is only ever sent must make none of them fit."""

    def keyword(
        validator: Any, value: Any, instance: Any, schema: Any
    ) -> Iterable[ValidationError]:
        errors = plain(validator, value, instance, schema)
        return _within(None, errors) if _ENCLOSING.get() else errors

    return keyword


def _within(one: _Enclosing | None, errors: Iterable[ValidationError]) -> list[ValidationError]:
    token = _ENCLOSING.set((*_ENCLOSING.get(), one))
    try:
        # All at once: nothing else is to be looked at in between.
        return list(islice(errors, _AT_MOST))
    finally:
        _ENCLOSING.reset(token)


def _write_only(
    validator: Any, write_only: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if write_only is True:
        yield ValidationError("sent back, though it is only ever sent")


def _discriminated(plain: _Keyword) -> _Keyword:
    """A keyword with branches where a discriminator, if there is one, says which of them it is."""

    def keyword(
        validator: Any, branches: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        told = schema.get("discriminator")
        name = told.get("propertyName") if isinstance(told, dict) else None
        if (
            not isinstance(name, str)
            or not validator.is_type(instance, "object")
            # From 3.2 on, what is not named is told apart by its shape.
            or "defaultMapping" in told
        ):
            yield from plain(validator, branches, instance, schema)
            return
        index = _chosen(validator._resolver, branches, told, instance.get(name))
        if index is not None:
            yield from validator.descend(instance, branches[index], schema_path=index)
        elif all(isinstance(branch, dict) and "$ref" in branch for branch in branches):
            yield ValidationError("no branch of that name", context=[])
        else:
            # A branch that is written in place has no name.
            yield from plain(validator, branches, instance, schema)

    return keyword


def _chosen(resolver: Any, branches: Any, told: Mapping[str, Any], value: Any) -> int | None:
    """The index of the branch that a discriminator's value names."""
    if not isinstance(value, str):
        return None
    mapping = told.get("mapping")
    mapped = mapping.get(value) if isinstance(mapping, dict) else None
    for ref in (mapped, f"#/components/schemas/{mapped}", f"#/components/schemas/{value}"):
        wanted = _target(resolver, ref)
        for index, branch in enumerate(branches if wanted is not None else ()):
            if isinstance(branch, dict) and _target(resolver, branch.get("$ref")) is wanted:
                return index
    return None


def _target(resolver: Any, ref: Any) -> Any:
    leads = followed(ref, resolver) if isinstance(ref, str) else None
    return leads[0] if leads is not None else None


def _type(plain: _Keyword) -> _Keyword:
    """The keyword `type` from 3.1 on, where a `nullable` that was left beside it is pointed out."""

    def keyword(
        validator: Any, types: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        for error in plain(validator, types, instance, schema):
            is_left = schema.get("nullable") is True
            yield ValidationError(NULLABLE_IS_GONE) if is_left else error

    return keyword


def _reading(validator: type[Validator]) -> type[Validator]:
    """A validator class, for what is read."""
    plain, known = Draft202012Validator.VALIDATORS, dict(validator.VALIDATORS)
    extended: type[Validator] = extend(  # type: ignore[no-untyped-call]  # its stub has no types
        validator,
        {
            "required": _required,
            "writeOnly": _write_only,
            **own_keywords(validator),
            # A discriminator says which one of several it is; with allOf it is all of them.
            "allOf": _as_a_whole(plain["allOf"]),
            "anyOf": _as_a_whole(_discriminated(plain["anyOf"])),
            "oneOf": _by_itself(_discriminated(plain["oneOf"])),
            **({} if validator is OAS30ReadValidator else {"type": _type(known["type"])}),
            "$ref": _as_a_whole(known["$ref"]),
            "not": _by_itself(known["not"]),
            **({"if": _by_itself(known["if"])} if "if" in known else {}),
        },
    )
    return _entering(keep_own_classes(extended, {**OURS, Draft202012Validator: extended}))


def _entering(validator: type[Validator]) -> type[Validator]:
    """The class, changed so that references inside of a schema with an `$id` are relative to it.

    The library knows of `$id` in its own dialects only.
    """
    known = cast("Any", validator)
    plain = known.evolve

    def evolve(self: Any, **changes: Any) -> Any:
        schema, around = changes.get("schema"), changes.get("_resolver", self._resolver)
        # A reference to such a schema has entered it.
        is_entered = around._base_uri != self._resolver._base_uri
        if isinstance(schema, dict) and isinstance(schema.get("$id"), str) and not is_entered:
            changes["_resolver"] = around.in_subresource(DRAFT202012.create_resource(schema))
        return plain(self, **changes)

    known.evolve = evolve
    return validator


#: By the two numbers of the version.
READING: Mapping[str, type[Validator]] = {
    "3.0": _reading(OAS30ReadValidator),
    "3.1": _reading(OAS31Validator),
    "3.2": _reading(OAS32Validator),
}
