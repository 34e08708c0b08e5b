"""No secret leaves by any door: each is opened with secrets behind it, and they stay inside."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest
from chat_server import ChatServer
from collector import Collector
from doors import DOORS
from gate.canary_server import CANARY, CHECKS, LATE, LEAKY, PROFILE, TOKEN, CanaryServer
from gate.test_secrets import LOUD, forms
from harness import KILLING, PASSWORD, Ended, Gate, credentials, killing
from servers.github import Account, GitHubStandIn

from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.run.preparation import show_traceback

#: Writes what plugins of others get, as those that store reports do.
PLUGINS = """
    import json
    import os
    import pickle
    from pathlib import Path
    import pytest

    FOLDER = Path(__file__).parent

    def keep(name, text):
        with (FOLDER / f"{name}.kept").open("a") as file:
            file.write(f"{text}\\n")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_to_serializable(report):
        data = yield
        keep("sent", json.dumps(data, default=repr))
        return data

    def pytest_runtest_logreport(report):
        keep("shown", f"{vars(report)} {report.longreprtext}")
        if "PYTEST_XDIST_WORKER" not in os.environ:
            report_of = pytest_runtest_logreport.config.hook.pytest_report_to_serializable
            report_of(config=pytest_runtest_logreport.config, report=report)

    def pytest_configure(config):
        pytest_runtest_logreport.config = config

    def pytest_apismoke_verdict(verdict):
        keep("verdict", f"{verdict!r} {pickle.dumps(verdict.checks)}")
        keep("verdict", json.dumps([check.to_json() for check in verdict.checks]))
"""
ENDS = 'raise SystemExit("ended with " + os.environ["APISMOKE_PASSWORD"])'
KNOWN_RUN = ("--smoke-openapi=/openapi.json", "--smoke-openapi-checks=smoke", "--smoke-api=openapi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a scene takes place: a server that gives everything away, and an empty folder."""

    server: CanaryServer
    gate: Gate

    def run(
        self, *arguments: str, workers: int = 0, environ: Mapping[str, str] | None = None
    ) -> Ended:
        return self.gate.run(
            f"--target-url={self.server.url}",
            *arguments,
            workers=workers,
            environ={**credentials(), **(environ or {})},
        )

    def command(self, *words: str) -> str:
        """What a command shows, and all that it writes."""
        ended = self.gate.run_command(
            ["apismoke", *words, f"--target-url={self.server.url}"], **credentials()
        )
        return ended.output + self.written()

    def written(self) -> str:
        """All files of the run, but those of the test."""
        own = (".py", ".pyc", ".kept")
        return "\n".join(
            path.read_text("utf-8", "replace")
            for folder in (self.gate.folder, self.gate.state_dir)
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix not in own
        )

    def whole_run(self, workers: int) -> Ended:
        """A run with declared checks, users' tests and plugins of others."""
        self.gate.write("apismoke.toml", PROFILE)
        self.gate.write("contracts/all.toml", CHECKS)
        self.gate.write("conftest.py", PLUGINS)
        self.gate.write("test_leaky.py", LEAKY)
        log = ("--log-file=log.txt", "--log-file-level=DEBUG")
        ended = self.run("--smoke", *LOUD, *log, "test_leaky.py", workers=workers)
        assert set(ended.report["categories"]) >= {"fetch", "invalid"}, ended.output
        return ended

    def kept(self, name: str) -> str:
        """What plugins of others got, but before the late secret was known: that is sent."""
        text = (self.gate.folder / f"{name}.kept").read_text()
        return text.replace(LATE, "") if name in ("sent", "shown") else text


def serial(place: Place) -> Mapping[str, str]:
    ended = place.whole_run(0)
    return {
        "the verdict on the terminal": ended.verdict_block,
        "pytest's own output": ended.output + place.kept("shown"),
        "log records": (place.gate.folder / "log.txt").read_text(),
        "the JSON report": (place.gate.folder / "report.json").read_text(),
        "the JUnit file": ended.junit,
        "hooks with the verdict": place.kept("verdict"),
        "reports that are stored or sent": place.kept("sent"),
    }


