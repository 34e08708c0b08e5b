"""The fixtures with which users' own tests log in: as the run does, and as another account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from documentation.pages import blocks_of
from gate.away_server import AwayServer
from gate.login_server import CANARY
from gate.roles_server import READER_WORD, RolesServer
from gate.sampling import thinned
from gate.test_logins import assert_no_secret_is_shown
from gate.test_secrets import LOUD
from harness import Ended, Gate, credentials

WRITES = "test_permissions.py::test_a_reader_may_not_change_the_settings"
MARKED = "import pytest\nimport requests\npytestmark = pytest.mark.smoke\n"


@pytest.fixture
def server() -> Iterator[RolesServer]:
    started = RolesServer()
    yield started
    started.stop()


@pytest.fixture
def away(server: RolesServer) -> Iterator[AwayServer]:
    """Another host, to which the target redirects."""
    started = AwayServer()
    server.elsewhere = f"{started.url}/there"
    yield started
    started.stop()


def run(gate: Gate, server: RolesServer, text: str, *options: str, workers: int = 0) -> Ended:
    """Runs a user's tests, as loud as can be; no secret of any account is in any output."""
    gate.write("apismoke.toml", server.configuration)
    gate.write("test_mine.py", MARKED + text)
    environ = {**credentials(), "READER_WORD": READER_WORD}
    arguments = (f"--target-url={server.url}", "--smoke", "test_mine.py", *LOUD, *options)
    ended = gate.run(*arguments, workers=workers, environ=environ)
    assert_no_secret_is_shown(gate, ended)
    return ended


def mine(ended: Ended) -> dict[str, str]:
    """The outcome of each of the user's tests."""
    outcomes = ended.outcomes().items()
    return {n.partition("::")[2]: o for n, o in outcomes if n.startswith("test_mine.py")}


def problem(ended: Ended, name: str) -> tuple[str, str, str]:
    """The category, the message and the hint of one of the user's tests."""
    check = ended.check(f"test_mine.py::{name}")
    return check["category"], check["message"], check["hint"]


PERMISSIONS = """
def test_a_reader_may_read(smoke_login):
    assert smoke_login("reader").get("/api/business/me").status_code == 200

@pytest.mark.parametrize("number", range(4))
def test_a_reader_may_not_write(smoke_login, number):
    reader = smoke_login("reader")
    assert reader.put("/api/business/me", json={"name": "x"}).status_code == 403

def test_two_accounts_at_once(smoke_client, smoke_login):
    reader = smoke_login("reader")
    assert smoke_client.token != reader.token
    assert repr(reader).endswith(" as 'reader'>")
    for _ in range(2):
        assert reader.patch("/api/business/me", json={}).status_code == 403
        smoke_client.get("/api/business/me").raise_for_status()
"""


def test_a_test_of_permissions(gate: Gate, server: RolesServer, workers: int) -> None:
    ended = run(gate, server, PERMISSIONS, workers=workers)
    assert (ended.code, set(mine(ended).values())) == (0, {"passed"})
    # One login for each account and run, and one more to tell what its first 403 is about.
    assert server.logins == {"owner@example.com": 1, "reader@example.com": 2}
    assert server.document["name"] == "Toy"


def test_the_test_of_permissions_in_the_documentation(gate: Gate, server: RolesServer) -> None:
    """It is run as it stands there, and fails where a reader may write."""
    blocks = blocks_of("docs/how-to/your-own-tests.md")
    shown = {block.said("file"): block.text for block in blocks}
    profile, permissions = shown["apismoke.toml"], shown["test_permissions.py"]
    server.configuration = profile
    environ = {**credentials(), "READER_PASSWORD": READER_WORD}
    for reader_writes, code in ((False, 0), (True, 5)):
        server.reader_writes = reader_writes
        gate.write("apismoke.toml", profile)
        gate.write("test_permissions.py", permissions)
        ended = gate.run(
            f"--target-url={server.url}", "--smoke", "test_permissions.py", environ=environ
        )
        assert (ended.code, ended.check(WRITES)["outcome"]) == (
            code,
            "failed" if reader_writes else "passed",
        )
    assert ended.report["categories"] == {"invalid": 1}
    assert server.logins["reader@example.com"] == 3


