"""The console command: the codes that a plugin can't own, and the backend to look at."""

from __future__ import annotations

import json
import signal
import sys
from urllib.request import urlopen

import pytest
from gate.sampling import sampled
from harness import Backend, Gate, clean_environment, credentials

from pytest_apismoke import __version__
from pytest_apismoke.commands.help import HELP


def test_it_runs_the_gate_like_pytest(gate: Gate, backend: Backend) -> None:
    command = ["apismoke", "--smoke", f"--target-url={backend.url}", "-pno:hypothesispytest"]
    ended = gate.run_command(command, **credentials())
    assert (ended.code, ended.err) == (0, "")
    assert "\nexit code 0\n" in ended.out
    assert "Warning" not in ended.out


@pytest.mark.parametrize(
    ("call", "faults", "code"),
    [([], "", 0), ([], "write-dropped", 4), (["--no-such"], "", 5)],
    ids=["passes", "fails", "rejected"],
)
def test_where_a_process_can_be_given_no_pipe_pytest_runs_in_that_of_the_command(
    call: list[str], faults: str, code: int, gate: Gate
) -> None:
    program = (
        "import sys; from pytest_apismoke.commands import gate, main;"
        " gate._HANDS_DESCRIPTORS_ON = False; sys.exit(main.main())"
    )
    fast = ["--smoke", "--target-url=demo", "-oapismoke_readback_wait=0.1"]
    command = [sys.executable, "-c", program, *fast, *call]
    assert gate.run_command(command, APISMOKE_DEMO_FAULTS=faults).code == code


def test_it_ends_with_the_codes_of_the_table(gate: Gate) -> None:
    command = ["apismoke", "--smoke", "--target-url=demo", "-oapismoke_readback_wait=0.1"]
    assert gate.run_command(command, APISMOKE_DEMO_FAULTS="write-dropped").code == 4


@pytest.mark.parametrize(
    ("arguments", "code"),
    sampled(
        [
            (["--no-such-option", "--target-url=demo"], 5),
            (["--no-such-option", "--target-url=demo", "--smoke-exit-codes=verdict"], 3),
            (["--no-such-option", "--target-url=demo", "--smoke-exit-codes", "verdict"], 3),
            (["--no-such-option", "--target-url=demo", "--smoke-exit-codes=api"], 5),
        ],
        every=4,
    ),
)
def test_what_pytest_rejects_is_mapped(gate: Gate, arguments: list[str], code: int) -> None:
    ended = gate.run_command(["apismoke", *arguments])
    assert ended.code == code
    told = " ".join(ended.err.split()).partition("MISCONFIGURED: ")[2]
    assert told.startswith(
        "pytest rejected the call before the gate began nothing was sent"
        f" 1 apismoke {' '.join(arguments)} expected a run against a target"
        " got pytest rejected the call before the gate began to do read pytest's message above"
    )


def test_a_conftest_that_does_not_import_is_mapped(gate: Gate) -> None:
    gate.write("conftest.py", "import no_such_module")
    arguments = ["--smoke", "--target-url=demo"]
    assert gate.run_command(["pytest", *arguments]).code == 4
    assert gate.run_command(["apismoke", *arguments]).code == 5


def test_without_a_target_it_runs_nothing(gate: Gate) -> None:
    gate.write("test_it.py", "def test_it(): print('ran')")
    ended = gate.run_command(["apismoke", "-s"])
    assert ended.code == 5
    assert "ran" not in ended.out
    assert ended.err.startswith("MISCONFIGURED: no target was given\nnothing was sent\n")
    assert ended.err.endswith(f"\n\n{HELP}\n")


@pytest.mark.parametrize(
    "arguments", sampled([["--version"], ["-VV"], ["--help"], ["--markers"]], every=4)
)
def test_information_is_not_a_failure(gate: Gate, arguments: list[str]) -> None:
    assert gate.run_command(["apismoke", *arguments]).code == 0


def test_the_help_is_one_screen_and_says_how_to_see_that_of_pytest(gate: Gate) -> None:
    asked, given = gate.run_command(["apismoke", "--help"]), gate.run_command(["apismoke", "-h"])
    assert (asked.code, asked.out, asked.err) == (0, HELP, "")
    assert given.out == HELP
    assert HELP.count("\n") <= 20
    assert HELP.splitlines()[-1].endswith("pytest --help")


def test_the_version_is_that_of_the_gate(gate: Gate) -> None:
    ended = gate.run_command(["apismoke", "--version"])
    own = f"apismoke {__version__} (pytest {pytest.__version__}, Python "
    assert (ended.code, ended.out.startswith(own)) == (0, True)


