"""Lines of text with the markup of a terminal, safe to write: the one way to make them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.records import dataclass

#: The names of pytest's terminal writer for what the terminal's own theme has.
Markup = Mapping[str, bool]
PLAIN: Markup = {}
BOLD: Markup = {"bold": True}
DIM: Markup = {"light": True}
GREEN: Markup = {"green": True}
YELLOW: Markup = {"yellow": True}
RED: Markup = {"red": True}
CYAN: Markup = {"cyan": True}
BAD: Markup = {"red": True, "bold": True}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line, and its markup."""

    text: str
    markup: Markup = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, in parts with a markup each."""

    spans: tuple[Span, ...] = ()

    @property
    def text(self) -> str:
        """The text without markup."""
        return "".join(span.text for span in self.spans)


def line(*parts: str | Span) -> Line:
    """A line of some parts; a string has no markup."""
    return Line(tuple(Span(one) if isinstance(one, str) else one for one in parts))


def safe(lines: Iterable[Line], *, ascii_only: bool = False) -> Iterator[Line]:
    """The lines as they may be written: without what steers a terminal or a CI system.

    Args:
        lines: which may quote a server.
        ascii_only: whether the output can't show other characters.

    """
    for one in lines:
        spans = tuple(Span(_shown(span.text, ascii_only), span.markup) for span in one.spans)
        text = "".join(span.text for span in spans)
        inert = without_commands(text)
        # A command may lie across two parts: without markup there is one.
        yield Line(spans) if inert == text else line(inert)


def _shown(text: str, ascii_only: bool) -> str:
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return in_ascii(printable) if ascii_only else printable


def in_ascii(text: str) -> str:
    """The text for an output that can show nothing else."""
    short = text.replace("…", "...").replace("\N{REPLACEMENT CHARACTER}", "?")
    return short.encode("ascii", "backslashreplace").decode("ascii")