def test_a_role_that_is_not_allowed_shows_the_evidence(gate: Gate, server: RolesServer) -> None:
    text = """
def test_it(smoke_login):
    smoke_login("reader").put("/api/business/me", json={"name": "x"}).raise_for_status()
"""
    ended = run(gate, server, text)
    check = ended.check("test_mine.py::test_it")
    assert (ended.code, check["category"]) == (2, "fetch")
    assert check["message"] == (
        "expected a status below 400, seen 403 with application/json, 58 bytes"
    )
    last = check["exchanges"][-1]
    assert (last["method"], last["status"], last["excerpt"]) == (
        "PUT",
        403,
        '{"error": "forbidden", "detail": "a reader may not write"}',
    )
    # With the variable of that account, and not with that of the run's own.
    assert "-H 'Authorization: Bearer '\"$APISMOKE_TOKEN_READER\"" in last["curl"]
    assert ended.has_no_traceback()


def test_an_account_that_the_profile_does_not_name(gate: Gate, server: RolesServer) -> None:
    ended = run(gate, server, 'def test_it(smoke_login): smoke_login("raeder")')
    assert (ended.code, problem(ended, "test_it")) == (
        5,
        (
            "usage",
            "expected the name of an account of the profile (reader, stranger), seen 'raeder'",
            "did you mean 'reader'?",
        ),
    )


def test_an_account_whose_login_is_refused_is_trouble_of_the_login(
    gate: Gate, server: RolesServer, workers: int
) -> None:
    """The account logs in once; each test that asks for it reports the same refusal."""
    text = """
@pytest.mark.parametrize("number", range(4))
def test_it(smoke_login, number):
    assert smoke_login("stranger").get("/api/business/me").status_code == 200
"""
    ended = run(gate, server, text, workers=workers)
    assert (ended.code, ended.report["categories"]) == (1, {"auth": 4})
    assert problem(ended, "test_it[2]") == (
        "auth",
        "expected 200 or 201 from the login, for the account 'stranger', seen 401 with"
        " application/json, 83 bytes, which says '[redacted] is not the password'",
        "check the username and the password of [accounts.stranger] for this target",
    )
    [exchange] = ended.check("test_mine.py::test_it[2]")["exchanges"]
    assert (exchange["status"], '"$READER_WORD"' in exchange["curl"]) == (401, True)
    assert server.logins == {"owner@example.com": 1, "stranger@example.com": 1}
    assert ended.verdict_block.count("expected    200 or 201 from the login") == 1


def test_an_account_with_another_role_than_the_profile_says(
    gate: Gate, server: RolesServer
) -> None:
    server.configuration = server.configuration.replace('"/role" = "reader"', '"/role" = "guest"')
    ended = run(gate, server, 'def test_it(smoke_login): smoke_login("reader").get("/health")')
    assert (ended.code, problem(ended, "test_it")) == (
        1,
        (
            "auth",
            "expected the account with the string 'guest' at /role, for the account 'reader', seen"
            " the string 'reader'",
            "the credentials belong to another account than the profile names: nothing was"
            " written; correct the credentials, or [accounts.reader] expect",
        ),
    )


def test_a_login_alone_verifies_nothing(gate: Gate, server: RolesServer) -> None:
    ended = run(gate, server, 'def test_it(smoke_login): smoke_login("reader")')
    assert (ended.code, problem(ended, "test_it")[:2]) == (
        5,
        ("unverified", "expected a test that uses smoke_login to send a request, seen no request"),
    )


SESSION = """
def test_relative(smoke_session):
    assert isinstance(smoke_session, requests.Session)
    for url in ("/api/business/me", "api/business/me", "/home"):
        response = smoke_session.get(url)
        response.raise_for_status()
        assert response.json()["name"] == "Toy"
    assert [r.status_code for r in response.history] == [302]
    assert "Authorization" not in response.request.headers

def test_what_people_type(smoke_session):
    answer = smoke_session.post("/echo", data={"a": "b c"}, params={"q": "1 2"})
    assert (answer.json()["sent"], answer.elapsed.total_seconds() > 0) == ("a=b+c", True)
    assert smoke_session.post("/echo", json={"a": 1}).json()["sent"] == '{"a": 1}'
    assert smoke_session.post("/echo", data=iter([b"a", b"b"])).json()["sent"] == "ab"
    streamed = smoke_session.get("/home", stream=True)
    assert b"".join(streamed.iter_content(7)) == streamed.content
    assert smoke_session.get("/cookie").json()["cookie"].startswith("crumb=")
    with pytest.raises(requests.HTTPError):
        smoke_session.get("/nothing").raise_for_status()

def test_the_account_of_a_role(smoke_login):
    with smoke_login("reader").session() as session:
        assert session.put("/api/business/me", json={}).status_code == 403

def test_a_token_for_a_client_of_ones_own(smoke_token, smoke_target_url):
    headers = {"Authorization": f"Bearer {smoke_token}"}
    answer = requests.get(f"{smoke_target_url}/api/business/me", headers=headers)
    assert answer.json()["name"] == "Toy"

def test_a_contract(smoke_session, smoke_contract):
    smoke_contract.check(smoke_session.get("/api/business/me"), "settings")
"""


