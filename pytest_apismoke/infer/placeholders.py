"""Finds ids in responses that later paths use, so that checks capture them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.documents import ABSENT, lookup, step
from pytest_apismoke.infer.naming import Names, snake
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass
from pytest_apismoke.words import singular

#: A string that needs no escaping in a path (RFC 3986, 2.3), so that it can be captured.
_PLAIN = late_pattern(r"[._~-]*[A-Za-z0-9][A-Za-z0-9._~-]*")
#: Keys whose value identifies a resource, the one that has the key or another one.
_IDENTIFIES = late_pattern(r"(.*_)?(id|uuid|guid|slug|sku|handle)s?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """The place of an id: the check with the response, the resource, the pointer and the key."""

    check: int
    resource: str
    pointer: str
    key: str

    def identifies(self, resource: str) -> bool:
        """Whether the key says that this is the id of a resource."""
        return self.key == f"{resource}_id" or (self.key, self.resource) == ("id", resource)


class Placeholders:
    """Replaces the ids in paths and queries that an earlier response contains by placeholders.

    For each check, call `in_path` and `in_query` first, then `offer` with its responses.
    """

    def __init__(self) -> None:
        self._sources: dict[str, list[_Source]] = {}
        self._names: dict[tuple[int, str], str] = {}
        self._given = Names(between="_")
        self._fixed: set[str] = set()
        self._checks = 0

    def in_path(self, path: str) -> str:
        """The path with a placeholder for each id that an earlier response contains."""
        segments = path.split("/")
        for index, segment in enumerate(segments[1:], start=1):
            name = self._captured(segment, segments[index - 1])
            segments[index] = f"{{{name}}}" if name else segment
        # A segment that stays in one path stays in all: /api/orders remains /api/orders.
        self._fixed |= set(segments)
        return "/".join(segments)

    def in_query(self, query: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The query with placeholders, and with other braces escaped."""
        return tuple((name, self._in_parameter(name, value)) for name, value in query)

    def offer(self, path: str, responses: Sequence[Any], schema: Mapping[str, Any]) -> None:
        """Remembers the ids in the responses of the next check.

        Args:
            path: the requested path.
            responses: their JSON values, one or more.
            schema: the schema inferred from them. Ids below a key that it does not name are left
                out, because their pointers would reveal that key.

        """
        resource = singular(snake(path.rstrip("/").rpartition("/")[2]))
        for text, pointer, key in _ids_in(responses[0], schema):
            # Every response must have an id there to capture.
            if all(_is_plain(lookup(response, pointer)) for response in responses):
                source = _Source(check=self._checks, resource=resource, pointer=pointer, key=key)
                self._sources.setdefault(text, []).append(source)
        self._checks += 1

    def of(self, check: int) -> tuple[tuple[str, str], ...]:
        """The captures of a check: pairs of a name and a JSON Pointer."""
        return tuple(
            (name, pointer) for (number, pointer), name in self._names.items() if number == check
        )

    def _in_parameter(self, name: str, value: str) -> str:
        captured = self._captured(value, name)
        return f"{{{captured}}}" if captured else value.replace("{", "{{").replace("}", "}}")

    def _captured(self, text: str, before: str) -> str:
        """The name under which an id is captured; empty where no response contains it."""
        resource = singular(snake(before)).removesuffix("_id")
        sources = [] if text in self._fixed else self._sources.get(text, [])
        fitting = [source for source in sources if source.identifies(resource)]
        # A number may be the id of many resources.
        found = fitting or ([] if text.isdigit() else sources)
        if not found:
            return ""
        key = (found[0].check, found[0].pointer)
        if key not in self._names:
            self._names[key] = self._given.unique(_name(found[0].key, resource))
        return self._names[key]


def _ids_in(response: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each id in a response, its JSON Pointer and its key, in document order."""
    # A stack instead of recursion: a response may be nested as deeply as it parses.
    todo: list[tuple[str, str, Any, Mapping[str, Any]]] = [("", "", response, schema)]
    while todo:
        pointer, key, value, here = todo.pop()
        if isinstance(value, dict):
            inner = here.get("properties", {})
            below = [
                (f"{pointer}/{step(n)}", n, v, inner[n]) for n, v in value.items() if n in inner
            ]
            todo += reversed(below)
        elif isinstance(value, list):
            items = here.get("items", {})
            todo += reversed([(f"{pointer}/{i}", key, v, items) for i, v in enumerate(value)])
        elif _is_plain(value):
            name = snake(key).strip("_")
            if _IDENTIFIES.fullmatch(name):
                yield str(value), pointer, name


def _is_plain(value: Any) -> bool:
    """Whether a value needs no escaping in a path."""
    if value is ABSENT or isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    return _PLAIN.fullmatch(str(value)) is not None


def _name(key: str, resource: str) -> str:
    key = singular(key)
    name = f"{resource}_{key}" if resource and "_" not in key else key
    return name if name.isascii() and name.isidentifier() else "id"
