"""What the test script of a Postman request expects. Pure.

Read are the assertions that Postman's own snippets write; everything else is listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.javascript import NotReadError, Places, value_of
from pytest_apismoke.migration.model import Fact, Left, Steps, Wanted
from pytest_apismoke.migration.statements import Statement, statements

_ANY_2XX = tuple(range(200, 300))
_LONGEST = 80
_EQUAL = r"(?:deep\.)?(?:be\.)?(?:eql|equal|equals|eq)"
_STATUS = late_pattern(r"pm\.response\.to\.have\.status\((.*)\)")
_OK = late_pattern(r"pm\.response\.to\.be\.(ok|success|json|withBody|\w+)")
_CODE = late_pattern(rf"pm\.expect\(\s*pm\.response\.code\s*\)\.to\.(?:{_EQUAL}|be\.oneOf)\((.*)\)")
_BELOW = late_pattern(
    r"pm\.expect\(\s*pm\.response\.responseTime\s*\)\.to\.be\.(?:below|lessThan)\((.*)\)"
)
_HEADER = late_pattern(r"pm\.response\.to\.have\.header\(\s*([^,]*?)\s*(?:,\s*(.*))?\)")
_HEADER_IS = late_pattern(
    rf"pm\.expect\(\s*pm\.response\.headers\.get\(([^)]*)\)\s*\)\.to\.({_EQUAL}|include)\((.*)\)"
)
_EXPECT = late_pattern(r"pm\.expect\((.*)\)\.to\.(.+)")
_LEGACY = late_pattern(r"tests\[.*?\]\s*=\s*(.*)")
_LEGACY_CODE = late_pattern(r"responseCode\.code\s*={2,3}\s*(\d+)")
_LEGACY_MEMBER = late_pattern(r"(.+)\.hasOwnProperty\(([^)]*)\)")
_LEGACY_KIND = late_pattern(r"(Array\.isArray|Number\.isInteger)\((.*)\)")
_LEGACY_VALUE = late_pattern(r"(.+?)\s*={2,3}\s*(.+)")
_BODY = late_pattern(r"pm\.response\.to\.have\.jsonBody\(\s*(?:(.*))?\)")
_NAMED = late_pattern(r"(?:const|let|var)?\s*([A-Za-z_$][\w$]*)\s*=\s*(?!=)(.*)")
_SAVED = late_pattern(
    r"(?:pm\.(?:environment|collectionVariables|globals|variables)\.set"
    r"|postman\.set(?:Environment|Global)Variable)\(\s*(\"[^\"]*\"|'[^']*')\s*,\s*(.*)\)"
)
#: Statements that expect nothing.
_QUIET = late_pattern(r"console\.|pm\.test\(|return\b|[\"'`]use strict|postman\.setNextRequest|$")
#: What a statement has in it that expects or saves something.
_TELLS = late_pattern(r"pm\.expect|pm\.response\.to|tests\[|\.set\(|\.set\w*Variable\(|tv4|eval\(")
_TYPES = {
    "string": "string", "number": "number", "boolean": "boolean", "object": "object",
    "array": "array", "null": "null",
}  # fmt: skip


class Script:
    """What a script expects.

    Args:
        script: its text.
        place: where it stands, for the list of what was left.

    """

    def __init__(self, script: str, place: str) -> None:
        self.statuses: tuple[int, ...] = ()
        self.facts: list[Fact] = []
        self.wanted: list[tuple[str, Wanted]] = []
        self.max_latency_ms: int | None = None
        self.saved: list[tuple[str, Steps]] = []
        self.left: list[Left] = []
        self._places = Places()
        #: The conditions that have a name: `is200 = responseCode.code === 200`.
        self._conditions: dict[str, str] = {}
        self._place = place
        for statement in statements(script):
            self._read(statement)

    def _read(self, statement: Statement) -> None:
        text = re.sub(r"\s+", " ", statement.text)
        if not statement.always and _TELLS.search(text):
            self._leave(text, "it stands in a condition, a loop or a function")
            return
        try:
            is_read = any(reader(self, text) for reader in _READERS)
        except NotReadError as error:
            self._leave(text, f"{str(error)[:40]!r} is no value that stands in the script")
            return
        if not is_read and _TELLS.search(text):
            self._leave(text, "only Postman's usual assertions are read")

    def _leave(self, text: str, why: str) -> None:
        # Without strings, which may be secrets.
        shown = re.sub(r"\"[^\"]{12,}\"|'[^']{12,}'", "'...'", text)[:_LONGEST]
        self.left.append(Left(place=self._place, what=shown, why=why))

    def expect(self, steps: Steps, **keywords: Any) -> bool:
        """Adds a fact."""
        self.facts.append(Fact(steps=steps, keywords=keywords))
        return True

    # -- the readers

    def _status(self, text: str) -> bool:
        if (match := _STATUS.fullmatch(text)) or (match := _CODE.fullmatch(text)):
            self.statuses = _statuses(value_of(match[1]))
        elif match := _OK.fullmatch(text):
            known = {"ok": _ANY_2XX, "success": _ANY_2XX, "json": (), "withBody": ()}
            if match[1] not in known:
                raise NotReadError(match[1])
            if match[1] == "json":
                self.expect(())
        else:
            return False
        return True

    def _latency(self, text: str) -> bool:
        match = _BELOW.fullmatch(text)
        if match:
            limit = value_of(match[1])
            if not isinstance(limit, (int, float)) or limit < 1:
                raise NotReadError(match[1])
            self.max_latency_ms = int(limit)
        return match is not None

    def _header(self, text: str) -> bool:
        if match := _HEADER.fullmatch(text):
            value = value_of(match[2]) if match[2] else True
            self.wanted.append((str(value_of(match[1])), value))
        elif match := _HEADER_IS.fullmatch(text):
            text = str(value_of(match[3]))
            is_part = match[2] == "include"
            self.wanted.append(
                (str(value_of(match[1])), {"pattern": re.escape(text)} if is_part else text)
            )
        return match is not None

    def _save(self, text: str) -> bool:
        match = _SAVED.fullmatch(text)
        if match:
            self.saved.append((str(value_of(match[1])), self._places.steps_of(match[2])))
        return match is not None

    def _legacy(self, text: str) -> bool:
        match = _LEGACY.fullmatch(text)
        if not match:
            return False
        told = self._conditions.get(match[1], match[1])
        if code := _LEGACY_CODE.fullmatch(told):
            self.statuses = (int(code[1]),)
            return True
        if member := _LEGACY_MEMBER.fullmatch(told):
            steps: Steps = (*self._places.steps_of(member[1]), str(value_of(member[2])))
            return self.expect(steps)
        if kind := _LEGACY_KIND.fullmatch(told):
            name = {"Array.isArray": "array", "Number.isInteger": "integer"}[kind[1]]
            return self.expect(self._places.steps_of(kind[2]), type=name)
        value = _LEGACY_VALUE.fullmatch(told)
        if not value:
            raise NotReadError(match[1])
        return self.expect(self._places.steps_of(value[1]), const=value_of(value[2]))

    def _json(self, text: str) -> bool:
        if match := _BODY.fullmatch(text):
            if match[1]:
                path, _, value = match[1].partition(",")
                inside: Steps = tuple(str(value_of(path)).split("."))
                return self.expect(inside, **({"const": value_of(value)} if value else {}))
            return self.expect(())
        match = _EXPECT.fullmatch(text)
        if not match:
            return False
        subject, chain = match[1], match[2]
        if subject.rstrip().endswith(".length"):
            steps, count = self._places.steps_of(subject.rstrip()[: -len(".length")]), True
        else:
            steps, count = self._places.steps_of(subject), False
        for keywords, inside in _chain(chain, is_count=count):
            self.expect((*steps, *inside), **keywords)
        return True

    def _name(self, text: str) -> bool:
        match = _NAMED.fullmatch(text)
        if match and _LEGACY_CODE.fullmatch(match[2]):
            self._conditions[match[1]] = match[2]
        elif match:
            try:
                self._places.learn(match[1], self._places.steps_of(match[2]))
            except NotReadError:
                return False
        return match is not None

    def _quiet(self, text: str) -> bool:
        return _QUIET.match(text) is not None and not _TELLS.search(text)


_READERS: tuple[Callable[[Script, str], bool], ...] = (
    Script._status,
    Script._latency,
    Script._header,
    Script._save,
    Script._legacy,
    Script._json,
    Script._name,
    Script._quiet,
)


def _statuses(value: object) -> tuple[int, ...]:
    values = value if isinstance(value, list) else [value]
    names = {one.phrase.lower(): one.value for one in HTTPStatus}
    found = [names.get(one.lower(), 0) if isinstance(one, str) else one for one in values]
    codes = tuple(one for one in found if isinstance(one, int) and 100 <= one <= 599)
    if len(codes) < len(found):
        raise NotReadError(str(value))
    return codes


def _chain(chain: str, *, is_count: bool) -> Iterator[tuple[Mapping[str, Any], Steps]]:
    """The keywords of a chain of Chai, each with the steps to the value that they are about."""
    chain = chain.strip()
    match = re.fullmatch(r"(not\.)?((?:\w+\.)*)(\w+)(?:\((.*)\))?", chain)
    if not match:
        raise NotReadError(chain)
    is_not, word, argument = bool(match[1] or "not." in match[2]), match[3], match[4]
    keywords: dict[str, Any] | None
    inside: Steps = ()
    if is_count:
        keywords = _count(word, argument)
    elif word == "property" and argument:
        name, _, value = argument.partition(",")
        inside = (str(value_of(name)),)
        keywords = {"const": value_of(value)} if value.strip() else {}
        if is_not:
            raise NotReadError(chain)
    else:
        keywords = _of_value(word, argument)
    if keywords is None:
        raise NotReadError(chain)
    if is_not:
        keywords = {"not": keywords}
    if keywords == {"not": {"not": {"type": "null"}}}:
        raise NotReadError(chain)
    yield keywords, inside


def _count(word: str, argument: str | None) -> dict[str, Any] | None:
    number = value_of(argument) if argument else None
    if not isinstance(number, int):
        return None
    if word in ("eql", "equal", "eq", "equals"):
        return {"minItems": number, "maxItems": number, "minLength": number, "maxLength": number}
    least = {"above": 1, "greaterThan": 1, "gt": 1, "least": 0, "gte": 0}
    if word in least:
        return {"minItems": number + least[word], "minLength": number + least[word]}
    most = {"below": -1, "lessThan": -1, "lt": -1, "most": 0, "lte": 0}
    if word in most:
        return {"maxItems": number + most[word], "maxLength": number + most[word]}
    return None


def _of_value(word: str, argument: str | None) -> dict[str, Any] | None:
    if argument is None or not argument.strip():
        words: dict[str, dict[str, Any]] = {
            "true": {"const": True},
            "false": {"const": False},
            "null": {"type": "null"},
            "exist": {"not": {"type": "null"}},
            "ok": {"not": {"enum": [False, 0, ""]}},
            "undefined": {"not": {}},
            "empty": {"maxItems": 0, "maxLength": 0, "maxProperties": 0},
        }
        return words.get(word)
    if word in ("a", "an"):
        name = _TYPES.get(str(value_of(argument)).lower())
        return {"type": name} if name else None
    value = value_of(argument)
    if word in ("eql", "equal", "equals", "eq"):
        return {"type": "null"} if value is None else {"const": value}
    if word == "oneOf" and isinstance(value, list):
        return {"enum": value}
    if word in ("lengthOf", "length") and isinstance(value, int):
        return _count("eql", argument)
    if isinstance(value, str) and word in ("include", "contain", "includes", "contains"):
        return {"type": "string", "pattern": re.escape(value)}
    if isinstance(value, str) and word == "string":
        return {"pattern": re.escape(value)}
    bounds = {"above": "exclusiveMinimum", "greaterThan": "exclusiveMinimum", "least": "minimum"}
    bounds |= {"below": "exclusiveMaximum", "lessThan": "exclusiveMaximum", "most": "maximum"}
    if word in bounds and isinstance(value, (int, float)):
        return {"type": "number", bounds[word]: value}
    return None
