"""A request that matches no operation for the slash at its end is told as such."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.openapi.conformance import contract_use, nothing_exercised
from pytest_apismoke.openapi.near_misses import but_for_a_slash
from pytest_apismoke.openapi.servers import servers_of

BASE = "https://api.example.com/v1"


@pytest.mark.parametrize(
    ("path", "operation", "told"),
    [
        ("/orders", "GET /orders/", "GET /v1/orders differs from GET /orders/ in the slash"),
        ("/orders/", "GET /orders", "GET /v1/orders/ differs from GET /orders in the slash"),
        ("/orders?a=b", "GET /orders/", "GET /v1/orders differs from GET /orders/ in the slash"),
        ("/orders", "GET /orders", ""),
        ("/orders", "PUT /orders/", ""),
        ("/orders", "GET /", ""),
        ("/orders", "GET /order/", ""),
    ],
)
def test_what_misses_an_operation_by_a_slash(
    path: str, operation: str, told: str, make_exchange: Callable[..., Exchange]
) -> None:
    exchange = make_exchange(url=BASE + path)
    assert but_for_a_slash([exchange], [operation]) == (told and f"{told} at its end")


def test_a_request_that_matches_an_operation_misses_none(
    make_exchange: Callable[..., Exchange],
) -> None:
    exchange = make_exchange(url=f"{BASE}/orders", held=ConformanceResult(operation="GET /orders"))
    assert but_for_a_slash([exchange], ["GET /orders/", "GET /orders"]) == ""


@pytest.mark.parametrize("held", [None, ConformanceResult(operation="GET /orders")])
def test_a_run_that_missed_every_operation_by_a_slash_says_so(
    held: ConformanceResult | None, make_exchange: Callable[..., Exchange]
) -> None:
    """Also where a declared check held the answer against a schema of its own."""
    exchange = make_exchange(url="https://api.example.com/orders", held=held)
    use = contract_use([exchange], source="o.json", operations=["GET /orders/"])
    failure = nothing_exercised(use, server_paths=("",), target_path="")
    assert failure is not None
    assert (failure.seen, failure.hint) == (
        "no request for one: GET /orders differs from GET /orders/ in the slash at its end",
        "send the request with the path as the spec has it, or correct the spec",
    )


@pytest.mark.parametrize(
    ("url", "path"), [("../api", "/api"), ("./v1/", "/v1"), ("/a/../b", "/b"), ("v1", "/v1")]
)
def test_a_relative_server_has_the_path_that_it_leads_to(url: str, path: str) -> None:
    assert servers_of([{"url": url}]).prefixes == (path,)
