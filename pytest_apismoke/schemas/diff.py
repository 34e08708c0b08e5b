"""Shows the places where a value violates its schema as a diff: expected lines against actual."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_apismoke.errors import presentable
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.schemas.findings import Finding, is_hidden, shown
from pytest_apismoke.schemas.short_values import label_of, line_of, short_value

_PLACES = 3
_NEIGHBOURS = 3
_LONGEST_LINE = 100


def difference(value: object, findings: Sequence[Finding], redactor: Redactor) -> tuple[str, ...]:
    """A diff of the first few violations, each with its neighbours.

    A line that begins with `@@` gives the JSON Pointer of the object or list that the lines below
    it are from. A minus marks what the schema expects, a plus what the value has, and a space what
    both have.

    Args:
        value: the JSON value that was validated.
        findings: its violations.
        redactor: removes secrets from the lines.

    """
    groups: dict[tuple[str | int, ...], list[Finding]] = {}
    for finding in findings:
        inside = finding.path if finding.missing or finding.surplus else finding.path[:-1]
        if inside in groups or len(groups) < _PLACES:
            groups.setdefault(inside, []).append(finding)
    lines = [
        line
        for inside, group in groups.items()
        for line in _hunk(_at(value, inside), inside, group, redactor)
    ]
    return tuple(presentable(redactor.text(line), _LONGEST_LINE) for line in lines)


def _at(value: Any, path: Iterable[str | int]) -> Any:
    for name in path:
        value = value[name]
    return value


def _hunk(
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
            yield f"+ {short_value(container, redactor)}"
            return
    entries = _entries(container)
    touched = [n for n, (name, _) in enumerate(entries) if name in wanted or name in surplus]
    last = -1
    for index in _near(touched, len(entries)):
        if index > last + 1:
            yield "  …"
        last = index
        name, inner = entries[index]
        line = line_of(name, inner, redactor)
        if name in wanted:
            yield f"- {label_of(name)}{wanted[name]}"
        yield f"{'+' if name in wanted or name in surplus else ' '} {line}"
    if last + 1 < len(entries):
        yield "  …"
    for finding in group:
        for name in finding.missing:
            yield f"- {label_of(name)}… (required)"


def _entries(container: Any) -> list[tuple[str | int, Any]]:
    """The properties of an object or the items of a list; nothing for any other value."""
    if isinstance(container, dict):
        return list(container.items())
    return list(enumerate(container)) if isinstance(container, list) else []


def _near(touched: Sequence[int], size: int) -> list[int]:
    """The indexes to show: the touched ones and their neighbours, or the first few."""
    wanted = touched[:_NEIGHBOURS] or [0]
    near = {index for t in wanted for index in range(t - _NEIGHBOURS, t + _NEIGHBOURS + 1)}
    return sorted(index for index in near if 0 <= index < size)
