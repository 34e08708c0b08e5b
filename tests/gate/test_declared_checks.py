"""Declared checks in whole runs: contracts/orders.toml against a shop, over real HTTP."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate.shop_server import CHECKS, ME, ORDERS, SCHEMA, SHOP, Json, Said, ShopServer
from harness import Ended, Gate, credentials

API = "--smoke-api=orders"
FILE = "contracts/orders.toml"
LIST, ONE, SEARCH, TITLE = (
    f"{FILE}::{name}" for name in ("the list of orders", "one order", "a search", "another title")
)
REFUSED = f"{LIST} without a token"
EMPTY = """
    [[check]]
    name = "the list of orders"
    path = "/api/orders"
    capture = { order_id = "/items/0/id" }
    may_be_empty = true

    [[check]]
    name = "one order"
    path = "/api/orders/{order_id}"
"""
#: The requests of a run before its checks: readiness, login, and the first fetch.
BEFORE = ["GET /health", "POST /api/auth/login", f"GET {ME}"]


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    """A shop that does everything right."""
    started = ShopServer()
    yield started
    started.stop()


@pytest.fixture
def shop_gate(gate: Gate) -> Gate:
    """A gate whose folder declares the checks of orders."""
    gate.write(FILE, CHECKS)
    gate.write("contracts/orders.schema.json", SCHEMA)
    return gate


def passed(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "passed")


def messages(ended: Ended) -> dict[str, tuple[str | None, str]]:
    """The category and the message of each check that did not pass, by its name in the file."""
    return {
        check["name"].removeprefix(f"{FILE}::"): (check["category"], check["message"])
        for check in ended.report["checks"]
        if check["outcome"] != "passed"
    }


def test_a_full_run_makes_every_check_once_and_puts_back_what_it_changed(
    shop_gate: Gate, shop: ShopServer, workers: int
) -> None:
    """In serial and in parallel: captures are there, and no unsafe request is sent twice."""
    before = dict(shop.documents)

    ended = shop_gate.against_url(shop.url, API, "-v", workers=workers)

    names = (LIST, REFUSED, ONE, SEARCH, TITLE)
    assert (ended.code, ended.outcomes()) == (0, passed(*names))
    assert shop.documents == before
    # Three rounds of eight reads in a full run, and two looks before the restore.
    looks, write = [f"GET {SHOP}"] * (3 * 8 + 2), f"PUT {SHOP}"
    orders = [f"GET {ORDERS}", f"GET {ORDERS}", f"GET {ORDERS}/ord_1", f"POST {ORDERS}/search"]
    assert sorted(shop.seen) == sorted([*BEFORE, *orders, *looks, write, write])
    assert all(f"{name} PASSED" in ended.out or f"PASSED {name}" in ended.out for name in names)


def test_a_list_that_happens_to_be_empty_is_told_and_is_no_failure(
    gate: Gate, shop: ShopServer, workers: int
) -> None:
    gate.write(FILE, EMPTY)
    shop.instead[f"GET {ORDERS}"] = Said(200, {"items": []})

    ended = gate.against_url(shop.url, API, workers=workers)

    assert (ended.code, ended.outcomes()) == (0, {LIST: "passed", ONE: "skipped"})
    assert f"{ONE} (/items of 'the list of orders' is empty)" in ended.report["not_looked_at"]
    told = " ".join(ended.out.split())
    assert f"{ONE} (/items of 'the list of orders' is empty), the APIs settings" in told
    assert f"GET {ORDERS}/ord_1" not in shop.seen


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("arguments", "code", "made"),
    [
        ([FILE], 0, [LIST, REFUSED, ONE, SEARCH, TITLE]),
        (["contracts"], 0, [LIST, REFUSED, ONE, SEARCH, TITLE]),
        ([ONE], 0, [LIST, REFUSED, ONE, SEARCH, TITLE]),
        (["--smoke", "-m", "e2e and smoke"], 0, [LIST, REFUSED, ONE]),
        (["-m", "smoke"], 5, [LIST, REFUSED, ONE]),
        (["--deselect", TITLE], 5, [LIST, REFUSED, ONE, SEARCH]),
    ],
)
def test_checks_are_selected_as_any_tests_are(
    shop_gate: Gate, shop: ShopServer, arguments: list[str], code: int, made: list[str]
) -> None:
    """But no path takes one away; what is only filtered away was still required."""
    ended = shop_gate.against_url(shop.url, API, *arguments)

    outcomes = ended.outcomes()
    assert ended.code == code
    assert {name: how for name, how in outcomes.items() if how == "passed"} == passed(*made)
    assert set(ended.report["categories"]) == ({"unverified"} if code else set())
    assert shop.count(f"GET {ORDERS}/ord_1") == made.count(ONE)
    assert shop.count(f"POST {ORDERS}/search") == made.count(SEARCH)


@pytest.mark.exhaustive
def test_an_api_whose_login_is_refused_and_one_that_needs_none(
    gate: Gate, shop: ShopServer
) -> None:
    """The one is 9 in the table 'api'; of the other, what is not required may be left out."""
    gate.write(
        FILE,
        """
        [[check]]
        name = "open"
        path = "/health"
        auth = false

        [[check]]
        name = "nice to have"
        path = "/api/nice"
        required = false
        """,
    )
    gate.write("contracts/shop.toml", '[[check]]\nname = "closed"\npath = "/api/shop"')
    shop.instead["POST /api/auth/login"] = Said(401, {"error": "no"})
    only = (API, "--smoke-api=shop", f"--deselect={FILE}::nice to have")

    ended = gate.against_url(shop.url, *only, "--smoke-exit-codes=api")

    assert (ended.code, ended.report["categories"]) == (9, {"auth": 1})
    verdicts = {name: api["verdict"] for name, api in ended.report["apis"].items()}
    assert verdicts == {"orders": "pass", "shop": "fail"}


@pytest.mark.exhaustive
def test_a_read_only_run_sends_nothing_that_could_change_something(
    shop_gate: Gate, shop: ShopServer
) -> None:
    """What can't be made without an update is no more required than the update itself."""
    more = """
    [[check]]
    name = "found again"
    path = "/api/orders/{found_id}"
"""
    finds = 'changes = "nothing"\n    capture = { found_id = "/items/0/id" }'
    shop_gate.write(FILE, CHECKS.replace('changes = "nothing"', finds) + more)

    ended = shop_gate.against_url(shop.url, API, "--smoke-read-only")

    note = "read-only run: nothing was written, so declared updates were not sent"
    assert (ended.code, ended.notes()) == (0, [note])
    assert messages(ended) == {
        "a search": (None, note),
        "another title": (None, note),
        "found again": (None, note),
    }
    methods = {route.partition(" ")[0] for route in shop.seen if "login" not in route}
    assert methods == {"GET"}


