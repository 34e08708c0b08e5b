"""Validates the `examples` and the `default` in a schema against that schema. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.schemas.dialects import resource_of
from pytest_apismoke.schemas.findings import Finding
from pytest_apismoke.schemas.schema_places import places
from pytest_apismoke.schemas.store import SUFFIX, Schemas
from pytest_apismoke.schemas.validation_timeout import ValidationTimeoutError, time_limit

#: The longest validation of a single example, in seconds.
LONGEST_S = 2.0


def broken_examples(schemas: Schemas, names: Iterable[str]) -> tuple[Failure, ...]:
    """Every invalid example or default, in some schemas and their subschemas.

    Args:
        schemas: schemas without mistakes, see `Schemas.mistakes`.
        names: the names of the schemas to look into.

    """
    return tuple(failure for name in names for failure in _broken_in(schemas, name))


def _broken_in(schemas: Schemas, name: str) -> Iterator[Failure]:
    root = schemas.schema(name)
    label = schemas.label(name if name in schemas.documents else f"{name}{SUFFIX}")
    # The label of a schema inside of a check file has a pointer already.
    label += "" if "#" in label else "#"
    place_of = places({"": root})
    for schema in _subschemas(root):
        values = dict(_examples(schema))
        # '#/properties/id', which is found by walking the whole document: only where it is needed.
        pointer = place_of(schema).removeprefix("#") if values else ""
        for where, value in values.items():
            try:
                with time_limit(LONGEST_S):
                    found = schemas.findings(value, f"{name}#{pointer}")
            except SmokeError:
                # Broken references are reported elsewhere.
                continue
            except ValidationTimeoutError:
                yield no_result(f"{label}{pointer}{where}")
                continue
            for finding in found[:1]:
                yield refused(finding, f"{label}{pointer}{where}", "correct it, or the schema")


def no_result(where: str) -> Failure:
    """The mistake of a value whose validation takes too long."""
    return misconfigured(
        expected="a value that can be validated against its own schema",
        seen=f"no result within {LONGEST_S:g} s",
        where=where,
        hint="look in the schema for a pattern that backtracks without end, such as"
        " ^(a|aa)+$, or for branches that multiply, and rewrite it",
    ).failure


def refused(finding: Finding, where: str, hint: str) -> Failure:
    """The mistake of a value that its own schema refuses."""
    at = f" at {finding.pointer}" if finding.pointer else ""
    return misconfigured(
        expected=f"a value that its own schema allows: {finding.expected}{at}",
        seen=finding.actual,
        where=where,
        hint=hint,
    ).failure


def _examples(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The examples of one schema object, each with its JSON Pointer in it."""
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
