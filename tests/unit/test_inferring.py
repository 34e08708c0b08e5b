"""Every sample is valid against the inferred schema, which reveals none of their values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_apismoke.infer.claims import (
    DIALECT,
    ENOUGH_VALUES,
    GUESSED_FORMAT,
    GUESSED_WHOLE,
    NULL_SO_FAR,
)
from pytest_apismoke.infer.inferring import infer, open_places
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.dynamic_keys import looks_like_data
from pytest_apismoke.schemas.formats import CHECKER

UUID = "3f2b8c1e-9d4a-4f6b-8a77-0c1d2e3f4a5b"
PASSWORD = "hunter2-canary"
WHOLE = {"type": "integer", "$comment": GUESSED_WHOLE}
TEXT = {"type": "string"}


def inferred(*samples: Any) -> dict[str, Any]:
    """The schema without its dialect, which is always the same."""
    redactor = Redactor()
    redactor.learn(PASSWORD, "APISMOKE_PASSWORD")
    schema = infer(samples, redactor)
    assert schema.pop("$schema") == DIALECT
    return schema


def is_valid(sample: Any, schema: dict[str, Any]) -> bool:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=CHECKER).is_valid(sample)


# -- types, members, items ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("samples", "schema"),
    [
        (["open"], {"type": "string"}),
        ([1, 2], {"type": "number"}),
        ([1, 2.5], {"type": "number"}),
        ([True], {"type": "boolean"}),
        ([True, 1], {"type": ["boolean", "number"]}),
        (["open", None], {"type": ["string", "null"]}),
        ([None], {"description": NULL_SO_FAR}),
        ([[]], {"type": "array"}),
        ([[1, "two"], []], {"type": "array", "items": {"type": ["number", "string"]}}),
        ([{}], {"type": "object"}),
        (
            [{"id": 1, "note": "x"}, {"id": 2}],
            {
                "type": "object",
                "required": ["id"],
                "properties": {"id": WHOLE, "note": {"type": "string"}},
            },
        ),
        (
            [[{"id": 1}, None, "none"]],
            {
                "type": "array",
                "items": {
                    "type": ["object", "string", "null"],
                    "required": ["id"],
                    "properties": {"id": WHOLE},
                },
            },
        ),
    ],
)
def test_samples_are_merged(samples: list[Any], schema: dict[str, Any]) -> None:
    assert inferred(*samples) == schema


def test_names_that_are_keywords_of_schemas_are_names_like_any_other() -> None:
    sample = {"type": "x", "anyOf": [1], "properties": {"required": None}, "$ref": "#"}
    assert list(inferred(sample)["properties"]) == list(sample)


# -- guesses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("id", "order_id", "orderId", "ids", "count", "retry_count", "num_items", "numberOfSeats"),
        *("page", "per_page", "pages", "page_size", "offset", "input_tokens", "max_tokens"),
        *("attempts", "retries", "size_bytes", "year", "port", "status_code"),
    ],
)
def test_what_is_counted_is_whole_and_marked_as_a_guess(name: str) -> None:
    assert inferred({name: 3})["properties"] == {name: WHOLE}
    assert inferred({name: [3, 4]})["properties"] == {name: {"type": "array", "items": WHOLE}}
    assert inferred({name: None}, {name: 3})["properties"] == {
        name: {**WHOLE, "type": ["integer", "null"]}
    }
    assert inferred({name: 3}, {name: 3.5})["properties"] == {name: {"type": "number"}}


@pytest.mark.parametrize(
    "name",
    [
        *("price", "total", "score", "size", "limit", "version", "quantity", "minutes_used"),
        *("discount", "account", "valid", "index", "temperature", "duration_ms", "ratio"),
        *("average_count", "tokens_per_page", "mean_bytes", ""),
    ],
)
def test_what_nobody_counts_may_have_a_fraction_tomorrow(name: str) -> None:
    """However many whole numbers were seen: prices are whole until one is not."""
    schema = inferred({name: [*range(50)], "more": {name: 10}})
    assert schema["properties"][name] == {"type": "array", "items": {"type": "number"}}
    assert is_valid({name: [10.5], "more": {name: 10.5}}, schema)


def test_a_name_says_what_the_numbers_of_its_list_or_map_are() -> None:
    schema = inferred({"count": {"2026-02-03": 1, "2026-02-04": 2}, "id": [{"x": 1}]})
    assert schema["properties"] == {
        "count": {"type": "object", "additionalProperties": WHOLE},
        "id": {
            "type": "array",
            "items": {"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}}},
        },
    }


def dates(number: int) -> list[str]:
    return [f"2026-02-{day:02}" for day in range(1, number + 1)]


_FORMATTED = [
    ([f"2026-02-03T04:05:{n:02}Z" for n in range(10)], "date-time"),
    ([f"2026-02-03T04:05:06.{n:03}+01:00" for n in range(10)], "date-time"),
    (dates(10), "date"),
    ([f"{UUID[:-1]}{n}" for n in range(10)], "uuid"),
    ([f"owner{n}@example.com" for n in range(10)], "email"),
    ([f"+1415555012{n}" for n in range(10)], "e164"),
    ([f"https://example.com/orders?page={n}" for n in range(10)], "uri"),
]


@pytest.mark.parametrize(("texts", "format_"), _FORMATTED)
def test_a_format_of_many_different_texts_is_named_and_marked_as_a_guess(
    texts: list[str], format_: str
) -> None:
    guessed = {"type": "string", "format": format_, "$comment": GUESSED_FORMAT}
    assert len(texts) == ENOUGH_VALUES
    assert inferred(*texts) == guessed
    assert inferred(texts) == {"type": "array", "items": guessed}
    assert inferred(*texts, None) == {**guessed, "type": ["string", "null"]}
    assert inferred(*texts, "something else") == TEXT
    assert inferred("", *texts) == TEXT


@pytest.mark.parametrize(("texts", "format_"), _FORMATTED)
def test_a_format_of_a_few_different_texts_may_be_chance(texts: list[str], format_: str) -> None:
    """The same text a hundred times is one text."""
    assert inferred(texts[0]) == TEXT
    assert inferred(texts[0], texts[1]) == TEXT
    assert inferred([*texts[:-1], *[texts[0]] * 100])["items"] == TEXT


def test_tomorrow_is_valid_after_one_or_two_samples() -> None:
    today = {"price": 10, "note": "2026-02-03", "reference": UUID, "site": "https://example.com/"}
    tomorrow = {"price": 10.5, "note": "Joe", "reference": "R-17", "site": ""}
    for schema in (inferred(today), inferred(today, {**today, "price": 12, "note": "2026-02-04"})):
        assert schema == {
            "type": "object",
            "required": ["price", "note", "reference", "site"],
            "properties": {
                "price": {"type": "number"},
                "note": TEXT,
                "reference": TEXT,
                "site": TEXT,
            },
        }
        assert is_valid(tomorrow, schema)


def test_two_guesses_at_one_place_are_both_marked() -> None:
    assert inferred({"id": [1, *dates(10)]})["properties"]["id"]["items"] == {
        "type": ["integer", "string"],
        "format": "date",
        "$comment": f"{GUESSED_WHOLE} {GUESSED_FORMAT}",
    }


@pytest.mark.parametrize(
    "text",
    ["", "open", "2026-02-30", "2026-02-03 04:05:06", "status:open", "4155550123", "a@", "12"],
)
def test_a_text_has_no_format_by_chance(text: str) -> None:
    assert inferred([text, *dates(20)])["items"] == TEXT


def test_nothing_is_said_of_how_a_secret_looks() -> None:
    uuids = [f"{UUID[:-1]}{n}" for n in range(10)]
    assert inferred({"ids": uuids, "access_tokens": uuids, "otp_codes": [1]})["properties"] == {
        "ids": {
            "type": "array",
            "items": {"type": "string", "format": "uuid", "$comment": GUESSED_FORMAT},
        },
        "access_tokens": {"type": "array", "items": TEXT},
        "otp_codes": {"type": "array", "items": {"type": "number"}},
    }


def test_counts_of_tokens_are_no_secrets_whose_names_are_hidden() -> None:
    usage = {"input_tokens": 7, "output_tokens_details": {"reasoning_tokens": 3}}
    assert inferred(usage)["properties"] == {
        "input_tokens": WHOLE,
        "output_tokens_details": {
            "type": "object",
            "required": ["reasoning_tokens"],
            "properties": {"reasoning_tokens": WHOLE},
        },
    }


def test_below_a_sensitive_name_no_name_is_written() -> None:
    """Whatever the names look like: they may be the secrets themselves."""
    tokens = {"ada": {"device": UUID, "scopes": ["read"]}, "bob": None}
    assert inferred({"tokens": tokens, "credentials": [{"kind": UUID}], "secrets": {}}) == {
        "type": "object",
        "required": ["tokens", "credentials", "secrets"],
        "properties": {
            "tokens": {
                "type": "object",
                "additionalProperties": {
                    "type": ["object", "null"],
                    "additionalProperties": {
                        "type": ["array", "string"],
                        "items": {"type": "string"},
                    },
                },
            },
            "credentials": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "secrets": {"type": "object"},
        },
    }


# -- objects that are maps ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        UUID,
        UUID.replace("-", ""),
        "17",
        "-3.5",
        "+14155550123",
        "2026-02-03",
        "2026-02",
        "2026-02-03T04:05:06Z",
        "owner@example.com",
        "https://example.com/",
        "/api/orders",
        "10.0.0.1",
        "fe80::1",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "ord_17",
        "biz_77ac8fa4de6a4eed",
        "cus_NffrFeUfNV2Hib",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "v1stgxr8z5jdhi6bmyt4",
        "x" * 65,
        "sk_live_abcdef123456",
        "user12345",
        "a1b2c3d4",
        "AKIAIOSFODNNEXAMPLE",
        "ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
        "aBcDEfgHIjkLmNopQrSt",
        "Ada Lovelace",
        "first name",
        "tab\there",
    ],
)
def test_a_name_that_is_data_is_not_written(name: str) -> None:
    assert looks_like_data(name)
    assert inferred({name: 1}) == {"type": "object", "additionalProperties": {"type": "number"}}


@pytest.mark.parametrize(
    "name",
    [
        *("id", "_id", "name", "access_token", "googleCalendarConnected", "line1", "address_1"),
        *("phone-number", "business_hours", "@type", "$ref", "x-y-z", "facade", "sha256", "v2"),
        *(
            "address1",
            "line_2",
            "h264",
            "oauth2",
            "utf8",
            "utf8mb4",
            "x86_64",
            "secp256r1",
            "sha3_512",
        ),
        *(
            "secp256r1",
            "iso27001",
            "time_rfc3339",
            "revenue2024",
            "form1099",
            "q3_2024",
            "int32",
            "p99",
        ),
        *("isGoogleCalendarConnected", "createdAtTimestamp", "mostRecentHTTPStatusCode"),
        *("receptionist_enabled_since_version2", "Größe", "iso8601", "monday", ""),
    ],
)
def test_a_name_that_somebody_gave_is_written(name: str) -> None:
    assert not looks_like_data(name)
    assert inferred({name: 1})["properties"] == {
        name: WHOLE if name in ("id", "_id") else {"type": "number"}
    }


def test_a_credential_is_data_wherever_it_stands() -> None:
    schema = inferred({"users": 2, "more": {PASSWORD: 1, "a": 1}, f"of-{PASSWORD}": True})
    assert schema == {
        "type": "object",
        "required": ["users", "more"],
        "properties": {
            "users": {"type": "number"},
            "more": {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "number"}},
                "additionalProperties": {"type": "number"},
            },
        },
        "additionalProperties": {"type": "boolean"},
    }


def test_beside_a_key_of_a_known_kind_no_name_is_written() -> None:
    """The other keys may be secrets too, of a form that is not known."""
    assert inferred({"AKIAIOSFODNN7EXAMPLE": 1, "hunter": 2, "other": 3}) == {
        "type": "object",
        "additionalProperties": {"type": "number"},
    }


def test_where_most_names_are_data_none_is_written() -> None:
    schema = inferred({"17": {"n": 1}, "18": {"n": 2}, "default": {"n": None}})
    assert schema == {
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["n"],
            "properties": {"n": {"type": ["number", "null"]}},
        },
    }


def _letters(number: int) -> str:
    return chr(97 + number % 26) + chr(97 + number // 26)


@pytest.mark.parametrize(
    ("samples", "is_map"),
    [
        # As many names as records have, and more.
        ([{f"field{'x' * n}": n for n in range(60)}], False),
        ([{f"user{'x' * n}": n for n in range(65)}], True),
        # So many that it does not matter what they lead to.
        ([{f"user{_letters(n)}": n if n % 2 else "x" for n in range(100)}], False),
        ([{f"user{_letters(n)}": n if n % 2 else "x" for n in range(501)}], True),
        # Names that no two objects share.
        ([{name: 1} for name in "abcdefgh"], False),
        ([{name: 1} for name in "abcdefghi"], True),
        ([{name: 1, "id": 1} for name in "abcdefghi"], False),
        ([{name: 1 if name > "e" else "x"} for name in "abcdefghi"], False),
    ],
)
def test_many_names_whose_values_are_alike_make_a_map(
    samples: list[dict[str, Any]], is_map: bool
) -> None:
    assert ("additionalProperties" in inferred(*samples)) is is_map
    assert ("properties" in inferred(*samples)) is not is_map


def test_maps_in_maps_in_lists_are_found() -> None:
    schema = inferred([{"17": {"2026-02-03": [{"ok": True}]}}, {"18": {}}])
    assert schema["items"]["additionalProperties"]["additionalProperties"] == {
        "type": "array",
        "items": {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}},
    }


# -- what is not known ----------------------------------------------------------------------------


def test_the_places_of_which_nothing_is_known_are_named() -> None:
    sample = {"a/b": None, "list": [], "items": [{"note": None}], "17": {"x": None, "y": 1}}
    assert list(open_places(inferred(sample, {**sample, "list": []}))) == [
        "/a~1b",
        "/list/*",
        "/items/*/note",
        "/*/x",
    ]
    assert list(open_places(inferred(None))) == ["/"]
    assert list(open_places(inferred({"a": [1], "b": "x"}))) == []


def test_what_is_nested_too_deeply_is_an_error_of_its_own() -> None:
    sample: Any = None
    for _ in range(5000):
        sample = [sample]
    with pytest.raises(RecursionError):
        inferred(sample)


# -- what holds for all samples -------------------------------------------------------------------

_NAMES = st.one_of(
    st.sampled_from(["id", "name", "items", "note", "type", "access_token"]),
    st.text(max_size=8),
    st.uuids().map(str),
    st.integers().map(str),
    st.emails(),
)
_TEXTS = st.one_of(
    st.text(max_size=30),
    st.dates().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.uuids().map(str),
    st.emails(),
    st.from_regex(r"https?://[a-z]{1,9}\.example/[a-z%\[\]?#]{0,9}", fullmatch=True),
    st.from_regex(r"\+[0-9]{1,16}", fullmatch=True),
)
_PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)
_JSON = st.recursive(
    st.one_of(_PLAIN, _TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(_NAMES, inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.lists(_JSON, min_size=1, max_size=4))
def test_every_sample_is_valid(samples: list[Any]) -> None:
    schema = infer(samples, Redactor())
    assert [sample for sample in samples if not is_valid(sample, schema)] == []


def _walk(value: Any) -> Iterator[tuple[str, bool]]:
    """Each string in a JSON value, and whether it is a key."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, True
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
    elif isinstance(value, str):
        yield value, False


