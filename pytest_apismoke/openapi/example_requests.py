"""Builds requests for safe operations from the examples and defaults of the spec."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.parameters import NOT_PARAMETERS
from pytest_apismoke.openapi.refs import resolve
from pytest_apismoke.openapi.servers import path_below

#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE = ("GET", "HEAD", "OPTIONS")
_STREAMS = frozenset({"text/event-stream", "multipart/x-mixed-replace"})
_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
#: Characters that need no percent-encoding in a path, and those of a template.
_UNENCODED = "/%:@!$&'()*+,;=~{}"
#: A header value that needs no encoding (RFC 9110, 5.5).
_FIELD_VALUE = re.compile(r"[!-~]([ \t!-~]*[!-~])?")
_ABSENT: Any = object()


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

    `is_left_out` tells that there could be one.
    """

    operation: str
    reason: str
    is_left_out: bool = False


class _NoRequestError(Exception):
    """There is no request; the message is the reason."""


def request_for(
    loaded: LoadedOperation,
    document: Mapping[str, Any],
    target_path: str,
    choice: OperationChoice,
) -> OperationCheck | NotCheckable:
    """The request for an operation, or the reason why there is none.

    Args:
        loaded: the operation.
        document: the spec.
        target_path: the path of the target's URL.
        choice: what the profile says about operations.

    """
    operation = loaded.operation
    try:
        if operation.method not in SAFE:
            raise _NoRequestError("it may change something")
        if reason := choice.reason_to_leave_out(operation):
            return NotCheckable(operation=operation.name, reason=reason, is_left_out=True)
        if _is_stream(loaded):
            raise _NoRequestError("its response is an endless stream")
        _refuse_a_body(loaded)
        prefix, template = path_below(target_path.rstrip("/"), operation.prefixes, operation.path)
        path, query, headers = _filled(loaded, template, choice)
    except _NoRequestError as error:
        return NotCheckable(operation=operation.name, reason=str(error))
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
        raise _NoRequestError("it requires a body")


