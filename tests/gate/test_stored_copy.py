"""A stored copy of the target's OpenAPI document is what its responses are held against."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gate.shop_server import DESCRIPTION, ORDERS, SHOP, Said, ShopServer, described
from harness import Backend, Ended, Gate, credentials

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

COPY = "contracts/openapi.json"
SERVED = "--smoke-openapi=/openapi.json"
OWN_WORDS = (
    "a document that the target generates from its code follows the code: a renamed field passes;"
    " 'apismoke openapi save' stores a copy that responses are held against"
)
HELD = f"responses are held against its stored copy, {COPY}; 'apismoke openapi save' stores it anew"
RENAMED = (
    "GET /api/business/me: response 200, /minutes_used is gone; renamed to 'minutes_spent'?",
    "GET /api/business/me: response 200, /minutes_spent is new",
)


def save(gate: Gate, url: str, *arguments: str) -> Ended:
    """Stores the copy of a target's document."""
    command = ["apismoke", "openapi", "save", f"--target-url={url}", *arguments]
    saved = gate.run_command(command, **credentials())
    assert (saved.code, saved.err) == (0, "")
    return saved


def test_a_field_that_is_renamed_in_the_code_passes_without_a_copy_and_that_is_told_once(
    gate: Gate, start_backend: Callable[..., Backend], workers: int
) -> None:
    renamed = start_backend("renames-field")

    ended = gate.against(renamed, "--smoke", SERVED, workers=workers)

    assert (ended.code, ended.notes().count(OWN_WORDS)) == (0, 1)
    assert ended.report["notes"].count(OWN_WORDS) == 1
    assert "comparison" not in ended.report["contract"]


def test_a_field_that_is_renamed_in_the_code_breaks_the_copy(
    gate: Gate, start_backend: Callable[..., Backend], workers: int
) -> None:
    healthy, renamed = start_backend(), start_backend("renames-field")
    save(gate, healthy.url)

    ended = gate.against(renamed, "--smoke", SERVED, workers=workers)

    assert (ended.code, ended.report["categories"]) == (5, {"invalid": 1})
    check = ended.check("settings::fetch")
    assert check["violations"][0]["schema_location"] == (
        f"{COPY}#/components/schemas/Business/required"
    )
    comparison = ended.report["contract"]["comparison"]
    assert (comparison["stored"], comparison["served"]) == (COPY, f"{renamed.url}/openapi.json")
    told = [
        f"{one['operations'][0]}: {one['place']} {one['text']}" for one in comparison["changes"]
    ]
    assert (told, [one["breaking"] for one in comparison["changes"]]) == (
        list(RENAMED),
        [True, False],
    )
    notes = ended.notes()
    assert (HELD in notes, OWN_WORDS in notes) == (True, False)
    assert [note for note in notes if note.startswith("the document has changed")] == [
        f"the document has changed, and breaks its copy: {RENAMED[0]}",
        f"the document has changed: {RENAMED[1]}",
    ]
    assert gate.against(healthy, "--smoke", SERVED, workers=workers).code == 0


# -- the shop, whose document a test can change ---------------------------------------------------

API = ("--smoke-api=orders", "--smoke", f"--smoke-openapi={DESCRIPTION}")
ONE = "contracts/orders.toml::one order"
CHECKS = f"""
    [[check]]
    name = "one order"
    path = "{ORDERS}/ord_1"
"""


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    """A shop that serves its spec."""
    started = ShopServer()
    started.description = described()
    yield started
    started.stop()


@pytest.fixture
def shop_gate(gate: Gate, shop: ShopServer) -> Gate:
    """A gate with a check of an order, and a copy of the document of the shop."""
    gate.write("contracts/orders.toml", CHECKS)
    save(gate, shop.url, f"--smoke-openapi={DESCRIPTION}")
    return gate


def order_of(shop: ShopServer) -> dict[str, Any]:
    """The schema of an order in the document of the shop."""
    order: dict[str, Any] = shop.description["components"]["schemas"]["Order"]
    return order


@pytest.mark.parametrize(("drift", "code"), [("note", 0), ("strict", 5), ("off", 0)])
def test_what_only_the_document_says_otherwise_is_a_note_and_red_where_one_is_strict(
    shop_gate: Gate, shop: ShopServer, drift: str, code: int
) -> None:
    """No response has broken the copy: the total is still there."""
    order_of(shop)["required"].remove("total")
    shop.orders["ord_1"].pop("note")

    ended = shop_gate.against_url(shop.url, *API, f"--smoke-drift={drift}")

    change = f"GET {ORDERS}: response 200, /items/*/total may be absent now (and 2 more operations)"
    assert ended.code == code
    noted = [note for note in ended.notes() if note.startswith("the document has changed")]
    note = f"the document has changed, and breaks its copy: {change}"
    assert noted == ([note] if drift == "note" else [])
    failed = {
        one["name"]: (one["category"], one["message"])
        for one in ended.report["checks"]
        if one["stage"] == "changes of the document"
    }
    message = f"expected a document that promises what its copy {COPY} does, seen {change}"
    strict = {"openapi::changes of the document": ("invalid", message)}
    assert failed == (strict if drift == "strict" else {})


