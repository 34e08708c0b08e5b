"""Authentication: hashed passwords, and signed tokens that expire."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import bcrypt
import jwt

from .documents import BUSINESS_ID
from .response import ProblemError, unauthorized
from .store import Store

TOKEN_LIFETIME_S = 7 * 24 * 3600
#: The one account.
USER_ID = 1
#: The cookie with the token, which authenticates without any header.
COOKIE = "access_token"

# About 15 ms for each check. The backend must start in well under 2 s, and the password that the
# hash protects is gone with the process.
_BCRYPT_COST = 8
_ALGORITHM = "HS256"


def utc_now() -> datetime:
    """Return the current time, with its time zone."""
    return datetime.now(timezone.utc)


class Accounts:
    """The accounts that may log in."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unknown_account = _hash(secrets.token_hex(16))

    def add(self, email: str, password: str) -> None:
        """Add an account."""
        self._store.add_account(email, _hash(password))

    def check(self, email: str, password: str) -> bool:
        """Return whether an account has this email address and password."""
        # An unknown address costs the same work, so that timing does not reveal which ones exist.
        expected = self._store.password_hash(email) or self._unknown_account
        return bcrypt.checkpw(_digest(password), expected)


class Tokens:
    """Tokens that expire, signed with a key of this process.

    They say neither when they were issued nor any number of their own: two logins within a second
    get the same token.
    """

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def issue(self, email: str, lifetime_s: int = TOKEN_LIFETIME_S) -> str:
        """Return a new token that expires after this many seconds."""
        claims = {
            "user_id": USER_ID,
            "email": email,
            "business_id": BUSINESS_ID,
            "exp": self._clock() + timedelta(seconds=lifetime_s),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def verify(self, token: str) -> str:
        """Verify the signature and the expiry of a token; return its email address.

        Raises:
            ProblemError: 401, the token has expired or is not valid.
        """
        try:
            claims = jwt.decode(
                token, self._key, algorithms=[_ALGORITHM], options={"require": ["exp", "email"]}
            )
        except jwt.InvalidTokenError:
            raise invalid_token() from None
        return str(claims["email"])


def token_in(authorization: str, cookie: str) -> str:
    """Return the token in an Authorization header (RFC 6750, section 2.1), or else in the cookie.

    Raises:
        ProblemError: 401, there is none.
    """
    scheme, _, token = authorization.partition(" ")
    found = token.strip() if scheme.lower() == "bearer" else ""
    if not found and not cookie:
        raise unauthorized("Not authenticated")
    return found or cookie


def invalid_token() -> ProblemError:
    """Return the 401 of a request whose token has expired or is not valid."""
    return unauthorized("Could not validate credentials")


def _hash(password: str) -> bytes:
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(_BCRYPT_COST))


def _digest(password: str) -> bytes:
    # bcrypt takes at most 72 bytes and no NUL; the digest stands for a password of any length.
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
