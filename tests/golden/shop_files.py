"""Files of the cases against the shop: declared checks, an OpenAPI document, and users' tests."""

from __future__ import annotations

#: One check for each way to fail.
FAILING = """
    [[check]]
    name = "listed"
    path = "/api/orders"
    capture = { order_id = "/items/0/id" }
    expect.schema = "orders"

    [[check]]
    name = "needs the list"
    path = "/api/orders/{order_id}"

    [[check]]
    name = "counted"
    path = "/api/orders"
    refused_without_auth = true
    expect.headers = { X-Count = true }

    [[check]]
    name = "there"
    path = "/api/orders/none"
    expect.status = [200, 204]

    [[check]]
    name = "closed"
    path = "/api/shop"
    category = "state"
    expect.schema.properties.is_open.const = false

    [[check]]
    name = "nice to have"
    path = "/api/nice"
    required = false

    [[check]]
    name = "quick"
    path = "/health"
    auth = false
    expect.max_latency_ms = 0.000001

    [[check]]
    name = "created"
    method = "POST"
    path = "/api/orders/search"
    json = { ids = [] }
    changes = "nothing"
    smoke = true
    expect.status = 201
"""
#: The second check needs a value that the first one captures.
CAPTURING = """
    [[check]]
    name = "the list"
    path = "/api/orders"
    capture = { order_id = "/items/0/id" }

    [[check]]
    name = "one"
    path = "/api/orders/{order_id}"
"""
#: An OpenAPI document that every response of the shop violates in one property.
NAME_IS_A_NUMBER = """
    openapi: 3.0.3
    info: {title: Shop, version: "1"}
    paths:
      /api/business/me:
        get:
          responses:
            200:
              description: ok
              content:
                application/json:
                  schema: {properties: {name: {type: integer}}}
"""
#: A user's tests that end in every way.
USERS_TESTS = """
    import pytest

    pytestmark = pytest.mark.smoke

    @pytest.fixture
    def order(smoke_client):
        return smoke_client.get("/api/none").json()["id"]

    def test_passes(smoke_client):
        assert smoke_client.get("/health").status == 200

    def test_fails(smoke_client):
        status = smoke_client.get("/health").status
        assert status == 204

    def test_breaks(smoke_client):
        smoke_client.get("/health").json()["nothing"]

    def test_breaks_before_it_starts(order):
        assert order

    def test_verifies_nothing():
        pass

    def test_is_skipped(smoke_client):
        pytest.skip("not today")

    @pytest.mark.skip
    def test_is_skipped_by_a_marker():
        pass

    @pytest.mark.xfail(reason="known")
    def test_is_expected_to_fail(smoke_client):
        status = smoke_client.get("/health").status
        assert status == 204

    @pytest.mark.xfail(strict=True, reason="thought so")
    def test_passes_unexpectedly(smoke_client):
        assert smoke_client.get("/health").status == 200

    def test_a_path_without_a_slash(smoke_client):
        smoke_client.get("api/orders")

    @pytest.mark.apismoke(api="orders", category="state")
    def test_of_an_api(smoke_client):
        status = smoke_client.get("/health").status
        assert status == 204
"""
#: A user's tests that validate responses with `smoke_contract`.
WITH_SMOKE_CONTRACT = """
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
