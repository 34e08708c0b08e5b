r"""Regular expressions of ECMA 262, written so that Python reads them in the same way.

JSON Schema and OpenAPI mean that dialect, with its flag `u`: `$` is the very end, `\d`, `\w` and
`\b` know ASCII alone, and `\p{L}` any letter. Where browsers are more lenient than that, an escaped
punctuation mark, a lone bracket or a lone brace is itself. The result is for `re` as well as for
`regex`, which alone knows `\p` and some lookbehinds.
"""

from __future__ import annotations

import re

from pytest_apismoke.late_pattern import late_pattern

_ESCAPE = r"""
    \\(?:u\{[0-9A-Fa-f]+\} | u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}
    | u[0-9A-Fa-f]{4} | x[0-9A-Fa-f]{2} | c[A-Za-z] | [pP]\{[^}]*\} | k<[^>]*> | [1-9][0-9]* | .)
"""
_TOKEN = late_pattern(
    rf"""
    (?P<escape>{_ESCAPE})
    | (?P<set>\[(?:\\.|[^\]\\])*\])
    | (?P<named>\(\?<(?![=!])(?P<name>[^>]*)>)
    | (?P<group>\((?!\?))
    | (?P<around>\(\?(?:[:=!]|<[=!]|i:|-i:))
    | (?P<close>\))
    | (?P<quantifier>(?:[*+?]|\{{[0-9]+(?:,[0-9]*)?\}})\??)
    | (?P<mark>[.^$|])
    | (?P<unknown>\(\?|\[|\\)                  # of another dialect, or cut off
    | (?P<literal>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_SET = late_pattern(rf"{_ESCAPE} | .", re.VERBOSE | re.DOTALL)
_SURROGATE = late_pattern(r"[\ud800-\udfff]")

_SPACE = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NO_SPACE = (
    r"\x00-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e"
    r"\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff"
)
_CLASSES = {
    r"\d": "0-9",
    r"\D": r"\x00-/:-\U0010ffff",
    r"\w": "A-Za-z0-9_",
    r"\W": r"\x00-/:-@\x5b-\x5e`{-\U0010ffff",
    r"\s": _SPACE,
    r"\S": _NO_SPACE,
}
_BEHIND, _AHEAD = "(?<=[A-Za-z0-9_])", "(?=[A-Za-z0-9_])"
_NOT_BEHIND, _NOT_AHEAD = "(?<![A-Za-z0-9_])", "(?![A-Za-z0-9_])"
_BOUNDARIES = {
    r"\b": f"(?:{_BEHIND}{_NOT_AHEAD}|{_NOT_BEHIND}{_AHEAD})",
    r"\B": f"(?:{_BEHIND}{_AHEAD}|{_NOT_BEHIND}{_NOT_AHEAD})",
}
_CONTROLS = dict(zip("tnvfr0b", "\t\n\v\f\r\0\b", strict=True))
_MARKS = {".": r"[^\n\r\u2028\u2029]", "^": "^", "$": r"\Z", "|": "|"}
_NEVER, _ANY = "(?!)", r"[\x00-\U0010ffff]"


class NotEcmaError(ValueError):
    """A regular expression that is not one of ECMA 262."""


def in_words_of_python(source: str) -> str:
    """A regular expression of ECMA 262, as Python would write it.

    Raises:
        NotEcmaError: where it is none, as far as Python would not refuse the result itself.

    """
    return _Translation(source).run()


def needs_code_units(source: str) -> bool:
    """Whether a regular expression names halves of characters, as those of JavaScript did."""
    halves = (_single(one[0]) for one in _IN_SET.finditer(source) if one[0].startswith("\\u"))
    return any(one is not None and _SURROGATE.fullmatch(one) for one in halves)


def in_code_units(string: str) -> str:
    """A string with the two halves of UTF-16 in place of each character that has them."""
    units = string.encode("utf-16-be", "surrogatepass")
    return "".join(chr(int.from_bytes(units[i : i + 2], "big")) for i in range(0, len(units), 2))


class _Translation:
    def __init__(self, source: str) -> None:
        self._tokens = list(_TOKEN.finditer(source))
        opened = [one for one in self._tokens if one.lastgroup in ("group", "named")]
        self._names = {one["name"]: n for n, one in enumerate(opened, start=1) if one["name"]}
        self._groups = len(opened)
        # The groups that are closed, and the numbers of those that are open: 0 captures nothing.
        self._closed: set[int] = set()
        self._open: list[int] = []
        self._captures = 0

    def run(self) -> str:
        written, before = [], ""
        for token in self._tokens:
            kind = str(token.lastgroup)
            if kind == "unknown" or (kind == before == "quantifier"):
                raise NotEcmaError(token[0])
            written.append(self._written(kind, token[0]))
            before = kind
        return "".join(written)

    def _written(self, kind: str, text: str) -> str:
        if kind in ("group", "named", "around"):
            self._captures += kind != "around"
            self._open.append(0 if kind == "around" else self._captures)
            return text if kind == "around" else "("
        if kind == "close" and self._open:
            self._closed.add(self._open.pop())
        if kind == "escape":
            return self._escape(text)
        if kind == "set":
            return _set(text)
        if kind == "mark":
            return _MARKS[text]
        return _plain(text) if kind == "literal" else text

    def _escape(self, text: str) -> str:
        if text in _BOUNDARIES:
            return _BOUNDARIES[text]
        if text in _CLASSES:
            return f"[{_CLASSES[text]}]"
        if text[:3] in (r"\p{", r"\P{"):
            return text
        if text.startswith(r"\k<") or "1" <= text[1] <= "9":
            number = int(text[1:]) if text[1] != "k" else self._names.get(text[3:-1], 0)
            if not 0 < number <= self._groups:
                raise NotEcmaError(text)
            # What a group has not found yet is empty.
            return rf"(?({number})\{number}|)" if number in self._closed else "(?:)"
        return _plain(_char(text))


def _set(text: str) -> str:
    """A set in brackets; each character in it that may mean something to Python is escaped."""
    negation = "^" if text[1] == "^" else ""
    parts = [one[0] for one in _IN_SET.finditer(text[1 + len(negation) : -1])]
    written = []
    while parts:
        first = parts.pop(0)
        is_range = len(parts) > 1 and parts[0] == "-"
        if is_range and not (_is_class(first) or _is_class(parts[1])):
            low, high = _char(first), _char(parts[1])
            if low > high:
                raise NotEcmaError(text)
            written.append(f"{_plain(low)}-{_plain(high)}")
            del parts[:2]
        else:
            written.append(_CLASSES.get(first, first) if _is_class(first) else _plain(_char(first)))
    if not written:
        return _ANY if negation else _NEVER
    return f"[{negation}{''.join(written)}]"


def _is_class(text: str) -> bool:
    return text in _CLASSES or text[:3] in (r"\p{", r"\P{")


def _char(text: str) -> str:
    """The character that a part of a set, or an escape, stands for."""
    found = _single(text)
    if found is None:
        raise NotEcmaError(text)
    return found


def _single(text: str) -> str | None:
    name = text[1:]
    if not name:
        return text if text != "\\" else None
    if len(name) == 1:
        # Another letter is an anchor, a class or nothing in other dialects.
        is_letter = name.isascii() and name.isalnum()
        return _CONTROLS.get(name) if is_letter else name
    if name[0] == "c":
        return chr(ord(name[1]) % 32)
    digits = re.findall("[0-9A-Fa-f]{2,}", name.replace("u{", "u{0"))
    if name[0] not in "ux" or not digits:
        return None
    codes = [int(one, 16) for one in digits]
    if len(codes) > 1:
        return chr(0x10000 + ((codes[0] - 0xD800) << 10) + codes[1] - 0xDC00)
    return chr(codes[0]) if codes[0] <= 0x10FFFF else None


def _plain(char: str) -> str:
    """A character as itself, inside of a set or not."""
    if char.isascii() and (char.isalnum() or char in " _"):
        return char
    code = ord(char)
    return rf"\x{code:02x}" if code < 0x100 else rf"\U{code:08x}"
