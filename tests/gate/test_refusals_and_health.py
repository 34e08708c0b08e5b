"""Refusals, health, latency and the suites of a backend that is not the default one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any

import pytest
from harness import PASSWORD, USERNAME, Gate

TOKEN = "opaque-canary-of-this-server"
ME = "/api/business/me"
#: What the checks of a full run that look for a hole are called.
HOLES = ("settings::refuse_no_token", "settings::refuse_wrong_token")
DOCUMENT: dict[str, Any] = {
    "id": "biz_1",
    "name": "Shape",
    "greeting_style": "Hello",
    "phones": [{"number": "+14155550123"}],
    "answers": {"calls": True},
    "calendar": {"linked": False},
}
PROFILE = """
    [login]
    username_field = "name"
    [refusals]
    body = "text"
    [calendar]
    connected_field = "/calendar/linked"
    start_path = "/b/{id}/connect"
    account_parameter = ""
    start_statuses = [307]
    authorize_host = "login.example.com"
    authorize_path = "/authorize"
    authorize_parameters = ["client_id", "redirect_uri", "response_type", "state"]
    [twilio]
    number_field = "/phones/0/number"
    enabled_field = "/answers/calls"
    recommended = ["/greeting_style"]
"""
AUTHORIZE = (
    "https://login.example.com/authorize?client_id=a&state=b&response_type=code"
    "&redirect_uri=https%3A%2F%2Fapp.example.com%2Fback"
)
Answer = tuple[int, Any, dict[str, str]]


class ShapeServer(ThreadingHTTPServer):
    """Refuses in plain text, keeps its numbers in a list, and its calendar with another provider.

    `broken` maps a method and path to the answer that it gives instead; the paths in `open_to_all`
    need no token; those in `slow_s` take that many seconds.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.document = dict(DOCUMENT)
        self.broken: dict[str, Answer] = {}
        self.open_to_all = False
        self.refuses_with: Any = "Who are you?"
        self.slow_s: dict[str, float] = {}
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: ShapeServer

    def _any(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        request = f"{self.command} {self.path}"
        self.server.seen.append(request)
        sleep(self.server.slow_s.get(request, 0.0))
        status, body, headers = self._answer_to(request, sent)
        is_text = isinstance(body, str)
        data = body.encode() if is_text else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain" if is_text else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        self._any()

    def do_POST(self) -> None:
        self._any()

    def do_PUT(self) -> None:
        self._any()

    def _answer_to(self, request: str, sent: dict[str, Any]) -> Answer:
        server = self.server
        is_owner = self.headers["Authorization"] == f"Bearer {TOKEN}"
        if request == f"GET {ME}" and not is_owner:
            return (
                (200, server.document, {}) if server.open_to_all else (401, server.refuses_with, {})
            )
        if request in server.broken:
            return server.broken[request]
        if request == "GET /health":
            return 200, {"status": "ok"}, {}
        if request == "POST /api/auth/login":
            right = sent == {"name": USERNAME, "password": PASSWORD}
            return (200, {"access_token": TOKEN}, {}) if right else (401, "No", {})
        if request == "GET /b/biz_1/connect":
            return 307, "", {"Location": AUTHORIZE}
        if request == f"PUT {ME}":
            server.document = {**server.document, **sent}
        return 200, server.document, {}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        pass


@pytest.fixture
def shape() -> Iterator[ShapeServer]:
    started = ShapeServer()
    yield started
    started.shutdown()
    started.server_close()


def test_a_backend_with_other_refusals_numbers_and_provider_is_healthy(
    gate: Gate, shape: ShapeServer, workers: int
) -> None:
    gate.write("apismoke.toml", PROFILE)

    ended = gate.against_url(shape.url, workers=workers)

    assert (ended.code, set(ended.outcomes().values())) == (0, {"passed"})
    assert shape.document == DOCUMENT
    assert len(ended.report["slowest"]) == 3


def _login_fails(server: ShapeServer) -> None:
    server.broken["POST /api/auth/login"] = (401, "No", {})


def _fetch_fails(server: ShapeServer) -> None:
    server.broken[f"GET {ME}"] = (500, "Oops", {})


def _contract_is_broken(server: ShapeServer) -> None:
    server.document = {**DOCUMENT, "name": 7}


def _save_fails(server: ShapeServer) -> None:
    server.broken[f"PUT {ME}"] = (422, {"detail": "no"}, {})


def _nothing_is_kept(server: ShapeServer) -> None:
    server.broken[f"PUT {ME}"] = (200, {"status": "success"}, {})


BREAKS = {
    "login": _login_fails,
    "fetch": _fetch_fails,
    "contract": _contract_is_broken,
    "save": _save_fails,
    "persist": _nothing_is_kept,
}


@pytest.mark.parametrize("stage", BREAKS)
def test_a_hole_is_found_whatever_else_is_broken(
    stage: str, gate: Gate, shape: ShapeServer
) -> None:
    gate.write("apismoke.toml", PROFILE)
    BREAKS[stage](shape)
    shape.open_to_all = True

    ended = gate.against_url(shape.url)

    found = ended.outcomes()
    failed = [name for name, outcome in found.items() if outcome == "failed"]
    # A route without protection takes a wrong token too: that is one cause, told once.
    assert (ended.code, failed) == (1, [f"settings::{stage}", HOLES[0]])
    assert ended.check(HOLES[0])["message"] == (
        "expected 401 or 403 for the settings without a token, seen 200: they are served to anyone"
    )


def test_a_refusal_with_the_settings_in_its_body_is_a_hole(gate: Gate, shape: ShapeServer) -> None:
    gate.write("apismoke.toml", PROFILE)
    shape.refuses_with = {**DOCUMENT, "error": "Who are you?"}

    ended = gate.against_url(shape.url)

    assert (ended.code, ended.check(HOLES[0])["message"]) == (
        1,
        "expected 401 or 403 for the settings without a token, seen 401 with the settings in its"
        " body: they are served to anyone",
    )


@pytest.mark.parametrize(
    ("field", "numbers", "code", "told"),
    [
        ("/phones/*/number", ["+14155550123", "0123"], 3, "in '/phones/1/number'"),
        ("/phones/*/number", ["+14155550123", "+14155550124"], 0, ""),
        ("/phones/*/number", [None, None], 4, "a number for a receptionist that is enabled"),
        (
            "/phones/0/number",
            ["+14155550123", "0123"],
            0,
            "/phones has 2 items, and one of them was looked at: [twilio] number_field ="
            ' "/phones/*/number" looks at all',
        ),
    ],
)
def test_each_number_of_a_list_is_looked_at(
    field: str,
    numbers: list[str | None],
    code: int,
    told: str,
    gate: Gate,
    shape: ShapeServer,
) -> None:
    gate.write("apismoke.toml", PROFILE.replace("/phones/0/number", field))
    shape.document = {**DOCUMENT, "phones": [{"number": number} for number in numbers]}

    ended = gate.against_url(shape.url, "--smoke-api=twilio")

    assert (ended.code, told in " ".join(ended.output.split())) == (code, True)


def test_without_a_hole_the_refusals_are_verified_although_the_save_failed(
    gate: Gate, shape: ShapeServer
) -> None:
    gate.write("apismoke.toml", PROFILE)
    _save_fails(shape)

    found = gate.against_url(shape.url).outcomes()

    assert [found[name] for name in ("settings::save", *HOLES)] == ["failed", "passed", "passed"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            (308, "", {"Location": "/health/"}),
            'write path = "/health/" in [readiness] of apismoke.toml, if that is the health page:'
            " redirects are not followed",
        ),
        (
            (301, "", {"Location": "https://127.0.0.1/health"}),
            "the target requires https: use a base URL that begins with https://127.0.0.1;"
            " everything so far was sent without encryption",
        ),
    ],
)
def test_a_redirect_of_the_health_page_is_told_after_one_poll(
    answer: Answer, told: str, gate: Gate, shape: ShapeServer
) -> None:
    shape.broken["GET /health"] = answer

    ended = gate.against_url(shape.url, "--smoke", "--target-wait=60")

    (check,) = ended.report["checks"]
    assert (ended.code, check["hint"]) == (
        5,
        f"{told} (told at once: waiting does not change it)",
    )
    assert shape.seen == ["GET /health"]