def in_actions(place: Place) -> Mapping[str, str]:
    """A step of GitHub Actions: its output without what the runner masks, and its summary."""
    place.gate.write("apismoke.toml", PROFILE)
    place.gate.write("contracts/all.toml", CHECKS)
    summary = place.gate.write("summary.md", "")
    told = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    ended = place.run("--smoke", environ=told)
    lines = ended.out.splitlines()
    assert any(line.startswith("::error ") for line in lines), ended.output
    shown = [line for line in lines if not line.startswith("::add-mask::")]
    return {"GitHub Actions": "\n".join([*shown, summary.read_text()])}


def notified(place: Place) -> Mapping[str, str]:
    """Somebody is told, at a URL with a secret in it; what the server says is told too."""
    place.gate.write("apismoke.toml", PROFILE)
    place.gate.write("contracts/all.toml", CHECKS)
    with ChatServer() as server:
        server.say(500, f"not {PASSWORD} and {TOKEN}".encode())
        url = f"{server.url}/{CANARY}-hook-0123456789"
        ended = place.run("--smoke", "-v", environ={"APISMOKE_NOTIFY": url})
    told = "\n".join(body for _, body in server.received)
    assert told
    return {"notifications": ended.output + told + place.written()}


def traced(place: Place) -> Mapping[str, str]:
    """A collector gets the run, at the price of a secret of its own."""
    place.gate.write("apismoke.toml", PROFILE)
    place.gate.write("contracts/all.toml", CHECKS)
    with Collector() as collector:
        told = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_EXPORTER_OTLP_HEADERS": f"x-key={CANARY}-key-of-the-collector",
        }
        ended = place.run("--smoke", "-v", environ=told)
        spans = collector.spans()
    assert len(spans) > 3, ended.output
    return {"the trace of a run": str(spans) + ended.output + place.written()}


def distributed(place: Place) -> Mapping[str, str]:
    ended = place.whole_run(2)
    everything = ended.output + place.written()
    return {"the channel between xdist's processes": place.kept("sent") + everything}


def several(place: Place) -> Mapping[str, str]:
    place.gate.write("apismoke.toml", PROFILE)
    place.gate.write("contracts/all.toml", CHECKS)
    place.gate.write("conftest.py", PLUGINS)
    other = CanaryServer()
    try:
        ended = place.run("--smoke", *LOUD, f"--target-url={other.url}")
    finally:
        other.stop()
    return {"the verdict on one of several targets": ended.output + place.written()}


def killed(place: Place) -> Mapping[str, str]:
    """The document holds secrets, and the run is killed with its entry in the journal."""
    place.run("--smoke", KILLING, environ=killing("after PUT me 1"))
    assert len(place.gate.entries()) == 1
    journal = place.written()
    # Somebody's value now, with a secret in it.
    place.server.document["business_hours"] = f"9-5 {PASSWORD} {TOKEN}"
    listed = place.command("restore", "--list")
    return {"the journal": journal, "apismoke restore": listed + place.command("restore")}


def waiting(place: Place) -> Mapping[str, str]:
    place.server.is_ready = False
    ended = place.run("--smoke", "--target-wait=0.5")
    return {"the lines of a run while it is running": ended.output}


def commands(place: Place) -> Mapping[str, str]:
    place.gate.write("apismoke.toml", PROFILE)
    inferred = place.command("infer", "/passes", "/late", "--api=mine")
    saved = place.command("openapi", "save")
    compared = place.command("openapi", "diff")
    known = place.command("known", "write", "--smoke", *KNOWN_RUN)
    return {
        "apismoke infer and apismoke init": inferred + place.command("init"),
        "apismoke openapi": saved + compared,
        "apismoke known": known,
    }


