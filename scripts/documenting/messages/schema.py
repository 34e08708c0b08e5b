"""The messages that stand in the schema of declared checks, beside what they are about. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from documenting.messages.message import PARTS, Message
from documenting.messages.template import Template, hole, joined

#: The schema whose annotations are messages, as the name of a module.
MESSAGES_OF_CHECKS = "checks/declared/checks.schema"
_PLACEHOLDER = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")


def messages_of_schema(text: str) -> list[Message]:
    """The messages of the schema: each has the annotations of one of its places."""
    return list(_below(json.loads(text)))


def _below(node: Any) -> Iterator[Message]:
    if isinstance(node, list):
        for inner in node:
            yield from _below(inner)
    if not isinstance(node, dict):
        return
    given = ((label, node.get(f"x-{name}")) for name, label in PARTS.items())
    parts = tuple((label, (_template(text),)) for label, text in given if isinstance(text, str))
    if any(one.is_prose for _, texts in parts for one in texts):
        yield Message(MESSAGES_OF_CHECKS, 0, parts)
    for inner in node.values():
        yield from _below(inner)


def _template(text: str) -> Template:
    pieces = _PLACEHOLDER.split(text)
    return joined(hole(piece) if at % 2 else Template(piece) for at, piece in enumerate(pieces))
