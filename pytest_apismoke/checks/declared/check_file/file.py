"""A file with declared checks as a whole: its name, its checks' names, who captures what. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.checks.declared.check_file.rules import method_of, rule_problems, uses
from pytest_apismoke.checks.declared.check_file.shape import CHECK, shape_problems
from pytest_apismoke.checks.declared.check_file.values import Problem
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.documents import step
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.http.request import SAFE_METHODS

FOLDER = "contracts"
SUFFIX = ".toml"
#: Names that something else in a run or a report has already.
RESERVED = ("settings", "calendar", "twilio", "tests", "apismoke", "openapi")
#: The end of the name of what `refused_without_auth` adds.
WITHOUT_TOKEN = " without a token"  # noqa: S105  # no password
_API = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A check without mistakes: its table, its place in the file, and what follows from others.

    `smoke` says whether it belongs to the smoke run, `needs` names the checks whose captures it
    uses, in the order of the file.
    """

    table: Mapping[str, Any]
    place: str
    smoke: bool
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """The check that makes a capture; where it has mistakes, what could be read of it."""

    index: int
    name: str
    smoke: bool


class CheckFile:
    """Reads one file, and collects what is wrong with it in `mistakes`.

    Args:
        path: of the file inside `contracts/`.

    """

    def __init__(self, path: str) -> None:
        self.file = f"{FOLDER}/{path}"
        self.mistakes: list[Failure] = []
        self._names: set[str] = set()
        self._makers: dict[str, _Maker] = {}
        self._all_captures: dict[str, str] = {}
        self._used_for: dict[str, set[str]] = {}
        self._add("", _wrong_name(path))

    def _add(self, place: str, problems: Iterable[Problem], check: str = "") -> None:
        for problem in problems:
            pointer = f"{place}{problem.pointer}"
            # In a pointer the first check is number 0; nobody counts them.
            whose = f" ({check})" if check else ""
            error = misconfigured(
                expected=problem.expected,
                seen=problem.seen,
                where=f"{self.file}#{pointer}{whose}" if pointer else self.file,
                hint=problem.hint,
            )
            self.mistakes.append(error.failure)

    def sound(self, content: Mapping[str, Any]) -> Iterator[Sound]:
        """The checks that have no mistake, in the order of the file."""
        self._add("", _wrong_at_the_top(content))
        tables = content.get("check")
        if not isinstance(tables, list):
            return
        for index, table in enumerate(tables):
            for name in _captures(table):
                self._all_captures.setdefault(name, _called(table, index))
                self._used_for.setdefault(name, _used(table))
        for index, table in enumerate(tables):
            place = f"/check/{index}"
            problems, sound = self._read(table, index, place)
            self._add(place, problems, _whose(sound.table, index))
            if not problems:
                yield sound

    def _read(self, table: Any, index: int, place: str) -> tuple[list[Problem], Sound]:
        if not isinstance(table, dict):
            hint = "write [[check]], and name and path below it"
            problem = Problem(expected="a table", seen=in_words(table), hint=hint)
            return [problem], Sound(table={}, place=place, smoke=False, needs=())
        problems = list(shape_problems(table, CHECK))
        wrong = {problem.pointer.split("/")[1] for problem in problems}
        given = {key: value for key, value in table.items() if step(key) not in wrong}
        problems += rule_problems(table, given)
        problems += self._twice(given)
        problems += self._wrong_uses(given, index)
        needs = self._needed(given)
        smoke = _in_smoke(table, given, needs)
        problems += _outside_smoke(given, needs)
        self._names.update(_names(given))
        for name in _captures(table):
            maker = _Maker(index=index, name=_called(table, index), smoke=smoke)
            self._makers.setdefault(name, maker)
        names = tuple(maker.name for maker in needs)
        return problems, Sound(table=given, place=place, smoke=smoke, needs=names)

    def _twice(self, given: Mapping[str, Any]) -> Iterator[Problem]:
        for name in _names(given):
            if name in self._names:
                yield Problem(
                    pointer="/name",
                    expected="each check's name once in a file",
                    seen=f"{name!r} a second time",
                    hint="call one of them otherwise",
                )
        for capture in _captures(given):
            if capture in self._makers:
                yield Problem(
                    pointer=f"/capture/{step(capture)}",
                    expected="each capture's name once in a file",
                    seen=f"{capture!r}, which {self._makers[capture].name!r} makes already",
                    hint="call one of them otherwise",
                )

    def _wrong_uses(self, given: Mapping[str, Any], index: int) -> Iterator[Problem]:
        seen: set[str] = set()
        for name, pointer in uses(given):
            if name not in self._makers and name not in seen:
                seen.add(name)
                why, hint = self._why_not(name, given)
                yield Problem(
                    pointer=pointer,
                    expected="a capture that an earlier check of the file makes",
                    seen=f"{name!r}, {why}",
                    hint=hint,
                )

    def _why_not(self, name: str, given: Mapping[str, Any]) -> tuple[str, str]:
        if name in _captures(given):
            hint = "capture it in a check further up"
            return "which is taken from the answer to this very check", hint
        if name in self._all_captures:
            hint = "move that check above this one"
            if self._needs_each_other(name, given):
                hint = "the two need each other, so neither can be made first: let one do without"
            return f"which {self._all_captures[name]!r} makes further down", hint
        example = f'capture = {{ {name} = "/items/0/id" }}'
        hint = f"write, for instance, {example} in a check further up"
        return "which none makes", nearest(name, list(self._makers)) if self._makers else hint

    def _needs_each_other(self, name: str, given: Mapping[str, Any]) -> bool:
        """Whether what makes a capture uses, by way of others or not, one that this check makes."""
        todo, seen = [name], set(_captures(given))
        mine = frozenset(seen)
        while todo:
            used = self._used_for.get(todo.pop(), set())
            if used & mine:
                return True
            todo += used - seen
            seen |= used
        return False

    def _needed(self, given: Mapping[str, Any]) -> tuple[_Maker, ...]:
        makers = {self._makers[name] for name, _ in uses(given) if name in self._makers}
        return tuple(sorted(makers, key=lambda maker: maker.index))


