"""Names for what paths lead to: of schemas, of checks, of APIs. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from pytest_apismoke.schemas.dynamic_keys import looks_like_data

_LONGEST_NAME = 80
#: What an API's paths begin with, whatever they lead to.
_PREFIX = re.compile(r"api|rest|v\d+")
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Names:
    """Gives each name once; whoever wants it again gets it with a number.

    Args:
        taken: names that nobody gets.
        between: what stands between a name and its number.

    """

    def __init__(self, taken: Collection[str] = (), *, between: str = "-") -> None:
        self._taken = set(taken)
        self._between = between

    def unique(self, name: str) -> str:
        """The name, or with the lowest number that makes it a new one."""
        found, number = name, 2
        while found in self._taken:
            found, number = f"{name}{self._between}{number}", number + 1
        self._taken.add(found)
        return found


def named_after(path: str) -> str:
    """The name of what a path leads to: `/api/orders/{order_id}/lines` is `order-lines`.

    Ids, as placeholders or as they are, are no part of it.
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
    """The name of the API that a path belongs to: the first word that tells it from others."""
    segments = [unquote(segment) for segment in path.split("/") if not looks_like_data(segment)]
    words = [word for word in map(_hyphenated, segments) if word and not _PREFIX.fullmatch(word)]
    name = re.sub(r"^[^a-z]+", "", "".join(words[:1]))[:_LONGEST_NAME] or "my-api"
    return f"{name}-api" if name in reserved else name


def snake(text: str) -> str:
    """Lower-case words joined by underscores: `orderId` is `order_id`."""
    words = re.split(r"[^a-z0-9_]+", _WORD_BEGINS.sub("_", text).lower())
    return "_".join(filter(None, words))


def singular(word: str) -> str:
    """A plural's singular, as far as its ending tells; a number behind it stays."""
    if number := re.search(r"(?<=\D)\d+$", word):
        return f"{singular(word[: number.start()])}{number.group()}"
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(ss|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if re.search(r"[^sui]s$", word) else word


def _hyphenated(text: str) -> str:
    return snake(text).replace("_", "-").strip("-")
