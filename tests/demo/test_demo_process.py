"""The backend's process says when it is ready, ends in order, and leaves nothing behind."""

import dataclasses
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_apismoke.demo.faults import CATALOGUE
from pytest_apismoke.demo.options import StartError, parse_options, read_credentials
from pytest_apismoke.demo.server import serve
from pytest_apismoke.demo.stopping import Stop

END_S = 20
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def assert_refused(result: "subprocess.CompletedProcess[str]", *parts: str) -> None:
    """Exit 2, nothing on stdout, and a message that says what, where and what to do."""
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    what, where, hint = result.stderr.splitlines()
    assert re.match(r"pytest_apismoke\.demo: expected .+, seen:? .+", what)
    assert where.startswith("  where: ")
    assert hint.startswith("  what to do: ")
    for part in parts:
        assert part in result.stderr


def test_ready_line(start: Any) -> None:
    """The ready line tells all that is needed to use the backend, but no password it was given."""
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


def test_generated_password_is_told(start: Any) -> None:
    """Without a password in the environment a random one is made and printed; it works."""
    first, second = (start(APISMOKE_DEMO_PASSWORD="") for _ in range(2))
    assert first.ready["password"] != second.ready["password"]
    assert first.login().status_code == 200


def test_credentials_of_the_environment(start: Any) -> None:
    """The environment's credentials are the ones that log in."""
    demo = start(APISMOKE_DEMO_USERNAME="me", APISMOKE_DEMO_PASSWORD="pässword" * 20)
    assert demo.ready["username"] == "me"
    assert demo.login("pässword" * 20).status_code == 200
    assert demo.login("pässword" * 19).status_code == 401


def test_generated_keys_differ(start: Any) -> None:
    """A token of one process is refused by another."""
    first, second = start(), start()
    assert second.fetch(first.bearer()).status_code == 401


