"""Which secrets a CI system is told to mask in its log, and as which strings. Pure.

A mask hides every place where its string stands, in the output of all later steps too. A short or
common one would make the log unreadable, and would tell everybody what the secret is: the word that
is missing everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

#: Shorter strings stand in many places where they are no secret.
SHORTEST_MASK = 6
#: Passwords of demonstrations and tests that are also words of logs.
_COMMON = frozenset(
    {
        *("access", "admin123", "apismoke", "bearer", "bucket", "changeme", "client", "default"),
        *("github", "localhost", "password", "passwd", "postgres", "production", "public"),
        *("secret", "secrets", "staging", "system", "target", "testing", "unknown", "username"),
        *("000000", "111111", "123456", "1234567", "12345678", "123456789"),
    }
)


def masks_of(secret: str) -> Iterator[str]:
    """The strings to mask for a secret: itself, or each of its lines, as far as they can be."""
    for line in dict.fromkeys(secret.splitlines()):
        stripped = line.strip()
        if len(stripped) >= SHORTEST_MASK and stripped.lower() not in _COMMON:
            yield stripped
