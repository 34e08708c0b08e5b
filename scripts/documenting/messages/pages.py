"""Fills the lists of messages into the pages that have a place for them. Pure.

A place is a pair of comments in Markdown, which name modules of the package by the beginnings of
their names. What stands between them is made from the code; the rest is written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from documenting.messages.message import Message

_PLACE = re.compile(
    r"<!-- messages of (?P<of>[^>]+?) -->\n.*?(?=<!-- end of messages -->)", re.DOTALL
)
#: Between the failures of a list and all else.
_OTHERS = "\nNotes, and parts of the messages above:\n\n"
#: What a part of a longer message begins with.
_BEFORE = ",;: "


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


def _list(messages: Sequence[Message]) -> str:
    """Failures, then what else is printed; each once."""
    failures = dict.fromkeys(_entry(one) for one in messages if one.is_failure)
    others = dict.fromkeys(_entry(one) for one in messages if not one.is_failure)
    between = _OTHERS if failures and others else ""
    return f"{''.join(failures)}{between}{''.join(others)}"


def _entry(message: Message) -> str:
    """A message as an item of a list: its first text, and the others below it."""
    lines = [f"{label} {_code(text)}".strip() for label, text in _shown(message)]
    first, *others = dict.fromkeys(lines)
    return f"- {first}\n" + "".join(f"    - {line}\n" for line in others)


def _shown(message: Message) -> Iterator[tuple[str, str]]:
    for label, texts in message.parts:
        shown = (text.shown.lstrip(_BEFORE) for text in texts if text.has_words)
        yield from ((label, text) for text in shown)


def _code(text: str) -> str:
    """A text as code of Markdown, in which nothing has a meaning."""
    if "`" not in text:
        return f"`{text}`"
    return f"`` {text} ``"
