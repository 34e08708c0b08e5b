"""JSON values on one line, with only the beginning of what is large, and without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import REPLACEMENT, Redactor, is_sensitive

#: How many properties of a nested object, or items of a nested list, one line shows.
_FEW = 3


def label_of(name: str | int) -> str:
    """The name of a property, or the index of an item, in front of its value."""
    return f"{json.dumps(name, ensure_ascii=False)}: " if isinstance(name, str) else f"[{name}] "


def line_of(name: str | int, value: Any, redactor: Redactor) -> str:
    """A property or an item on one line."""
    hidden = isinstance(name, str) and is_sensitive(name)
    return f"{label_of(name)}{REPLACEMENT if hidden else short_value(value, redactor)}"


def short_value(value: Any, redactor: Redactor) -> str:
    """A value on one line; of an object or a list, only the beginning."""
    if isinstance(value, dict) and value:
        inner = [line_of(name, _outline(one), redactor) for name, one in _few(value.items())]
        return f"{{{', '.join(inner)}{', …' if len(value) > _FEW else ''}}}"
    if isinstance(value, list) and value:
        inner = [short_value(_outline(one), redactor) for one in _few(value)]
        return f"[{', '.join(inner)}{f', … {len(value)} items' if len(value) > _FEW else ''}]"
    return value.text if isinstance(value, _Outline) else _dumped(redactor.json(value))


def _few(values: Iterable[Any]) -> Iterator[Any]:
    return islice(values, _FEW)


@dataclass(frozen=True, slots=True)
class _Outline:
    """Stands for an object or a list whose content is not shown."""

    text: str


def _outline(value: Any) -> Any:
    """The outline of an object or a list that is not empty; any other value as it is."""
    if isinstance(value, dict) and value:
        return _Outline("{…}")
    return _Outline("[…]") if isinstance(value, list) and value else value


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