@pytest.mark.parametrize(
    ("call", "meant"),
    [
        (["chek"], "did you mean 'apismoke check'?"),
        (["--target-ulr=demo"], "did you mean --target-url and not --target-ulr?"),
    ],
)
def test_of_a_misspelt_word_the_nearest_is_told(gate: Gate, call: list[str], meant: str) -> None:
    ended = gate.run_command(["apismoke", *call])
    assert (ended.code, meant in " ".join(ended.err.split())) == (5, True), ended.err


def test_pytest_itself_is_told_the_nearest_option_too(gate: Gate) -> None:
    """In words of the gate; the exit code is pytest's own, as no plugin is configured yet."""
    ended = gate.run_command(["pytest", "--smoke", "--target-ulr=demo"])
    assert (ended.code, ended.err) == (
        4,
        "ERROR: expected an option that exists, seen --target-ulr\n"
        "  where: the command line\n"
        "  what to do: did you mean --target-url?\n\n",
    )


def test_an_option_of_nobody_that_is_like_none_is_left_to_pytest(gate: Gate) -> None:
    ended = gate.run_command(["pytest", "--smoke", "--target-url=demo", "--nope=3"])
    assert (ended.code, "unrecognized arguments: --nope=3" in ended.err) == (4, True)


def test_the_demo_runs_until_it_is_interrupted(gate: Gate) -> None:
    process = gate.launch(["apismoke", "demo", "--fault", "oauth-500"], clean_environment())
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(4)]
    url = told[0].split()[5].rstrip(";")
    with urlopen(f"{url}/health") as response:
        assert json.load(response)["status"] == "ok"
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert told[1:3] == ["In another terminal:\n", f"  curl {url}/health\n"]
    assert told[3].startswith("  APISMOKE_USERNAME=owner@example.com APISMOKE_PASSWORD=")
    assert told[3].endswith(f" pytest --smoke --target-url={url}\n")
    assert "It counted 1 requests, 0 of them logins." in out


def test_the_demo_lists_its_faults(gate: Gate) -> None:
    ended = gate.run_command(["apismoke", "demo", "--list-faults"])
    assert ended.code == 0
    assert "write-wipes-others" in ended.out


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (["--smoke", "--target-url=demo", "--no-such-option"], 5),
        (["--smoke", "--target-url=demo", "--no-such-option", "--smoke-exit-codes=verdict"], 3),
        ([], 5),
    ],
)
def test_an_old_report_does_not_stay(gate: Gate, arguments: list[str], exit_code: int) -> None:
    """A script would read the verdict of the run before."""
    gate.write("report.json", '{"verdict": "pass"}')
    ended = gate.run_command(["apismoke", *arguments, "--smoke-report", "report.json"])
    assert ended.code == exit_code
    assert (ended.report["verdict"], ended.report["exit_code"]) == ("misconfigured", exit_code)


# -- 0 only where a verdict said so ---------------------------------------------------------------

FIND_IT = (
    "find what ends the process: os._exit, os.exec or a crash in a conftest.py, a plugin or a test"
)
#: The exit code and the verdict of a gate that was called wrongly, in the table `verdict`.
MISTAKE = (3, "misconfigured")


@pytest.mark.parametrize(
    ("end", "seen", "hint", "verdict"),
    sampled(
        [
            ("import os; os._exit(0)", "an end with 0 and without a verdict", FIND_IT, MISTAKE),
            (
                "from posix import _exit; _exit(0)",
                "an end with 0 and without a verdict",
                FIND_IT,
                MISTAKE,
            ),
            (
                "import ctypes; ctypes.CDLL(None)._exit(0)",
                "an end with 0 and without a verdict",
                FIND_IT,
                MISTAKE,
            ),
            (
                "import os; os.execv('/bin/sh', ['sh', '-c', 'exit 0'])",
                "an end with 0 and without a verdict",
                FIND_IT,
                MISTAKE,
            ),
            (
                "import sys; sys.exit(0)",
                "pytest rejected the call before the gate began",
                "read pytest's message above",
                MISTAKE,
            ),
            (
                "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
                "an end by the signal SIGKILL, without a verdict",
                "run the gate again: it restores what this run may have left changed",
                (2, "inconclusive"),
            ),
        ],
        every=2,
    ),
    ids=["os", "posix", "ctypes", "exec", "sys", "killed"],
)
def test_a_run_that_ends_without_a_verdict_does_not_end_with_0(
    gate: Gate, end: str, seen: str, hint: str, verdict: tuple[int, str]
) -> None:
    """And the report of the run before does not stay."""
    gate.write("conftest.py", end)
    gate.write("report.json", '{"verdict": "pass"}')
    arguments = ["--smoke", "--target-url=demo", "--smoke-exit-codes=verdict"]
    ended = gate.run_command(["apismoke", *arguments, "--smoke-report=report.json"])
    assert (ended.code, ended.report["verdict"]) == verdict
    assert ended.report["exit_code"] == ended.code
    (check,) = ended.report["checks"]
    assert (check["message"], check["hint"]) == (
        f"expected a run against a target, seen {seen}",
        hint,
    )


