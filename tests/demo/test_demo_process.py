"""The process says when it is ready, refuses bad arguments, stops in order, leaves no files."""

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from demo.running import LIMIT_S, Demo, Fleet, Start, run, run_after

from pytest_apismoke.demo.faults import all_faults
from pytest_apismoke.demo.options import StartError, parse_options, read_credentials
from pytest_apismoke.demo.server import serve
from pytest_apismoke.demo.stopping import Stop

Completed = subprocess.CompletedProcess


def assert_refused(result: "Completed[str]", problem: str, where: str, hint: str) -> None:
    """Exit code 2, nothing on stdout, and a message of three parts."""
    message = f"pytest_apismoke.demo: {problem}\n  where: {where}\n  what to do: {hint}\n"
    assert (result.returncode, result.stdout, result.stderr) == (2, "", message)


def test_ready_line(start: Start) -> None:
    """The ready line says how to use the backend, without a password from the environment."""
    demo = start("login-429", "me-500", options=("--version", "2.1 beta"))
    assert demo.ready == {
        "url": demo.url,
        "username": "owner@example.com",
        "version": "2.1 beta",
        "faults": ["login-429", "me-500"],
        "pid": demo.process.pid,
    }
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", demo.url)
    assert demo.get("/health").json()["version"] == "2.1 beta"


def test_generated_password_and_keys(start: Start) -> None:
    """Each process generates the password it prints and the key that signs its tokens."""
    first, second = (start(APISMOKE_DEMO_PASSWORD="") for _ in range(2))
    assert first.ready["password"] != second.ready["password"]
    assert first.login().status_code == 200
    assert second.fetch(first.bearer()).status_code == 401


def test_credentials_of_the_environment(start: Start) -> None:
    """The credentials in the environment are the ones that log in."""
    demo = start(APISMOKE_DEMO_USERNAME="me", APISMOKE_DEMO_PASSWORD="pässword" * 20)
    assert demo.ready["username"] == "me"
    assert demo.login("pässword" * 20).status_code == 200
    assert demo.login("pässword" * 19).status_code == 401


def test_given_port_can_be_used_again_at_once(start: Start) -> None:
    """A backend listens on the given port until it stops, and another one right after it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    for _ in range(2):
        demo = start(options=("--port", port))
        assert demo.url == f"http://127.0.0.1:{port}"
        assert demo.get("/health").status_code == 200
        demo.close_stdin()
        demo.last_lines()
        with pytest.raises(requests.ConnectionError):
            demo.get("/health")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux routes all of 127.0.0.0/8")
def test_listens_on_loopback_only(shared_demo: Demo) -> None:
    """The backend is bound to one loopback address, not to every address."""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", shared_demo.address[1]), timeout=LIMIT_S)


@pytest.mark.parametrize("cause", ["EOF", "SIGTERM", "SIGINT"])
def test_stops_in_order(start: Start, tmp_path: Path, cause: str) -> None:
    """It prints its counters, exits with 0 and leaves no file, even with connections open."""
    demo = start(TMPDIR=str(tmp_path))
    demo.fetch()
    assert [path.name for path in tmp_path.glob("*/*")] == ["demo.sqlite3"]
    with socket.create_connection(demo.address) as idle:
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(1)
        if cause == "EOF":
            assert demo.process.stdin is not None
            demo.process.stdin.close()
        else:
            demo.process.send_signal(getattr(signal, cause))
        assert demo.last_lines() == [{"requests": 3, "logins": 1}]
    assert list(tmp_path.iterdir()) == []


def test_stops_during_a_request(start: Start, tmp_path: Path) -> None:
    """A request under way delays the stop only briefly."""
    demo = start("slow-answers", TMPDIR=str(tmp_path))
    with socket.create_connection(demo.address) as busy:
        busy.sendall(b"GET /api/business/me HTTP/1.1\r\nHost: a\r\n\r\n")
        demo.get("/health")
        demo.process.send_signal(signal.SIGTERM)
        assert demo.last_lines() == [{"requests": 2, "logins": 0}]
    assert list(tmp_path.iterdir()) == []


def test_client_that_hangs_up_is_not_an_error(start: Start) -> None:
    """A request that breaks off leaves nothing on stderr, and the backend goes on."""
    demo = start()
    with socket.create_connection(demo.address) as broken:
        broken.sendall(b"PUT /api/business/me HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{")
    assert demo.get("/health").status_code == 200
    demo.close_stdin()
    assert demo.last_lines() == [{"requests": 2, "logins": 0}]


def test_end_of_stdin_alone_does_not_stop_it(fleet: Fleet) -> None:
    """Without --until-eof it runs on after the end of stdin."""
    demo = fleet.start(stdin=subprocess.DEVNULL, environ={})
    for _ in range(3):
        assert demo.get("/health").status_code == 200
    demo.process.terminate()
    assert len(demo.last_lines()) == 1


def test_closed_stdout_stops_it(tmp_path: Path) -> None:
    """It stops quietly if the ready line has no reader, because its port would stay unknown."""
    close_stdout = "import os; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1)"
    result = run_after(close_stdout, TMPDIR=str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_port_in_use() -> None:
    """A used port is refused with the way out."""
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]
        assert_refused(
            run("--port", str(port)),
            f"expected to listen on port {port}, seen: Address already in use",
            f"127.0.0.1:{port}",
            "stop what uses the port, or leave --port out to get a free one.",
        )


@pytest.mark.parametrize(
    ("arguments", "problem", "hint"),
    [
        *(
            (
                [f"--port={port}"],
                f"expected an integer from 0 to 65535, seen {port!r}",
                "give a free port, or leave --port out to get one.",
            )
            for port in ("65536", "-1", "1.5", "http", "", "٣")
        ),
        (
            ["--fault", "me-500", "--fault", "login-50"],
            "expected the name of a fault, seen 'login-50'",
            "use the nearest (login-500, login-429, login-html), or see all of them with "
            "--list-faults.",
        ),
        (
            ["--fault", "qqq"],
            "expected the name of a fault, seen 'qqq'",
            "see all of them with --list-faults.",
        ),
        (
            ["--json"],
            "expected --json together with --list-faults, seen --json alone",
            "add --list-faults, or leave --json out.",
        ),
    ],
)
def test_bad_arguments(arguments: list[str], problem: str, hint: str) -> None:
    """A bad argument is refused with the valid values, the nearest ones, or the way out."""
    option = arguments[-2] if arguments[-1][0] != "-" else arguments[-1].partition("=")[0]
    assert_refused(run(*arguments), problem, f"the command line, {option}", hint)


def test_unwritable_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a folder for the database the message names the folder."""
    missing = tmp_path / "missing"
    monkeypatch.setattr("tempfile.tempdir", str(missing))
    with pytest.raises(StartError) as caught:
        serve(parse_options([]), read_credentials({}), Stop())
    assert re.fullmatch(
        r"pytest_apismoke\.demo: expected to create the database in a temporary folder, "
        rf"seen: No such file or directory\n  where: {re.escape(str(missing))}\S*\n"
        r"  what to do: make the folder writable, or set TMPDIR to one that is\.",
        str(caught.value),
    )


