"""One login for all workers: a worker that needs another token asks the controller."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import execnet
import pytest
from unit.loopback import PATIENCE_S

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Login
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.token import Token
from pytest_apismoke.http.token_broker import RemoteBroker, TokenBroker

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]

REFUSED = Failure(
    category=Category.AUTH, expected="200 from the login", seen="401", where="POST x", hint="do y"
)


class Channel:
    """One end of a channel as execnet has it: what one end sends the other one receives."""

    TimeoutError = execnet.TimeoutError

    def __init__(self) -> None:
        self.received: queue.Queue[Any] = queue.Queue()
        self.callback: Callable[[Any], None] | None = None
        self.other: Channel
        self.is_closed = False

    def setcallback(self, callback: Callable[[Any], None]) -> None:
        self.callback = callback

    def send(self, item: Any) -> None:
        if self.is_closed:
            raise OSError("cannot send to a closed channel")
        # Only what execnet can carry crosses; it knows types, not their subclasses.
        item = execnet.loads(execnet.dumps(item))
        if self.other.callback:
            self.other.callback(item)
        else:
            self.other.received.put(item)

    def receive(self, timeout: float) -> Any:
        if self.is_closed:
            raise EOFError
        try:
            return self.received.get(timeout=min(timeout, PATIENCE_S))
        except queue.Empty:
            raise self.TimeoutError from None


def ends() -> tuple[Channel, Channel]:
    """The controller's and the worker's end."""
    one, other = Channel(), Channel()
    one.other, other.other = other, one
    return one, other


@pytest.fixture
def make_auth() -> Callable[..., Auth]:
    def make(client: ScriptedClient, *, token: Token | None = None) -> Auth:
        credentials = Credentials(username="me", password="my-password")
        return Auth(client, Login(), credentials, token=token or Token(value="first"))

    return make


MakeAuth = Callable[..., Auth]


def served(auth: Auth, workers: int = 1) -> list[RemoteBroker]:
    """The brokers of several workers, all served by one controller."""
    token_source = TokenBroker(auth)
    at_workers = []
    for _ in range(workers):
        ours, theirs = ends()
        token_source.serve(ours)
        at_workers.append(RemoteBroker(theirs))
    return at_workers


def test_a_worker_gets_another_token(
    make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    client = scripted(make_answer(body={"access_token": "second", "expires_in": 60}))
    (token_source,) = served(make_auth(client))

    assert token_source("first", False, False) == Token(value="second", lifetime_s=60.0)
    assert (len(client.requests), client.restoring) == (1, [False])


def test_a_token_without_a_lifetime_crosses_too(
    make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    (token_source,) = served(make_auth(scripted(make_answer(body={"access_token": "second"}))))
    assert token_source("first", True, True) == Token(value="second", lifetime_s=None)


def test_workers_that_are_refused_at_once_cause_one_login(
    make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    client = scripted(make_answer(body={"access_token": "second"}))
    got: list[Token | None] = []
    at_once = threading.Barrier(4)

    def refused(token_source: RemoteBroker) -> None:
        at_once.wait(PATIENCE_S)
        got.append(token_source("first", False, False))

    threads = [
        threading.Thread(target=refused, args=(token_source,))
        for token_source in served(make_auth(client), workers=4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert got == [Token(value="second")] * 4
    assert len(client.requests) == 1


@pytest.mark.parametrize("ends", [False, True])
def test_a_worker_with_an_old_token_gets_the_new_one_without_a_login(
    ends: bool, make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth, clock: FakeClock
) -> None:
    client = scripted(make_answer())
    auth = make_auth(client, token=Token(value="new", lifetime_s=60.0))
    clock.now += 20.0
    (token_source,) = served(auth)

    assert token_source("old", ends, False) == Token(value="new", lifetime_s=40.0)
    assert client.requests == []


def test_a_refusal_after_the_one_renewal_changes_nothing(
    make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    client = scripted(make_answer(body={"access_token": "second"}))
    one, other = served(make_auth(client), workers=2)
    assert [one("first", False, False), other("second", False, False)] == [
        Token(value="second"),
        None,
    ]
    assert len(client.requests) == 1


def test_the_controller_learns_that_a_request_restores(
    make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    client = scripted(make_answer(body={"access_token": "second"}))
    (token_source,) = served(make_auth(client))
    token_source("first", False, True)
    assert client.restoring == [True]


@pytest.mark.parametrize("category", [Category.AUTH, Category.BUDGET])
def test_a_failed_login_raises_the_same_failure_in_the_worker(
    category: Category, scripted: Scripted, make_auth: MakeAuth
) -> None:
    failure = replace(REFUSED, category=category)
    (token_source,) = served(make_auth(scripted(SmokeError(failure))))

    with pytest.raises(SmokeError) as caught:
        token_source("first", True, False)

    assert (caught.value.failure, caught.value.dirty) == (failure, False)
    assert type(caught.value.failure.category) is Category


def test_a_login_may_succeed_after_a_failed_one(
    make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    lost = fail(Category.FETCH, expected="a response", seen="none", where="", hint="")
    (token_source,) = served(
        make_auth(scripted(lost, make_answer(body={"access_token": "second"})))
    )
    with pytest.raises(SmokeError):
        token_source("first", True, False)
    assert token_source("first", True, False) == Token(value="second")


def gone(seen: str) -> Failure:
    return Failure(
        category=Category.INTERNAL,
        expected="the controller to run",
        seen=seen,
        where="the login",
        hint="this is a defect of the gate or of another plugin, not of the target;"
        " please report it",
    )


def refusal_of(token_source: RemoteBroker) -> Failure:
    with pytest.raises(SmokeError) as caught:
        token_source("first", False, False)
    assert caught.value.__cause__ is None
    return caught.value.failure


def test_a_controller_that_is_gone_is_a_failure_at_once() -> None:
    _, theirs = ends()
    theirs.is_closed = True
    assert refusal_of(RemoteBroker(theirs)) == gone("no reply (OSError)")


def test_a_controller_that_ends_before_it_replies_is_a_failure() -> None:
    ours, theirs = ends()

    def dies(_: object) -> None:
        theirs.is_closed = True

    ours.setcallback(dies)
    assert refusal_of(RemoteBroker(theirs)) == gone("no reply (EOFError)")


def test_a_controller_that_does_not_reply_is_a_failure_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pytest_apismoke.http.token_broker._TIMEOUT_S", 0.0)
    _, theirs = ends()
    assert refusal_of(RemoteBroker(theirs)) == gone("no reply (TimeoutError)")


def test_a_late_reply_is_not_taken_for_the_next_one(
    make_answer: MakeAnswer,
    scripted: Scripted,
    make_auth: MakeAuth,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, theirs = ends()
    requests: list[Any] = []
    ours.setcallback(requests.append)
    token_source = RemoteBroker(theirs)
    with monkeypatch.context() as patched:
        patched.setattr("pytest_apismoke.http.token_broker._TIMEOUT_S", 0.0)
        refusal_of(token_source)

    client = scripted(
        make_answer(body={"access_token": "second"}), make_answer(body={"access_token": "third"})
    )
    TokenBroker(make_auth(client)).serve(ours)
    assert ours.callback is not None
    ours.callback(requests[0])
    with theirs.received.not_empty:
        assert theirs.received.not_empty.wait_for(theirs.received._qsize, PATIENCE_S)

    assert token_source("second", True, False) == Token(value="third")


def test_a_worker_that_is_gone_does_not_disturb_the_others(
    make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    auth = make_auth(scripted(make_answer(body={"access_token": "second"})))
    token_source = TokenBroker(auth)
    dead, _ = ends()
    living, worker = ends()
    for channel in (dead, living):
        token_source.serve(channel)
    dead.is_closed = True
    assert dead.callback is not None

    dead.callback(_request("first"))

    assert RemoteBroker(worker)("first", False, False) == Token(value="second")


def _request(token: str) -> Any:
    """The request that a worker sends for this token."""
    ours, theirs = ends()
    sent: list[Any] = []

    def note(request: Any) -> None:
        sent.append(request)
        theirs.is_closed = True

    ours.setcallback(note)
    with pytest.raises(SmokeError):
        RemoteBroker(theirs)(token, False, False)
    return sent[0]


# -- over execnet itself ----------------------------------------------------------------------

#: A worker that asks for a token for each item it gets, and sends back the result.
WORKER = """
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.token_broker import RemoteBroker

broker = RemoteBroker(channel.receive())
for token, ends, restoring in channel:
    try:
        newer = broker(token, ends, restoring)
        channel.send((newer.value, newer.lifetime_s))
    except SmokeError as error:
        channel.send(str(error))
"""


@pytest.fixture
def gateway() -> Iterator[Any]:
    group = execnet.Group()
    yield group.makegateway("popen")
    group.terminate(timeout=PATIENCE_S)


def test_request_and_reply_cross_between_processes(
    gateway: Any, make_answer: MakeAnswer, scripted: Scripted, make_auth: MakeAuth
) -> None:
    client = scripted(
        make_answer(body={"access_token": "second", "expires_in": 60}), SmokeError(REFUSED)
    )
    tokens = gateway.newchannel()
    TokenBroker(make_auth(client)).serve(tokens)
    worker = gateway.remote_exec(WORKER)
    worker.send(tokens)

    received = []
    for request in [("first", False, False), ("first", False, False), ("second", True, False)]:
        worker.send(request)
        received.append(worker.receive(timeout=PATIENCE_S))

    assert received == [("second", 60.0), ("second", 60.0), str(REFUSED)]
    assert len(client.requests) == 2
