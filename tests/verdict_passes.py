"""Checks that passed, for the verdicts in `verdicts.py`."""

from __future__ import annotations

from collections.abc import Sequence

from verdict_parts import exchange, passed

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.verdict.outcome import Outcome

STAGES = {
    "settings": ("login", "fetch", "contract", "save", "persist", "restore"),
    "calendar": ("login", "fetch", "state", "oauth"),
    "twilio": ("login", "fetch", "phone", "state"),
}

LOGIN = exchange("POST", "/api/auth/login", body='{"access_token": "[redacted]"}', duration_s=0.812)
ME = exchange("GET", "/api/business/me", body='{"greeting_style": "Warm and brief"}')


def suite(api: str, stages: Sequence[str]) -> list[Outcome]:
    """Stages of a suite that passed; the reads are shared with other suites."""
    requests: dict[str, tuple[Exchange, ...]] = {
        "login": (LOGIN,),
        "fetch": (ME,),
        "save": (exchange("PUT", "/api/business/me", duration_s=0.061),),
        "persist": (exchange("GET", "/api/business/me", duration_s=0.048),),
        "restore": (exchange("PUT", "/api/business/me", duration_s=0.057),),
        "oauth": (exchange("GET", "/api/calendar/oauth/start", duration_s=0.074),),
    }
    return [
        passed(f"{api}::{stage}", f"{stage} as it has to be", *requests.get(stage, ()))
        for stage in stages
    ]


def built_in(*without: str) -> list[Outcome]:
    """The built-in suites, all passed, without some."""
    suites = (suite(api, stages) for api, stages in STAGES.items() if api not in without)
    return [outcome for suite in suites for outcome in suite]


def own_tests() -> list[Outcome]:
    searched = exchange("GET", "/api/search?q=kettle", duration_s=0.242)
    return [
        passed("tests/e2e/test_search.py::test_search_finds_a_known_product", "passed", searched),
        passed("tests/e2e/test_status.py::test_status_page_is_public", "passed"),
    ]


def flaky(name: str = "contracts/catalog.toml::the catalog") -> Outcome:
    return passed(
        name,
        "200 with the catalog",
        exchange("GET", "/api/catalog", 503, body='{"error": "busy"}'),
        exchange("GET", "/api/catalog", body='{"items": []}', attempt=2, duration_s=0.093),
        retries=1,
    )


def orders() -> list[Outcome]:
    stages = ("the list of orders", "one order", "an order that is not there", "the statistics")
    return [
        passed(f"contracts/orders.toml::{stage}", "as its contract says", listing())
        for stage in stages
    ]


def listing() -> Exchange:
    return exchange("GET", "/api/orders?limit=5", body='{"items": []}', duration_s=0.058)


def many(count: int) -> list[Outcome]:
    """Declared checks of several APIs, each with one request."""
    names = (
        f"contracts/{api}.toml::check {number // 4:03}"
        for number in range(count)
        for api in [("catalog", "customers", "invoices", "orders")[number % 4]]
    )
    return [
        passed(
            name,
            "as its contract says",
            exchange("GET", f"/api/items/{number}", duration_s=0.01 + number % 37 / 100),
        )
        for number, name in enumerate(names)
    ]
