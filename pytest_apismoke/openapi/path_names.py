"""What the segments of a path mean, and whether two names mean one thing. Pure."""

from __future__ import annotations

from functools import cache

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.words import singular

_IN_BRACES = late_pattern(r"\{([^{}]+)\}")
_SUFFIX = late_pattern(r"\.[a-z]{2,5}$")
#: A path by its segments, with the same text in the place of each variable.
Shape = tuple[str, ...]
VARIABLE = "{}"
#: Words that stand for longer ones.
_SHORT_FOR = {
    "app": "application",
    "config": "configuration",
    "db": "database",
    "doc": "document",
    "env": "environment",
    "org": "organization",
    "repo": "repository",
    "webhook": "hook",
}


def singulars(names: tuple[str, ...]) -> tuple[str, ...]:
    """The words with the last one in the singular."""
    return (*names[:-1], singular(names[-1])) if names else ()


def same_thing(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names mean one thing: alike but for their number, or one ends in the other.

    `runs` and `workflow_runs`, `repo` and `repositories`.
    """
    first, second = _in_full(one), _in_full(other)
    shorter = min(len(first), len(second))
    return shorter > 0 and first[-shorter:] == second[-shorter:]


def _in_full(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_SHORT_FOR.get(word, word) for word in singulars(names))


def variable_of(segment: str) -> str | None:
    """The name of the variable that a segment of a path is; None where it is more or none.

    An ending such as that of `{Sid}.json` is none of the variable.
    """
    found = _IN_BRACES.fullmatch(_SUFFIX.sub("", segment))
    return found[1] if found else None


def without_suffix(path: str) -> str:
    """A path without an ending such as `.json`."""
    return _SUFFIX.sub("", path)


def last_literal(path: str) -> str:
    """The last segment of a path, if it is no variable; else empty."""
    segment = without_suffix(path).rstrip("/").rpartition("/")[2]
    return "" if "{" in segment else segment


def segments_of(path: str) -> list[str]:
    """The segments of a path, without an ending such as `.json`."""
    return without_suffix(path).strip("/").split("/")


@cache
def shape_of(path: str) -> Shape:
    """The shape of a path."""
    return tuple(VARIABLE if variable_of(one) else one for one in segments_of(path))
