"""What one OpenAPI document says otherwise than an earlier one, and what of it breaks."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from pytest_apismoke.errors import Category
from pytest_apismoke.openapi.change import Change, Comparison
from pytest_apismoke.openapi.changes import changes
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor

LIST, MAKE = "GET /orders", "POST /orders"
ORDER: dict[str, Any] = {
    "type": "object",
    "required": ["id", "total"],
    "properties": {
        "id": {"type": "string"},
        "total": {"type": "number"},
        "note": {"type": "string"},
    },
}
NULL = {"type": "null"}


def spec_of(
    schema: Any = None, *, version: str = "3.1.0", schemas: Any = None, **operations: Any
) -> Spec:
    """A document; without operations it has one that answers, and one that takes, the schema."""
    body = {"content": {"application/json": {"schema": {} if schema is None else schema}}}
    usual = {
        "get": {"responses": {"200": {"description": "", **body}}},
        "post": {"requestBody": body, "responses": {"204": {"description": ""}}},
    }
    document = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/orders": operations or usual},
        "components": {"schemas": schemas or {}},
    }
    return Spec(document, label="openapi.json")


def told(before: Any, after: Any, **more: Any) -> list[str]:
    """The changes of a schema: '!' for what breaks, then the place in the body, and the text."""
    found = changes(spec_of(before, **more), spec_of(after, **more))
    return [words(one) for one in found]


def words(change: Change) -> str:
    """A change in one line."""
    mark = "!" if change.is_breaking else "+"
    place = change.place.replace("response 200", "<").replace("request", ">")
    return f"{mark} {place} {change.text}"


def order(**properties: Any) -> dict[str, Any]:
    """The schema of an order with other properties; None for one that it does not have."""
    changed = copy.deepcopy(ORDER)
    for name, schema in properties.items():
        changed["properties"].pop(name, None)
        if schema is None:
            changed["required"] = [one for one in changed["required"] if one != name]
        else:
            changed["properties"][name] = schema
    return changed


def required(*names: str) -> dict[str, Any]:
    """The schema of an order with other required properties."""
    return {**ORDER, "required": list(names)}


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without any other properties."""
    return {**schema, "additionalProperties": False}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            ORDER,
            order(note=None),
            ["! <, /note is gone", "+ >, /note is gone"],
            id="a property is gone",
        ),
        pytest.param(
            closed(ORDER),
            closed(order(note=None)),
            ["! <, /note is gone", "! >, /note is gone"],
            id="a property is gone that a closed object then refuses",
        ),
        pytest.param(
            ORDER,
            order(total=None, sum={"type": "number"}),
            [
                "! <, /total is gone; renamed to 'sum'?",
                "+ <, /sum is new",
                "+ >, /total is gone; renamed to 'sum'?",
                "+ >, /sum is new",
            ],
            id="a property is renamed",
        ),
        pytest.param(
            ORDER,
            order(tax={"type": "number"}),
            ["+ <, /tax is new", "+ >, /tax is new"],
            id="a property is new",
        ),
        pytest.param(
            closed(ORDER),
            closed(order(tax={"type": "number"})),
            ["! <, /tax is new", "+ >, /tax is new"],
            id="a property is new in an object that had no others",
        ),
        pytest.param(
            ORDER,
            required("id"),
            ["! <, /total may be absent now", "+ >, /total may be left out now"],
            id="a property is no longer required",
        ),
        pytest.param(
            ORDER,
            required("id", "total", "note"),
            ["! >, /note has to be sent now", "+ <, /note is always there now"],
            id="a property is required",
        ),
        pytest.param(
            ORDER,
            {**order(tax={"type": "number"}), "required": ["id", "total", "tax"]},
            ["! >, /tax is new, and has to be sent", "+ <, /tax is new"],
            id="a required property is new",
        ),
        pytest.param(
            order(total={"type": "integer"}),
            ORDER,
            ["! <, /total was integer, is number", "+ >, /total was integer, is number"],
            id="a type is wider",
        ),
        pytest.param(
            ORDER,
            order(total={"type": "integer"}),
            ["! <, /total was number, is integer", "! >, /total was number, is integer"],
            id="a type is narrower",
        ),
        pytest.param(
            ORDER,
            order(total={"type": "string", "pattern": "^1"}),
            ["! <, /total was number, is string", "! >, /total was number, is string"],
            id="a type is another one",
        ),
        pytest.param(
            ORDER,
            order(note={"type": ["string", "null"]}),
            [
                "! <, /note was string, is string or null",
                "+ >, /note was string, is string or null",
            ],
            id="null may come",
        ),
        pytest.param(
            ORDER,
            order(note={}),
            ["! <, /note was string, is of any type", "+ >, /note was string, is of any type"],
            id="anything may come",
        ),
        pytest.param(
            {"enum": ["a", "b"]},
            {"enum": ["a", "c"]},
            [
                '! < may also be "c"',
                '! > is no longer "b"',
                '+ < is no longer "b"',
                '+ > may also be "c"',
            ],
            id="values of an enum come and go",
        ),
        pytest.param(
            {"enum": ["a"]},
            {"type": "string"},
            ["! < is no longer one of a list", "+ > is no longer one of a list"],
            id="an enum is gone",
        ),
        pytest.param(
            {"type": "integer", "maximum": 10, "minimum": 2},
            {"type": "integer", "maximum": 20, "minimum": 3},
            [
                "! < maximum 10 became 20",
                "! > minimum 2 became 3",
                "+ < minimum 2 became 3",
                "+ > maximum 10 became 20",
            ],
            id="bounds move",
        ),
        pytest.param(
            {"type": "string", "format": "uuid"},
            {"type": "string", "maxLength": 36},
            [
                "! < format uuid became none",
                "! > maxLength none became 36",
                "+ < maxLength none became 36",
                "+ > format uuid became none",
            ],
            id="a format goes and a length comes",
        ),
        pytest.param(
            {"type": "string", "format": "int32"},
            {"type": "string", "format": "int64"},
            ["! < format int32 became int64", "! > format int32 became int64"],
            id="another format",
        ),
        pytest.param(
            {"type": "array", "items": {"type": "object", "properties": {"a/b": ORDER}}},
            {"type": "array", "items": {"type": "object", "properties": {"a/b": order(note=None)}}},
            ["! <, /*/a~1b/note is gone", "+ >, /*/a~1b/note is gone"],
            id="deep inside",
        ),
        pytest.param(
            ORDER,
            order(
                note={"type": "string", "readOnly": True},
                total={"type": "number", "writeOnly": True},
            ),
            ["! <, /total is gone", "+ >, /note is gone"],
            id="properties of one side only",
        ),
        pytest.param(
            {"oneOf": [ORDER, {"type": "string"}]},
            {"oneOf": [{"type": "string"}, order(note=None), {"type": "boolean"}]},
            [
                "! < may also be boolean",
                "! <, /note is gone",
                "+ > may also be boolean",
                "+ >, /note is gone",
            ],
            id="an alternative comes, another changes",
        ),
        pytest.param(
            ORDER,
            {"anyOf": [ORDER, {"title": "Error", "type": "string", "format": "uri"}]},
            ["! < may also be Error", "+ > may also be Error"],
            id="what had none has an alternative",
        ),
        pytest.param(
            {"type": "string", "not": {"const": "a"}},
            {"type": "string", "not": {"const": "b"}},
            [
                "+ < says something else in not, which is not compared",
                "+ > says something else in not, which is not compared",
            ],
            id="what is not compared is told",
        ),
        pytest.param(
            {"type": "array", "items": {"type": "string"}},
            {"type": "array"},
            ["! <, /* was string, is of any type", "+ >, /* was string, is of any type"],
            id="items of any type",
        ),
        pytest.param(
            {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "integer"}},
            {"type": "array", "items": {"type": "integer"}},
            ["! <, /0 was string, is integer", "! >, /0 was string, is integer"],
            id="a first item like the others",
        ),
        pytest.param(
            {"type": "object", "additionalProperties": {"type": "string"}},
            {"type": "object", "additionalProperties": {"type": "integer"}},
            ["! <, /* was string, is integer", "! >, /* was string, is integer"],
            id="properties without a name",
        ),
        pytest.param(
            ORDER,
            {**order(total=None), "required": ["id", "total"]},
            ["! <, /total is gone", "+ >, /total is gone"],
            id="a property is gone and required all the same",
        ),
        pytest.param(
            {},
            {"oneOf": [ORDER, {"type": "string", "format": "uri"}]},
            [
                "+ < says something else in its alternatives, which is not compared",
                "+ > says something else in its alternatives, which is not compared",
            ],
            id="anything becomes alternatives",
        ),
        pytest.param(
            {},
            False,
            ["! > was of any type, is nothing", "+ < was of any type, is nothing"],
            id="nothing is allowed",
        ),
    ],
)
def test_a_change_of_a_schema_breaks_on_one_side_or_on_both(
    before: Any, after: Any, expected: list[str]
) -> None:
    """A response ('<') must not be more than before, a request ('>') must not have to be less."""
    assert told(before, after) == expected


