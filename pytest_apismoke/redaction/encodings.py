"""In which spellings a known secret comes back: a pattern for all of them. Pure."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterable, Iterator
from html.entities import codepoint2name

#: From this length on, a piece of the value is recognised too: tools cut long values in the middle.
_LONG_SECRET = 32
_PIECE = 16
#: Shorter pieces of base64 would blank ordinary words.
_SHORTEST_INSIDE = 6
_LETTER = r"[\w.~+/=%-]"
_WORD = f"{_LETTER}*"


def pattern_of(secrets: Iterable[str]) -> re.Pattern[str]:
    """What finds each of the secrets in every spelling, and the pieces of long ones."""
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