@pytest.mark.parametrize(
    ("request_", "code", "stage"),
    [("GET /b/biz_1/connect", 2, "calendar::oauth"), (f"GET {ME}", 2, "settings::fetch")],
)
def test_a_request_that_is_too_slow_twice_is_fetch(
    request_: str, code: int, stage: str, gate: Gate, shape: ShapeServer
) -> None:
    gate.write("apismoke.toml", f"{PROFILE}\n    [limits]\n    latency_s = 0.6\n")
    shape.slow_s = {request_: 0.8}

    ended = gate.against_url(shape.url, "--smoke")

    check = ended.check(stage)
    failed = [name for name, outcome in ended.outcomes().items() if outcome == "failed"]
    assert (ended.code, failed, check["category"]) == (code, [stage], "fetch")
    assert check["message"].startswith("expected a response within 0.6 s, seen one after 0.8")
    assert shape.document == DOCUMENT


@pytest.mark.parametrize(
    ("apis", "arguments", "code", "verdicts"),
    [
        ("calendar.enabled = false\ntwilio.enabled = false", [], 0, {"settings": "pass"}),
        (
            "calendar.required = false",
            ["--deselect=calendar"],
            0,
            {"settings": "pass", "twilio": "pass"},
        ),
        ("", ["--deselect=twilio"], 5, {"settings": "pass", "twilio": "inconclusive"}),
    ],
)
def test_a_suite_is_off_optional_or_required(
    apis: str,
    arguments: list[str],
    code: int,
    verdicts: dict[str, str],
    gate: Gate,
    shape: ShapeServer,
) -> None:
    path = gate.write("apismoke.toml", PROFILE)
    path.write_text(f"{path.read_text('utf-8')}\n[apis]\n{apis}\n", "utf-8")

    ended = gate.against_url(shape.url, "--smoke", *arguments)

    told = {name: api["verdict"] for name, api in ended.report["apis"].items()}
    assert ended.code == code
    assert verdicts.items() <= told.items()


