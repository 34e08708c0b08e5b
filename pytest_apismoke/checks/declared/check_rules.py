"""The rules between the keys of a declared check, and between the checks of a file. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_apismoke.checks.declared.captures import placeholders
from pytest_apismoke.checks.declared.check_schema import Problem, key_problems, leaves, schema_of
from pytest_apismoke.checks.declared.model import NOTHING, WITHOUT_TOKEN
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.documents import step
from pytest_apismoke.http.request import SAFE_METHODS

#: The keys whose strings may use captures.
_FILLED = ("path", "query", "headers", "json", "body", "changes")
#: Answers that have no body (RFC 9110, 15.3.5 and 15.4.5).
_WITHOUT_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is right in the table of a check, and what follows from other checks."""

    table: Mapping[str, Any] = field(default_factory=dict)
    smoke: bool = False
    needs: tuple[str, ...] = ()


# -- the checks of a file -------------------------------------------------------------------------


class Checks:
    """The checks of a file, which are read in its order."""

    def __init__(self, tables: Sequence[Any]) -> None:
        self.tables = tables
        self._names: set[str] = set()
        #: Of those that were read, whether they belong to the smoke run.
        self._smoke: list[bool] = []
        #: For each capture the first check that makes it.
        self._makers: dict[str, int] = {}
        for index, table in enumerate(tables):
            for name in _captures(table):
                self._makers.setdefault(name, index)

    def read(self, index: int) -> tuple[Sound, list[Problem]]:
        """What is right in a check, and what is wrong."""
        table = self.tables[index]
        if not isinstance(table, dict):
            self._smoke.append(False)
            hint = schema_of("check")["x-hint"]
            return Sound(), [Problem(expected="a table", seen=in_words(table), hint=hint)]
        problems = list(key_problems(table))
        uses, wrong_braces = _uses(_without_problems(table, problems))
        problems += wrong_braces
        order = {step(key): at for at, key in enumerate(table)}
        problems.sort(key=lambda problem: order[problem.pointer.split("/")[1]])
        given = _without_problems(table, problems)
        makers = {self._makers.get(name, index) for name in uses}
        needs = sorted(maker for maker in makers if maker < index)
        outside = [self._called(maker) for maker in needs if not self._smoke[maker]]
        is_safe = method_of(table, given) in SAFE_METHODS
        smoke = given.get("smoke", is_safe and not outside)
        problems += _between_keys(table, given)
        problems += self._twice(given, index)
        problems += self._wrong_uses(uses, index)
        problems += _outside_smoke(given, outside)
        self._names.update(_names(given))
        self._smoke.append(smoke)
        return Sound(table=given, smoke=smoke, needs=tuple(map(self._called, needs))), problems

    def _called(self, index: int) -> str:
        name = self.tables[index].get("name")
        return name if isinstance(name, str) else f"check {index + 1}"

    def _twice(self, given: Mapping[str, Any], index: int) -> Iterator[Problem]:
        hint = "call one of them otherwise"
        for name in _names(given):
            if name in self._names:
                expected, seen = "each check's name once in a file", f"{name!r} a second time"
                yield Problem(pointer="/name", expected=expected, seen=seen, hint=hint)
        for capture in _captures(given):
            maker = self._makers[capture]
            if maker < index:
                yield Problem(
                    pointer=f"/capture/{step(capture)}",
                    expected="each capture's name once in a file",
                    seen=f"{capture!r}, which {self._called(maker)!r} makes already",
                    hint=hint,
                )

    def _wrong_uses(self, uses: Mapping[str, str], index: int) -> Iterator[Problem]:
        for name, pointer in uses.items():
            if self._makers.get(name, index) >= index:
                why, hint = self._why_not(name, index)
                yield Problem(
                    pointer=pointer,
                    expected="a capture that an earlier check of the file makes",
                    seen=f"{name!r}, {why}",
                    hint=hint,
                )

    def _why_not(self, name: str, index: int) -> tuple[str, str]:
        maker = self._makers.get(name)
        if maker is None:
            earlier = [one for one, at in self._makers.items() if at < index]
            example = f'capture = {{ {name} = "/items/0/id" }}'
            hint = f"write, for instance, {example} in a check further up"
            return "which none makes", nearest(name, earlier) if earlier else hint
        if maker == index:
            why = "which is taken from the answer to this very check"
            return why, "capture it in a check further up"
        hint = "move that check above this one"
        if self._depends(maker, index):
            hint = "the two need each other, so neither can be made first: let one do without"
        return f"which {self._called(maker)!r} makes further down", hint

    def _depends(self, index: int, other: int) -> bool:
        """Whether a check uses, by way of others or not, a capture that another one makes."""
        todo, seen = [index], {index}
        while todo:
            uses, _ = _uses(self.tables[todo.pop()])
            used = {self._makers[name] for name in uses if name in self._makers} - seen
            todo += used
            seen |= used
        return other in seen


def _without_problems(table: Mapping[str, Any], problems: Sequence[Problem]) -> dict[str, Any]:
    """The keys of a check that have no problem."""
    wrong = {problem.pointer.split("/")[1] for problem in problems}
    return {key: value for key, value in table.items() if step(key) not in wrong}


