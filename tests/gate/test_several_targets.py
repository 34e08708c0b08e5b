"""`--target-url` more than once: the same gate against each, and one exit code by the same rule."""

from __future__ import annotations

import copy
import json
import re
import signal
from collections.abc import Callable, Iterator

import pytest
from gate.sampling import thinned
from gate.toy_server import ME, ToyServer
from harness import HEADLINE, Ended, Gate, credentials

#: Nobody listens there.
DOWN = "http://127.0.0.1:9"
FAST = ("--target-wait=0.3", "-oapismoke_readback_wait=0.3")

Start = Callable[[], ToyServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, and stops them after the test."""
    started: list[ToyServer] = []

    def begin() -> ToyServer:
        started.append(ToyServer())
        return started[-1]

    yield begin
    for server in started:
        server.stop()


def drops(server: ToyServer) -> ToyServer:
    """A server that takes updates and keeps none."""
    original = copy.deepcopy(server.document)

    def forget() -> None:
        server.document = copy.deepcopy(original)

    server.after_update = forget
    return server


def run(gate: Gate, *urls: str, arguments: tuple[str, ...] = (), workers: int = 0) -> Ended:
    given = (f"--target-url={url}" for url in urls)
    return gate.run(*given, "--smoke", *FAST, *arguments, workers=workers, environ=credentials())


def lines(ended: Ended) -> list[str]:
    """The lines of the verdict on all targets, without its times and without empty ones."""
    block = ended.out[[*HEADLINE.finditer(ended.out)][-1].start() :]
    timeless = re.sub(r"(?:, |  +)[\d.]+ m?s$", "", block, flags=re.MULTILINE)
    return [line for line in timeless.splitlines() if line]


def test_all_are_checked_side_by_side(gate: Gate, start: Start, workers: int) -> None:
    servers = [start(), start(), start()]
    before = [copy.deepcopy(server.document) for server in servers]

    ended = run(gate, *(server.url for server in servers), workers=workers)

    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert lines(ended) == [
        "PASS: 42 checks of 3 APIs, everything required was verified",
        "3 targets, smoke",
        *(f"  {server.url}  pass   14 checks of 3 APIs, version 1" for server in servers),
        "exit code 0",
    ]
    assert [one["url"] for one in ended.report["targets"]] == [server.url for server in servers]
    assert {check["target"] for check in ended.report["checks"]} == {one.url for one in servers}
    assert [server.seen.count("POST /api/auth/login") for server in servers] == [1, 1, 1]
    assert [server.document for server in servers] == before
    assert gate.entries() == []


def test_the_lowest_code_wins_and_each_keeps_its_verdict(gate: Gate, start: Start) -> None:
    well, broken = start(), drops(start())

    ended = run(gate, well.url, broken.url, DOWN)

    assert ended.code == 4, ended.output
    dropped = "an update of /api/business/me does not keep /greeting_style"
    assert " ".join(" ".join(lines(ended)).split()) == (
        f"FAIL: {dropped}, and 1 more cause 3 targets, smoke"
        f" {well.url} pass 14 checks of 3 APIs, version 1"
        f" {broken.url} FAIL {dropped}, version 1"
        f" {DOWN} inconclusive GET /health: connection refused, not ready within 0.3 s"
        " exit code 4, persist: what was written was not kept, or could not be restored;"
        " also seen: unready (1)"
    )
    report = ended.report
    assert (report["verdict"], report["categories"]) == ("fail", {"persist": 1, "unready": 1})
    assert [(one["verdict"], one["exit_code"]) for one in report["targets"]] == [
        ("pass", 0),
        ("fail", 4),
        ("inconclusive", 5),
    ]
    assert report["apis"]["settings"] == {"verdict": "fail", "failed_stage": "persist"}


@pytest.mark.parametrize(
    ("table", "code"), thinned([("verdict", 2), ("category", 5), ("api", 5)], every=3)
)
def test_one_that_is_down_could_not_be_verified(
    gate: Gate, start: Start, table: str, code: int
) -> None:
    ended = run(gate, start().url, DOWN, arguments=(f"--smoke-exit-codes={table}",))
    assert ended.code == code, ended.output


def test_two_addresses_of_one_document_take_turns(gate: Gate, start: Start) -> None:
    server = start()
    before = copy.deepcopy(server.document)
    other = server.url.replace("127.0.0.1", "localhost")

    ended = run(gate, server.url, other)

    assert (ended.code, server.document) == (0, before), ended.output
    assert server.seen.count(f"PUT {ME}") >= 4


def test_different_versions_are_told(gate: Gate, start: Start) -> None:
    old, new = start(), start()
    new.version = "2"

    ended = run(gate, old.url, new.url)
    assert (ended.code, ended.report["notes"]) == (
        0,
        [
            f"the targets answer with different versions: 1 at {old.url}, 2 at {new.url}; where one"
            " of them is expected, give it with --target-version"
        ],
    )

    ended = run(gate, old.url, new.url, arguments=("--target-version=2",))
    assert (ended.code, ended.report["categories"]) == (5, {"version": 1}), ended.output


@pytest.mark.parametrize(
    ("given", "expected", "seen"),
    [
        (("{url}", "{url}/"), "each target once", "{url} twice"),
        (("{url}", ""), "the URL of an API for each target", "an empty string as target 2 of 2"),
        (
            ("{url}", "ftp://x"),
            "a URL that begins with http:// or https://",
            "'ftp://x'",
        ),
    ],
)
def test_a_call_that_is_wrong_is_refused_once_and_sends_nothing(
    gate: Gate, start: Start, given: tuple[str, ...], expected: str, seen: str
) -> None:
    server = start()
    ended = run(gate, *(one.format(url=server.url) for one in given))
    (check,) = ended.report["checks"]
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured"), ended.output
    assert check["message"] == f"expected {expected}, seen {seen.format(url=server.url)}"
    assert server.seen == []


def test_a_mistake_in_the_configuration_is_told_once(gate: Gate, start: Start) -> None:
    gate.write("apismoke.toml", "[document]\nprob = '/x'")
    ended = run(gate, start().url, start().url)
    assert (ended.code, ended.told.count("did you mean 'probe'?")) == (5, 1), ended.output


@pytest.mark.by_hand
def test_the_variable_takes_several_with_commas_and_the_command_line_wins(
    gate: Gate, start: Start
) -> None:
    first, second, typed = start(), start(), start()
    environ = {**credentials(), "APISMOKE_TARGET_URL": f"{first.url}, {second.url}"}

    ended = gate.run("--smoke", *FAST, environ=environ)
    assert [one["url"] for one in ended.report["targets"]] == [first.url, second.url]

    gate.write("pytest.ini", f"[pytest]\naddopts = --target-url={first.url}\n")
    ended = gate.run("--smoke", *FAST, f"--target-url={typed.url}", environ=environ)
    assert (ended.code, ended.report["target"]["url"]) == (0, typed.url), ended.output
    assert "targets" not in ended.report


def test_users_tests_and_the_hook_of_the_verdict(gate: Gate, start: Start) -> None:
    """A test runs against each target; the verdict on all is given once."""
    gate.write(
        "conftest.py",
        """
        import pathlib

        def pytest_apismoke_verdict(verdict):
            with pathlib.Path("told.txt").open("a") as file:
                file.write(f"{verdict.verdict} {verdict.exit_code} {len(verdict.checks)}\\n")
        """,
    )
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_the_name(smoke_client, smoke_target_url):
            assert smoke_client.request("GET", "/api/business/me").json()["name"] == "Toy"
        """,
    )
    one, other = start(), start()
    other.document["name"] = "Another"

    ended = run(gate, one.url, other.url, arguments=("test_mine.py",))

    assert ended.code == 5, ended.output
    mine = [
        (check["target"], check["outcome"])
        for check in ended.report["checks"]
        if check["name"] == "test_mine.py::test_the_name"
    ]
    assert mine == [(one.url, "passed"), (other.url, "failed")]
    assert (gate.folder / "told.txt").read_text().splitlines() == [
        f"fail 5 {len(ended.report['checks'])}"
    ]
    assert ended.junit_suites() == {one.url: 0, other.url: 1}


