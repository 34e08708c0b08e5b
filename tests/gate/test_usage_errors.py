"""Every mistake in a call ends with 5, one message of three parts, and no traceback."""

from __future__ import annotations

import pytest
from gate.sampling import sampled_with_workers
from harness import Backend, Gate, credentials

#: One mistake of each kind: none given, one that is no URL, credentials, an option's value.
IN_SAMPLE = (
    ["--smoke"],
    ["--target-url=localhost:8000"],
    ["--target-url=demo", "--smoke-api=calender"],
    ["--target-url=demo", "--smoke-budget=0"],
)


def mistake(
    gate: Gate, *arguments: str, workers: int = 0, **environ: str
) -> tuple[str, str, str, int]:
    """The message, place and advice of a run that must be refused, and its exit code."""
    ended = gate.run(*arguments, workers=workers, environ=environ)
    assert ended.has_no_traceback()
    assert ended.report["verdict"] == "misconfigured"
    assert ended.report["categories"] == {"usage": 1}
    (check,) = (check for check in ended.report["checks"] if check["category"] == "usage")
    shown = ended.told
    for part in (check["where"], check["hint"]):
        assert part in shown
    return check["message"], check["where"], check["hint"], ended.code


TARGET = "--target-url=http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "environ", "where", "workers"),
    sampled_with_workers(
        [
            (["--smoke"], {}, "--target-url"),
            ([], {"APISMOKE_TARGET_URL": ""}, "environment variable APISMOKE_TARGET_URL"),
            (["--target-url=localhost:8000"], {}, "--target-url"),
            (
                [TARGET],
                {"APISMOKE_TOKEN_FILE": "/no/such/file"},
                "environment variable APISMOKE_TOKEN_FILE",
            ),
            (["--target-url=demo", "--smoke-api=calender"], {}, "--smoke-api"),
            (["--target-url=demo", "--smoke-budget=0"], {}, "--smoke-budget"),
            (
                [TARGET],
                {**credentials(), "APISMOKE_DEMO_FAULTS": "oauth-500"},
                "environment variable APISMOKE_DEMO_FAULTS",
            ),
        ],
        in_sample=lambda case: case[0] in IN_SAMPLE,
    ),
)
def test_a_mistake_in_a_setting_refuses_the_run(
    gate: Gate, arguments: list[str], environ: dict[str, str], where: str, workers: int
) -> None:
    """The unit tests of settings and credentials have the text of each."""
    _, told_where, _, code = mistake(gate, *arguments, workers=workers, **environ)
    assert (told_where, code) == (where, 5)


def test_the_message_of_a_mistake_has_three_parts(gate: Gate) -> None:
    assert mistake(gate, "--target-url=demo", "--smoke-api=calender") == (
        "expected the name of an enabled API (settings, calendar, twilio), seen 'calender'",
        "--smoke-api",
        "did you mean 'calendar'?",
        5,
    )


@pytest.mark.exhaustive
def test_an_unknown_fault_names_the_nearest(gate: Gate) -> None:
    told = mistake(gate, "--target-url=demo", APISMOKE_DEMO_FAULTS="oauth500")
    assert told == (
        "expected the name of a fault, seen 'oauth500'",
        "environment variable APISMOKE_DEMO_FAULTS",
        "use the nearest (oauth-500, auth-500, oauth-null), or see all of them with"
        " 'apismoke demo --list-faults'.",
        5,
    )


@pytest.mark.exhaustive
def test_a_path_that_is_not_there(gate: Gate, workers: int) -> None:
    told = mistake(gate, "--smoke", "--target-url=demo", "no_such_file.py", workers=workers)
    assert told == (
        "expected paths that exist, seen 'no_such_file.py'",
        "the command line",
        f"correct it (it is looked for in {gate.folder}), or leave it out",
        5,
    )


@pytest.mark.exhaustive
def test_a_declared_path_that_is_not_there(gate: Gate) -> None:
    gate.write("pytest.ini", "[pytest]\napismoke_paths = tests/e2e\n")
    message, where, _, code = mistake(gate, "--target-url=demo")
    assert message == "expected paths that exist, seen 'tests/e2e'"
    assert (where, code) == ("ini option apismoke_paths", 5)


@pytest.mark.exhaustive
def test_a_test_that_is_not_in_its_file(gate: Gate) -> None:
    gate.write("test_mine.py", "def test_it(): pass")
    ended = gate.run("--smoke", "--target-url=demo", "test_mine.py::test_other")
    assert ended.code == 5


def test_a_report_that_can_not_be_written_is_refused_before_anything_is_sent(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", f"--smoke-report={gate.folder}")
    assert ended.code == 5
    assert f"the directory '{gate.folder}'" in ended.told


def test_a_test_file_that_does_not_import(gate: Gate, workers: int) -> None:
    path = gate.write("test_broken.py", "import no_such_module")
    ended = gate.run("--smoke", "--target-url=demo", str(path), workers=workers)
    assert ended.code == 5
    assert ended.report["categories"]["usage"] >= 1
    assert "No module named 'no_such_module'" in ended.told
    hint = "correct the file (the whole error is further up), or leave it out"
    assert hint in {check["hint"] for check in ended.report["checks"]}


@pytest.mark.parametrize(
    ("url", "seen", "workers"),
    sampled_with_workers(
        [
            ("http://127.0.0.1:1", "connection refused"),
            ("http://no-such-host.invalid", "no address for this host name"),
        ],
        in_sample=lambda case: case[1] == "connection refused",
    ),
)
def test_a_host_that_can_not_be_reached(gate: Gate, url: str, seen: str, workers: int) -> None:
    ended = gate.run(
        "--smoke",
        f"--target-url={url}",
        "--target-wait=0",
        environ={**credentials(), "NO_PROXY": "*"},
        workers=workers,
    )
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    check = ended.check("apismoke::preflight")
    assert check["message"] == f"expected the target to be ready within 0 s, seen {seen}"
    assert check["where"] == f"GET {url}/health"
    assert ended.has_no_traceback()


def test_wrong_credentials(gate: Gate, backend: Backend, workers: int) -> None:
    ended = gate.against(backend, "--smoke", APISMOKE_PASSWORD="wrong-one", workers=workers)
    assert (ended.code, ended.report["categories"]) == (1, {"auth": 1})
    check = ended.check("settings::login")
    assert check["message"].startswith("expected 200 or 201 from the login, seen 401")
    assert check["hint"] == "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"
    assert backend.requests("POST /api/auth/login") == 1


@pytest.mark.exhaustive
def test_a_port_in_use(gate: Gate, backend: Backend) -> None:
    port = backend.url.rpartition(":")[2]
    ended = gate.run_command(["apismoke", "demo", "--port", port])
    assert ended.code == 2
    assert port in ended.err
    assert "what to do" in ended.err
    assert ended.has_no_traceback()
