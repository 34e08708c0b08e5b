"""Where an answer breaks its contract, shown as a difference: what is wanted against what came."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pytest_apismoke.errors import presentable
from pytest_apismoke.redaction import REPLACEMENT, Redactor, is_sensitive
from pytest_apismoke.schemas.findings import Finding, is_hidden, shown

_PLACES = 3
_NEIGHBOURS = 3
_LONGEST_LINE = 100
#: How many members of an object, or items of a list, are looked at on the way to what is shown.
_FEW = 3


def difference(value: object, findings: Sequence[Finding], redactor: Redactor) -> tuple[str, ...]:
    """Lines that show the first few places with their neighbours.

    A line that begins with a space is there in both, one with a minus is wanted, one with a plus
    came; one with `@@` names the place, as a JSON Pointer, that the lines below it stand in.
    """
    groups: dict[tuple[str | int, ...], list[Finding]] = {}
    for finding in findings:
        inside = finding.path if finding.missing or finding.surplus else finding.path[:-1]
        if inside in groups or len(groups) < _PLACES:
            groups.setdefault(inside, []).append(finding)
    lines = [
        line
        for inside, group in groups.items()
        for line in _place(_at(value, inside), inside, group, redactor)
    ]
    return tuple(presentable(redactor.text(line), _LONGEST_LINE) for line in lines)


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for name in path:
        value = value[name]
    return value


def _place(
    container: Any, inside: tuple[str | int, ...], group: Sequence[Finding], redactor: Redactor
) -> Iterator[str]:
    yield f"@@ {shown(inside) or '/'} @@"
    if is_hidden(inside):
        yield from (f"- {wants}" for wants in dict.fromkeys(one.expected for one in group))
        yield f"+ {REPLACEMENT}"
        return
    wanted = {f.path[-1]: f.expected for f in group if f.path and not (f.missing or f.surplus)}
    surplus = {name for finding in group for name in finding.surplus}
    for finding in group:
        if not finding.path and not finding.missing and not finding.surplus:
            yield f"- {finding.expected}"
            yield f"+ {_short(container, redactor)}"
            return
    members = _members(container)
    touched = [n for n, (name, _) in enumerate(members) if name in wanted or name in surplus]
    last = -1
    for index in _near(touched, len(members)):
        if index > last + 1:
            yield "  …"
        last = index
        name, member = members[index]
        line = _line(name, member, redactor)
        if name in wanted:
            yield f"- {_label(name)}{wanted[name]}"
        yield f"{'+' if name in wanted or name in surplus else ' '} {line}"
    if last + 1 < len(members):
        yield "  …"
    for finding in group:
        for name in finding.missing:
            yield f"- {_label(name)}… (required)"


def _members(container: Any) -> list[tuple[str | int, Any]]:
    if isinstance(container, dict):
        return list(container.items())
    return list(enumerate(container)) if isinstance(container, list) else []


def _near(touched: Sequence[int], size: int) -> list[int]:
    """The indexes to show: what is touched and its neighbours, or the beginning."""
    wanted = touched[:_NEIGHBOURS] or [0]
    near = {index for t in wanted for index in range(t - _NEIGHBOURS, t + _NEIGHBOURS + 1)}
    return sorted(index for index in near if 0 <= index < size)


def _label(name: str | int) -> str:
    return f"{json.dumps(name, ensure_ascii=False)}: " if isinstance(name, str) else f"[{name}] "


def _line(name: str | int, member: Any, redactor: Redactor) -> str:
    hidden = isinstance(name, str) and is_sensitive(name)
    return f"{_label(name)}{REPLACEMENT if hidden else _short(member, redactor)}"


def _short(value: Any, redactor: Redactor) -> str:
    """A value on one line; of what it holds only the beginning."""
    if isinstance(value, dict) and value:
        inner = [_line(name, _outline(member), redactor) for name, member in _few(value.items())]
        return f"{{{', '.join(inner)}{', …' if len(value) > _FEW else ''}}}"
    if isinstance(value, list) and value:
        inner = [_short(_outline(member), redactor) for member in _few(value)]
        return f"[{', '.join(inner)}{f', … {len(value)} items' if len(value) > _FEW else ''}]"
    return value.text if isinstance(value, _Outline) else _dumped(redactor.json(value))


def _few(members: Iterable[Any]) -> Iterator[Any]:
    return islice(members, _FEW)


@dataclass(frozen=True, slots=True)
class _Outline:
    """Stands for a value whose own members are not shown."""

    text: str


def _outline(value: Any) -> Any:
    """A value without what it holds, if it holds anything."""
    if isinstance(value, dict) and value:
        return _Outline("{…}")
    return _Outline("[…]") if isinstance(value, list) and value else value


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