ITEM = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            ORDER, {**ORDER, "title": "An order", "description": "One.", "x-a": 1}, id="words"
        ),
        pytest.param(
            ORDER, json.loads(json.dumps(ORDER, sort_keys=True)), id="the order of properties"
        ),
        pytest.param(ORDER, required("total", "id"), id="the order of names"),
        pytest.param({"enum": [1, 2]}, {"enum": [2, 1]}, id="the order of values"),
        pytest.param({"const": "a"}, {"enum": ["a"], "type": "string"}, id="a const"),
        pytest.param(
            {"type": ["string", "null"]},
            {"anyOf": [{"type": "string"}, NULL]},
            id="a null beside one branch",
        ),
        pytest.param(
            {"type": ["string", "integer", "null"]},
            {"oneOf": [{"type": "integer"}, {"type": "string"}, NULL]},
            id="types as alternatives",
        ),
        pytest.param({"anyOf": [ORDER]}, ORDER, id="one alternative"),
        pytest.param(
            {"oneOf": [ITEM, ORDER]}, {"oneOf": [ORDER, ITEM]}, id="the order of alternatives"
        ),
        pytest.param(
            {"oneOf": [ITEM, ITEM]}, {"oneOf": [ITEM, ITEM]}, id="alternatives that are equal"
        ),
        pytest.param(
            {"allOf": [ITEM, {"required": ["name"], "properties": {"n": {"maximum": 3}}}]},
            {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "n": {"maximum": 3}},
            },
            id="allOf",
        ),
        pytest.param(
            {
                "allOf": [
                    {"properties": {"n": {"type": "number"}}},
                    {"properties": {"n": {"type": "integer"}}},
                ]
            },
            {"properties": {"n": {"type": "integer"}}},
            id="a property in two parts of allOf",
        ),
        pytest.param(True, {}, id="a schema that is a boolean"),
    ],
)
def test_what_is_only_written_otherwise_is_no_change(one: Any, other: Any) -> None:
    assert (told(one, other), told(other, one)) == ([], [])


