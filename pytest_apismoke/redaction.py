"""Keeps secrets out of everything that is shown or written, in derived forms too."""

from __future__ import annotations

import base64
import functools
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from html.entities import codepoint2name
from typing import Any

REPLACEMENT = "[redacted]"

#: Values this short would blank ordinary words; no real credential is shorter.
SHORTEST_SECRET = 4
#: From this length on, a piece of the value is recognised too: tools cut long values in the middle.
_LONG_SECRET = 32
_PIECE = 16
#: Shorter pieces of base64 would blank ordinary words.
_SHORTEST_INSIDE = 6
_LETTER = r"[\w.~+/=%-]"
_WORD = f"{_LETTER}*"

_SENSITIVE_NAME = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|api[-_]?key|^authorization$|^proxy-authorization$"
    r"|^(set-)?cookie$|credential|private[-_]?key|^session[-_]?id$",
    re.IGNORECASE,
)
#: Names that look sensitive but hold no secret.
_HARMLESS_NAMES = frozenset({"token_type", "expires_in"})


#: Longer bodies are not parsed only to show their beginning.
_LONGEST_JSON = 100_000
_MEMBER = re.compile(
    r"""(["']?)(?<![\w-])([\w-]+)\1(\s*[:=]\s*)("(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s,;&<>"']+)"""
)
#: Headers whose whole value is a secret, quoted in an error page: to the end of the line.
_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)\b[\"']?\s*[:=][^\r\n<]*")


class Redactor:
    """Knows the secret values of a run and removes them from text, headers and JSON.

    Secrets are learned while the run goes on (the token comes with the login), so everything that
    shows or stores text shares one instance.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, value: str, name: str) -> None:
        """Adds a secret; `name` is the environment variable that stands for it in a curl line."""
        if len(value) >= SHORTEST_SECRET and value not in self._names:
            self._names[value] = name
            self._pattern = _compile(self._names)

    def secrets(self) -> tuple[tuple[str, str], ...]:
        """The pairs (value, name) known so far, to hand them to a worker process."""
        return tuple(self._names.items())

    def text(self, text: str) -> str:
        """The text without any known secret."""
        return self._pattern.sub(REPLACEMENT, text) if self._pattern else text

    def body(self, text: str) -> str:
        """A body as text: JSON member by member, anything else by names and values."""
        if len(text) <= _LONGEST_JSON:
            try:
                return self.text(json.dumps(self.json(json.loads(text)), ensure_ascii=False))
            except (ValueError, RecursionError):
                pass
        text = _HEADER.sub(rf"\1: {REPLACEMENT}", text[:_LONGEST_JSON])
        return self.text(_MEMBER.sub(_blank_member, text))

    def shape(self, text: str) -> str:
        """What a body looks like whose texts are secrets that are not known yet: its members."""
        try:
            return self.text(json.dumps(_without_texts(json.loads(text)), ensure_ascii=False))
        except (ValueError, RecursionError):
            return ""

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with sensitive ones blanked by name and known secrets blanked by value."""
        return {
            self.text(name): REPLACEMENT if is_sensitive(name) else self.text(value)
            for name, value in headers.items()
        }

    def json(self, value: object) -> object:
        """A JSON value with sensitive members blanked by name and known secrets by value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): REPLACEMENT
                if is_sensitive(str(key)) and _holds_a_value(member)
                else self.json(member)
                for key, member in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.json(member) for member in value]
        return value

    def known_values(self, value: object) -> Any:
        """A JSON value with known secrets blanked, and nothing else: names are not looked at."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): self.known_values(member) for name, member in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.known_values(member) for member in value]
        return value

    def shell(self, text: str) -> str:
        """The text quoted for a POSIX shell, each known secret as the variable that holds it."""
        if not self._names:
            return shlex.quote(text)
        longest_first = sorted(self._names, key=len, reverse=True)
        parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
        return "".join(
            f'"${self._names[part]}"'
            if index % 2
            else (shlex.quote(self.text(part)) if part else "")
            for index, part in enumerate(parts)
        )


def is_sensitive(name: str) -> bool:
    """Whether a header or a JSON member of this name is blanked whatever its value."""
    return name not in _HARMLESS_NAMES and bool(_SENSITIVE_NAME.search(name))


def _holds_a_value(member: object) -> bool:
    """Whether a member can hold a secret itself; true, null and objects speak through others."""
    return isinstance(member, (str, int, float, list)) and not isinstance(member, bool)


