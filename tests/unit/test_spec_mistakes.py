"""What `apismoke check --openapi` finds in a document that the schema of OpenAPI allows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from unit.declaring import refused

from pytest_apismoke.errors import Category
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor

VERSIONS = ("3.0.3", "3.1.0", "3.2.0")
OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
OK_ONE = {"description": "otherwise"}
ID: dict[str, Any] = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
ALIKE = "correct it, or the schema: a response like it would be refused"

NUMBER: dict[str, Any] = {**ID, "schema": {"type": "integer"}, "example": "7"}


def spec_with(paths: dict[str, Any], version: str = "3.1.0", **components: Any) -> Spec:
    return Spec(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": paths,
            "components": components,
        },
        label="openapi.yaml",
        target_url="https://api.example.com",
    )


def told(paths: dict[str, Any], version: str = "3.1.0", **components: Any) -> list[str]:
    return [str(one) for one in spec_with(paths, version, **components).all_mistakes()]


def message(expected: str, seen: str, where: str, hint: str) -> str:
    return f"expected {expected}, seen {seen}\n  where: openapi.yaml#{where}\n  what to do: {hint}"


# -- operations -------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_sound_spec_has_no_mistakes(version: str) -> None:
    paths = {
        "/orders": {"get": {"operationId": "list", **OK}},
        "/orders/{id}": {"parameters": [ID], "get": {"operationId": "get", **OK}, "put": OK},
        "/orders/{id}/lines": {"get": {"parameters": [ID], **OK}},
        "/orders/search": {"get": {"responses": {"2XX": {"description": ""}, "default": OK_ONE}}},
    }
    assert told(paths, version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_variable_of_a_path_has_a_parameter_and_each_parameter_a_variable(version: str) -> None:
    paths = {"/orders/{order}": {"get": {"parameters": [ID], **OK}, "delete": OK}}
    assert told(paths, version) == [
        message(
            "a path parameter 'order', which the path has",
            "none of that name",
            "/paths/~1orders~1{order}/get",
            "declare it: name: order, in: path, required: true",
        ),
        message(
            "{id} in the path, for the path parameter 'id'",
            "/orders/{order}",
            "/paths/~1orders~1{order}/get",
            "correct its name, or remove the parameter",
        ),
    ]


def test_an_operation_id_belongs_to_one_operation() -> None:
    paths = {
        "/a": {"get": {"operationId": "read", **OK}},
        "/b": {"get": {"operationId": "read", **OK}},
    }
    assert told(paths) == [
        message(
            "an operationId that no other operation has",
            "'read', which is that of GET /a too",
            "/paths/~1b/get/operationId",
            "give each operation an operationId of its own, or none",
        )
    ]


def test_no_two_templates_match_the_same_requests() -> None:
    name = {**ID, "name": "name"}
    paths = {
        "/orders/{id}": {"parameters": [ID], "get": OK},
        "/orders/{name}": {"parameters": [name], "get": OK, "put": OK},
    }
    assert told(paths) == [
        message(
            "path templates that differ in more than the names of variables",
            "/orders/{name} and /orders/{id}",
            "/paths/~1orders~1{name}",
            "move the operations of one to the other: a request matches both",
        )
    ]


@pytest.mark.parametrize(("body", "is_broken"), [(b"1", False), (b'"a"', True)])
def test_in_a_run_a_response_may_be_that_of_the_other_template(
    body: bytes, is_broken: bool
) -> None:
    """So it is no evidence against the target."""
    content = {"application/json": {"schema": {"type": "integer"}}}
    right = {"responses": {"200": {"description": "", "content": content}}}
    name = {**ID, "name": "name"}
    spec = spec_with(
        {
            "/orders/{id}": {"parameters": [ID], "get": right},
            "/orders/{name}": {"parameters": [name], "get": OK},
        }
    )

    def validate() -> object:
        headers = {"content-type": "application/json"}
        return spec.validate("GET", "/orders/1", 200, headers, body, Redactor())

    if not is_broken:
        assert validate() is not None
        return
    assert refused(validate) == (
        Category.USAGE,
        message(
            "path templates that differ in more than the names of variables",
            "/orders/{name} and /orders/{id}",
            "/paths/~1orders~1{name}",
            "move the operations of one to the other: a request matches both",
        ),
    )


def test_an_operation_id_that_several_have_names_none_of_them() -> None:
    spec = spec_with(
        {"/a": {"get": {"operationId": "a", **OK}}, "/b": {"get": {"operationId": "a", **OK}}}
    )
    category, text = refused(lambda: spec.validate_operation("a", 200, {}, b"", Redactor()))
    assert category is Category.USAGE
    assert text.startswith("expected an operationId that no other operation has, seen 'a', which")
    assert spec.validate_operation("GET /b", 200, {}, b"", Redactor()).operation == "GET /b"


# -- statuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("status", "hint"), [("2xx", "write 2XX"), ("ok", "correct it"), ("600", "correct it")]
)
def test_a_name_of_a_response_that_is_no_status_is_told_once(
    status: str, hint: str, version: str
) -> None:
    paths = {"/a": {"get": {"responses": {status: {"description": ""}}}}}
    assert told(paths, version) == [
        message(
            "the status of a response: three digits, a range such as 2XX, or default",
            repr(status),
            f"/paths/~1a/get/responses/{status}",
            hint,
        )
    ]


@pytest.mark.parametrize("more", [{}, {"default": OK_ONE}])
def test_in_a_run_it_is_a_mistake_in_the_document_and_not_of_the_target(more: Any) -> None:
    spec = spec_with({"/a": {"get": {"responses": {"2xx": {"description": ""}, **more}}}})
    assert refused(lambda: spec.validate("GET", "/a", 200, {}, b"", Redactor())) == (
        Category.USAGE,
        message(
            "the status of a response: three digits, a range such as 2XX, or default",
            "'2xx'",
            "/paths/~1a/get/responses/2xx",
            "write 2XX",
        ),
    )


@pytest.mark.parametrize(
    ("declared", "status"), [(("2xx", "200"), 200), (("2xx", "2XX"), 204), (("2xx", "404"), 404)]
)
def test_what_is_declared_rightly_is_validated_as_ever(
    declared: tuple[str, ...], status: int
) -> None:
    responses = {name: {"description": ""} for name in declared}
    result = spec_with({"/a": {"get": {"responses": responses}}}).validate(
        "GET", "/a", status, {}, b"", Redactor()
    )
    assert result is not None
    assert result.violations == ()


def test_a_status_that_no_name_can_mean_is_undeclared() -> None:
    result = spec_with({"/a": {"get": {"responses": {"2xx": {"description": ""}}}}}).validate(
        "GET", "/a", 500, {}, b"", Redactor()
    )
    assert result is not None
    assert [one.expected for one in result.violations] == ["the status 2xx"]


# -- examples and defaults --------------------------------------------------------------------


def with_media_type(media_type: dict[str, Any], name: str = "application/json") -> dict[str, Any]:
    response = {"description": "ok", "content": {name: media_type}}
    return {"/a": {"get": {"responses": {"200": response}}}}


CONTENT = "/paths/~1a/get/responses/200/content/application~1json"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_examples_of_a_media_type_are_held_against_its_schema(version: str) -> None:
    media_type = {
        "schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
        "examples": {"right": {"value": {"id": 1}}, "wrong": {"$ref": "#/components/examples/a"}},
    }
    assert told(with_media_type(media_type), version, examples={"a": {"value": {"id": "1"}}}) == [
        message(
            "a value that its own schema allows: type integer at /id",
            "the string '1'",
            f"{CONTENT}/examples/wrong/value",
            ALIKE,
        )
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_examples_and_defaults_of_a_schema_are_held_against_it(version: str) -> None:
    order = {
        "type": "object",
        "properties": {
            "total": {"type": "number", "example": "9.50"},
            "state": {"type": "string", "enum": ["open", "paid"], "default": "new"},
            "example": {"type": "string", "example": "a property of that name"},
        },
    }
    where = "/components/schemas/Order/properties"
    assert sorted(told({}, version, schemas={"Order": order})) == [
        message(
            'a value that its own schema allows: enum ["open", "paid"]',
            "the string 'new'",
            f"{where}/state/default",
            ALIKE,
        ),
        message(
            "a value that its own schema allows: type number",
            "the string '9.50'",
            f"{where}/total/example",
            ALIKE,
        ),
    ]


def test_since_3_1_a_schema_has_several_examples() -> None:
    schemas = {"Id": {"type": "integer", "examples": [1, "2"]}}
    assert told({}, schemas=schemas) == [
        message(
            "a value that its own schema allows: type integer",
            "the string '2'",
            "/components/schemas/Id/examples/1",
            ALIKE,
        )
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "value", [{"id": 1}, {"secret": "a"}, {"id": 1, "secret": "a"}], ids=lambda one: "+".join(one)
)
def test_what_is_only_sent_or_only_received_may_be_in_an_example(
    value: dict[str, Any], version: str
) -> None:
    schema = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
        },
    }
    assert told(with_media_type({"schema": schema, "example": value}), version) == []


@pytest.mark.parametrize(
    "paths",
    [
        with_media_type({"schema": {"type": "object"}, "example": "<a/>"}, "application/xml"),
        with_media_type({"schema": {"type": "object"}, "example": '{"id": 1}'}),
        with_media_type({"schema": {"$ref": "#/components/schemas/X"}, "example": {"x": 1}}),
        {
            "/a/{id}": {
                "get": {"parameters": [{**ID, "schema": {"type": "integer"}, "example": "7"}], **OK}
            }
        },
    ],
    ids=["not JSON", "JSON as text", "an extension", "a parameter as text"],
)
def test_what_one_may_write_in_an_example(paths: dict[str, Any]) -> None:
    schemas = {"X": {"type": "object", "x-note": {"default": 1, "type": "string"}}}
    assert told(paths, schemas=schemas) == []


def test_a_schema_that_is_wrong_itself_is_told_as_that() -> None:
    told_of = told(with_media_type({"schema": {"$ref": "#/nowhere"}, "example": 1}))
    assert [one.splitlines()[0] for one in told_of] == [
        "expected a $ref that can be resolved, seen '#/nowhere'"
    ]


def test_the_first_hundred_broken_examples_are_told() -> None:
    schemas = {f"S{index}": {"type": "integer", "default": "a"} for index in range(150)}
    assert len(told({}, schemas=schemas)) == 100


def test_examples_in_other_files_are_told_with_their_file(tmp_path: Path) -> None:
    spec = Spec(
        {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}},
        label="api/openapi.yaml",
        files={"order.json": json.loads('{"type": "integer", "default": "a"}')},
    )
    (mistake,) = spec.all_mistakes()
    assert mistake.where == "api/order.json#/default"
