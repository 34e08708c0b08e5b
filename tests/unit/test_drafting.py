"""Checks drafted from responses: their names, their captures, and the files."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.checks.declared.captures import fill, fill_path
from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.checks.declared.model import unknown_schemas
from pytest_apismoke.documents import lookup
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.infer.drafting import (
    Draft,
    Endpoint,
    checks_toml,
    drafts,
    parse_endpoint,
    schema_text,
    title_of,
)
from pytest_apismoke.infer.inferring import infer
from pytest_apismoke.infer.naming import (
    Names,
    api_named_after,
    named_after,
    snake,
)
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas, built_in
from pytest_apismoke.words import singular

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PASSWORD = "hunter2-canary"


def drafted(*asked: tuple[str, Any], taken: Sequence[str] = ()) -> list[Draft]:
    """The drafts for paths and their responses; a tuple is several responses."""
    places = [parse_endpoint(path, Redactor()) for path, _ in asked]
    responses = [list(came) if isinstance(came, tuple) else [came] for _, came in asked]
    schemas = [infer(came, Redactor()) for came in responses]
    return list(drafts(places, responses, schemas, taken=taken))


def in_short(*asked: tuple[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """The path of each check, with its query, and what it captures."""
    return [
        (
            draft.path + "".join(f" {name}={value}" for name, value in draft.query),
            dict(draft.capture),
        )
        for draft in drafted(*asked)
    ]


# -- a PATH ---------------------------------------------------------------------------------------


def test_a_path_is_split_into_path_and_query() -> None:
    assert parse_endpoint("/api/orders?limit=5&note=a%20b&flag", Redactor()) == Endpoint(
        path="/api/orders", query=(("limit", "5"), ("note", "a b"), ("flag", ""))
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (
            f"/api/{PASSWORD}/x",
            "expected a path without a secret, seen a credential, or a string that has the form"
            " of one\n"
            "  where: apismoke infer PATH, /api/[redacted]/x\n"
            "  what to do: remove it, because checks are stored in files; the run's token is sent"
            " in a header anyway, and an id in an earlier response is captured from there",
        ),
        *(
            (
                f"/api/{text}",
                "expected a path and a query without a secret, seen a likely secret in"
                f" {part}\n  where: apismoke infer PATH, /api/{where}\n"
                "  what to do: remove it, because checks are stored in files; for a request that"
                " needs it, write a test of your own with smoke_client",
            )
            for text, where, part in (
                ("tok/sk_live_51Habcdefghijkl", "tok/[redacted]", "segment 3 of the path"),
                (
                    "i/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc",
                    "i/[redacted]",
                    "segment 3 of the path",
                ),
                ("x?q=Bearer%20abcdefgh1234567", "x", "the parameter 'q'"),
                ("x?next=https://u:pw@h/x", "x", "the parameter 'next'"),
            )
        ),
        (
            "/api/orders?page=2&api_key=sk-1234",
            "expected a query without a secret, seen the parameter 'api_key'\n"
            "  where: apismoke infer PATH, /api/orders\n"
            "  what to do: remove it, because checks are stored in files. Give a token for a"
            " header as APISMOKE_TOKEN; for a path that needs no token, use --no-auth",
        ),
        (
            "/api/users?email=bob%40corp.example",
            "expected a path and a query without a secret, seen a likely secret in the"
            " parameter 'email'\n"
            "  where: apismoke infer PATH, /api/users\n"
            "  what to do: remove it, because checks are stored in files; for a request that"
            " needs it, write a test of your own with smoke_client",
        ),
        (
            "/api/users/bob@corp.example/sk_live_51Habcdefghijkl",
            "expected a path and a query without a secret, seen a likely secret in segment 3"
            " of the path\n"
            "  where: apismoke infer PATH, /api/users/[redacted]/[redacted]\n"
            "  what to do: remove it, because checks are stored in files; for a request that"
            " needs it, write a test of your own with smoke_client",
        ),
        (
            "https://u:p@api.example.com/api/orders",
            "expected a path below the target's URL that begins with one slash, such as"
            " /api/orders, seen something else\n"
            "  where: apismoke infer PATH\n"
            "  what to do: give the part behind --target-url, without the host",
        ),
        (
            "/api/orders/{order_id}",
            "expected a path without placeholders, seen '/api/orders/{order_id}', with a"
            " placeholder\n"
            "  where: apismoke infer PATH, /api/orders/{order_id}\n"
            "  what to do: give an existing id; where the response of an earlier PATH contains"
            " it, the check gets a placeholder for it",
        ),
        (
            "/api/my orders",
            "expected a path and a query that are percent-encoded, seen '/api/my orders'\n"
            "  where: apismoke infer PATH, /api/my orders\n"
            "  what to do: write '/api/my%20orders'",
        ),
        (
            "/api/orders#top",
            "expected a path without a fragment, seen '/api/orders', and one\n"
            "  where: apismoke infer PATH, /api/orders#top\n"
            "  what to do: leave it out; a '#' is written %23",
        ),
        (
            "/api/../orders",
            "expected a path without '.' and '..', seen '/api/../orders'\n"
            "  where: apismoke infer PATH, /api/../orders\n"
            "  what to do: give the path that it leads to",
        ),
        (
            "/api/orders?id=1&id=2",
            "expected each parameter of the query once, seen 'id', 'id'\n"
            "  where: apismoke infer PATH, /api/orders\n"
            "  what to do: leave the others out; a declared check can have each parameter only"
            " once",
        ),
    ],
)
def test_an_invalid_path_is_refused(path: str, message: str) -> None:
    redactor = Redactor()
    redactor.learn(PASSWORD, "APISMOKE_PASSWORD")
    with pytest.raises(SmokeError) as refused:
        parse_endpoint(path, redactor)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "path",
    [
        *("", "orders", "//evil.example/x", "/x#y", "/x\ny", "/x?y=\x07", "/}", "/é", "/./x"),
        f"/x?y={PASSWORD}",
        "/x?y=hunter2%2Dcanary",
        *("/x?token=1", "/x?access_token=1", "/x?client_secret=", "/x?password=1"),
        *("/x?sig=1", "/x?pwd=1", "/x?otp=123456", "/x?a=Bearer%20hunter2hunter2"),
        *("/x/ghp_abcdefghijklmnopqrst", "/x?a=xoxb-1234567890-a", "/x?AKIAIOSFODNN7EXAMPLE=1"),
        *("/x?a=https%3A%2F%2Fu%3Ahunter2%40h%2F", "/x/eyJhbGciOiJI.eyJzdWIiOiIx.c2ln"),
        *("/x?key=AIzaSyD0123456789", "/x?X-Amz-Signature=0123456789abcdef"),
    ],
)
def test_other_paths_that_are_refused(path: str) -> None:
    redactor = Redactor()
    redactor.learn(PASSWORD, "APISMOKE_PASSWORD")
    with pytest.raises(SmokeError) as refused:
        parse_endpoint(path, redactor)
    assert "hunter2" not in str(refused.value)
    assert "AIza" not in str(refused.value)


@pytest.mark.parametrize("path", [
    *("/", "/x?key=name", "/x?sort_key=id", "/a@b/~c/%7B", "/x?next=", "/x/ord_17", "/x/4711"),
    "/x/0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f",
])  # fmt: skip
def test_paths_that_are_not_refused(path: str) -> None:
    assert parse_endpoint(path, Redactor()).path == path.partition("?")[0]


HOOK = "aB3dE5fG7hI9jK1lM3nO5pQ7"


def test_a_random_string_that_no_response_contains_is_not_written() -> None:
    """As in the webhook URLs of chats, where knowing the path is enough to post."""
    with pytest.raises(SmokeError) as refused:
        drafted((f"/services/T0123/{HOOK}", {}))
    assert str(refused.value) == (
        "expected a path and a query without a secret, seen a likely secret in segment 3 of"
        " the path\n"
        "  where: apismoke infer PATH, /services/T0123/[redacted]\n"
        "  what to do: if it is an id, put a PATH whose response contains it in front, and it is"
        " captured; otherwise remove it, because checks are stored in files; for a request that"
        " needs it, write a test of your own with smoke_client"
    )
    captured = drafted(("/hooks", [{"id": HOOK}]), (f"/hooks/{HOOK}", {}))
    assert captured[1].path == "/hooks/{hook_id}"


@pytest.mark.parametrize(
    "segment",
    [
        *("0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f", "507f1f77bcf86cd799439011", "4711", "ord_17"),
        *("pi_3MtwBwLkdIwHu7ix28a3tqPa", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "2024-Report-Of-The-Year"),
    ],
)
def test_ids_are_written(segment: str) -> None:
    assert drafted((f"/x/{segment}", {}))[0].path == f"/x/{segment}"


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/orders", "orders"),
        ("/api/v1/orders", "orders"),
        ("/api/orders/{order_id}", "order"),
        ("/api/orders/{order_id}/lines", "order-lines"),
        ("/api/orders/3f2b8c1e-9d4a-4f6b-8a77-0c1d2e3f4a5b", "order"),
        ("/api/categories/17/boxes/2", "category-box"),
        ("/api/business/me", "business-me"),
        ("/api/businesses/17", "business"),
        ("/api/phoneNumbers", "phone-numbers"),
        ("/api/caf%C3%A9s/Gr%C3%B6%C3%9Fe", "caf-s-gr-e"),
        ("/api", "api"),
        ("/api/", "api"),
        ("/", "root"),
        ("/17", "root"),
        ("/%E2%82%AC", "root"),
        (f"/{'x/' * 100}", "-".join("x" * 40)),
    ],
)
def test_a_schema_is_named_after_its_path(path: str, name: str) -> None:
    assert named_after(path) == name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/orders/17/lines", "orders"),
        ("/api/v2/phoneNumbers", "phone-numbers"),
        ("/api/settings", "settings-api"),
        ("/2fa/codes", "fa"),
        ("/17", "my-api"),
        ("/", "my-api"),
    ],
)
def test_an_api_is_named_after_its_first_path(path: str, name: str) -> None:
    assert api_named_after(path, reserved=("settings",)) == name


def test_words() -> None:
    plurals = ["orders", "categories", "boxes", "businesses", "status", "analysis", "me", ""]
    plurals += ["orders2", "v1", "7"]
    assert [singular(word) for word in plurals] == [
        *("order", "category", "box", "business", "status", "analysis", "me", ""),
        *("order2", "v1", "7"),
    ]
    texts = ["orderId", "order-id", "HTTPServer", "_id", "a  b"]
    assert [snake(text) for text in texts] == ["order_id", "order_id", "httpserver", "_id", "a_b"]


def test_each_name_is_given_once() -> None:
    names = Names(["order"])
    given_ = [names.unique(name) for name in ("order", "order", "order-2", "line")]
    assert given_ == ["order-2", "order-3", "order-2-2", "line"]


def test_no_schema_takes_the_place_of_a_built_in_one() -> None:
    paths: list[tuple[str, Any]] = [
        ("/api/settings", {}),
        ("/api/v1/settings", {}),
        ("/api/orders", {}),
    ]
    names = [draft.name for draft in drafted(*paths, taken=["settings"])]
    assert names == ["settings-2", "settings-3", "orders"]


# -- ids ------------------------------------------------------------------------------------------

ORDERS = {"items": [{"id": "ord_17", "buyer": {"id": 7, "name": "Ada"}}, {"id": "ord_18"}]}


def test_an_id_in_an_earlier_response_is_captured() -> None:
    assert in_short(
        ("/api/orders?limit=2", ORDERS),
        ("/api/orders/ord_17", {"id": "ord_17"}),
        ("/api/orders/ord_17/lines?after=ord_18", []),
        ("/api/buyers/7", {}),
    ) == [
        (
            "/api/orders limit=2",
            {"order_id": "/items/0/id", "after_id": "/items/1/id"},
        ),
        ("/api/orders/{order_id}", {}),
        ("/api/orders/{order_id}/lines after={after_id}", {}),
        # The number 7 may be anything's: the orders' answer does not call it a buyer's.
        ("/api/buyers/7", {}),
    ]


@pytest.mark.parametrize(
    ("listed", "path", "expected"),
    [
        # A number is captured where its name says whose id it is.
        ([{"id": 17}], "/api/orders/17", "/api/orders/{order_id}"),
        ([{"order_id": 17}], "/api/orders/17", "/api/orders/{order_id}"),
        ([{"orderId": 17}], "/api/lines?order_id=17", "/api/lines order_id={order_id}"),
        ([{"id": 17}], "/api/lines?order=17", "/api/lines order={order_id}"),
        ([{"id": 17}], "/api/lines/17", "/api/lines/17"),
        ([{"count": 17}], "/api/orders/17", "/api/orders/17"),
        ([{"id": True}], "/api/orders/True", "/api/orders/True"),
        # A text is an id wherever it stands, as long as it is one by its member's name.
        ([{"uuid": "a-b"}], "/api/lines/a-b", "/api/lines/{line_uuid}"),
        ([{"_id": "a-b"}], "/api/orders/a-b", "/api/orders/{order_id}"),
        ({"ids": ["x", "a-b"]}, "/api/orders/a-b", "/api/orders/{order_id}"),
        ([{"slug": "first"}], "/api/orders/first", "/api/orders/{order_slug}"),
        ([{"name": "first"}], "/api/orders/first", "/api/orders/first"),
        # What would have to be escaped stays as it is.
        ([{"id": "a b"}], "/api/orders/a%20b", "/api/orders/a%20b"),
        ([{"id": "..."}], "/api/orders/...", "/api/orders/..."),
        # What the first path takes as it is, is no id.
        ([{"id": "api"}], "/api/orders/1", "/api/orders/1"),
        ([{"id": "none"}], "/api/lines?q={none}", "/api/lines q={{none}}"),
    ],
)
def test_what_is_captured(listed: Any, path: str, expected: str) -> None:
    assert in_short(("/api/orders", listed), (path, {}))[1][0] == expected


def test_an_id_is_captured_only_where_every_answer_has_one() -> None:
    came = ([{"id": "a-1"}, {"id": "a-2"}], [{"id": "a-3"}])
    assert in_short(("/api/orders", came), ("/api/orders/a-1", {}), ("/api/orders/a-2", {})) == [
        ("/api/orders", {"order_id": "/0/id"}),
        ("/api/orders/{order_id}", {}),
        ("/api/orders/a-2", {}),
    ]


def test_an_id_behind_a_name_that_is_data_is_not_captured() -> None:
    """Its pointer would bring that name into the file."""
    by_owner = {"owner@example.com": {"id": "a-1"}, "guest@example.com": {"id": "a-2"}}
    assert in_short(("/api/orders", by_owner), ("/api/orders/a-1", {}))[0] == ("/api/orders", {})


def test_two_ids_of_one_name_have_two() -> None:
    pair = {"first": {"id": "a-1"}, "second": {"id": "a-2"}}
    paths = [("/pair", pair), ("/things/a-1", {}), ("/things/a-2", {}), ("/things/a-1/x", {})]
    assert in_short(*paths) == [
        ("/pair", {"thing_id": "/first/id", "thing_id_2": "/second/id"}),
        ("/things/{thing_id}", {}),
        ("/things/{thing_id_2}", {}),
        ("/things/{thing_id}/x", {}),
    ]


# -- files ----------------------------------------------------------------------------------------


def test_the_checks_are_written_as_a_person_would() -> None:
    checks = drafted(("/api/orders?limit=5", ORDERS), ("/api/orders/ord_17", {"id": "ord_17"}))
    assert checks_toml(checks, auth=True) == (
        """\
