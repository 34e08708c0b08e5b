"""Sends the requests of a login, or those of a refresh, and reads their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.account import other_account
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.cookies import Cookie, SetCookie, cookie_header, kept, set_cookies
from pytest_apismoke.http.login_answer import (
    Answer,
    Found,
    copied_fields,
    csrf_value,
    token_in,
)
from pytest_apismoke.http.login_limit import Refusals
from pytest_apismoke.http.login_request import (
    login_request,
    refresh_request,
    second_request,
    token_header,
)
from pytest_apismoke.http.request import Request, secrets_in
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import TOO_MANY
from pytest_apismoke.http.token import Token
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor, is_sensitive

#: From this length on a value that is copied into the second step is taken for a secret.
_SECRET_CHARS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFlow:
    """How one kind of target logs in, with the credentials for it.

    Each method takes the client that sends its requests, and whether these may use the time that is
    reserved for restoring.
    """

    login: Login
    credentials: Credentials

    def log_in(self, client: Client, *, restoring: bool) -> Token:
        """Logs in, in one or two steps.

        Raises:
            SmokeError: `auth` without a usable token, or with that of another account than the
                profile pins; `budget` when waiting would take too long.

        """
        request = login_request(self.login, self.credentials)
        response = self._ask(client, request, restoring=restoring)
        answer = _with_cookies(client, request, response)
        if self.login.then.path:
            request = self._second(client, answer)
            response = self._ask(client, request, restoring=restoring, table="login.then")
            answer = _with_cookies(client, request, response, before=answer)
        found = token_in(self.login, answer)
        self._learn(client.redactor, found.token)
        self._check_account(client, response)
        return _noted(client, found)

    def can_refresh(self, token: Token) -> bool:
        """Whether a token can be exchanged for another one."""
        refresh = self.login.refresh
        has_cookie = not refresh.pointer and bool(token.cookies)
        return bool(refresh.path) and (bool(token.refresh) or has_cookie)

    def refresh(self, client: Client, token: Token, *, restoring: bool) -> Token:
        """Exchanges a token for another one.

        Raises:
            SmokeError: when the target gives none.

        """
        path = self.login.refresh.path
        request = refresh_request(
            self.login, token.refresh, _cookies_for(client, path, token.cookies)
        )
        _learn_fields(client.redactor, request)
        response = client.send(request, restoring=restoring)
        if response.status not in self.login.statuses:
            raise self._refused(request, response, client.redactor, table="login.refresh")
        before = Answer(response=response, cookies=token.cookies)
        found = token_in(self.login, _with_cookies(client, request, response, before=before))
        newer = _noted(client, found)
        # Without a new refresh token the old one stays good (RFC 6749, 6).
        return newer if newer.refresh else replace(newer, refresh=token.refresh)

    def _second(self, client: Client, first: Answer) -> Request:
        """The request of the second step; what it needs of the first answer is secret."""
        copied = copied_fields(self.login, first.response)
        for name, value in copied:
            # A short value such as true or 7 is none, and would blank ordinary words.
            if isinstance(value, str) and (len(value) >= _SECRET_CHARS or is_sensitive(name)):
                _learn(client.redactor, name, value)
        headers = _cookies_for(client, self.login.then.path, first.cookies)
        for cookie in first.cookies:
            learn_cookie(client.redactor, cookie)
        if self.login.then.carries_token:
            token = token_in(self.login, first).token
            self._learn(client.redactor, token)
            headers |= token_header(self.login, token.value)
        if name := self.login.then.csrf_header:
            value = csrf_value(self.login, first)
            _learn(client.redactor, name, value)
            headers[name] = value
        return second_request(self.login, self.credentials, copied, headers)

    def _ask(
        self, client: Client, request: Request, *, restoring: bool, table: str = "login"
    ) -> Response:
        """Sends a step of the login until it is no longer one too many, within the budget."""
        _learn_fields(client.redactor, request)
        refusals = Refusals()
        response = client.send(request, restoring=restoring)
        while response.status == TOO_MANY and TOO_MANY not in self.login.statuses:
            left_s = client.budget.remaining_s(restoring=restoring)
            client.budget.pause(refusals.next_wait_s(response, left_s=left_s))
            response = client.send(request, restoring=restoring)
        if response.status not in self.login.statuses:
            raise self._refused(request, response, client.redactor, table=table)
        return response

    def _refused(
        self, request: Request, response: Response, redactor: Redactor, *, table: str
    ) -> SmokeError:
        from pytest_apismoke.http.login_refusal import refused

        given_as = self.credentials.given_as
        return refused(self.login, request, response, redactor, table=table, given_as=given_as)

    def _learn(self, redactor: Redactor, token: Token) -> None:
        learn(redactor, token, variable=self.credentials.token_variable)

    def _check_account(self, client: Client, response: Response) -> None:
        if not self.login.expect:
            return
        try:
            body = response.json()
        except SmokeError as error:
            raise error.as_category(Category.AUTH) from None
        other = other_account(
            body,
            self.login.expect,
            client.redactor,
            where=response.where,
            table=self.credentials.pinned_in,
        )
        if other:
            raise other


def learn(redactor: Redactor, token: Token, *, variable: str = "APISMOKE_TOKEN") -> None:
    """Makes the secrets of a token known; `variable` stands for it in a curl line."""
    for cookie in token.cookies:
        learn_cookie(redactor, cookie)
    if not _is_session(token):
        redactor.learn(token.value, variable)
    redactor.learn(token.refresh, "APISMOKE_REFRESH_TOKEN")


def _is_session(token: Token) -> bool:
    """Whether a token consists of its cookies, whose values are the secrets."""
    return any(token.value.startswith(f"{cookie.name}=") for cookie in token.cookies)


def learn_cookie(redactor: Redactor, cookie: Cookie) -> None:
    """Makes the value of a cookie known, where it is a secret."""
    if cookie.is_secret:
        _learn(redactor, f"cookie_{cookie.name}", cookie.value)


def _learn_fields(redactor: Redactor, request: Request) -> None:
    """Makes the sensitive fields of a request known: they may stand in a configuration."""
    body = Request(method="POST", path="/", json=request.json, form=request.form)
    for name, value in secrets_in(body):
        _learn(redactor, name, value)


def _learn(redactor: Redactor, name: str, value: str) -> None:
    words = re.sub(r"\W+", "_", name).strip("_").upper()
    redactor.learn(value, f"APISMOKE_{words or 'SECRET'}")


def _with_cookies(
    client: Client, request: Request, response: Response, *, before: Answer | None = None
) -> Answer:
    """An answer with what is kept of its cookies, and of those before it."""
    news = set_cookies(response.headers, client.base_url + request.path)
    earlier: Sequence[SetCookie] = before.news if before else ()
    return Answer(
        response=response,
        news=(*earlier, *news),
        cookies=kept(before.cookies if before else (), news),
    )


def _cookies_for(client: Client, path: str, cookies: Sequence[Cookie]) -> dict[str, str]:
    header = cookie_header(cookies, client.base_url + path)
    return {"Cookie": header} if header else {}


def _noted(client: Client, found: Found) -> Token:
    if found.note:
        client.recorder.note(found.note)
    return found.token
