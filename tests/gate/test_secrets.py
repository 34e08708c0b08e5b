"""No secret reaches any output in any encoding, whatever the server and users' tests do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from gate import echoing_server as echoing
from gate.echoing_server import FETCH, HEALTH, LOGIN, OAUTH, SAVE, EchoServer, Said
from harness import KILLING, PASSWORD, Backend, Ended, Gate, killing
from noisy_proxy import NoisyProxy, Script

LOUD = (
    "-vv",
    "--showlocals",
    "--tb=long",
    "-rA",
    "--log-cli-level=DEBUG",
    "--setup-show",
    "--durations=0",
)


def forms(secret: str) -> set[str]:
    """The encodings of a secret to search for."""
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }


def assert_nothing_leaks(gate: Gate, ended: Ended) -> None:
    """Searches every output: terminal, JUnit, report and all other files of the directory."""
    texts = {"stdout": ended.out, "stderr": ended.err}
    own = (".py", ".pyc")
    for path in gate.folder.rglob("*"):
        if path.is_file() and path.suffix not in own:
            texts[str(path)] = path.read_text("utf-8", "replace")
    for place, text in texts.items():
        for form in forms(PASSWORD):
            assert form not in text, place
        # The tokens of the backend are JWTs: their header is the same in all of them.
        assert "eyJhbGciOi" not in text, place
        assert PASSWORD[:10] not in text, place


@pytest.mark.parametrize("fault", [None, "echo-secrets", "login-refused", "me-refused"])
def test_the_built_in_suites_leak_nothing(
    gate: Gate, start_backend: Callable[..., Backend], fault: str | None, workers: int
) -> None:
    backend = start_backend(*([fault] if fault else []))
    ended = gate.against(backend, *LOUD, workers=workers)
    assert ended.code == (0 if fault is None else 1 if fault == "login-refused" else 2)
    assert_nothing_leaks(gate, ended)


DEBUGGING = """
import http.client
http.client.HTTPConnection.debuglevel = 1
"""
SENDS = """
import pytest

@pytest.mark.smoke
def test_it(smoke_client, smoke_session, smoke_target_url):
    assert smoke_client.get("/api/business/me").status == 200
    assert smoke_session.get(f"{smoke_target_url}/api/business/me").status_code == 200
"""


def test_the_debugging_of_http_client_shows_nothing_of_the_gates_requests(
    gate: Gate, backend: Backend, workers: int
) -> None:
    """It prints what is sent, before pytest captures anything and where nothing is redacted."""
    gate.write("conftest.py", DEBUGGING)
    gate.write("test_mine.py", SENDS)
    ended = gate.against(backend, "--smoke", "-s", "test_mine.py", workers=workers)
    assert ended.code == 0
    assert_nothing_leaks(gate, ended)
    assert [line for line in ended.output.splitlines() if line.startswith(("send:", "head"))] == []


LEAKY_SUBTESTS = """
import os
import pytest

@pytest.mark.smoke
def test_parts(smoke_client, subtests):
    password = os.environ["APISMOKE_PASSWORD"]
    assert smoke_client.get("/api/business/me").status == 200
    with subtests.test(f"with {password}", password=password, headers=[password]):
        raise ValueError(password)
"""


@pytest.mark.skipif(not hasattr(pytest, "Subtests"), reason="subtests came with pytest 9")
def test_subtests_that_leak_leak_nothing(gate: Gate, backend: Backend, workers: int) -> None:
    gate.write("test_leaky.py", LEAKY_SUBTESTS)
    ended = gate.against(backend, "--smoke", *LOUD, "test_leaky.py", workers=workers)
    assert ended.code == 5
    assert "with [redacted]" in ended.out
    assert_nothing_leaks(gate, ended)


def test_the_curl_line_names_variables_and_works(gate: Gate, backend: Backend) -> None:
    token = backend.log_in()
    ended = gate.run("--smoke", f"--target-url={backend.url}", environ={"APISMOKE_TOKEN": token})
    fetch = ended.check("settings::fetch")["exchanges"][0]
    assert fetch["curl"] == (
        "curl -sS -i -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\" -H 'Cache-Control: no-cache'"
        f" {backend.url}/api/business/me"
    )
    repeated = gate.run_command(["sh", "-c", fetch["curl"]], APISMOKE_TOKEN=token)
    assert repeated.out.startswith("HTTP/1.1 200 OK")


# -- a server that echoes secrets ----------------------------------------------------------------

ASKS_FOR_ALL = """
import pytest

@pytest.mark.smoke
def test_it(smoke_client):
    answers = []
    for number in range({count}):
        try:
            answer = smoke_client.get("/echo", query={{"number": str(number)}})
            answers.append(answer)
            print(answer, dict(answer.headers), answer.body)
            answer.json()
        except Exception as error:
            print(error)
    assert answers == []
