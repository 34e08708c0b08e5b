"""The JSON Schema validator classes for values that may be sent or received, such as examples.

They extend those for responses: a property that is only ever sent is allowed, and one that is only
ever received is not required.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from pytest_apismoke.openapi.validators import READING
from pytest_apismoke.schemas.dialects import OURS, keep_own_classes
from pytest_apismoke.schemas.jsonschema_internals import enter_ids, resolver_of
from pytest_apismoke.schemas.write_only import is_marked


def _required(plain: Callable[..., Iterable[ValidationError]]) -> Callable[..., Any]:
    """The keyword `required` without properties that are only ever received."""

    def keyword(
        validator: Any, required: Any, instance: Any, schema: Mapping[str, Any]
    ) -> Iterable[ValidationError]:
        if isinstance(required, list):
            resolver = resolver_of(validator)
            required = [n for n in required if not is_marked(n, schema, resolver, "readOnly")]
        return plain(validator, required, instance, schema)

    return keyword


def _allow(*_: object) -> tuple[ValidationError, ...]:
    return ()


def _either_way(reading: Any) -> Any:
    known = reading.VALIDATORS
    extended: Any = extend(  # type: ignore[no-untyped-call]  # its stub has no types
        reading, {"required": _required(known["required"]), "writeOnly": _allow}
    )
    kept = keep_own_classes(extended, {**OURS, Draft202012Validator: extended})
    enter_ids(kept)
    return kept


#: The classes for values that may be sent or received, by those for what is received.
EITHER_WAY = {reading: _either_way(reading) for reading in READING.values()}
