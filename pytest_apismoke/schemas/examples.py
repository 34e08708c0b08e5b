"""Whether the examples and defaults in schemas keep the schemas that they stand in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.schemas.dialects import resource_of
from pytest_apismoke.schemas.findings import places
from pytest_apismoke.schemas.store import SUFFIX, Schemas
from pytest_apismoke.schemas.time_limit import TimeIsUpError, time_limit

#: Nobody waits longer for a single value to be held against its schema.
_LONGEST_S = 2.0


def broken_examples(schemas: Schemas, names: Iterable[str]) -> tuple[Failure, ...]:
    """Every example and default, anywhere in some schemas, that its own schema does not allow.

    Args:
        schemas: sound ones, see `Schemas.mistakes`.
        names: of those to look into.

    """
    return tuple(failure for name in names for failure in _broken_in(schemas, name))


def _broken_in(schemas: Schemas, name: str) -> Iterator[Failure]:
    root = schemas.schema(name)
    label = schemas.label(name if name in schemas.documents else f"{name}{SUFFIX}")
    # A schema that stands inside a file of checks has a place there already.
    label += "" if "#" in label else "#"
    says = places({"": root})
    for schema in _subschemas(root):
        told = dict(_told(schema))
        # '#/properties/id', found by going through the whole document: only where it is needed.
        pointer = says(schema).removeprefix("#") if told else ""
        for where, value in told.items():
            try:
                with time_limit(_LONGEST_S):
                    found = schemas.findings(value, f"{name}#{pointer}")
            except SmokeError:
                # A reference that leads nowhere is told elsewhere.
                continue
            except TimeIsUpError:
                yield misconfigured(
                    expected="a value that its own schema can be held against",
                    seen=f"no end of that within {_LONGEST_S:g} s",
                    where=f"{label}{pointer}{where}",
                    hint="look in the schema for a pattern that tries ever more ways, such as"
                    " ^(a+)+$, and write it without a repetition inside of a repetition",
                ).failure
                continue
            for finding in found[:1]:
                at = f" at {finding.pointer}" if finding.pointer else ""
                yield misconfigured(
                    expected=f"a value that its own schema allows: {finding.expected}{at}",
                    seen=finding.actual,
                    where=f"{label}{pointer}{where}",
                    hint="correct it, or the schema",
                ).failure


def _told(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if "default" in schema:
        yield "/default", schema["default"]
    for index, example in enumerate(schema.get("examples", [])):
        yield f"/examples/{index}", example


def _subschemas(root: Any) -> Iterator[dict[str, Any]]:
    todo = [resource_of(root)]
    while todo:
        current = todo.pop()
        if isinstance(current.contents, dict):
            yield current.contents
        todo += reversed(list(current.subresources()))