A_REF, B_REF = ({"$ref": f"#/components/schemas/{name}"} for name in ("A", "B"))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        pytest.param(
            {"type": "string", "nullable": True}, {"type": ["string", "null"]}, id="a type"
        ),
        pytest.param(
            {"nullable": True, "allOf": [A_REF]}, {"anyOf": [A_REF, NULL]}, id="a component"
        ),
        pytest.param(
            {"nullable": True, **A_REF}, {"anyOf": [A_REF, NULL]}, id="beside a reference"
        ),
        pytest.param(
            {"type": "string", "nullable": True, "enum": ["a"]}, {"enum": ["a", None]}, id="an enum"
        ),
        pytest.param(
            {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
            {"type": "integer", "exclusiveMinimum": 1},
            id="an exclusive bound",
        ),
        pytest.param(
            {"description": "ignored", **A_REF}, {"description": "kept", **A_REF}, id="words"
        ),
    ],
)
def test_what_an_earlier_version_of_openapi_wrote_otherwise_is_no_change(
    older: Any, newer: Any
) -> None:
    schemas = {"A": ORDER}
    found = changes(
        spec_of(older, version="3.0.3", schemas=schemas), spec_of(newer, schemas=schemas)
    )
    assert found == ()


def test_the_name_of_a_component_makes_no_difference() -> None:
    linked = {"type": "object", "properties": {"next": A_REF, "value": {"type": "string"}}}
    renamed = {"type": "object", "properties": {"next": B_REF, "value": {"type": "string"}}}
    before, after = spec_of(A_REF, schemas={"A": linked}), spec_of(B_REF, schemas={"B": renamed})
    assert changes(before, after) == ()


