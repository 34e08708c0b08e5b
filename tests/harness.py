"""Run the gate as a user would, and read its result: the vocabulary of all tests with whole runs.

Each run is a separate process in a separate directory, over real HTTP.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from xml.etree import ElementTree

from jsonschema import Draft202012Validator

USERNAME = "owner@example.com"
PASSWORD = "canary-Pa55/w:ord+%c3%a9"
#: Plugins of the test environment that would shuffle, retry or slow down the runs under test.
WITHOUT = ("randomly", "rerunfailures", "hypothesispytest", "anyio")
_LIMIT_S = 120
#: Between two looks at the progress of a run: polling without a pause would slow it down.
_MOMENT_S = 0.02
#: What a run says of an entry that stays open, because a probe was never seen.
MAY_ARRIVE = "was never seen and may still arrive; the original is there"
#: The first line of a verdict.
HEADLINE = re.compile(r"^(PASS|FAIL|INCONCLUSIVE|MISCONFIGURED|DIRTY): ", re.MULTILINE)
_NO_NOTES = ("known: ", "known and gone: ", "slowest: ", "not looked at: ")
_NOTE = re.compile(r"  (note|warning|flaky|drift|known|known and gone|slowest|not looked at) {2,}")
#: Loads the plugin that kills, or lists, at the steps of a write.
KILLING = "-pkilling"
_REPORT_SCHEMA = Draft202012Validator(
    json.loads((files("pytest_apismoke") / "reports" / "report.schema.json").read_text("utf-8"))
)
#: The process groups of all runs that this process has started.
_GROUPS: list[int] = []


def catalogue(*, deep: bool = False) -> list[dict[str, Any]]:
    """Every fault of the embedded backend that a run finds, from the backend itself.

    With `deep` those that only a profile with further checks makes a run find.
    """
    command = [sys.executable, "-m", "pytest_apismoke.demo", "--list-faults", "--json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return [one for one in json.loads(listed.stdout) if (one["mode"] == "deep") is deep]


def clean_environment(**changes: str) -> dict[str, str]:
    """The environment of this process without variables that change what a gate does."""
    ours = (
        *("APISMOKE", "SMOKE_TEST", "PYTEST_", "COLUMNS", "NETRC", "TWILIO_", "GITHUB_"),
        *("OTEL_", "TRACEPARENT"),
    )
    kept = {
        name: value
        for name, value in os.environ.items()
        if not (name.startswith(ours) or name.upper().endswith("_PROXY"))
    }
    return {**kept, "NO_PROXY": "127.0.0.1", "COLUMNS": "90", **changes}


@dataclass(frozen=True)
class Ended:
    """A finished run: its exit code, its output, and its report if it wrote one."""

    code: int
    out: str
    err: str
    report: dict[str, Any]
    junit: str
    seconds: float = field(default=0.0, compare=False)

    @property
    def output(self) -> str:
        """Standard output and standard error."""
        return self.out + self.err

    @property
    def verdict_block(self) -> str:
        """The output from the headline of the verdict on."""
        found = HEADLINE.search(self.out)
        return self.out[found.start() :] if found else ""

    @property
    def told(self) -> str:
        """The block on one line: where its lines are folded is no matter of most tests."""
        return " ".join(self.verdict_block.split())

    def notes(self) -> list[str]:
        """The verdict's notes, those of several lines on one; all but a plain one with a label."""
        blocks = self.verdict_block.split("\n\n")
        rows = next((block for block in blocks if _NOTE.match(block)), "").splitlines()
        found: list[str] = []
        for row in rows:
            if named := _NOTE.match(row):
                label = "" if named[1] == "note" else f"{named[1]}: "
                found.append(f"{label}{row[named.end() :].strip()}")
            else:
                found[-1] += f" {row.strip()}"
        return [note for note in found if not note.startswith(_NO_NOTES)]

    @property
    def put_back(self) -> str:
        """The command that restores a target that was left changed."""
        lines = self.verdict_block.partition("  put it back  ")[2].partition("\n\n")[0]
        return re.sub(r"\s*\\\n\s*", " ", lines)

    def outcomes(self) -> dict[str, str]:
        """The outcome of each check by its name."""
        return {check["name"]: check["outcome"] for check in self.report["checks"]}

    def check(self, name: str) -> dict[str, Any]:
        """The report's record of a check."""
        return next(check for check in self.report["checks"] if check["name"] == name)

    def junit_cases(self) -> dict[str, str]:
        """Each test case of the JUnit file with 'passed', 'failure', 'error' or 'skipped'."""
        cases = ElementTree.fromstring(self.junit).iter("testcase")
        return {
            f"{case.get('classname')}::{case.get('name')}": next(
                (child.tag for child in case if child.tag in ("failure", "error", "skipped")),
                "passed",
            )
            for case in cases
        }

    def junit_suites(self) -> dict[str, int]:
        """The number of failures of each test suite of the JUnit file, by its name."""
        suites = ElementTree.fromstring(self.junit).iter("testsuite")
        return {str(suite.get("name")): int(str(suite.get("failures"))) for suite in suites}

    def junit_properties(self) -> dict[str, dict[str, str]]:
        """The properties of each test case of the JUnit file, by the check's name."""
        cases = ElementTree.fromstring(self.junit).iter("testcase")
        return {
            f"{case.get('classname')}::{case.get('name')}": {
                str(found.get("name")): str(found.get("value")) for found in case.iter("property")
            }
            for case in cases
        }

    def has_no_traceback(self) -> bool:
        """Whether the output shows neither a traceback nor an internal error of pytest."""
        return "Traceback (most recent call last)" not in self.output and not re.search(
            r"INTERNALERROR", self.output
        )