"""


def responses_with(texts: Iterable[str]) -> dict[str, Said]:
    """Responses with all strings, each in headers, in a body and in the reason phrase."""
    text = " | ".join(texts)
    headers = {
        "X-Request-ID": text,
        "WWW-Authenticate": f'Bearer error_description="{text}"',
        "Set-Cookie": f"session={text}",
    }
    detail = {"error": "invalid", "detail": text, "sent": {"value": text}}
    location = {"Location": f"https://elsewhere.example/{text}?next={text}"}
    document = {"id": text, "name": {text: text}, "phone_number": text}
    return {
        "refusal": Said(status=422, headers=headers, body=json.dumps(detail), reason=text),
        "redirect": Said(status=302, headers=location),
        "page": Said(status=500, content_type="text/html", body=f"<pre>{text}</pre>"),
        "document": Said(body=json.dumps(document)),
    }


#: Before the login has responded there is no token to echo.
BEFORE = responses_with(echoing.forms(echoing.PASSWORD).values())
AFTER = responses_with(echoing.TEXTS)
SAMPLE = {(LOGIN, "refusal"), (FETCH, "document"), (SAVE, "page"), (OAUTH, "redirect")}


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    """A server that echoes secrets."""
    server = EchoServer()
    yield server
    server.stop()


def asked(echo: EchoServer, gate: Gate, *arguments: str, workers: int = 0, **environ: str) -> Ended:
    """A run against it with all output that pytest has."""
    password = {"APISMOKE_PASSWORD": echoing.PASSWORD, **environ}
    return gate.against_url(echo.url, "--smoke", *LOUD, *arguments, workers=workers, **password)


def assert_nothing_is_given_away(gate: Gate, ended: Ended) -> None:
    """Searches the terminal and all files of the run, including pytest's cache and the journal."""
    texts = {"stdout": ended.out, "stderr": ended.err}
    for folder in (gate.folder, gate.state_dir):
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                texts[path.name] = path.read_text("utf-8", "replace")
    hunted = echoing.needles(echoing.PASSWORD) | echoing.needles(echoing.TOKEN)
    hunted |= {form for part in echoing.parts_of_token() for form in echoing.needles(part)}
    # Every encoding starts with these letters.
    hunted.add(echoing.PASSWORD[:8])
    found = {
        f"{place}: ...{text[max(0, at - 60) : at + 60]!r}"
        for place, text in texts.items()
        for needle in hunted
        if (at := text.lower().find(needle.lower())) >= 0
    }
    assert not found, "\n".join(sorted(found))


def test_no_encoding_of_a_secret_is_shown_wherever_a_server_puts_it(
    gate: Gate, echo: EchoServer, workers: int
) -> None:
    gate.write("test_mine.py", ASKS_FOR_ALL.format(count=len(echoing.ECHOES)))
    ended = asked(echo, gate, "test_mine.py", workers=workers)
    assert (ended.code, ended.report["categories"]) == (5, {"invalid": 1})
    assert len(ended.check("test_mine.py::test_it")["exchanges"]) >= len(echoing.ECHOES)
    assert_nothing_is_given_away(gate, ended)


#: One of each kind is run on every Python.
ANSWERS = [
    pytest.param(
        route,
        said,
        id=f"{route}, {name}",
        marks=() if (route, name) in SAMPLE else pytest.mark.exhaustive,
    )
    for routes, responses in (((HEALTH, LOGIN), BEFORE), ((FETCH, SAVE, OAUTH), AFTER))
    for route in routes
    for name, said in responses.items()
]


@pytest.mark.parametrize(("route", "said"), ANSWERS)
def test_no_check_shows_an_echoed_secret(
    gate: Gate, echo: EchoServer, route: str, said: Said
) -> None:
    echo.instead[route] = said
    ended = asked(echo, gate, "--target-wait=0")
    assert ended.code
    assert_nothing_is_given_away(gate, ended)


@pytest.mark.distributed
def test_no_worker_shows_an_echoed_secret(gate: Gate, echo: EchoServer) -> None:
    echo.instead = {SAVE: AFTER["refusal"], OAUTH: AFTER["redirect"]}
    ended = asked(echo, gate, workers=2)
    assert {check["name"] for check in failures(ended)} == {"settings::save", "calendar::oauth"}
    assert_nothing_is_given_away(gate, ended)


LOGINS = {
    "beside the token": Said(
        headers={"X-Request-ID": echoing.TOKEN, "Set-Cookie": f"session={echoing.TOKEN}"},
        body=json.dumps({"access_token": echoing.TOKEN, "debug": f"Bearer {echoing.TOKEN}"}),
    ),
    "in another place": Said(body=json.dumps({"data": {"jwt": echoing.TOKEN}})),
    "as the whole answer": Said(body=json.dumps(echoing.TOKEN)),
    "in a redirect": Said(
        status=302, headers={"Location": f"https://elsewhere.example/in/{echoing.TOKEN}"}
    ),
    "in a page": Said(content_type="text/html", body=f"<script>go('{echoing.TOKEN}')</script>"),
}


@pytest.mark.parametrize("said", LOGINS.values(), ids=LOGINS)
def test_a_token_in_an_unexpected_place_of_the_login_is_not_shown(
    gate: Gate, echo: EchoServer, said: Said
) -> None:
    """The response comes before the token is known; a token that is not found never is."""
    echo.instead[LOGIN] = said
    ended = asked(echo, gate)
    assert ended.code == (0 if "access_token" in said.body else 1)
    assert_nothing_is_given_away(gate, ended)


