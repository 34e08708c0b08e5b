"""Builds requests for safe operations from the examples and defaults of the spec."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.parameter_values import (
    NoRequestError,
    field,
    given,
    segment,
    serialised,
)
from pytest_apismoke.openapi.parameters import NOT_PARAMETERS
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.openapi.servers import path_below
from pytest_apismoke.records import dataclass

#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE = ("GET", "HEAD", "OPTIONS")
_STREAMS = frozenset({"text/event-stream", "multipart/x-mixed-replace"})
#: Characters that need no percent-encoding in a path, and those of a template.
_UNENCODED = "/%:@!$&'()*+,;=~{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCheck:
    """A request for an operation, complete with the values of its parameters.

    `path` is relative to the target's URL, expanded and percent-encoded; the pairs of `query` are
    not encoded yet. `auth` tells whether to send credentials: yes, unless the operation declares
    that it needs none.
    """

    operation: str
    operation_id: str | None
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    auth: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCheckable:
    """An operation for which there is no request; `reason` is a clause.

    `is_left_out` tells that there could be one. `lacks` is the parameter without a value, if that
    is the reason: its place and its name.
    """

    operation: str
    reason: str
    is_left_out: bool = False
    lacks: tuple[str, str] | None = None


def request_for(
    loaded: LoadedOperation,
    document: Mapping[str, Any],
    target_path: str,
    choice: OperationChoice,
    captured: Mapping[str, str] | None = None,
) -> OperationCheck | NotCheckable:
    """The request for an operation, or the reason why there is none.

    Args:
        loaded: the operation.
        document: the spec.
        target_path: the path of the target's URL.
        choice: what the profile says about operations.
        captured: the names of the captures that fill path parameters, by the names of those. The
            path keeps placeholders for them, and no example stands beside them: it is of another
            object than the captured one.

    """
    operation = loaded.operation
    try:
        if operation.method not in SAFE:
            raise NoRequestError("it may change something")
        if reason := choice.reason_to_leave_out(operation):
            return NotCheckable(operation=operation.name, reason=reason, is_left_out=True)
        if _is_stream(loaded):
            raise NoRequestError("its response is an endless stream")
        _refuse_a_body(loaded)
        prefix, template = path_below(target_path.rstrip("/"), operation.prefixes, operation.path)
        path, query, headers = _filled(loaded, template, choice, captured or {})
    except NoRequestError as error:
        return NotCheckable(operation=operation.name, reason=str(error), lacks=error.lacks)
    return OperationCheck(
        operation=operation.name,
        operation_id=operation.operation_id,
        method=operation.method,
        path=quote(prefix, safe="/%") + path,
        query=query,
        headers=headers,
        auth=_needs_auth(loaded.definition.value.get("security", document.get("security"))),
    )


def _needs_auth(security: Any) -> bool:
    # Many specs do not declare security; a needless token does no harm.
    return not isinstance(security, list) or (bool(security) and {} not in security)


def _is_stream(loaded: LoadedOperation) -> bool:
    responses = loaded.definition.value.get("responses")
    for status, raw in (responses if isinstance(responses, dict) else {}).items():
        response, _ = resolve(raw, loaded.definition.resolver)
        content = response.get("content") if isinstance(response, dict) else None
        if str(status).startswith("2") and isinstance(content, dict) and content:
            return set(content) <= _STREAMS
    return False


def _refuse_a_body(loaded: LoadedOperation) -> None:
    definition, scope = loaded.definition
    body, _ = resolve(definition.get("requestBody"), scope)
    if isinstance(body, dict) and body.get("required") is True:
        raise NoRequestError("it requires a body")


def _filled(
    loaded: LoadedOperation, template: str, choice: OperationChoice, captured: Mapping[str, str]
) -> tuple[str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    path = quote(template, safe=_UNENCODED)
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    placeholders: dict[str, str] = {}
    for parameter, resolver in _parameters(loaded):
        name, place = str(parameter.get("name")), parameter.get("in")
        if place != "path" and parameter.get("required") is not True:
            continue
        if place == "header" and name.lower() in NOT_PARAMETERS:
            continue
        if place not in ("path", "query", "header"):
            raise NoRequestError(f"it requires the {place} parameter {name!r}")
        slot = quote(f"{{{name}}}", safe=_UNENCODED)
        if place == "path" and name in captured:
            placeholders[slot] = f"{{{captured[name]}}}"
            continue
        value = choice.value(loaded.operation, name)
        if value is None:
            among_captured = bool(captured) and place == "path"
            value = given(parameter, resolver, among_captured=among_captured)
        pairs = serialised(parameter, name, value)
        if place == "query":
            query += pairs
        elif place == "header":
            headers += [(name, field(name, text)) for _, text in pairs]
        else:
            path = path.replace(slot, segment(name, pairs))
    pieces = (
        re.split(f"({'|'.join(map(re.escape, placeholders))})", path) if placeholders else [path]
    )
    if any("{" in piece for piece in pieces if piece not in placeholders):
        raise NoRequestError(f"its path has variables that are not declared: {path}")
    filled = "".join(placeholders.get(piece, piece) for piece in pieces)
    return filled, tuple(query), tuple(headers)


def parameter_names(loaded: LoadedOperation) -> tuple[str, ...]:
    """The names of the parameters of an operation, as far as they can be resolved."""
    try:
        return tuple(str(parameter.get("name")) for parameter, _ in _parameters(loaded))
    except NoRequestError:
        return ()


def path_parameters(loaded: LoadedOperation) -> tuple[str, ...] | None:
    """The names of the path parameters of an operation; None if one of all can't be resolved."""
    try:
        found = tuple(_parameters(loaded))
    except NoRequestError:
        return None
    return tuple(str(one.get("name")) for one, _ in found if one.get("in") == "path")


def parameters_of(loaded: LoadedOperation) -> tuple[Node, ...]:
    """The parameters of an operation, as far as they can be resolved."""
    try:
        return tuple(Node(*one) for one in _parameters(loaded))
    except NoRequestError:
        return ()


def _parameters(loaded: LoadedOperation) -> Iterator[tuple[dict[str, Any], Any]]:
    """The parameters of an operation: its own, and those of its path that it does not override."""
    found: dict[tuple[Any, Any], tuple[dict[str, Any], Any]] = {}
    for value, scope in (loaded.path_item, loaded.definition):
        declared = value.get("parameters")
        for raw in declared if isinstance(declared, list) else ():
            parameter, resolver = resolve(raw, scope)
            if not isinstance(parameter, dict):
                raise NoRequestError(f"its parameter {raw!r} cannot be resolved")
            found[parameter.get("in"), parameter.get("name")] = (parameter, resolver)
    yield from found.values()
