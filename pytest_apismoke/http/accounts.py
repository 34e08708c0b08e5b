"""The further accounts of a run: each logs in once, when a test asks for it first."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.configuration.rootdir import FILE
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.documents import describe
from pytest_apismoke.errors import Category, SmokeError, misconfigured
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.token import RunTokenSource, Token

if TYPE_CHECKING:
    from pytest_apismoke.configuration.accounts import Account


#: The `where` of messages about the name of an account.
_WHERE = "smoke_login"
_ASKED_AGAIN = (
    "a 403 was asked for again with a new token, to tell a token that is no good from an account"
    " that is not allowed"
)


class LoginError(SmokeError):
    """The login of a further account failed; `exchanges` are the evidence."""

    def __init__(self, error: SmokeError, exchanges: Sequence[Exchange]) -> None:
        super().__init__(error.failure, dirty=error.dirty)
        self.exchanges = tuple(exchanges)


class AccountTarget(Target):
    """The target as a further account sees it.

    A 403 is what a test of permissions waits for, and what many frameworks send for a token that
    is no good. So the first one is asked for again with a new token, and from then on a 403 is
    about the account. This leaves the one renewal of a token that is refused by another status.

    Args:
        name: of the account.
        client: sends the requests.
        auth: of the account.
        profile: of the target.

    """

    def __init__(self, name: str, client: Client, auth: Auth, profile: TargetProfile) -> None:
        super().__init__(client, auth, profile)
        self._name = name
        # Shared by the views of this target, each of which is for one test.
        self._once = threading.Lock()
        self._is_accepted = threading.Event()

    def send(
        self,
        request: Request,
        *,
        fresh: bool = False,
        restoring: bool = False,
        expected: Collection[int] = (),
    ) -> Response:
        """Sends a request; see `Target.send`.

        Raises:
            SmokeError: also `auth`, for credentials that no login has proven and no request either.

        """
        response = super().send(request, fresh=fresh, restoring=restoring, expected=expected)
        if response.status not in self._refused:
            self._is_accepted.set()
        unproven = self.auth.refused_hint and not self._is_accepted.is_set()
        if unproven and response.status != 403 and response.status in self._refused:
            raise response.not_as_expected(
                f"a response to the account {self._name!r}",
                category=Category.AUTH,
                hint=self.auth.refused_hint,
            )
        return response

    def _renews(self, request: Request, response: Response, token: str, *, restoring: bool) -> bool:
        if response.status != 403:
            return super()._renews(request, response, token, restoring=restoring)
        # Never released: the one who gets it is the first.
        if response.status not in self._refused or not self._once.acquire(blocking=False):
            return False
        recorder = self.client.recorder
        if not self.auth.renew(recorder, refused=token, is_due=True, restoring=restoring):
            return False
        recorder.note(_ASKED_AGAIN)
        return True


class Accounts:
    """The targets of the accounts that a profile names, over the connections of the run's own.

    An account whose login was refused is not tried again: a login counts against a limit, and its
    answer would be the same. Thread-safe.

    Args:
        client: of the run.
        profile: names the accounts.
        token_source: returns their tokens to a worker; by default, this process logs in itself.

    """

    def __init__(
        self, client: Client, profile: TargetProfile, *, token_source: RunTokenSource | None = None
    ) -> None:
        self._client = client
        self._profile = profile
        self._token_source = token_source
        self._lock = threading.RLock()
        self._targets: dict[str, Target] = {}
        self._refused: dict[str, LoginError] = {}

    def logged_in(self, name: str) -> Target:
        """The target of an account, with its token.

        Raises:
            SmokeError: `usage` for a name that the profile does not have.
            LoginError: `auth` without a usable token, `budget` when the time is spent.

        """
        account = self._account(name)
        with self._lock:
            if name in self._refused:
                # One that may be shown more than once needs no frames of the last time.
                raise self._refused[name].with_traceback(None)
            if name not in self._targets:
                self._targets[name] = self._target(account)
            target = self._targets[name]
            recorder = Recorder()
            try:
                if target.auth.logs_in and not target.auth.token:
                    target.auth.renew(recorder)
            except SmokeError as error:
                failed = self._failed(account, error, recorder)
                if failed.failure.category is Category.AUTH:
                    self._refused[name] = failed
                raise failed from None
            return target

    def newer_than(self, name: str, token: str, *, ends: bool, restoring: bool) -> Token | None:
        """A token of an account for a worker, as `Auth.newer_than`; at first, that of its login."""
        auth = self.logged_in(name).auth
        if not token:
            return auth.token_as_it_is()
        return auth.newer_than(token, ends=ends, restoring=restoring)

    def take_over(self, name: str, token: str, newer: Token) -> None:
        """Takes over a session of an account, as `Auth.take_over`."""
        if name in self._targets:
            self._targets[name].auth.take_over(token, newer)

    def _target(self, account: Account) -> Target:
        from pytest_apismoke.configuration.accounts import credentials_of, login_of

        login = self._profile.login
        auth = Auth(
            self._client,
            login_of(account, login),
            credentials_of(account, login),
            token_source=self._token_source.of(account.name) if self._token_source else None,
        )
        return AccountTarget(account.name, self._client, auth, self._profile)

    def _account(self, name: str) -> Account:
        from pytest_apismoke.configuration.accounts import TABLE

        known = {account.name: account for account in self._profile.accounts}
        if isinstance(name, str) and name in known:
            return known[name]
        seen = repr(name) if isinstance(name, str) else describe(name)
        if not known:
            place = name if isinstance(name, str) and name.isidentifier() else "NAME"
            raise misconfigured(
                expected="the name of an account of the profile",
                seen=f"{seen}, and the profile names none",
                where=_WHERE,
                hint=f"write [{TABLE}.{place}] with username and password into {FILE}, the password"
                ' as a reference such as "${READER_PASSWORD}"',
            )
        raise misconfigured(
            expected=f"the name of an account of the profile ({', '.join(known)})",
            seen=seen,
            where=_WHERE,
            hint=nearest(name, tuple(known)) if isinstance(name, str) else "give it as a string",
        )

    def _failed(self, account: Account, error: SmokeError, recorder: Recorder) -> LoginError:
        if isinstance(error, LoginError):
            # Of the controller, which says whose login it was.
            return error
        failure = error.failure
        named = f"{failure.expected}, for the account {account.name!r}"
        return LoginError(SmokeError(replace(failure, expected=named)), recorder.exchanges)
