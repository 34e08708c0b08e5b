"""The words of names, and the singular of English plurals. Pure."""

from __future__ import annotations

import re

from pytest_apismoke.late_pattern import late_pattern

_WORD = late_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `order`, `id` for `orderId`, `order_id` and `OrderID`."""
    return tuple(word.lower() for word in _WORD.findall(name))


def singular(word: str) -> str:
    """The singular of an English plural, judged by its ending; a number at the end stays."""
    if number := re.search(r"(?<=\D)\d+$", word):
        return f"{singular(word[: number.start()])}{number.group()}"
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(ss|tus|rus|x|z|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if re.search(r"[^sui]s$", word) else word
