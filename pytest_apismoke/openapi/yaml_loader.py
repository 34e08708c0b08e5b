"""YAML as JSON values, by the rules of YAML 1.2: what a JSON text may say, a YAML text may say.

Built from the parser's events, without recursion: a hostile text can neither grow in memory
(aliases share what they stand for, and what they would come to is counted) nor exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.schemas.json_text import DEEPEST

#: How many values a document may come to once its aliases are written out.
MOST_VALUES = 1_000_000

_TAG = "tag:yaml.org,2002:"
_MERGE = "<<"
#: What an unquoted text stands for (YAML 1.2.2, 10.3.2), without what JSON has no word for.
_SCALARS: tuple[tuple[str, re.Pattern[str], Callable[[str], Any]], ...] = (
    ("null", re.compile(r"null|Null|NULL|~|"), lambda text: None),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE"), lambda text: text.lower() == "true"),
    ("int", re.compile(r"[-+]?[0-9]{1,4000}"), int),
    ("int", re.compile(r"0x[0-9a-fA-F]{1,4000}"), lambda text: int(text, 16)),
    ("int", re.compile(r"0o[0-7]{1,4000}"), lambda text: int(text, 8)),
    ("float", re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)


@dataclass(slots=True)
class _Open:
    """A list or an object whose end has not come yet."""

    value: Any
    anchor: str | None
    size: int = 1
    key: str | None = None
    merged: list[dict[str, Any]] = field(default_factory=list)


def parse_yaml(text: str, label: str) -> Any:
    """A YAML text as a JSON value; every key is a text, as it is written.

    Args:
        text: the file's content.
        label: how a message names the file.

    Raises:
        SmokeError: (`usage`) when it is not YAML, says what JSON can't, names a member twice, or
            comes to more than a million values.

    """
    try:
        return _Builder(label).build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        seen, where = error.problem or "something else", f"{label}{place}"
        if "nesting depth" in seen:
            # Newer parsers have a limit of their own, which looking ahead may meet before ours.
            raise _too_deep(where) from None
    except yaml.YAMLError as error:
        seen, where = str(error).splitlines()[0], label
    raise misconfigured(expected="valid YAML", seen=seen, where=where, hint="correct the file")


class _Builder:
    def __init__(self, label: str) -> None:
        self._label = label
        self._open: list[_Open] = []
        self._anchored: dict[str, tuple[Any, int]] = {}
        self._documents: list[Any] = []
        self._values = 0

    def build(self, text: str) -> Any:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for event in yaml.parse(text, Loader=loader):
            self._take(event)
        return self._documents[0] if self._documents else None

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            if not self._is_key(event):
                self._put(event, _scalar(event, self._label), event.anchor, 1)
        elif isinstance(event, yaml.AliasEvent):
            self._put(event, *self._alias(event))
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            done = self._open.pop()
            if done.merged:
                _merge(done)
            self._put(event, done.value, done.anchor, done.size)
        elif isinstance(event, yaml.DocumentStartEvent) and self._documents:
            raise _refused("one document", "a second one", self._label, event)

    def _begin(self, event: Any) -> None:
        wanted = "map" if isinstance(event, yaml.MappingStartEvent) else "seq"
        if event.tag not in (None, "!", f"{_TAG}{wanted}"):
            raise _refused("values that JSON has", f"the tag {event.tag!r}", self._label, event)
        if len(self._open) >= DEEPEST:
            raise _too_deep(_place(self._label, event))
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            raise _refused("texts as keys", f"a {_NAMES[wanted]}", self._label, event)
        if event.anchor:
            # Until it is done, an alias to it would be a circle.
            self._anchored.pop(event.anchor, None)
        self._open.append(_Open({} if wanted == "map" else [], event.anchor))

    def _alias(self, event: Any) -> tuple[Any, None, int]:
        if event.anchor in self._anchored:
            value, size = self._anchored[event.anchor]
            return value, None, size
        if any(one.anchor == event.anchor for one in self._open):
            seen = f"the alias *{event.anchor} inside of what it stands for"
        else:
            seen = f"the alias *{event.anchor}, which stands for nothing"
        raise _refused("an alias of what stands before it", seen, self._label, event)

    def _is_key(self, event: Any) -> bool:
        top = self._open[-1] if self._open else None
        if top is None or not isinstance(top.value, dict) or top.key is not None:
            return False
        top.key = event.value
        if event.anchor:
            self._anchored[event.anchor] = (event.value, 1)
        if top.key in top.value:
            seen = f"the member {top.key!r} twice in one object"
            raise _refused("valid YAML", seen, self._label, event)
        if top.key == _MERGE and not event.implicit[0]:
            # Quoted, it is a name like any other; a mark keeps the two apart.
            top.value[_MERGE] = None
        return True

    def _put(self, event: Any, value: Any, anchor: str | None, size: int) -> None:
        if anchor:
            self._anchored[anchor] = (value, size)
        self._values += 1
        if not self._open:
            self._documents.append(value)
            return
        top = self._open[-1]
        top.size += size
        # A long document is no bomb: what counts is what its aliases add.
        if top.size > max(MOST_VALUES, 2 * self._values):
            seen = "aliases that come to far more"
            raise _refused(f"at most {MOST_VALUES:,} values", seen, self._label, event)
        if isinstance(top.value, list):
            top.value.append(value)
            return
        if top.key is None:
            raise _refused("texts as keys", "an alias", self._label, event)
        key, top.key = top.key, None
        if key == _MERGE and key not in top.value:
            top.merged += _mappings(value, self._label, event)
        else:
            top.value[key] = value


_NAMES = {"map": "mapping", "seq": "list"}


def _scalar(event: Any, label: str) -> Any:
    text, tag = event.value, event.tag
    # Quoted, it is a text; the plain ones are what they look like.
    kinds = {None: None, "!": "str"}
    wanted = kinds.get(tag, str(tag).removeprefix(_TAG))
    if wanted == "str" or (wanted is None and not event.implicit[0]):
        return text
    for kind, pattern, convert in _SCALARS:
        if wanted in (None, kind) and pattern.fullmatch(text):
            value = convert(text)
            if value in (float("inf"), float("-inf")):
                break
            return value
    if wanted is None:
        return text
    raise _refused("values that JSON has", f"{text!r} with the tag {tag!r}", label, event)


def _mappings(value: Any, label: str, event: Any) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    if all(isinstance(one, dict) for one in found):
        return found
    raise _refused("a mapping to merge", "something else", label, event)


def _merge(done: _Open) -> None:
    """Adds what `<<` names: what the mapping says itself wins, then what is named first."""
    for other in done.merged:
        for name, value in other.items():
            done.value.setdefault(name, value)


def _refused(expected: str, seen: str, label: str, event: Any) -> SmokeError:
    return misconfigured(
        expected=expected, seen=seen, where=_place(label, event), hint="correct the file"
    )


def _too_deep(where: str) -> SmokeError:
    return misconfigured(
        expected="a document",
        seen="one that is nested too deeply",
        where=where,
        hint="correct the file",
    )


def _place(label: str, event: Any) -> str:
    mark = event.start_mark
    return f"{label}, line {mark.line + 1}, column {mark.column + 1}"
