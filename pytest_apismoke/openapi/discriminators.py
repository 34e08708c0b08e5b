"""Schemas with a discriminator, most of them with `oneOf` or `anyOf`.

Their branches alone decide whether a value is valid, as the specification says since 3.0.4 and
3.1.1: a discriminator does not change that. It says whose errors are told, and which branch is
meant where several of `oneOf` fit. Where it contradicts the branches, or names a subtype of the
declared schema that does not fit, the readings differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from jsonschema.exceptions import ValidationError

from pytest_apismoke.openapi.discriminator_choice import (
    Choice,
    choice_of,
    mapping_of,
    ref_named,
    target_of,
)
from pytest_apismoke.schemas.jsonschema_internals import resolver_of
from pytest_apismoke.schemas.policy import (
    MEANS_ANOTHER,
    MEANS_NONE,
    SEVERAL_BUT_DISCRIMINATED,
    SUBTYPE,
)
from pytest_apismoke.schemas.readings import is_first_time, refuses_here

#: The values that are being validated against a schema that their discriminator names, and these.
_UNDERWAY: ContextVar[frozenset[tuple[int, int]]] = ContextVar("underway", default=frozenset())

_Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError]]


def discriminated(plain: _Keyword, *, at_most_one: bool) -> _Keyword:
    """A keyword with branches, beside which there may be a discriminator.

    Args:
        plain: the keyword without one.
        at_most_one: whether several branches that fit are an error.

    """

    def keyword(
        validator: Any, branches: Any, instance: Any, schema: Mapping[str, Any]
    ) -> Iterable[ValidationError]:
        discriminator = schema.get("discriminator")
        name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
        if not isinstance(name, str) or not validator.is_type(instance, "object"):
            return plain(validator, branches, instance, schema)
        return _judged(validator, branches, instance, schema, at_most_one)

    return keyword


def subtyped(is_inside: Callable[[Any, Any], bool]) -> _Keyword:
    """The keyword `discriminator` of a base schema, whose subtypes refer to it.

    Args:
        is_inside: whether a value is being validated against a schema, of which this one is a part.

    """

    def keyword(
        validator: Any, discriminator: Any, instance: Any, schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        name = discriminator.get("propertyName") if isinstance(discriminator, dict) else None
        if not isinstance(name, str) or not validator.is_type(instance, "object"):
            return
        if "oneOf" in schema or "anyOf" in schema:
            return
        resolver = resolver_of(validator)
        ref = ref_named(resolver, mapping_of(discriminator), instance.get(name))
        target = target_of(resolver, ref)
        if not ref or target is schema or is_inside(instance, target):
            return
        if not is_first_time(instance, target):
            return
        refused = list(validator.descend(instance, _reference_to(ref)))
        if refused and refuses_here():
            yield _contradiction(SUBTYPE.message, schema, refused)

    return keyword


def _judged(
    validator: Any,
    branches: Sequence[Any],
    instance: Mapping[str, Any],
    schema: Mapping[str, Any],
    at_most_one: bool,
) -> Iterator[ValidationError]:
    choice = choice_of(resolver_of(validator), branches, schema["discriminator"], instance)
    told = _errors(validator, instance, branches, choice.index)
    is_meant = choice.index is not None and not told
    if is_meant and choice.is_settled and not at_most_one:
        return
    # The others only as far as it takes: each may contain such a choice again.
    others = (index for index in range(len(branches)) if index != choice.index)
    fitting = [i for i in others if _fits(validator, instance, branches[i], i)]
    count = len(fitting) + is_meant
    why, refused = None, list[ValidationError]()
    if count == 1 or (count and not at_most_one):
        refused = told or _of_reference(validator, instance, choice)
        if refused:
            why = MEANS_ANOTHER
        elif not choice.is_settled:
            why = MEANS_NONE
    elif is_meant and choice.ref:
        why = SEVERAL_BUT_DISCRIMINATED
    elif told:
        yield from told
    elif count:
        yield ValidationError("several branches fit")
    else:
        errors = [_errors(validator, instance, branches, i) for i in range(len(branches))]
        if _is_for_the_discriminator(choice, schema, errors):
            yield _contradiction("no branch of that name", schema)
        else:
            yield ValidationError(
                "no branch fits", context=[one for each in errors for one in each]
            )
    if why is not None and refuses_here():
        yield _contradiction(why.message, schema, refused)


def _of_reference(validator: Any, instance: Any, choice: Choice) -> list[ValidationError]:
    """What a schema refuses that the discriminator names and that is none of the branches.

    It may stand inside of one. It may also have the discriminator itself, and never come to an end.
    """
    if choice.index is not None or not choice.ref:
        return []
    one = id(instance), id(target_of(resolver_of(validator), choice.ref))
    if one in _UNDERWAY.get():
        return []
    token = _UNDERWAY.set(_UNDERWAY.get() | {one})
    try:
        return list(validator.descend(instance, _reference_to(choice.ref)))
    finally:
        _UNDERWAY.reset(token)


@lru_cache
def _reference_to(ref: str) -> dict[str, str]:
    # The same object each time: validators are kept by the identity of their schema.
    return {"$ref": ref}


def _is_for_the_discriminator(
    choice: Choice, schema: Mapping[str, Any], errors: Iterable[Sequence[ValidationError]]
) -> bool:
    """Whether an object that fits no branch is best told by its discriminator."""
    if not choice.is_absent:
        return choice.is_unknown
    name = schema["discriminator"]["propertyName"]
    return choice.is_unknown and any(
        one.validator == "required" and not one.path and name in _listed_by(one)
        for branch in errors
        for one in branch
    )


def _listed_by(error: ValidationError) -> Sequence[Any]:
    value: Any = error.validator_value
    return value if isinstance(value, list) else ()


def _errors(
    validator: Any, instance: Any, branches: Sequence[Any], index: int | None
) -> list[ValidationError]:
    if index is None:
        return []
    return list(validator.descend(instance, branches[index], schema_path=index))


def _fits(validator: Any, instance: Any, branch: Any, index: int) -> bool:
    return next(iter(validator.descend(instance, branch, schema_path=index)), None) is None


def _contradiction(
    why: str, schema: Mapping[str, Any], context: Sequence[ValidationError] = ()
) -> ValidationError:
    return ValidationError(
        why,
        validator="discriminator",
        validator_value=schema["discriminator"],
        context=context,
    )
