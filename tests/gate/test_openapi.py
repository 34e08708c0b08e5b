"""A spec in whole runs: every response is validated, whatever sent the request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

import pytest
from gate.shop_server import DESCRIPTION, ORDERS, SCHEMA, SHOP, ShopServer, described
from gate.test_secrets import LOUD, assert_nothing_leaks
from harness import PASSWORD, Gate
from jsonschema import Draft202012Validator

REPORT = json.loads(
    (files("pytest_apismoke") / "reports" / "report.schema.json").read_text("utf-8")
)
API = "--smoke-api=orders"
SERVED = f"--smoke-openapi={DESCRIPTION}"
FULL, OF_OPERATIONS = "--smoke-openapi-checks=full", "--smoke-api=openapi"
LIST, ONE = (f"contracts/orders.toml::{name}" for name in ("the list of orders", "one order"))
CHECKS = """
    [[check]]
    name = "the list of orders"
    path = "/api/orders"
    capture = { order_id = "/items/0/id" }

    [[check]]
    name = "one order"
    path = "/api/orders/{order_id}"
"""
SAFE = (f"GET {ORDERS}", f"GET {ORDERS}/{{id}}", f"GET {SHOP}")
UNSAFE = (f"POST {ORDERS}/search", f"PUT {SHOP}")
#: How the responses of the shop differ from its spec without violating it.
DRIFT = {
    SAFE[0]: {"undeclared": ["/items/*/note"], "unseen": ["/next"]},
    SAFE[1]: {"undeclared": ["/note"], "unseen": []},
}


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    """A shop that serves its spec."""
    started = ShopServer()
    started.description = described()
    yield started
    started.stop()


@pytest.fixture
def shop_gate(gate: Gate) -> Gate:
    """A gate whose folder declares two checks of orders."""
    gate.write("contracts/orders.toml", CHECKS)
    return gate


def of_operations(*operations: str) -> dict[str, str]:
    """The outcomes of the checks of some operations that pass."""
    return {f"openapi::{name}": "passed" for name in operations}


def test_a_built_in_suites_request_is_held_against_a_file(gate: Gate) -> None:
    """One invalid response fails one check, not every stage that uses it."""
    gate.write(
        "openapi.yaml",
        """
        openapi: 3.0.3
        info: {title: Demo, version: "1"}
        paths:
          /api/business/me:
            get:
              responses:
                200:
                  description: ok
                  content:
                    application/json:
                      schema: {$ref: '#/components/schemas/Business'}
        components:
          schemas:
            Business:
              properties:
                name: {type: integer}
        """,
    )

    ended = gate.run("--smoke", "--target-url=demo", "--smoke-openapi=openapi.yaml")

    outcomes = ended.outcomes()
    fetch = ended.check("settings::fetch")
    assert (ended.code, ended.report["categories"]) == (5, {"invalid": 1})
    assert {n for n, how in outcomes.items() if how != "passed"} == {"settings::fetch"}
    assert fetch["message"] == (
        "expected a response to GET /api/business/me that conforms to openapi.yaml, seen /name:"
        " wants type integer, came the text 'Harbor Dental'"
    )
    assert fetch["violations"][0]["says"] == (
        "openapi.yaml#/components/schemas/Business/properties/name/type"
    )


def test_declared_checks_and_users_tests_are_held_against_what_the_target_serves(
    shop_gate: Gate, shop: ShopServer, workers: int
) -> None:
    """The report lists the operations exercised; no output contains a secret from a response."""
    shop_gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_mine(smoke_client):
            assert smoke_client.get("/api/orders/ord_1").status == 200
        """,
    )
    unknown = "canary-of-an-unknown-key"
    shop.orders["ord_1"].update(total=PASSWORD, api_key=unknown, **{PASSWORD: [PASSWORD]})
    schemas = shop.description["components"]["schemas"]
    schemas["Order"]["properties"]["api_key"] = {"type": "integer"}
    paths = ("contracts", "test_mine.py")

    ended = shop_gate.against_url(shop.url, API, "--smoke", SERVED, *LOUD, *paths, workers=workers)

    failed = dict.fromkeys((LIST, ONE, "test_mine.py::test_mine"), "failed")
    assert (ended.code, ended.outcomes()) == (5, failed)
    assert ended.report["categories"] == {"invalid": 3}
    source = f"{shop.url}{DESCRIPTION}"
    properties = f"{source}#/components/schemas/Order/properties"
    for name, place in ((LIST, "/items/0"), (ONE, ""), ("test_mine.py::test_mine", "")):
        violations = ended.check(name)["violations"]
        assert {(each["pointer"], each["says"]) for each in violations} == {
            (f"{place}/total", f"{properties}/total/type"),
            (f"{place}/api_key", f"{properties}/api_key/type"),
        }
    properties_of_cases = ended.junit_properties().values()
    assert {case["apismoke_category"] for case in properties_of_cases} == {"invalid"}
    Draft202012Validator(REPORT).validate(ended.report)
    contract = ended.report["contract"]
    assert (contract["source"], contract["exercised"]) == (source, list(SAFE[:2]))
    assert contract["not_exercised"] == [UNSAFE[0], SAFE[2], UNSAFE[1]]
    assert shop.count(f"GET {DESCRIPTION}") == 1
    assert_nothing_leaks(shop_gate, ended)
    assert unknown not in json.dumps(ended.report) + ended.output + ended.junit