def test_no_encoding_of_a_secret_is_stored_in_the_journal(gate: Gate, echo: EchoServer) -> None:
    """The document contains them, and the run is killed with its entry in the journal."""
    echo.document["description"] = " | ".join(echoing.TEXTS)
    ended = asked(echo, gate, KILLING, workers=0, **killing("after PUT me 1"))
    assert (ended.code, len(gate.entries())) == (-9, 1)
    assert_nothing_is_given_away(gate, ended)
    restored = asked(echo, gate)
    assert (restored.code, gate.entries()) == (0, [])
    assert_nothing_is_given_away(gate, restored)


# -- where credentials go ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("route", "status"),
    [
        (LOGIN, 307),
        (FETCH, 302),
        pytest.param(SAVE, 308, marks=pytest.mark.exhaustive),
        pytest.param(OAUTH, 302, marks=pytest.mark.exhaustive),
        pytest.param(HEALTH, 301, marks=pytest.mark.exhaustive),
    ],
)
def test_a_redirect_to_another_origin_is_never_followed(
    gate: Gate, echo: EchoServer, route: str, status: int
) -> None:
    elsewhere = EchoServer()
    there = f"{elsewhere.url}{route.partition(' ')[2]}"
    echo.instead[route] = Said(status=status, headers={"Location": there})
    try:
        ended = asked(echo, gate, "--target-wait=0")
    finally:
        elsewhere.stop()
    assert ended.code
    assert f"a redirect to {elsewhere.url}" in failures(ended)[0]["message"]
    assert elsewhere.seen == []


def failures(ended: Ended) -> list[dict[str, Any]]:
    return [check for check in ended.report["checks"] if check["outcome"] == "failed"]


def test_only_the_token_is_sent(gate: Gate, echo: EchoServer, workers: int) -> None:
    """Not the cookie of the login, nor the password in .netrc; either would log in alone."""
    cookie = {"Set-Cookie": "session=4c97a1f0; Path=/"}
    echo.instead[LOGIN] = Said(headers=cookie, body=json.dumps({"access_token": echoing.TOKEN}))
    netrc = gate.write("netrc", "machine 127.0.0.1 login me password canary-of-netrc\n")
    netrc.chmod(0o600)
    gate.write(".netrc", netrc.read_text("utf-8")).chmod(0o600)
    ended = asked(echo, gate, workers=workers, NETRC=str(netrc), HOME=str(gate.folder))
    assert ended.code == 0
    assert list(echo.headers_seen("cookie")) == []
    assert set(echo.headers_seen("authorization")) == {f"Bearer {echoing.TOKEN}"}


@pytest.fixture
def proxy(backend: Backend) -> Iterator[NoisyProxy]:
    """A proxy that forwards requests for any host to the backend."""
    started = NoisyProxy(backend.url, Script({}))
    yield started
    started.stop()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_a_whole_run_goes_through_the_proxy(
    gate: Gate, backend: Backend, proxy: NoisyProxy, name: str, workers: int
) -> None:
    """The name does not resolve: only the proxy can respond."""
    counted = backend.counted()["total"]
    ended = gate.against_url(
        "http://api.example.invalid", "--smoke", workers=workers, **{name: proxy.url}
    )
    assert (ended.code, ended.report["verdict"]) == (0, "pass")
    assert backend.counted()["total"] - counted == proxy.arrived.total()
    assert proxy.arrived[SAVE] == 2
    [warning] = [note for note in ended.report["notes"] if note.startswith("warning: plain HTTP")]
    # Its first word stands where notes have their labels.
    assert warning.replace(":", "", 1) in ended.told


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_a_whole_run_bypasses_the_proxy_for_excluded_hosts(
    gate: Gate, backend: Backend, proxy: NoisyProxy, name: str, workers: int
) -> None:
    through = {"HTTP_PROXY": proxy.url, "NO_PROXY": "elsewhere.example"}
    ended = gate.against(backend, "--smoke", workers=workers, **{**through, name: "127.0.0.1"})
    assert (ended.code, proxy.arrived.total()) == (0, 0)
    # The connection to this machine itself passes no proxy.
    assert "plain HTTP" not in ended.output


def test_a_proxy_for_https_is_asked_to_connect(gate: Gate, proxy: NoisyProxy) -> None:
    """It refuses: no request is sent that it could read, and none bypasses it."""
    ended = gate.against_url(
        "https://api.example.invalid",
        "--smoke",
        "--target-wait=0",
        HTTPS_PROXY=proxy.url,
        HTTP_PROXY="http://127.0.0.1:1",
        NO_PROXY="",
    )
    assert (ended.code, ended.report["categories"]) == (5, {"unready": 1})
    assert "(through the proxy 127.0.0.1)" in failures(ended)[0]["message"]
    assert proxy.arrived == {"CONNECT api.example.invalid:443": 1}
