"""Build one pattern that finds known secrets in every encoding a server or tool may apply. Pure."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterable, Iterator
from html.entities import codepoint2name

#: From this length on the first and last characters count as the secret: tools cut long values.
_LONG_SECRET = 32
_PIECE = 16
#: Shorter pieces of base64 would match ordinary words.
_SHORTEST_INSIDE = 6
_WORD_CHAR = r"[\w.~+/=%-]"
_WORD = f"{_WORD_CHAR}*"


def pattern_of_encodings(secrets: Iterable[str]) -> re.Pattern[str]:
    """A pattern for each secret in every encoding, and for the pieces of long ones."""
    encodings: set[str] = set()
    prefixes: set[str] = set()
    suffixes: set[str] = set()
    for secret in secrets:
        encodings |= _encodings(secret)
        for part in (secret, *secret.split(".")):
            if len(part) >= _LONG_SECRET:
                encodings |= _encodings(part)
                prefixes.add(re.escape(part[:_PIECE]))
                suffixes.add(re.escape(part[-_PIECE:]))
    return re.compile(
        "|".join(
            [
                # Pieces first: they extend to the end of the word, an encoding to its own end only.
                *(f"{prefix}{_WORD}" for prefix in sorted(prefixes)),
                # Tried at the start of a word only: elsewhere the search would be quadratic.
                *(f"(?<!{_WORD_CHAR}){_WORD}{suffix}" for suffix in sorted(suffixes)),
                *sorted(suffixes),
                *sorted(encodings, key=len, reverse=True),
            ]
        ),
        # A media type, for example, is shown in lower case.
        re.IGNORECASE,
    )


def _encodings(secret: str) -> set[str]:
    """Patterns for the secret with its characters escaped, in hex, and for each form of base64."""
    raw = secret.encode("utf-8", "surrogateescape")
    return {_escaped(secret), raw.hex(), *map(_escaped, _base64_of(raw))}


def _base64_of(raw: bytes) -> Iterator[str]:
    """The secret as base64: by itself, and at each of the three offsets inside a longer value."""
    for whole in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        yield whole
        yield whole.rstrip("=")
    for before in range(3):
        # Leave out the characters that share bits with the bytes before or after the secret.
        start, end = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        inside = base64.b64encode(bytes(before) + raw).decode()[start:end]
        if len(inside) >= _SHORTEST_INSIDE:
            yield inside
            yield inside.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")


def _escaped(text: str) -> str:
    """A pattern for a string, with each character escaped in any way and any number of times."""
    return "".join(map(_escaped_char, text))


@functools.cache
def _escaped_char(char: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    code = ord(char)
    raw = char.encode("utf-8", "surrogateescape")
    utf16 = char.encode("utf-16-be", "surrogatepass").hex()
    units = [utf16[at : at + 4] for at in range(0, len(utf16), 4)]
    entities = [f"#0*{code}", f"#x0*{code:x}", *_ENTITIES.get(code, ())]
    escapes = [
        # JSON, Python and shells, nested in each other
        r"\\+" if char == "\\" else rf"\\*{re.escape(char)}",
        "".join(rf"\\+u{unit}" for unit in units),
        rf"\\+u(?:{code:08x}|\{{0*{code:x}\}})",
        *([rf"\\+x{code:02x}"] if code < 256 else []),
        *([rf"\\+{_SHORT_ESCAPES[char]}"] if char in _SHORT_ESCAPES else []),
        # URLs, and URLs inside URLs
        "".join(f"%(?:25)*{byte:02x}" for byte in raw),
        *([r"\+"] if char == " " else []),
        # JSON Pointers (RFC 6901, 3): a secret may be the name of a property.
        *([_POINTER_ESCAPES[char]] if char in _POINTER_ESCAPES else []),
        f"&(?:amp;)*(?:{'|'.join(entities)});",
    ]
    if not char.isascii():
        # UTF-8 in a header is decoded as Latin-1.
        as_latin_1 = raw.decode("latin-1")
        escapes.append(_escaped(as_latin_1) if code >= 256 else re.escape(as_latin_1))
    return f"(?:{'|'.join(escapes)})"


_POINTER_ESCAPES = {"~": "~0", "/": "~1"}
_SHORT_ESCAPES = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", "\a": "a"}
_ENTITIES: dict[int, tuple[str, ...]] = {
    **{code: (name,) for code, name in codepoint2name.items()},
    ord("'"): ("apos",),
}