@pytest.mark.parametrize("hook", ["pytest_collection_finish()", "pytest_unconfigure()"])
def test_a_run_that_ends_in_its_middle_does_not_end_with_0(gate: Gate, hook: str) -> None:
    gate.write("conftest.py", f"import ctypes\ndef {hook}: ctypes.CDLL(None)._exit(0)\n")
    ended = gate.run_command(["apismoke", "--smoke", "--target-url=demo"])
    assert ended.code == 5
    assert "got         an end with 0 and without a verdict" in ended.err


@pytest.mark.parametrize(("faults", "code"), [("", 0), ("oauth-500", 3)])
def test_what_ends_the_process_after_the_verdict_does_not_change_it(
    gate: Gate, faults: str, code: int
) -> None:
    """The output and the report have said it."""
    end = f"lambda: ctypes.CDLL(None)._exit({0 if code else 7})"
    gate.write("conftest.py", f"import atexit, ctypes\natexit.register({end})\n")
    command = ["apismoke", "--smoke", "--target-url=demo", "--smoke-report=report.json"]
    ended = gate.run_command(command, APISMOKE_DEMO_FAULTS=faults)
    assert (ended.code, ended.report["exit_code"]) == (code, code)


@pytest.mark.parametrize(
    ("program", "asks"),
    [("apismoke", "-h"), ("apismoke", "--version"), ("apismoke", "--markers"), ("pytest", "-h")],
)
def test_a_call_for_information_in_the_environment_is_no_green_run(
    gate: Gate, program: str, asks: str
) -> None:
    arguments = ["--smoke", "--target-url=demo", "-pno:hypothesispytest"]
    ended = gate.run_command([program, *arguments], PYTEST_ADDOPTS=asks)
    assert ended.code == 5


def test_what_kept_the_call_from_running_is_told(gate: Gate) -> None:
    arguments = ["--smoke", "--target-url=demo", "-pno:hypothesispytest"]
    ended = gate.run_command(["pytest", *arguments], PYTEST_ADDOPTS="-h")
    assert ended.told.endswith(
        "1 PYTEST_ADDOPTS, or addopts in the ini file expected a run against a target got a call"
        " for information, such as -h, that this call itself does not have to do leave it out"
        " there: pytest runs nothing then exit code 5, usage: the gate was called or configured"
        " wrongly"
    )


@pytest.mark.parametrize("program", ["apismoke", "pytest"])
def test_a_killed_run_leaves_no_report_of_an_earlier_one(gate: Gate, program: str) -> None:
    """Neither the verdict nor the JUnit file, which a dashboard would show green."""
    gate.write("conftest.py", "import os, signal; os.kill(os.getppid(), 0); os.abort()")
    old = gate.write("old.json", '{"verdict": "pass"}'), gate.write("old.xml", "<testsuites/>")
    options = ["--smoke-report=old.json", "--junitxml=old.xml"]
    ended = gate.run_command([program, "--smoke", "--target-url=demo", *options])
    assert ended.code == (5 if program == "apismoke" else -signal.SIGABRT)
    left = [path.read_text("utf-8") for path in old if path.exists()]
    assert [text for text in left if "interrupted" not in text] == []


def test_without_a_target_the_files_of_a_run_stay(gate: Gate) -> None:
    """Inert means inert."""
    gate.write("test_it.py", "def test_it(): pass")
    old = gate.write("old.json", '{"verdict": "pass"}')
    assert gate.run_command(["pytest", "--smoke-report=old.json"]).code == 0
    assert old.read_text("utf-8") == '{"verdict": "pass"}'


def test_a_signal_to_the_command_reaches_the_run_once(gate: Gate, backend: Backend) -> None:
    """It restores, and ends with a verdict."""
    gate.write(
        "test_slow.py",
        """
        import time, pytest

        @pytest.mark.smoke
        def test_it(smoke_client):
            smoke_client.get("/health")
            time.sleep(60)
        """,
    )
    environ = clean_environment(**credentials(), APISMOKE_STATE_DIR=str(gate.state_dir))
    arguments = ["--smoke", f"--target-url={backend.url}", "test_slow.py"]
    process = gate.launch(
        ["apismoke", *arguments, "--smoke-report=report.json", "-pno:hypothesispytest"], environ
    )
    before = backend.requests("GET /health")
    backend.await_requests("GET /health", before + 2, of=process)
    process.send_signal(signal.SIGTERM)
    ended = gate.end(process)
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive")
    assert ended.report["categories"] == {"interrupted": 1}
    assert gate.entries() == []
