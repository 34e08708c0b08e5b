"""All strings that stand for a secret: its own, and its reversible encodings.

Escapes (JSON, Python, URLs, HTML, quoted-printable) are not listed here: `unescaping` takes them
off the text in which the secrets are searched. Pure.

Not covered: compressed and encrypted forms, two of these encodings inside each other (but escapes
inside them are), the characters at both ends that share bits with what stands before or behind the
secret in a longer value, and uuencode where its lines break inside the secret in a longer value.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

from pytest_apismoke.redaction.unescaping import byte_string

#: Shorter pieces of an encoding would match ordinary words.
SHORTEST_INSIDE = 6
#: The alphabet of base85 and, in the same order, that of ZeroMQ.
_B85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
_Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_TO_Z85 = str.maketrans(_B85, _Z85)
_TO_A85 = str.maketrans(_B85, "".join(map(chr, range(33, 33 + 85))))
_A85_ZEROS = "!!!!!"
_B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TO_UU = str.maketrans(_B64, "".join(map(chr, range(32, 32 + 64))))
#: The bytes of a line of uuencode.
_UU_LINE = 45
_B32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_B32HEX = str.maketrans(_B32, "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHIFTED = _LETTERS[13:] + _LETTERS[:13]
_TO_ROT13 = str.maketrans(_LETTERS + _LETTERS.lower(), _SHIFTED + _SHIFTED.lower())
_TO_URL_SAFE = str.maketrans("+/", "-_")


def spellings(secret: str) -> set[str]:
    """The secret in plain spellings: in other character sets, quoted, reversed, in ROT13."""
    raw = byte_string(secret)
    found = {
        raw,
        # UTF-8 in a header is decoded as Latin-1.
        byte_string(raw),
        *(byte_string(changed) for changed in (secret.lower(), secret.upper())),
        # CSV, SQL, YAML and shells, which double a quote or close and open around it
        *(
            raw.replace(quote_, instead)
            for quote_, instead in (('"', '""'), ("'", "''"), ("'", "'\"'\"'"), ("'", "'\\''"))
        ),
    }
    if not secret.isascii():
        for name in ("latin-1", "cp1252", "utf-7", "punycode"):
            try:
                found.add(secret.encode(name).decode("latin-1"))
            except UnicodeError:
                continue
    if len(secret) >= SHORTEST_INSIDE:
        found |= {raw[::-1], byte_string(secret[::-1]), raw.translate(_TO_ROT13)}
    return found


def encodings(secret: str) -> set[str]:
    """The secret in encodings whose alphabet is another one."""
    raw = byte_string(secret).encode("latin-1")
    found = {*numbers(raw), *whole_numbers(raw)}.union(*map(_in_any, raws(secret)))
    return {one for one in found if len(one) >= SHORTEST_INSIDE}


def _in_any(raw: bytes) -> Iterator[str]:
    for encode in (lettered, in_base85, uuencoded, lines):
        yield from encode(raw)


def raws(secret: str) -> set[bytes]:
    """The bytes that an encoding may be made of."""
    raw = byte_string(secret).encode("latin-1")
    backwards = byte_string(secret[::-1]).encode("latin-1")
    found = {raw, raw[::-1], backwards, byte_string(json.dumps(secret)[1:-1]).encode("latin-1")}
    found.add(quote(raw, safe="").encode())
    # By function: each name would make Python import a module.
    for encode in (codecs.utf_16_le_encode, codecs.utf_16_be_encode, codecs.latin_1_encode):
        try:
            found.add(encode(secret)[0])
        except UnicodeError:
            continue
    return found


def lettered(raw: bytes) -> Iterator[str]:
    """In letters and digits, none of which begins an escape."""
    yield raw.hex()
    for other, encoded in (
        (_TO_URL_SAFE, [*_padded(_b64(raw)), *_inside(_b64, raw, block=3, bits=6)]),
        (_TO_B32HEX, [*_padded(_b32(raw)), *_inside(_b32, raw, block=5, bits=5)]),
    ):
        yield from encoded
        yield from _translated(encoded, other)


def in_base85(raw: bytes) -> Iterator[str]:
    """In the alphabets of base85, ZeroMQ and Ascii85."""
    encoded = [_b85(raw), *_whole_groups(raw)]
    yield from encoded
    yield from _translated(encoded, _TO_Z85)
    yield from map(_with_zeros, _translated(encoded, _TO_A85))


def uuencoded(raw: bytes) -> Iterator[str]:
    """In that of uuencode, in which a group of zeros is a blank or a grave accent."""
    inside = _inside(_b64, raw, block=3, bits=6)
    return _with_accents([_uu(raw), *_translated(inside, _TO_UU)])


def lines(raw: bytes) -> Iterator[str]:
    """In the lines of uuencode, without the first character of each, which is its length."""
    return _with_accents([_uu(raw[at : at + _UU_LINE]) for at in range(0, len(raw), _UU_LINE)])


def _translated(encoded: Iterable[str], alphabet: Mapping[int, int]) -> list[str]:
    """Encodings in another alphabet: all at once, which takes a fraction of the time."""
    return "\n".join(encoded).translate(alphabet).split("\n")


def _with_accents(encoded: Iterable[str]) -> Iterator[str]:
    for one in encoded:
        yield one
        if " " in one:
            yield one.replace(" ", "`")


def _padded(encoded: str) -> tuple[str, ...]:
    return (encoded, encoded.rstrip("=")) if encoded.endswith("=") else (encoded,)


def numbers(raw: bytes) -> Iterator[str]:
    """The bytes as lists of numbers."""
    for separator in (", ", ",", " "):
        yield separator.join(map(str, raw))
        yield separator.join(f"{byte:08b}" for byte in raw)
    yield "".join(f"{byte:08b}" for byte in raw)


def whole_numbers(raw: bytes) -> Iterator[str]:
    """The bytes as one number."""
    yield from (str(int.from_bytes(raw, "big")), str(int.from_bytes(raw, "little")))


def _inside(encode: Callable[[bytes], str], raw: bytes, *, block: int, bits: int) -> Iterator[str]:
    """The characters that the secret alone decides, at each offset inside a longer value."""
    for before in range(block):
        # Leave out the characters that share bits with the bytes before or after the secret.
        start, end = -(-before * 8 // bits), (before + len(raw)) * 8 // bits
        yield encode(bytes(before) + raw)[start:end]


def _whole_groups(raw: bytes) -> Iterator[str]:
    """The groups of four bytes that lie inside the secret, at each offset in a longer value."""
    for skipped in range(4):
        inside = raw[skipped:]
        yield _b85(inside[: len(inside) // 4 * 4])


def _b64(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode()


def _b32(raw: bytes) -> str:
    return base64.b32encode(raw).decode()


def _b85(raw: bytes) -> str:
    return base64.b85encode(raw).decode()


def _with_zeros(ascii85: str) -> str:
    """Of Ascii85, in which a group of zeros is one character."""
    if _A85_ZEROS not in ascii85:
        return ascii85
    groups = (ascii85[at : at + 5] for at in range(0, len(ascii85), 5))
    return "".join("z" if group == _A85_ZEROS else group for group in groups)


def _uu(raw: bytes) -> str:
    """As base64 in its own alphabet, with zeros for what is missing in the last group."""
    return _b64(raw + bytes(-len(raw) % 3)).translate(_TO_UU)
