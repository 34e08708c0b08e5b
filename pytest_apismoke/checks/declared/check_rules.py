"""Validate the checks of a file: their keys, their names, and their relations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from pytest_apismoke.checks.declared.captures import placeholders
from pytest_apismoke.checks.declared.check_schema import Problem, key_problems, scalars, schema_of
from pytest_apismoke.checks.declared.key_rules import between_keys, method_of
from pytest_apismoke.checks.declared.model import WITHOUT_TOKEN
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.documents import step
from pytest_apismoke.http.request import SAFE_METHODS
from pytest_apismoke.records import dataclass

#: The keys whose strings may contain placeholders for captures.
_TEMPLATED = ("path", "query", "headers", "json", "body", "changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCheck:
    """The valid keys of a check, and its relations to other checks.

    `smoke`: the smoke run includes it. `needs`: the names of the checks whose captures it uses, in
    the order of the file. `uses`: the names of those captures.
    """

    table: Mapping[str, Any] = field(default_factory=dict)
    smoke: bool = False
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()


# -- the checks of a file -------------------------------------------------------------------------


class CheckReader:
    """Reads the checks of one file, in order.

    Args:
        tables: the items of `check`, as parsed.

    """

    def __init__(self, tables: Sequence[Any]) -> None:
        self.tables = tables
        self._names: set[str] = set()
        #: For each check read so far, whether the smoke run includes it.
        self._smoke: list[bool] = []
        #: The index of the first check that captures each name.
        self._captured_by: dict[str, int] = {}
        for index, table in enumerate(tables):
            for name in _captures(table):
                self._captured_by.setdefault(name, index)

    def read(self, index: int) -> tuple[ReadCheck, list[Problem]]:
        """Read the check at an index, after all those before it, and return its problems too."""
        table = self.tables[index]
        if not isinstance(table, dict):
            self._smoke.append(False)
            hint = schema_of("check")["x-hint"]
            return ReadCheck(), [Problem(expected="a table", seen=in_words(table), hint=hint)]
        problems = list(key_problems(table))
        uses, brace_problems = _uses(_valid_keys(table, problems))
        problems += brace_problems
        order = {step(key): at for at, key in enumerate(table)}
        problems.sort(key=lambda problem: order[problem.pointer.split("/")[1]])
        valid = _valid_keys(table, problems)
        sources = {self._captured_by.get(name, index) for name in uses}
        needs = sorted(source for source in sources if source < index)
        outside = [self._name(source) for source in needs if not self._smoke[source]]
        is_safe = method_of(table, valid) in SAFE_METHODS
        smoke = valid.get("smoke", is_safe and not outside)
        problems += between_keys(table, valid)
        problems += self._duplicates(valid, index)
        problems += self._unknown_captures(uses, index)
        problems += _outside_smoke(valid, outside)
        self._names.update(_names(valid))
        self._smoke.append(smoke)
        names = tuple(map(self._name, needs))
        return ReadCheck(table=valid, smoke=smoke, needs=names, uses=tuple(uses)), problems

    def _name(self, index: int) -> str:
        name = self.tables[index].get("name")
        return name if isinstance(name, str) else f"check {index + 1}"

    def _duplicates(self, valid: Mapping[str, Any], index: int) -> Iterator[Problem]:
        hint = "rename one of them"
        for name in _names(valid):
            if name in self._names:
                seen, expected = (
                    f"{name!r} a second time",
                    "a check name that is unique in the file",
                )
                yield Problem(pointer="/name", expected=expected, seen=seen, hint=hint)
        for capture in _captures(valid):
            source = self._captured_by[capture]
            if source < index:
                yield Problem(
                    pointer=f"/capture/{step(capture)}",
                    expected="a capture name that is unique in the file",
                    seen=f"{capture!r}, which {self._name(source)!r} captures already",
                    hint=hint,
                )

    def _unknown_captures(self, uses: Mapping[str, str], index: int) -> Iterator[Problem]:
        for name, pointer in uses.items():
            if self._captured_by.get(name, index) >= index:
                why, hint = self._why_unknown(name, index)
                yield Problem(
                    pointer=pointer,
                    expected="a capture of an earlier check in the file",
                    seen=f"{name!r}, {why}",
                    hint=hint,
                )

    def _why_unknown(self, name: str, index: int) -> tuple[str, str]:
        source = self._captured_by.get(name)
        if source is None:
            earlier = [one for one, at in self._captured_by.items() if at < index]
            example = f'capture = {{ {name} = "/items/0/id" }}'
            hint = f"write, for instance, {example} in a check further up"
            return "which no check captures", nearest(name, earlier) if earlier else hint
        if source == index:
            why = "which this check captures itself, from its response"
            return why, "capture it in a check further up"
        hint = "move that check above this one"
        if self._depends_on(source, index):
            hint = "the checks need each other, so neither can run first: remove one of the uses"
        return f"which {self._name(source)!r} captures further down", hint

    def _depends_on(self, index: int, other: int) -> bool:
        """Whether a check needs another one, directly or through others."""
        todo, visited = [index], {index}
        while todo:
            uses, _ = _uses(self.tables[todo.pop()])
            needed = {self._captured_by[name] for name in uses if name in self._captured_by}
            todo += needed - visited
            visited |= needed
        return other in visited


def _valid_keys(table: Mapping[str, Any], problems: Sequence[Problem]) -> dict[str, Any]:
    """The keys of a check without an error of their own."""
    invalid = {problem.pointer.split("/")[1] for problem in problems}
    return {key: value for key, value in table.items() if step(key) not in invalid}


def _names(valid: Mapping[str, Any]) -> list[str]:
    """The names of a check in reports: its own, and that of its `refused_without_auth` item."""
    if "name" not in valid:
        return []
    names = [valid["name"]]
    return [*names, valid["name"] + WITHOUT_TOKEN] if valid.get("refused_without_auth") else names


def _captures(table: Any) -> list[str]:
    capture = table.get("capture") if isinstance(table, dict) else None
    return list(capture) if isinstance(capture, dict) else []


def _uses(table: Mapping[str, Any]) -> tuple[dict[str, str], list[Problem]]:
    """The captures that a check uses, and the strings with malformed placeholders.

    Returns:
        JSON Pointers to the first use by the capture's name, and a problem for each bad string.

    """
    uses: dict[str, str] = {}
    problems = []
    for key in _TEMPLATED:
        for pointer, scalar in scalars(table[key]) if key in table else ():
            try:
                names = placeholders(scalar) if isinstance(scalar, str) else ()
            except ValueError as error:
                problem = Problem(
                    pointer=f"/{key}{pointer}",
                    expected="placeholders written as {name}, and other braces doubled",
                    seen=str(error),
                    hint="close it, or write {{ for a '{' and }} for a '}'",
                )
                problems.append(problem)
            else:
                for name in names:
                    uses.setdefault(name, f"/{key}{pointer}")
    return uses, problems


def _outside_smoke(valid: Mapping[str, Any], outside: Sequence[str]) -> Iterator[Problem]:
    if valid.get("smoke") and outside:
        yield Problem(
            pointer="/smoke",
            expected="a check that the smoke run can include",
            seen=f"it belongs to the smoke run but needs {outside[0]!r}, which does not",
            hint="write smoke = true there too, or smoke = false here",
        )
