"""Finds the parts of a path and its query that look like secrets, whatever their names. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import REPLACEMENT
from pytest_apismoke.redaction.token_patterns import contains_token
from pytest_apismoke.schemas.dynamic_keys import looks_random
from pytest_apismoke.schemas.formats import is_email

#: An id with a prefix for its kind, such as pi_3MtwBwLkdIwHu7ix28a3tqPa.
_ID_WITH_KIND = late_pattern(r"[a-z]{2,12}_[A-Za-z0-9]{1,24}")
#: The shortest opaque secret, in characters; a shorter string is rather an id.
_SHORTEST = 20

_Query = Sequence[tuple[str, str]]


def is_secret(text: str) -> bool:
    """Whether a part has the form of a secret, or is an email address."""
    is_address = is_email(text) and "." in text.rpartition("@")[2]
    return is_address or contains_token(text)


def is_opaque(text: str) -> bool:
    """Whether a part is a long random string in mixed case, as in webhook URLs; a UUID is not."""
    return (
        len(text) >= _SHORTEST
        and text not in (text.lower(), text.upper())
        and _ID_WITH_KIND.fullmatch(text) is None
        and looks_random(text)
    )


def named(path: str, query: _Query, is_bad: Callable[[str], bool]) -> str:
    """The first bad part, named without showing it: `segment 2 of the path`. Empty without any."""
    return next(_named(path, query, is_bad), "")


def _named(path: str, query: _Query, is_bad: Callable[[str], bool]) -> Iterator[str]:
    for number, segment in enumerate(path.split("/")):
        if is_bad(unquote(segment)):
            yield f"segment {number} of the path"
    for number, (name, value) in enumerate(query, start=1):
        if is_bad(name):
            yield f"the name of parameter {number} of the query"
        elif is_bad(value):
            yield f"the parameter {name!r}"


def shown(path: str) -> str:
    """The path with its secret parts redacted."""
    return "/".join(
        REPLACEMENT if is_secret(unquote(segment)) or is_opaque(unquote(segment)) else segment
        for segment in path.split("/")
    )
