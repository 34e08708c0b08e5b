"""Recognise what is left of a secret where a string was shortened in its middle. Pure."""

from __future__ import annotations

from collections.abc import Collection

from pytest_apismoke.late_pattern import late_pattern

#: What stands for the middle of a string, as pytest and reprlib write it.
_GAP = late_pattern(r"\.\.\.|…")
#: Fewer characters are no part of a secret that anyone could use, or recognise.
_FEWEST = 5


def has_gap(text: str) -> bool:
    """Whether a string may have been shortened in its middle."""
    return "..." in text or "…" in text


def without_halves(text: str, secrets: Collection[str], replacement: str) -> str:
    """The string without the beginnings of secrets before a gap, and their ends behind one."""
    parts: list[str] = []
    end = 0
    for gap in _GAP.finditer(text):
        begins = _beginning(text, end, gap.start(), secrets)
        ends = _ending(text, gap.end(), secrets)
        if not (begins or ends):
            continue
        before = text[end : gap.start() - begins]
        parts += [before, replacement if begins else "", gap.group(), replacement if ends else ""]
        end = gap.end() + ends
    return "".join([*parts, text[end:]]) if parts else text


def _beginning(text: str, start: int, end: int, secrets: Collection[str]) -> int:
    """How many characters of the beginning of a secret stand at the end of a part of a text."""
    last = text[max(start, end - _FEWEST) : end]
    found = 0
    for secret in secrets if len(last) == _FEWEST else ():
        at = secret.find(last)
        while at >= 0:
            if text.endswith(secret[: at + _FEWEST], start, end):
                found = max(found, at + _FEWEST)
            at = secret.find(last, at + 1)
    return found


def _ending(text: str, start: int, secrets: Collection[str]) -> int:
    """How many characters of the end of a secret stand at a place of a text."""
    first = text[start : start + _FEWEST]
    found = 0
    for secret in secrets if len(first) == _FEWEST else ():
        at = secret.find(first)
        while at >= 0:
            if text.startswith(secret[at:], start):
                found = max(found, len(secret) - at)
            at = secret.find(first, at + 1)
    return found