def drops(document: Json, sent: Json) -> Json:
    return document


def alters(document: Json, sent: Json) -> Json:
    return {**document, **sent, "title": str(sent.get("title"))[:4]}


def closes(document: Json, sent: Json) -> Json:
    """Changes another field with the first update."""
    return {**document, **sent, "is_open": sent.get("title") != "Another"}


def replaces(document: Json, sent: Json) -> Json:
    return sent


@pytest.mark.parametrize(
    ("updating", "message"),
    [
        (
            drops,
            "expected what was sent in every fresh read,"
            " seen /title was sent as the string 'Another' and is the string 'Shop'",
        ),
        (
            alters,
            "expected what was sent in every fresh read,"
            " seen /title was sent as the string 'Another' and is the string 'Anot'",
        ),
        (
            closes,
            "expected the value just written to /title, and no other field changed,"
            " seen /is_open was the boolean true and is the boolean false",
        ),
    ],
)
def test_an_update_that_does_not_do_what_it_was_asked_to_is_a_persist_failure(
    shop_gate: Gate, shop: ShopServer, updating: Callable[[Json, Json], Json], message: str
) -> None:
    """Although the response says that it did: a fresh read is compared."""
    before = dict(shop.documents)
    shop.updating = updating

    ended = shop_gate.against_url(shop.url, API)

    assert (ended.code, ended.report["verdict"]) == (4, "fail")
    assert ended.report["categories"] == {"persist": 1}
    assert next(iter(messages(ended).items())) == ("another title", ("persist", message))
    # An update that no read has shown may come yet: the next run looks again.
    phases = ["open"] if updating is drops else []
    assert (shop.documents, [entry["phase"] for entry in shop_gate.entries()]) == (before, phases)


