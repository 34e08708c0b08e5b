"""Each option, its environment variable and its ini option, by its effect on a run."""

from __future__ import annotations

import re

import pytest
from gate.sampling import sampled
from harness import PASSWORD, USERNAME, Backend, Gate, clean_environment

SMOKE_REQUESTS = {
    "GET /health": 1,
    "POST /api/auth/login": 1,
    "GET /api/business/me": 15,
    "PUT /api/business/me": 2,
    "GET /oauth/google/start": 1,
}
#: Lists what a run asks of its target, in order; the reads of a round are one step.
LISTING = """
    from functools import wraps
    from pathlib import Path

    from pytest_apismoke.http.target import Target

    def listing(name, step):
        inner = getattr(Target, name)

        @wraps(inner)
        def listed(self, *args, **kwargs):
            with Path("steps").open("a") as file:
                file.write(step(*args) + "\\n")
            return inner(self, *args, **kwargs)

        setattr(Target, name, listed)

    listing("fetch_document", lambda *_: "look")
    listing("read_together", lambda document, count: f"{count} reads side by side")
    listing("update_document", lambda *_: "update")
"""
#: Seven round trips: the fetch of all suites is the round that the write begins with. The look
#: halfway costs no time: it is made while the updates that other gates sent before may land.
A_ROUND, HALFWAY = "4 reads side by side", "look"
SMOKE_STEPS = [
    *(A_ROUND, "look", "update"),
    *(HALFWAY, A_ROUND),
    *("look", "update", A_ROUND),
]


def test_a_smoke_run_sends_these_requests_and_leaves_no_trace(
    gate: Gate, backend: Backend, workers: int
) -> None:
    """A round, a look, write; a look and a round; a look, restore, a round.

    A round is four fresh reads side by side.
    """
    gate.write("conftest.py", LISTING)
    before = backend.document()
    known = backend.counted()["by_route"]
    ended = gate.against(backend, "--smoke", workers=workers)
    counted = backend.counted()["by_route"]
    sent = {route: n - known.get(route, 0) for route, n in counted.items()}
    assert ended.code == 0
    assert {route: n for route, n in sent.items() if n} == SMOKE_REQUESTS
    assert (gate.folder / "steps").read_text("utf-8").splitlines() == SMOKE_STEPS
    assert ended.report["mode"] == "smoke"
    assert backend.document() == before


@pytest.mark.parametrize("value", sampled(["true", "1", "yes", "TRUE"], every=4))
def test_the_environment_can_ask_for_a_smoke_run(gate: Gate, value: str) -> None:
    environ = {"SMOKE_TEST": value, "APISMOKE_TARGET_URL": "demo"}
    ended = gate.run(environ=environ)
    assert (ended.code, ended.report["mode"]) == (0, "smoke")


@pytest.mark.parametrize("value", sampled(["false", "0", "no", ""], every=3))
def test_the_environment_can_ask_for_none(gate: Gate, value: str) -> None:
    ended = gate.run("--target-url=demo", "--smoke-read-only", environ={"SMOKE_TEST": value})
    assert (ended.code, ended.report["mode"]) == (0, "full")


@pytest.mark.exhaustive
def test_the_command_line_wins_over_the_environment(gate: Gate, backend: Backend) -> None:
    ended = gate.against(backend, "--smoke", APISMOKE_TARGET_URL="http://127.0.0.1:1")
    assert (ended.code, ended.report["target"]["url"]) == (0, backend.url)


@pytest.mark.exhaustive
def test_smoke_api_checks_only_these(gate: Gate, backend: Backend) -> None:
    ended = gate.against(backend, "--smoke", "--smoke-api=twilio", "--smoke-api=calendar")
    assert (ended.code, list(ended.report["apis"])) == (0, ["calendar", "twilio"])
    assert backend.requests("PUT /api/business/me") == 0


def test_read_only_writes_nothing_and_reports_that(
    gate: Gate, backend: Backend, workers: int
) -> None:
    ended = gate.against(backend, "--smoke-read-only", workers=workers)
    assert ended.code == 0
    assert backend.requests("PUT /api/business/me") == 0
    skipped = [name for name, outcome in ended.outcomes().items() if outcome == "skipped"]
    assert skipped == [
        "settings::save",
        "settings::persist",
        "settings::save_without_calendar",
        "settings::persist_later",
        "settings::restore",
    ]
    reason = "read-only run: nothing was written, so persistence was not verified"
    assert {ended.check(name)["message"] for name in skipped} == {reason}
    assert reason in ended.notes()


