"""One login for all xdist workers: a worker whose token is no longer usable asks the controller.

Request and reply go over a channel of xdist's own connection, never through a file.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import asdict
from typing import Any

from pytest_apismoke.errors import Category, Failure, SmokeError, defect
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.accounts import Accounts, LoginError
from pytest_apismoke.http.cookies import Cookie
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.token import Token, TokenSource
from pytest_apismoke.records import dataclass

#: How long a worker waits for a reply, in seconds. The budget bounds the login; this is the last
#: resort.
_TIMEOUT_S = 600.0


class TokenBroker:
    """The controller's side: serves every worker, one after the other.

    Args:
        auth: of the run's own account.
        accounts: the further ones, if there are any.

    """

    def __init__(self, auth: Auth, accounts: Accounts | None = None) -> None:
        self._auth = auth
        self._accounts = accounts
        self._lock = threading.Lock()

    def serve(self, channel: Any) -> None:
        """Serves the requests on an execnet channel for as long as it is open."""

        def on_request(request: Any) -> None:
            # Not in the channel's own thread, which has reports to carry meanwhile.
            threading.Thread(target=self._reply, args=(channel, request), daemon=True).start()

        channel.setcallback(on_request)

    def _reply(self, channel: Any, request: tuple[int, str, str, bool, bool, Any]) -> None:
        number, account, token, ends, restoring, newer = request
        if newer is not None:
            self._take_over(account, token, _unpacked(newer))
            return
        # The worker may be gone by now.
        with contextlib.suppress(OSError):
            reply = self._renewed(account, token, ends=ends, restoring=restoring)
            channel.send((number, *reply))

    def _take_over(self, account: str, token: str, newer: Token) -> None:
        if account and self._accounts:
            self._accounts.take_over(account, token, newer)
        elif not account:
            self._auth.take_over(token, newer)

    def _newer_than(self, account: str, token: str, *, ends: bool, restoring: bool) -> Token | None:
        if account and self._accounts:
            return self._accounts.newer_than(account, token, ends=ends, restoring=restoring)
        return self._auth.newer_than(token, ends=ends, restoring=restoring)

    def _renewed(self, account: str, token: str, *, ends: bool, restoring: bool) -> tuple[str, Any]:
        exchanges: tuple[Exchange, ...] | None = None
        try:
            with self._lock:
                newer = self._newer_than(account, token, ends=ends, restoring=restoring)
        except SmokeError as error:
            failure = error.failure
            exchanges = error.exchanges if isinstance(error, LoginError) else None
        except Exception as error:
            # Of any kind: a worker that gets no reply would wait for one.
            seen = f"{type(error).__name__}: {error}"
            failure = defect("the renewal of the token", seen=seen, where="the controller")
        else:
            return ("token", _packed(newer)) if newer else ("none", None)
        # The channel carries built-in types only, no subclasses of them.
        told = {**asdict(failure), "category": failure.category.value}
        shown = None if exchanges is None else [exchange.to_json() for exchange in exchanges]
        return "failure", (told, shown)


class RemoteBroker:
    """A worker's side: a `RunTokenSource`."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._asked = 0

    def of(self, account: str) -> TokenSource:
        """The source of the tokens of a further account."""
        return _OfAccount(self, account)

    def __call__(self, token: str, ends: bool, restoring: bool) -> Token | None:
        """Asks for another token.

        Args:
            token: the one that is no longer usable.
            ends: whether it has run out.
            restoring: whether the login may use the time reserved for restoring.

        Returns:
            The new token; None where the controller does not renew it again.

        Raises:
            SmokeError: the failure of the controller's login, or that it did not reply.

        """
        return self.request("", token, ends, restoring)

    def request(self, account: str, token: str, ends: bool, restoring: bool) -> Token | None:
        """Asks for another token of an account; see `__call__`."""
        try:
            with self._lock:
                kind, value = self._ask(account, token, ends, restoring)
        except (OSError, EOFError, self._channel.TimeoutError) as error:
            seen = f"no reply ({type(error).__name__})"
            raise SmokeError(defect("the controller", seen=seen, where="the login")) from None
        if kind == "failure":
            raise _error(*value)
        return _unpacked(value) if kind == "token" else None

    def tell(self, token: str, newer: Token) -> None:
        """Tells the controller that the target has replaced the token; expects no reply."""
        self.tell_of("", token, newer)

    def tell_of(self, account: str, token: str, newer: Token) -> None:
        """Tells the controller that the target has replaced the token of an account."""
        # A controller that is gone needs none.
        with contextlib.suppress(OSError):
            self._channel.send((0, account, token, False, False, _packed(newer)))

    def _ask(self, account: str, token: str, ends: bool, restoring: bool) -> tuple[str, Any]:
        self._asked += 1
        self._channel.send((self._asked, account, token, ends, restoring, None))
        while True:
            number, *reply = self._channel.receive(timeout=_TIMEOUT_S)
            # A reply with another number is for a request that was interrupted.
            if number == self._asked:
                kind, value = reply
                return kind, value


@dataclass(frozen=True, slots=True)
class _OfAccount:
    """The `TokenSource` of a further account, in a worker."""

    broker: RemoteBroker
    account: str

    def __call__(self, token: str, ends: bool, restoring: bool) -> Token | None:
        return self.broker.request(self.account, token, ends, restoring)

    def tell(self, token: str, newer: Token) -> None:
        """Tells the controller that the target has replaced the token."""
        self.broker.tell_of(self.account, token, newer)


def _error(failure: dict[str, Any], exchanges: list[dict[str, Any]] | None) -> SmokeError:
    """What a login in the controller raised; one of a further account comes with its exchanges."""
    error = SmokeError(Failure(**{**failure, "category": Category(failure["category"])}))
    if exchanges is None:
        return error
    return LoginError(error, [Exchange.from_json(exchange) for exchange in exchanges])


def _packed(token: Token) -> tuple[Any, ...]:
    """A token in built-in types; the controller alone needs what it is refreshed with."""
    cookies = tuple((c.name, c.value, c.path, c.is_hidden) for c in token.cookies)
    return token.value, token.lifetime_s, cookies


def _unpacked(packed: tuple[Any, ...]) -> Token:
    value, lifetime_s, cookies = packed
    return Token(
        value=value,
        lifetime_s=lifetime_s,
        cookies=tuple(
            Cookie(name=name, value=content, path=path, is_hidden=is_hidden)
            for name, content, path, is_hidden in cookies
        ),
    )