def test_an_update_need_not_persist_where_the_api_means_that(
    shop_gate: Gate, shop: ShopServer
) -> None:
    """It applies it later, for instance; harm to other fields is seen all the same."""
    changes = 'changes = "/api/shop"\n'
    shop_gate.write(FILE, CHECKS.replace(changes, f"{changes}    expect.persisted = false\n"))
    shop.updating = drops

    ended = shop_gate.against_url(shop.url, API)

    assert (ended.code, messages(ended)) == (0, {})
    shop.updating = lambda document, sent: {**document, "is_open": "title" not in sent}
    assert shop_gate.against_url(shop.url, API).report["categories"] == {"persist": 1}


TAGS = """
    [[check]]
    name = "the shop"
    path = "/api/shop"
    [check.expect.schema]
    required = ["tags"]
"""
REPLACED = """
    [[check]]
    name = "another title"
    method = "PUT"
    path = "/api/shop"
    json = { title = "Another", is_open = true, tags = ["new"] }
    changes = "/api/shop"
    restore = "whole"
"""


@pytest.mark.parametrize(
    ("checks", "failed"),
    [(REPLACED + TAGS, {"another title", "the shop"}), (TAGS + REPLACED, {"the shop"})],
    ids=["read later", "read before"],
)
def test_nothing_is_written_while_the_reading_lacks_something(
    gate: Gate, shop: ShopServer, checks: str, failed: set[str], workers: int
) -> None:
    """Restoring it would delete what it lacks: a GET omits a list, and a PUT replaces."""
    gate.write(FILE, checks)
    shop.documents[SHOP]["tags"] = ["a", "b"]
    before = dict(shop.documents)
    shop.updating = replaces
    shop.showing = lambda document: {k: v for k, v in document.items() if k != "tags"}

    ended = gate.against_url(shop.url, API, workers=workers)

    found = messages(ended)
    invalid = {name for name, (category, _) in found.items() if category == "invalid"}
    assert (ended.code, ended.report["categories"]) == (5, {"invalid": len(failed)})
    assert (set(found), invalid) == ({"another title", "the shop"}, failed)
    assert (shop.count(f"PUT {SHOP}"), shop.documents, gate.entries()) == (0, before, [])


def test_a_document_that_updates_replace_is_put_back_whole(gate: Gate, shop: ShopServer) -> None:
    gate.write(FILE, TAGS + REPLACED)
    shop.documents[SHOP]["tags"] = ["a", "b"]
    before = dict(shop.documents)
    shop.updating = replaces

    ended = gate.against_url(shop.url, API)

    assert (ended.code, shop.documents, shop.count(f"PUT {SHOP}")) == (0, before, 2)


def kill_amid_the_update(shop_gate: Gate, shop: ShopServer) -> dict[str, object]:
    """Leaves the shop with another title; returns the entry of the journal."""
    runs: queue.Queue[subprocess.Popen[str]] = queue.Queue()

    def kill(route: str) -> None:
        if route == f"PUT {SHOP}":
            shop.before_answering = lambda route: None
            os.killpg(runs.get(timeout=60).pid, signal.SIGKILL)

    shop.before_answering = kill
    run = shop_gate.start(f"--target-url={shop.url}", API, environ=credentials())
    runs.put(run)

    assert shop_gate.end(run).code == -signal.SIGKILL
    assert shop.documents[SHOP]["title"] == "Another"
    (entry,) = shop_gate.entries()
    return entry


def title_put_back(entry: dict[str, object]) -> str:
    return (
        f"the run {entry['run_id']} of {entry['started_at']} was ended before it restored /title;"
        " that was put back"
    )


