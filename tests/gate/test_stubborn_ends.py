"""Ends brought about by other plugins, tests, timeouts and shells: never 0, never pytest's own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from gate.sampling import sampled_with_workers
from harness import PASSWORD, Backend, Gate, credentials

FAST = ("--smoke", "--target-url=demo")


def test_a_plugin_that_fails_a_passed_check_is_not_overruled(gate: Gate, workers: int) -> None:
    gate.write(
        "conftest.py",
        """
        import pytest

        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            if report.when == "call" and item.name == "persist":
                report.outcome, report.longrepr = "failed", "not in my house"
            return report
        """,
    )
    path = gate.write("test_mine.py", "")
    ended = gate.run(*FAST, str(path), workers=workers)
    assert ended.code == 5
    assert "not in my house" in ended.told


@pytest.mark.parametrize("ending", ["raise SystemExit(0)", "import os; os._exit(0)"])
def test_a_conftest_that_ends_the_process_is_mapped_by_the_command(gate: Gate, ending: str) -> None:
    gate.write("conftest.py", ending)
    ended = gate.run_command(["apismoke", *FAST])
    assert ended.code == 5


def test_a_test_that_exits_hard_is_no_pass(gate: Gate) -> None:
    gate.write(
        "test_mine.py",
        """
        import os, pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            os._exit(0)
        """,
    )
    assert gate.run(*FAST, "test_mine.py").code == 5
    assert gate.run(*FAST, "--smoke-exit-codes=verdict", "test_mine.py").code == 2


def test_a_verdict_on_a_full_device_keeps_its_code(gate: Gate, backend: Backend) -> None:
    command = gate.command(["--smoke", f"--target-url={backend.url}"])
    environ = gate.environment(credentials(), [])
    with Path("/dev/full").open("w") as full:
        code = subprocess.run(command, cwd=gate.folder, env=environ, stdout=full).returncode
    report = gate.ended(code, "", "").report
    assert (code, report["exit_code"]) in ((0, 0), (5, 5))


@pytest.mark.exhaustive
def test_a_verdict_hook_that_raises_is_no_pass(gate: Gate) -> None:
    gate.write("conftest.py", "def pytest_apismoke_verdict(verdict): raise RuntimeError('boom')")
    ended = gate.run(*FAST)
    assert (ended.code, ended.report["exit_code"]) == (5, 5)
    assert "RuntimeError: boom" in ended.told


@pytest.mark.exhaustive
def test_a_verdict_hook_that_ends_the_process_is_no_pass(gate: Gate) -> None:
    gate.write("conftest.py", "import sys\ndef pytest_apismoke_verdict(verdict): sys.exit(0)")
    ended = gate.run(*FAST, faults=["oauth-500"])
    assert (ended.code, ended.report["exit_code"]) == (3, 3), ended.output
    assert "SystemExit: 0" in ended.told


@pytest.mark.exhaustive
def test_other_plugins_are_told_the_verdict(gate: Gate) -> None:
    gate.write(
        "conftest.py",
        "def pytest_apismoke_verdict(verdict): print('told', verdict.exit_code, verdict.verdict)",
    )
    assert "told 3 fail" in gate.run(*FAST, faults=["oauth-500"]).out


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "text",
    [
        "def test_it(): assert False",
        "import pytest\n@pytest.mark.smoke\n@pytest.mark.skip\ndef test_it(): pass",
    ],
    ids=["unmarked", "skipped"],
)
def test_given_paths_of_which_nothing_ran_are_no_pass(gate: Gate, text: str, workers: int) -> None:
    gate.write("test_mine.py", text)
    ended = gate.run(*FAST, "test_mine.py", workers=workers)
    assert (ended.code, ended.report["categories"]) == (5, {"unverified": 1})
    assert "expected a test below 'test_mine.py' that this run runs" in ended.told


@pytest.mark.exhaustive
def test_a_path_in_addopts_is_not_a_given_one(gate: Gate) -> None:
    gate.write("pytest.ini", "[pytest]\naddopts = tests\n")
    gate.write("tests/test_broken.py", "import no_such_module")
    assert gate.run(*FAST).code == 0


@pytest.mark.exhaustive
def test_a_broken_file_does_not_keep_the_apis_from_being_judged(gate: Gate, workers: int) -> None:
    gate.write("test_mine.py", "import no_such_module")
    ended = gate.run(*FAST, "test_mine.py", faults=["oauth-500"], workers=workers)
    assert ended.code == 3
    assert set(ended.report["categories"]) == {"oauth", "usage"}


def test_a_timeout_for_tests_does_not_cut_off_what_restores(gate: Gate) -> None:
    """The wait for the later look is longer than the limit; built-in checks have the budget."""
    ended = gate.run("--target-url=demo", "-oapismoke_persistence_delay=1", "--timeout=0.5")
    assert (ended.code, ended.report["verdict"]) == (0, "pass")


def test_a_timeout_ends_a_test_that_a_user_wrote(gate: Gate, backend: Backend) -> None:
    gate.write(
        "test_mine.py",
        """
        import threading, pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            assert smoke_client.get("/health").status == 200
            threading.Event().wait()
        """,
    )
    ended = gate.against(backend, "--smoke", "--timeout=0.5", "test_mine.py")
    assert (ended.code, ended.report["categories"]) == (5, {"error": 1})


def test_a_test_that_hangs_ends_with_the_budget(gate: Gate, backend: Backend, workers: int) -> None:
    gate.write(
        "test_mine.py",
        """
        import threading, pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            assert smoke_client.get("/health").status == 200
            threading.Event().wait()
        """,
    )
    ended = gate.against(
        backend, "--smoke", "--smoke-budget=4", "--timeout=60", "test_mine.py", workers=workers
    )
    assert (ended.code, ended.report["categories"]) == (5, {"budget": 1})
    assert ended.check("test_mine.py::test_it")["message"] == (
        "expected to finish within 4 s, seen the time budget spent"
    )
    assert ended.report["apis"]["settings"]["verdict"] == "pass"


def test_a_signal_that_was_ignored_stays_ignored(gate: Gate, backend: Backend) -> None:
    """As nohup and a shell's background jobs set it."""
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh"]
    command += gate.command([f"--target-url={backend.url}", "-oapismoke_persistence_delay=2"])
    process = gate.launch(command, gate.environment(credentials(), []))
    backend.await_requests("PUT /api/business/me", 1, of=process)
    os.kill(process.pid, signal.SIGHUP)
    assert gate.end(process).code == 0


