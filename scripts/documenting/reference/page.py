"""A page of the reference: blocks that are made, and between them words that people write. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BLOCK = re.compile(
    r"<!-- generated: (?P<name>[a-z-]+) .*?-->\n(?P<content>.*?)<!-- end -->", re.DOTALL
)
_HOW = "python scripts/reference.py"


class PageError(ValueError):
    """A page has other blocks than its module makes."""


def rewritten(page: str, blocks: Mapping[str, str]) -> str:
    """The page with its blocks as they are today, and with everything else as it is.

    Raises:
        PageError: a block has no place in the page, or a place has no block.

    """
    places = [found["name"] for found in _BLOCK.finditer(page)]
    if sorted(places) != sorted(blocks):
        raise PageError(f"expected the blocks {sorted(blocks)}, got {sorted(places)}")
    return _BLOCK.sub(lambda found: _block(found["name"], blocks[found["name"]]), page)


def _block(name: str, content: str) -> str:
    return f"<!-- generated: {name} ({_HOW}) -->\n\n{content.strip()}\n\n<!-- end -->"
