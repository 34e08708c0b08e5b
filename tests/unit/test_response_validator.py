"""Responses validated against operations: the violations, and their places in the spec."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30ReadValidator, OAS31Validator

from pytest_apismoke.errors import Category, SmokeError, Violation
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.openapi.validators import FORMATS
from pytest_apismoke.redaction import Redactor

JSON = {"content-type": "application/json"}
VERSIONS = ("3.0.3", "3.1.0", "3.2.0")
#: The place of the schema that `spec_of` takes.
SCHEMA = "openapi.yaml#/paths/~1a/get/responses/200/content/application~1json/schema"
RESPONSES = "openapi.yaml#/paths/~1a/get/responses"

every_version = pytest.mark.parametrize("version", VERSIONS)


def spec_with(
    responses: dict[str, Any], *, version: str = "3.1.0", method: str = "get", **more: Any
) -> Spec:
    return Spec(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {method: {"responses": responses}}},
            **more,
        },
        label="openapi.yaml",
    )


def spec_of(schema: Any, *, version: str = "3.1.0", **components: Any) -> Spec:
    """A spec with one operation whose response has a schema."""
    content = {"application/json": {"schema": schema}}
    return spec_with(
        {"200": {"description": "ok", "content": content}},
        version=version,
        components={"schemas": components},
    )


def validated(
    spec: Spec,
    body: bytes | str = b"",
    *,
    status: int = 200,
    headers: dict[str, str] = JSON,
    method: str = "GET",
) -> ConformanceResult:
    body = body.encode() if isinstance(body, str) else body
    found = spec.validate(method, "/a", status, headers, body, Redactor())
    assert found is not None
    return found


def broken(spec: Spec, value: object) -> list[tuple[str, str, str, str]]:
    """The violations of a JSON value: pointer, expected, seen, and the place in the spec."""
    return as_tuples(validated(spec, json.dumps(value)))


def as_tuples(found: ConformanceResult) -> list[tuple[str, str, str, str]]:
    return [
        (one.pointer, one.expected, one.actual, one.schema_location) for one in found.violations
    ]


# -- status and content type ----------------------------------------------------------------------


@every_version
def test_a_response_that_keeps_the_spec(version: str) -> None:
    spec = spec_of({"type": "object", "properties": {"id": {}}}, version=version)
    assert validated(spec, '{"id": 1}') == ConformanceResult(operation="GET /a")


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_from_3_1_on_an_operation_may_leave_open_what_it_responses(version: str) -> None:
    document = {"openapi": version, "paths": {"/a": {"get": {"operationId": "a"}}}}
    spec = Spec(document, label="openapi.yaml")
    assert validated(spec, "anything") == ConformanceResult(operation="GET /a")


def test_a_request_that_the_spec_does_not_know() -> None:
    spec = spec_of({})
    assert spec.validate("GET", "/b", 200, JSON, b"", Redactor()) is None
    assert spec.validate("POST", "/a", 200, JSON, b"", Redactor()) is None


@pytest.mark.parametrize(
    ("declared", "status", "wants"),
    [
        (("200",), 500, "the status 200"),
        (("200", "404"), 500, "the status 200 or 404"),
        (("200", "201", "4XX"), 500, "the status 200, 201 or 4XX"),
        ((), 200, "the status (none is declared)"),
        (("4XX",), 404, None),
        (("default",), 500, None),
        (("200", "default"), 404, None),
    ],
)
def test_the_status_has_to_be_declared(
    declared: tuple[str, ...], status: int, wants: str | None
) -> None:
    spec = spec_with({name: {"description": "x"} for name in declared})
    assert as_tuples(validated(spec, status=status)) == (
        [("", wants, f"the status {status}", RESPONSES)] if wants else []
    )


@pytest.mark.parametrize("status", [401, 403, 429])
def test_what_a_layer_in_front_answers_is_reported_and_breaks_nothing(status: int) -> None:
    spec = spec_with({"200": {"description": "ok"}})
    assert validated(spec, "<html>", status=status, headers={}) == ConformanceResult(
        operation="GET /a", undeclared=(f"status {status}",)
    )


def test_a_declared_refusal_is_validated_like_any_response() -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    spec = spec_with({"401": {"description": "no", "content": content}})
    assert [one.expected for one in validated(spec, "[]", status=401).violations] == ["type object"]


@pytest.mark.parametrize(
    ("declared", "came", "fits"),
    [
        ("application/json", "application/json", True),
        ("application/json", "application/json; charset=utf-8", True),
        ("application/json", "Application/JSON;charset=UTF-8", True),
        ("application/json", "application/json;", True),
        ("application/json", "application/json; charset", True),
        ("application/json; charset=utf-8", "application/json", True),
        ("application/json;charset=utf-8", "application/json; charset=UTF-8", True),
        ("application/*", "application/json", True),
        ("*/*", "application/json", True),
        ("application/problem+json", "application/problem+json", True),
        ("application/json", "application/problem+json", False),
        ("application/json", "text/html", False),
        ("application/json", "", False),
        ("application/json", ";;=", False),
    ],
)
def test_the_content_type_has_to_be_declared(declared: str, came: str, fits: bool) -> None:
    content = {declared: {"schema": {"type": "array"}}}
    spec = spec_with({"200": {"description": "ok", "content": content}})
    found = validated(spec, "{}", headers={"content-type": came})
    bare = came.partition(";")[0].lower()
    assert [(one.expected, one.actual) for one in found.violations] == [
        ("type array", "an object with no properties")
        if fits
        else (f"the content type {declared}", bare or "none")
    ]


def test_the_parameters_of_a_content_type_count_where_they_tell() -> None:
    content = {
        "application/json; version=1": {"schema": {"type": "array"}},
        "application/json; version=2": {"schema": {"type": "object"}},
    }
    spec = spec_with({"200": {"description": "ok", "content": content}})
    second = validated(spec, "{}", headers={"content-type": "application/json;version=2"})
    assert second.violations == ()


@pytest.mark.parametrize(
    ("body", "came"),
    [
        ("", "no body"),
        ("<html>", "invalid JSON: Expecting value (character 1)"),
        ('{"a": NaN}', "invalid JSON: NaN"),
        (b'"\xff"', "invalid UTF-8 at byte 2"),
        ("[" * 100_000, "JSON that is nested too deeply"),
    ],
)
def test_a_body_that_is_not_what_it_says(body: bytes | str, came: str) -> None:
    ((pointer, wants, seen, says),) = as_tuples(validated(spec_of({}), body))
    assert (pointer, seen, says) == ("", came, f"{RESPONSES}/200/content")
    assert wants == ("a body of application/json" if not body else "a body that is JSON")


def test_a_body_in_an_encoding_that_was_not_accepted() -> None:
    headers = {"content-type": "application/json", "content-encoding": "compress"}
    ((_, wants, seen, _),) = as_tuples(validated(spec_of({}), b"\x1b\xff", headers=headers))
    assert (wants, seen) == (
        "a body that is JSON",
        "encoded as compress, which the request did not accept",
    )


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 205), ("GET", 304)]
)
def test_a_response_without_a_body_owes_none(method: str, status: int) -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    spec = spec_with({str(status): {"description": "x", "content": content}}, method=method.lower())
    found = validated(spec, "", method=method, status=status, headers={})
    assert found == ConformanceResult(operation=f"{method} /a")


@pytest.mark.parametrize("empty", [None, []])
def test_null_and_an_empty_array_stand_for_an_empty_object(empty: object) -> None:
    """YAML reads a key without a value as null, and PHP writes an empty object as an array."""
    assert validated(spec_with({"200": empty})) == ConformanceResult(operation="GET /a")
    response = {"description": "ok", "headers": empty, "content": empty}
    assert validated(spec_with({"200": response})) == ConformanceResult(operation="GET /a")


@pytest.mark.parametrize("content", [{}, {"content": {}}])
def test_a_body_where_none_is_declared_is_reported(content: dict[str, Any]) -> None:
    spec = spec_with({"404": {"description": "gone", **content}})
    assert validated(spec, "{}", status=404) == ConformanceResult(
        operation="GET /a", undeclared=("a body of application/json",)
    )
    assert validated(spec, "", status=404) == ConformanceResult(operation="GET /a")


@pytest.mark.parametrize(
    ("kind", "body", "wants"),
    [
        ("text/plain", "17", []),
        ("text/plain", "seventeen", ["maxLength 5"]),
        ("text/html", "seventeen", ["maxLength 5"]),
        ("text/csv", "a,b", []),
        ("text/plain; charset=iso-8859-1", "üüüüü".encode("latin-1"), []),
        ("text/plain; charset=made-up", "üüüüü".encode(), []),
        ("text/plain; charset=base64", "17", []),
        # Not validated.
        ("text/event-stream", "seventeen", []),
        ("application/xml", "<a/>", []),
        ("application/octet-stream", b"\xff\x00", []),
        ("multipart/form-data; boundary=x", "--x--", []),
    ],
)
def test_bodies_that_are_not_json(kind: str, body: bytes | str, wants: list[str]) -> None:
    bare = kind.partition(";")[0]
    content = {bare: {"schema": {"type": "string", "maxLength": 5}}}
    spec = spec_with({"200": {"description": "ok", "content": content}})
    found = validated(spec, body, headers={"content-type": kind})
    assert [one.expected for one in found.violations] == wants


@every_version
@pytest.mark.parametrize(
    ("schema", "body", "wants"),
    [
        ({"type": "integer"}, "42", []),
        ({"type": "integer"}, "many", ["type integer"]),
        ({"type": "integer", "maximum": 5}, "42", ["maximum 5"]),
        ({"type": "boolean"}, "true", []),
        ({"type": "number"}, "1.5e3", []),
        ({"type": "number"}, "1e999", ["type number"]),
        ({"type": "string", "pattern": "^4"}, "42", []),
        ({"type": "string", "pattern": "^5"}, "42", ['pattern "^5"']),
        ({"type": "object"}, "42", ["type object"]),
    ],
)
def test_a_plain_text_stands_for_what_its_schema_wants(
    version: str, schema: Any, body: str, wants: list[str]
) -> None:
    content = {"text/plain": {"schema": schema}}
    spec = spec_with({"200": {"description": "ok", "content": content}}, version=version)
    found = validated(spec, body, headers={"content-type": "text/plain"})
    assert [one.expected for one in found.violations] == wants


@pytest.mark.parametrize("kinds", [("*/*", "application/*"), ("application/*", "*/*")])
def test_of_several_ranges_the_one_that_says_most_is_meant(kinds: tuple[str, str]) -> None:
    of = {"*/*": {"schema": {"type": "string"}}, "application/*": {"schema": {"type": "integer"}}}
    content = {kind: of[kind] for kind in kinds}
    spec = spec_with({"200": {"description": "ok", "content": content}})
    assert validated(spec, "1") == ConformanceResult(operation="GET /a")


@pytest.mark.parametrize(
    ("declared", "came", "fits"),
    [
        ("text/plain", "text/plain", True),
        ("application/octet-stream", "application/octet-stream", True),
        ("text/plain", "", True),
        ("application/problem+json", "application/problem+json", False),
        ("application/json", "", False),
        ("*/*", "application/json", False),
        ("text/plain", "text/html", False),
    ],
)
def test_only_json_needs_a_body(declared: str, came: str, fits: bool) -> None:
    content = {declared: {"schema": {"type": "string"}}}
    spec = spec_with({"200": {"description": "ok", "content": content}})
    found = validated(spec, "", headers={"content-type": came} if came else {})
    assert [(one.expected, one.actual) for one in found.violations] == (
        [] if fits else [(f"a body of {declared}", "no body")]
    )


def test_extensions_are_no_statuses() -> None:
    spec = spec_with({"200": {"description": "ok"}, "x-500": {}})
    assert [one.expected for one in validated(spec, status=500).violations] == ["the status 200"]


# -- headers --------------------------------------------------------------------------------------


def with_header(name: str, header: Any, *, version: str = "3.1.0") -> Spec:
    return spec_with(
        {"200": {"description": "ok", "headers": {name: header}}},
        version=version,
        components={"headers": {"Total": {"required": True, "schema": {"type": "integer"}}}},
    )


#: An object as a header may have it: its properties are read by their own types.
PAIR = {"type": "object", "properties": {"n": {"type": "integer"}, "s": {"type": "string"}}}


@every_version
@pytest.mark.parametrize(
    ("schema", "raw", "wants", "came"),
    [
        ({"type": "integer"}, "17", None, None),
        ({"type": "integer"}, "many", "type integer", "the string 'many'"),
        ({"type": "integer", "minimum": 5}, "3", "minimum 5", "the number 3"),
        ({"type": "boolean"}, "true", None, None),
        ({"type": "boolean"}, "maybe", "type boolean", "the string 'maybe'"),
        ({"type": "string", "format": "uuid"}, "x", 'format "uuid"', "the string 'x'"),
        ({"type": "array", "items": {"type": "integer"}}, "1,2", None, None),
        ({"type": "array", "items": {"type": "integer"}}, "1, 2", None, None),
        ({"type": "array", "items": {"type": "integer"}}, "1,x", "type integer", "the string 'x'"),
        ({"type": "array", "items": {"type": "string"}}, "1,2", None, None),
        (PAIR, "n,1,s,2,rest,x", None, None),
        (PAIR, "n,x", "type integer", "the string 'x'"),
        (PAIR, "n", "type object", "the string 'n'"),
        ({"allOf": [PAIR], "type": "object"}, "n,1", None, None),
        ({"type": "array", "maxItems": 1}, "1,2", "maxItems 1", "a list of 2"),
        ({"enum": ["a", "b"]}, "c", 'enum ["a", "b"]', "the string 'c'"),
    ],
)  # fmt: skip
def test_headers_are_validated(
    version: str, schema: Any, raw: str, wants: str | None, came: str | None
) -> None:
    spec = with_header("X-Total", {"schema": schema}, version=version)
    found = validated(spec, headers={"x-total": raw})
    assert [(one.pointer, one.expected, one.actual) for one in found.violations] == (
        [("", f"{wants} in the header X-Total", came)] if wants else []
    )


@pytest.mark.parametrize(("raw", "valid"), [("n=1,s=2", True), ("n=x", False), ("n,1", False)])
def test_an_object_in_a_header_may_be_exploded(raw: str, valid: bool) -> None:
    spec = with_header("X-Pair", {"explode": True, "schema": PAIR})
    assert (validated(spec, headers={"x-pair": raw}).violations == ()) is valid


@pytest.mark.parametrize(
    ("schema", "raw", "wants"),
    [
        ({"type": ["integer", "null"]}, "17", []),
        ({"type": ["integer", "null"]}, "", []),
        ({"type": ["integer", "null"]}, "many", ["type integer or null"]),
        ({"type": ["string", "integer"], "maxLength": 1}, "17", []),
        ({"enum": [5, 6]}, "5", []),
        ({"const": True}, "true", []),
        ({"enum": [5, 6]}, "7", ["enum [5, 6]"]),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "false", []),
    ],
)
@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_header_of_several_types_or_of_none(
    version: str, schema: Any, raw: str, wants: list[str]
) -> None:
    spec = with_header("X-Total", {"schema": schema}, version=version)
    found = validated(spec, headers={"x-total": raw})
    assert [one.expected for one in found.violations] == [
        f"{w} in the header X-Total" for w in wants
    ]


@every_version
@pytest.mark.parametrize(
    ("raw", "wants"), [('{"a": 1}', None), ('{"a": "x"}', "type integer"), ("{", "JSON")]
)
def test_a_header_that_is_json(version: str, raw: str, wants: str | None) -> None:
    schema = {"properties": {"a": {"type": "integer"}}}
    header = {"content": {"application/json": {"schema": schema}}}
    found = validated(with_header("X-A", header, version=version), headers={"x-a": raw})
    assert [one.expected for one in found.violations] == (
        [f"{wants} in the header X-A"] if wants else []
    )


def test_a_required_header_has_to_come() -> None:
    spec = with_header("X-Total", {"$ref": "#/components/headers/Total"})
    assert as_tuples(validated(spec, headers={})) == [
        ("", "the header X-Total", "no such header", "openapi.yaml#/components/headers/Total")
    ]


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("X-Total", {"schema": {"type": "integer"}}),
        # A default is for the reader of a missing header.
        ("X-Total", {"schema": {"type": "integer", "default": 5}}),
        # The content declares the content type.
        ("Content-Type", {"required": True, "schema": {"type": "integer"}}),
        ("X-Json", {"content": {"application/json": {}}}),
    ],
)
def test_headers_that_are_not_validated(name: str, header: Any) -> None:
    assert validated(with_header(name, header), headers={}).violations == ()


def test_a_required_header_is_not_replaced_by_its_default() -> None:
    spec = with_header("X-Total", {"required": True, "schema": {"default": 5}})
    assert len(validated(spec, headers={}).violations) == 1


def test_a_deprecated_header_is_validated_without_a_warning() -> None:
    spec = with_header("X-Total", {"deprecated": True, "schema": {"type": "integer"}})
    assert len(validated(spec, headers={"x-total": "x"}).violations) == 1


def test_what_a_secret_header_holds_is_not_shown() -> None:
    spec = with_header("X-Api-Key", {"schema": {"maxLength": 3}})
    found = validated(spec, headers={"x-api-key": "sesame-open"})
    assert [one.actual for one in found.violations] == ["a value that is not shown"]


# -- the body against its schema ------------------------------------------------------------------


@every_version
def test_a_violation_points_into_the_response_and_into_the_spec(version: str) -> None:
    spec = spec_of(
        {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
        version=version,
        Order={
            "type": "object",
            "required": ["id"],
            "properties": {"id": {"type": "integer"}, "lines": {"type": "array"}},
        },
    )
    found = validated(spec, '[{"id": 1}, {"id": "2"}, {"lines": 5}]')
    order = "openapi.yaml#/components/schemas/Order"
    assert found.violations == (
        Violation(
            pointer="/1/id",
            expected="type integer",
            actual="the string '2'",
            schema_location=f"{order}/properties/id/type",
            kind="type",
            places=("/*/id",),
        ),
        Violation(
            pointer="/2",
            expected="the property 'id'",
            actual="an object without it",
            schema_location=f"{order}/required",
            kind="required",
            places=("/*/id",),
        ),
        Violation(
            pointer="/2/lines",
            expected="type array",
            actual="the number 5",
            schema_location=f"{order}/properties/lines/type",
            kind="type",
            places=("/*/lines",),
        ),
    )
    assert found.difference == (
        "@@ /1 @@",
        '- "id": type integer',
        '+ "id": "2"',
        "@@ /2 @@",
        '- "lines": type array',
        '+ "lines": 5',
        '- "id": … (required)',
    )


def test_secrets_are_taken_out_of_everything() -> None:
    redactor = Redactor()
    redactor.learn("sesame-open", "APISMOKE_TOKEN")
    spec = spec_of({"properties": {"a": {"type": "integer"}}})
    body = json.dumps({"a": "sesame-open", "sesame-open": 1}).encode()
    found = spec.validate("GET", "/a", 200, JSON, body, redactor)
    assert "sesame" not in repr(found)
    assert found is not None
    assert found.undeclared == ("/[redacted]",)


@every_version
@pytest.mark.parametrize(
    ("schema", "value", "wants"),
    [
        ({"type": "integer", "format": "int32"}, 2**31 - 1, []),
        ({"type": "integer", "format": "int32"}, 2**31, ['format "int32"']),
        ({"type": "integer", "format": "int64"}, 2**63, ['format "int64"']),
        ({"type": "integer", "format": "int32"}, -(2**31), []),
        ({"type": "integer", "format": "int32"}, -(2**31) - 1, ['format "int32"']),
        ({"type": "number", "format": "int32"}, 2.0**31, ['format "int32"']),
        ({"type": "number", "format": "int32"}, 2.0**31 - 1, []),
        ({"type": "number", "format": "int64"}, 1e30, ['format "int64"']),
        ({"type": "number", "format": "int64"}, -(2.0**63), []),
        ({"type": "number", "format": "int64"}, 5.5, []),
        ({"format": "int64"}, True, []),
        ({"format": "int64"}, "x", []),
        ({"type": "number", "format": "double"}, 1.5, []),
        ({"type": "number", "format": "float"}, 1, []),
        ({"type": "string", "format": "byte"}, "YQ==", []),
        ({"type": "string", "format": "byte"}, "a", ['format "byte"']),
        ({"type": "string", "format": "byte"}, "ü", ['format "byte"']),
        ({"type": "string", "format": "date-time"}, "2025-01-01T10:00:00Z", []),
        ({"type": "string", "format": "date-time"}, "yesterday", ['format "date-time"']),
        ({"type": "string", "format": "email"}, "nobody", ['format "email"']),
        ({"type": "string", "format": "uri"}, "a b", ['format "uri"']),
        ({"type": "string", "format": "password"}, "x", []),
        ({"type": "string", "format": "binary"}, "x", []),
        ({"type": "string", "format": "made-up"}, "x", []),
    ],
)
def test_formats(version: str, schema: Any, value: object, wants: list[str]) -> None:
    assert [one[1] for one in broken(spec_of(schema, version=version), value)] == wants


def nullable(version: str) -> dict[str, Any]:
    if version.startswith("3.0"):
        return {"type": "string", "nullable": True}
    return {"type": ["string", "null"]}


@every_version
def test_null_comes_only_where_it_may(version: str) -> None:
    spec = spec_of(
        {"properties": {"may": nullable(version), "not": {"type": "string"}}}, version=version
    )
    assert broken(spec, {"may": None, "not": None}) == [
        ("/not", "type string", "null", f"{SCHEMA}/properties/not/type")
    ]
    assert [one[1] for one in broken(spec, {"may": 5})] == ["type string or null"]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_nullable_that_was_left_is_pointed_out(version: str) -> None:
    spec = spec_of({"type": "string", "nullable": True}, version=version)
    wants = "type string; nullable is gone since OpenAPI 3.1, where null is one of several types"
    assert [one[1:3] for one in broken(spec, None)] == [(wants, "null")]
    assert [one[1:3] for one in broken(spec, 3)] == [(wants, "the number 3")]


@every_version
def test_what_is_only_ever_sent_need_not_come_and_must_not(version: str) -> None:
    spec = spec_of(
        {
            "required": ["id", "password", "pin", "code"],
            "properties": {
                "id": {"type": "integer", "readOnly": True},
                "password": {"type": "string", "writeOnly": True},
                "pin": {"$ref": "#/components/schemas/Pin"},
            },
            "allOf": [{"$ref": "#/components/schemas/Base"}],
        },
        version=version,
        Pin={"type": "string", "writeOnly": True},
        Base={"properties": {"code": {"type": "string", "writeOnly": True}}},
    )
    assert broken(spec, {"id": 1}) == []
    assert broken(spec, {}) == [
        ("", "the property 'id'", "an object without it", f"{SCHEMA}/required")
    ]
    sent = "no such property in a response (writeOnly)"
    assert broken(spec, {"id": 1, "password": "x", "pin": "1"}) == [
        (
            "/password",
            sent,
            "a value that is not shown",
            f"{SCHEMA}/properties/password/writeOnly",
        ),
        ("/pin", sent, "the string '1'", "openapi.yaml#/components/schemas/Pin/writeOnly"),
    ]
    assert validated(spec, '{"id": 1}').unseen == ()


S = "#/components/schemas/"
URL = "https://example.com/a"
INT = {"type": "integer"}
OWN = {"$defs": {"b": INT}}


@pytest.mark.parametrize(
    ("schema", "components"),
    [
        ({"$ref": "#foo"}, {"A": {"$anchor": "foo", "type": "integer"}}),
        ({"$ref": URL}, {"A": {"$id": URL, "type": "integer"}}),
        ({"$ref": f"{URL}#foo"}, {"A": {"$id": URL, "$defs": {"x": {"$anchor": "foo", **INT}}}}),
        ({"$ref": "a.json"}, {"A": {"$id": "a.json", "type": "integer"}}),
        ({"$ref": f"{S}A"}, {"A": {"$id": URL, **OWN, "$ref": "#/$defs/b"}}),
        (
            {"$ref": f"{S}A/properties/x"},
            {"A": {"$id": URL, **OWN, "properties": {"x": {"$ref": "#/$defs/b"}}}},
        ),
        ({"$id": URL, "$ref": "#/$defs/b", "$defs": {"b": {"type": "integer"}}}, {}),
        ({"allOf": [{"$id": URL, "$ref": "#/$defs/b", "$defs": {"b": {"type": "integer"}}}]}, {}),
        ({"$ref": f"{S}A", "minimum": 5}, {"A": {}}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", VERSIONS[1:])
def test_from_3_1_on_a_schema_may_have_a_name_of_its_own(
    version: str, schema: Any, components: Any
) -> None:
    spec = spec_of(schema, version=version, **components)
    assert spec.broken_references() == ()
    assert broken(spec, 7) == []
    wants = "minimum 5" if "minimum" in schema else "type integer"
    assert [one[1] for one in broken(spec, 4 if "minimum" in schema else "x")] == [wants]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_reference_that_is_dynamic(version: str) -> None:
    tree = {"$dynamicAnchor": "n", "required": ["v"], "properties": {"k": {"$dynamicRef": "#n"}}}
    spec = spec_of({"$ref": f"{S}Tree"}, version=version, Tree=tree)
    assert broken(spec, {"v": 1, "k": {"v": 1}}) == []
    assert [one[:2] for one in broken(spec, {"v": 1, "k": {}})] == [("/k", "the property 'v'")]


def test_a_spec_that_says_where_it_is() -> None:
    content = {"application/json": {"schema": {"$ref": f"{URL}{S}A"}}}
    spec = spec_with(
        {"200": {"description": "ok", "content": content}},
        version="3.2.0",
        **{"$self": URL},
        components={"schemas": {"A": {"type": "integer"}}},
    )
    assert spec.broken_references() == ()
    assert [one[1] for one in broken(spec, "x")] == ["type integer"]


@pytest.mark.parametrize(("word", "name"), [("$id", URL), ("$anchor", "foo")])
def test_a_name_is_given_once(word: str, name: str) -> None:
    spec = spec_of({}, A={word: name, "type": "integer"}, B={word: name, "type": "string"})
    assert [(one.expected, one.seen, one.where) for one in spec.broken_references()] == [
        (
            f"a {word} that no other schema of the spec has",
            repr(name),
            f"openapi.yaml{S}A/{word}",
        )
    ]


USER = {"type": "object", "properties": {"id": {}, "pw": {"type": "string", "writeOnly": True}}}
PW = {"type": "string", "writeOnly": True}
OF_A_USER = {"$ref": "#/components/schemas/User"}
OF_PW = {"$ref": "#/components/schemas/Pw"}


@every_version
@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["id", "pw"], "properties": {"id": {}, "pw": {"allOf": [OF_PW]}}},
        {"required": ["id", "pw"], "properties": {"id": {}, "pw": {"oneOf": [OF_PW]}}},
        {"allOf": [OF_A_USER, {"required": ["id", "pw"]}]},
        {"allOf": [{"required": ["id", "pw"]}, OF_A_USER]},
        {"allOf": [{"allOf": [OF_A_USER]}, {"allOf": [{"required": ["id", "pw"]}]}]},
        {"allOf": [OF_A_USER, {"anyOf": [{"required": ["id", "pw"]}]}]},
        {"allOf": [OF_A_USER, {"properties": {"pw": {}}, "required": ["id", "pw"]}]},
    ],
)  # fmt: skip
def test_a_part_of_a_schema_that_says_so_is_enough(version: str, schema: Any) -> None:
    spec = spec_of(schema, version=version, User=USER, Pw=PW)
    assert validated(spec, '{"id": 1}') == ConformanceResult(operation="GET /a")
    sent = [one[1].partition(" (branch")[0] for one in broken(spec, {"id": 1, "pw": "x"})]
    assert sent == ["no such property in a response (writeOnly)"]
    assert [one[1].partition(" (")[0] for one in broken(spec, {})] == ["the property 'id'"]


@every_version
def test_what_is_only_ever_sent_decides_for_no_branch_of_several(version: str) -> None:
    branches = {"oneOf": [{"required": ["pw"]}, {"required": ["id"]}]}
    spec = spec_of({"allOf": [OF_A_USER, branches]}, version=version, User=USER)
    assert broken(spec, {"id": 1}) == []


CAT = {"type": "object", "required": ["kind", "purrs"], "properties": {"kind": {}, "purrs": {}}}
DOG = {"type": "object", "required": ["kind", "barks"], "properties": {"kind": {}, "barks": {}}}
PETS = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
MAPPING = {"cat": "#/components/schemas/Cat", "dog": "Dog"}
KNOWN = "a known value of its discriminator 'kind'"
NO_PURR = [("", "the property 'purrs'", "an object without it")]
NO_BARK = [("", "the property 'barks'", "an object without it")]


@every_version
@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize(
    ("mapping", "value", "violations"),
    [
        ({}, {"kind": "Cat", "purrs": True}, []),
        ({}, {"kind": "Cat"}, NO_PURR),
        ({}, {"kind": ["Cat"]}, [("", KNOWN, "a list of 1")]),
        # A schema of that name that is not one of the branches.
        ({}, {"kind": "Rock"}, [("", KNOWN, "the string 'Rock'")]),
        ({}, {"barks": True}, [("", KNOWN, "nothing (the field is absent)")]),
        (MAPPING, {"kind": "cat", "purrs": 1}, []),
        (MAPPING, {"kind": "dog", "barks": 1}, []),
        (MAPPING, {"kind": "dog"}, NO_BARK),
        # Without a mapping, the name of the schema counts.
        (MAPPING, {"kind": "Dog", "barks": 1}, []),
        (MAPPING, {"kind": "eel"}, [("", KNOWN, "the string 'eel'")]),
        ({"cat": "#/nowhere"}, {"kind": "cat"}, [("", KNOWN, "the string 'cat'")]),
    ],
)  # fmt: skip
def test_a_discriminator_says_which_branch_is_meant(
    version: str,
    keyword: str,
    mapping: dict[str, str],
    value: object,
    violations: list[tuple[str, str, str]],
) -> None:
    told_apart = {"propertyName": "kind", **({"mapping": mapping} if mapping else {})}
    spec = spec_of(
        {keyword: PETS, "discriminator": told_apart}, version=version, Cat=CAT, Dog=DOG, Rock={}
    )
    assert [one[:3] for one in broken(spec, value)] == violations


@every_version
def test_branches_in_place_and_values_that_are_no_objects_are_reported_apart_by_shape(
    version: str,
) -> None:
    inline = spec_of(
        {"oneOf": [CAT, DOG], "discriminator": {"propertyName": "kind"}}, version=version
    )
    assert broken(inline, {"kind": "x", "barks": 1}) == []
    assert len(broken(inline, {"kind": "x"})) == 1
    branches = [*PETS, {"type": "integer"}]
    mixed = spec_of(
        {"oneOf": branches, "discriminator": {"propertyName": "kind"}},
        version=version,
        Cat=CAT,
        Dog=DOG,
    )
    assert broken(mixed, 5) == []


def test_the_default_of_a_discriminator_is_reported_apart_by_shape() -> None:
    spec = spec_of(
        {"oneOf": PETS, "discriminator": {"propertyName": "kind", "defaultMapping": "Cat"}},
        version="3.2.0",
        Cat=CAT,
        Dog=DOG,
    )
    assert broken(spec, {"kind": "x", "barks": 1}) == []


@every_version
def test_a_base_schema_with_a_discriminator_holds_for_each_of_its_kinds(version: str) -> None:
    spec = spec_of(
        {"$ref": "#/components/schemas/Cat"},
        version=version,
        Animal={
            "allOf": [{"type": "object", "required": ["kind"]}],
            "discriminator": {"propertyName": "kind"},
        },
        Cat={"allOf": [{"$ref": "#/components/schemas/Animal"}, {"required": ["purrs"]}]},
    )
    assert broken(spec, {"kind": "Cat", "purrs": 1}) == []
    assert [one[1] for one in broken(spec, {})] == [
        "the property 'kind'",
        "the property 'purrs'",
    ]


@every_version
def test_branches_tell_the_one_that_comes_closest(version: str) -> None:
    spec = spec_of({"oneOf": [{"type": "string"}, {**CAT, "title": "a cat"}]}, version=version)
    assert broken(spec, "x") == []
    assert broken(spec, {"kind": 1}) == [
        (
            "",
            "the property 'purrs' (branch 2 'a cat' of oneOf, the closest)",
            "an object without it",
            f"{SCHEMA}/oneOf/1/required",
        )
    ]
    several = spec_of({"oneOf": [{}, {}]}, version=version)
    assert broken(several, "x") == [
        (
            "",
            "exactly one branch of oneOf to match",
            "the string 'x', which matches several",
            f"{SCHEMA}/oneOf",
        )
    ]


@every_version
def test_a_schema_that_holds_itself(version: str) -> None:
    spec = spec_of(
        {"$ref": "#/components/schemas/Node"},
        version=version,
        Node={
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
            },
        },
    )
    value = {"name": "a", "children": [{"name": "b", "children": [{"name": 5}]}]}
    assert [one[:3] for one in broken(spec, value)] == [
        ("/children/0/children/0/name", "type string", "the number 5")
    ]


@every_version
def test_equal_items_are_found_in_one_pass(version: str) -> None:
    spec = spec_of({"type": "array", "uniqueItems": True}, version=version)
    many = [{"id": n, "tags": [n]} for n in range(20_000)]
    assert broken(spec, many) == []
    assert [one[1] for one in broken(spec, [*many, many[0]])] == ["uniqueItems true"]
    assert broken(spec, [1, True, "1", [1], [True], 0, False, None]) == []
    assert len(broken(spec, [1, 1.0])) == 1
    assert len(broken(spec, [{"a": 1, "b": 2}, {"b": 2, "a": 1.0}])) == 1


@pytest.mark.parametrize("version", ["3.1.0", "3.2.0"])
def test_a_dialect_inside_of_a_schema_takes_nothing_from_openapi(version: str) -> None:
    dialect = "https://json-schema.org/draft/2020-12/schema"
    secret = {"type": "string", "writeOnly": True}
    inner = {"$schema": dialect, "required": ["secret"], "properties": {"secret": secret}}
    spec = spec_of({"properties": {"inner": inner}}, version=version)
    assert broken(spec, {"inner": {}}) == []
    assert [one[1] for one in broken(spec, {"inner": {"secret": "x"}})] == [
        "no such property in a response (writeOnly)"
    ]


# -- drift ----------------------------------------------------------------------------------------


@every_version
def test_what_drifted_is_reported_and_breaks_nothing(version: str) -> None:
    spec = spec_of(
        {"type": "array", "items": {"$ref": "#/components/schemas/Order"}},
        version=version,
        Order={"type": "object", "properties": {"id": {}, "note": {}}},
    )
    assert validated(spec, '[{"id": 1, "total": 5}, {"id": 2, "total": 6}]') == ConformanceResult(
        operation="GET /a", undeclared=("/*/total",), unseen=("/*/note",)
    )


# -- hostile responses and mistakes in the spec ---------------------------------------------------


@every_version
@pytest.mark.parametrize("depth", [400, 900])
def test_a_response_that_is_nested_too_deeply_breaks_the_spec(version: str, depth: int) -> None:
    spec = spec_of(
        {"$ref": "#/components/schemas/Node"},
        version=version,
        Node={"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
    )
    ((_, wants, came, _),) = as_tuples(validated(spec, "[" * depth + "]" * depth))
    assert (wants, came) == (
        "a value that can be validated against its schema",
        "one that is nested too deeply",
    )


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ({"multipleOf": 0.1}, "1" * 400),
        ({"multipleOf": 0.1}, "1e308"),
        ({"type": "integer"}, "1" * 4000),
        ({"enum": [1]}, "1" * 5000),
        ({"maximum": 5}, "1e400"),
        ({"properties": {"a": {}}}, json.dumps({"\x1b[31m\u202e": 1, "": 2, "a" * 100_000: 3})),
        ({"patternProperties": {"a": {}}}, json.dumps({"a" * 100_000: 3})),
        ({"oneOf": [{"type": "object"}] * 3}, json.dumps([{}] * 1000)),
        ({"items": {"type": "string"}}, json.dumps([1] * 20_000)),
    ],
)
def test_nothing_that_comes_raises(schema: Any, body: str) -> None:
    for version in VERSIONS:
        found = validated(spec_of(schema, version=version), body)
        assert len(found.violations) < 10
        assert all(len(place) <= 1000 and place.isprintable() for place in found.undeclared)


def misconfigured(spec: Spec, body: str = '"x"') -> tuple[str, str, str, str]:
    with pytest.raises(SmokeError) as caught:
        validated(spec, body)
    failure = caught.value.failure
    assert failure.category is Category.USAGE
    return failure.expected, failure.seen, failure.where, failure.hint


@pytest.mark.parametrize("kind", sorted(FORMATS.checkers))
@pytest.mark.parametrize(
    "value",
    ["", "\ud800", "\x00", "٣", "9" * 5000, "a" * 5000, "=" * 5, 1e400, -1e400, 10**400, {}],
)
def test_no_format_raises(kind: str, value: object) -> None:
    assert len(broken(spec_of({"format": kind}), value)) < 2


REFERENCE_HINT = (
    "correct it, or add its target; other files are read only for a spec that is a file itself,"
    " from its folder and below"
)


@every_version
@pytest.mark.parametrize(
    "ref", ["#/nowhere", "other.yaml", "#/info/title/0/x", "#/paths/~1a/get/x"]
)
def test_a_reference_that_leads_nowhere_is_the_specs_mistake(version: str, ref: str) -> None:
    spec = spec_of({"properties": {"a": {"$ref": ref}}}, version=version)
    assert misconfigured(spec, '{"a": 1}') == (
        "a $ref that can be resolved",
        repr(ref),
        f"{SCHEMA}/properties/a/$ref",
        REFERENCE_HINT,
    )


@every_version
@pytest.mark.parametrize("name", ["Gone", "Circle"])
def test_a_reference_to_no_response(version: str, name: str) -> None:
    ref = f"#/components/responses/{name}"
    circle = {"Circle": {"$ref": "#/components/responses/Circle"}}
    spec = spec_with({"200": {"$ref": ref}}, version=version, components={"responses": circle})
    expected, seen, where, _ = misconfigured(spec)
    if name == "Gone":
        assert (expected, seen) == ("a $ref that can be resolved", repr(ref))
        assert where == f"{RESPONSES}/200/$ref"
    else:
        assert expected == "a $ref that can be resolved"
        assert seen == f"{ref!r}, which leads back to itself"


def test_nothing_is_ever_fetched() -> None:
    ref = "http://127.0.0.1:9/s.json"
    spec = spec_of({"$ref": ref})
    assert misconfigured(spec)[:2] == (
        "a $ref to something inside the spec",
        f"'{ref}', which would have to be fetched",
    )


def test_a_type_that_this_version_does_not_have() -> None:
    assert misconfigured(spec_of({"type": "null"}, version="3.0.3")) == (
        "a type of OpenAPI 3.0",
        "'null'",
        SCHEMA,
        "correct it; a type 'null' and lists of types are new in 3.1",
    )


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_pattern_that_is_none(version: str) -> None:
    spec = spec_of(
        {"properties": {"a": {"pattern": "^\\p{Foo}$"}}, "patternProperties": {"^x": {}}},
        version=version,
        Other={"patternProperties": {"(": {}, "[0-9]": {}}},
    )
    told = misconfigured(spec, '{"a": "x"}')
    assert told == (
        "a regular expression (ECMA 262)",
        "'^\\\\p{Foo}$'",
        f"{SCHEMA}/properties/a/pattern",
        "correct it: contracts have the syntax of JavaScript",
    )
    where = {one.where for one in spec.mistakes()}
    assert {told[2], "openapi.yaml#/components/schemas/Other/patternProperties/("} <= where


@every_version
def test_a_pattern_of_ecma_262_is_none_that_check_refuses(version: str) -> None:
    patterns = [r"^\p{L}+$", "^(?<year>[0-9]+)$", "^[]$", "(?i)^a"]
    schema = {"properties": {name: {"pattern": name} for name in patterns}}
    assert spec_of(schema, version=version).mistakes() == ()


def test_a_dialect_that_is_not_known() -> None:
    spec = spec_of({"$schema": "https://elsewhere.example/dialect"})
    assert misconfigured(spec)[:3] == (
        "a supported dialect of JSON Schema",
        "'https://elsewhere.example/dialect'",
        SCHEMA,
    )
    known = spec_of({"$schema": "http://json-schema.org/draft-07/schema#", "maxLength": 0})
    assert [one[1] for one in broken(known, "x")] == ["maxLength 0"]


@pytest.mark.parametrize(
    ("responses", "where"),
    [
        ([5], "openapi.yaml#/paths/~1a/get/responses"),
        ({"200": {"headers": ["x"]}}, "openapi.yaml#/paths/~1a/get/responses/200"),
        ({"200": {"content": ["x"]}}, "openapi.yaml#/paths/~1a/get/responses/200"),
    ],
)
def test_a_spec_that_is_not_what_it_says(responses: Any, where: str) -> None:
    expected, _, place, hint = misconfigured(spec_with(responses))
    assert expected.startswith("valid OpenAPI 3.1: ")
    assert place.startswith(where)
    assert hint == "correct the spec"


METASCHEMAS = [
    "https://json-schema.org/draft/2020-12/schema",
    "http://json-schema.org/draft-07/schema#",
]


@pytest.mark.parametrize("version", VERSIONS[1:])
@pytest.mark.parametrize("uri", METASCHEMAS)
def test_a_response_may_be_a_json_schema_itself(version: str, uri: str) -> None:
    spec = spec_of({"items": {"$ref": uri}}, version=version)
    assert spec.mistakes() == ()
    assert broken(spec, [True, {"properties": {"a": {"type": ["string", "null"]}}}]) == []
    assert [one[:3] for one in broken(spec, [{"properties": {"a": {"minLength": -1}}}])] == [
        ("/0/properties/a/minLength", "minimum 0", "the number -1")
    ]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_response_may_be_a_part_of_a_json_schema(version: str) -> None:
    uri = "https://json-schema.org/draft/2020-12/meta/validation"
    spec = spec_of({"$ref": f"{uri}#/$defs/simpleTypes"}, version=version)
    assert broken(spec, "string") == []
    assert [one[2] for one in broken(spec, "text")] == ["the string 'text'"]


@pytest.mark.parametrize("uri", METASCHEMAS)
def test_before_3_1_json_schema_is_another_language(uri: str) -> None:
    assert misconfigured(spec_of({"$ref": uri}, version="3.0.3")) == (
        "a $ref to something inside the spec",
        f"{uri!r}, which would have to be fetched",
        f"{SCHEMA}/$ref",
        "move its target into components, or into a file beside the spec; nothing is ever fetched",
    )


# -- other files ----------------------------------------------------------------------------------


@every_version
def test_schemas_may_stand_in_other_files(version: str) -> None:
    content = {"application/json": {"schema": {"$ref": "schemas/order.yaml#/Order"}}}
    spec = Spec(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"$ref": "paths/a.yaml"}},
            "components": {"schemas": {"Id": {"type": "integer"}}},
        },
        label="api/openapi.yaml",
        files={
            "paths/a.yaml": {"get": {"responses": {"200": {"$ref": "../responses.yaml#/Ok"}}}},
            "responses.yaml": {"Ok": {"description": "ok", "content": content}},
            "schemas/order.yaml": {
                "Order": {
                    "properties": {
                        "id": {"$ref": "../openapi.yaml#/components/schemas/Id"},
                        "sku": {"$ref": "#/Sku"},
                    }
                },
                "Sku": {"type": "string"},
            },
        },
    )
    assert spec.broken_references() == ()
    assert broken(spec, {"id": "x", "sku": 5}) == [
        (
            "/id",
            "type integer",
            "the string 'x'",
            "api/openapi.yaml#/components/schemas/Id/type",
        ),
        ("/sku", "type string", "the number 5", "api/schemas/order.yaml#/Sku/type"),
    ]


# -- lint -----------------------------------------------------------------------------------------


def test_a_schema_that_leads_into_a_cycle_is_not_reported_with_it() -> None:
    spec = spec_of(
        {"$ref": f"{S}Into"},
        Into={"allOf": [{"$ref": f"{S}A"}]},
        A={"anyOf": [{"$ref": f"{S}B"}]},
        B={"not": {"$ref": f"{S}A"}, "oneOf": [{"$ref": f"{S}Out"}]},
        Out={"$ref": f"{S}End"},
        End={},
    )
    places = {one.where.removeprefix(f"openapi.yaml{S}") for one in spec.broken_references()}
    assert places == {"A/anyOf/0/$ref", "B/not/$ref"}


@every_version
def test_references_that_lead_nowhere_are_found_without_a_response(version: str) -> None:
    spec = spec_of(
        {"$ref": "#/components/schemas/Gone"},
        version=version,
        A={"$ref": "#/components/schemas/B"},
        B={"$ref": "#/components/schemas/A"},
        Each={"allOf": [{"$ref": "#/components/schemas/Each"}]},
        Fine={"properties": {"next": {"$ref": "#/components/schemas/Fine"}, "$ref": {}}},
        Text={"example": {"$ref": "#/no"}, "default": {"$ref": "#/no"}, "enum": [{"$ref": "#/no"}]},
        Named={"properties": {"example": {"$ref": "#/no"}}},
    )
    nowhere, round_about = "a $ref that can be resolved", "a $ref that can be resolved"
    assert {(one.expected, one.seen, one.where) for one in spec.broken_references()} == {
        (nowhere, "'#/components/schemas/Gone'", f"{SCHEMA}/$ref"),
        (
            nowhere,
            "'#/no'",
            "openapi.yaml#/components/schemas/Named/properties/example/$ref",
        ),
        (
            round_about,
            "'#/components/schemas/B', which leads back to itself",
            "openapi.yaml#/components/schemas/A/$ref",
        ),
        (
            round_about,
            "'#/components/schemas/A', which leads back to itself",
            "openapi.yaml#/components/schemas/B/$ref",
        ),
        (
            round_about,
            "'#/components/schemas/Each', which leads back to itself",
            "openapi.yaml#/components/schemas/Each/allOf/0/$ref",
        ),
    }


@every_version
def test_a_sound_spec_has_no_mistakes(version: str) -> None:
    assert spec_of({"type": "object"}, version=version).mistakes() == ()


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_mistakes_against_the_specification_say_where_they_stand(version: str) -> None:
    spec = spec_with({"200": {"description": 5}}, version=version, info={"title": "t"})
    first, *_ = spec.mistakes()
    assert (first.expected, first.seen, first.where) == (
        f"valid OpenAPI {version[:3]}: the property 'version'",
        "an object without it",
        "openapi.yaml#/info",
    )


@every_version
def test_a_mistake_inside_of_a_schema_is_reported_as_one_of_a_schema(version: str) -> None:
    spec = spec_of(
        {"properties": {"a": {"type": "strng"}}}, version=version, Other={"required": "a"}
    )
    assert [(one.seen, one.where) for one in spec.mistakes()] == [
        ("the string 'a'", "openapi.yaml#/components/schemas/Other/required"),
        ("the string 'strng'", f"{SCHEMA}/properties/a/type"),
    ]


def test_a_spec_is_made_of_what_can_be_sent_to_another_process() -> None:
    document = spec_of({"type": "integer"}).document
    again = Spec(pickle.loads(pickle.dumps(document)), label="openapi.yaml")  # noqa: S301
    assert len(broken(again, "x")) == 1


# -- the same as the library ----------------------------------------------------------------------

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", 0.5]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)


def schemas(types: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    leaf: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(types),
            "enum": st.lists(st.sampled_from(["a", "b", 1, None]), min_size=1, unique_by=repr),
            "minimum": st.integers(-2, 2),
            "maxLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "required": st.lists(st.sampled_from("abc"), min_size=1, unique=True),
            "nullable": st.booleans(),
            "uniqueItems": st.booleans(),
        },
    )
    return st.recursive(
        leaf,
        lambda inner: st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(types),
                "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
                "additionalProperties": st.booleans() | inner,
                "items": inner,
                "allOf": st.lists(inner, min_size=1, max_size=2),
                "anyOf": st.lists(inner, min_size=1, max_size=2),
                "oneOf": st.lists(inner, min_size=1, max_size=2),
                "not": inner,
            },
        ),
        max_leaves=5,
    )


TYPES = ("string", "integer", "number", "boolean", "array", "object")


@settings(deadline=None)
@given(schema=schemas(TYPES), value=values)
def test_a_response_breaks_3_0_exactly_where_the_library_says_so(schema: Any, value: Any) -> None:
    sound = OAS30ReadValidator(schema).is_valid(value)
    found = validated(spec_of(schema, version="3.0.3"), json.dumps(value))
    # What only the other reading of `nullable` refuses or accepts is a doubt.
    assert (not found.violations) if sound else (found.violations or found.doubts)


@settings(deadline=None)
@given(schema=schemas((*TYPES, "null")), value=values)
def test_a_response_breaks_3_1_exactly_where_the_library_says_so(schema: Any, value: Any) -> None:
    sound = OAS31Validator(schema).is_valid(value)
    assert bool(broken(spec_of(schema), value)) is not sound