def _names(given: Mapping[str, Any]) -> list[str]:
    """What reports call a check, and what they call its being refused."""
    if "name" not in given:
        return []
    names = [given["name"]]
    return [*names, given["name"] + WITHOUT_TOKEN] if given.get("refused_without_auth") else names


def _captures(table: Any) -> list[str]:
    capture = table.get("capture") if isinstance(table, dict) else None
    return list(capture) if isinstance(capture, dict) else []


def _uses(table: Mapping[str, Any]) -> tuple[dict[str, str], list[Problem]]:
    """The captures that a check uses, each with the JSON Pointer to its first use.

    And the strings in which a brace neither belongs to a capture nor is doubled.
    """
    uses: dict[str, str] = {}
    problems = []
    for key in _FILLED:
        for pointer, text in leaves(table[key]) if key in table else ():
            try:
                names = placeholders(text) if isinstance(text, str) else ()
            except ValueError as error:
                problem = Problem(
                    pointer=f"/{key}{pointer}",
                    expected="captures written as {name}, and any other brace doubled",
                    seen=str(error),
                    hint="close it, or write {{ for a '{' and }} for a '}'",
                )
                problems.append(problem)
            else:
                for name in names:
                    uses.setdefault(name, f"/{key}{pointer}")
    return uses, problems


def _outside_smoke(given: Mapping[str, Any], outside: Sequence[str]) -> Iterator[Problem]:
    if given.get("smoke") and outside:
        yield Problem(
            pointer="/smoke",
            expected="a check that a smoke run can make",
            seen=f"it belongs to the smoke run but needs {outside[0]!r}, which does not",
            hint="write smoke = true there too, or smoke = false here",
        )


# -- between keys ---------------------------------------------------------------------------------


def _between_keys(table: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a check although each of its keys may stand.

    Args:
        table: all that was given.
        given: of that what is right by itself.

    """
    schema = schema_of("check")
    for key in schema["required"]:
        if key not in table:
            hint = schema["properties"][key]["x-hint"]
            yield Problem(expected=f"the key {key!r}", seen="none", hint=hint)
    yield from _changes(table, given)
    yield from _bodies(table, given)
    yield from _credentials(given)


def _changes(table: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    method = method_of(table, given)
    if method in SAFE_METHODS and "changes" in given:
        yield Problem(
            pointer="/changes",
            expected=f"no 'changes' for {method}, which changes nothing",
            seen=in_words(given["changes"]),
            hint="take it away, or correct the method",
        )
    elif method and method not in SAFE_METHODS and "changes" not in table:
        yield Problem(
            expected=f"the key 'changes' for {method}",
            seen="none",
            hint="what a check changes has to be put back: write the path of the document that it"
            ' changes, which is then put back with proof, or changes = "nothing"',
        )
    if "changing" in given and ("changes" not in table or given.get("changes") == NOTHING):
        yield Problem(
            pointer="/changing",
            expected="'changing' only beside a 'changes' that names a document",
            seen=in_words(given["changes"]) if "changes" in given else "no 'changes'",
            hint="take it away, or write the path of the document that is changed",
        )


def method_of(table: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """The method, as far as it is known; empty where a wrong one was given."""
    return str(given["method"]) if "method" in given else "" if "method" in table else "GET"


def _bodies(table: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    if "json" in table and "body" in table:
        hint = "take one of them away"
        yield Problem(expected="one body, 'json' or 'body'", seen="both", hint=hint)
    expect = given.get("expect", {})
    statuses = statuses_of(expect)
    without = "method HEAD" if method_of(table, given) == "HEAD" else ""
    if statuses and set(statuses) <= _WITHOUT_BODY:
        without = f"status {statuses[0]}"
    wants = {"/capture": given.get("capture"), "/expect/schema": expect.get("schema")}
    for pointer, value in wants.items():
        if without and value:
            yield Problem(
                pointer=pointer,
                expected="an answer that has a body to look into",
                seen=f"{without}, whose answer has none",
                hint="take it away, or correct the method and the status",
            )


def statuses_of(expect: Mapping[str, Any]) -> tuple[int, ...]:
    """The statuses that are expected; none for any 2xx."""
    status = expect.get("status", [])
    return (status,) if isinstance(status, int) else tuple(status)


def _credentials(given: Mapping[str, Any]) -> Iterator[Problem]:
    if given.get("refused_without_auth") and given.get("auth") is False:
        yield Problem(
            pointer="/refused_without_auth",
            expected="auth = true where it is to be refused without",
            seen="auth = false",
            hint="take one of them away",
        )
    names = list(given.get("headers", {}))
    for index, name in enumerate(names):
        pointer = f"/headers/{step(name)}"
        if name.lower() in map(str.lower, names[:index]):
            hint = "take one of them away: the case of its letters makes no difference"
            yield Problem(
                pointer=pointer, expected="each header once", seen=f"{name!r} twice", hint=hint
            )
        if name.lower() == "authorization" and given.get("auth") is not False:
            yield Problem(
                pointer=pointer,
                expected="no credentials besides the run's token",
                seen=repr(name),
                hint="take it away, or write auth = false; credentials never belong into a file",
            )
