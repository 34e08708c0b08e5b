"""Known violations of an OpenAPI document: the body, headers, status and media type."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_apismoke.errors import Break
from pytest_apismoke.evidence import ConformanceResult, Sighting
from pytest_apismoke.known.entries import Entry, Known
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor

OPERATION = "GET /orders/{id}"
TOTAL = Break("/total", "type")
JSON = {"content-type": "application/json"}


def response(schema: object, **more: object) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"description": "", "content": content, **more}


SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
            ],
            "get": {
                "responses": {
                    "200": response(
                        SCHEMA,
                        headers={
                            "X-Total": {"schema": {"type": "integer"}},
                            "X-Page": {"required": True, "schema": {"type": "integer"}},
                        },
                    ),
                    "404": response(SCHEMA),
                    "503": response(SCHEMA),
                }
            },
        }
    },
}
PAGE = {**JSON, "x-page": "1"}


def entry(
    what: Break, *, status: int = 200, contract: str = "Shop", name: str = OPERATION
) -> Entry:
    return Entry(name=name, contract=contract, status=status, what=what)


def held(
    value: object,
    *known: Entry,
    status: int = 200,
    headers: dict[str, str] = PAGE,
    records: bool = False,
) -> ConformanceResult:
    spec = Spec(DOCUMENT, label="openapi.yaml", known=Known(entries=known, records=records))
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    found = spec.validate("GET", "/orders/7", status, headers, body, Redactor())
    assert found is not None
    return found


def met(*what: Break, status: int = 200) -> Sighting:
    return Sighting(name=OPERATION, contract="Shop", status=status, met=what)


def test_a_known_violation_is_kept_apart_with_its_words() -> None:
    found = held({"total": "1"}, entry(TOTAL))
    assert (found.violations, found.difference, found.sighting) == ((), (), met(TOTAL))
    assert [str(one) for one in found.known] == ["/total: expected type number, got the string '1'"]
    assert found.unexcused.violations == found.known


@pytest.mark.parametrize(
    "known",
    [
        entry(TOTAL, status=404),
        entry(TOTAL, contract="Billing"),
        entry(TOTAL, name="GET /orders/{order_id}"),
        entry(Break("/total", "minimum")),
        entry(Break("header total", "type")),
    ],
)
def test_another_status_api_operation_keyword_or_place_is_new(known: Entry) -> None:
    found = held({"total": "1"}, known)
    assert (len(found.violations), found.known) == (1, ())


@pytest.mark.parametrize(
    ("headers", "what"),
    [
        ({**PAGE, "x-total": "many"}, Break("header x-total", "type")),
        (JSON, Break("header x-page", "headers")),
    ],
)
def test_a_header_is_a_place_of_its_own(headers: dict[str, str], what: Break) -> None:
    found = held({"total": 1}, entry(what), headers=headers)
    assert (found.violations, found.sighting) == ((), met(what))
    other = Break("", what.kind)
    assert len(held({"total": 1}, entry(other), headers=headers).violations) == 1


def test_a_status_that_is_not_declared_can_be_known() -> None:
    what = Break("status", "responses")
    assert held({}, entry(what, status=410), status=410).sighting == met(what, status=410)
    assert len(held({}, entry(what, status=410), status=418).violations) == 1


@pytest.mark.parametrize("status", [500, 503])
def test_nothing_in_a_failure_of_the_server_can_be(status: int) -> None:
    found = held({"total": "1"}, status=status, records=True)
    assert (len(found.violations), found.known, found.sighting) == (1, (), None)


def test_a_media_type_that_is_not_declared_can_be_known_for_itself_and_is_not_looked_at() -> None:
    what = Break("media type text/plain", "content")
    plain, table = ({**PAGE, "content-type": f"text/{kind}"} for kind in ("plain", "csv"))
    found = held(b"total: 1", entry(what), headers=plain)
    assert (found.violations, found.sighting) == ((), met(what))
    assert found.not_looked_at == "a body of text/plain"
    assert len(held(b"total", entry(what), headers=table).violations) == 1


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"<h1>Maintenance</h1>", "text/html; charset=utf-8"),
    ],
)
def test_a_body_that_is_absent_broken_or_a_page_is_never_known(
    body: bytes, media_type: str
) -> None:
    known = entry(Break("media type text/html", "content"))
    found = held(body, known, headers={**PAGE, "content-type": media_type}, records=True)
    assert (len(found.violations), found.known) == (1, ())


@pytest.mark.parametrize(
    ("value", "status", "headers", "what", "is_gone"),
    [
        ({"total": 1}, 200, PAGE, TOTAL, True),
        ({}, 200, PAGE, TOTAL, False),
        ({"total": 1}, 404, PAGE, TOTAL, False),
        ({"total": 1}, 200, {**PAGE, "content-type": "text/html"}, TOTAL, False),
        ({}, 200, PAGE, Break("header x-page", "headers"), True),
        ({}, 200, PAGE, Break("header x-total", "type"), False),
        ({}, 200, {**PAGE, "x-total": "1"}, Break("header x-total", "type"), True),
        ({}, 200, PAGE, Break("status", "responses"), True),
        ({}, 200, PAGE, Break("media type text/csv", "content"), True),
    ],
)
def test_only_what_the_response_could_show_is_gone(
    value: object, status: int, headers: dict[str, str], what: Break, is_gone: bool
) -> None:
    sighting = held(value, entry(what), status=status, headers=headers).sighting
    gone = Sighting(name=OPERATION, contract="Shop", status=200, gone=(what,))
    assert sighting == (gone if is_gone else None)


def test_a_run_that_records_takes_every_violation_for_a_known_one() -> None:
    found = held({"total": "1"}, headers=JSON, records=True)
    expected = met(TOTAL, Break("header x-page", "headers"))
    assert (found.violations, found.sighting) == ((), expected)
