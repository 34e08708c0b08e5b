"""Known violations: switched on today, red on new breaks only, and never at the cost of a write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gate.shop_server import (
    CHECKS,
    DESCRIPTION,
    ME,
    ORDERS,
    SCHEMA,
    SHOP,
    Said,
    ShopServer,
    described,
)
from harness import Ended, Gate, credentials

#: Each test is whole runs, some of them long.
pytestmark = pytest.mark.exhaustive

FILE = "contracts/known.toml"
LIST, ONE = (f"contracts/orders.toml::{name}" for name in ("the list of orders", "one order"))
TESTS = """
    import pytest

    @pytest.mark.smoke
    @pytest.mark.parametrize("name", ["ord_1", "ord_2"])
    def test_mine(smoke_client, smoke_contract, name):
        answer = smoke_client.get(f"/api/orders/{name}")
        smoke_contract.check(answer, "orders#/$defs/order")
        smoke_contract.check(answer.json(), "orders#/$defs/order")
"""
RUN = ("--smoke", f"--smoke-openapi={DESCRIPTION}", "--smoke-openapi-checks=smoke")
APIS = ("--smoke-api=orders", "--smoke-api=openapi")


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    """A shop that serves its document, and whose orders break it."""
    started = ShopServer()
    started.description = described()
    started.orders["ord_1"]["total"] = "1.5"
    started.orders["ord_2"]["total"] = None
    yield started
    started.stop()


@pytest.fixture
def shop_gate(gate: Gate) -> Gate:
    """A gate whose folder declares the checks of the orders."""
    gate.write("contracts/orders.toml", CHECKS)
    gate.write("contracts/orders.schema.json", SCHEMA)
    return gate


def write(
    gate: Gate, *urls: str, workers: int = 0, arguments: tuple[str, ...] = (*RUN, *APIS)
) -> Ended:
    """Records the known violations."""
    targets = [f"--target-url={url}" for url in urls]
    distributed = ["-n", str(workers)] if workers else []
    quiet = ["-pno:randomly", "-pno:hypothesispytest"]
    command = ["apismoke", "known", "write", *targets, *quiet, *distributed, *arguments]
    return gate.run_command(command, **credentials())


def text(gate: Gate) -> str:
    return (gate.folder / FILE).read_text("utf-8")


def entry(
    name: str, place: str, kind: str, *, contract: str = "Shop", **more: Any
) -> dict[str, Any]:
    key = "check" if "::" in name else "operation"
    return {key: name, "contract": contract, "status": 200, "place": place, "kind": kind, **more}


#: What the orders of the fixture break, in the order of the file.
BROKEN = [
    entry(f"GET {ORDERS}", "/items/*/total", "type"),
    entry(f"GET {ORDERS}/{{id}}", "/total", "type"),
    entry(ONE, "/total", "type", contract="orders#/$defs/order"),
    entry(LIST, "/items/*/total", "type", contract="orders"),
]


def test_a_team_switches_it_on_and_is_told_of_new_breaks_only(
    shop_gate: Gate, shop: ShopServer, workers: int
) -> None:
    # Every check fails, and what needs a captured value is not run.
    before = shop_gate.against_url(shop.url, *RUN, *APIS, workers=workers)
    assert (before.code, before.outcomes()[ONE]) == (5, "skipped")

    written = write(shop_gate, shop.url, workers=workers)
    assert (written.code, written.out.splitlines()[-1]) == (
        0,
        f"{FILE}: 4 known violations (4 added)",
    ), written.output

    known = shop_gate.against_url(shop.url, *RUN, *APIS, workers=workers)
    assert (known.code, known.report["verdict"]) == (0, "pass"), known.output
    assert known.report["known"] == {"file": FILE, "violations": BROKEN, "gone": []}
    told = [" ".join(line.split()) for line in known.verdict_block.splitlines()]
    assert f"known 4 known violations ({FILE})" in told
    assert known.check(ONE)["message"] == (
        f"GET {ORDERS}/{{order_id}} responded as declared; 2 known violations"
    )

    # Another value at a known place is known; another property is new.
    shop.orders["ord_1"].update(id=7, total=[])
    new = shop_gate.against_url(shop.url, *RUN, *APIS, workers=workers)
    assert (new.code, new.outcomes()[LIST]) == (5, "failed")
    assert new.check(LIST)["message"] == (
        "expected a response that matches the contract 'orders', seen /items/0/id: expected type"
        " string, got the number 7 (besides 1 known violation)"
    )
    assert [one["pointer"] for one in new.check(LIST)["violations"]] == ["/items/0/id"]
    assert not any('"total": type' in line for line in new.check(LIST)["difference"])


def test_what_no_longer_breaks_is_told_and_a_rewrite_keeps_the_reasons(
    shop_gate: Gate, shop: ShopServer
) -> None:
    write(shop_gate, shop.url)
    shop_gate.write(FILE, text(shop_gate).replace('"type"', '"type"\nreason = "old"'))
    shop.orders["ord_1"]["total"], shop.orders["ord_2"]["total"] = 1.5, 3
    reasoned = [{**one, "reason": "old"} for one in BROKEN]

    # Nothing is held against the document this time.
    ended = shop_gate.against_url(shop.url, RUN[0], APIS[0])
    assert (ended.code, ended.report["known"]) == (
        0,
        {"file": FILE, "violations": [], "gone": reasoned[2:]},
    ), ended.output
    assert f" known and gone {ONE} (200): type at /total," in ended.told

    written = write(shop_gate, shop.url, arguments=(RUN[0], APIS[0]))
    assert written.out.splitlines()[-1] == (
        f"{FILE}: 2 known violations (2 removed, 2 kept that this run did not look at)"
    ), written.output
    assert text(shop_gate).count('reason = "old"') == 2


def test_tests_of_users_have_their_own_entries_without_parameters(
    shop_gate: Gate, shop: ShopServer, workers: int
) -> None:
    shop_gate.write("test_mine.py", TESTS)
    arguments = (*RUN[:2], APIS[0], "contracts", "test_mine.py")
    written = write(shop_gate, shop.url, workers=workers, arguments=arguments)
    assert written.code == 0, written.output
    known = shop_gate.against_url(shop.url, *arguments, workers=workers)
    mine = entry("test_mine.py::test_mine", "/total", "type", contract="orders#/$defs/order")
    of_a_value = {name: value for name, value in mine.items() if name != "status"}
    assert (known.code, known.report["known"]["violations"]) == (
        0,
        [*BROKEN, of_a_value, mine],
    ), known.output
    assert known.check("test_mine.py::test_mine[ord_1]")["message"] == "passed; 3 known violations"

    shop.orders["ord_1"].pop("note")
    assert shop_gate.against_url(shop.url, *arguments, workers=workers).code == 5


def test_what_is_gone_at_one_target_only_is_not_gone(shop_gate: Gate, shop: ShopServer) -> None:
    other = ShopServer()
    try:
        other.description = described()
        other.orders["ord_1"]["note"] = 1
        del other.orders["ord_1"]["total"]
        written = write(shop_gate, shop.url, other.url)
        assert written.code == 0, written.output
        assert written.out.splitlines()[-1] == f"{FILE}: 8 known violations (8 added)"

        shop.orders["ord_1"]["total"] = shop.orders["ord_2"]["total"] = 1
        urls = [f"--target-url={url}" for url in (shop.url, other.url)]
        ended = shop_gate.run(*urls, *RUN, *APIS, environ=credentials())
        assert ended.code == 0, ended.output
        known = ended.report["known"]
        assert (len(known["violations"]), known["gone"]) == (4, BROKEN)
        assert ended.output.count("known and gone") == 1
    finally:
        other.stop()


# -- never at the cost of a write ---------------------------------------------------------------


def test_no_update_is_sent_after_a_reading_that_breaks_its_contract_known_or_not(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop.description["paths"][SHOP]["get"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ] = {"properties": {"is_open": {"type": "string"}}}
    arguments = (RUN[1], "--smoke-api=orders")
    written = write(shop_gate, shop.url, arguments=arguments)
    update = "contracts/orders.toml::another title"
    assert (written.code, "PUT" in str(shop.seen)) == (5, False), written.output
    assert "The failures above are no violations that can be known" in written.out

    ended = shop_gate.against_url(shop.url, *arguments)
    assert (ended.code, ended.outcomes()[update]) == (5, "failed")
    assert ended.check(update)["message"] == (
        f"expected {SHOP} to match its contract before it is changed, seen /is_open: expected type"
        " string, got the boolean true"
    )
    assert ended.check(update)["hint"].endswith(
        f"fix the response or its contract first (before a write {FILE} excuses nothing)"
    )
    assert f"PUT {SHOP}" not in shop.seen


def test_the_contracts_of_the_built_in_suites_are_never_excused(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop.documents[ME]["name"] = 7
    written = write(shop_gate, shop.url, arguments=("--smoke", "--smoke-api=settings"))
    assert (written.code, (shop_gate.folder / FILE).exists()) == (5, False), written.output
    assert f"PUT {ME}" not in shop.seen


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said(500, {"error": "down"}), 2),
        # Without a token it is served as well.
        (Said(200, "<h1>Maintenance</h1>"), 1),
    ],
)
def test_what_is_no_violation_is_not_recorded(
    said: Said, code: int, shop_gate: Gate, shop: ShopServer
) -> None:
    shop.instead = {f"GET {ORDERS}": said}
    written = write(shop_gate, shop.url, arguments=("--smoke", "--smoke-api=orders"))
    assert (written.code, (shop_gate.folder / FILE).exists()) == (code, False), written.output


# -- the file -----------------------------------------------------------------------------------

MISTAKE = (
    "expected the keys operation, check, contract, status, place, kind, reason, until, seen 'plase'"
)


def test_a_file_with_a_mistake_is_one_message_of_a_gate_that_sends_nothing(
    shop_gate: Gate, shop: ShopServer
) -> None:
    shop_gate.write(
        FILE, "[[known]]\noperation = 'GET /a'\nplase = '/a'\nplace = ''\nkind = 'type'"
    )
    ended = shop_gate.against_url(shop.url, "--smoke", *APIS[:1])
    (check,) = ended.report["checks"]
    assert (ended.code, ended.report["verdict"], check["message"]) == (5, "misconfigured", MISTAKE)
    assert (check["where"], check["hint"]) == (f"{FILE}, line 3", "did you mean 'place'?")
    assert shop.seen == []

    written = write(shop_gate, shop.url)
    assert (written.code, shop.seen) == (5, [])
    assert "nothing is recorded" in written.out
    checked = shop_gate.run_command(["apismoke", "check"])
    assert (checked.code, checked.out) == (
        5,
        f"{MISTAKE}\n  where: {FILE}, line 3\n    line 3: [[known]] plase = …\n"
        "                      ^^^^^\n  what to do: did you mean 'place'?\n\n"
        "1 mistake in 1 file\n",
    )


def test_the_check_counts_the_entries_and_tells_those_of_nothing(
    shop_gate: Gate, shop: ShopServer, tmp_path: Path
) -> None:
    write(shop_gate, shop.url)
    shop_gate.write(FILE, text(shop_gate).replace("one order", "an order").replace("{id}", "{no}"))
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(shop.description))
    checked = shop_gate.run_command(["apismoke", "check", f"--openapi={document}"])
    assert (checked.code, checked.out) == (
        0,
        f"{FILE} names 'contracts/orders.toml::an order', which is no check; did you mean"
        f" '{ONE}'?\n\n"
        f"{FILE} names 'GET {ORDERS}/{{no}}', which is no operation; did you mean"
        f" 'GET {ORDERS}/{{id}}'?\n\n"
        f"contracts/: 4 checks, 1 schema, 4 known violations; {document}: 5 operations: nothing to"
        " correct\n",
    ), checked.output
    ended = shop_gate.against_url(shop.url, *RUN, *APIS)
    assert (ended.code, sum("which is no" in note for note in ended.notes())) == (5, 2)