@pytest.mark.exhaustive
def test_a_read_only_run_refuses_unsafe_requests_of_users_tests(
    gate: Gate, backend: Backend
) -> None:
    gate.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            smoke_client.request("PUT", "/api/business/me", json={"name": "x"})
        """,
    )
    ended = gate.against(backend, "--smoke", "--smoke-read-only", "test_mine.py")
    assert (ended.code, ended.report["categories"]) == (5, {"usage": 1})
    assert backend.requests("PUT /api/business/me") == 0


@pytest.mark.exhaustive
def test_a_token_skips_the_login(gate: Gate, backend: Backend, workers: int) -> None:
    token = backend.log_in()
    ended = gate.run(
        "--smoke", f"--target-url={backend.url}", environ={"APISMOKE_TOKEN": token}, workers=workers
    )
    assert ended.code == 0
    assert ended.outcomes()["settings::login"] == "skipped"
    assert backend.requests("POST /api/auth/login") == 1
    assert token not in ended.output + ended.junit + str(ended.report)


@pytest.mark.exhaustive
def test_secrets_can_come_from_files(gate: Gate, backend: Backend) -> None:
    environ = {
        "APISMOKE_USERNAME_FILE": str(gate.write("user", f"{USERNAME}\n")),
        "APISMOKE_PASSWORD_FILE": str(gate.write("password", f"{PASSWORD}\n")),
    }
    ended = gate.run("--smoke", f"--target-url={backend.url}", environ=environ)
    assert ended.code == 0


@pytest.mark.exhaustive
def test_the_right_version_is_answering(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--target-version=2026.11.1")
    assert (ended.code, ended.report["target"]["version"]) == (0, "2026.11.1")


@pytest.mark.exhaustive
def test_the_wrong_version_is_answering(gate: Gate, backend: Backend) -> None:
    ended = gate.against(backend, "--smoke", "--target-version=2.0.0", "--target-wait=0")
    assert (ended.code, ended.report["categories"]) == (5, {"version": 1})
    assert ended.check("apismoke::preflight")["message"] == (
        "expected version 2.0.0 to answer within 0 s, seen version 1.0.0"
    )
    assert backend.requests("POST /api/auth/login") == 0


@pytest.mark.exhaustive
def test_target_wait_limits_the_wait_and_its_reason_is_shown(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--target-wait=0.6", faults=["never-ready"])
    assert ended.code == 5
    assert ended.out.count("not ready: GET /health answers 503; waiting up to 0.6 s\n") == 1
    assert "expected    the target to be ready within 0.6 s" in ended.verdict_block


@pytest.mark.exhaustive
def test_the_budget_ends_a_slow_run_before_it_writes(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--smoke-budget=7", faults=["slow-answers"])
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    save = ended.check("settings::save")
    assert (save["category"], save["dirty"]) == ("budget", False)


@pytest.mark.parametrize(
    ("ini", "arguments", "code"),
    sampled(
        [
            ("apismoke_exit_codes = api", [], 2),
            ("apismoke_apis = settings twilio", [], 0),
            ("apismoke_read_only = yes\napismoke_apis = settings", [], 0),
            ("apismoke_exit_codes = api", ["--smoke-exit-codes=verdict"], 1),
            ("apismoke_budget = 0.001", [], 5),
            ("apismoke_target_wait = nonsense", [], 5),
            ("apismoke_read_only = perhaps", [], 5),
        ],
        every=7,
    ),
)
def test_options_have_ini_equivalents(
    gate: Gate, ini: str, arguments: list[str], code: int
) -> None:
    gate.write("pytest.ini", f"[pytest]\n{ini}\n")
    ended = gate.run("--smoke", "--target-url=demo", *arguments, faults=["oauth-500"])
    assert ended.code == code


def test_the_report_and_the_faults_have_ini_equivalents(gate: Gate) -> None:
    gate.write(
        "pytest.ini",
        "[pytest]\napismoke_report = mine.json\napismoke_demo_faults = phone-malformed\n",
    )
    command = [c for c in gate.command(["--smoke", "--target-url=demo"]) if "report=" not in c]
    ended = gate.run_command(command)
    assert ended.code == 3
    assert (gate.folder / "mine.json").exists()


@pytest.mark.exhaustive
def test_verbose_output_names_the_source_of_each_setting(gate: Gate) -> None:
    ended = gate.run("--target-url=demo", "-v", environ={"SMOKE_TEST": "1"})
    header = ended.out.partition("rootdir: ")[0]
    # In columns; a row too long for them is in two lines, with the source in parentheses.
    found = re.split(r"\n  (?=\w)", header)
    rows = {" ".join(row.replace("(", "").replace(")", "").split()) for row in found}
    assert {
        "mode smoke environment variable SMOKE_TEST",
        "budget 60 s default",
        "state_dir temporary, ends with the run the embedded backend",
        "credentials [redacted] the embedded backend",
    } <= rows, rows
    for name, source in (("target_url", "--target-url"), ("report", "--smoke-report")):
        (row,) = (one for one in rows if one.startswith(f"{name} "))
        assert source in row


def test_help_explains_each_option_in_one_line(gate: Gate) -> None:
    ended = gate.run_command(["pytest", "--help"], COLUMNS="200")
    # argparse sets the help of a long option below it.
    listed = [" ".join(entry.split()) for entry in re.split(r"\n(?=  -)", ended.out)]
    for option in (
        "--smoke run",
        "--target-url=URL ",
        "--target-wait=SECONDS ",
        "--target-version=TEXT ",
        "--smoke-api=NAME ",
        "--smoke-exit-codes=TABLE ",
        "--smoke-budget=SECONDS ",
        "--smoke-read-only ",
        "--smoke-report=PATH ",
    ):
        (entry,) = (entry for entry in listed if entry.startswith(option))
        assert 20 < len(entry.partition(" ")[2]) < 100


def test_help_with_a_target_only_helps(gate: Gate) -> None:
    command = ["pytest", "--help", "--smoke", "--target-url=http://127.0.0.1:1"]
    ended = gate.run_command(command, **clean_environment())
    assert (ended.code, ended.verdict_block) == (0, "")


@pytest.mark.exhaustive
def test_it_works_behind_a_path_prefix(gate: Gate) -> None:
    """The prefix stays in front of every path."""
    ended = gate.run(
        "--smoke",
        "--target-url=http://127.0.0.1:1/api/v2/",
        "--target-wait=0",
        environ={"APISMOKE_TOKEN": "abcdefgh"},
    )
    assert ended.check("apismoke::preflight")["where"] == "GET http://127.0.0.1:1/api/v2/health"