def test_given_port_is_used_again_at_once(start: Any) -> None:
    """A backend listens where it was told to, also right after another one did."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    for _ in range(2):
        demo = start(options=("--port", port))
        assert demo.url == f"http://127.0.0.1:{port}"
        assert demo.get("/health").status_code == 200
        demo.hang_up()
        demo.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux routes all of 127.0.0.0/8")
def test_listens_on_loopback_only(shared_demo: Any) -> None:
    """The backend is bound to one loopback address, not to every address."""
    port = int(shared_demo.url.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port), timeout=END_S)


@pytest.mark.parametrize("ending", ["EOF", "SIGTERM", "SIGINT"])
def test_ends_in_order(start: Any, tmp_path: Path, ending: str) -> None:
    """Told to end, it tells its counters, exits 0 and leaves no file, connections open or not."""
    demo = start(TMPDIR=str(tmp_path))
    demo.fetch()
    assert [path.name for path in tmp_path.glob("*/*")] == ["demo.sqlite3"]
    with socket.create_connection(("127.0.0.1", int(demo.url.rpartition(":")[2]))) as idle:
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(1)
        if ending == "EOF":
            demo.process.stdin.close()
        else:
            demo.process.send_signal(getattr(signal, ending))
        assert [json.loads(line) for line in demo.end()] == [{"requests": 3, "logins": 1}]
    assert list(tmp_path.iterdir()) == []


def test_ends_while_answering(start: Any, tmp_path: Path) -> None:
    """A request under way holds up the end for a moment only."""
    demo = start("slow-answers", TMPDIR=str(tmp_path))
    with socket.create_connection(("127.0.0.1", int(demo.url.rpartition(":")[2]))) as busy:
        busy.sendall(b"GET /api/business/me HTTP/1.1\r\nHost: a\r\n\r\n")
        demo.get("/health")
        demo.process.send_signal(signal.SIGTERM)
        assert [json.loads(line) for line in demo.end()] == [{"requests": 2, "logins": 0}]
    assert list(tmp_path.iterdir()) == []


def test_ended_backend_is_gone(start: Any) -> None:
    """Nothing answers on the port after the end."""
    demo = start()
    demo.hang_up()
    demo.end()
    with pytest.raises(requests.ConnectionError):
        demo.get("/health")


def test_end_of_stdin_alone_means_nothing(fleet: Any) -> None:
    """Without --until-eof an empty stdin does not end it."""
    demo = fleet.start(stdin=subprocess.DEVNULL, environ={})
    for _ in range(3):
        assert demo.get("/health").status_code == 200
    demo.process.terminate()
    assert len(demo.end()) == 1


def test_ends_when_nobody_reads_the_ready_line(tmp_path: Path) -> None:
    """A closed stdout ends it quietly, for nobody could know where it listens."""
    code = (
        "import os, runpy, sys; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1);"
        "sys.argv = ['demo']; runpy.run_module('pytest_apismoke.demo', run_name='__main__')"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=END_S
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_port_in_use(run: Run) -> None:
    """A used port is refused with the way out."""
    with socket.socket() as used:
        used.bind(("127.0.0.1", 0))
        used.listen()
        port = used.getsockname()[1]
        assert_refused(run("--port", str(port)), f"127.0.0.1:{port}", "leave --port out")


@pytest.mark.parametrize("port", ["65536", "-1", "1.5", "http", "", "٣"])
def test_bad_port(run: Run, port: str) -> None:
    """Anything but a port number is refused with the valid range."""
    assert_refused(run(f"--port={port}"), "from 0 to 65535", repr(port), "--port")


@pytest.mark.parametrize(
    ("name", "nearest"), [("login-50", "login-500"), ("wrte-dropped", "write-dropped")]
)
def test_unknown_fault_names_the_nearest(run: Run, name: str, nearest: str) -> None:
    """A misspelt fault is refused with the nearest names and the way to all of them."""
    assert_refused(run("--fault", "me-500", "--fault", name), name, nearest, "--list-faults")


def test_unknown_fault_without_a_near_one(run: Run) -> None:
    """A fault like no other still gets the way to the list."""
    assert_refused(run("--fault", "qqq"), "'qqq'", "see all of them with --list-faults")


def test_json_needs_the_list(run: Run) -> None:
    """--json alone is refused."""
    assert_refused(run("--json"), "--list-faults")


def test_unwritable_temporary_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a folder for the database it says which and what to do."""
    missing = tmp_path / "missing"
    monkeypatch.setattr("tempfile.tempdir", str(missing))
    options = parse_options([])
    with pytest.raises(StartError) as caught:
        serve(options, read_credentials({}), Stop())
    message = str(caught.value)
    assert "expected to create the database in a temporary folder, seen: No such file" in message
    assert f"\n  where: {missing}" in message
    assert "\n  what to do: make the folder writable, or set TMPDIR" in message


@pytest.mark.parametrize("library", ["starlette", "uvicorn", "jwt", "bcrypt"])
def test_missing_library(library: str) -> None:
    """Without the demo's libraries it says how to install them."""
    code = (
        f"import runpy, sys; sys.modules[{library!r}] = None; sys.argv = ['demo'];"
        "runpy.run_module('pytest_apismoke.demo', run_name='__main__')"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, timeout=END_S
    )
    assert_refused(result, library, "pip install 'pytest-apismoke[demo]'")


def test_catalogue_as_json(run: Run) -> None:
    """The JSON list is the whole catalogue, field by field."""
    result = run("--list-faults", "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout) == [dataclasses.asdict(fault) for fault in CATALOGUE]


def test_catalogue_as_text(run: Run) -> None:
    """The text list has one line a fault with name, category, mode and summary."""
    result = run("--list-faults")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        [fault.name, fault.category or "healthy", fault.mode] for fault in CATALOGUE
    ]
    for line, fault in zip(lines, CATALOGUE, strict=True):
        assert line.endswith(fault.summary)


def test_help_gives_each_option_one_line(run: Run) -> None:
    """Each option is explained, in one line."""
    result = run("--help")
    assert result.returncode == 0
    options = result.stdout.partition("options:\n")[2].splitlines()
    assert len(options) == 7
    assert all(re.match(r"  (-h, )?--[a-z-]+( [A-Z]+)?  +\S", line) for line in options)
