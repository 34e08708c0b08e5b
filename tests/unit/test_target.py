"""Requests with the run's token: renewed where it has to be, and the document that they are for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.hostile import bodies, header_texts, json_values
from unit.loopback import PATIENCE_S

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, Document, Login, Pins
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.document_shape import read_document
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.token import Token

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]

GET = Request(method="GET", path="/x")
REFUSED_NOTE = "the token was refused and renewed once"
ENDING_NOTE = "the token was about to run out and was renewed"


def target_of(
    client: ScriptedClient, *, token: Token | None = None, given_token: str = ""
) -> Target:
    credentials = Credentials(username="me", password="my-password", token=given_token)
    first = token or Token(value=given_token or "first")
    return Target(client, Auth(client, Login(), credentials, token=first), DEFAULT_PROFILE)


def sent(client: ScriptedClient) -> list[str]:
    """Each request with the token that it had."""
    return [
        f"{request.method} {request.path} {request.headers.get('Authorization', '')}".strip()
        for request in client.requests
    ]


LOGIN = "POST /api/auth/login"


def test_a_request_has_the_token_of_the_run(make_answer: MakeAnswer, scripted: Scripted) -> None:
    client = scripted(make_answer(body={}))
    target = target_of(client)
    assert target.send(GET).status == 200
    assert (sent(client), target.client.recorder.notes) == (["GET /x Bearer first"], ())


def test_a_header_of_the_request_itself_comes_first(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={}))
    request = Request(method="GET", path="/x", headers={"Authorization": "Bearer wrong"})
    target_of(client).send(request)
    assert sent(client) == ["GET /x Bearer wrong"]


def test_a_token_that_is_refused_is_renewed_once_and_the_request_sent_again(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(401),
        make_answer(body={"access_token": "second"}),
        make_answer(body={}),
        make_answer(401),
    )
    target = target_of(client)

    responses = [target.send(GET).status for _ in range(2)]

    assert responses == [200, 401]
    assert sent(client) == [
        "GET /x Bearer first",
        LOGIN,
        "GET /x Bearer second",
        "GET /x Bearer second",
    ]
    assert (client.recorder.notes, client.restoring) == ((REFUSED_NOTE,), [False] * 4)


def test_two_requests_that_are_refused_at_once_cause_one_login(
    make_answer: MakeAnswer, make_scripted: Callable[..., ScriptedClient], clock: FakeClock
) -> None:
    """Both are sent again, and neither check loses the other's renewal."""
    both_refused = threading.Barrier(2)
    base = type(make_scripted([make_answer()], clock))

    class Refusing(base):  # type: ignore[misc, valid-type]  # the double of these tests
        def send(self, request: Request, **how: bool) -> Response:
            self.requests.append(request)
            if request.method == "POST":
                return make_answer(body={"access_token": "second"})
            if request.headers["Authorization"] == "Bearer first":
                both_refused.wait(PATIENCE_S)
                return make_answer(401)
            return make_answer(body={})

    client = Refusing([make_answer()], clock)
    target = target_of(client)
    targets = [target.recording(Recorder()) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda one: one.send(GET).status, targets))

    assert (statuses, sent(client).count(LOGIN)) == ([200, 200], 1)
    assert [one.client.recorder.notes for one in targets] == [(REFUSED_NOTE,)] * 2


def test_the_time_for_restoring_is_the_renewals_too(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(401), make_answer(body={"access_token": "second"}), make_answer(body={})
    )
    assert target_of(client).send(GET, restoring=True).status == 200
    assert client.restoring == [True] * 3


def test_a_second_refusal_is_the_targets_fault(make_answer: MakeAnswer, scripted: Scripted) -> None:
    client = scripted(
        make_answer(401), make_answer(body={"access_token": "second"}), make_answer(401)
    )
    assert target_of(client).send(GET).status == 401
    assert len(client.requests) == 3


# -- 403 --------------------------------------------------------------------------------------

SECOND = {"access_token": "second"}


