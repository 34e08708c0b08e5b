"""Who may call: hashed passwords, and signed tokens that expire."""

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

# The lowest cost that still is bcrypt at work: about 15 ms a check. The backend must start in
# well under 2 s, and the hash hides a password that is thrown away with the process.
_BCRYPT_COST = 8
_ALGORITHM = "HS256"


def utc_now() -> datetime:
    """Return the current moment."""
    return datetime.now(timezone.utc)


class Accounts:
    """The accounts that may log in."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._nobody = _hash(secrets.token_hex(16))

    def add(self, username: str, password: str) -> None:
        """Let this user in with this password from now on."""
        self._store.add_account(username, _hash(password))

    def check(self, username: str, password: str) -> bool:
        """Return whether the password is this user's."""
        # An unknown name costs the same work, so that timing does not tell which names exist.
        expected = self._store.password_hash(username) or self._nobody
        return bcrypt.checkpw(_prepared(password), expected)


class Tokens:
    """Bearer tokens that only this process can sign and that expire."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)

    def issue(self, username: str, lifetime_s: int = TOKEN_LIFETIME_S) -> str:
        """Return a new token for this user that is good for so many seconds."""
        now = self._clock()
        claims = {
            "sub": username,
            "iat": now,
            "exp": now + timedelta(seconds=lifetime_s),
            # Two logins within a second get different tokens.
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def verify(self, token: str) -> None:
        """Return if the token is one of this process and has not expired.

        Raises:
            ProblemError: 401 with the reason.
        """
        try:
            jwt.decode(
                token, self._key, algorithms=[_ALGORITHM], options={"require": ["exp", "sub"]}
            )
        except jwt.ExpiredSignatureError:
            raise unauthorized("token_expired", "the access token has expired") from None
        except jwt.InvalidTokenError:
            raise unauthorized("invalid_token", "the access token is not valid") from None


def bearer_token(authorization: str) -> str:
    """Return the token of an Authorization header (RFC 6750, section 2.1).

    Raises:
        ProblemError: 401, there is none.
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthorized("not_authenticated", "an Authorization: Bearer header is required")
    return token.strip()


def _hash(password: str) -> bytes:
    return bcrypt.hashpw(_prepared(password), bcrypt.gensalt(_BCRYPT_COST))


def _prepared(password: str) -> bytes:
    # bcrypt takes 72 bytes at most and no NUL byte; the digest carries a password of any length.
    return base64.b64encode(hashlib.sha256(password.encode()).digest())
