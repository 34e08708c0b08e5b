"""Keywords of JSON Schema that the gate implements itself, in place of jsonschema's functions.

`uniqueItems` compares items in one pass, `multipleOf` divides numbers as they are written, and the
keywords that search for a pattern do so within the time limit of a validation. A reference is
followed once for each value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from pytest_apismoke.schemas.jsonschema_internals import at_reference
from pytest_apismoke.schemas.patterns import compile_pattern
from pytest_apismoke.schemas.remembered import remembered

#: Called with a validator, the keyword's value, the instance and the schema.
KeywordFunction = Callable[[Any, Any, Any, Any], Iterable[ValidationError]]

_REFERENCES = ("$ref", "$dynamicRef")
_LISTS = ("allOf", "oneOf", "anyOf")


class SurplusError(Exception):
    """The names of properties that are not allowed, as the cause of a validation error.

    The fields of jsonschema's errors have no room for them. `may_follow` are those that some
    subschema has: they may only be unexpected because it is broken, so that it does not count.
    """

    def __init__(self, names: Sequence[str], may_follow: Sequence[str]) -> None:
        super().__init__(", ".join(map(repr, names)))
        self.names = tuple(names)
        self.may_follow = tuple(may_follow)


def _unique_items(
    validator: Validator, unique: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """`uniqueItems`; jsonschema compares each object with each other one."""
    if unique is not True or not validator.is_type(instance, "array"):
        return
    if len({_hashable(item) for item in instance}) < len(instance):
        yield ValidationError("items that are equal")


def _hashable(value: Any) -> Any:
    """Equal for equal JSON values, where 1 is 1.0 and true is neither."""
    if isinstance(value, dict):
        return "object", frozenset((name, _hashable(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return "array", tuple(map(_hashable, value))
    return ("boolean", value) if isinstance(value, bool) else value


def _multiple_of(
    validator: Validator, divisor: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """`multipleOf`; jsonschema divides floats, and 19.99 / 0.01 is no whole number.

    Raises:
        OverflowError: for a number beside a float that is too large to be one.

    """
    if not validator.is_type(instance, "number"):
        return
    if float in (type(divisor), type(instance)) and not math.isfinite(float(instance)):
        raise OverflowError("a number that is too large")
    if _as_written(instance) % _as_written(divisor):
        yield ValidationError("a number that is no multiple")


def _as_written(number: float) -> Fraction:
    # The shortest string that means this float is what stood in the document.
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def _pattern(
    validator: Validator, pattern: str, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not compile_pattern(pattern).search(instance):
        yield ValidationError("a string that does not match")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for source, subschema in patterns.items():
        pattern = compile_pattern(source)
        for name, value in instance.items():
            if pattern.search(name):
                yield from validator.descend(value, subschema, path=name, schema_path=source)


def _additional_properties(
    validator: Any, rest: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    properties = schema.get("properties", {})
    patterns = [compile_pattern(source) for source in schema.get("patternProperties", ())]
    others = [
        name
        for name in instance
        if name not in properties and not any(pattern.search(name) for pattern in patterns)
    ]
    if validator.is_type(rest, "object"):
        for name in others:
            yield from validator.descend(instance[name], rest, path=name)
    elif rest is False and others:
        yield _unexpected(others)


def _unevaluated_properties(
    validator: Any, rest: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    evaluated = set(_evaluated(validator, instance, schema))
    unexpected = [
        name
        for name, value in instance.items()
        if name not in evaluated and not _allows(validator, value, rest)
    ]
    if not unexpected:
        return
    named = _named(validator, instance, schema)
    yield _unexpected(unexpected, [name for name in unexpected if name in named])


def _unexpected(names: Sequence[str], may_follow: Sequence[str] = ()) -> ValidationError:
    cause = SurplusError(names, may_follow)
    return ValidationError(str(cause), cause=cause)


def _named(validator: Any, instance: Mapping[str, Any], schema: Any) -> set[str]:
    """The properties that any subschema for the instance itself has, though it may be broken."""
    names: set[str] = set()
    todo, seen = [(validator, schema)], set[int]()
    while todo:
        scope, current = todo.pop()
        if not isinstance(current, Mapping) or id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(properties := current.get("properties"), Mapping):
            names |= properties.keys()
        if isinstance(rest := current.get("additionalProperties"), Mapping) or rest is True:
            names |= instance.keys()
        for source in current.get("patternProperties", ()):
            names.update(filter(compile_pattern(source).search, instance))
        targets = [at_reference(scope, current[k])[0] for k in _REFERENCES if k in current]
        todo += [(target, target.schema) for target in targets]
        inner = [*current.get("dependentSchemas", {}).values()]
        inner += [one for keyword in _LISTS for one in current.get(keyword, ())]
        inner += [current.get(keyword) for keyword in ("if", "then", "else")]
        todo += [(scope, one) for one in inner]
    return names


def _evaluated(validator: Any, instance: Mapping[str, Any], schema: Any) -> Iterator[str]:
    """The properties that some keyword beside or below `unevaluatedProperties` looks at."""
    if not isinstance(schema, Mapping):
        return
    for keyword in _REFERENCES:
        if keyword in schema:
            target, _ = at_reference(validator, schema[keyword])
            yield from _evaluated(target, instance, target.schema)
    if isinstance(properties := schema.get("properties"), Mapping):
        yield from instance.keys() & properties.keys()
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if keyword in schema:
            rest = schema[keyword]
            yield from (n for n, value in instance.items() if _allows(validator, value, rest))
    for source in schema.get("patternProperties", ()):
        yield from filter(compile_pattern(source).search, instance)
    for subschema in _applied(validator, instance, schema):
        yield from _evaluated(validator, instance, subschema)


def _applied(
    validator: Any, instance: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[Any]:
    """The subschemas that apply to the instance itself, as far as it is valid against them."""
    for name, subschema in schema.get("dependentSchemas", {}).items():
        if name in instance:
            yield subschema
    for keyword in _LISTS:
        for subschema in schema.get(keyword, ()):
            if _allows(validator, instance, subschema):
                yield subschema
    if "if" in schema:
        if validator.evolve(schema=schema["if"]).is_valid(instance):
            yield schema["if"]
            yield schema.get("then")
        else:
            yield schema.get("else")


def _allows(validator: Any, value: Any, schema: Any) -> bool:
    return next(validator.descend(value, schema), None) is None


def reference(
    depends_on: Callable[[Any], Hashable] = lambda instance: None,
    told_once: frozenset[str] = frozenset(),
) -> KeywordFunction:
    """`$ref` and `$dynamicRef`; jsonschema follows it each time that a branch asks.

    Args:
        depends_on: what the result depends on, for an instance, besides it and the schema.
        told_once: the messages of errors that need not be told again for the same value.

    """

    def keyword(validator: Any, ref: Any, instance: Any, schema: Any) -> Iterable[ValidationError]:
        target, identity = at_reference(validator, ref)
        key = (identity, id(instance), depends_on(instance))
        return remembered(key, lambda: target.iter_errors(instance), told_once)

    return keyword


_OWN: Mapping[str, KeywordFunction] = {
    "$ref": reference(),
    "$dynamicRef": reference(),
    "uniqueItems": _unique_items,
    "multipleOf": _multiple_of,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "unevaluatedProperties": _unevaluated_properties,
}


def own_keywords(kind: type[Validator]) -> dict[str, KeywordFunction]:
    """Our implementations of the keywords that a validator class knows."""
    known: Mapping[str, Any] = kind.VALIDATORS
    return {name: function for name, function in _OWN.items() if name in known}