def test_a_token_that_is_refused_with_403_is_renewed_once_too(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    """Many frameworks answer 403 to an invalid token."""
    client = scripted(make_answer(403), make_answer(body=SECOND), make_answer(body={}))
    assert target_of(client).send(GET).status == 200
    assert sent(client) == ["GET /x Bearer first", LOGIN, "GET /x Bearer second"]
    assert client.recorder.notes == (REFUSED_NOTE,)


def test_a_403_that_is_expected_renews_nothing(make_answer: MakeAnswer, scripted: Scripted) -> None:
    client = scripted(make_answer(403))
    assert target_of(client).send(GET, expected=(403,)).status == 403
    assert sent(client) == ["GET /x Bearer first"]


@pytest.mark.parametrize("restoring", [False, True])
def test_a_permission_that_is_refused_costs_one_login_in_a_run(
    restoring: bool, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(403), make_answer(body=SECOND), make_answer(403))
    target = target_of(client)

    statuses = [target.send(GET).status, target.recording(Recorder()).send(GET).status]
    statuses.append(target.send(GET, restoring=restoring).status)

    assert statuses == [403, 403, 403]
    assert sent(client) == ["GET /x Bearer first", LOGIN, *["GET /x Bearer second"] * 3]


# -- reads of a document ----------------------------------------------------------------------

READ = "GET /api/business/me Bearer first"


def test_a_read_asks_for_no_cached_answer_and_an_update_states_what_is_to_be(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={}))
    target = target_of(client)
    target.fetch_document()
    target.read_together(None, 1)
    target.update_document({"a": 1})
    assert [request.headers.get("Cache-Control") for request in client.requests] == [
        "no-cache",
        "no-cache",
        None,
    ]
    assert [request.is_idempotent for request in client.requests] == [False, False, True]


