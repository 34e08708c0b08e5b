"""Reads docs/runbook.md: each case with its commands and what must happen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from documentation.pages import read, text_of

PAGE = "docs/runbook.md"
_ROW = re.compile(r"^\| `(.+)` \| (\d+) \| (\d+) \| (\d+) \| (.+) \|$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A row of the page: the headline, the code in each table, and what became of the writes."""

    headline: str
    category: int
    api: int
    verdict: int
    written: str


@dataclass(frozen=True)
class Case:
    """One thing that is broken on purpose.

    Args:
        title: its heading.
        commands: a script for the shell.
        rows: what must happen.
        outputs: blocks of output that the page shows.

    """

    title: str
    commands: str
    rows: tuple[Expected, ...]
    outputs: tuple[str, ...]

    def __str__(self) -> str:
        return re.sub(r"\W+", "-", self.title.lower())


def cases() -> Iterator[Case]:
    """Every case of the page, in its order.

    Raises:
        ValueError: where a case has no block of commands, or several.

    """
    for section in re.split(r"^### ", text_of(PAGE), flags=re.MULTILINE)[1:]:
        title, _, text = re.split(r"^## ", section, flags=re.MULTILINE)[0].partition("\n")
        blocks = read(text)
        (commands,) = (block.text for block in blocks if block.language == "sh")
        outputs = tuple(block.text for block in blocks if not block.language)
        yield Case(title, commands, tuple(_rows(text)), outputs)


def _rows(text: str) -> Iterator[Expected]:
    for headline, category, api, verdict, written in _ROW.findall(text):
        yield Expected(
            headline=headline,
            category=int(category),
            api=int(api),
            verdict=int(verdict),
            written=written,
        )
