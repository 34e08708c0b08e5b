"""Requests with the run's token: renewed where it has to be, and the document that they are for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.hostile import bodies, header_texts, json_values
from unit.loopback import PATIENCE_S

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, Login
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.login import Auth, Token
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target, read_document

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
