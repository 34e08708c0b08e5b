"""Further documents with the same proof as the settings, each an API with a name and a code."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from gate.sampling import thinned
from gate.toy_server import FETCH, ME, OPEN, PERSIST, SAVE, ToyServer
from harness import KILLING, Ended, Gate, credentials, killing

PROFILE, FLAG = "/api/profile", "/api/flags/beta"
OTHERS: dict[str, dict[str, Any]] = {
    PROFILE: {"id": 7, "bio": "Dentist by the quay", "languages": ["en"]},
    FLAG: {"name": "beta", "note": "off until spring", "enabled": False},
}
CONFIGURATION = f"""
    [[resource]]
    name = "profile"
    path = "{PROFILE}"
    probe = "/bio"
    update_method = "PATCH"
    exit_code = 12

    [[resource]]
    name = "flag"
    path = "{FLAG}"
    probe = "/note"
    exit_code = 13
"""


@pytest.fixture
def server() -> Iterator[ToyServer]:
    started = ToyServer()
    started.others = copy.deepcopy(OTHERS)
    yield started
    started.stop()


def run(gate: Gate, server: ToyServer, *arguments: str, workers: int = 0) -> Ended:
    gate.write("apismoke.toml", CONFIGURATION)
    return gate.against_url(server.url, "--smoke", *arguments, workers=workers)


def test_each_is_written_read_back_and_restored(
    gate: Gate, server: ToyServer, workers: int
) -> None:
    settings = copy.deepcopy(server.document)

    ended = run(gate, server, workers=workers)

    assert ended.code == 0, ended.output
    assert list(ended.report["apis"]) == ["settings", "calendar", "twilio", "profile", "flag"]
    stages = [(one["api"], one["stage"], one["outcome"]) for one in ended.report["checks"]]
    assert [one for one in stages if one[0] == "profile"] == [
        ("profile", stage, "passed") for stage in ("login", "fetch", "save", "persist", "restore")
    ]
    assert (server.document, server.others) == (settings, OTHERS)
    assert [
        server.seen.count(f"{method} {path}")
        for method, path in (
            ("POST", "/api/auth/login"),
            ("PUT", ME),
            ("PATCH", PROFILE),
            ("PUT", FLAG),
        )
    ] == [1, 2, 2, 2]
    assert gate.entries() == []


def test_without_a_contract_it_says_so(gate: Gate, server: ToyServer) -> None:
    ended = run(gate, server)
    told = [one for one in ended.check("profile::fetch")["notes"] if "contract" in one]
    assert told == [
        f"no contract holds {PROFILE}: write contracts/profile.schema.json, or let 'apismoke infer'"
        " draft it"
    ]


def test_a_contract_with_its_name_holds_it(gate: Gate, server: ToyServer) -> None:
    schema = {"required": ["bio", "languages"], "properties": {"languages": {"type": "string"}}}
    gate.write("contracts/profile.schema.json", json.dumps(schema))
    ended = run(gate, server)
    failed = ended.check("profile::contract")
    assert (ended.code, failed["category"]) == (5, "invalid"), ended.output
    assert failed["exchanges"][0]["url"] == f"{server.url}{PROFILE}"
    assert (server.others, server.seen.count(f"PATCH {PROFILE}")) == (OTHERS, 0)


@pytest.mark.parametrize(
    ("path", "broken", "stage", "codes"),
    [
        (PROFILE, FETCH, "profile::fetch", (2, 12)),
        (PROFILE, SAVE, "profile::save", (3, 12)),
        (PROFILE, PERSIST, "profile::persist", (4, 12)),
        (FLAG, PERSIST, "flag::persist", (4, 13)),
    ],
)
def test_a_broken_one_has_the_codes_of_the_settings_and_one_of_its_own(
    gate: Gate, server: ToyServer, path: str, broken: str, stage: str, codes: tuple[int, int]
) -> None:
    server.broken[path] = broken
    wait = "-oapismoke_readback_wait=0.3"
    for table, code in zip(("category", "api"), codes, strict=True):
        ended = run(gate, server, wait, f"--smoke-exit-codes={table}")
        assert ended.code == code, ended.output
        assert ended.check(stage)["outcome"] == "failed"
        assert ended.report["apis"]["settings"]["verdict"] == "pass"


def test_one_that_is_served_to_anyone_is_a_hole(gate: Gate, server: ToyServer) -> None:
    server.broken[PROFILE] = OPEN
    gate.write("apismoke.toml", CONFIGURATION)
    ended = gate.against_url(server.url)
    assert ended.code == 1, ended.output
    assert ended.check("profile::refuse_no_token")["category"] == "auth"


def test_one_can_be_chosen_alone(gate: Gate, server: ToyServer) -> None:
    ended = run(gate, server, "--smoke-api", "profile")
    assert (ended.code, list(ended.report["apis"])) == (0, ["profile"]), ended.output
    assert f"PUT {ME}" not in server.seen


@pytest.mark.parametrize("how", ["the next run", "restore", "restore without the journal"])
def test_what_a_killed_run_left_in_it_is_put_back(gate: Gate, server: ToyServer, how: str) -> None:
    gate.write("apismoke.toml", CONFIGURATION)
    killed = gate.start(
        *(f"--target-url={server.url}", "--smoke", "--smoke-api=profile", KILLING),
        environ={**credentials(), **killing("after PATCH profile 1")},
    )
    gate.end(killed)
    assert server.others[PROFILE]["bio"] != OTHERS[PROFILE]["bio"]

    if how == "the next run":
        ended = run(gate, server)
    else:
        if how == "restore without the journal":
            gate.forget()
        command = ["apismoke", "restore", f"--target-url={server.url}"]
        ended = gate.run_command(command, **credentials())

    assert (ended.code, server.others) == (0, OTHERS), ended.output
    assert gate.entries() == []


@pytest.mark.parametrize("arguments", [(), ("--smoke-read-only",)], ids=["writes", "reads"])
@pytest.mark.parametrize("served", thinned([None, [1], "<html>"], every=3))
def test_one_that_is_no_object_is_broken_in_every_mode(
    gate: Gate, server: ToyServer, served: Any, arguments: tuple[str, ...]
) -> None:
    """A run that only reads has no later check of it."""
    server.others[PROFILE] = served
    ended = run(gate, server, *arguments)
    assert (ended.code, ended.report["categories"]) == (5, {"invalid": 1}), ended.output
    assert ended.report["apis"]["profile"] == {"verdict": "fail", "failed_stage": "fetch"}


@pytest.mark.parametrize("contract", thinned(["kept", "broken by the probe"]))
def test_what_stays_changed_in_it_is_its_own_and_told_in_its_words(
    gate: Gate, server: ToyServer, contract: str
) -> None:
    gate.write("apismoke.toml", CONFIGURATION)
    killed = gate.start(
        *(f"--target-url={server.url}", "--smoke", "--smoke-api=profile", KILLING),
        environ={**credentials(), **killing("after PATCH profile 1")},
    )
    gate.end(killed)
    server.broken[PROFILE] = SAVE
    if contract == "broken by the probe":
        schema = {"properties": {"bio": {"const": OTHERS[PROFILE]["bio"]}}}
        gate.write("contracts/profile.schema.json", json.dumps(schema))

    ended = run(gate, server, "--smoke-exit-codes=verdict")

    assert (ended.code, ended.report["verdict"]) == (4, "dirty"), ended.output
    assert ended.report["apis"]["settings"]["verdict"] == "pass"
    dirty = [check for check in ended.report["checks"] if check["dirty"]]
    assert [one["name"] for one in dirty] == [
        "profile::save" if contract == "kept" else "apismoke::recovery"
    ]
    assert "another field in [[resource]] 'profile' probe" in dirty[0]["hint"]
    assert "[document]" not in ended.output

    command = ["apismoke", "restore", f"--target-url={server.url}"]
    left = gate.run_command(command, **credentials())
    assert (left.code, "[[resource]] 'profile' probe" in left.output) == (4, True), left.output


PRESERVING = f"""
    import pytest

    @pytest.mark.smoke
    def test_mine(smoke_client, smoke_preserve):
        with smoke_preserve("{PROFILE}"):
            assert smoke_client.patch("{PROFILE}", json={{"bio": "another"}}).status_code == 200
