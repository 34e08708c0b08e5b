"""A run tells GitHub Actions by itself, and people who want to know; its verdict stays."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_server import ChatServer
from gate.toy_server import ToyServer
from harness import PASSWORD, Ended, Gate, credentials, leave_time_to

#: Shown only while it is captured, and learned there.
LEARNS = """
    import pytest

    @pytest.mark.smoke
    def test_learns(smoke_client):
        print("canary-learned-0123")
        smoke_client._session.redactor.learn("canary-learned-0123", "LEARNED")
        assert smoke_client.get("/health").status == 500
"""


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture
def target() -> Iterator[ToyServer]:
    server = ToyServer()
    yield server
    server.stop()


@pytest.fixture
def summary(gate: Gate) -> Path:
    return gate.write("summary.md", "before\n")


def in_actions(gate: Gate, summary: Path, *arguments: str, workers: int = 0) -> Ended:
    told = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    return gate.run("--smoke", *arguments, workers=workers, environ={**credentials(), **told})


def commands(ended: Ended, name: str) -> list[str]:
    """The commands of one kind that the runner finds in the output."""
    return [line for line in ended.out.splitlines() if line.startswith(f"::{name}")]


def titles(chat: ChatServer) -> list[str]:
    return [json.loads(body)["title"] for _, body in chat.received]


def test_github_is_told_by_itself_and_secrets_are_masked_at_once(
    gate: Gate, target: ToyServer, summary: Path, workers: int
) -> None:
    gate.write("test_learns.py", LEARNS)
    ended = in_actions(
        gate, summary, f"--target-url={target.url}", "test_learns.py", workers=workers
    )
    masks = commands(ended, "add-mask")
    assert f"::add-mask::{PASSWORD.replace('%', '%25')}" in masks
    assert "::add-mask::canary-learned-0123" in masks
    shown = [line for line in ended.output.splitlines() if line not in masks]
    assert "canary" not in "\n".join(shown)
    assert len(commands(ended, "error ")) == 1
    text = summary.read_text()
    assert text.startswith("before\n\n\n### FAIL: ")
    assert "canary" not in text
    # The last line is the exit code, as everywhere.
    assert ended.out.rstrip().splitlines()[-1].startswith(f"exit code {ended.code}")


def test_what_the_gate_of_one_of_several_targets_learns_is_masked_too(
    gate: Gate, target: ToyServer, summary: Path
) -> None:
    """Such as the token of each login, which the process that shows the verdict never sees."""
    gate.write("test_learns.py", LEARNS)
    other = target.url.replace("127.0.0.1", "localhost")
    targets = [f"--target-url={url}" for url in (target.url, other)]
    ended = in_actions(gate, summary, *targets, "test_learns.py")
    masks = commands(ended, "add-mask")
    assert {"::add-mask::canary-learned-0123", f"::add-mask::{PASSWORD.replace('%', '%25')}"} <= {
        *masks
    }
    shown = [line for line in ended.output.splitlines() if line not in masks]
    assert "canary" not in "\n".join(shown)


def test_nothing_is_written_elsewhere_or_when_it_is_switched_off(
    gate: Gate, target: ToyServer, summary: Path
) -> None:
    there = in_actions(gate, summary, f"--target-url={target.url}", "--smoke-github=off")
    elsewhere = gate.run("--smoke", f"--target-url={target.url}", environ=credentials())
    for ended in (there, elsewhere):
        assert (ended.code, commands(ended, "")) == (0, [])
    assert summary.read_text() == "before\n"


def test_a_summary_that_cannot_be_written_is_a_note_and_no_more(
    gate: Gate, target: ToyServer, tmp_path: Path
) -> None:
    ended = in_actions(gate, tmp_path / "gone" / "x", f"--target-url={target.url}")
    assert ended.code == 0
    assert "the job summary was not written: No such file or directory" in ended.out


def test_a_refused_call_tells_both(gate: Gate, summary: Path, chat: ChatServer) -> None:
    url = f"{chat.url}/canary-hook-0123"
    ended = in_actions(
        gate, summary, "--target-url=ftp://x", f"--smoke-notify={url}", "--smoke-report=-", "-v"
    )
    assert ended.code == 5
    assert commands(ended, "error ")[0].startswith("::error title=MISCONFIGURED%3A ")
    assert "### MISCONFIGURED: " in summary.read_text()
    assert [title.split()[1] for title in titles(chat)] == ["MISCONFIGURED"]
    masks = commands(ended, "add-mask")
    rest = [line for line in ended.output.splitlines() if line not in masks]
    assert "canary-hook" not in "\n".join(rest)


def test_a_call_that_pytest_refuses_tells_both(gate: Gate, summary: Path, chat: ChatServer) -> None:
    url = f"{chat.url}/canary-hook-0123"
    ended = gate.run_command(
        ["apismoke", "--smoke", "--target-url=demo", "--no-such-option", f"--smoke-notify={url}"],
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(summary),
    )
    assert ended.code == 5
    assert len(commands(ended, "error ")) == 1
    assert "### MISCONFIGURED: " in summary.read_text()
    assert [title.split()[1] for title in titles(chat)] == ["MISCONFIGURED"]
    assert "canary-hook" not in summary.read_text() + ended.err


def test_a_url_that_nobody_knows_is_refused_before_anything_is_sent(
    gate: Gate, target: ToyServer
) -> None:
    environ = {**credentials(), "APISMOKE_NOTIFY": "nobody://canary-token"}
    ended = gate.run("--smoke", f"--target-url={target.url}", environ=environ)
    assert (ended.code, list(ended.report["categories"])) == (5, ["usage"])
    assert "one that begins with nobody://" in ended.output
    assert "canary-token" not in ended.output
    assert target.seen == []


@pytest.mark.parametrize("fate", ["say 500", "hang_up"])
def test_a_service_that_fails_is_told_and_changes_nothing(
    fate: str, gate: Gate, target: ToyServer, chat: ChatServer, workers: int
) -> None:
    if fate == "hang_up":
        chat.hang_up()
    else:
        chat.say(500)
    given = (f"--smoke-notify={chat.url}", "--smoke-notify-when=always")
    ended = gate.run(
        "--smoke", f"--target-url={target.url}", *given, workers=workers, environ=credentials()
    )
    assert ended.code == 0
    assert "apismoke: the notification was not sent to json://: " in ended.err
    assert [title.split()[1] for title in titles(chat)] == ["PASS"]


def test_several_targets_are_one_message(gate: Gate, target: ToyServer, chat: ChatServer) -> None:
    down = "http://127.0.0.1:9"
    ended = gate.run(
        *("--smoke", f"--target-url={target.url}", f"--target-url={down}", "--target-wait=0.3"),
        environ={**credentials(), "APISMOKE_NOTIFY": chat.url, "GITHUB_ACTIONS": "true"},
    )
    assert ended.code == 5
    assert [title.split(":")[0] for title in titles(chat)] == ["🟡 INCONCLUSIVE 2 targets"]
    assert len(commands(ended, "error ")) == 1


def test_an_interrupted_run_is_told_in_short(
    gate: Gate, target: ToyServer, chat: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def hang_up(*request: object) -> bool:
        asked.append(request)
        return False

    monkeypatch.setattr(target, "verify_request", hang_up)
    process = gate.start(
        "--smoke",
        f"--target-url={target.url}",
        environ={**credentials(), "APISMOKE_NOTIFY": chat.url},
    )
    while not asked:
        leave_time_to(process)
    process.send_signal(signal.SIGTERM)
    ended = gate.end(process)
    assert ended.code == 5
    assert [title.split()[1] for title in titles(chat)] == ["INCONCLUSIVE"]
