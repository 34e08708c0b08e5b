"""How long a string may be by some schemas. Pure."""

from __future__ import annotations

from typing import Any

from pytest_apismoke.documents import lookup
from pytest_apismoke.schemas.store import Schemas


def max_length(schemas: Schemas, pointer: str, *names: str) -> int | None:
    """The lowest `maxLength`, in characters, that some schemas set for a string.

    Args:
        schemas: the schemas to look in.
        pointer: the JSON Pointer of the string, in a value.
        names: the names of the schemas.

    """
    limits = [_max_length(schemas.schema(name), pointer) for name in names]
    return min((limit for limit in limits if limit is not None), default=None)


def _max_length(schema: Any, pointer: str) -> int | None:
    place = "".join(f"/properties/{name}" for name in pointer.split("/")[1:])
    limit = lookup(schema, f"{place}/maxLength")
    # In JSON Schema, 40.0 equals 40.
    return int(limit) if isinstance(limit, (int, float)) else None