def test_reads_together_are_in_order_and_a_failed_one_is_its_error(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    lost = fail(Category.FETCH, expected="a response", seen="none", where="x", hint="y")
    good = make_answer(body={"a": 1})
    client = scripted(good, lost, make_answer(500), good)

    one, two, three, four = target_of(client).read_together(None, 4, restoring=True)

    assert (one, two, four) == (good, lost, good)
    assert isinstance(three, SmokeError)
    assert str(three) == (
        "expected 200 with the settings document, seen 500 with no body\n"
        "  where: GET https://api.example.com/api\n"
        "  what to do: look into the target's log at the time of the request"
    )
    assert (sent(client), client.restoring) == ([READ] * 4, [True] * 4)


def test_reads_together_are_of_the_given_document(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(404))
    (read,) = target_of(client).read_together(Document(path="/other"), 1)
    assert isinstance(read, SmokeError)
    assert read.failure.expected == "200 with the document"
    assert sent(client) == ["GET /other Bearer first"]


def test_reads_together_that_are_refused_are_repeated_with_one_new_token(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    good = make_answer(body={})
    client = scripted(make_answer(403), good, make_answer(401), make_answer(body=SECOND), good)

    assert target_of(client).read_together(None, 3) == (good, good, good)

    again = "GET /api/business/me Bearer second"
    assert sent(client) == [READ, READ, READ, LOGIN, again, again]
    assert client.recorder.notes == (REFUSED_NOTE,)


def test_reads_together_that_are_refused_for_good_are_errors(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(403), make_answer(403), make_answer(body=SECOND), make_answer(403)
    )
    target = target_of(client)
    reads = [*target.read_together(None, 2), *target.read_together(None, 1)]
    assert {read.failure.hint for read in reads if isinstance(read, SmokeError)} == {
        "the token of this very run is refused: check its audience, key and clock"
    }
    assert sent(client).count(LOGIN) == 1


@pytest.mark.parametrize("ends", [False, True])
def test_a_login_that_fails_is_the_error_of_all_reads_that_need_it(
    ends: bool, make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    first = [] if ends else [make_answer(401)] * 2
    client = scripted(*first, make_answer(500))
    target = target_of(client, token=Token(value="first", lifetime_s=10.0) if ends else None)
    clock.now += 10.0
    reads = target.read_together(None, 2)
    assert [read.failure.category for read in reads if isinstance(read, SmokeError)] == [
        Category.AUTH,
        Category.AUTH,
    ]


def test_reads_from_a_cache_are_noted_once(make_answer: MakeAnswer, scripted: Scripted) -> None:
    ages = ["37", "38", "39"]
    client = scripted(*(make_answer(body={}, headers={"age": age}) for age in ages))
    target = target_of(client)
    target.fetch_document()
    target.read_together(None, 2)
    assert client.recorder.notes == (
        "GET https://api.example.com/api was answered from a cache (Age: 37): what it shows may be"
        " old",
    )


def test_reads_go_side_by_side_over_connections_of_their_own(
    client_of: Callable[..., Client],
) -> None:
    """The server answers none of them before it has them all."""
    count = 3
    all_came = threading.Barrier(count)
    listening = socket.create_server(("127.0.0.1", 0))
    seen: list[str] = []

    def answer(connection: socket.socket) -> None:
        with connection:
            request = connection.recv(65536).decode()
            seen.append("\n".join(line for line in request.split("\r\n") if "ookie" in line))
            all_came.wait(PATIENCE_S)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nSet-Cookie: a=b\r\n"
                b"Content-Length: 2\r\nDate: Thu, 01 Jan 2026 12:00:00 GMT\r\n\r\n{}"
            )

    def serve() -> None:
        for _ in range(2 * count):
            connection, _ = listening.accept()
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    client = client_of(f"http://127.0.0.1:{listening.getsockname()[1]}")
    credentials = Credentials(token="my-token")
    target = Target(client, Auth(client, Login(), credentials), DEFAULT_PROFILE)

    reads = [*target.read_together(None, count), *target.read_together(None, count)]

    listening.close()
    assert [read.status for read in reads if isinstance(read, Response)] == [200] * 2 * count
    assert seen == [""] * 2 * count
    assert tuple(read.exchange for read in reads if isinstance(read, Response)) == (
        client.recorder.exchanges
    )
    assert client.newest_date == datetime(2026, 1, 1, 12, 0, tzinfo=timezone.utc)


# -- the account ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expect", "body", "expected", "seen"),
    [
        ((("/id", "biz_1"),), {"id": "biz_1"}, None, None),
        ((("/id", 1), ("/a~1b/0", True)), {"id": 1.0, "a/b": [True]}, None, None),
        ((), {"id": "biz_2"}, None, None),
        (
            (("/id", "biz_1"),),
            {"id": "biz_2"},
            "the account with the string 'biz_1' at /id",
            "the string 'biz_2'",
        ),
        (
            (("/id", 1),),
            {"id": True},
            "the account with the number 1 at /id",
            "the boolean true",
        ),
        (
            (("/id", "x"),),
            None,
            "the account with the string 'x' at /id",
            "nothing (the field is absent)",
        ),
        (
            (("/api_key", "my-key"),),
            {"api_key": "their-key"},
            "the account with the string '[redacted]' at /api_key",
            "the string '[redacted]'",
        ),
    ],
)
def test_settings_of_another_account_than_the_pinned_one_are_auth(
    expect: Pins,
    body: object,
    expected: str | None,
    seen: str | None,
    make_answer: MakeAnswer,
    scripted: Scripted,
) -> None:
    target = target_of(scripted(make_answer()))
    target.profile = replace(DEFAULT_PROFILE, document=Document(expect=expect))
    response = make_answer(body=b"null" if body is None else body)
    failure: Failure | None = None
    try:
        target.check_account(response)
    except SmokeError as error:
        failure = error.failure
    assert failure == (
        Failure(
            category=Category.AUTH,
            expected=expected,
            seen=seen or "",
            where=f"GET https://api.example.com/api, {expect[0][0]}",
            hint="the credentials belong to another account than the profile names: nothing was"
            " written; correct the credentials, or [document] expect",
        )
        if expected
        else None
    )


# -- a token that ends ------------------------------------------------------------------------


@pytest.mark.parametrize("restoring", [False, True])
def test_a_token_that_runs_out_is_renewed_before_each_use_and_noted_once(
    restoring: bool, make_answer: MakeAnswer, scripted: Scripted, clock: FakeClock
) -> None:
    token = make_answer(body={"access_token": "next", "expires_in": 10})
    client = scripted(token, make_answer(body={}), token, make_answer(body={}))
    target = target_of(client, token=Token(value="first", lifetime_s=10.0))

    for _ in range(2):
        clock.now += 10.0
        target.send(GET, restoring=restoring)

    assert sent(client) == [LOGIN, "GET /x Bearer next"] * 2
    assert (client.recorder.notes, client.restoring) == ((ENDING_NOTE,), [restoring] * 4)


def test_a_given_token_is_sent_as_it_is(make_answer: MakeAnswer, scripted: Scripted) -> None:
    client = scripted(make_answer(401))
    target = target_of(client, given_token="given-token")

    with pytest.raises(SmokeError) as caught:
        target.fetch_document()

    assert sent(client) == ["GET /api/business/me Bearer given-token"]
    assert caught.value.failure.category is Category.AUTH
    assert caught.value.failure.hint == (
        "APISMOKE_TOKEN is refused: it may be expired or meant for another target"
    )


def test_a_login_that_fails_on_renewal_is_what_the_request_came_to(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(401), make_answer(403))
    with pytest.raises(SmokeError) as caught:
        target_of(client).send(GET)
    assert caught.value.failure.category is Category.AUTH
    assert sent(client) == ["GET /x Bearer first", LOGIN]


@given(
    body=bodies(st.dictionaries(st.text(), json_values, max_size=3)),
    kind=st.just("application/json") | header_texts,
)
@settings(max_examples=150, deadline=None)
def test_whatever_comes_instead_of_a_document_is_invalid(
    make_answer: MakeAnswer, body: bytes, kind: str
) -> None:
    response = make_answer(body=body, headers={"content-type": kind})
    document: object = None
    refused: Category | None = None
    try:
        document = read_document(response)
    except SmokeError as error:
        refused = error.failure.category
    assert isinstance(document, dict) or refused is Category.INVALID