def test_a_recursive_schema_is_told_at_its_first_place_and_of_each_operation_once() -> None:
    """Two schemas refer to each other; operations begin at either."""

    def document(text: Any) -> Spec:
        tree = {"type": "object", "properties": {"leaf": B_REF}}
        leaf = {"type": "object", "properties": {"tree": A_REF, "text": text}}
        bodies = [
            {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
            for schema in (A_REF, B_REF)
        ]
        get, post = ({"responses": body} for body in bodies)
        return spec_of(schemas={"A": tree, "B": leaf}, get=get, post=post)

    found = changes(document({"type": "string"}), document({"type": "boolean"}))

    assert found == (
        Change(
            operations=(LIST, MAKE),
            place="response 200, /leaf/text",
            text="was string, is boolean",
            is_breaking=True,
        ),
    )
    assert str(found[0]) == (
        "GET /orders: response 200, /leaf/text was string, is boolean (and 1 more operation)"
    )


def test_a_schema_that_is_nothing_but_a_circle_ends() -> None:
    assert told(A_REF, A_REF, schemas={"A": B_REF, "B": A_REF}) == []


def of_operations(before: Any, after: Any) -> list[str]:
    """The changes of GET, of which the responses may be left out."""
    ok = {"responses": {"200": {"description": ""}}}
    return [
        words(one) for one in changes(spec_of(get={**ok, **before}), spec_of(get={**ok, **after}))
    ]


def parameter(name: str, location: str = "query", **more: Any) -> dict[str, Any]:
    """The declaration of a parameter."""
    return {"name": name, "in": location, "schema": {"type": "string"}, **more}


def response(*media_types: str, **more: Any) -> dict[str, Any]:
    """The declaration of a response with bodies of these media types."""
    return {"description": "", "content": {name: {"schema": ORDER} for name in media_types}, **more}


JSON, CSV = "application/json", "text/csv"
PAGE = {"schema": {"type": "integer"}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"parameters": [parameter("a")]},
            {"parameters": [parameter("b"), parameter("c", required=True)]},
            [
                "! query parameter c is new, and has to be sent",
                "+ query parameter b is new",
                "+ query parameter a is gone",
            ],
        ),
        (
            {"parameters": [parameter("a"), parameter("X-B", "header", required=True)]},
            {"parameters": [parameter("a", required=True), parameter("x-b", "header")]},
            [
                "! query parameter a has to be sent now",
                "+ header parameter X-B may be left out now",
            ],
        ),
        (
            {"parameters": [parameter("a")]},
            {"parameters": [parameter("a", schema={"enum": ["x"]})]},
            ['! query parameter a is one of "x" now'],
        ),
        ({"parameters": [parameter("accept", "header")]}, {}, []),
        (
            {},
            {"requestBody": {"required": True, **response(JSON)}},
            ["! > is new, and has to be sent"],
        ),
        ({}, {"requestBody": response(JSON)}, ["+ > is new"]),
        ({"requestBody": response(JSON)}, {}, ["+ > has no body any more"]),
        (
            {"requestBody": response(JSON)},
            {"requestBody": {"required": True, **response(JSON)}},
            ["! > has to have a body now"],
        ),
        (
            {"requestBody": response(JSON, CSV)},
            {"requestBody": response(JSON)},
            ["! > text/csv is gone"],
        ),
        (
            {"responses": {"200": response(JSON), "404": response(JSON)}},
            {"responses": {"201": response(JSON)}},
            ["! < is gone", "+ response 404 is gone", "+ response 201 is new"],
        ),
        (
            {"responses": {"200": response(JSON), "404": response(JSON)}},
            {"responses": {"2XX": response(JSON), "default": response(JSON)}},
            ["+ response 2XX is new", "+ response default is new"],
        ),
        (
            {"responses": {"200": response("application/json; charset=utf-8", CSV)}},
            {"responses": {"200": response("Application/JSON", "image/png")}},
            ["! < text/csv is gone", "+ < image/png is new"],
        ),
        ({"responses": {"200": response("*/*")}}, {"responses": {"200": response(JSON)}}, []),
        (
            {"responses": {"200": response(headers={"X-Page": PAGE, "X-All": PAGE})}},
            {"responses": {"200": response(headers={"x-page": {"schema": {}}, "X-New": PAGE})}},
            [
                "! <, header x-page was integer, is of any type",
                "! <, header x-all is gone",
                "+ <, header x-new is new",
            ],
        ),
        (
            {"responses": {"200": response(headers={"X-Page": {"required": True, **PAGE}})}},
            {"responses": {"200": response(headers={"X-Page": PAGE})}},
            ["! <, header x-page may be absent now"],
        ),
        ({"security": []}, {"security": [{"bearer": []}]}, ["! login is needed now"]),
        ({"security": [{"a": []}]}, {"security": [{"a": []}, {}]}, ["+ login is no longer needed"]),
        ({}, {"security": [{"bearer": []}]}, []),
        ({}, {"deprecated": True}, ["+ deprecated is said now"]),
        ({"operationId": "a", "tags": ["x"], "summary": "s"}, {"servers": [{"url": "/v2"}]}, []),
    ],
)
def test_a_change_of_an_operation(before: Any, after: Any, expected: list[str]) -> None:
    assert of_operations(before, after) == expected


