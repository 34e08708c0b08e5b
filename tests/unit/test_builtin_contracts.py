"""The built-in contracts: the place, the expectation and the value of each violation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pytest_apismoke.checks.suites.document import breach_hint
from pytest_apismoke.demo.documents import WRITABLE, new_document
from pytest_apismoke.errors import Violation
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.schemas.store import built_in

FOLDER = Path(__file__).parents[2] / "contracts"
GOOD: dict[str, Any] = {"id": 1, "name": "Salon"}


SCHEMAS = built_in()


def check(document: object, contract: str = "settings") -> tuple[Violation, ...]:
    """The violations of a document as it shows them, without the places in the contract."""
    broken = SCHEMAS.check(document, contract, Redactor())
    return tuple(
        replace(violation, schema_location="", kind="", places=())
        for violation in broken.violations
    )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.name)
def test_every_contract_is_a_schema_of_draft_2020_12_and_says_what_it_is(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert path.name.endswith(".schema.json")
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"]


@pytest.mark.parametrize(
    ("document", "violations"),
    [
        ([], [("", "type object", "a list of 0")]),
        (None, [("", "type object", "null")]),
        ({}, [("", "the properties 'id', 'name'", "an object without them")]),
        ({"id": 1}, [("", "the property 'name'", "an object without it")]),
        ({"id": None, "name": 5}, [
            ("/id", "type string or integer", "null"),
            ("/name", "type string", "the number 5"),
        ]),
        ({**GOOD, "id": True}, [("/id", "type string or integer", "the boolean true")]),
        (
            {**GOOD, "business_hours": 5},
            [("/business_hours", "type object or array or string or null", "the number 5")],
        ),
    ],
)  # fmt: skip
def test_what_the_settings_contract_refuses(
    document: object, violations: list[tuple[str, str, str]]
) -> None:
    assert check(document) == tuple(
        Violation(pointer=pointer, expected=wants, actual=came)
        for pointer, wants, came in violations
    )


@pytest.mark.parametrize("hours", ["9-5", {"monday": [{"open": "09:00", "close": "17:30"}]}, None])
@pytest.mark.parametrize("contract", ["settings", "settings-deep"])
def test_the_document_of_the_default_profile_fits_with_any_kind_of_hours(
    contract: str, hours: object
) -> None:
    """Of one backend of the family they are a text, of others an object."""
    assert check({**new_document(), "business_hours": hours}, contract) == ()
    empty = {**new_document(), **dict.fromkeys(WRITABLE), "name": "Salon"}
    assert check({**empty, "business_hours": hours}, contract) == ()


@pytest.mark.parametrize(
    "document", [GOOD, {**GOOD, "id": "x", "greeting_style": None, "more": [1]}]
)
def test_what_the_settings_contract_takes(document: object) -> None:
    assert check(document) == ()


@pytest.mark.parametrize(
    ("member", "value", "pointer", "wants"),
    [
        ("name", "", "/name", "minLength 1"),
        ("timezone", "Berlin?", "/timezone", "pattern "),
        ("updated_at", "yesterday", "/updated_at", "pattern "),
        ("business_hours", {"mon": [5]}, "/business_hours/mon/0", "type string or array or object"),
        ("business_hours", {"a/b~c": 5}, "/business_hours/a~1b~0c", "type array or object or"),
        ("business_hours", 5, "/business_hours", "type object or string or null"),
        ("industry", 5, "/industry", "type string or null"),
        ("id", -1, "/id", "minimum 0 (branch 2 of anyOf, the closest)"),
    ],
)
def test_what_the_deep_contract_refuses(
    member: str, value: object, pointer: str, wants: str
) -> None:
    (violation,) = check({**GOOD, member: value}, "settings-deep")
    assert (violation.pointer, violation.expected[: len(wants)]) == (pointer, wants)


@pytest.mark.parametrize(
    "member",
    [
        {"timezone": "Europe/Berlin"},
        {"timezone": "UTC"},
        {"timezone": "America/Argentina/Buenos_Aires"},
        {"updated_at": "2026-01-01T12:00:00Z"},
        {"updated_at": "2026-01-01 12:00:00.123456+00:00"},
        {"business_hours": {"mon": ["9-5"], "tue": [["9", "5"]], "wed": [{"open": "9"}]}},
        {"business_hours": None, "timezone": None, "updated_at": None},
        {"business_hours": "9-5", "greeting_style": "Hello", "common_services": None},
    ],
)
def test_what_the_deep_contract_takes(member: dict[str, Any]) -> None:
    assert check({**GOOD, **member}, "settings-deep") == ()


@pytest.mark.parametrize(
    ("body", "pointer", "wants"),
    [
        ({"available": True, "error": "x", "detail": "y"}, "/available", "const false"),
        ({"available": False, "error": "", "detail": "y"}, "/error", "minLength 1"),
        (
            {"available": False, "error": "x"},
            "",
            "the property 'detail'",
        ),
        ([], "", "type object"),
    ],
)
def test_what_is_no_honest_answer_of_an_unavailable_calendar(
    body: object, pointer: str, wants: str
) -> None:
    (violation,) = check(body, "calendar-unavailable")
    assert (violation.pointer, violation.expected) == (pointer, wants)


def test_a_refusal_says_why_in_a_member_that_people_use_for_it() -> None:
    for name in ("error", "detail", "message", "title", "errors"):
        assert check({name: "no"}, "refusal") == ()
    assert [v.pointer for v in check({"status": "no"}, "refusal")] == [""]
    assert check("no", "refusal")[0] == Violation(
        pointer="", expected="type object", actual="the string 'no'"
    )


def test_a_violation_shows_no_secret_and_no_member_of_a_sensitive_name() -> None:
    redactor = Redactor()
    redactor.learn("canary-secret", "APISMOKE_TOKEN")

    found = SCHEMAS.check(
        {"id": ["canary-secret"], "name": {"canary-secret": 1}}, "settings", redactor
    )

    assert "canary" not in str(found)
    assert [str(violation) for violation in found.violations] == [
        "/id: expected type string or integer, got a list of 1",
        f"/name: expected type string, got an object with '{REPLACEMENT}'",
    ]
    assert check({**GOOD, "business_hours": {"access_token": 5}}, "settings-deep") == (
        Violation(
            pointer="/business_hours/access_token",
            expected="type array or object or string or null",
            actual="a value that is not shown",
        ),
    )


@pytest.mark.parametrize("text", ["", "+", "14155550123", "+1 415 555", "+12\n", "+١٢٣"])
def test_a_malformed_number_breaks_its_contract(text: str) -> None:
    assert [violation.expected for violation in check(text, "phone-number")] == ['format "e164"']


@pytest.mark.parametrize("value", [5, True, [], {}])
def test_a_number_of_another_type_breaks_its_contract_once(value: object) -> None:
    assert [v.expected for v in check(value, "phone-number")] == ["type string or null"]


def test_an_account_without_a_number_keeps_the_contract() -> None:
    assert check(None, "phone-number") == ()


@pytest.mark.parametrize(
    ("own", "hint"),
    [
        (
            True,
            "compare the response with contracts/settings.schema.json: either the API broke it or"
            " the contract is out of date",
        ),
        (
            False,
            "either the API broke this contract, which is built in, or it does not fit this"
            " backend: then write your own, contracts/settings.schema.json",
        ),
    ],
)
def test_a_broken_contract_says_whose_it_is(own: bool, hint: str) -> None:
    """A user without contracts of their own does not look for a file that they don't have."""
    assert breach_hint("settings", own=own) == hint
