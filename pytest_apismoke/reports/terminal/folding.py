"""Folds text into columns: nothing is cut, and what is to be copied stays in one piece. Pure."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from pytest_apismoke.reports.terminal.line import DIM, PLAIN, Line, Markup, Span, line

#: Wider lines are hard to read, whatever the terminal has, in columns.
WIDEST = 100
#: A narrower terminal has labels on lines of their own, in columns.
NARROW = 60
#: The columns in front of the texts of a cause.
_LABEL_INDENT, LABELLED_INDENT = 3, 15
#: And in front of those that stand below their label.
BELOW_INDENT = 5
_LEAST = 16
#: curl's options without a value: any other one stays on a line with its value.
_SWITCHES = frozenset({"-sS", "-i", "-k", "-g", "-I", "-L", "--compressed"})


def usable(width: int) -> int:
    """The columns that are used of a terminal's `width`."""
    return max(_LEAST, min(width, WIDEST))


def wrapped(text: str, width: int, *, breaks_words: bool = False) -> list[str]:
    """The text in lines of a width, in columns; a longer word has a line of its own.

    Args:
        text: on one line.
        width: in columns.
        breaks_words: whether such a word may be broken, as nobody copies it.

    """
    return textwrap.wrap(
        text, max(width, _LEAST), break_long_words=breaks_words, break_on_hyphens=False
    )


def labelled(
    label: str,
    texts: Sequence[str],
    width: int,
    *,
    markup: Markup = PLAIN,
    label_markup: Markup = DIM,
    breaks_words: bool = False,
) -> Iterator[Line]:
    """A label with texts behind it, each folded; nothing without any."""
    room = width - text_indent(width)
    found = [piece for text in texts for piece in wrapped(text, room, breaks_words=breaks_words)]
    yield from under(label, [line(Span(one, markup)) for one in found], width, label_markup)


def under(
    label: str,
    lines: Iterable[Line],
    width: int,
    label_markup: Markup = DIM,
    *,
    is_below: bool = False,
) -> Iterator[Line]:
    """A label with lines behind it, which are not folded; nothing without any.

    Args:
        label: in front of them.
        lines: as they are.
        width: in columns.
        label_markup: of the label.
        is_below: whether the lines stand below the label, as in a narrow terminal.

    """
    is_below = is_below or width < NARROW
    head = " " * _LABEL_INDENT + label
    indent = " " * (BELOW_INDENT if is_below else LABELLED_INDENT)
    for number, one in enumerate(lines):
        if number == 0 and is_below:
            yield line(Span(head, label_markup))
        if number or is_below:
            yield Line((Span(indent), *one.spans))
        else:
            yield Line((Span(head.ljust(LABELLED_INDENT), label_markup), *one.spans))


def text_indent(width: int) -> int:
    """The columns in front of a text with a label."""
    return BELOW_INDENT if width < NARROW else LABELLED_INDENT


def shell_lines(command: str, width: int) -> list[str]:
    r"""A shell command in lines that can be pasted: broken between words, with a `\` at the end.

    A word is never broken, however long it is. A command that a shell could not read stays whole.
    """
    words = _words(command)
    # Behind two columns in front, and two behind for the sign that the command goes on.
    room = width - 4
    pieces: list[str] = []
    for word in words:
        last = pieces[-1] if pieces else ""
        is_value = last.startswith("-") and " " not in last and last not in _SWITCHES
        fits = len(last) + 1 + len(word) <= room
        if is_value and fits and not word.startswith("-"):
            pieces[-1] = f"{last} {word}"
        else:
            pieces.append(word)
    lines: list[str] = []
    for piece in pieces:
        # Two columns for the sign that the command goes on.
        if lines and len(lines[-1]) + 1 + len(piece) <= width - 2:
            lines[-1] += f" {piece}"
        else:
            lines.append(f"  {piece}" if lines else piece)
    return [*(f"{one} \\" for one in lines[:-1]), *lines[-1:]]


def _words(command: str) -> list[str]:
    """The words of a command as they are written, quotes included."""
    try:
        shlex.split(command)
    except ValueError:
        return [command]
    return list(_outside_quotes(command))


def _outside_quotes(command: str) -> Iterator[str]:
    """What lies between the blanks that no quotation mark surrounds."""
    word, quote, escaped = "", "", False
    for character in command:
        if character == " " and not quote and not escaped:
            if word:
                yield word
            word = ""
            continue
        word += character
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character in "'\"":
            quote = "" if quote == character else quote or character
    if word:
        yield word


def listed(names: Iterable[str], most: int = 16) -> str:
    """The first names, and a count of the rest: a failed login may fail thousands of checks."""
    every = list(names)
    more = f", and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def seconds(duration_s: float) -> str:
    """A duration: milliseconds below a second, else seconds with one decimal."""
    if duration_s < 0.9995:  # which would be rounded to 1000 ms
        return f"{duration_s * 1000:.0f} ms"
    return f"{duration_s:.1f} s"
