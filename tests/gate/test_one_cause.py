"""One cause is told once, in the words of the check that met it and nobody else's."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from gate.shop_server import ORDERS, Said, ShopServer
from harness import Backend, Ended, Gate, credentials

#: A terminal of this many lines shows the whole verdict on a broken login.
SCREEN = 24
LOGIN = "POST /api/auth/login"
CRASH = Said(500, {"error": "internal_error", "detail": "canary-of-the-login"})
CHECKS = """
    [[check]]
    name = "GET /health"
    path = "/health"

    [[check]]
    name = "list"
    path = "/api/orders"

    [[check]]
    name = "open"
    path = "/health"
    auth = false
"""


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    server = ShopServer()
    yield server
    server.stop()


def run(gate: Gate, shop: ShopServer, *arguments: str, workers: int = 0) -> Ended:
    environ = {**credentials(), "CI": "true"}
    arguments = (f"--target-url={shop.url}", "--smoke", *arguments)
    return gate.run(*arguments, environ=environ, workers=workers)


def test_a_login_that_answers_500_fits_on_one_screen_and_is_told_once(
    gate: Gate, shop: ShopServer
) -> None:
    """As a user types it, in a CI that makes pytest print everything."""
    shop.instead[LOGIN] = CRASH
    command = [sys.executable, "-m", "pytest", "--smoke", f"--target-url={shop.url}"]
    ended = gate.run_command(command, **credentials(), CI="true", COLUMNS="80")
    lines = ended.verdict_block.splitlines()
    assert ended.code == 1, ended.output
    assert sum(-(-max(len(line), 1) // 80) for line in lines) <= SCREEN, ended.out
    assert ended.out.count("500 with") == 1
    assert ended.out.count("canary-of-the-login") == 1


def test_what_depends_on_the_login_is_not_run_and_refers_to_it(
    gate: Gate, shop: ShopServer, workers: int
) -> None:
    shop.instead[LOGIN] = CRASH
    gate.write("contracts/orders.toml", CHECKS)
    ended = run(gate, shop, workers=workers)
    failures = [c["name"] for c in ended.report["checks"] if c["outcome"] in ("failed", "error")]
    assert (ended.code, failures) == (1, ["settings::login"])
    assert ended.report["categories"] == {"auth": 1}
    assert {name: api["verdict"] for name, api in ended.report["apis"].items()} == dict.fromkeys(
        ("settings", "calendar", "twilio", "orders"), "fail"
    )
    not_run = "not run: settings::login failed"
    assert ended.check("twilio::phone")["message"] == not_run
    assert ended.check("contracts/orders.toml::list")["message"] == not_run
    assert ended.check("contracts/orders.toml::open")["outcome"] == "passed"


def test_without_a_suite_the_login_is_a_failure_of_the_run(
    gate: Gate, shop: ShopServer, workers: int
) -> None:
    """No check is called FAILED that never sent its request."""
    shop.instead[LOGIN] = CRASH
    gate.write("contracts/orders.toml", CHECKS)
    ended = run(gate, shop, "--smoke-api=orders", workers=workers)
    assert (ended.code, shop.count(f"GET {ORDERS}")) == (1, 0)
    assert "GET /health FAILED" not in ended.out
    assert ended.check("contracts/orders.toml::GET /health")["message"] == (
        "not run: apismoke::login failed"
    )
    assert {n: case for n, case in ended.junit_cases().items() if case != "passed"} == {
        "apismoke::login": "failure",
        "contracts.orders.toml::GET /health": "skipped",
        "contracts.orders.toml::list": "skipped",
    }


@pytest.mark.parametrize("chosen", ["twilio and phone", "list"])
def test_the_cause_is_told_whatever_was_deselected(
    chosen: str, gate: Gate, shop: ShopServer
) -> None:
    shop.instead[LOGIN] = CRASH
    gate.write("contracts/orders.toml", CHECKS)
    ended = run(gate, shop, "-k", chosen)
    failed = [c["name"] for c in ended.report["checks"] if c["outcome"] == "failed"]
    assert (ended.code, failed) == (1, ["settings::login"]), ended.output


def test_the_exit_code_by_api_counts_what_could_not_be_run(gate: Gate, shop: ShopServer) -> None:
    shop.instead[LOGIN] = CRASH
    assert run(gate, shop, "--smoke-exit-codes=api").code == 4


def test_an_expected_value_with_our_own_words_in_it_is_shown_whole(
    gate: Gate, shop: ShopServer
) -> None:
    gate.write(
        "contracts/orders.toml",
        """
        [[check]]
        name = "list"
        path = "/api/orders"
        expect.headers = { X-Total = "a, seen b" }
        """,
    )
    ended = run(gate, shop, "--smoke-api=orders")
    assert "expected    the header X-Total: a, seen b\n   got         '2'\n" in ended.out


def test_a_users_skip_is_a_skip_whatever_it_says(gate: Gate, backend: Backend) -> None:
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_skipped(smoke_client):
            pytest.skip("warning: not today")

        @pytest.mark.smoke
        def test_sends(smoke_client):
            assert smoke_client.get("/api/business/me").status == 200
        """,
    )
    ended = gate.against(backend, "--smoke", "--smoke-api=twilio", "test_mine.py")
    assert ended.code == 0, ended.output
    assert "failed, not required" not in ended.out
    assert "(warning: not today)" in " ".join(ended.out.split())


def test_a_users_test_that_needs_the_token_is_not_run_either(
    gate: Gate, shop: ShopServer, workers: int
) -> None:
    """Whatever else is deselected, the login tells why; and no second login is tried for it."""
    shop.instead[LOGIN] = CRASH
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_mine(smoke_client):
            assert smoke_client.get("/api/orders").status == 200
        """,
    )
    ended = run(gate, shop, "-k", "test_mine", "test_mine.py", workers=workers)
    assert ended.code == 1, ended.output
    assert ended.check("test_mine.py::test_mine")["message"] == "not run: settings::login failed"
    assert (ended.report["apis"]["tests"]["verdict"], shop.count(LOGIN)) == ("fail", 1)


def test_a_login_that_only_optional_checks_need_does_not_decide(
    gate: Gate, shop: ShopServer
) -> None:
    shop.instead[LOGIN] = CRASH
    gate.write(
        "contracts/orders.toml",
        """
        [[check]]
        name = "open"
        path = "/health"
        auth = false

        [[check]]
        name = "nice to have"
        path = "/api/orders"
        required = false
        """,
    )
    ended = run(gate, shop, "--smoke-api=orders")
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert any("apismoke::login is not required, and failed" in note for note in ended.notes())