def _names(given: Mapping[str, Any]) -> list[str]:
    """What reports call a check, and what they call its being refused."""
    if "name" not in given:
        return []
    names = [given["name"]]
    return [*names, given["name"] + WITHOUT_TOKEN] if given.get("refused_without_auth") else names


def _captures(table: Any) -> list[str]:
    capture = table.get("capture") if isinstance(table, dict) else None
    return list(capture) if isinstance(capture, dict) else []


def _used(table: Mapping[str, Any]) -> set[str]:
    try:
        return {name for name, _ in uses(table)}
    except ValueError:
        # A brace that is never closed is told where it stands.
        return set()


def _whose(given: Mapping[str, Any], index: int) -> str:
    """How a person finds a check: by its name, where that is right."""
    return f"of {given['name']!r}" if "name" in given else f"of check {index + 1} of the file"


def _called(table: Mapping[str, Any], index: int) -> str:
    name = table.get("name")
    return name if isinstance(name, str) else f"check {index + 1}"


def _in_smoke(
    table: Mapping[str, Any], given: Mapping[str, Any], needs: tuple[_Maker, ...]
) -> bool:
    """What a check says itself; else whether it changes nothing and needs nothing that does."""
    if "smoke" in given:
        return bool(given["smoke"])
    return method_of(table, given) in SAFE_METHODS and all(maker.smoke for maker in needs)


def _outside_smoke(given: Mapping[str, Any], needs: tuple[_Maker, ...]) -> Iterator[Problem]:
    outside = [maker.name for maker in needs if not maker.smoke]
    if given.get("smoke") and outside:
        yield Problem(
            pointer="/smoke",
            expected="a check that a smoke run can make",
            seen=f"it belongs to the smoke run but needs {outside[0]!r}, which does not",
            hint="write smoke = true there too, or smoke = false here",
        )


def _wrong_name(path: str) -> Iterator[Problem]:
    api = path.removesuffix(SUFFIX)
    if api in RESERVED:
        yield Problem(
            expected=f"an API's name other than {', '.join(RESERVED)}",
            seen=repr(api),
            hint=f"rename the file, for instance to {f'my-{api}{SUFFIX}'!r}",
        )
    elif not _API.fullmatch(api):
        better = re.sub(r"[^a-z0-9_]+", "-", api.lower()).strip("-_0123456789") or "orders"
        yield Problem(
            expected="an API's name of lower-case letters, digits, '-' and '_'",
            seen=repr(api),
            hint=f"rename the file, for instance to {f'{better}{SUFFIX}'!r}",
        )


def _wrong_at_the_top(content: Mapping[str, Any]) -> Iterator[Problem]:
    for name in content:
        if name != "check":
            yield Problem(
                pointer=f"/{step(name)}",
                expected="[[check]] and nothing else at the top of the file",
                seen=repr(name),
                hint="it is a key of a check: write it below [[check]]"
                if name in CHECK
                else nearest(name, ["check"]),
            )
    tables = content.get("check", [])
    if isinstance(tables, dict):
        hint = "write [[check]], with two brackets on each side"
        yield Problem(pointer="/check", expected="a list of checks", seen="one table", hint=hint)
    elif not isinstance(tables, list):
        hint = "write [[check]], and name and path below it"
        seen = in_words(tables)
        yield Problem(pointer="/check", expected="a list of checks", seen=seen, hint=hint)
    elif not tables:
        hint = "write [[check]], and name and path below it; or take the file away"
        yield Problem(expected="at least one check", seen="none", hint=hint)
