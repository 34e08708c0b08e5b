"""A few characters of every string that stands for a secret: without them no text has one. Pure.

To write out all encodings of a token takes longer than a request does, and nearly no text has one.
Where a few characters at the beginning of an encoding will do, only the beginning is encoded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction.encodings import (
    SHORTEST_INSIDE,
    in_base85,
    lettered,
    lines,
    numbers,
    raws,
    spellings,
    uuencoded,
    whole_numbers,
)
from pytest_apismoke.redaction.looks import ANCHOR_CHARS
from pytest_apismoke.redaction.unescaping import byte_string, canonical

#: As many bytes decide how an encoding in letters and digits begins, and a list of numbers.
_FEW_BYTES = 10
#: Of an encoding with punctuation: as many bytes are enough nearly always, and the number of
#: characters at its beginning that they alone decide.
_ENOUGH = ((in_base85, 32, 35), (uuencoded, 96, 128))
#: Characters that come out as they are, whatever escapes are taken off around them: none of them
#: begins an escape, and what is in front of them may end one, but is never inside of one.
_UNTOUCHED = late_pattern(rf"(?:\A|(?<=[^\w;#{{}}\\%&~\0]))[^\\%&~\0]{{{ANCHOR_CHARS}}}", re.ASCII)


def anchors_of(secrets: Iterable[str]) -> set[str]:
    """Of every string that stands for one of the secrets, in any view of a text, a part.

    A part has `ANCHOR_CHARS` characters; a shorter string is given as it is.
    """
    found: set[str] = set()
    every: set[bytes] = set()
    for secret in secrets:
        found.update(*map(_anchors, spellings(secret)))
        raw = byte_string(secret).encode("latin-1")
        listed = (*numbers(raw[:_FEW_BYTES]), *whole_numbers(raw))
        found.update(one[:ANCHOR_CHARS] for one in _long(listed))
        found.update(one.replace(" ", "")[:ANCHOR_CHARS] for one in listed if " " in one)
        every |= raws(secret)
    for beginning in {raw[:_FEW_BYTES] for raw in every}:
        found.update(one[:ANCHOR_CHARS] for one in _long(lettered(beginning)))
    for raw in every:
        found.update(*map(_anchors, _long(set(lines(raw)))))
    for encode, enough_bytes, sure_chars in _ENOUGH:
        by_beginning: defaultdict[bytes, list[bytes]] = defaultdict(list)
        for raw in every:
            by_beginning[raw[:enough_bytes]].append(raw)
        for beginning, whole in by_beginning.items():
            found.update(_punctuated(encode, beginning, whole, sure_chars))
    return found


def _punctuated(
    encode: Callable[[bytes], Iterator[str]],
    beginning: bytes,
    whole: list[bytes],
    sure_chars: int,
) -> Iterator[str]:
    """The anchors of encodings with punctuation, of all byte strings with the same beginning."""
    if whole == [beginning]:
        for encoded in _long(encode(beginning)):
            yield from _anchors(encoded)
        return
    search = _UNTOUCHED.search
    for encoded in encode(beginning):
        sure = encoded[:sure_chars]
        untouched, on_one_line = search(sure), sure.replace(" ", "")
        if untouched and len(on_one_line) >= ANCHOR_CHARS:
            yield from (untouched.group(), on_one_line[:ANCHOR_CHARS])
        else:
            # What comes behind might change these characters.
            for each in {string for raw in whole for string in encode(raw)}:
                yield from _anchors(each)
            return


def _anchors(string: str) -> set[str]:
    """Of a string, of what it may look like in the views of a text, and of it on one line."""
    on_one_line = "".join(string.split())[:ANCHOR_CHARS]
    if untouched := _UNTOUCHED.search(string):
        return {untouched.group(), on_one_line}
    return {on_one_line, *(one[:ANCHOR_CHARS] for one in canonical(string))}


def _long(encoded: Iterable[str]) -> Iterator[str]:
    """Those that are searched for."""
    return (one for one in encoded if len(one) >= SHORTEST_INSIDE)
