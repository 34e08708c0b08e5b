"""The login, once per run, and the renewal of its token, which stays in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Login
from pytest_apismoke.documents import describe, lookup
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.account import other_account
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login_limit import Refusals
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import TOO_MANY
from pytest_apismoke.http.token_lifetime import lifetime_s

#: Servers accept about 8 KiB of headers; a longer string is no token. In characters.
_LONGEST_TOKEN = 16_384
#: The last share of its lifetime in which a token is renewed before use; its maximum in seconds.
_LAST_SHARE, _MOST_LAST_S = 0.25, 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and its lifetime in seconds from now on; None where it is unknown."""

    value: str
    lifetime_s: float | None = None

    def __repr__(self) -> str:
        return "Token(...)"


#: Returns another token for a worker, or None if the token is not renewed. Takes the current token,
#: whether it has run out, and whether the time reserved for restoring may be used.
TokenSource = Callable[[str, bool, bool], Token | None]


class Auth:
    """Holds the token of a run.

    Args:
        client: sends the login.
        login: how this kind of target logs in.
        credentials: a token, or a username and a password.
        token: obtained by another process of this run.
        token_source: returns another token; by default, this process logs in itself.

    A token that has run out is renewed each time, as its issuer declared. A token that is refused
    before its end is renewed once in a run; a second refusal is the target's fault, and must not be
    hidden. One more login is reserved for restoring.
    """

    def __init__(
        self,
        client: Client,
        login: Login,
        credentials: Credentials,
        *,
        token: Token | None = None,
        token_source: TokenSource | None = None,
    ) -> None:
        self._client = client
        self._login = login
        self._credentials = credentials
        self._token_source = token_source
        # Reentrant: a signal handler may restore in the thread that renews.
        self._lock = threading.RLock()
        self._was_refused = False
        self._was_refused_restoring = False
        self._set_token(token or Token(value=credentials.token))

    @property
    def token(self) -> str:
        """The token itself."""
        return self._token.value

    @property
    def token_was_given(self) -> bool:
        """Whether the user gave the token, so that there is no login."""
        return bool(self._credentials.token)

    @property
    def logs_in(self) -> bool:
        """Whether the run logs in: not with a token from the user, nor where none is needed."""
        return self._login.enabled and not self.token_was_given

    def token_as_it_is(self) -> Token:
        """The token with its remaining lifetime."""
        if self.token_ends_at is None:
            return self._token
        left_s = max(0.0, self.token_ends_at - self._client.budget.clock())
        return Token(value=self._token.value, lifetime_s=left_s)

    def headers(self, token: str | None = None) -> Mapping[str, str]:
        """The header that authenticates a request, with this run's token or another."""
        if not self._login.enabled:
            return {}
        value = self.token if token is None else token
        return {self._login.header: f"{self._login.scheme} {value}".strip()}

    def log_in(self, *, recorder: Recorder | None = None, restoring: bool = False) -> None:
        """Obtains the token.

        Args:
            recorder: keeps the exchanges; by default that of the client.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: `auth` without a usable token, or with that of another account than the
                profile pins; `budget` when waiting would take too long.

        """
        try:
            client = self._client.recording(recorder) if recorder else self._client
            response = self._ask(client, restoring=restoring)
        except SmokeError as error:
            if error.failure.category is Category.BUDGET:
                raise
            raise error.as_category(Category.AUTH) from None
        token = self._token_in(response)
        self._check_account(response, token)
        self._set_token(token)

    def renew_if_it_ends(
        self, recorder: Recorder | None = None, *, restoring: bool = False
    ) -> bool:
        """Renews a token that is about to run out; returns whether it did."""
        with self._lock:
            return self._runs_out() and self.renew(recorder, restoring=restoring)

    def renew(
        self, recorder: Recorder | None = None, *, refused: str = "", restoring: bool = False
    ) -> bool:
        """Renews a token that was refused or runs out; returns whether there is another one.

        The login may return the same token again, which the target may accept all the same. Of
        several threads whose requests were refused at once, the first logs in for all.

        Args:
            recorder: keeps the exchanges; by default that of the client.
            refused: the token that was refused, if the caller knows it.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: as `log_in`.

        """
        if not self.logs_in:
            return False
        with self._lock:
            old, ends = self.token, self._runs_out()
            if refused and refused != old:
                return True
            if self._token_source is None:
                return self._renew(recorder, ends=ends, restoring=restoring)
            renewed = self._token_source(old, ends, restoring)
            if renewed is None:
                return False
            self._set_token(renewed)
            return True

    def newer_than(self, token: str, *, ends: bool, restoring: bool) -> Token | None:
        """A token for a worker whose token is no longer usable; None if it is not renewed again.

        If the run has a newer token already, that one is returned: two workers that are refused at
        once cause one login.
        """
        if token == self.token and not self._renew(None, ends=ends, restoring=restoring):
            return None
        return self.token_as_it_is()

    def _renew(self, recorder: Recorder | None, *, ends: bool, restoring: bool) -> bool:
        if not ends and not self._was_refused:
            self._was_refused = True
        elif not ends and restoring and not self._was_refused_restoring:
            self._was_refused_restoring = True
        elif not ends:
            return False
        self.log_in(recorder=recorder, restoring=restoring)
        return True

    def _runs_out(self) -> bool:
        if self.token_ends_at is None or self._token.lifetime_s is None:
            return False
        margin_s = min(_LAST_SHARE * self._token.lifetime_s, _MOST_LAST_S)
        return self._client.budget.clock() >= self.token_ends_at - margin_s

    def _check_account(self, response: Response, token: Token) -> None:
        if not self._login.expect:
            return
        redactor = self._client.redactor
        redactor.learn(token.value, "APISMOKE_TOKEN")
        error = other_account(
            response.json(), self._login.expect, redactor, where=response.where, table="login"
        )
        if error:
            raise error

    def _set_token(self, token: Token) -> None:
        self._client.redactor.learn(token.value, "APISMOKE_TOKEN")
        self._token = token
        self.token_ends_at: float | None = None
        if token.lifetime_s is not None:
            self.token_ends_at = self._client.budget.clock() + token.lifetime_s

    def _ask(self, client: Client, *, restoring: bool) -> Response:
        body = {
            self._login.username_field: self._credentials.username,
            self._login.password_field: self._credentials.password,
        }
        # A second login returns a second token and does no harm, so it may be repeated.
        request = Request(
            method="POST",
            path=self._login.path,
            json=body,
            repeatable=True,
            response_is_secret=True,
        )
        response = client.send(request, restoring=restoring)
        refusals = Refusals()
        while response.status == TOO_MANY:
            left_s = client.budget.remaining_s(restoring=restoring)
            client.budget.pause(refusals.next_wait_s(response, left_s=left_s))
            response = client.send(request, restoring=restoring)
        return response

    def _token_in(self, response: Response) -> Token:
        if response.status not in self._login.statuses:
            raise response.not_as_expected(
                f"{_either(self._login.statuses)} from the login",
                category=Category.AUTH,
                hint=_login_hint(response.status)
                or f"the login itself is broken; {response.log_hint}",
            )
        try:
            body = response.json()
        except SmokeError as error:
            raise error.as_category(Category.AUTH) from None
        token = lookup(body, self._login.token_pointer)
        seen = _unusable(token)
        if not seen:
            return Token(value=token, lifetime_s=lifetime_s(body, response.headers, token))
        raise fail(
            Category.AUTH,
            expected=f"a token at {self._login.token_pointer} in the login response",
            seen=seen,
            where=response.where,
            hint="look at the login response with the curl line; the token may be in another place",
        )


def _unusable(token: object) -> str:
    """A phrase for a value that can't be sent as a token; empty for a usable token."""
    if not isinstance(token, str):
        return describe(token)
    if not token:
        return "an empty string"
    if len(token) > _LONGEST_TOKEN:
        return f"a string of {len(token)} characters, too long for a header"
    fits = token.isprintable() and token.isascii() and token == token.strip()
    return "" if fits else "a string that can't be sent in a header"


def _either(statuses: tuple[int, ...]) -> str:
    return " or ".join(map(str, statuses))


def _login_hint(status: int) -> str:
    if status in (400, 401, 403, 422):
        return "check APISMOKE_USERNAME and APISMOKE_PASSWORD for this target"
    if status == 404:
        return "check the URL and its path prefix: the target does not know the login path"
    return ""