def _filled(
    loaded: LoadedOperation, template: str, choice: OperationChoice
) -> tuple[str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    path = quote(template, safe=_UNENCODED)
    query: list[tuple[str, str]] = []
    headers: list[tuple[str, str]] = []
    for parameter, resolver in _parameters(loaded):
        name, place = str(parameter.get("name")), parameter.get("in")
        if place != "path" and parameter.get("required") is not True:
            continue
        if place == "header" and name.lower() in NOT_PARAMETERS:
            continue
        if place not in ("path", "query", "header"):
            raise _NoRequestError(f"it requires the {place} parameter {name!r}")
        value = choice.value(loaded.operation, name)
        value = _example(parameter, resolver) if value is None else value
        if value is _ABSENT or value is None:
            raise _NoRequestError(f"there is no example for its {place} parameter {name!r}")
        pairs = _serialised(parameter, name, value)
        if place == "query":
            query += pairs
        elif place == "header":
            headers += [(name, _field(name, text)) for _, text in pairs]
        else:
            slot = quote(f"{{{name}}}", safe=_UNENCODED)
            path = path.replace(slot, _segment(name, pairs))
    if "{" in path:
        raise _NoRequestError(f"its path has variables that are not declared: {path}")
    return path, tuple(query), tuple(headers)


def _field(name: str, text: str) -> str:
    if not _FIELD_VALUE.fullmatch(text):
        raise _NoRequestError(
            f"the example for its header parameter {name!r} is not a valid header value"
        )
    return text


def _segment(name: str, pairs: list[tuple[str, str]]) -> str:
    text = "".join(text for _, text in pairs)
    if text in ("", ".", ".."):
        raise _NoRequestError(f"the example for its path parameter {name!r} is {text!r}")
    return quote(text, safe=",;=")


def parameter_names(loaded: LoadedOperation) -> tuple[str, ...]:
    """The names of the parameters of an operation, as far as they can be resolved."""
    try:
        return tuple(str(parameter.get("name")) for parameter, _ in _parameters(loaded))
    except _NoRequestError:
        return ()


def path_parameters(loaded: LoadedOperation) -> tuple[str, ...] | None:
    """The names of the path parameters of an operation; None if one of all can't be resolved."""
    try:
        found = tuple(_parameters(loaded))
    except _NoRequestError:
        return None
    return tuple(str(one.get("name")) for one, _ in found if one.get("in") == "path")


def _parameters(loaded: LoadedOperation) -> Iterator[tuple[dict[str, Any], Any]]:
    """The parameters of an operation: its own, and those of its path that it does not override."""
    found: dict[tuple[Any, Any], tuple[dict[str, Any], Any]] = {}
    for value, scope in (loaded.path_item, loaded.definition):
        declared = value.get("parameters")
        for raw in declared if isinstance(declared, list) else ():
            parameter, resolver = resolve(raw, scope)
            if not isinstance(parameter, dict):
                raise _NoRequestError(f"its parameter {raw!r} cannot be resolved")
            found[parameter.get("in"), parameter.get("name")] = (parameter, resolver)
    yield from found.values()


def _example(parameter: Mapping[str, Any], resolver: Any) -> Any:
    """The value that the spec gives, that nearest to the parameter first."""
    content = parameter.get("content")
    media_types = list(content.values()) if isinstance(content, dict) else []
    for source in [parameter, *media_types]:
        if not isinstance(source, dict):
            continue
        value = source.get("example", _ABSENT)
        if value is _ABSENT:
            value = _first_of(source.get("examples"), resolver)
        if value is _ABSENT:
            value = _of_schema(*resolve(source.get("schema"), resolver))
        if value is not _ABSENT:
            return json.dumps(value) if media_types and not isinstance(value, str) else value
    return _ABSENT


def _first_of(examples: Any, resolver: Any) -> Any:
    for raw in examples.values() if isinstance(examples, dict) else ():
        example, _ = resolve(raw, resolver)
        for name in ("value", "dataValue"):
            if isinstance(example, dict) and name in example:
                return example[name]
    return _ABSENT


def _of_schema(schema: Any, resolver: Any) -> Any:
    if not isinstance(schema, dict):
        return _ABSENT
    for name in ("example", "default", "const"):
        if name in schema:
            return schema[name]
    for name in ("examples", "enum"):
        values = schema.get(name)
        if isinstance(values, list) and values and (name == "examples" or len(values) == 1):
            return values[0]
    parts = schema.get("allOf")
    if isinstance(parts, list) and len(parts) == 1:
        return _of_schema(*resolve(parts[0], resolver))
    return _ABSENT


def _serialised(parameter: Mapping[str, Any], name: str, value: Any) -> list[tuple[str, str]]:
    """The pairs of name and value to send (OpenAPI 3.1, 4.8.12.2)."""
    in_query = parameter.get("in") == "query"
    style = parameter.get("style", "form" if in_query else "simple")
    explode = parameter.get("explode", style == "form")
    lead = {"label": ".", "matrix": f";{name}="}.get(style, "")
    if lead and isinstance(value, (list, dict)):
        raise _NoRequestError(f"its parameter {name!r} is sent in the style {style!r}")
    if isinstance(value, list):
        texts = [_text(item) for item in value]
        if in_query and explode:
            return [(name, text) for text in texts]
        return [(name, _DELIMITERS.get(style, ",").join(texts))]
    if isinstance(value, dict):
        properties = [(key, _text(inner)) for key, inner in value.items()]
        if in_query and style == "deepObject":
            return [(f"{name}[{key}]", text) for key, text in properties]
        if in_query and explode:
            return properties
        joint = "=" if explode else ","
        return [(name, ",".join(f"{key}{joint}{text}" for key, text in properties))]
    return [(name, f"{lead}{_text(value)}")]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