def _without_texts(value: object) -> object:
    if isinstance(value, str):
        return REPLACEMENT
    if isinstance(value, Mapping):
        return {str(name): _without_texts(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_texts(member) for member in value]
    return value


def _blank_member(found: re.Match[str]) -> str:
    quote_mark, name, separator, _ = found.groups()
    if not is_sensitive(name):
        return found.group()
    return f"{quote_mark}{name}{quote_mark}{separator}{REPLACEMENT}"


def _compile(secrets: Iterable[str]) -> re.Pattern[str]:
    forms: set[str] = set()
    beginnings: set[str] = set()
    endings: set[str] = set()
    for secret in secrets:
        forms |= _forms(secret)
        for part in (secret, *secret.split(".")):
            if len(part) >= _LONG_SECRET:
                forms |= _forms(part)
                beginnings.add(re.escape(part[:_PIECE]))
                endings.add(re.escape(part[-_PIECE:]))
    return re.compile(
        "|".join(
            [
                # Pieces first: they reach as far as the word does, a form stops at its own end.
                *(f"{beginning}{_WORD}" for beginning in sorted(beginnings)),
                # Tried at the beginning of a word only: anywhere would be quadratic.
                *(f"(?<!{_LETTER}){_WORD}{ending}" for ending in sorted(endings)),
                *sorted(endings),
                *sorted(forms, key=len, reverse=True),
            ]
        ),
        # A media type, say, is shown in lower case.
        re.IGNORECASE,
    )


def _forms(secret: str) -> set[str]:
    """Patterns of the spellings in which a server or a tool may give a secret back."""
    raw = secret.encode("utf-8", "surrogateescape")
    return {_spelled(secret), *map(_spelled, _base64_of(raw))}


def _base64_of(raw: bytes) -> Iterator[str]:
    """A secret as base64, alone and inside a longer text, wherever in it the secret stands."""
    for whole in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        yield whole
        yield whole.rstrip("=")
    for before in range(3):
        # The letters that share bits with what stands before or behind are left out.
        begins, ends = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        inside = base64.b64encode(bytes(before) + raw).decode()[begins:ends]
        if len(inside) >= _SHORTEST_INSIDE:
            yield inside
            yield inside.translate(_FOR_URLS)


_FOR_URLS = str.maketrans("+/", "-_")


def _spelled(text: str) -> str:
    """A pattern for a text in whatever way, and however often, each of its letters is escaped."""
    return "".join(map(_letter, text))


@functools.cache
def _letter(letter: str) -> str:
    if letter.isascii() and letter.isalnum():
        return letter
    code = ord(letter)
    raw = letter.encode("utf-8", "surrogateescape")
    utf16 = letter.encode("utf-16-be", "surrogatepass").hex()
    units = [utf16[at : at + 4] for at in range(0, len(utf16), 4)]
    names = [f"#0*{code}", f"#x0*{code:x}", *_ENTITIES.get(code, ())]
    ways = [
        # JSON, Python, shells; one in the other
        r"\\+" if letter == "\\" else rf"\\*{re.escape(letter)}",
        "".join(rf"\\+u{unit}" for unit in units),
        rf"\\+u(?:{code:08x}|\{{0*{code:x}\}})",
        *([rf"\\+x{code:02x}"] if code < 256 else []),
        *([rf"\\+{_SHORT_ESCAPES[letter]}"] if letter in _SHORT_ESCAPES else []),
        # URLs, and URLs inside of URLs
        "".join(f"%(?:25)*{byte:02x}" for byte in raw),
        *([r"\+"] if letter == " " else []),
        # JSON Pointers (RFC 6901, 3): a secret may be the name of a member.
        *([_IN_POINTERS[letter]] if letter in _IN_POINTERS else []),
        f"&(?:amp;)*(?:{'|'.join(names)});",
    ]
    if not letter.isascii():
        # UTF-8 in a header is read as Latin-1.
        ways.append(_spelled(raw.decode("latin-1")) if code >= 256 else _mistaken(raw))
    return f"(?:{'|'.join(ways)})"


_IN_POINTERS = {"~": "~0", "/": "~1"}
_SHORT_ESCAPES = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\a": "a"}


def _mistaken(raw: bytes) -> str:
    return "".join(re.escape(letter) for letter in raw.decode("latin-1"))


_ENTITIES: dict[int, tuple[str, ...]] = {
    **{code: (name,) for code, name in codepoint2name.items()},
    ord("'"): ("apos",),
}
