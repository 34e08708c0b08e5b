"""Take escapes off a text, and tell where in the text each character came from. Pure.

What comes out is a string of bytes: UTF-8, each byte as the character of its number. Every pattern
takes time that is linear in the text: none begins inside of what it has tried in vain, and runs of
backslashes, of `25` and of `amp;` are taken as a whole.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator
from html.entities import html5

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

#: One escape together with the escapes of its own characters.
_ESCAPE = late_pattern(
    r"""
      \\+ (?:                                   # JSON, Python, C and shells
          u (?P<high>d[89ab][0-9a-f]{2}) \\+ u (?P<low>d[c-f][0-9a-f]{2})
        | (?-i:U) (?P<eight>[0-9a-f]{8})
        | u (?P<four>[0-9a-f]{4})
        | u \{ 0* (?P<braced>[0-9a-f]{1,6}) \}
        | x (?P<two>[0-9a-f]{2})
        | (?P<octal>[0-3][0-7]{2})
        | (?P<char>.)
      )
    | % (?:25)* (?P<percent>[0-9a-f]{2})        # URLs, and URLs inside URLs
    | & (?:amp;)* (?:                           # HTML
          \# 0* (?P<decimal>[0-9]{1,7}) ;
        | \#x 0* (?P<hex>[0-9a-f]{1,6}) ;
        | (?P<entity>[a-z][a-z0-9]{0,31};)
      )
    | ~ (?P<pointer>[01])                       # JSON Pointers (RFC 6901, 3)
    | (?P<nul>\0+)                              # UTF-16 and UTF-32
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BEGINS_ESCAPE = late_pattern(r"[\\%&~\0]")
#: What such an escape begins with, but for a backslash.
_SIGNS = "%&~\0"
_NOT_ASCII = late_pattern(r"[^\x00-\x7f]+")
_BACKSLASHES = late_pattern(r"\\+")
#: Quoted-printable (RFC 2045, 6.7), with its soft line breaks.
_QUOTED = late_pattern(r"=(?:([0-9a-f]{2})|[ \t]*\r?\n)", re.IGNORECASE)
_BLANKS = late_pattern(r"\s+")
_LINE_BREAK = late_pattern(r"[\r\n]")
_SOME_BYTES = late_pattern(r"(?:[0-9a-f]{2}(?:[^0-9a-f]{1,4}|[\s,:;]{0,3}0x)){3}", re.IGNORECASE)
#: What stands between bytes in hexadecimal.
_BETWEEN_BYTES = late_pattern(r"0x|\\x|%|[\s:,._-]+", re.IGNORECASE)

_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "a": "\a"}
_BASES = {"decimal": 10, "octal": 8}
_TWO_DIGITS = ("two", "octal")
#: Such an escape is a character in Python's strings, and a byte in its bytes.
_AMBIGUOUS = late_pattern(r"\\(?:x[89a-f]|[23][0-7]{2})", re.IGNORECASE)
#: Escapes inside of escapes of another kind; nobody nests more.
_MOST_ROUNDS = 8


def byte_string(text: str) -> str:
    """The bytes of a string in UTF-8, as characters; lone surrogates are bytes or themselves."""
    return text if text.isascii() else "".join(map(_bytes_of, text))


def _bytes_of(char: str) -> str:
    for errors in ("surrogateescape", "surrogatepass"):
        try:
            return char.encode("utf-8", errors).decode("latin-1")
        except UnicodeEncodeError:
            continue
    return char


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A text of which something was taken off; `original` leads back to where it came from.

    `changes` has, for each part that was replaced, its bounds here and its bounds in `before`.
    """

    text: str
    before: View | None = None
    changes: tuple[tuple[int, int, int, int], ...] = ()

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The bounds, in the text as it was given, of what is here between two bounds."""
        if self.before is None:
            return start, end
        first, last = self._change_at(start), self._change_at(end - 1)
        return self.before.original(_begin(start, first), _end(end - 1, last))

    def _change_at(self, at: int) -> tuple[int, int, int, int]:
        """The last change that does not begin behind a character."""
        index = bisect_right(self.changes, at, key=lambda change: change[0])
        return self.changes[index - 1] if index else (0, 0, 0, 0)

    def changed(self, pattern: re.Pattern[str], instead: Callable[[re.Match[str]], str]) -> View:
        """This view with each match of a pattern replaced; itself, if there is none."""
        parts: list[str] = []
        changes: list[tuple[int, int, int, int]] = []
        done = length = 0
        for found in pattern.finditer(self.text):
            start, end = found.span()
            put = instead(found)
            length += start - done
            changes.append((length, length + len(put), start, end))
            parts += [self.text[done:start], put]
            length += len(put)
            done = end
        if not changes:
            return self
        text = "".join([*parts, self.text[done:]])
        return View(text=text, before=self, changes=tuple(changes))


