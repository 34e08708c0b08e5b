"""Fills the lists of messages into the pages that have a place for them. Pure.

A place is a pair of comments in Markdown, which name modules of the package by the beginnings of
their names. What stands between them is made from the code; the rest is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from documenting.messages.inventory import Message

_PLACE = re.compile(
    r"<!-- messages of (?P<of>[^>]+?) -->\n.*?(?=<!-- end of messages -->)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Filled:
    """Pages with their lists.

    Attributes:
        pages: the text of each by its name.
        homeless: the modules whose messages no place has.
        idle: what places name and no module with messages begins with.

    """

    pages: dict[str, str]
    homeless: tuple[str, ...]
    idle: tuple[str, ...]


def filled(pages: Mapping[str, str], messages: Sequence[Message]) -> Filled:
    """The pages with the messages of each place filled in, in the order of the code."""
    named = {
        name: page
        for page, text in pages.items()
        for place in _PLACE.finditer(text)
        for name in place["of"].split()
    }
    home = {module: _home(module, named) for module in {one.module for one in messages}}

    def listed(place: re.Match[str]) -> str:
        own = set(place["of"].split())
        of_place = [one for one in messages if home[one.module] in own]
        return f"<!-- messages of {place['of']} -->\n\n{_list(of_place)}\n"

    return Filled(
        pages={name: _PLACE.sub(listed, text) for name, text in pages.items()},
        homeless=tuple(sorted(module for module, name in home.items() if not name)),
        idle=tuple(sorted(set(named) - set(home.values()))),
    )


def _home(module: str, names: Iterable[str]) -> str:
    """The longest of the beginnings that a module has; empty without any."""
    return max((name for name in names if module.startswith(name)), key=len, default="")


def _list(messages: Iterable[Message]) -> str:
    told = dict.fromkeys(_entry(one) for one in messages)
    return "".join(told)


def _entry(message: Message) -> str:
    """A message as an item of a list: its first text, and the others below it."""
    lines = [f"{label} {_code(text)}".strip() for label, text in _shown(message)]
    first, *others = dict.fromkeys(lines)
    return f"- {first}\n" + "".join(f"    - {line}\n" for line in others)


def _shown(message: Message) -> Iterator[tuple[str, str]]:
    for label, texts in message.parts:
        yield from ((label, text.shown) for text in texts if text.has_words)


def _code(text: str) -> str:
    """A text as code of Markdown, in which nothing has a meaning."""
    if "`" not in text:
        return f"`{text}`"
    return f"`` {text} ``"
