"""The token of a run, and who gives another one. Stays in memory."""

from __future__ import annotations

from typing import Protocol

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.login_profile import Login
from pytest_apismoke.http.cookies import Cookie, given_cookies
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token and its lifetime in seconds from now on; None where it is unknown.

    `refresh` is exchanged for the next token, where the login gave one. `cookies` are those of the
    login, where they count; a session that consists of cookies has all of them as its `value`.
    """

    value: str
    lifetime_s: float | None = None
    refresh: str = ""
    cookies: tuple[Cookie, ...] = ()

    def __repr__(self) -> str:
        return "Token(...)"


def given_token(login: Login, credentials: Credentials) -> Token:
    """The token without a login: that from the user, or else the password of HTTP Basic."""
    given = credentials.token
    if login.kind == "cookie" and given:
        return Token(value=given, cookies=given_cookies(given))
    if login.kind == "basic" and not given:
        return Token(value=credentials.password)
    return Token(value=given)


class TokenSource(Protocol):
    """The controller of a run, as a worker sees it."""

    def __call__(self, token: str, ends: bool, restoring: bool) -> Token | None:
        """Returns another token, or None if the token is not renewed.

        Takes the current token, whether it has run out, and whether the time reserved for restoring
        may be used.
        """

    def tell(self, token: str, newer: Token) -> None:
        """Tells that the target itself has replaced the token by a newer one."""


class RunTokenSource(TokenSource, Protocol):
    """The source of the tokens of all accounts of a run; itself, that of the run's own."""

    def of(self, account: str) -> TokenSource:
        """The source of the tokens of a further account."""
