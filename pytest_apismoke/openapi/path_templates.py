"""Finds the path templates of a spec that a path matches, segment by segment. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar

from pytest_apismoke.late_pattern import late_pattern

_T = TypeVar("_T")
_VARIABLE = late_pattern(r"\{[^}]*\}")


class TemplateTree(Generic[_T]):
    """Path templates, such as `/orders/{id}`, each with what it stands for.

    A request walks down the segments that it has: what it costs does not grow with the templates
    that begin otherwise.
    """

    def __init__(self) -> None:
        self._here: list[_T] = []
        self._literal: dict[str, TemplateTree[_T]] = {}
        #: By segment: what the values match that it stands for; None for any but an empty one.
        self._variable: dict[str, tuple[re.Pattern[str] | None, TemplateTree[_T]]] = {}

    def add(self, template: str, stands_for: _T) -> bool:
        """Adds a template; returns False for one with an unclosed brace, which no path matches."""
        if "{" in _VARIABLE.sub("", template):
            return False
        tree = self
        for segment in template.split("/"):
            tree = tree._below(segment)
        tree._here.append(stands_for)
        return True

    def _below(self, segment: str) -> TemplateTree[_T]:
        if "{" not in segment:
            return self._literal.setdefault(segment, TemplateTree())
        if segment not in self._variable:
            self._variable[segment] = (_pattern(segment), TemplateTree())
        return self._variable[segment][1]

    def matching(self, path: str) -> Iterator[_T]:
        """What the templates stand for that a path matches; no variable is empty."""
        todo = [(self, 0)]
        segments = path.split("/")
        while todo:
            tree, depth = todo.pop()
            if depth == len(segments):
                yield from tree._here
                continue
            segment = segments[depth]
            if literal := tree._literal.get(segment):
                todo.append((literal, depth + 1))
            todo += [
                (below, depth + 1)
                for pattern, below in tree._variable.values()
                if (pattern.fullmatch(segment) if pattern else segment)
            ]


def _pattern(segment: str) -> re.Pattern[str] | None:
    """Matches what a segment with variables stands for; None for a single variable."""
    if _VARIABLE.fullmatch(segment):
        return None
    return late_pattern("[^/]+".join(map(re.escape, _VARIABLE.split(segment))))