"""


def test_a_test_may_change_it_as_its_profile_says(gate: Gate, server: ToyServer) -> None:
    gate.write("test_mine.py", PRESERVING)
    ended = run(gate, server, "test_mine.py")
    assert (ended.code, server.others) == (0, OTHERS), ended.output
    # The probe, the test, and what takes each of them back.
    assert (server.seen.count(f"PATCH {PROFILE}"), server.seen.count(f"PUT {PROFILE}")) == (4, 0)


def test_a_test_that_forgets_the_context_is_no_pass(gate: Gate, server: ToyServer) -> None:
    forgotten = PRESERVING.replace("with smoke_preserve", "if smoke_preserve")
    gate.write("test_mine.py", forgotten)
    ended = run(gate, server, "test_mine.py")
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured"), ended.output
    (told,) = (check for check in ended.report["checks"] if check["category"])
    assert told["message"] == (
        "expected with smoke_preserve(...) as document:, seen a call without 'with' for"
        f" {PROFILE}, which preserves nothing"
    )


def test_a_path_of_two_is_not_preserved_as_one_of_them(gate: Gate, server: ToyServer) -> None:
    """The other would not be restored."""
    gate.write("test_mine.py", PRESERVING)
    gate.write(
        "apismoke.toml",
        "".join(
            f"""
            [[resource]]
            name = "{name}"
            path = "{PROFILE}"
            root = "/{name}"
            update_root = "/{name}"
            probe = "/text"
            """
            for name in ("one", "other")
        ),
    )
    parts = {name: {"text": f"the text of {name}"} for name in ("one", "other")}
    server.others[PROFILE] = copy.deepcopy(parts)
    ended = gate.against_url(server.url, "--smoke", "test_mine.py")
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured"), ended.output
    assert f"{PROFILE}, which has one, other" in " ".join(ended.out.split())
    assert server.others[PROFILE] == parts


#: The resources alone: the target has no settings.
ALONE = CONFIGURATION + "".join(
    f"\n    [apis.{name}]\n    enabled = false\n" for name in ("settings", "calendar", "twilio")
)


def test_without_settings_nothing_asks_for_them(gate: Gate, server: ToyServer) -> None:
    """Whatever lies at their default path: it may hang, and cost the budget."""
    gate.write("apismoke.toml", ALONE)
    ended = gate.against_url(server.url, "--smoke")
    assert (ended.code, list(ended.report["apis"])) == (0, ["profile", "flag"]), ended.output
    assert f"GET {ME}" not in server.seen


@pytest.mark.parametrize("how", thinned(["run", "restore"]))
def test_without_settings_the_login_tells_whose_changes_they_are(
    gate: Gate, server: ToyServer, how: str
) -> None:
    gate.write("apismoke.toml", ALONE)
    killed = gate.start(
        *(f"--target-url={server.url}", "--smoke", KILLING),
        environ={**credentials(), **killing("after PUT beta 1")},
    )
    gate.end(killed)
    assert server.others != OTHERS
    command = ["apismoke", *(["restore"] if how == "restore" else ["--smoke"])]
    command.append(f"--target-url={server.url}")

    (entry,) = gate.entries()
    path = gate.state_dir / f"{entry['name']}.json"
    path.write_text(json.dumps({**entry, "account": "login-of-somebody-else"}))
    listing = ["apismoke", "restore", "--list", f"--target-url={server.url}"]
    assert "for another account" in gate.run_command(listing, **credentials()).output

    path.write_text(json.dumps(entry))
    ended = gate.run_command(command, **credentials())
    assert (ended.code, server.others, gate.entries()) == (0, OTHERS, []), ended.output
    assert f"GET {ME}" not in server.seen
