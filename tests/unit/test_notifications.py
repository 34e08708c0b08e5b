"""People are told of a verdict when they want to be, within a limit."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from chat_server import ChatServer
from unit.reports_in_memory import fetch_failed, judged, passed, report_of

from pytest_apismoke.configuration.telling import Telling
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.modes import NotifyWhen
from pytest_apismoke.notifications.due import is_due
from pytest_apismoke.notifications.last_verdict import LastVerdict, LastVerdicts
from pytest_apismoke.notifications.sending import Sent, send_to_all
from pytest_apismoke.notifications.services import Service, services_of
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.chat_message import Before, Message
from pytest_apismoke.reports.report import Report
from pytest_apismoke.run.notifying import Notifier
from pytest_apismoke.verdict.exit_codes import Judgement

MESSAGE = Message(title="🔴 FAIL", plain="plain", markdown="**marked**", html="<b>html</b>")
FAIL, PASS = report_of(fetch_failed()), report_of(passed("settings::fetch"))
NO_STATE = (
    "no verdict is kept for the next run, so that a pass is never told: let APISMOKE_STATE_DIR"
    " name a directory that outlives the run"
)


@pytest.fixture(autouse=True)
def _no_proxy(plain_environment: None) -> None:
    """Nothing of the environment between the test and its server."""


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


def send(url: str, *, limit_s: float = 5.0, redactor: Redactor | None = None) -> str:
    """Sends the message to one service; returns what went wrong."""
    (sent,) = send_to_all(
        services_of([url], "--smoke-notify"),
        MESSAGE,
        Judgement.FAIL,
        limit_s=limit_s,
        clean=(redactor or Redactor()).text,
    )
    return sent.error


# -- when


@pytest.mark.parametrize(
    ("when", "verdict", "before", "is_told"),
    [
        ("failure", "fail", None, True),
        ("failure", "fail", "fail", True),
        ("failure", "inconclusive", None, True),
        ("failure", "pass", "fail", False),
        ("change", "fail", None, True),
        ("change", "pass", None, False),
        ("change", "fail", "fail", False),
        ("change", "dirty", "fail", True),
        ("change", "pass", "fail", True),
        ("change", "pass", "pass", False),
        ("always", "pass", "pass", True),
    ],
)
def test_who_wants_to_be_told_of_what(
    when: NotifyWhen, verdict: str, before: str | None, is_told: bool
) -> None:
    last = Before(verdict=Judgement(before), summary="", lasted_s=1) if before else None
    assert is_due(when, Judgement(verdict), last) is is_told


# -- the last verdict


def test_the_last_verdict_on_a_target_is_kept_for_each_mode(tmp_path: Path) -> None:
    last = LastVerdict(verdict=Judgement.FAIL, summary="GET /a answers 500", since_s=10.0)
    LastVerdicts(tmp_path, ["https://a", "https://b"], "smoke").keep(last)
    assert LastVerdicts(tmp_path, ["https://b", "https://a"], "smoke").read() == last
    assert LastVerdicts(tmp_path, ["https://a", "https://b"], "full").read() is None
    assert LastVerdicts(tmp_path, ["https://a"], "smoke").read() is None
    assert last.before(70.0) == Before(
        verdict=Judgement.FAIL, summary="GET /a answers 500", lasted_s=60.0
    )


def test_a_verdict_that_stays_keeps_its_beginning() -> None:
    last = LastVerdict(verdict=Judgement.FAIL, summary="a", since_s=10.0)
    assert last.followed_by(Judgement.FAIL, "b", 50.0) == LastVerdict(
        verdict=Judgement.FAIL, summary="b", since_s=10.0
    )
    assert last.followed_by(Judgement.PASS, "c", 50.0) == LastVerdict(
        verdict=Judgement.PASS, summary="c", since_s=50.0
    )


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"verdict": "no", "summary": 1}', "[" * 9000])
def test_a_damaged_file_is_none(text: str, tmp_path: Path) -> None:
    kept = LastVerdicts(tmp_path, ["https://a"], "smoke")
    kept.keep(LastVerdict(verdict=Judgement.PASS, summary="", since_s=1.0))
    (file,) = tmp_path.rglob("*.json")
    file.write_text(text)
    assert kept.read() is None


# -- the services


@pytest.mark.parametrize(
    ("urls", "message"),
    [
        (
            ["nobody://knows/canary-token"],
            "expected a URL of a service that Apprise knows, seen one that begins with nobody://\n"
            "  where: --smoke-notify\n"
            "  what to do: correct it; https://appriseit.com/services lists the forms of URLs",
        ),
        (
            ["json://localhost", "https://example.com/canary-token"],
            "expected a URL of a service that Apprise knows, seen one that begins with https://\n"
            "  where: --smoke-notify, URL 2 of 2\n"
            "  what to do: json:// or jsons:// posts JSON to any server;"
            " https://appriseit.com/services lists the forms of URLs",
        ),
        (
            ["canary-token"],
            "expected a URL of a service that Apprise knows, seen a string without a scheme\n"
            "  where: --smoke-notify\n"
            "  what to do: correct it; https://appriseit.com/services lists the forms of URLs",
        ),
        (
            ["slack://canary"],
            "expected a URL of a service that Apprise knows, seen one that begins with slack://\n"
            "  where: --smoke-notify\n"
            "  what to do: correct it; https://appriseit.com/services lists the forms of URLs",
        ),
    ],
)
def test_a_url_that_nobody_knows_is_refused_without_showing_it(
    urls: list[str], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(SmokeError) as refused:
        services_of(urls, "--smoke-notify")
    assert str(refused.value) == message
    assert caplog.text == ""


def test_without_the_extra_the_call_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_apismoke.notifications.services.find_spec", lambda _: None)
    with pytest.raises(SmokeError) as refused:
        services_of(["json://localhost"], "environment variable APISMOKE_NOTIFY")
    assert str(refused.value) == (
        "expected Apprise, which sends the notifications, to be installed, seen no package"
        " apprise\n"
        "  where: environment variable APISMOKE_NOTIFY\n"
        "  what to do: pip install 'pytest-apismoke[notify]', or leave the URL out"
    )


def test_a_webhook_gets_the_message_as_plain_text(server: ChatServer) -> None:
    assert send(f"{server.url}/hook") == ""
    ((path, body),) = server.received
    told = json.loads(body)
    assert (path, told["title"], told["message"], told["type"]) == (
        "/hook",
        "🔴 FAIL",
        "plain",
        "failure",
    )


def test_a_chat_gets_markdown(server: ChatServer) -> None:
    # Rocket.Chat takes the same form as Slack, at a server of one's own.
    assert send(f"rocket://3ccdd113474722377935511f/xyz@{server.address}") == ""
    ((path, body),) = server.received
    assert path == "/hooks/3ccdd113474722377935511f/xyz"
    assert "**marked**" in json.loads(body)["text"]


@pytest.mark.parametrize(
    ("formats", "body"),
    [
        ("text", "plain"),
        ("html", "<b>html</b>"),
        (("html", "text"), "<b>html</b>"),
        (("html", "markdown"), "**marked**"),
        (("text", "markdown", "html"), "plain"),
    ],
)
def test_a_service_gets_the_form_that_it_shows_best(
    formats: str | tuple[str, ...], body: str
) -> None:
    class Plugin:
        notify_format = formats

        def notify(self, **given: object) -> bool:
            sent.update(given)
            return True

    sent: dict[str, object] = {}
    assert Service("plugin://", Plugin()).send(MESSAGE, Judgement.PASS) == ""
    assert (sent["title"], sent["body"]) == ("🔴 FAIL", body)


# -- sending


def test_a_service_that_refuses_is_told_without_secrets(server: ChatServer) -> None:
    server.say(500, b"no canary-token-0123")
    redactor = Redactor()
    redactor.learn("canary-token-0123", "A")
    error = send(f"{server.url}/canary-token-0123", redactor=redactor)
    assert "error=500" in error
    assert "canary" not in error


def test_a_service_that_resets_the_connection_is_told(server: ChatServer) -> None:
    server.hang_up()
    assert "onnection" in send(server.url)


def test_a_service_that_hangs_is_left_behind(server: ChatServer) -> None:
    server.answer_never()
    assert send(server.url, limit_s=0.3) == "no answer within 0.3 s"


def test_each_service_has_its_own_fate(server: ChatServer) -> None:
    class Broken:
        notify_format = "text"

        def notify(self, **_: object) -> bool:
            raise SystemExit("broken")

    services = [*services_of([server.url], "x"), Service("broken://", Broken())]
    sent = send_to_all(services, MESSAGE, Judgement.FAIL, limit_s=5.0)
    assert sent == (
        Sent(service="json://", error=""),
        Sent(service="broken://", error="SystemExit: broken"),
    )
    assert len(server.received) == 1


def test_what_libraries_log_reaches_no_handler_of_others(
    server: ChatServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    server.say(500)
    with caplog.at_level(logging.DEBUG):
        send(f"{server.url}/canary-token")
        assert caplog.text == ""
        logging.getLogger("apprise").warning("of somebody else")
        assert "of somebody else" in caplog.text
    assert "canary" not in "".join(capfd.readouterr())


# -- a run


def tell(
    server: ChatServer, report: Report, when: NotifyWhen, journal: Path | None = None
) -> tuple[list[str], list[str]]:
    """The titles that the service got, and what the run says about it."""
    telling = Telling(urls=(server.url,), when=when, where="--smoke-notify")
    notifier = Notifier(telling, services_of(telling.urls, telling.where), Redactor().text)
    server.received.clear()
    said = list(notifier.tell(report, journal=journal, in_short=False))
    return [json.loads(body)["title"].split()[1] for _, body in server.received], said


def test_a_change_is_told_once_and_across_runs(server: ChatServer, tmp_path: Path) -> None:
    told = [
        tell(server, report, "change", tmp_path) for report in (PASS, PASS, FAIL, FAIL, PASS, PASS)
    ]
    assert told == [([], []), ([], []), (["FAIL"], []), ([], []), (["PASS"], []), ([], [])]


def test_a_change_that_nobody_could_be_told_of_is_told_after_the_next_run(
    server: ChatServer, tmp_path: Path
) -> None:
    tell(server, PASS, "change", tmp_path)
    server.say(500)
    _, said = tell(server, FAIL, "change", tmp_path)
    assert len(said) == 1
    assert said[0].startswith("the notification was not sent to json://: ")
    server.say(200)
    assert tell(server, FAIL, "change", tmp_path) == (["FAIL"], [])


def test_where_nothing_outlives_the_run_a_change_is_a_failure_and_that_is_said(
    server: ChatServer,
) -> None:
    assert tell(server, FAIL, "change") == (["FAIL"], [NO_STATE])
    assert tell(server, PASS, "change") == ([], [NO_STATE])
    assert tell(server, FAIL, "failure") == (["FAIL"], [])


def test_a_state_that_cannot_be_kept_is_said(server: ChatServer, tmp_path: Path) -> None:
    (tmp_path / "verdicts").write_text("in the way")
    titles, said = tell(server, FAIL, "always", tmp_path)
    assert titles == ["FAIL"]
    assert said == ["the verdict could not be kept for the next notification: File exists"]


def test_several_targets_are_told_together(server: ChatServer, tmp_path: Path) -> None:
    parts = judged("https://a", fetch_failed()), judged("https://b", passed("settings::fetch"))
    assert tell(server, replace(FAIL, targets=parts), "failure", tmp_path) == (["FAIL"], [])
    assert len(server.received) == 1


def test_a_defect_of_telling_is_said_and_no_more() -> None:
    notifier = Notifier(object(), (), str)  # type: ignore[arg-type]  # it breaks
    (said,) = notifier.tell(FAIL, journal=None, in_short=False)
    assert said.startswith("no notification was sent: AttributeError: ")
