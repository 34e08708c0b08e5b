"""Further accounts: each logs in once per run, and a refused login says which account it was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from unit.test_token_broker import ends

from pytest_apismoke.configuration.accounts import Account
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE, Login, TargetProfile
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.http.accounts import Accounts, LoginError
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.token_broker import RemoteBroker, TokenBroker

if TYPE_CHECKING:
    from unit.conftest import ScriptedClient

MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]

READER = Account(name="reader", username="r@example.com", password="reader-word")
WRITER = Account(name="writer", username="w@example.com", password="writer-word")
PROFILE = replace(DEFAULT_PROFILE, accounts=(READER, WRITER))
LOGIN = "POST /api/auth/login"
REFUSED = (
    "expected 200 or 201 from the login, for the account 'reader', seen 401 with no body\n"
    "  where: GET https://api.example.com/api\n"
    "  what to do: check the username and the password of [accounts.reader] for this target"
)


def token(value: str) -> dict[str, str]:
    return {"access_token": value}


def sent(client: ScriptedClient) -> list[str]:
    return [
        f"{request.method} {request.path} {request.headers.get('Authorization', '')}".strip()
        for request in client.requests
    ]


def of_a_worker(accounts: Accounts, client: ScriptedClient, profile: TargetProfile) -> Accounts:
    """The accounts of a worker, whose controller has these."""
    ours, theirs = ends()
    auth = Auth(client, Login(), Credentials(token="of-the-run"))
    TokenBroker(auth, accounts).serve(ours)
    return Accounts(client, profile, token_source=RemoteBroker(theirs))


def test_each_account_logs_in_once_with_what_is_its_own(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(body=token("token-of-reader")),
        make_answer(body={}),
        make_answer(body=token("token-of-writer")),
        make_answer(body={}),
    )
    accounts = Accounts(client, PROFILE)
    for name in ("reader", "writer", "reader", "writer"):
        accounts.logged_in(name).send(Request(method="GET", path=f"/{name}"))
    assert sent(client) == [
        LOGIN,
        "GET /reader Bearer token-of-reader",
        LOGIN,
        "GET /writer Bearer token-of-writer",
        "GET /reader Bearer token-of-reader",
        "GET /writer Bearer token-of-writer",
    ]
    assert client.requests[0].json == {"email": "r@example.com", "password": "reader-word"}
    assert dict(client.redactor.secrets())["token-of-reader"] == "APISMOKE_TOKEN_READER"


def test_an_account_with_a_token_does_not_log_in(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(body={}))
    robot = Account(name="robot", token="Bearer token-of-robot")
    accounts = Accounts(client, replace(PROFILE, accounts=(robot,)))
    accounts.logged_in("robot").send(Request(method="GET", path="/x"))
    assert sent(client) == ["GET /x Bearer token-of-robot"]


def test_a_login_that_was_refused_is_not_tried_again(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(make_answer(401))
    accounts = Accounts(client, PROFILE)
    for _ in range(2):
        with pytest.raises(LoginError) as caught:
            accounts.logged_in("reader")
        assert (str(caught.value), caught.value.failure.category) == (REFUSED, Category.AUTH)
    assert sent(client) == [LOGIN]


def test_a_login_that_the_budget_ended_may_be_tried_again(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    spent = fail(Category.BUDGET, expected="a", seen="b", where="c", hint="d")
    client = scripted(spent, make_answer(body=token("token-of-reader")))
    accounts = Accounts(client, PROFILE)
    with pytest.raises(LoginError) as caught:
        accounts.logged_in("reader")
    assert caught.value.failure == replace(spent.failure, expected="a, for the account 'reader'")
    assert accounts.logged_in("reader").auth.token == "token-of-reader"


@pytest.mark.parametrize(
    ("profile", "name", "failure"),
    [
        (
            PROFILE,
            "raeder",
            Failure(
                category=Category.USAGE,
                expected="the name of an account of the profile (reader, writer)",
                seen="'raeder'",
                where="smoke_login",
                hint="did you mean 'reader'?",
            ),
        ),
        (
            PROFILE,
            3,
            Failure(
                category=Category.USAGE,
                expected="the name of an account of the profile (reader, writer)",
                seen="the number 3",
                where="smoke_login",
                hint="give it as a string",
            ),
        ),
        (
            DEFAULT_PROFILE,
            "reader",
            Failure(
                category=Category.USAGE,
                expected="the name of an account of the profile",
                seen="'reader', and the profile names none",
                where="smoke_login",
                hint="write [accounts.reader] with username and password into apismoke.toml, the"
                ' password as a reference such as "${READER_PASSWORD}"',
            ),
        ),
    ],
)
def test_an_account_that_the_profile_does_not_name(
    profile: TargetProfile, name: str, failure: Failure, scripted: Scripted, make_answer: MakeAnswer
) -> None:
    with pytest.raises(SmokeError) as caught:
        Accounts(scripted(make_answer()), profile).logged_in(name)
    assert caught.value.failure == failure


def test_the_first_403_is_asked_for_again_and_the_next_ones_are_believed(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(body=token("first-token")),
        make_answer(403),
        make_answer(body=token("second-token")),
        make_answer(403),
    )
    target = Accounts(client, PROFILE).logged_in("reader")
    statuses = [target.send(Request(method="PUT", path=path)).status for path in ("/x", "/y")]
    assert statuses == [403, 403]
    assert sent(client) == [
        LOGIN,
        "PUT /x Bearer first-token",
        LOGIN,
        "PUT /x Bearer second-token",
        "PUT /y Bearer second-token",
    ]
    assert client.recorder.notes == (
        "a 403 was asked for again with a new token, to tell a token that is no good from an"
        " account that is not allowed",
    )


def test_a_token_that_is_refused_after_a_403_is_renewed_all_the_same(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    client = scripted(
        make_answer(body=token("first-token")),
        make_answer(403),
        make_answer(body=token("second-token")),
        make_answer(403),
        make_answer(401),
        make_answer(body=token("third-token")),
        make_answer(200),
        make_answer(401),
    )
    target = Accounts(client, PROFILE).logged_in("reader")
    get = Request(method="GET", path="/x")
    assert [target.send(get).status for _ in range(3)] == [403, 200, 401]


@pytest.mark.parametrize(
    ("account", "login", "hint"),
    [
        (
            Account(name="robot", token="token-of-robot"),
            Login(),
            "the token of [accounts.robot] is refused: it may be expired or meant for another"
            " target",
        ),
        (
            Account(name="robot", username="r", password="robot-word"),
            Login(kind="basic"),
            "check the username and the password of [accounts.robot] for this target",
        ),
    ],
)
def test_credentials_that_no_login_has_proven_are_refused_by_the_first_request(
    account: Account, login: Login, hint: str, make_answer: MakeAnswer, scripted: Scripted
) -> None:
    profile = replace(DEFAULT_PROFILE, login=login, accounts=(account,))
    target = Accounts(scripted(make_answer(401)), profile).logged_in("robot")
    with pytest.raises(SmokeError) as caught:
        target.send(Request(method="GET", path="/x"))
    assert caught.value.failure == Failure(
        category=Category.AUTH,
        expected="a response to the account 'robot'",
        seen="401 with no body",
        where="GET https://api.example.com/api",
        hint=hint,
    )


def test_credentials_that_were_accepted_leave_a_401_to_the_test(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    profile = replace(PROFILE, accounts=(Account(name="robot", token="token-of-robot"),))
    client = scripted(make_answer(403), make_answer(200), make_answer(401))
    target = Accounts(client, profile).logged_in("robot")
    get = Request(method="GET", path="/x")
    assert [target.send(get).status for _ in range(3)] == [403, 200, 401]


def test_threads_share_one_login(make_answer: MakeAnswer, scripted: Scripted) -> None:
    client = scripted(make_answer(body=token("token-of-reader")))
    accounts = Accounts(client, PROFILE)
    at_once = threading.Barrier(8)

    def ask(_: int) -> str:
        at_once.wait(5)
        return accounts.logged_in("reader").auth.token

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"token-of-reader"}
    assert sent(client) == [LOGIN]


# -- under pytest-xdist -----------------------------------------------------------------------


def test_workers_share_the_login_of_an_account(make_answer: MakeAnswer, scripted: Scripted) -> None:
    controller = scripted(make_answer(body={**token("token-of-reader"), "expires_in": 600}))
    accounts = Accounts(controller, PROFILE)
    for _ in range(2):
        client = scripted(make_answer(body={}))
        worker = of_a_worker(accounts, client, PROFILE)
        worker.logged_in("reader").send(Request(method="GET", path="/x"))
        assert sent(client) == ["GET /x Bearer token-of-reader"]
    assert sent(controller) == [LOGIN]


def test_a_worker_gets_another_token_of_its_account_and_of_no_other(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    controller = scripted(
        make_answer(body=token("reader-1")),
        make_answer(body=token("writer-1")),
        make_answer(body=token("reader-2")),
    )
    client = scripted(make_answer(), make_answer(401), make_answer())
    worker = of_a_worker(Accounts(controller, PROFILE), client, PROFILE)
    reader, writer = worker.logged_in("reader"), worker.logged_in("writer")
    get = Request(method="GET", path="/x")
    assert [target.send(get).status for target in (writer, reader, writer)] == [200, 200, 200]
    assert sent(client) == [
        "GET /x Bearer writer-1",
        "GET /x Bearer reader-1",
        "GET /x Bearer reader-2",
        "GET /x Bearer writer-1",
    ]


def test_a_refusal_reaches_every_worker_with_its_evidence(
    make_answer: MakeAnswer, scripted: Scripted
) -> None:
    class Recording(type(scripted(make_answer()))):  # type: ignore[misc]  # the double of these tests
        def send(self, request: Request, **how: bool) -> Response:
            answer: Response = super().send(request, **how)
            self.recorder.add(answer.exchange)
            return answer

    refusal = make_answer(401)
    controller = scripted(refusal)
    controller.__class__ = Recording
    accounts = Accounts(controller, PROFILE)
    for _ in range(2):
        worker = of_a_worker(accounts, scripted(make_answer()), PROFILE)
        for _ in range(2):
            with pytest.raises(LoginError) as caught:
                worker.logged_in("reader")
            assert str(caught.value) == REFUSED
            assert caught.value.exchanges == (refusal.exchange,)
    assert sent(controller) == [LOGIN]
