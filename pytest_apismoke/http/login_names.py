"""The names by which an account logs in: a run that changed one would lock itself out. Pure."""

from __future__ import annotations

from pytest_apismoke.http.token_lifetime import claims_of

#: The claims of a token that name its owner (RFC 7519, 4.1.2, OpenID Connect and Microsoft's).
_CLAIMS = ("sub", "email", "preferred_username", "username", "user_name", "unique_name", "upn")


def login_names(username: str, token: str) -> frozenset[str]:
    """The names of the account of a run, in lower case and without blanks around them.

    Args:
        username: that of the credentials; empty where a token was given.
        token: of the run; a JWT tells whose it is.

    """
    claims = claims_of(token)
    names = [username, *(claims.get(name) for name in _CLAIMS)]
    return frozenset(plain for name in names if (plain := plain_name(name)))


def plain_name(value: object) -> str:
    """A name as most logins compare it; empty for what is no text."""
    return value.strip().lower() if isinstance(value, str) else ""
