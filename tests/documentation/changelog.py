"""The rules of Keep a Changelog 1.1.0, https://keepachangelog.com/en/1.1.0/, as a function.

The libraries that know the format read it leniently, or bring a client for a tracker with them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
_VERSION = re.compile(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)(?: \[YANKED\])?")
_LINK = re.compile(r"^\[([^\]]+)\]: \S+$", re.MULTILINE)


def mistakes(text: str) -> list[str]:
    """Everything in a changelog that is not as the format wants it."""
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    titles = [section.partition("\n")[0] for section in sections]
    return [
        *([] if head.startswith("# Changelog\n") else ["it does not begin with '# Changelog'"]),
        *([] if titles[:1] == ["[Unreleased]"] else ["[Unreleased] is not the first section"]),
        *_of_versions(titles[1:]),
        *(one for section in sections for one in _of_section(section)),
        *_of_links(text, titles),
    ]


def _of_versions(titles: list[str]) -> Iterator[str]:
    found = [(title, _VERSION.fullmatch(title)) for title in titles]
    yield from (f"not '[X.Y.Z] - YYYY-MM-DD': {title}" for title, match in found if not match)
    matches = [match for _, match in found if match]
    yield from (f"no date: {match[4]}" for match in matches if not _is_date(match[4]))
    numbers = [tuple(map(int, match.groups()[:3])) for match in matches]
    if numbers != sorted(set(numbers), reverse=True):
        yield "the newest version does not come first"


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _of_section(section: str) -> Iterator[str]:
    title, _, body = section.partition("\n")
    _, *parts = re.split(r"^### ", body, flags=re.MULTILINE)
    kinds = [part.partition("\n")[0] for part in parts]
    yield from (f"{title}: '{kind}' is no kind of change" for kind in kinds if kind not in KINDS)
    if kinds != [kind for kind in KINDS if kind in kinds] and {*kinds} <= {*KINDS}:
        yield f"{title}: kinds twice, or not in their order"
    for kind, part in zip(kinds, parts, strict=True):
        if not re.search(r"^- \S", part, re.MULTILINE):
            yield f"{title}: nothing below '{kind}'"


def _of_links(text: str, titles: list[str]) -> Iterator[str]:
    named = [match[1] for title in titles if (match := re.match(r"\[([^\]]+)\]", title))]
    if _LINK.findall(text) != named:
        yield "the links at the end are not those of the sections, in their order"