class Backend:
    """A reference backend for one test, with credentials that the test knows."""

    def __init__(self, *faults: str, version: str = "1.0.0", twilio_auth_token: str = "") -> None:
        command = [sys.executable, "-m", "pytest_apismoke.demo", "--until-eof"]
        for fault in faults:
            command += ["--fault", fault]
        self.process = subprocess.Popen(
            [*command, "--version", version],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=clean_environment(
                APISMOKE_DEMO_USERNAME=USERNAME,
                APISMOKE_DEMO_PASSWORD=PASSWORD,
                TWILIO_AUTH_TOKEN=twilio_auth_token,
            ),
        )
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"]

    def stop(self) -> None:
        self.process.communicate(timeout=_LIMIT_S)

    def log_in(self) -> str:
        """Log in, and return the token."""
        body = json.dumps({"email": USERNAME, "password": PASSWORD}).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(f"{self.url}/api/auth/login", data=body, headers=headers)
        with urlopen(request) as response:
            return str(json.load(response)["access_token"])

    def document(self) -> dict[str, Any]:
        """The settings document."""
        return self._settings("GET")

    def edit(self, **fields: object) -> dict[str, Any]:
        """Change the document as a person would, and return it as `document` does."""
        self._settings("PUT", json.dumps(fields).encode())
        return self.document()

    def _settings(self, method: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.log_in()}", "Content-Type": "application/json"}
        url = f"{self.url}/api/business/me"
        with urlopen(Request(url, method=method, data=body, headers=headers)) as response:
            return dict(json.load(response))

    def counted(self) -> dict[str, Any]:
        """The counts of the requests that it has received."""
        with urlopen(f"{self.url}/demo/requests") as response:
            return dict(json.load(response))

    def requests(self, route: str) -> int:
        """The number of requests of one route that it has received."""
        return int(self.counted()["by_route"].get(route, 0))

    def await_requests(self, route: str, number: int, *, of: subprocess.Popen[str]) -> None:
        """Wait until it has received that many requests of one route.

        Raises:
            AssertionError: when the run that sends them ends before.

        """
        while self.requests(route) < number:
            leave_time_to(of)