def test_a_session_of_requests(gate: Gate, server: RolesServer, workers: int) -> None:
    ended = run(gate, server, SESSION, workers=workers)
    assert (ended.code, set(mine(ended).values())) == (0, {"passed"})
    exchanges = ended.check("test_mine.py::test_relative")["exchanges"]
    assert [(e["method"], e["url"].removeprefix(server.url), e["status"]) for e in exchanges] == [
        ("GET", "/api/business/me", 200),
        ("GET", "/api/business/me", 200),
        ("GET", "/home", 302),
        ("GET", "/api/business/me", 200),
    ]
    assert len(ended.check("test_mine.py::test_a_contract")["exchanges"]) == 1


LEAKS = """
def test_compared(smoke_token, smoke_login):
    assert smoke_token == str(smoke_login("reader").token)

def test_formatted(smoke_login):
    header = f"Bearer {smoke_login('reader').token}"
    shown = {"header": header, "further": "x" * 300}
    print(header)
    assert shown == {"header": ""}

def test_raised(smoke_token):
    raise ValueError(f"Bearer {smoke_token}")

def test_prepared(smoke_session, smoke_token):
    response = smoke_session.get("/echo", headers={"X-Copy": smoke_token})
    jar, headers = smoke_session.cookies, dict(response.headers)
    sent = dict(response.request.headers)
    assert response.text == headers
"""


@pytest.mark.parametrize(
    "options", thinned([(("-vv",),), (("-q",),), (("-q", "--tb=short"),)], every=3)
)
def test_no_output_shows_a_token(gate: Gate, server: RolesServer, options: tuple[str, ...]) -> None:
    """Of tokens so long that pytest shows parts of them, no part is shown either."""
    server.longer = 600
    ended = run(gate, server, LEAKS, *options)
    assert set(mine(ended).values()) == {"failed"}
    shown = ended.output + ended.junit + str(ended.report)
    parts = {token[at : at + 12] for token in server.issued for at in range(20, len(token) - 12)}
    assert [part for part in parts if part in shown] == []


ELSEWHERE = """
def test_redirected(smoke_session):
    assert smoke_session.get("/away").json() == {"came": "/there"}

def test_named(smoke_session):
    url = smoke_session.get("/away", allow_redirects=False).headers["Location"]
    assert smoke_session.get(url).status_code == 200

def test_set_for_all(smoke_session, smoke_token):
    smoke_session.headers["Authorization"] = f"Bearer {smoke_token}"
    assert smoke_session.get("/away").status_code == 200
"""


def test_another_host_never_gets_the_token(
    gate: Gate, server: RolesServer, away: AwayServer
) -> None:
    ended = run(gate, server, ELSEWHERE)
    assert (ended.code, len(away.sent)) == (0, 3)
    assert CANARY not in str(away.sent)
    assert not any("Authorization" in headers for _, headers in away.sent)
    assert (
        f"test_mine.py::test_named: GET {away.url}/there was sent without the token, and is no"
        f" evidence: it is not below {server.url} (status 200)"
    ) in ended.notes()


@pytest.mark.parametrize(
    "line",
    [
        'smoke_session.get("/leak")',
        'smoke_session.get(AWAY, headers={"X-Copy": smoke_token})',
        'smoke_session.get(AWAY, params={"t": smoke_token})',
        "smoke_session.post(AWAY, data=smoke_token)",
    ],
)
def test_a_test_that_sends_the_token_elsewhere_is_refused(
    gate: Gate, server: RolesServer, away: AwayServer, line: str
) -> None:
    text = f"""
def test_it(smoke_session, smoke_token):
    AWAY = {server.elsewhere!r}
    smoke_session.get("/health")
    {line}
"""
    ended = run(gate, server, text)
    assert (ended.code, problem(ended, "test_it")) == (
        5,
        (
            "usage",
            "expected a request to another host without a secret of the run, seen APISMOKE_TOKEN"
            " in it",
            "leave it out: below the base URL the token is sent by itself, and nothing was sent",
        ),
    )
    assert away.sent == []