@pytest.mark.parametrize("library", ["starlette", "uvicorn", "jwt", "bcrypt"])
def test_missing_library(library: str) -> None:
    """Without one of its libraries it lists the faults, but serving needs an installation."""
    missing = f"sys.modules[{library!r}] = None"
    assert run_after(missing, "--list-faults").stdout == run("--list-faults").stdout
    assert_refused(
        run_after(missing),
        "expected starlette, uvicorn, jwt and bcrypt to be installed, "
        f"seen an installation without {library}",
        f"python -m pytest_apismoke.demo, run by {sys.executable}",
        "pip install 'pytest-apismoke[demo]'",
    )


def test_list_of_faults() -> None:
    """The list names every fault in the order of the stages, as text and as JSON."""
    faults = all_faults()
    listed = run("--list-faults")
    assert listed.returncode == 0
    assert [line.split(maxsplit=3) for line in listed.stdout.splitlines()] == [
        [fault.name, fault.category or "healthy", fault.mode, fault.summary] for fault in faults
    ]
    as_json = run("--list-faults", "--json")
    assert as_json.returncode == 0
    assert json.loads(as_json.stdout) == [
        {
            "name": fault.name,
            "summary": fault.summary,
            "api": fault.api,
            "stage": fault.stage,
            "category": fault.category,
            "mode": fault.mode,
        }
        for fault in faults
    ]
    assert list(dict.fromkeys((fault.api, fault.stage) for fault in faults)) == [
        *(("settings", "login"), ("settings", "fetch"), ("settings", "contract")),
        *(("settings", "save"), ("settings", "persist"), ("settings", "restore")),
        *(("calendar", "oauth"), ("calendar", "state"), ("calendar", "callback")),
        *(("twilio", "phone"), ("twilio", "state"), ("twilio", "webhook")),
        *(("target", "ready"), ("target", "version"), ("target", "budget")),
    ]


def test_help() -> None:
    """--help explains each option in one line."""
    result = run("--help")
    assert result.returncode == 0
    options = result.stdout.partition("options:\n")[2].splitlines()
    assert [re.split("  +", line.strip()) for line in options] == [
        ["-h, --help", "show this help message and exit"],
        ["--port N", "port; 0 picks a free one (default: 0)"],
        ["--fault NAME", "switch this fault on (repeatable)"],
        ["--version TEXT", "version in /health (default: 1.0.0)"],
        ["--until-eof", "stop at the end of stdin"],
        ["--list-faults", "list the faults and exit"],
        ["--json", "list them as JSON"],
    ]