@settings(deadline=None)
@given(st.lists(_JSON, min_size=1, max_size=4))
def test_no_value_is_told(samples: list[Any]) -> None:
    """Of what the samples hold, only names are in the schema, and none that looks like data."""
    told = [text for text, _ in _walk(infer(samples, Redactor()))]
    # All that a schema says whatever the samples were.
    vocabulary = json.dumps(
        [
            *(infer([{"x": sample}, {}], Redactor()) for sample in _ONE_OF_EACH),
            infer([{"17": 1}], Redactor()),
            infer([{"id": 1}], Redactor()),
            *(infer(texts, Redactor()) for texts, _ in _FORMATTED),
        ]
    )
    names = {name for name, is_name in _walk(samples) if is_name}
    values = {text for text, is_name in _walk(samples) if not is_name and len(text) >= 6}
    secret = {text for text in values - names if text not in vocabulary}
    assert [(one, other) for one in secret for other in told if one in other] == []
    data = {name for name in names if looks_like_data(name) and name not in vocabulary}
    assert data & set(told) == set()


_ONE_OF_EACH: tuple[Any, ...] = (
    *(None, True, 1, 1.5, [], [1], {}),
    *("x", "2026-02-03", "2026-02-03T04:05:06Z", UUID, "a@b.example", "+14155550123", "a://b"),
)
