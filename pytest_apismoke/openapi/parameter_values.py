"""The values of parameters that a spec gives, and how they are sent. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.openapi.refs import resolve

_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|"}
#: A header value that needs no encoding (RFC 9110, 5.5).
_FIELD_VALUE = late_pattern(r"[!-~]([ \t!-~]*[!-~])?")
_ABSENT: Any = object()


class NoRequestError(Exception):
    """There is no request; the message is the reason."""

    def __init__(self, reason: str, lacks: tuple[str, str] | None = None) -> None:
        super().__init__(reason)
        self.lacks = lacks


def field(name: str, text: str) -> str:
    """The value of a header.

    Raises:
        NoRequestError: when it can be none.

    """
    if not _FIELD_VALUE.fullmatch(text):
        raise NoRequestError(
            f"the example for its header parameter {name!r} is not a valid header value"
        )
    return text


def segment(name: str, pairs: list[tuple[str, str]]) -> str:
    """The text of a parameter in a path.

    Raises:
        NoRequestError: when it would lead elsewhere.

    """
    text = "".join(text for _, text in pairs)
    if text in ("", ".", ".."):
        raise NoRequestError(f"the example for its path parameter {name!r} is {text!r}")
    return quote(text, safe=",;=")


def given(parameter: Mapping[str, Any], resolver: Any, *, among_captured: bool) -> Any:
    """The value that the spec gives; among captured ones only if it may have no other."""
    if among_captured:
        value = _only_value(resolve(parameter.get("schema"), resolver).value)
    else:
        value = _example(parameter, resolver)
    if value is _ABSENT or value is None:
        name, place = str(parameter.get("name")), str(parameter.get("in"))
        raise NoRequestError(
            f"there is no example for its {place} parameter {name!r}", (place, name)
        )
    return value


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


def is_free(parameter: Mapping[str, Any], resolver: Any) -> bool:
    """Whether a parameter may have more than one value."""
    return _only_value(resolve(parameter.get("schema"), resolver).value) is _ABSENT


def _only_value(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return _ABSENT
    values = schema.get("enum")
    if "const" in schema:
        return schema["const"]
    return values[0] if isinstance(values, list) and len(values) == 1 else _ABSENT


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


def serialised(parameter: Mapping[str, Any], name: str, value: Any) -> list[tuple[str, str]]:
    """The pairs of name and value to send (OpenAPI 3.1, 4.8.12.2)."""
    in_query = parameter.get("in") == "query"
    style = parameter.get("style", "form" if in_query else "simple")
    explode = parameter.get("explode", style == "form")
    lead = {"label": ".", "matrix": f";{name}="}.get(style, "")
    if lead and isinstance(value, (list, dict)):
        raise NoRequestError(f"its parameter {name!r} is sent in the style {style!r}")
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