def test_two_signals_in_a_row_are_as_good_as_one(
    gate: Gate, backend: Backend, workers: int
) -> None:
    before = backend.document()
    process = gate.start(
        f"--target-url={backend.url}",
        "-oapismoke_persistence_delay=100",
        environ=credentials(),
        workers=workers,
    )
    backend.await_requests("PUT /api/business/me", 2, of=process)
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGINT)
    ended = gate.end(process)
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    assert backend.document() == before


@pytest.mark.exhaustive
def test_other_tokens_of_a_login_are_not_kept(gate: Gate, backend: Backend) -> None:
    ended = gate.against(backend, "--smoke")
    (login,) = ended.check("settings::login")["exchanges"]
    assert '"access_token": "[redacted]"' in login["excerpt"]


@pytest.mark.exhaustive
def test_debug_is_refused_because_it_writes_secrets(gate: Gate, backend: Backend) -> None:
    ended = gate.against(backend, "--smoke", "--debug")
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    assert backend.counted()["total"] == 0
    assert "leave it out, or use it in a run without a target" in ended.told


@pytest.mark.exhaustive
def test_a_proxy_is_not_asked_for_the_embedded_backend(gate: Gate) -> None:
    proxy = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    assert gate.run(*FAST, environ={**proxy, "NO_PROXY": "", "no_proxy": ""}).code == 0