A_NUMBER = "an E.164 number such as +14155550123, or null, in '/phones/0/number'"


@pytest.mark.parametrize(
    ("phones", "code", "message"),
    [
        ([], 0, "the account says that it has no number: its list is empty"),
        ([{"number": "555"}], 3, f"expected {A_NUMBER}, seen the string '555'"),
        ([{}], 3, f"expected {A_NUMBER}, seen nothing (the field is absent)"),
    ],
)
def test_a_number_in_a_list_is_looked_at_and_an_empty_list_is_none(
    phones: list[Any], code: int, message: str, gate: Gate, shape: ShapeServer
) -> None:
    gate.write("apismoke.toml", PROFILE)
    shape.document = {**DOCUMENT, "phones": phones}

    ended = gate.against_url(shape.url, "--smoke")

    assert (ended.code, ended.check("twilio::phone")["message"]) == (code, message)


def test_a_receptionist_that_is_enabled_with_an_empty_list_has_no_number(
    gate: Gate, shape: ShapeServer
) -> None:
    gate.write("apismoke.toml", PROFILE)
    shape.document = {**DOCUMENT, "phones": [], "answers": {"calls": True}}

    ended = gate.against_url(shape.url)

    assert (ended.code, ended.check("twilio::consistent")["message"]) == (
        4,
        "expected a number for a receptionist that is enabled, seen an empty list in"
        " '/phones/0/number'",
    )