#:schema .checks.schema.json
# A first contract, written by 'apismoke infer' from sample responses: yours to correct.
# A property that the schemas require was in every sample, but may be optional all the same.
# Where the schemas guess, a $comment says so: keep what is right, delete the rest.

[[check]]
name = "orders"
path = "/api/orders"
query = { limit = 5 }
capture = { order_id = "/items/0/id" }
[check.expect]
status = 200
schema = "orders"

[[check]]
name = "order"
path = "/api/orders/{order_id}"
[check.expect]
status = 200
schema = "order"
"""
    )


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Draft,
            name=_TEXTS,
            path=_TEXTS,
            query=st.dictionaries(_TEXTS, _TEXTS).map(lambda found: tuple(found.items())),
            capture=st.dictionaries(_TEXTS, _TEXTS).map(lambda found: tuple(found.items())),
        ),
        min_size=1,
    ),
    st.booleans(),
)
def test_whatever_is_in_a_check_is_read_back(checks: list[Draft], auth: bool) -> None:
    assert tomllib.loads(checks_toml(checks, auth=auth))["check"] == [
        {
            "name": check.name.replace("-", " "),
            "path": check.path,
            **({"query": {n: as_read(v) for n, v in check.query}} if check.query else {}),
            **({} if auth else {"auth": False}),
            **({"capture": dict(check.capture)} if check.capture else {}),
            "expect": {"status": 200, "schema": check.name},
        }
        for check in checks
    ]


def as_read(text: str) -> str | int:
    """A parameter that is a number, as it would be written, is one."""
    is_number = text.removeprefix("-").isdecimal() and text.isascii() and len(text) <= 15
    return int(text) if is_number and str(int(text)) == text else text


def test_a_schema_is_written_as_a_person_would() -> None:
    members = {f"a_member_of_some_length_{n}": 1.5 for n in "abcde"}
    (draft,) = drafted(("/api/orders", {}))
    schema = infer([{"id": 1, "note": None, "more": members}], Redactor())
    assert schema_text(schema, title_of(draft)) == (
        """\
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "The response to the check 'orders'",
  "type": "object",
  "required": ["id", "note", "more"],
  "properties": {
    "id": {"type": "integer", "$comment": "A guess: whole by its name."},
    "note": {"description": "null so far: what else it may be is not known yet"},
    "more": {
      "type": "object",
      "required": [
        "a_member_of_some_length_a",
        "a_member_of_some_length_b",
        "a_member_of_some_length_c",
        "a_member_of_some_length_d",
        "a_member_of_some_length_e"
      ],
      "properties": {
        "a_member_of_some_length_a": {"type": "number"},
        "a_member_of_some_length_b": {"type": "number"},
        "a_member_of_some_length_c": {"type": "number"},
        "a_member_of_some_length_d": {"type": "number"},
        "a_member_of_some_length_e": {"type": "number"}
      }
    }
  }
}
"""
    )
    assert json.loads(schema_text(schema, title_of(draft))) == {
        **schema,
        "title": "The response to the check 'orders'",
    }


_SEGMENTS = st.sampled_from(
    ["api", "orders", "lines", "me", "ord_17", "17", "a-b", "A%20b", "~", "x::y", "%7B", "'", '"\\']
)
_PATHS = st.lists(_SEGMENTS, max_size=4).map(lambda segments: "/" + "/".join(segments))
_QUERIES = st.dictionaries(
    st.sampled_from(["limit", "order_id", "after", "q q", "é"]),
    st.sampled_from(["17", "ord_17", "-0", "1e9", "{", "{a}", "}}", "a b", '"', "\x00\n\x7f", ""]),
)
_IDS = st.recursive(
    st.sampled_from(["ord_17", "a-b", 17, True, None, "orders"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "order_id", "a/b", "~", "ids", "17"]), inner),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(_PATHS, _QUERIES, st.lists(_IDS, min_size=1, max_size=2)), min_size=1, max_size=5
    ),
    st.booleans(),
)
def test_what_is_drafted_has_no_mistakes(
    asked: list[tuple[str, dict[str, str], list[Any]]], auth: bool
) -> None:
    """Every check can be made, and asks for the same as was asked for when it was drafted."""
    places = [Endpoint(path=path, query=tuple(query.items())) for path, query, _ in asked]
    responses = [came for _, _, came in asked]
    schemas = [infer(came, Redactor()) for came in responses]
    checks = drafts(places, responses, schemas, taken=built_in().names)
    declared = parse(checks_toml(checks, auth=auth), "orders.toml")
    known = {
        f"{check.name}.schema.json": json.loads(schema_text(schema, title_of(check)))
        for check, schema in zip(checks, schemas, strict=True)
    }
    assert declared.mistakes == ()
    assert len(known) == len(checks)
    assert unknown_schemas(declared.checks, Schemas(known)) == ()
    captured: dict[str, Any] = {}
    for check, place, came in zip(declared.checks, places, responses, strict=True):
        assert fill_path(check.path, captured) == place.path
        assert tuple((name, fill(text, captured)) for name, text in check.query) == place.query
        captured |= {name: lookup(came[0], pointer) for name, pointer in check.captures}
