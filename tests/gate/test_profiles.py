"""Any backend, by configuration alone: what is written in apismoke.toml is what the run does."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest
from gate.other_server import CONFIGURATION, OtherServer
from gate.shop_server import ORDERS, SHOP, ShopServer
from harness import Ended, Gate, credentials

#: As a whole a profile that nothing else inherits from.
AS_PROFILE = CONFIGURATION.replace("\n    [", "\n    [profiles.other.")


@pytest.fixture
def server() -> Iterator[OtherServer]:
    """A backend whose paths and fields have other names."""
    started = OtherServer()
    yield started
    started.stop()


def verdicts(ended: Ended) -> dict[str, str]:
    return {name: api["verdict"] for name, api in ended.report["apis"].items()}


def test_another_backend_is_checked_by_configuration_alone(
    gate: Gate, server: OtherServer, workers: int
) -> None:
    gate.write("apismoke.toml", CONFIGURATION)
    before = server.document

    ended = gate.against_url(server.url, "--target-version=7", workers=workers)

    assert (ended.code, verdicts(ended)) == (
        0,
        {"settings": "pass", "calendar": "pass", "twilio": "pass"},
    )
    assert set(ended.outcomes().values()) == {"passed"}
    assert server.document == before
    assert ended.notes() == [
        "the target is described by apismoke.toml",
        "calendar::oauth: the calendar integration is not configured",
    ]


def test_a_mistake_names_file_key_valid_values_and_the_nearest(gate: Gate) -> None:
    gate.write("apismoke.toml", "[readyness]\n[profiles.staging.login]\npth = '/in'")

    ended = gate.run("--target-url=demo", "--target-profile=staging", "--smoke-exit-codes=verdict")

    (check,) = ended.report["checks"]
    assert (ended.code, check["message"], check["where"], check["hint"]) == (
        3,
        "expected one of the keys readiness, login, document, refusals, calendar, twilio,"
        " limits, openapi, headers, resource, apis, accounts, profiles, seen 'readyness'",
        "apismoke.toml, line 1, readyness",
        "did you mean 'readiness'? (the first of 2 mistakes; 'apismoke check' tells all)",
    )
    assert ended.has_no_traceback()


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("file", "ini", "arguments", "environ", "origin"),
    [
        (
            "apismoke.toml",
            "",
            ["--target-profile=other"],
            {"APISMOKE_TARGET_PROFILE": "nobody"},
            "apismoke.toml, profiles.other",
        ),
        (
            "apismoke.toml",
            "apismoke_profile = nobody",
            [],
            {"APISMOKE_TARGET_PROFILE": "other"},
            "apismoke.toml, profiles.other",
        ),
        ("pyproject.toml", "apismoke_profile = other", [], {}, "pyproject.toml, profiles.other"),
    ],
)
def test_the_profile_is_named_on_the_command_line_in_the_environment_or_in_the_ini_file(
    gate: Gate,
    server: OtherServer,
    file: str,
    ini: str,
    arguments: list[str],
    environ: dict[str, str],
    origin: str,
) -> None:
    text = AS_PROFILE
    if file == "pyproject.toml":
        text = text.replace("[profiles", "[tool.apismoke.profiles")
    gate.write(file, text)
    gate.write("pytest.ini", f"[pytest]\n{ini}\n")

    ended = gate.run(
        f"--target-url={server.url}", "--smoke", *arguments, environ={**credentials(), **environ}
    )

    assert (ended.code, ended.notes()[0]) == (0, f"the target is described by {origin}")


@pytest.mark.exhaustive
def test_a_profile_that_is_not_there_is_refused(gate: Gate) -> None:
    gate.write("apismoke.toml", "[profiles.staging]\n[profiles.production]")

    ended = gate.run("--target-url=demo", "--target-profile=prodution")

    (check,) = ended.report["checks"]
    assert (ended.code, check["message"], check["where"], check["hint"]) == (
        5,
        "expected the name of a profile in apismoke.toml (staging, production), seen 'prodution'",
        "--target-profile",
        "did you mean 'production'?",
    )


@pytest.mark.exhaustive
def test_a_file_that_would_not_be_looked_at_is_refused(gate: Gate) -> None:
    """Otherwise the run would use the default paths without a reason given."""
    gate.write("pytest.ini", "[pytest]")
    gate.write("deploy/apismoke.toml", CONFIGURATION)
    command = gate.command(["--target-url=demo"])

    ended = gate.run_command(["sh", "-c", f"cd deploy && {shlex.join(command)}"])

    (check,) = ended.report["checks"]
    assert (ended.code, check["message"], check["hint"]) == (
        5,
        f"expected apismoke.toml at the rootdir, {gate.folder}, seen one in"
        f" {gate.folder / 'deploy'}",
        "move it there, or make its folder the rootdir with --rootdir=.",
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("apis", "arguments", "code", "looked_at"),
    [
        ("calendar.enabled = false", [], 0, {"settings": "pass", "twilio": "pass"}),
        ("calendar.enabled = false", ["--smoke-api=calendar"], 0, {"calendar": "pass"}),
        (
            "calendar.required = false",
            [],
            0,
            {"settings": "pass", "calendar": "pass", "twilio": "pass"},
        ),
        (
            "calendar.required = false",
            ["--deselect=calendar"],
            0,
            {"settings": "pass", "twilio": "pass"},
        ),
        (
            "",
            ["--deselect=calendar"],
            5,
            {"settings": "pass", "calendar": "inconclusive", "twilio": "pass"},
        ),
        (
            "settings.required = false\ncalendar.required = false\ntwilio.required = false",
            ["--deselect=settings", "--deselect=calendar", "--deselect=twilio"],
            5,
            {},
        ),
    ],
)
def test_which_apis_are_enabled_and_which_are_required(
    gate: Gate, apis: str, arguments: list[str], code: int, looked_at: dict[str, str]
) -> None:
    (gate.folder / "apismoke.toml").write_text(f"[apis]\n{apis}", "utf-8")
    ended = gate.run("--smoke", "--target-url=demo", *arguments)
    assert (ended.code, verdicts(ended)) == (code, looked_at)


@pytest.mark.exhaustive
def test_an_api_that_is_not_required_fails_all_the_same(gate: Gate) -> None:
    gate.write("apismoke.toml", "[apis.twilio]\nrequired = false")
    ended = gate.run("--smoke", "--target-url=demo", faults=["phone-malformed"])
    assert (ended.code, verdicts(ended)["twilio"]) == (3, "fail")


@pytest.mark.exhaustive
def test_the_command_that_repairs_names_the_profile(gate: Gate, server: OtherServer) -> None:
    gate.write("apismoke.toml", AS_PROFILE)
    before = server.document
    server.refuse_soon = True

    ended = gate.against_url(server.url, "--smoke", "--target-profile=other")

    repair = ended.report["repair"]
    assert (ended.report["verdict"], server.document == before) == ("dirty", False)
    assert "--target-profile=other" in shlex.split(repair)

    server.refuses = server.refuse_soon = False
    repaired = gate.run_command(shlex.split(repair), **credentials())

    assert (repaired.code, server.document) == (0, before)


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("exit_code", "code"), [("exit_code = 20", 20), ("", 9)], ids=["given", "not given"]
)
def test_a_declared_api_has_the_exit_code_that_its_profile_gives_it(
    gate: Gate, server: OtherServer, exit_code: str, code: int
) -> None:
    gate.write("apismoke.toml", CONFIGURATION)
    with (gate.folder / "apismoke.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[apis.orders]\n{exit_code}\n")
    gate.write(
        "contracts/orders.toml",
        """
        [[check]]
        name = "the list of orders"
        path = "/v2/orders"
        """,
    )

    ended = gate.against_url(server.url, "--smoke", "--smoke-exit-codes=api")

    assert (ended.code, verdicts(ended)["orders"]) == (code, "fail")


def test_disabling_one_api_leaves_the_tests_of_others_in(gate: Gate, server: OtherServer) -> None:
    """A configuration that names no API but one asks for nothing by name."""
    gate.write("apismoke.toml", f"{CONFIGURATION}\n[apis.calendar]\nenabled = false\n")
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        @pytest.mark.apismoke(api="orders", category="state")
        def test_it(smoke_client):
            raise AssertionError("no orders")
        """,
    )

    ended = gate.against_url(server.url, "--smoke", "test_mine.py")

    assert (ended.code, ended.outcomes()["test_mine.py::test_it"]) == (4, "failed")


