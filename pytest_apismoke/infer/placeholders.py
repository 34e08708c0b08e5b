"""Finds the ids in answers that later paths use, so that checks capture them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.documents import ABSENT, lookup, step
from pytest_apismoke.infer.naming import Names, singular, snake

#: What stands for itself in a path (RFC 3986, 2.3): a text that is captured needs no escape.
_PLAIN = re.compile(r"[._~-]*[A-Za-z0-9][A-Za-z0-9._~-]*")
#: Members that name the thing they stand in, or another one.
_NAMES_A_THING = re.compile(r"(.*_)?(id|uuid|guid|slug|sku|handle)s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where an id was seen: in whose answer, at which place, as the value of which member."""

    check: int
    thing: str
    pointer: str
    member: str

    def names(self, thing: str) -> bool:
        """Whether it is by its name the id of such a thing."""
        return self.member == f"{thing}_id" or (self.member, self.thing) == ("id", thing)


class Placeholders:
    """The ids that the answers of checks hold, and those that later checks use.

    Each check is first given its placeholders (`in_path`, `in_query`), then offers its answers.
    """

    def __init__(self) -> None:
        self._sources: dict[str, list[_Source]] = {}
        self._names: dict[tuple[int, str], str] = {}
        self._given = Names(between="_")
        self._fixed: set[str] = set()
        self._checks = 0

    def in_path(self, path: str) -> str:
        """The path with a placeholder for each id that an earlier answer holds."""
        segments = path.split("/")
        for index, segment in enumerate(segments[1:], start=1):
            name = self._captured(segment, segments[index - 1])
            segments[index] = f"{{{name}}}" if name else segment
        # What one check takes as it is, is no id for the next: /api/orders stays /api/orders.
        self._fixed |= set(segments)
        return "/".join(segments)

    def in_query(self, query: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The query with placeholders, and with other braces escaped."""
        return tuple((name, self._in_parameter(name, value)) for name, value in query)

    def offer(self, path: str, responses: Sequence[Any], schema: Mapping[str, Any]) -> None:
        """Takes note of the ids in the answers that the next check has had.

        Args:
            path: as it was asked for.
            answers: what came, one or more.
            schema: what was inferred from them; an id that stands behind a name which the schema
                does not write is left out, because its pointer would write it.

        """
        thing = singular(snake(path.rstrip("/").rpartition("/")[2]))
        for text, pointer, member in _ids_in(responses[0], schema):
            # Not what stood there once: every answer has to have something to capture.
            if all(_is_plain(lookup(response, pointer)) for response in responses):
                source = _Source(check=self._checks, thing=thing, pointer=pointer, member=member)
                self._sources.setdefault(text, []).append(source)
        self._checks += 1

    def of(self, check: int) -> tuple[tuple[str, str], ...]:
        """What a check captures for later ones: pairs of a name and a JSON Pointer."""
        return tuple(
            (name, pointer) for (number, pointer), name in self._names.items() if number == check
        )

    def _in_parameter(self, name: str, value: str) -> str:
        captured = self._captured(value, name)
        return f"{{{captured}}}" if captured else value.replace("{", "{{").replace("}", "}}")

    def _captured(self, text: str, before: str) -> str:
        """The name under which an id is captured; empty where it is not known."""
        thing = singular(snake(before)).removesuffix("_id")
        sources = [] if text in self._fixed else self._sources.get(text, [])
        fitting = [source for source in sources if source.names(thing)]
        # Small numbers are ids of many things.
        found = fitting or ([] if text.isdigit() else sources)
        if not found:
            return ""
        key = (found[0].check, found[0].pointer)
        if key not in self._names:
            self._names[key] = self._given.unique(_name(found[0].member, thing))
        return self._names[key]


def _ids_in(response: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each id in an answer, its place and its member's name, in document order."""
    # With a stack of its own instead of Python's: an answer may be nested as deep as it parses.
    todo: list[tuple[str, str, Any, Mapping[str, Any]]] = [("", "", response, schema)]
    while todo:
        pointer, member, value, here = todo.pop()
        if isinstance(value, dict):
            inner = here.get("properties", {})
            below = [
                (f"{pointer}/{step(n)}", n, v, inner[n]) for n, v in value.items() if n in inner
            ]
            todo += reversed(below)
        elif isinstance(value, list):
            items = here.get("items", {})
            todo += reversed([(f"{pointer}/{i}", member, v, items) for i, v in enumerate(value)])
        elif _is_plain(value):
            name = snake(member).strip("_")
            if _NAMES_A_THING.fullmatch(name):
                yield str(value), pointer, name


def _is_plain(value: Any) -> bool:
    """Whether a value can stand in a path as it is."""
    if value is ABSENT or isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    return _PLAIN.fullmatch(str(value)) is not None


def _name(member: str, thing: str) -> str:
    member = singular(member)
    name = f"{thing}_{member}" if thing and "_" not in member else member
    return name if name.isascii() and name.isidentifier() else "id"
