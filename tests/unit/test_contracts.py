"""Contracts: what they refuse, told as a place, what it wants and what came."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_apismoke import contracts
from pytest_apismoke.contracts import is_e164
from pytest_apismoke.evidence import Violation
from pytest_apismoke.redaction import REPLACEMENT, Redactor

FOLDER = Path(__file__).parents[2] / "contracts"
GOOD: dict[str, Any] = {"id": 1, "name": "Salon"}


def check(document: object, contract: str = "settings") -> tuple[Violation, ...]:
    return contracts.check(document, contract, Redactor())


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
        ({}, [("", "the members 'id', 'name'", "none named 'id', 'name'")]),
        ({"id": 1}, [("", "the members 'id', 'name'", "none named 'name'")]),
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
        Violation(pointer=pointer, wants=wants, came=came) for pointer, wants, came in violations
    )


@pytest.mark.parametrize("document", [GOOD, {**GOOD, "id": "x", "greeting": None, "more": [1]}])
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
        ("id", -1, "/id", "anyOf "),
    ],
)
def test_what_the_deep_contract_refuses(
    member: str, value: object, pointer: str, wants: str
) -> None:
    (violation,) = check({**GOOD, member: value}, "settings-deep")
    assert (violation.pointer, violation.wants[: len(wants)]) == (pointer, wants)


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
            "the members 'available', 'error', 'detail'",
        ),
        ([], "", "type object"),
    ],
)
def test_what_is_no_honest_answer_of_an_unavailable_calendar(
    body: object, pointer: str, wants: str
) -> None:
    (violation,) = check(body, "calendar-unavailable")
    assert (violation.pointer, violation.wants) == (pointer, wants)


def test_a_refusal_says_why_in_a_member_that_people_use_for_it() -> None:
    for name in ("error", "detail", "message", "title", "errors"):
        assert check({name: "no"}, "refusal") == ()
    assert [v.pointer for v in check({"status": "no"}, "refusal")] == [""]
    assert check("no", "refusal")[0] == Violation(
        pointer="", wants="type object", came="the text 'no'"
    )


def test_a_violation_shows_no_secret_and_no_member_of_a_sensitive_name() -> None:
    redactor = Redactor()
    redactor.learn("canary-secret", "APISMOKE_TOKEN")

    found = contracts.check(
        {"id": ["canary-secret"], "name": {"canary-secret": 1}}, "settings", redactor
    )

    assert [str(violation) for violation in found] == [
        "/id: wants type string or integer, came a list of 1",
        f"/name: wants type string, came an object with '{REPLACEMENT}'",
    ]
    assert check({**GOOD, "business_hours": {"access_token": 5}}, "settings-deep") == (
        Violation(
            pointer="/business_hours/access_token",
            wants="type array or object or string or null",
            came="a value that is not shown",
        ),
    )


def test_violations_come_in_document_order() -> None:
    """Sorted as text, the tenth entry would stand before the second."""
    hours = {"mon": [None if day in (2, 10) else "9-5" for day in range(11)]}
    found = check({**GOOD, "business_hours": hours}, "settings-deep")
    assert [v.pointer for v in found] == ["/business_hours/mon/2", "/business_hours/mon/10"]


def test_many_violations_are_told_as_the_first_few() -> None:
    found = [Violation(pointer=f"/{n}", wants="a", came="b") for n in range(5)]
    assert contracts.in_words(found) == (
        "/0: wants a, came b; /1: wants a, came b; /2: wants a, came b; and 2 more"
    )
    assert contracts.in_words(found[:3], at_most=3).endswith("/2: wants a, came b")
    assert contracts.in_words(found[:1]) == "/0: wants a, came b"


# -- E.164 ------------------------------------------------------------------------------------


@given(first=st.sampled_from("123456789"), rest=st.text("0123456789", min_size=1, max_size=14))
@settings(max_examples=60, deadline=None)
def test_a_plus_a_country_code_and_at_most_15_digits_is_e164(first: str, rest: str) -> None:
    assert is_e164(f"+{first}{rest}")
    assert check(f"+{first}{rest}", "phone-number") == ()


@given(text=st.text(st.characters() | st.sampled_from("+0123456789 -٣"), max_size=18))
@settings(max_examples=150, deadline=None)
def test_nothing_else_is_e164(text: str) -> None:
    digits = text[1:]
    right = (
        text[:1] == "+"
        and re.fullmatch("[0-9]{2,15}", digits) is not None
        and not digits.startswith("0")
    )
    assert is_e164(text) == right


@pytest.mark.parametrize(
    "text",
    ["", "+", "+1", "+0123456", "14155550123", "+1 415 555", "+1234567890123456", "+12\n", "+١٢٣"],
)
def test_a_malformed_number_breaks_its_contract(text: str) -> None:
    assert [violation.wants for violation in check(text, "phone-number")] == ['format "e164"']


@pytest.mark.parametrize("value", [5, True, [], {}])
def test_a_number_of_another_type_breaks_its_contract_once(value: object) -> None:
    assert [v.wants for v in check(value, "phone-number")] == ["type string or null"]


def test_an_account_without_a_number_keeps_the_contract() -> None:
    assert check(None, "phone-number") == ()


# -- how long a text may be -------------------------------------------------------------------


@pytest.fixture
def schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of contracts of one's own; what is remembered of others does not leak in or out."""
    monkeypatch.setattr(contracts, "_folder", lambda: tmp_path)
    contracts._validator.cache_clear()
    yield tmp_path
    contracts._validator.cache_clear()


