"""Holds the token of a run, which stays in memory, and renews it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.cookies import (
    cookie_header,
    given_cookies,
    joined,
    kept,
    lifetime_of,
    set_cookies,
)
from pytest_apismoke.http.login_flow import LoginFlow, learn
from pytest_apismoke.http.login_names import login_names
from pytest_apismoke.http.login_request import token_header
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.request import basic
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.token import Token, TokenSource, given_token

#: The last share of its lifetime in which a token is renewed before use; its maximum in seconds.
_LAST_SHARE, _MOST_LAST_S = 0.25, 5.0
#: A response with one of these is about a session that is no good: what it sets is not followed.
_REFUSED = frozenset({401, 403})


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
    hidden. One more login is reserved for restoring. A renewal is a refresh where the target has
    one, and a login where it has none or refuses it.

    The token may be a session of cookies; with HTTP Basic it is the password, and there is no
    login.
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
        self._flow = LoginFlow(login=login, credentials=credentials)
        self._token_source = token_source
        # Reentrant: a signal handler may restore in the thread that renews.
        self._lock = threading.RLock()
        self._was_refused = False
        self._was_refused_restoring = False
        client.redactor.learn(credentials.password, "APISMOKE_PASSWORD")
        self._set_token(token or given_token(login, credentials))

    @property
    def token(self) -> str:
        """The token itself."""
        return self._token.value

    @property
    def token_was_given(self) -> bool:
        """Whether the user gave the token, so that there is no login."""
        return bool(self._credentials.token)

    @property
    def names(self) -> frozenset[str]:
        """The names by which the account of this run logs in; see `login_names`."""
        return login_names(self._credentials.username, self.token)

    @property
    def logs_in(self) -> bool:
        """Whether the run logs in: not with a token from the user, nor where none is needed."""
        return self._login.has_request and not self.token_was_given

    @property
    def is_session(self) -> bool:
        """Whether the run has a session of cookies, which any response may replace."""
        return self._login.kind == "cookie"

    @property
    def refused_hint(self) -> str:
        """What to do about a refusal of credentials that no login has proven; else empty."""
        from pytest_apismoke.http.login_refusal import refused_hint

        return refused_hint(self._login, self._credentials, token_was_given=self.token_was_given)

    def token_as_it_is(self) -> Token:
        """The token with its remaining lifetime."""
        if self.token_ends_at is None:
            return self._token
        left_s = max(0.0, self.token_ends_at - self._client.budget.clock())
        return replace(self._token, lifetime_s=left_s)

    def using(self, client: Client) -> Auth:
        """The token of this run with another client, which sends the login from now on."""
        return Auth(client, self._login, self._credentials, token=self.token_as_it_is())

    def headers(self, token: str | None = None, *, path: str = "/") -> Mapping[str, str]:
        """The header that authenticates a request, with this run's token or one that it had.

        Args:
            token: instead of the current one.
            path: of the request, for which some of the cookies may not be.

        """
        if not self._login.enabled:
            return {}
        value = self.token if token is None else token
        if self._login.kind == "cookie":
            cookies = self._token.cookies
            if value != self.token:
                # Another thread has renewed the session meanwhile.
                cookies = given_cookies(value)
            header = cookie_header(cookies, self._client.base_url + path)
            return {"Cookie": header} if header else {}
        if self._login.kind == "basic":
            return {self._login.header: self._basic(value)}
        return token_header(self._login, value)

    def headers_with(self, wrong: str, *, path: str = "/") -> Mapping[str, str]:
        """The header that carries another secret in the place of this run's own."""
        if self._login.enabled and self._login.kind == "cookie":
            cookies = [replace(cookie, value=wrong) for cookie in self._token.cookies]
            header = cookie_header(cookies, self._client.base_url + path)
            return {"Cookie": header} if header else {}
        return self.headers(wrong, path=path)

    def _basic(self, secret: str) -> str:
        if self.token_was_given:
            return f"Basic {secret}"
        return basic(self._credentials.username, secret)

    def follow(self, response: Response, path: str) -> None:
        """Takes over the cookies that a response sets, as a browser does.

        Args:
            response: to a request with the session of this run.
            path: of that request.

        """
        sets = "set-cookie" in response.headers and response.status not in _REFUSED
        if self._login.kind != "cookie" or not sets:
            return
        news = set_cookies(response.headers, self._client.base_url + path)
        with self._lock:
            old = self.token_as_it_is()
            cookies = kept(old.cookies, news)
            lifetime_s = lifetime_of(news)
            if cookies == old.cookies and lifetime_s is None:
                return
            newer = replace(
                old,
                value=joined(cookies),
                cookies=cookies,
                lifetime_s=old.lifetime_s if lifetime_s is None else lifetime_s,
            )
            self._set_token(newer)
        if self._token_source is not None and newer.value != old.value:
            self._token_source.tell(old.value, newer)

    def take_over(self, token: str, newer: Token) -> None:
        """Takes over a session that the target has replaced in a worker's response."""
        with self._lock:
            if token == self.token:
                self._set_token(newer)

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
            token = self._flow.log_in(self._bound(recorder), restoring=restoring)
        except SmokeError as error:
            if error.failure.category is Category.BUDGET:
                raise
            raise error.as_category(Category.AUTH) from None
        self._set_token(token)

    def renew_if_it_ends(
        self, recorder: Recorder | None = None, *, restoring: bool = False
    ) -> bool:
        """Renews a token that is about to run out; returns whether it did."""
        with self._lock:
            return self.runs_out and self.renew(recorder, restoring=restoring)

    def renew(
        self,
        recorder: Recorder | None = None,
        *,
        refused: str = "",
        is_due: bool = False,
        restoring: bool = False,
    ) -> bool:
        """Renews a token that was refused or runs out; returns whether there is another one.

        The login may return the same token again, which the target may accept all the same. Of
        several threads whose requests were refused at once, the first logs in for all.

        Args:
            recorder: keeps the exchanges; by default that of the client.
            refused: the token that was refused, if the caller knows it.
            is_due: does not count as the one renewal of a token that is refused.
            restoring: may use the time reserved for restoring.

        Raises:
            SmokeError: as `log_in`.

        """
        if not self.logs_in:
            return False
        with self._lock:
            old = self.token
            # A token that is not there yet has run out: any login is due.
            ends = is_due or not old or self.runs_out
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
        if not self._refresh(recorder, restoring=restoring):
            self.log_in(recorder=recorder, restoring=restoring)
        return True

    def _refresh(self, recorder: Recorder | None, *, restoring: bool) -> bool:
        """Exchanges the token for another one; returns whether the target gave one."""
        if not self._flow.can_refresh(self._token):
            return False
        client = self._bound(recorder)
        try:
            token = self._flow.refresh(client, self._token, restoring=restoring)
        except SmokeError as error:
            if error.failure.category is Category.BUDGET:
                raise
            client.recorder.note(
                f"the token could not be refreshed ({error.failure.message}): logged in again"
            )
            return False
        self._set_token(token)
        return True

    def _bound(self, recorder: Recorder | None) -> Client:
        return self._client.recording(recorder) if recorder else self._client

    @property
    def runs_out(self) -> bool:
        """Whether the token is about to run out."""
        if self.token_ends_at is None or self._token.lifetime_s is None:
            return False
        margin_s = min(_LAST_SHARE * self._token.lifetime_s, _MOST_LAST_S)
        return self._client.budget.clock() >= self.token_ends_at - margin_s

    def _set_token(self, token: Token) -> None:
        learn(self._client.redactor, token, variable=self._credentials.token_variable)
        self._token = token
        self.token_ends_at: float | None = None
        if token.lifetime_s is not None:
            self.token_ends_at = self._client.budget.clock() + token.lifetime_s