def test_an_operation_that_the_copy_does_not_have_is_not_looked_at(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop.description["paths"]["/api/new"] = {"get": {"responses": {"200": {"description": ""}}}}

    ended = shop_gate.against_url(shop.url, *API)

    assert (ended.code, ended.report["not_looked_at"]) == (
        0,
        [
            f"GET /api/new ({COPY} does not have it)",
            "the APIs settings, calendar, twilio (left out by --smoke-api)",
        ],
    )
    assert "the document has changed: GET /api/new is new" in ended.notes()


@pytest.mark.exhaustive
def test_what_differs_from_stage_to_stage_is_no_change(shop_gate: Gate, shop: ShopServer) -> None:
    """The servers of a stage are its own: their paths lead to its operations."""
    base = "/stage/api"
    shop.description["servers"] = [{"url": f"https://shop.example.com{base}"}]
    shop.description["info"] = {"title": "Shop (staging)", "version": "2"}
    shop.description["paths"] = {
        path.removeprefix("/api"): item for path, item in shop.description["paths"].items()
    }
    save(shop_gate, shop.url, f"--smoke-openapi={DESCRIPTION}")
    shop.description["servers"] = [{"url": "/api"}]
    shop.description["info"] = {"title": "Shop", "version": "3"}

    ended = shop_gate.against_url(shop.url, *API)

    assert (ended.code, ended.report["contract"]["comparison"]["changes"]) == (0, [])
    assert ended.report["contract"]["exercised"] == ["GET /orders/{id}"]


def test_a_document_that_is_not_served_leaves_the_copy(shop_gate: Gate, shop: ShopServer) -> None:
    """The document of a target whose login page took its place is told, and so is the response."""
    shop.instead[f"GET {DESCRIPTION}"] = Said(200, "<html>Log in</html>")
    shop.orders["ord_1"]["total"] = "much"

    ended = shop_gate.against_url(shop.url, *API)

    failed = {one["name"]: one["category"] for one in ended.report["checks"] if one["category"]}
    assert (ended.code, failed) == (5, {"apismoke::openapi": "invalid", ONE: "invalid"})
    assert "comparison" not in ended.report["contract"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ('{"x-apismoke-copy": {"of": "/openapi.json"},\n<<<<<<< HEAD', "line 2, column 1"),
        ('{"openapi": "4.0.0", "x-apismoke-copy": {}}', f"{COPY}#/openapi"),
        ('{"openapi": "3.1.0", "paths": {}, "x-apismoke-copy": 1}', "no x-apismoke-copy that says"),
        (
            '{"openapi": "3.1.0", "x-apismoke-copy": {"of": "/openapi.json"},'
            ' "paths": {"/a": {"$ref": "https://example.com/a.json"}}}',
            "which would have to be fetched",
        ),
    ],
)
def test_a_copy_that_is_broken_is_told_before_anything_is_sent(
    shop_gate: Gate, shop: ShopServer, text: str, seen: str
) -> None:
    (shop_gate.folder / COPY).write_text(text, encoding="utf-8")
    shop.seen.clear()

    ended = shop_gate.against_url(shop.url, *API)

    assert (ended.code, ended.report["categories"], shop.seen) == (5, {"usage": 1}, [])
    assert seen in ended.told
    assert "store it anew with 'apismoke openapi save'" in ended.report["checks"][0]["hint"]
    checked = shop_gate.run_command(["apismoke", "check"])
    assert (checked.code, seen in checked.out) == (5, True)


def test_the_copy_of_another_document_is_not_taken_for_this_one(
    shop_gate: Gate, shop: ShopServer
) -> None:
    mark = json.loads((shop_gate.folder / COPY).read_text("utf-8"))["x-apismoke-copy"]
    assert mark == {"of": DESCRIPTION, "how": "fetched with the token"}
    (shop_gate.folder / COPY).write_text(
        json.dumps({**described(), "x-apismoke-copy": {**mark, "of": "/v2/openapi.json"}})
    )

    ended = shop_gate.against_url(shop.url, *API)

    note = (
        f"{COPY} is not used: it is a copy of /v2/openapi.json, and the run asks for {DESCRIPTION}"
    )
    assert (ended.code, note in ended.notes()) == (0, True)
    assert ended.report["contract"]["source"] == f"{shop.url}{DESCRIPTION}"


def test_a_file_of_that_name_that_is_no_copy_is_left_alone(
    shop_gate: Gate, shop: ShopServer
) -> None:
    (shop_gate.folder / COPY).write_text('{"openapi": "3.1.0", "paths": {}}')

    ended = shop_gate.against_url(shop.url, *API)

    assert (ended.code, f"not looked at: {COPY}" in ended.told) == (0, True)
    assert ended.report["contract"]["source"] == f"{shop.url}{DESCRIPTION}"


def test_a_copy_is_compared_with_what_was_fetched_in_the_same_way(
    shop_gate: Gate, shop: ShopServer
) -> None:
    """A target may show only a part of the document to those who have no token."""
    shop.is_open = True
    save(shop_gate, shop.url, f"--smoke-openapi={DESCRIPTION}", "--no-auth")
    del shop.description["paths"][SHOP]

    ended = shop_gate.against_url(shop.url, *API)

    note = "it is not compared with its copy, which was fetched without a token"
    assert (ended.code, note in ended.notes()) == (0, True)
    assert "comparison" not in ended.report["contract"]


def test_each_of_several_targets_is_held_against_the_one_copy(
    shop_gate: Gate, shop: ShopServer
) -> None:
    other = ShopServer()
    try:
        other.description = described()
        order_of(other)["properties"]["sum"] = order_of(other)["properties"].pop("total")
        order_of(other)["required"] = ["id", "sum"]
        for order in other.orders.values():
            order["sum"] = order.pop("total")
        ended = shop_gate.run(
            f"--target-url={shop.url}", f"--target-url={other.url}", *API, environ=credentials()
        )
    finally:
        other.stop()

    changes = [
        [one["text"] for one in target["contract"]["comparison"]["changes"]]
        for target in ended.report["targets"]
    ]
    verdicts = [target["verdict"] for target in ended.report["targets"]]
    assert (ended.code, verdicts) == (5, ["pass", "fail"])
    assert changes == [[], ["is gone; renamed to 'sum'?", "is new"]]
