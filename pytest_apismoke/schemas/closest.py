"""Which branch of anyOf or oneOf a value was probably meant for, where none fits. Pure.

Its errors are told and the others are not: somebody who reads that a text is no null learns nothing
where the other branch would have had a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError

#: The message of an error of `type` where a `nullable` beside it has no effect.
NULLABLE_IS_GONE = "nullable is gone since OpenAPI 3.1, where null is one of several types"

_Error = ValidationError | SchemaError
_UNIONS = ("anyOf", "oneOf")
_CONSTANTS = ("const", "enum")
#: How far an error takes a value away from what a schema means.
_OTHER_TYPE, _OTHER_VALUE = 3, 1


def branches_of(error: _Error) -> dict[int, list[ValidationError]]:
    """The errors of each branch of a union that has none that fits, by its index."""
    schemas: Any = error.validator_value
    branches: dict[int, list[ValidationError]] = {}
    for child in error.context or ():
        # The error of a branch that is false does not name the branch.
        index = int(child.schema_path[0]) if child.schema_path else schemas.index(False)
        branches.setdefault(index, []).append(child)
    return branches


def is_union(error: _Error) -> bool:
    """Whether an error is that of a union, with those of its branches."""
    return error.validator in _UNIONS and bool(error.context)


def types_wanted(error: _Error) -> tuple[str, ...]:
    """The types that the branches of a union allow; empty where the value is of one of them."""
    wanted: dict[str, None] = {}
    for errors in branches_of(error).values():
        if any(one.message == NULLABLE_IS_GONE for one in errors):
            # The branch itself says more.
            return ()
        types = [name for one in errors if not one.path for name in _types(one)]
        if not types and not any(one.schema is False and not one.path for one in errors):
            return ()
        wanted |= dict.fromkeys(types)
    return tuple(wanted)


def _types(error: _Error) -> Sequence[str]:
    """The types of a schema where the value is of none of them."""
    value: Any = error.validator_value
    if is_union(error):
        return types_wanted(error)
    if error.validator == "type":
        names = value if isinstance(value, list) else [value]
        is_nullable = isinstance(error.schema, dict) and error.schema.get("nullable") is True
        return [*map(str, names), *(["null"] if is_nullable else [])]
    return ["null"] if error.validator in _CONSTANTS and value in (None, [None]) else []


class Closeness:
    """Finds the closest branches among the errors of one validation."""

    def __init__(self) -> None:
        # An error that stands below several others is weighed once; else they would multiply.
        self._weights: dict[int, int] = {}

    def closest(self, error: _Error) -> tuple[int, list[ValidationError]]:
        """The index and the errors of the branch that fits best: by its type, by its constants,
        then by the fewest errors and the deepest."""
        branches = branches_of(error)
        best = min(branches, key=lambda index: (*self._distance(branches[index]), index))
        return best, branches[best]

    def _distance(self, errors: Sequence[ValidationError]) -> tuple[bool, int, int, int]:
        is_of_another_type = any(
            not one.path and (one.schema is False or bool(_types(one))) for one in errors
        )
        constants = sum(one.validator in _CONSTANTS and _is_its_own(one) for one in errors)
        shallowest = min(len(one.path) for one in errors)
        weight = sum(map(self._weight, errors)) + _OTHER_TYPE * _absent(errors)
        return is_of_another_type, constants, weight, -shallowest

    def _weight(self, error: ValidationError) -> int:
        if is_union(error):
            # The same in each copy of the error.
            key = id(next(iter(error.context or ())))
            if key not in self._weights:
                self._weights[key] = self._distance(self.closest(error)[1])[2]
            return self._weights[key]
        if error.validator in _CONSTANTS:
            value: Any = error.validator_value
            values = value if error.validator == "enum" and isinstance(value, list) else [value]
            kinds = {_kind(one) for one in values}
            return _OTHER_VALUE if _kind(error.instance) in kinds else _OTHER_TYPE
        # A property that is absent is counted by its name, see `_absent`.
        return {"type": _OTHER_TYPE, "required": 0}.get(str(error.validator), _OTHER_VALUE)


def _absent(errors: Sequence[ValidationError]) -> int:
    """How many properties are absent; some implementations of `required` tell each, others all."""
    names = set[tuple[object, ...]]()
    for error in errors:
        required: Any = error.validator_value
        if error.validator == "required" and isinstance(error.instance, dict):
            names |= {(*error.path, name) for name in required if name not in error.instance}
    return len(names)


def _is_its_own(error: ValidationError) -> bool:
    """Whether an error is of the value itself or of a property, and of no item."""
    return not error.path or (len(error.path) == 1 and isinstance(error.path[0], str))


def _kind(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return type(value).__name__
    return "number"
