"""The `links` of a document: which value of a response its author says an operation takes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import unquote

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.refs import resolve
from pytest_apismoke.records import dataclass

_OF_BODY = late_pattern(r"\$response\.body#(/.*)")
_REF = late_pattern(r"#/paths/([^/]+)/([a-z]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A parameter of an operation, and the JSON Pointer to its value in another one's response.

    `target` is the name of the operation, such as `GET /orders/{id}`.
    """

    source: LoadedOperation
    target: str
    parameter: str
    pointer: str


def links_of(operations: Sequence[LoadedOperation]) -> Iterator[Link]:
    """The links of successful responses of some operations to values in their bodies."""
    by_id = {one.operation.operation_id: one.operation.name for one in operations}
    for one in operations:
        for link in _link_objects(one):
            parameters, target = link.get("parameters"), _target(link, by_id)
            for name, value in (parameters if isinstance(parameters, dict) else {}).items():
                found = _OF_BODY.fullmatch(value) if isinstance(value, str) else None
                if target and found:
                    parameter = name.removeprefix("path.")
                    yield Link(source=one, target=target, parameter=parameter, pointer=found[1])


def _link_objects(loaded: LoadedOperation) -> Iterator[dict[str, Any]]:
    responses = loaded.definition.value.get("responses")
    for status, raw in (responses if isinstance(responses, dict) else {}).items():
        response, resolver = resolve(raw, loaded.definition.resolver)
        links = response.get("links") if isinstance(response, dict) else None
        if str(status).startswith("2") and isinstance(links, dict):
            for inner in links.values():
                link, _ = resolve(inner, resolver)
                if isinstance(link, dict):
                    yield link


def _target(link: dict[str, Any], by_id: dict[str | None, str]) -> str:
    operation_id, ref = link.get("operationId"), link.get("operationRef")
    if isinstance(operation_id, str):
        return by_id.get(operation_id, "")
    found = _REF.fullmatch(ref) if isinstance(ref, str) else None
    if not found:
        return ""
    path = unquote(found[1]).replace("~1", "/").replace("~0", "~")
    return f"{found[2].upper()} {path}"