def write(folder: Path, contract: str, properties: object) -> None:
    schema = {"properties": properties}
    (folder / f"{contract}.schema.json").write_text(json.dumps(schema), encoding="utf-8")


@pytest.mark.parametrize(
    ("pointer", "limit"),
    [
        ("/description", 40),
        ("/texts/about", 7),
        ("/a~1b", 3),
        ("/m~0n", 4),
        ("/", 5),
        ("/zero", 0),
        ("/name", None),
        ("/texts", None),
        ("/unknown", None),
        ("/texts/unknown", None),
        ("/anything/deeper", None),
        ("/list/0", None),
    ],
)
def test_a_contract_says_how_long_a_text_may_be(
    schemas: Path, pointer: str, limit: int | None
) -> None:
    write(
        schemas,
        "mine",
        {
            "description": {"type": "string", "maxLength": 40},
            "texts": {"type": "object", "properties": {"about": {"maxLength": 7}}},
            "a/b": {"maxLength": 3},
            "m~n": {"maxLength": 4},
            "": {"maxLength": 5},
            "zero": {"maxLength": 0},
            "name": {"type": "string", "minLength": 1},
            "anything": True,
            "list": {"items": {"maxLength": 9}},
        },
    )
    assert contracts.longest_text(pointer, "mine") == limit


@pytest.mark.parametrize(
    ("names", "limit"),
    [
        ([], None),
        (["none"], None),
        (["long"], 50),
        (["long", "none", "short"], 20),
        (["none", "long"], 50),
    ],
)
def test_of_several_contracts_the_strictest_counts(
    schemas: Path, names: list[str], limit: int | None
) -> None:
    write(schemas, "long", {"description": {"maxLength": 50}})
    write(schemas, "short", {"description": {"maxLength": 20}})
    write(schemas, "none", {})
    assert contracts.longest_text("/description", *names) == limit


def test_a_length_may_be_written_as_a_float(schemas: Path) -> None:
    write(schemas, "mine", {"description": {"maxLength": 40.0}})
    assert contracts.longest_text("/description", "mine") == 40


def test_the_built_in_contracts_set_no_limit_below_what_a_probe_needs() -> None:
    limit = contracts.longest_text("/description", "settings", "settings-deep")
    assert limit is None or limit >= 40
