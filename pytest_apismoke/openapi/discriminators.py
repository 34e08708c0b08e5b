"""Schemas with a discriminator, most of them with `oneOf` or `anyOf`.

Their branches alone decide whether a value is valid, as the specification says since 3.0.4 and
3.1.1: a discriminator does not change that. It says whose errors are told, and which branch is
meant where several of `oneOf` fit. Where it contradicts the branches, or names a subtype of the
declared schema that does not fit, the readings differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema.exceptions import ValidationError

from pytest_apismoke.schemas.jsonschema_internals import once, resolver_of
from pytest_apismoke.schemas.policy import (
    MEANS_ANOTHER,
    MEANS_NONE,
    SEVERAL_BUT_DISCRIMINATED,
    SUBTYPE,
)
from pytest_apismoke.schemas.readings import is_first_time, refuses_here
from pytest_apismoke.schemas.ref_cycles import followed

_Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What a discriminator says about a value.

    Attributes:
        index: the branch that is meant, by the name of its schema or by the values that it allows;
            None where no branch is.
        ref: a reference to the schema that is meant; empty where the value names none.
        is_settled: whether the discriminator names a schema, or can't name one because a branch
            is written in place.
        is_unknown: whether the value is none that the discriminator or a branch lists.
        is_absent: whether there is no value.

    """

    index: int | None
    ref: str
    is_settled: bool
    is_unknown: bool
    is_absent: bool


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
        ref = _named(resolver, _mapping(discriminator), instance.get(name))
        target = _target(resolver, ref)
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
    choice = _choice(resolver_of(validator), branches, schema["discriminator"], instance)
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


def _of_reference(validator: Any, instance: Any, choice: _Choice) -> list[ValidationError]:
    """What a schema refuses that the discriminator names and that is none of the branches.

    It may stand inside of one.
    """
    if choice.index is not None or not choice.ref:
        return []
    return list(validator.descend(instance, _reference_to(choice.ref)))


@lru_cache
def _reference_to(ref: str) -> dict[str, str]:
    # The same object each time: validators are kept by the identity of their schema.
    return {"$ref": ref}


def _is_for_the_discriminator(
    choice: _Choice, schema: Mapping[str, Any], errors: Iterable[Sequence[ValidationError]]
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


def _choice(
    resolver: Any,
    branches: Sequence[Any],
    discriminator: Mapping[str, Any],
    instance: Mapping[str, Any],
) -> _Choice:
    name = discriminator["propertyName"]
    value = instance.get(name)
    mapping = _mapping(discriminator)
    ref = _named(resolver, mapping, value)
    default = discriminator.get("defaultMapping")
    if not ref and isinstance(default, str):
        # Since 3.2: the schema for values without one of their own.
        ref = _ref(resolver, default)
    index = _branch_of(resolver, branches, ref) if ref else None
    has_names = all(isinstance(branch, dict) and "$ref" in branch for branch in branches)
    listed = [once(_listed, branch, resolver, name) for branch in branches]
    if not ref and name in instance:
        index = next((i for i, values in enumerate(listed) if value in (values or ())), None)
    is_listed = bool(mapping) or any(values is not None for values in listed)
    return _Choice(
        index=index,
        ref=ref,
        is_settled=bool(ref) or not has_names,
        is_unknown=index is None
        and has_names
        and (not isinstance(value, str) or is_listed or bool(ref))
        and not (isinstance(value, str) and value in mapping and ref),
        is_absent=name not in instance,
    )


def _mapping(discriminator: Mapping[str, Any]) -> Mapping[str, Any]:
    mapping = discriminator.get("mapping")
    return mapping if isinstance(mapping, dict) else {}


def _named(resolver: Any, mapping: Mapping[str, Any], value: Any) -> str:
    """A reference to the schema that a discriminator's value names; empty where it names none."""
    if not isinstance(value, str):
        return ""
    mapped = mapping.get(value)
    if mapped is not None:
        return _ref(resolver, mapped)
    return _ref(resolver, value, may_be_reference=False)


def _ref(resolver: Any, name: Any, *, may_be_reference: bool = True) -> str:
    """The reference that a name or a reference means; empty where it leads to nothing."""
    for ref in (f"#/components/schemas/{name}", name if may_be_reference else None):
        if _target(resolver, ref) is not None:
            return str(ref)
    return ""


def _branch_of(resolver: Any, branches: Sequence[Any], ref: str) -> int | None:
    wanted = _target(resolver, ref)
    for index, branch in enumerate(branches):
        if isinstance(branch, dict) and _target(resolver, branch.get("$ref")) is wanted:
            return index
    return None


def _target(resolver: Any, ref: Any) -> Any:
    leads = followed(ref, resolver) if isinstance(ref, str) else None
    return leads[0] if leads is not None else None


def _listed(branch: Any, resolver: Any, name: str) -> list[Any] | None:
    """The values that a branch lists for a property, in itself or in a part of its `allOf`."""
    todo, seen = [(branch, resolver)], set[int]()
    while todo:
        schema, scope = todo.pop(0)
        if not isinstance(schema, dict) or id(schema) in seen:
            continue
        seen.add(id(schema))
        properties = schema.get("properties")
        one = properties.get(name) if isinstance(properties, dict) else None
        if isinstance(one, dict) and isinstance(one.get("$ref"), str):
            one = _target(scope, one["$ref"])
        if isinstance(one, dict) and "const" in one:
            return [one["const"]]
        if isinstance(one, dict) and isinstance(one.get("enum"), list):
            return list(one["enum"])
        if isinstance(ref := schema.get("$ref"), str):
            leads = followed(ref, scope)
            todo += [leads] if leads is not None else []
        parts = schema.get("allOf")
        todo += [(part, scope) for part in parts] if isinstance(parts, list) else []
    return None
