"""A spec in whole runs: every response is validated, whatever sent the request."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files

import pytest
from gate.shop_server import DESCRIPTION, ORDERS, SHOP, Said, ShopServer, described
from gate.test_secrets import LOUD, assert_nothing_leaks
from harness import PASSWORD, Gate
from jsonschema import Draft202012Validator

from pytest_apismoke.schemas.policy import NULLABLE

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
    SAFE[0]: {"undeclared": ["/items/*/note"], "unseen": ["/next"], "doubts": []},
    SAFE[1]: {"undeclared": ["/note"], "unseen": [], "doubts": []},
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


def test_responses_of_declared_checks_and_users_tests_are_validated_against_the_served_spec(
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
        assert {(each["pointer"], each["schema_location"]) for each in violations} == {
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


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("arguments", "code", "categories", "with_operations"),
    [
        (["--smoke", "--smoke-openapi-floor=40", "--smoke-drift=off"], 0, {}, False),
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


@pytest.mark.parametrize(("drift", "code"), [("note", 0), ("strict", 5)])
def test_what_one_reading_refuses_is_noted_and_a_failure_where_one_is_strict(
    shop_gate: Gate, shop: ShopServer, drift: str, code: int, workers: int
) -> None:
    shop.description["openapi"] = "3.0.3"
    schemas = shop.description["components"]["schemas"]
    schemas["Owner"] = {"type": "object"}
    nullable = {"allOf": [{"$ref": "#/components/schemas/Owner"}], "nullable": True}
    schemas["Order"]["properties"]["owner"] = nullable
    shop.orders["ord_1"]["owner"] = None

    ended = shop_gate.against_url(
        shop.url, API, "--smoke", SERVED, f"--smoke-drift={drift}", "contracts", workers=workers
    )

    assert (ended.code, ended.check(ONE)["outcome"]) == (code, "passed")
    places = {"GET /api/orders": "/items/*/owner", "GET /api/orders/{id}": "/owner"}
    doubts = {name: f"{place}: {NULLABLE.reason}" for name, place in places.items()}
    drifted = ended.report["contract"]["drift"]
    assert {one["operation"]: one["doubts"] for one in drifted} == {
        name: [doubt] for name, doubt in doubts.items()
    }
    noted = [note for note in ended.notes() if note.startswith("readings differ: ")]
    told = [f"readings differ: {name}: {doubt}" for name, doubt in doubts.items()]
    assert noted == (told if drift == "note" else [])


def test_checks_of_operations_that_were_not_chosen_are_pointed_out(
    shop_gate: Gate, shop: ShopServer
) -> None:
    note = "--smoke-openapi-checks adds no checks to this run: the API 'openapi' was not chosen"
    ended = shop_gate.against_url(shop.url, API, SERVED, FULL)
    assert (ended.code, note in ended.notes()) == (0, True)


def test_what_ends_the_session_is_not_asked_for_and_told(shop_gate: Gate, shop: ShopServer) -> None:
    paths = shop.description["paths"]
    paths["/api/logout"] = {"get": {"responses": {"200": {"description": "gone"}}}}
    del paths[f"{ORDERS}/{{id}}"]["parameters"][0]["example"]
    shop_gate.write(
        "apismoke.toml",
        f"""
        [openapi]
        leave_out = ["{SHOP}", "getOrders"]
        parameters = {{ id = "ord_2" }}
        """,
    )

    ended = shop_gate.against_url(shop.url, SERVED, FULL, OF_OPERATIONS)

    assert (ended.code, ended.outcomes()) == (0, of_operations(*SAFE[:2]))
    assert shop.count("GET /api/logout") == 0
    told = [note for note in ended.notes() if note.startswith(("--smoke-openapi", "[openapi]"))]
    assert told == [
        f"--smoke-openapi-checks leaves out GET {SHOP} ([openapi] leave_out names it),"
        " GET /api/logout (it ends a session)",
        "[openapi] leave_out names 'getOrders', which is no operation; did you mean 'getOrder'?",
    ]


def test_what_nothing_validates_is_no_evidence_and_told(shop_gate: Gate, shop: ShopServer) -> None:
    """The page is no JSON; a format that nobody checks stands in a schema of the user's."""
    table = {"type": "array", "items": {"type": "object"}}
    content = {"text/html": {"schema": table}}
    shop.description["paths"][SHOP] = {
        "get": {"responses": {"200": {"description": "a table", "content": content}}}
    }
    shop.instead[f"GET {SHOP}"] = Said(200, "<broken")
    shop_gate.write("contracts/order.schema.json", json.dumps({"format": "int64"}))

    ended = shop_gate.against_url(shop.url, SERVED, FULL, OF_OPERATIONS)

    assert (ended.code, ended.outcomes()) == (0, of_operations(*SAFE))
    told = [
        f"GET {SHOP} (a body of text/html)",
        "the format int64 at contracts/order.schema.json#/format (nothing checks it: write a"
        " pattern or bounds)",
        "the APIs settings, calendar, twilio, orders (left out by --smoke-api)",
    ]
    Draft202012Validator(REPORT).validate(ended.report)
    assert ended.report["not_looked_at"] == told
    assert ended.report["contract"]["exercised"] == list(SAFE[:2])
    assert f"  not looked at  {told[0]}" in ended.output


@pytest.mark.exhaustive
def test_a_file_may_refer_to_others_beside_it(shop_gate: Gate, shop: ShopServer) -> None:
    description = described()
    order = description["components"]["schemas"].pop("Order")
    order["properties"]["total"] = {"type": "integer"}
    text = json.dumps(description).replace("#/components/schemas/Order", "schemas/order.json")
    shop_gate.write("api/openapi.json", text)
    shop_gate.write("api/schemas/order.json", json.dumps(order))

    ended = shop_gate.against_url(shop.url, API, "--smoke", "--smoke-openapi=api/openapi.json")

    says = [one["schema_location"] for one in ended.check(ONE)["violations"]]
    assert (ended.code, says) == (5, ["api/schemas/order.json#/properties/total/type"])


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

    declared = {"contracts/orders.toml::the list of orders", "contracts/orders.toml::one order"}
    assert (ended.code, ended.outcomes()) == (
        20,
        {"test_mine.py::test_it": "failed", **dict.fromkeys(declared, "passed")},
    )
    assert ended.report["apis"] == {"orders": {"verdict": "fail", "failed_stage": "call"}}
