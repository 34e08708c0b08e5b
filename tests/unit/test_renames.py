"""A property that is absent beside one that nothing declares: was it renamed?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


def told(value: object, schema: Any) -> list[str]:
    found = Schemas({"s.schema.json": schema}).check(value, "s", Redactor())
    return [f"{one.pointer} {one.actual}" for one in found.violations]


def needs(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


@pytest.mark.parametrize(
    ("schema", "value", "renamed"),
    [
        # A similar name.
        (needs(name=TEXT), {"full_name": "Ada", "x": "y"}, "; renamed to 'full_name'?"),
        (needs(user_id=NUMBER), {"userId": 1, "age": 2}, "; renamed to 'userId'?"),
        ({"required": ["user_id"], "properties": {"x": {}}}, {"userId": 1},
         "; renamed to 'userId'?"),
        # Another name, where there is only one, and its value is as declared.
        (needs(total=NUMBER), {"amount": 5}, "; renamed to 'amount'?"),
        (needs(total=NUMBER), {"amount": "5"}, ""),
        (needs(total={}), {"amount": 5}, ""),
        (needs(total=NUMBER), {"amount": 5, "price": 5}, ""),
        # Of two similar ones the one that fits; none where both do.
        (needs(name=TEXT), {"name1": "Ada", "name2": 5}, "; renamed to 'name1'?"),
        (needs(name=TEXT), {"name1": "Ada", "name2": "Lovelace"}, ""),
        # Nothing that is declared somewhere.
        ({"allOf": [needs(name=TEXT), {"properties": {"names": TEXT}}]}, {"names": "Ada"}, ""),
        ({**needs(name=TEXT), "additionalProperties": TEXT}, {"names": "Ada"}, ""),
        ({**needs(name=TEXT), "patternProperties": {"s$": TEXT}}, {"names": "Ada"}, ""),
        # No name that is data.
        (needs(total=NUMBER), {"2024-01-01": 5}, ""),
        (needs(total=NUMBER), {}, ""),
    ],
)  # fmt: skip
def test_the_new_name_is_guessed_where_one_is_plausible(
    schema: dict[str, Any], value: object, renamed: str
) -> None:
    wanted = f"an object without it{renamed}"
    assert told(value, schema) == [f" {wanted}"]
    assert told([value], {"items": schema}) == [f"/0 {wanted}"]
    assert told({"a": value}, {"properties": {"a": schema}}) == [f"/a {wanted}"]


def test_of_several_absent_properties_each_has_its_own_name() -> None:
    schema = needs(first_name=TEXT, total=NUMBER, currency=TEXT)
    assert told({"firstName": "Ada", "totals": 5, "cur": "EUR"}, schema) == [
        " an object without them; 'first_name' renamed to 'firstName'?,"
        " 'total' renamed to 'totals'?"
    ]
    assert told({"name": "Ada"}, needs(names=TEXT, name_=TEXT)) == [" an object without them"]


def test_below_a_sensitive_name_nothing_is_guessed() -> None:
    schema = {"properties": {"tokens": needs(total=NUMBER)}}
    assert told({"tokens": {"amount": 5}}, schema) == ["/tokens a value that is not shown"]


def test_what_can_not_be_held_against_its_schema_was_not_renamed() -> None:
    """No value had been, as the property is absent: the mistake is told by `check`."""
    assert told({"amount": "x"}, needs(total={"pattern": "("})) == [" an object without it"]


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_so_it_is_in_a_response_of_an_operation(version: str) -> None:
    answer = {"type": "array", "items": {"$ref": "#/components/schemas/User"}}
    response = {"description": "ok", "content": {"application/json": {"schema": answer}}}
    user = needs(name={"$ref": "#/components/schemas/Name"}, id=NUMBER)
    spec = Spec(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": response}}}},
            "components": {"schemas": {"User": user, "Name": TEXT}},
        },
        label="openapi.yaml",
    )
    body = json.dumps([{"id": 1, "name": "Ada"}, {"id": 2, "label": "Bob"}]).encode()
    headers = {"content-type": "application/json"}
    held = spec.validate("GET", "/a", 200, headers, body, Redactor())
    assert held is not None
    assert [str(one) for one in held.violations] == [
        "/1: expected the property 'name', got an object without it; renamed to 'label'?"
    ]