OPEN = """
    [login]
    enabled = false
    [apis]
    settings = { enabled = false }
    calendar = { enabled = false }
    twilio = { enabled = false }
"""
OPEN_CHECKS = """
    [[check]]
    name = "the list of orders"
    path = "/api/orders"
    [[check]]
    name = "another title"
    method = "PUT"
    path = "/api/shop"
    json = { title = "Other" }
    changes = "/api/shop"
"""


@pytest.fixture
def open_shop() -> Iterator[ShopServer]:
    """A shop that requires no token, and records one."""
    shop = ShopServer()
    shop.is_open = True
    yield shop
    shop.stop()


def test_a_target_without_a_login_is_checked_without_credentials(
    gate: Gate, open_shop: ShopServer, workers: int
) -> None:
    gate.write("apismoke.toml", OPEN)
    gate.write("contracts/orders.toml", OPEN_CHECKS)
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.e2e
        def test_it(smoke_client):
            assert smoke_client.get("/api/orders/ord_1").json()["id"] == "ord_1"
        """,
    )

    ended = gate.run(f"--target-url={open_shop.url}", "contracts", "test_mine.py", workers=workers)

    assert (ended.code, set(ended.outcomes().values())) == (0, {"passed"})
    assert (open_shop.count("POST /api/auth/login"), open_shop.authorized) == (0, [])
    assert open_shop.count(f"GET {ORDERS}") == 1
    assert open_shop.documents[SHOP] == {"title": "Shop", "is_open": True}


def test_without_a_login_no_request_can_be_refused(gate: Gate, open_shop: ShopServer) -> None:
    gate.write("apismoke.toml", OPEN)
    check = '[[check]]\nname = "a"\npath = "/api/orders"\nrefused_without_auth = true\n'
    gate.write("contracts/orders.toml", check)

    ended = gate.run("--smoke", f"--target-url={open_shop.url}")

    (told,) = ended.report["checks"]
    assert (ended.code, told["category"], told["where"], open_shop.seen) == (
        5,
        "usage",
        "contracts/orders.toml#/check/0/refused_without_auth (of 'a')",
        [],
    )