def told_to_github(place: Place) -> Mapping[str, str]:
    """The report holds the token of GitHub, which the run that wrote it did not know."""
    place.whole_run(0)
    github = GitHubStandIn()
    github.accounts[TOKEN] = Account()
    pull = github.add_pull()
    environ = {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "acme/shop",
    }
    report = json.loads((place.gate.folder / "report.json").read_text())
    report["summary"] = f"answers with {TOKEN}"
    place.gate.write("told.json", json.dumps(report))
    try:
        ends = [
            place.gate.run_command(["apismoke", *words, "told.json"], **environ)
            for words in (["issue", "--dry-run"], ["issue"], ["comment", f"--pull={pull}"])
        ]
        sent = json.dumps([one.body for one in github.asked])
    finally:
        github.stop()
    assert [one.code for one in ends] == [0, 0, 0], ends[0].output
    return {"apismoke issue and apismoke comment": sent + "".join(one.output for one in ends)}


def broken_off(place: Place) -> Mapping[str, str]:
    """A conftest ends the process: when it is imported, and once the gate has begun."""
    place.gate.write("conftest.py", f"import os\n{ENDS}")
    imported = place.command("--smoke")
    place.gate.write("conftest.py", f"import os\ndef pytest_configure(config): {ENDS}")
    return {"the end of a command whose pytest broke off": imported + place.command("--smoke")}


def broken(_: Place) -> Mapping[str, str]:
    """A failure of the gate itself, whose traceback is shown."""
    redactor, shown = Redactor(), io.StringIO()
    redactor.learn(PASSWORD, "APISMOKE_PASSWORD")
    with contextlib.redirect_stderr(shown):
        try:
            raise ValueError(f"failed with {PASSWORD}")
        except ValueError:
            show_traceback(redactor)
    return {"tracebacks of the gate": shown.getvalue()}


#: For each door the scene that opens it.
SCENES: Mapping[str, Callable[[Place], Mapping[str, str]]] = {
    "the verdict on the terminal": serial,
    "pytest's own output": serial,
    "log records": serial,
    "the lines of a run while it is running": waiting,
    "tracebacks of the gate": broken,
    "the JSON report": serial,
    "GitHub Actions": in_actions,
    "notifications": notified,
    "the trace of a run": traced,
    "the JUnit file": serial,
    "reports that are stored or sent": serial,
    "the channel between xdist's processes": distributed,
    "hooks with the verdict": serial,
    "the verdict on one of several targets": several,
    "the journal": killed,
    "apismoke infer and apismoke init": commands,
    "apismoke openapi": commands,
    "apismoke known": commands,
    "apismoke issue and apismoke comment": told_to_github,
    "apismoke restore": killed,
    "the end of a command whose pytest broke off": broken_off,
}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Tells what left by a door; each scene is played once."""
    places: list[Place] = []
    played: dict[object, Mapping[str, str]] = {}

    def by(door: str) -> str:
        scene = SCENES[door]
        if scene not in played:
            places.append(
                Place(server=CanaryServer(), gate=Gate(tmp_path_factory.mktemp("a") / "b"))
            )
            places[-1].gate.folder.mkdir()
            played[scene] = scene(places[-1])
        return played[scene][door]

    yield by
    for place in places:
        place.gate.stop()
        place.server.stop()


#: What stands for a secret where that is not the replacement: a part of a document is left out.
STANDS_FOR = {
    "the journal": '"/description"',
    "apismoke openapi": "a document without a credential of this run",
    "apismoke known": "2 known violations (2 added)",
}
HUNTED = {CANARY, *forms(PASSWORD), *forms(TOKEN), *forms(LATE)}


def leaks(text: str) -> list[str]:
    """Where a secret, or the beginning of one, stands in a text."""
    at = (text.find(word) for word in HUNTED)
    return [text[max(0, start - 80) : start + 40] for start in at if start >= 0]


@pytest.mark.parametrize("door", [door.name for door in DOORS])
def test_no_secret_leaves_by_a_door(door: str, left: Callable[[str], str]) -> None:
    text = left(door)
    # A secret has been at the door: what stands for it has left.
    assert STANDS_FOR.get(door, REPLACEMENT) in text
    assert leaks(text) == []


def test_a_scene_for_a_door_that_is_gone_is_gone_too() -> None:
    assert sorted(SCENES) == sorted(door.name for door in DOORS)
