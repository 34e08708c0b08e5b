"""Derives names from paths: of schemas, of checks, of APIs. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.schemas.dynamic_keys import looks_like_data
from pytest_apismoke.words import singular

_LONGEST_NAME = 80
#: The first segments of paths that say nothing about the resource.
_PREFIX = late_pattern(r"api|rest|v\d+")
_WORD_BEGINS = late_pattern(r"(?<=[a-z0-9])(?=[A-Z])")


class Names:
    """Makes names unique by numbering the later ones.

    Args:
        taken: names that are in use already.
        between: the separator between a name and its number.

    """

    def __init__(self, taken: Collection[str] = (), *, between: str = "-") -> None:
        self._taken = set(taken)
        self._between = between

    def unique(self, name: str) -> str:
        """The name itself, or with the lowest number that makes it unique."""
        found, number = name, 2
        while found in self._taken:
            found, number = f"{name}{self._between}{number}", number + 1
        self._taken.add(found)
        return found


def named_after(path: str) -> str:
    """The name for the resource of a path: `order-lines` for `/api/orders/{order_id}/lines`.

    Ids and placeholders are left out.
    """
    words: list[str] = []
    for segment in filter(None, path.split("/")):
        if segment.startswith("{") or looks_like_data(unquote(segment)):
            words[-1:] = [singular(word) for word in words[-1:]]
        else:
            words += filter(None, [_hyphenated(unquote(segment))])
    while len(words) > 1 and _PREFIX.fullmatch(words[0]):
        words.pop(0)
    return "-".join(words)[:_LONGEST_NAME].strip("-") or "root"


def api_named_after(path: str, *, reserved: Collection[str]) -> str:
    """The name for the API of a path: its first segment that is no prefix such as `api` or `v1`."""
    segments = [unquote(segment) for segment in path.split("/") if not looks_like_data(segment)]
    words = [word for word in map(_hyphenated, segments) if word and not _PREFIX.fullmatch(word)]
    name = re.sub(r"^[^a-z]+", "", "".join(words[:1]))[:_LONGEST_NAME] or "my-api"
    return f"{name}-api" if name in reserved else name


def snake(name: str) -> str:
    """Lower-case words joined by underscores: `order_id` for `orderId`."""
    words = re.split(r"[^a-z0-9_]+", _WORD_BEGINS.sub("_", name).lower())
    return "_".join(filter(None, words))


def _hyphenated(name: str) -> str:
    return snake(name).replace("_", "-").strip("-")