def _begin(at: int, change: tuple[int, int, int, int]) -> int:
    """Where a character of a view began before a change in it, or after one in front of it."""
    _, end, before_start, before_end = change
    return before_start if at < end else before_end + at - end


def _end(at: int, change: tuple[int, int, int, int]) -> int:
    _, end, _, before_end = change
    return before_end if at < end else before_end + at - end + 1


def views(text: str) -> Iterator[View]:
    """The text as bytes, and with the escapes of every kind taken off, a round at a time."""
    plain = View(text=text)
    if not text.isascii():
        plain = plain.changed(_NOT_ASCII, lambda found: byte_string(found.group()))
    yield from _unescaped_views(plain)
    if "=" in text:
        quoted = plain.changed(_QUOTED, _unquoted)
        if quoted is not plain:
            yield quoted


def has_escapes(plain: str) -> bool:
    """Whether a string of bytes, or a part of it, has any other view than itself on its lines.

    A single blank or letter between two strings makes no escape of them that neither has.
    """
    return (
        "\\" in plain
        or (any(sign in plain for sign in _SIGNS) and _ESCAPE.search(plain) is not None)
        or ("=" in plain and _QUOTED.search(plain) is not None)
    )


def canonical(spelling: str) -> set[str]:
    """What a string of bytes looks like in the views of a text that has it, in any round.

    A backslash at its end escapes what comes behind it in the text, and is not there any more.
    """
    return {spelling, *(view.text.rstrip("\\") for view in _unescaped_views(View(text=spelling)))}


def without_line_breaks(view: View) -> View:
    """A view on one line, without any blanks: encoders wrap what is long."""
    return view.changed(_BLANKS, lambda _: "") if _LINE_BREAK.search(view.text) else view


def without_separators(view: View) -> View:
    """A view without what stands between bytes in hexadecimal; itself, where there are none."""
    has_bytes = _SOME_BYTES.search(view.text)
    return view.changed(_BETWEEN_BYTES, lambda _: "") if has_bytes else view


def _unescaped_views(plain: View) -> Iterator[View]:
    yield plain
    yield from _rounds(plain)
    if _AMBIGUOUS.search(plain.text):
        yield from _rounds(plain, _with_characters)
    if "\\" in plain.text:
        # A backslash may stand before the secret, whose first letter then is no escape.
        without = plain.changed(_BACKSLASHES, lambda _: "")
        yield without
        yield from _rounds(without)


def _rounds(view: View, instead: Callable[[re.Match[str]], str] | None = None) -> Iterator[View]:
    if not _BEGINS_ESCAPE.search(view.text):
        return
    for _ in range(_MOST_ROUNDS):
        further = view.changed(_ESCAPE, instead or _unescaped)
        if further.text == view.text:
            return
        view = further
        yield view


def _unquoted(found: re.Match[str]) -> str:
    return chr(int(found.group(1), 16)) if found.group(1) else ""


def _unescaped(found: re.Match[str]) -> str:
    kind = found.lastgroup or ""
    value = found[kind]
    if kind == "char":
        return _LETTERS.get(value, value)
    if kind == "nul":
        return ""
    if kind == "pointer":
        return "~/"[int(value)]
    if kind == "entity":
        return byte_string(html5.get(value) or html5.get(value.lower()) or f"&{value}")
    code = int(value, _BASES.get(kind, 16))
    if kind == "low":
        code += 0x10000 - 0xDC00 + (int(found["high"], 16) - 0xD800) * 0x400
    if code > sys.maxunicode:
        return found.group()
    char = chr(code) if kind == "percent" or kind in _TWO_DIGITS else byte_string(chr(code))
    return char.strip("\0")


def _with_characters(found: re.Match[str]) -> str:
    put = _unescaped(found)
    return byte_string(put) if found.lastgroup in _TWO_DIGITS else put
