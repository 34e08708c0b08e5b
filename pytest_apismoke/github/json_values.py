"""Values of a JSON document that may be anything: what they are, or nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_apismoke.errors import presentable

#: The longest text that is taken over as one part of a message, in characters.
LONGEST_PART = 1000
#: The longest reason in one line, in characters.
LONGEST_REASON = 300


def as_text(value: object, limit: int = LONGEST_PART) -> str:
    """The text as one line; empty for any other value."""
    return presentable(value, limit) if isinstance(value, str) else ""


def cut(text: str, limit: int) -> str:
    """The text, no longer than that."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def as_int(value: object) -> int:
    """The number; 0 for any other value."""
    return value if isinstance(value, int) else 0


def as_float(value: object) -> float:
    """The number; 0 for any other value."""
    return float(value) if isinstance(value, (int, float)) else 0.0


def as_object(value: object) -> Mapping[str, Any]:
    """The object; an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; none for any other value."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def as_texts(value: object) -> list[str]:
    """The texts of a list; none for any other value."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
