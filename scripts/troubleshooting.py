"""Writes the lists of messages into the pages of docs/troubleshooting, from the code.

usage: python scripts/troubleshooting.py [--check]

With --check it writes nothing, and ends with 1 if a page is not as it would be written. A module
with a message has to be named by a page: the comment before each list names modules.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from documenting.messages.inventory import inventory
from documenting.messages.message import Message
from documenting.messages.pages import Filled, filled
from documenting.messages.schema import MESSAGES_OF_CHECKS, messages_of_schema

ROOT = Path(__file__).parent.parent
PACKAGE, DOCS = ROOT / "pytest_apismoke", ROOT / "docs"


def pages() -> dict[str, str]:
    """The pages as they are, by their paths in `docs`."""
    paths = [DOCS / "troubleshooting.md", *sorted((DOCS / "troubleshooting").glob("*.md"))]
    return {path.relative_to(DOCS).as_posix(): path.read_text("utf-8") for path in paths}


def sources() -> dict[str, str]:
    """The modules of the package by their names within it, with slashes."""
    return {
        path.relative_to(PACKAGE).with_suffix("").as_posix(): path.read_text("utf-8")
        for path in PACKAGE.rglob("*.py")
    }


@cache
def messages() -> tuple[Message, ...]:
    """Every message of the package."""
    schema = (PACKAGE / f"{MESSAGES_OF_CHECKS}.json").read_text("utf-8")
    return (*inventory(sources()), *messages_of_schema(schema))


def written() -> Filled:
    """The pages as the code makes them."""
    return filled(pages(), messages())


def main(arguments: list[str]) -> int:
    """Writes the pages, or compares them; 1 if something is left to do by hand."""
    now, made = pages(), written()
    different = [name for name, text in made.pages.items() if text != now[name]]
    for module in made.homeless:
        print(f"{module}: no page has its messages; name it in the comment before a list")
    for name in made.idle:
        print(f"{name}: named by a page, and no module with a message begins with it")
    for name in different:
        print(f"{DOCS / name}")
        if "--check" not in arguments:
            (DOCS / name).write_text(made.pages[name], "utf-8")
    is_left = made.homeless or made.idle or ("--check" in arguments and different)
    return 1 if is_left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