class Gate:
    """Runs the gate in an empty directory, with its journal beside it.

    Args:
        folder: the directory; empty, or not there yet.
        state_dir: where the journal lies; by default beside the directory.

    """

    def __init__(self, folder: Path, *, state_dir: Path | None = None) -> None:
        self.folder = folder
        self.state_dir = state_dir or folder.parent / f"{folder.name}-state"
        self._started: list[subprocess.Popen[str]] = []

    def entries(self) -> list[dict[str, Any]]:
        """The entries of the journal: changes that runs made and have not restored."""
        return [json.loads(path.read_text("utf-8")) for path in self.state_dir.glob("*.json")]

    def forget(self) -> None:
        """Lose the journal, as another machine would not have it."""
        for path in self.state_dir.glob("*.json"):
            path.unlink()

    def let_a_minute_pass(self) -> None:
        """Move the last update of each entry of the journal back: it does not arrive any more."""
        for path in self.state_dir.glob("*.json"):
            entry = json.loads(path.read_text("utf-8"))
            path.write_text(json.dumps({**entry, "sent_at": entry["sent_at"] - 60}), "utf-8")

    def write(self, name: str, text: str) -> Path:
        """Write a file with dedented text into the directory."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def command(self, arguments: Sequence[str], *, workers: int = 0) -> list[str]:
        """The command line of a run, with a report, a JUnit file and the fast ini values."""
        distributed = ["-n", str(workers)] if workers else []
        quiet = [f"-pno:{plugin}" for plugin in WITHOUT if f"-p{plugin}" not in arguments]
        return [
            *(sys.executable, "-m", "pytest", "-o", "apismoke_persistence_delay=0.05"),
            *(f"--smoke-report={self.folder / 'report.json'}",),
            *(f"--junitxml={self.folder / 'junit.xml'}", *quiet, *distributed, *arguments),
        ]

    def environment(self, environ: Mapping[str, str], faults: Sequence[str]) -> dict[str, str]:
        """The environment of a run."""
        chosen = {"APISMOKE_DEMO_FAULTS": ",".join(faults)} if faults else {}
        return clean_environment(**{**self._journal(), **chosen, **environ})

    def _journal(self) -> dict[str, str]:
        return {"APISMOKE_STATE_DIR": str(self.state_dir)}

    def start(
        self,
        *arguments: str,
        faults: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        workers: int = 0,
    ) -> subprocess.Popen[str]:
        """Start a run and leave it running, as the leader of a process group.

        Its coverage is not measured: an interruption that strikes the measuring itself leaves a
        lock behind, and the run would wait for it forever.
        """
        env = self.environment(environ or {}, faults)
        unmeasured = {n: value for n, value in env.items() if not n.startswith("COVERAGE")}
        return self.launch(self.command(arguments, workers=workers), unmeasured)

    def launch(self, command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start a command as the leader of a process group; it does not outlive the test."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        _GROUPS.append(process.pid)
        return process

    def stop(self) -> None:
        """Kills the runs that are still running, as after a test that failed halfway."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()

    def end(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for a started run to end; kill it if it hangs.

        Raises:
            subprocess.TimeoutExpired: when it hangs.

        """
        try:
            out, err = process.communicate(timeout=_LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return self.ended(process.returncode, out, err)

    def run(
        self,
        *arguments: str,
        faults: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        workers: int = 0,
    ) -> Ended:
        """Run the gate to its end."""
        env = self.environment(environ or {}, faults)
        return self.end(self.launch(self.command(arguments, workers=workers), env))

    def run_command(self, command: Sequence[str], **environ: str) -> Ended:
        """Run any command in the directory."""
        ended = subprocess.run(
            list(command),
            cwd=self.folder,
            env=clean_environment(**{**self._journal(), **environ}),
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
        return self.ended(ended.returncode, ended.stdout, ended.stderr)

    def against(self, backend: Backend, *arguments: str, workers: int = 0, **environ: str) -> Ended:
        """Run the gate against a backend of the test."""
        return self.against_url(backend.url, *arguments, workers=workers, **environ)

    def against_url(self, url: str, *arguments: str, workers: int = 0, **environ: str) -> Ended:
        """Run the gate against a URL, with the credentials of a `Backend`."""
        return self.run(
            f"--target-url={url}", *arguments, workers=workers, environ={**credentials(), **environ}
        )

    def ended(self, code: int, out: str, err: str) -> Ended:
        """Read the report and the JUnit file of a finished run.

        Raises:
            AssertionError: when the report does not conform to its published schema.

        """
        report, junit = self.folder / "report.json", self.folder / "junit.xml"
        ended = Ended(
            code=code,
            out=out,
            err=err,
            report=json.loads(report.read_text("utf-8")) if report.exists() else {},
            junit=junit.read_text("utf-8") if junit.exists() else "",
        )
        if ended.report:
            errors = [error.message for error in _REPORT_SCHEMA.iter_errors(ended.report)]
            assert errors == [], errors
        return ended


def killing(step: str, *, once: Path | None = None) -> dict[str, str]:
    """The environment that kills a run, with its workers, at a step of its write.

    For runs started with `KILLING`; see `tests/gate/killing.py`.

    Args:
        step: the step.
        once: a file that must not exist yet; only the first process at the step is killed.

    """
    environ = {"PYTHONPATH": str(Path(__file__).parent / "gate"), "KILL_AT": step}
    return {**environ, "KILL_ONCE": str(once)} if once else environ


def leave_time_to(run: subprocess.Popen[str]) -> None:
    """Give a run some time.

    Raises:
        AssertionError: when it has ended.

    """
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(_MOMENT_S)
        raise AssertionError(f"ended with {run.returncode}: {run.communicate()}")


@dataclass(frozen=True)
class Process:
    """A running process: its id, its parent's, its process group, and its command line."""

    pid: int
    parent: int
    group: int
    command: str


def _running_processes() -> list[Process]:
    """All processes of this machine except zombies, and except the `ps` that lists them."""
    listing = subprocess.Popen(
        ["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,args="], stdout=subprocess.PIPE, text=True
    )
    listed, _ = listing.communicate(timeout=_LIMIT_S)
    rows = [line.split(None, 4) for line in listed.splitlines()]
    return [
        Process(int(pid), int(parent), int(group), command)
        for pid, parent, group, state, command in rows
        if not state.startswith("Z") and int(pid) != listing.pid
    ]


def alive_in_group(group: int) -> list[int]:
    """The ids of the running processes of a process group."""
    return [process.pid for process in _running_processes() if process.group == group]


def left_behind() -> list[Process]:
    """The running processes that this process has started: its children, and those of its runs."""
    return [
        process
        for process in _running_processes()
        if process.parent == os.getpid() or process.group in _GROUPS
    ]


def await_end_of_group(group: int) -> None:
    """Wait until no process of a group is running.

    Raises:
        AssertionError: when one still runs after the time limit.

    """
    give_up_at = time.monotonic() + _LIMIT_S
    while left := alive_in_group(group):
        assert time.monotonic() < give_up_at, f"still alive: {left}"


def credentials() -> dict[str, str]:
    """The environment that logs in at a `Backend`."""
    return {"APISMOKE_USERNAME": USERNAME, "APISMOKE_PASSWORD": PASSWORD}