@pytest.mark.parametrize("timeout", thinned(["None", "0.2", "(0.1, 0.1)"], every=3))
def test_no_request_outlasts_the_limits(gate: Gate, server: RolesServer, timeout: str) -> None:
    text = f"""
import time

def test_it(smoke_session):
    started = time.monotonic()
    with pytest.raises(requests.RequestException):
        smoke_session.get("/hang", timeout={timeout}, stream=True)
    assert time.monotonic() - started < 10
    smoke_session.get("/hang")
"""
    ended = run(gate, server, text)
    assert (ended.code, problem(ended, "test_it")[:2]) == (
        2,
        ("fetch", "expected a response, seen no complete response in time"),
    )


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('smoke_session.mount("http://", None)', "smoke_session, mount('http://', ...)"),
        ('smoke_session.get_adapter("http://x")', "smoke_session, get_adapter"),
        ('smoke_session.get("/home", verify=False)', "smoke_session, verify="),
        ('smoke_session.get("/home", proxies={"http": "x"})', "smoke_session, proxies="),
    ],
)
def test_a_session_has_the_connections_of_the_run(
    gate: Gate, server: RolesServer, line: str, where: str
) -> None:
    ended = run(gate, server, f"def test_it(smoke_session): {line}")
    check = ended.check("test_mine.py::test_it")
    assert (ended.code, check["category"], check["where"]) == (5, "usage", where)


def test_tokens_that_are_forgotten_in_mid_run_are_renewed(
    gate: Gate, server: RolesServer, workers: int
) -> None:
    """Each account has one renewal of its own, after its 403 too."""
    text = """
def test_it(smoke_session, smoke_login):
    reader = smoke_login("reader")
    assert reader.put("/api/business/me", json={}).status_code == 403
    smoke_session.post("/forget")
    assert reader.get("/api/business/me").status_code == 200
    assert smoke_session.get("/api/business/me").status_code == 200
"""
    ended = run(gate, server, text, workers=workers)
    assert (ended.code, server.logins) == (
        0,
        {"owner@example.com": 2, "reader@example.com": 3},
    )


def test_threads_share_one_login(gate: Gate, server: RolesServer) -> None:
    text = """
from concurrent.futures import ThreadPoolExecutor

def test_it(smoke_session, smoke_login):
    def read(number):
        session = smoke_login("reader").session() if number % 2 else smoke_session
        return session.get("/api/business/me").status_code
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(16))) == [200] * 16
"""
    ended = run(gate, server, text)
    assert (ended.code, server.logins["reader@example.com"]) == (0, 1)
    assert len(ended.check("test_mine.py::test_it")["exchanges"]) == 16


@pytest.mark.parametrize(
    "line", ['smoke_session.post("/echo")', 'smoke_login("reader").delete("/echo")']
)
def test_a_read_only_run_sends_no_write_by_any_of_them(
    gate: Gate, server: RolesServer, line: str
) -> None:
    text = f"def test_it(smoke_session, smoke_login): {line}"
    ended = run(gate, server, text, "--smoke-read-only")
    assert (ended.code, problem(ended, "test_it")[0]) == (5, "usage")
    assert [method for method, path, _ in server.seen if path == "/echo"] == []


def test_a_write_through_a_session_is_restored_with_its_document(
    gate: Gate, server: RolesServer
) -> None:
    text = """
def test_it(smoke_session, smoke_preserve):
    with smoke_preserve("/api/business/me"):
        smoke_session.put("/api/business/me?x=1", json={"name": "New"}).raise_for_status()
        assert smoke_session.get("/api/business/me").json()["name"] == "New"
"""
    assert (run(gate, server, text).code, server.document["name"]) == (0, "Toy")


def test_without_a_target_they_skip_and_load_nothing(gate: Gate) -> None:
    names = ("smoke_session", "smoke_token", "smoke_login")
    text = "".join(f"def test_{name}({name}): raise AssertionError\n" for name in names)
    gate.write(
        "test_mine.py",
        f"import sys\n{text}def test_last(): assert 'requests' not in sys.modules\n",
    )
    plugins = ("-pno:hypothesispytest", "-pno:randomly", "-pno:rerunfailures")
    ended = gate.run_command(["pytest", *plugins, "test_mine.py"])
    assert (ended.code, "1 passed, 3 skipped" in ended.out) == (0, True)
