"""Reads the blocks of code of the documentation: the one reader of its Markdown, for all tests.

A comment in front of a block may say what it is; CONTRIBUTING.md has the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = "docs/how-to"
_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->\s*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: its page and line, its language, its text, and the comment before it.

    `language` is empty where a block names none; that of an indented block is `indented`.
    `is_generated` says that it stands between comments of scripts/reference.py.
    """

    page: str
    line: int
    language: str
    text: str
    comment: str = ""
    is_generated: bool = False

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def first_line(self) -> str:
        """The first line that is not empty."""
        return self.text.lstrip("\n").partition("\n")[0]

    def said(self, key: str) -> str | None:
        """What the comment says behind a key and a colon; None where it says no such thing."""
        name, colon, value = self.comment.partition(":")
        return value.strip() if (name, colon) == (key, ":") else None


def read(text: str, page: str = "") -> tuple[Block, ...]:
    """The blocks of a text of Markdown, in their order."""
    return tuple(_blocks(text, page))


def _blocks(text: str, page: str) -> Iterator[Block]:
    comment, is_generated = "", False
    for token in MarkdownIt("commonmark").parse(text):
        if token.type in ("fence", "code_block"):
            language = token.info.partition(" ")[0] if token.type == "fence" else "indented"
            line = token.map[0] + 1 if token.map else 0
            yield Block(page, line, language, token.content, comment, is_generated)
        found = _COMMENT.fullmatch(token.content) if token.type == "html_block" else None
        comment = found[1] if found else ""
        is_generated = comment.startswith("generated: ") or (is_generated and comment != "end")
        comment = "" if comment.startswith("generated: ") else comment


@cache
def pages() -> tuple[str, ...]:
    """Every page of the documentation, by its path from the root."""
    found = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
    return tuple(path.relative_to(ROOT).as_posix() for path in found)


@cache
def text_of(page: str) -> str:
    """The text of a page."""
    return (ROOT / page).read_text("utf-8")


@cache
def blocks_of(page: str) -> tuple[Block, ...]:
    """The blocks of a page, in their order."""
    return read(text_of(page), page)


def every_block() -> tuple[Block, ...]:
    """The blocks of all pages."""
    return tuple(block for page in pages() for block in blocks_of(page))


def is_walk(page: str) -> bool:
    """Whether a page is read from its first line to its last, in one shell."""
    return page == "docs/start.md" or page.startswith("docs/tutorials/")


def texts(page: str, language: str) -> list[str]:
    """The texts of the blocks of a page that are in this language."""
    return [block.text for block in blocks_of(page) if block.language == language]
