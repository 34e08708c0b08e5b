"""Authentication: hashed passwords, and signed tokens that expire."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import bcrypt
import jwt

from .response import unauthorized
from .store import Store

TOKEN_LIFETIME_S = 3600

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

    def add(self, username: str, password: str) -> None:
        """Add an account."""
        self._store.add_account(username, _hash(password))

    def check(self, username: str, password: str) -> bool:
        """Return whether an account has this username and password."""
        # An unknown username costs the same work, so that timing does not reveal which ones exist.
        expected = self._store.password_hash(username) or self._unknown_account
        return bcrypt.checkpw(_digest(password), expected)


class Tokens:
    """Bearer tokens that expire, signed with a key of this process."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def issue(self, username: str, lifetime_s: int = TOKEN_LIFETIME_S) -> str:
        """Return a new token that expires after this many seconds."""
        now = self._clock()
        claims = {
            "sub": username,
            "iat": now,
            "exp": now + timedelta(seconds=lifetime_s),
            # Two logins within a second get different tokens.
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def verify(self, token: str) -> str:
        """Verify the signature and the expiry of a token; return its username.

        Raises:
            ProblemError: 401, the token has expired or is not valid.
        """
        try:
            claims = jwt.decode(
                token, self._key, algorithms=[_ALGORITHM], options={"require": ["exp", "sub"]}
            )
        except jwt.ExpiredSignatureError:
            raise unauthorized("token_expired", "the access token has expired") from None
        except jwt.InvalidTokenError:
            raise unauthorized("invalid_token", "the access token is not valid") from None
        return str(claims["sub"])


def bearer_token(authorization: str) -> str:
    """Return the token in an Authorization header (RFC 6750, section 2.1).

    Raises:
        ProblemError: 401, the header has no bearer token.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("not_authenticated", "an Authorization: Bearer header is required")
    return token.strip()


def _hash(password: str) -> bytes:
    return bcrypt.hashpw(_digest(password), bcrypt.gensalt(_BCRYPT_COST))


def _digest(password: str) -> bytes:
    # bcrypt takes at most 72 bytes and no NUL; the digest stands for a password of any length.
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