@pytest.mark.exhaustive
def test_a_proxy_that_fails_is_named(gate: Gate) -> None:
    ended = gate.run(
        "--smoke",
        "--target-url=http://api.example.com",
        "--target-wait=0",
        environ={**credentials(), "http_proxy": "http://u:canary@127.0.0.1:1", "NO_PROXY": ""},
    )
    seen = ended.check("apismoke::preflight")["message"]
    assert seen.endswith("(through the proxy 127.0.0.1)")
    assert "canary" not in ended.output


def test_modules_of_the_users_directory_do_not_break_the_embedded_backend(gate: Gate) -> None:
    for name in ("jwt.py", "uvicorn.py", "starlette.py"):
        gate.write(name, "raise RuntimeError('not yours')")
    assert gate.run(*FAST).code == 0


@pytest.mark.exhaustive
def test_an_ini_file_that_can_not_be_read_is_told(gate: Gate) -> None:
    gate.write("pytest.ini", "[pytest]\napismoke_paths = it's\n")
    ended = gate.run(*FAST)
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    check = ended.check("apismoke::run")
    assert (check["where"], check["hint"]) == ("ini option apismoke_paths", "balance the quotes")
    assert gate.run_command(["pytest"]).code == 5


@pytest.mark.exhaustive
def test_a_folder_called_like_another_plugin_is_not_that_plugin(gate: Gate) -> None:
    (gate.folder / "pytest_smoke").mkdir()
    assert gate.run(*FAST).code == 0


@pytest.mark.exhaustive
def test_a_refused_token_names_its_variable(gate: Gate, backend: Backend) -> None:
    ended = gate.run(
        "--smoke", f"--target-url={backend.url}", environ={"APISMOKE_TOKEN": "long-expired"}
    )
    assert (ended.code, ended.report["categories"]) == (1, {"auth": 1})
    assert "APISMOKE_TOKEN is refused" in ended.told


LEAKS = {
    "import": "import os\nraise ImportError('no ' + os.environ['APISMOKE_PASSWORD'])",
    "warning": """
import os, warnings, pytest
@pytest.mark.smoke
def test_it(smoke_client):
    warnings.warn("pw " + os.environ["APISMOKE_PASSWORD"])
    assert smoke_client.get("/health").status == 200
""",
    "exit": """
import os, pytest
@pytest.mark.smoke
def test_it(smoke_client):
    pytest.exit("stop " + os.environ["APISMOKE_PASSWORD"])
""",
    "logged exception": """
import logging, os, pytest
@pytest.mark.smoke
def test_it(smoke_client):
    assert smoke_client.get("/health").status == 200
    try:
        raise ValueError(os.environ["APISMOKE_PASSWORD"])
    except ValueError:
        logging.exception("caught")
""",
}


@pytest.mark.parametrize(
    ("how", "workers"),
    sampled_with_workers(list(LEAKS), in_sample=lambda how: how in ("import", "logged exception")),
)
def test_nothing_leaks_in_the_corners_of_pytest(
    gate: Gate, backend: Backend, how: str, workers: int
) -> None:

    gate.write("test_leaky.py", LEAKS[how])
    ended = gate.against(
        backend, "--smoke", "-vv", "--log-cli-level=DEBUG", "test_leaky.py", workers=workers
    )
    assert PASSWORD not in ended.output + ended.junit + str(ended.report)


def test_an_internal_error_of_pytest_leaks_nothing(gate: Gate, backend: Backend) -> None:

    gate.write(
        "conftest.py",
        """
        import os

        def pytest_collection_modifyitems():
            raise RuntimeError(os.environ["APISMOKE_PASSWORD"])

        def pytest_sessionfinish():
            raise RuntimeError(os.environ["APISMOKE_PASSWORD"])
        """,
    )
    ended = gate.against(backend, "--smoke")
    assert ended.code == 5
    assert PASSWORD not in ended.output + ended.junit + str(ended.report)