def test_a_gate_that_crashes_does_not_take_the_others_along(gate: Gate, start: Start) -> None:
    one, other = start(), start()
    gate.write(
        "test_mine.py",
        f"""
        import os, signal
        import pytest

        @pytest.mark.smoke
        def test_crash(smoke_target_url):
            if smoke_target_url == {other.url!r}:
                os.kill(os.getpid(), signal.SIGKILL)
        """,
    )
    ended = run(gate, one.url, other.url, arguments=("test_mine.py",))
    assert ended.code == 5, ended.output
    assert [(t["verdict"], list(t["categories"])) for t in ended.report["targets"]] == [
        ("pass", []),
        ("inconclusive", ["internal"]),
    ]


def test_a_signal_ends_all_of_them_and_each_restores(gate: Gate, start: Start) -> None:
    servers = [start(), start()]
    before = [copy.deepcopy(server.document) for server in servers]
    started = gate.start(
        *(f"--target-url={server.url}" for server in servers),
        *("-oapismoke_persistence_delay=60", *FAST),
        environ=credentials(),
    )

    def end_when_both_have_a_probe() -> None:
        if all(f"PUT {ME}" in server.seen for server in servers):
            started.send_signal(signal.SIGINT)

    for server in servers:
        server.after_update = end_when_both_have_a_probe
    ended = gate.end(started)

    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive"), ended.output
    assert [one["categories"] for one in ended.report["targets"]] == [{"interrupted": 1}] * 2
    assert [server.document for server in servers] == before
    # An update that was on its way when the signal came may arrive yet.
    assert {entry["phase"] for entry in gate.entries()} <= {"open"}


@pytest.mark.by_hand
def test_no_secret_is_in_the_report_or_on_the_way(gate: Gate, start: Start) -> None:
    ended = run(gate, start().url, drops(start()).url, arguments=("-vv",))
    told = ended.output + json.dumps(ended.report) + ended.junit
    assert credentials()["APISMOKE_PASSWORD"] not in told
    assert "a-token-of-the-toy-server" not in told