@pytest.mark.exhaustive
def test_what_a_killed_run_has_left_changed_the_next_one_puts_back(
    shop_gate: Gate, shop: ShopServer
) -> None:
    before = dict(shop.documents)
    entry = kill_amid_the_update(shop_gate, shop)

    ended = shop_gate.against_url(shop.url, API, "--smoke")

    assert (ended.code, shop.documents, shop_gate.entries()) == (0, before, [])
    assert ended.notes() == [title_put_back(entry)]


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("says", "by_hand"),
    [(Said(404, {"error": "not_found"}), False), (Said(200, None), True)],
    ids=["no settings, by the next run", "no business, by hand"],
)
def test_what_a_killed_run_has_left_is_restored_without_a_settings_document(
    shop_gate: Gate, shop: ShopServer, tmp_path: Path, says: Said, by_hand: bool
) -> None:
    """The account is unknown in both runs: in the one that was killed, and in the one after it.

    By hand, and where no check declares the document, the run has to be named: a planted entry
    must not send anything unasked.
    """
    shop.instead[f"GET {ME}"] = says
    before = dict(shop.documents)
    entry = kill_amid_the_update(shop_gate, shop)
    assert entry["account"] == ""

    if by_hand:
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        elsewhere = Gate(folder, state_dir=shop_gate.state_dir)
        left = dict(shop.documents)
        unnamed = elsewhere.run_command(["apismoke", "restore"], **credentials())
        assert (unnamed.code, shop.documents, shop_gate.entries()) == (4, left, [entry])
        assert f"PUT {SHOP}, which this run does not write" in unnamed.out
        run_id = str(entry["run_id"])
        ended = elsewhere.run_command(["apismoke", "restore", run_id], **credentials())
        said = ended.out.splitlines()[:1]
    else:
        ended = shop_gate.against_url(shop.url, API, "--smoke")
        said = ended.notes()

    assert (ended.code, shop.documents, shop_gate.entries()) == (0, before, [])
    assert said == [title_put_back(entry)]


@pytest.mark.exhaustive
def test_a_schema_of_ones_own_takes_the_place_of_a_built_in_one(
    gate: Gate, shop: ShopServer
) -> None:
    gate.write("contracts/settings.schema.json", '{"required": ["website"]}')

    ended = gate.against_url(shop.url, "--smoke", "--smoke-api=settings")

    (violation,) = ended.check("settings::contract")["violations"]
    assert (ended.code, ended.report["categories"]) == (5, {"invalid": 1})
    assert violation["schema_location"] == "contracts/settings.schema.json#/required"


@pytest.mark.exhaustive
def test_two_thousand_checks_in_one_file(gate: Gate, shop: ShopServer) -> None:
    """Within the budget of a smoke run; the verdict counts what it does not name."""
    checks = (f'[[check]]\nname = "check {n}"\npath = "/health"\n' for n in range(2000))
    gate.write(FILE, "".join(checks))

    ended = gate.against_url(shop.url, API, "--smoke")

    assert (ended.code, len(ended.outcomes())) == (0, 2000)
    assert "  orders  pass   2000 checks  " in ended.verdict_block
    assert shop.count("GET /health") == 2000 + 1
    assert ended.report["duration_s"] < 60


def test_an_inert_run_does_not_look_at_contracts(gate: Gate) -> None:
    """Not even at broken ones; nor is anything loaded that only a run against a target needs."""
    gate.write(FILE, "[[check")
    gate.write("contracts/orders.schema.json", "{")
    gate.write(
        "test_it.py",
        """
        import sys

        def test_nothing_is_loaded():
            assert {"requests", "jsonschema", "referencing", "yaml"} & set(sys.modules) == set()

        def test_needs_a_target(smoke_contract):
            raise AssertionError("never reached")
        """,
    )
    quiet = [f"-pno:{plugin}" for plugin in ("hypothesispytest", "randomly", "rerunfailures")]

    ended = gate.run_command(["pytest", *quiet, ".", "contracts"])

    assert ended.code == 0
    assert "1 passed, 1 skipped" in ended.out
    assert "apismoke:" not in ended.output
