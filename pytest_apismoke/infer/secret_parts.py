"""Which parts of a path and its query look like secrets, whatever they are called. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote

from pytest_apismoke.redaction import REPLACEMENT
from pytest_apismoke.redaction.token_patterns import contains_token
from pytest_apismoke.schemas.dynamic_keys import looks_random
from pytest_apismoke.schemas.formats import is_email

#: An id with its kind in front, such as pi_3MtwBwLkdIwHu7ix28a3tqPa.
_ID_WITH_KIND = re.compile(r"[a-z]{2,12}_[A-Za-z0-9]{1,24}")
#: Shorter ones are rather ids.
_SHORTEST = 20

_Query = Sequence[tuple[str, str]]


def is_secret(text: str) -> bool:
    """Whether a part has the form of a secret, or is somebody's address."""
    is_address = is_email(text) and "." in text.rpartition("@")[2]
    return is_address or contains_token(text)


def is_opaque(text: str) -> bool:
    """Whether a part is long random text in both cases, as webhooks have it; a UUID is none."""
    return (
        len(text) >= _SHORTEST
        and text not in (text.lower(), text.upper())
        and _ID_WITH_KIND.fullmatch(text) is None
        and looks_random(text)
    )


def named(path: str, query: _Query, is_bad: Callable[[str], bool]) -> str:
    """The first part for which a question is answered with yes, in words that do not show it."""
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
    """The path without such parts."""
    return "/".join(
        REPLACEMENT if is_secret(unquote(segment)) or is_opaque(unquote(segment)) else segment
        for segment in path.split("/")
    )