def with_paths(*paths: str, **more: Any) -> Spec:
    """A document whose paths can be read."""
    document = {
        "openapi": "3.1.0",
        "paths": {path: {"get": {"responses": {"200": {"description": ""}}}} for path in paths},
        **more,
    }
    return Spec(document, label="openapi.json")


def test_operations_come_and_go_and_the_name_of_a_path_parameter_is_no_change() -> None:
    before = with_paths("/a/{id}", "/b", servers=[{"url": "https://staging.example.com/v1"}])
    after = with_paths("/c", "/a/{order}", info={"version": "2"})

    assert changes(before, after) == (
        Change(operations=("GET /b",), place="", text="is gone", is_breaking=True),
        Change(operations=("GET /c",), place="", text="is new", is_breaking=False),
    )


def test_the_document_of_another_api_is_one_change() -> None:
    (found,) = changes(with_paths("/a", "/b"), with_paths("/c"))
    assert (str(found), found.is_breaking) == (
        "GET /a is gone, with all 1 other operations; those that are there, 1, were not: is it the"
        " document of another API?",
        True,
    )


# -- what a run says of it -------------------------------------------------------------------------


def comparison(breaking: int, new: int) -> Comparison:
    """A comparison with some operations that are gone, and some that are new."""
    paths = [
        *((f"/gone/{i}", True) for i in range(breaking)),
        *((f"/new/{i}", False) for i in range(new)),
    ]
    found = (
        Change(
            operations=(f"GET {path}",),
            place="",
            text="is gone" if is_breaking else "is new",
            is_breaking=is_breaking,
        )
        for path, is_breaking in paths
    )
    return Comparison(stored="a.json", served="http://t/a.json", changes=tuple(found))


def test_a_few_breaking_changes_are_told_each_and_the_others_in_one_note() -> None:
    notes = comparison(7, 7).notes(strict=False)
    breaks = "the document has changed, and breaks its copy"
    assert notes == (
        *(f"{breaks}: GET /gone/{number} is gone" for number in range(5)),
        f"{breaks} at 2 more places; 'apismoke openapi diff' lists them",
        "the document has changed: GET /new/0 is new; GET /new/1 is new; GET /new/2 is new;"
        " GET /new/3 is new; GET /new/4 is new and 2 more",
    )
    assert comparison(7, 7).notes(strict=True) == notes[-1:]
    assert comparison(0, 0).notes(strict=False) == ()


def test_what_the_copy_does_not_have_is_not_looked_at() -> None:
    assert comparison(1, 0).not_looked_at() == ()
    assert comparison(1, 1).not_looked_at() == ("GET /new/0 (a.json does not have it)",)
    assert comparison(0, 2).not_looked_at() == (
        "GET /new/0, GET /new/1 (a.json does not have them)",
    )


def test_what_breaks_is_a_failure_where_one_is_strict() -> None:
    assert comparison(0, 3).failure() is None
    failure = comparison(2, 1).failure()
    assert failure is not None
    assert failure.category is Category.INVALID
    assert str(failure) == (
        "expected a document that promises what its copy a.json does, seen GET /gone/0 is gone; GET"
        " /gone/1 is gone\n  where: http://t/a.json\n  what to do: take the change back, or accept"
        " it with 'apismoke openapi save'; a run without --smoke-drift=strict notes it"
    )


def test_secrets_are_removed_from_what_is_told() -> None:
    redactor = Redactor()
    redactor.learn("hunter22", "APISMOKE_PASSWORD")
    change = Change(
        operations=("GET /hunter22",), place="/hunter22", text="is 'hunter22'", is_breaking=True
    )
    assert change.redacted(redactor) == Change(
        operations=("GET /[redacted]",),
        place="/[redacted]",
        text="is '[redacted]'",
        is_breaking=True,
    )