def test_each_safe_operation_is_a_check_where_that_is_asked_for(
    gate: Gate, shop: ShopServer
) -> None:
    """With the examples of the spec; drift is a note."""
    asked = (SERVED, "--smoke-openapi-checks=smoke", "--smoke-openapi-floor=60%")

    ended = gate.against_url(shop.url, "--smoke", OF_OPERATIONS, *asked)

    assert (ended.code, ended.outcomes()) == (0, of_operations(*SAFE))
    assert ended.report["apis"] == {"openapi": {"verdict": "pass", "failed_stage": None}}
    assert shop.count(f"GET {ORDERS}/ord_2") == 1
    drift = [{"operation": name, **places} for name, places in DRIFT.items()]
    assert ended.report["contract"]["drift"] == drift
    assert ended.notes() == [
        f"3 of 5 operations of {shop.url}{DESCRIPTION} were exercised (60 %)"
        f"; not POST {ORDERS}/search, PUT /api/shop",
        f"drift: {SAFE[0]}: undeclared: /items/*/note; never seen: /next",
        f"drift: {SAFE[1]}: undeclared: /note",
    ]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("arguments", "code", "categories", "with_operations"),
    [
        (["--smoke", "--smoke-openapi-floor=41"], 5, {"unverified": 1}, False),
        (["--smoke", "--smoke-openapi-floor=40", "--smoke-drift=off"], 0, {}, False),
        (["--smoke", FULL, "--smoke-drift=strict"], 5, {"invalid": 2}, False),
        ([FULL, OF_OPERATIONS], 0, {}, True),
    ],
)
def test_how_much_has_to_be_exercised_and_what_becomes_of_drift(
    shop_gate: Gate,
    shop: ShopServer,
    arguments: list[str],
    code: int,
    categories: dict[str, int],
    with_operations: bool,
) -> None:
    ended = shop_gate.against_url(shop.url, API, SERVED, *arguments)

    passed = {name: how for name, how in ended.outcomes().items() if how == "passed"}
    operations = of_operations(*SAFE) if with_operations else {}
    assert (ended.code, ended.report["categories"]) == (code, categories)
    assert passed == {**operations, LIST: "passed", ONE: "passed"}
    drift = {one.pop("operation"): one for one in ended.report["contract"]["drift"]}
    assert drift == ({} if "--smoke-drift=off" in arguments else DRIFT)
    is_noted = any(note.startswith("drift: ") for note in ended.notes())
    assert is_noted == ("--smoke-drift" not in " ".join(arguments))


def test_checks_of_operations_that_were_not_chosen_are_pointed_out(
    shop_gate: Gate, shop: ShopServer
) -> None:
    note = "--smoke-openapi-checks makes no checks in this run: the API 'openapi' was not chosen"
    ended = shop_gate.against_url(shop.url, API, SERVED, FULL)
    assert (ended.code, note in ended.notes()) == (0, True)


@pytest.mark.exhaustive
def test_a_file_may_refer_to_others_beside_it(shop_gate: Gate, shop: ShopServer) -> None:
    description = described()
    order = description["components"]["schemas"].pop("Order")
    order["properties"]["total"] = {"type": "integer"}
    text = json.dumps(description).replace("#/components/schemas/Order", "schemas/order.json")
    shop_gate.write("api/openapi.json", text)
    shop_gate.write("api/schemas/order.json", json.dumps(order))

    ended = shop_gate.against_url(shop.url, API, "--smoke", "--smoke-openapi=api/openapi.json")

    says = [one["says"] for one in ended.check(ONE)["violations"]]
    assert (ended.code, says) == (5, ["api/schemas/order.json#/properties/total/type"])


