"""What a contract describes and nothing validates is told, and counts for nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_apismoke.commands.check import main
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.evidence import UNDESCRIBED, ConformanceResult, Exchange
from pytest_apismoke.openapi.conformance import NotLookedAt, contract_use, nothing_exercised
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.not_looked_at import not_looked_at
from pytest_apismoke.schemas.store import Schemas, built_in

DRAFT7 = "http://json-schema.org/draft-07/schema#"
OBJECT = {"type": "object", "required": ["id"]}
XML, LINES = "application/xml", "application/x-ndjson"


# -- bodies -----------------------------------------------------------------------------------


def result_of(media_types: dict[str, Any], kind: str, body: bytes) -> ConformanceResult:
    response = {"description": "ok", "content": media_types}
    document = {
        "openapi": "3.2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/report": {"get": {"responses": {"200": response}}}},
    }
    spec = Spec(document, label="openapi.yaml", target_url="https://api.example.com")
    headers = {"content-type": kind} if kind else {}
    found = spec.validate("GET", "/report", 200, headers, body, Redactor())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ({"schema": OBJECT}, XML),
        ({"schema": OBJECT}, f"{XML}; charset=utf-8"),
        ({"schema": OBJECT}, LINES),
        ({"itemSchema": OBJECT}, LINES),
        ({"schema": {"type": "array"}}, "text/csv"),
        ({"schema": {"type": "integer"}}, XML),
        ({"schema": OBJECT}, "text/event-stream"),
    ],
)
def test_a_body_that_nothing_validates_is_named(media_type: dict[str, Any], kind: str) -> None:
    plain = kind.partition(";")[0]
    assert result_of({plain: media_type}, kind, b"<broken") == ConformanceResult(
        operation="GET /report", not_looked_at=f"a body of {plain}"
    )


@pytest.mark.parametrize(
    ("media_type", "kind", "body"),
    [
        ({"schema": OBJECT}, "application/json", b'{"id": 1}'),
        ({"schema": {"type": "string"}}, "text/plain", b"a"),
        ({"schema": {"type": "string", "format": "binary"}}, "application/pdf", b"%PDF"),
        ({}, "application/json", b""),
    ],
    ids=["JSON", "text", "a file", "no body"],
)
def test_a_body_that_is_validated_is_not(
    media_type: dict[str, Any], kind: str, body: bytes
) -> None:
    assert result_of({kind: media_type}, kind, body).not_looked_at == ""


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ({"schema": {}}, XML),
        ({}, XML),
        ({"schema": {"title": "Response Read Item", "x-order": 1}}, "application/json"),
        ({}, "application/json"),
    ],
    ids=["any XML", "XML without a schema", "any JSON", "JSON without a schema"],
)
def test_a_body_that_no_schema_describes_is_named_and_its_operation_is_exercised(
    media_type: dict[str, Any], kind: str
) -> None:
    held = result_of({kind: media_type}, kind, b"[1]")
    assert held == ConformanceResult(operation="GET /report", not_looked_at=UNDESCRIBED)
    use = contract_use([exchange(held)], source="openapi.yaml", operations=("GET /report",))
    assert (use.exercised, [str(one) for one in use.not_looked_at]) == (
        ("GET /report",),
        ["GET /report (a body that no schema describes)"],
    )


def exchange(held: ConformanceResult) -> Exchange:
    return Exchange.told(
        method="GET",
        url="https://api.example.com/report",
        status=200,
        duration_s=0.1,
        request_id=None,
        excerpt="",
        error=None,
        curl="",
        held=held,
    )


UNLOOKED = ConformanceResult(operation="GET /report", not_looked_at=f"a body of {XML}")
LOOKED = ConformanceResult(operation="GET /report")


def test_an_operation_with_nothing_but_such_bodies_is_not_exercised() -> None:
    names = ("GET /report", "GET /orders")
    use = contract_use(
        [exchange(UNLOOKED), exchange(UNLOOKED)], source="openapi.yaml", operations=names
    )
    assert (use.exercised, use.not_exercised) == ((), names)
    assert use.not_looked_at == (NotLookedAt("GET /report", f"a body of {XML}"),)


def test_an_operation_with_another_body_is_and_the_first_is_told_all_the_same() -> None:
    use = contract_use(
        [exchange(UNLOOKED), exchange(LOOKED)], source="openapi.yaml", operations=("GET /report",)
    )
    assert (use.exercised, use.not_looked_at) == (
        ("GET /report",),
        (NotLookedAt("GET /report", f"a body of {XML}"),),
    )


def test_a_run_that_has_only_such_bodies_verifies_nothing() -> None:
    use = contract_use([exchange(UNLOOKED)], source="openapi.yaml", operations=("GET /report",))
    assert nothing_exercised(use, server_paths=("",), target_path="") == Failure(
        category=Category.UNVERIFIED,
        expected="a response of any of the 1 operations of openapi.yaml",
        seen=f"none that is validated: GET /report (a body of {XML})",
        where="openapi.yaml",
        hint="only JSON and text are validated: let the run ask for an operation that has them",
    )


# -- schemas ----------------------------------------------------------------------------------


def in_vain(schema: object, **more: object) -> tuple[str, ...]:
    documents = {"order.schema.json": schema}
    return not_looked_at(built_in().with_documents(documents, {}))


PLACE = "contracts/order.schema.json#"


def test_the_built_in_schemas_say_nothing_in_vain() -> None:
    assert not_looked_at(built_in()) == ()
    assert not_looked_at(Schemas({})) == ()


@pytest.mark.parametrize(
    ("schema", "word", "place", "reason"),
    [
        (
            {"properties": {"a": {"dependencies": {}}}},
            "the keyword dependencies",
            "/properties/a/dependencies",
            "a keyword of draft-07: write dependentRequired or dependentSchemas",
        ),
        (
            {"additionalItems": False},
            "the keyword additionalItems",
            "/additionalItems",
            "a keyword of draft-07: write prefixItems and items",
        ),
        (
            {"nullable": True},
            "the keyword nullable",
            "/nullable",
            'a keyword of OpenAPI 3.0: add "null" to the type',
        ),
        (
            {"discriminator": {"propertyName": "kind"}},
            "the keyword discriminator",
            "/discriminator",
            "a keyword of OpenAPI: write if and then, or const in each branch",
        ),
        (
            {"divisibleBy": 2},
            "the keyword divisibleBy",
            "/divisibleBy",
            "a keyword of old drafts: write multipleOf",
        ),
        (
            {"$schema": DRAFT7, "unevaluatedProperties": False},
            "the keyword unevaluatedProperties",
            "/unevaluatedProperties",
            "a keyword of 2020-12, and the schema declares draft-07: declare 2020-12",
        ),
        (
            {
                "$schema": DRAFT7,
                "definitions": {"a": {}},
                "properties": {"a": {"$ref": "#/definitions/a", "title": "A", "minLength": 1}},
            },
            "the keyword minLength",
            "/properties/a/minLength",
            "beside a $ref, where draft-07 ignores it: write both into allOf",
        ),
        (
            {"items": {"format": "int64"}},
            "the format int64",
            "/items/format",
            "nothing checks it: write a pattern or bounds",
        ),
    ],
)
def test_what_a_schema_says_in_vain_is_told_with_its_place(
    schema: object, word: str, place: str, reason: str
) -> None:
    assert in_vain(schema) == (f"{word} at {PLACE}{place} ({reason})",)


@pytest.mark.parametrize(
    "schema",
    [
        {"dependentRequired": {"a": ["b"]}, "$defs": {"a": {}}, "definitions": {}},
        {"$schema": DRAFT7, "dependencies": {"a": ["b"]}, "additionalItems": False},
        {"$defs": {"a": {}}, "properties": {"a": {"$ref": "#/$defs/a", "minLength": 1}}},
        {"items": {"format": "date-time"}, "contentEncoding": "base64", "x-nullable": True},
        {"format": "password", "properties": {"nullable": {}, "dependencies": {}}},
        True,
    ],
)
def test_what_it_says_to_some_effect_is_not(schema: object) -> None:
    assert in_vain(schema) == ()


def test_of_many_places_three_are_told_and_the_others_counted() -> None:
    schema = {"properties": {name: {"format": "int64"} for name in "abcde"}}
    where = ", ".join(f"{PLACE}/properties/{name}/format" for name in "abc")
    assert in_vain(schema) == (
        f"the format int64 at {where} and 2 more (nothing checks it: write a pattern or bounds)",
    )


def test_check_tells_it_and_finds_no_mistake_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "contracts").mkdir()
    schema = {"type": "string", "nullable": True}
    (tmp_path / "contracts/order.schema.json").write_text(json.dumps(schema))
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == (
        "not looked at: the keyword nullable at contracts/order.schema.json#/nullable"
        ' (a keyword of OpenAPI 3.0: add "null" to the type)\n\n'
        "contracts/: 0 checks, 1 schema: nothing to correct\n"
    )
