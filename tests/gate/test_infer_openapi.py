"""From a document to a gate: the checks go from the lists of a target to their first items."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from gate.shop_server import ORDERS, SHOP, Said, ShopServer, described
from harness import Ended, Gate, credentials

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

LINES = f"{ORDERS}/ord_1/lines"
LINE = {"line": 7, "sku": "A-17"}
HELD = "--smoke-openapi=openapi.json"
OPERATIONS = (
    f"GET {ORDERS}",
    f"GET {ORDERS}/{{id}}",
    f"GET {ORDERS}/{{id}}/lines",
    f"GET {ORDERS}/{{id}}/lines/{{line}}",
    f"GET {SHOP}",
)
CHECKS = [f"contracts/shop.toml::{operation}" for operation in OPERATIONS]
LIST, ONE, ITS_LINES, ONE_LINE, ABOUT = CHECKS


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    """A shop whose orders have lines."""
    started = ShopServer()
    started.instead[f"GET {LINES}"] = Said(200, {"lines": [LINE]})
    started.instead[f"GET {LINES}/7"] = Said(200, LINE)
    yield started
    started.stop()


@pytest.fixture
def shop_gate(gate: Gate, shop: ShopServer) -> Gate:
    """A gate that was inferred from the document of the shop."""
    gate.write("openapi.json", json.dumps(_with_lines()))
    infer = ["apismoke", "infer", "--openapi=openapi.json", f"--target-url={shop.url}"]
    inferred = gate.run_command(infer)
    assert (inferred.code, inferred.err, shop.seen) == (0, "", [])
    return gate


def _with_lines() -> dict[str, object]:
    document = described()
    paths = document["paths"]
    line = {
        "type": "object",
        "required": ["line"],
        "properties": {"line": {"type": "integer"}, "sku": {"type": "string"}},
    }
    lines = {"type": "object", "properties": {"lines": {"type": "array", "items": line}}}
    (order_id,) = paths[f"{ORDERS}/{{id}}"]["parameters"]
    number = {"name": "line", "in": "path", "required": True, "schema": {"type": "integer"}}
    for path, schema, parameters in (
        ("lines", lines, [order_id]),
        ("lines/{line}", line, [order_id, number]),
    ):
        content = {"application/json": {"schema": schema}}
        response = {"description": "ok", "content": content}
        operation = {"responses": {"200": response}}
        paths[f"{ORDERS}/{{id}}/{path}"] = {"parameters": parameters, "get": operation}
    return document


def run(gate: Gate, shop: ShopServer, *arguments: str, workers: int = 0) -> Ended:
    return gate.run(
        *(f"--target-url={shop.url}", "--smoke-api=shop", HELD, *arguments),
        environ=credentials(),
        workers=workers,
    )


def told(ended: Ended) -> list[str]:
    """The checks that the report tells as not looked at."""
    return [one for one in ended.report["not_looked_at"] if one.startswith("contracts/")]


def test_each_level_is_asked_for_with_what_the_one_above_it_has(
    shop_gate: Gate, shop: ShopServer, workers: int
) -> None:
    ended = run(shop_gate, shop, "--smoke", workers=workers)
    assert (ended.code, ended.outcomes()) == (0, dict.fromkeys(CHECKS, "passed"))
    asked = [route for route in shop.seen if route.startswith((f"GET {ORDERS}", f"GET {SHOP}"))]
    assert sorted(asked) == sorted(
        [f"GET {ORDERS}", f"GET {ORDERS}/ord_1", f"GET {LINES}", f"GET {LINES}/7", f"GET {SHOP}"]
    )
    assert sorted(ended.report["contract"]["exercised"]) == sorted(OPERATIONS)


def test_an_empty_list_is_told_with_everything_that_it_leaves_out(
    shop_gate: Gate, shop: ShopServer, workers: int
) -> None:
    shop.orders.clear()
    ended = run(shop_gate, shop, "--smoke", workers=workers)
    skipped = dict.fromkeys((ONE, ITS_LINES, ONE_LINE), "skipped")
    assert (ended.code, ended.outcomes()) == (0, {LIST: "passed", ABOUT: "passed", **skipped})
    why = f"/items of 'GET {ORDERS}' is empty"
    assert told(ended) == [f"{name} ({why})" for name in (ONE, ITS_LINES, ONE_LINE)]


def test_an_empty_list_below_an_item_leaves_out_its_own_alone(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop.instead[f"GET {LINES}"] = Said(200, {"lines": []})
    ended = run(shop_gate, shop, "--smoke")
    assert (ended.code, ended.outcomes()[ONE_LINE]) == (0, "skipped")
    why = f"/lines of 'GET {ORDERS}/{{id}}/lines' is empty"
    assert told(ended) == [f"{ONE_LINE} ({why})"]


def test_an_item_that_the_list_has_and_the_target_does_not_is_red(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop.instead[f"GET {ORDERS}/ord_1"] = Said(404, {"error": "not_found", "detail": "x"})
    ended = run(shop_gate, shop, "--smoke")
    assert (ended.code, ended.check(ONE)["category"]) == (2, "fetch")


def test_a_list_whose_items_lost_their_id_is_red_and_not_an_empty_one(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop.instead[f"GET {ORDERS}"] = Said(200, {"items": [{"number": "ord_1", "total": 1}]})
    ended = run(shop_gate, shop, "--smoke")
    assert (ended.code, ended.check(LIST)["category"]) == (5, "invalid")
    assert ended.outcomes()[ONE] == "skipped"
    assert f"not run: {LIST} failed" in ended.check(ONE)["message"]


def test_an_answer_that_breaks_the_document_is_red(shop_gate: Gate, shop: ShopServer) -> None:
    shop.instead[f"GET {LINES}/7"] = Said(200, {**LINE, "line": "seven"})
    ended = run(shop_gate, shop, "--smoke")
    assert (ended.code, ended.check(ONE_LINE)["category"]) == (5, "invalid")