WITH_THE_FIXTURE = """
    import pytest
    import requests

    pytestmark = pytest.mark.smoke

    @pytest.fixture(params=["smoke_client", "requests"])
    def get(request, smoke_client, smoke_target_url):
        if request.param == "smoke_client":
            return smoke_client.get
        return lambda path: requests.get(smoke_target_url + path, timeout=10)

    @pytest.fixture
    def broken(smoke_target_url):
        return requests.get(smoke_target_url + "/api/orders/ord_1", timeout=10)

    def test_a_schema(smoke_contract, get):
        smoke_contract.check(get("/api/orders/ord_2"), "orders#/$defs/order")
        smoke_contract.check({"items": []}, "orders")

    def test_an_operation(smoke_contract, get):
        smoke_contract.check(get("/api/orders/ord_2"), operation="getOrder")
        smoke_contract.check(get("/api/orders/ord_2"), operation="GET /api/orders/{id}")

    def test_neither(smoke_contract, get):
        smoke_contract.check(get("/api/orders/ord_2"))

    @pytest.mark.apismoke(api="orders", category="state")
    def test_a_broken_schema(smoke_contract, broken):
        smoke_contract.check(broken, "orders#/$defs/order")

    def test_a_broken_operation(smoke_contract, broken):
        smoke_contract.check(broken, operation="getOrder")

    def test_broken_by_neither(smoke_contract, broken):
        smoke_contract.check(broken)

    def test_an_unknown_operation(smoke_contract, broken):
        smoke_contract.check(broken, operation="getOrders")
"""
NULL_TOTAL = "seen /total: wants type number, came null"


def test_users_hold_answers_against_contracts_themselves(
    shop_gate: Gate, shop: ShopServer, workers: int
) -> None:
    """With `smoke_contract`; the marker names the API and the category."""
    shop_gate.write("contracts/orders.schema.json", SCHEMA)
    shop_gate.write("test_mine.py", WITH_THE_FIXTURE)
    shop.is_open = True
    shop.orders["ord_1"]["total"] = None

    ended = shop_gate.against_url(shop.url, API, "--smoke", SERVED, "test_mine.py", workers=workers)

    name = "test_mine.py::test_"
    passing = ("a_schema", "an_operation", "neither")
    by = ("smoke_client", "requests")
    outcomes = ended.outcomes()
    assert {n for n, how in outcomes.items() if how == "passed"} == {
        f"{name}{test}[{client}]" for test in passing for client in by
    }
    failed = {
        check["name"].removeprefix(name): (check["api"], check["category"], check["message"])
        for check in ended.report["checks"]
        if check["outcome"] == "failed"
    }
    source = f"{shop.url}{DESCRIPTION}"
    told = f"expected a response to GET {ORDERS}/{{id}} that conforms to {source}, {NULL_TOTAL}"
    unknown = f"expected the id or the name of an operation of {source}, seen 'getOrders'"
    contract = "expected an answer that keeps the contract 'orders#/$defs/order', seen"
    assert failed == {
        "a_broken_schema": ("orders", "state", f"{contract} /total: wants type number, came null"),
        "a_broken_operation": ("tests", "invalid", told),
        "broken_by_neither": ("tests", "invalid", told),
        "an_unknown_operation": ("tests", "usage", unknown),
    }
    assert ended.code == 4
    assert ended.junit_properties()["test_mine::test_a_broken_schema"] == {
        "apismoke_api": "orders",
        "apismoke_category": "state",
    }


@pytest.mark.exhaustive
def test_the_api_that_a_marker_names_is_that_of_the_exit_code(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop_gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        @pytest.mark.apismoke(api="orders")
        def test_it(smoke_client):
            assert smoke_client.get("/api/orders").status == 204

        @pytest.mark.smoke
        @pytest.mark.apismoke(api="somebody_elses")
        def test_left_out(smoke_client):
            raise AssertionError("--smoke-api names another one")
        """,
    )
    shop_gate.write("apismoke.toml", "[apis.orders]\nexit_code = 20")

    ended = shop_gate.against_url(
        shop.url, API, "--smoke", "--smoke-exit-codes=api", "test_mine.py"
    )

    assert (ended.code, ended.outcomes()) == (20, {"test_mine.py::test_it": "failed"})
    assert ended.report["apis"] == {"orders": {"verdict": "fail", "failed_stage": "call"}}
