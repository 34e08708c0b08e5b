"""Finds what contradicts itself in a spec and is valid by the published schema of OpenAPI.

Undeclared path parameters, operationIds and path templates that are not unique, and names of
responses that are no statuses. Each of them makes a run judge something else than is meant. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.openapi.example_requests import path_parameters
from pytest_apismoke.openapi.operations import LoadedOperation, Operation
from pytest_apismoke.openapi.refs import objects

_VARIABLE = late_pattern(r"\{([^{}]*)\}")
_STATUS = late_pattern(r"[1-5]([0-9][0-9]|XX)|default|x-.*", re.DOTALL)
EXPECTED_STATUS = "the status of a response: three digits, a range such as 2XX, or default"


def contradictions(operations: Sequence[LoadedOperation], label: str) -> Iterator[Failure]:
    """Every contradiction between the operations of a spec, or in one of them.

    Args:
        operations: of the spec, in its order.
        label: names the spec in messages.

    """
    templates: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for loaded in operations:
        one = loaded.operation
        place = f"{label}#/paths/{step(one.path)}"
        first = templates.setdefault(_VARIABLE.sub("{}", one.path), one.path)
        if first != one.path and (one.path, "") not in told:
            told.add((one.path, ""))
            yield _equal_templates(one, first, label)
        for failure, name in _of_variables(loaded, place):
            if (one.path, name) not in told:
                told.add((one.path, name))
                yield failure


def _equal_templates(one: Operation, first: str, label: str) -> Failure:
    return misconfigured(
        expected="path templates that differ in more than the names of variables",
        seen=f"{one.path} and {first}",
        where=f"{label}#/paths/{step(one.path)}",
        hint="move the operations of one to the other: a request matches both",
    ).failure


def ambiguous(operations: Sequence[Operation], label: str) -> dict[str, Failure]:
    """The failure for each operation that matches the same requests as another, by name."""
    found: dict[str, Failure] = {}
    first: dict[tuple[str, str, tuple[str, ...]], Operation] = {}
    for one in operations:
        key = (one.method, _VARIABLE.sub("{}", one.path), one.prefixes)
        other = first.setdefault(key, one)
        if other is not one:
            failure = _equal_templates(one, other.path, label)
            found |= {other.name: failure, one.name: failure}
    return found


def shared_ids(operations: Sequence[Operation], label: str) -> dict[str, Failure]:
    """The failure for each operationId that several operations have, by the operationId."""
    found: dict[str, Failure] = {}
    first: dict[str, Operation] = {}
    for one in operations:
        if one.operation_id is None:
            continue
        other = first.setdefault(one.operation_id, one)
        if other is not one:
            failure = misconfigured(
                expected="an operationId that no other operation has",
                seen=f"{one.operation_id!r}, which is that of {other.name} too",
                where=f"{label}#/paths/{step(one.path)}/{one.method.lower()}/operationId",
                hint="give each operation an operationId of its own, or none",
            ).failure
            found.setdefault(one.operation_id, failure)
    return found


def _of_variables(loaded: LoadedOperation, place: str) -> Iterator[tuple[Failure, str]]:
    """The mistakes in the path parameters of an operation, each with the parameter's name."""
    declared, path = path_parameters(loaded), loaded.operation.path
    if declared is None:
        # A reference that leads nowhere is told as that.
        return
    where = f"{place}/{loaded.operation.method.lower()}"
    variables = _VARIABLE.findall(path)
    for name in dict.fromkeys(variables):
        if name not in declared:
            yield (
                misconfigured(
                    expected=f"a path parameter {name!r}, which the path has",
                    seen="none of that name",
                    where=where,
                    hint=f"declare it: name: {name}, in: path, required: true",
                ).failure,
                name,
            )
    for name in declared:
        if name not in variables:
            yield (
                misconfigured(
                    expected=f"{{{name}}} in the path, for the path parameter {name!r}",
                    seen=path,
                    where=where,
                    hint="correct its name, or remove the parameter",
                ).failure,
                name,
            )


def no_statuses(document: Any, label: str, uri: str, version: str) -> Iterator[Failure]:
    """A failure for each name of a response that is no status, such as `2xx`.

    Args:
        document: the spec, or a file that belongs to it.
        label: names it in messages.
        uri: of the document.
        version: the first two numbers of the spec's version.

    """
    for one in objects(document, uri, version):
        responses = one.value.get("responses")
        if one.pointer != "/components" and isinstance(responses, dict):
            for name in responses:
                if not _STATUS.fullmatch(name):
                    yield no_status(name, f"{label}#{one.pointer}/responses/{step(name)}")


def no_status(name: str, where: str) -> Failure:
    """The failure for a name of a response that is no status."""
    better = name.upper()
    hint = f"write {better}" if _STATUS.fullmatch(better) else "correct it"
    return misconfigured(expected=EXPECTED_STATUS, seen=repr(name), where=where, hint=hint).failure


def mistaken_for(status: int, names: Sequence[str]) -> str:
    """The name of a response that is no status, and may mean this one; empty without any."""
    digit = str(status)[0]
    for name in names:
        if not _STATUS.fullmatch(name) and (name[:1] == digit or not name[:1].isdigit()):
            return name
    return ""


def besides(mistakes: Sequence[Failure], statuses: Sequence[Failure]) -> Sequence[Failure]:
    """Mistakes against the published schema, without what the names of responses cause there."""
    places = {one.where.rpartition("/")[0] for one in statuses}
    return [one for one in mistakes if one.where not in places]
