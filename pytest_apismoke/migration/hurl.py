"""Reads a Hurl file: entries with asserts and captures. Pure.

The format: https://hurl.dev/docs/grammar.html (6.x)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.model import Auth, Fact, Foreign, Left, Source, Steps, Wanted
from pytest_apismoke.redaction import is_sensitive

_METHOD = late_pattern(r"([A-Z]+)\s+(\S+)\s*")
_ANSWER = late_pattern(r"HTTP(?:/[\d.]+)?\s+(\d{3}|\*)\s*")
_SECTION = late_pattern(r"\[(\w+)\]\s*")
_PAIR = late_pattern(r"([^:]+?)\s*:\s*(.*)")
_JSONPATH = late_pattern(r"jsonpath\s+\"((?:[^\"\\]|\\.)*)\"\s*(.*)")
_STEP = late_pattern(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")
#: What a URL has in front of its path.
_IN_FRONT = late_pattern(r"^https?://[^/]*|^\{\{[^}]*\}\}")
_LOGIN = "the login of the file: describe it below [login] of apismoke.toml"
_TYPES = {
    "isInteger": "integer", "isFloat": "number", "isNumber": "number", "isString": "string",
    "isBoolean": "boolean", "isCollection": "array", "isList": "array", "isObject": "object",
}  # fmt: skip
_OPERATORS = {">": "exclusiveMinimum", ">=": "minimum", "<": "exclusiveMaximum", "<=": "maximum"}


def read(text: str, *, file: str) -> Source:
    """The requests of a file.

    Args:
        text: its content.
        file: its name, for messages.

    """
    requests: list[Foreign] = []
    notes: list[str] = []
    credentials: dict[str, str] = {}
    for number, lines in _entries(text):
        entry = _Entry(lines, f"{file}:{number}")
        requests.append(entry.request())
        credentials |= entry.credentials
        notes += [_LOGIN] if entry.is_authorised else []
    return Source(
        tool="a Hurl file",
        title="",
        requests=tuple(requests),
        secrets=credentials,
        notes=tuple(dict.fromkeys(notes)),
    )


def _entries(text: str) -> Iterator[tuple[int, list[str]]]:
    begun: list[str] = []
    number = 0
    for at, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#"):
            continue
        # A line of a body never begins at the margin with a method and a URL.
        if _METHOD.fullmatch(line) and not _ANSWER.fullmatch(line):
            if begun:
                yield number, begun
            begun, number = [], at
        if begun or _METHOD.fullmatch(line):
            begun.append(line)
    if begun:
        yield number, begun


class _Entry:
    def __init__(self, lines: Sequence[str], place: str) -> None:
        self._place = place
        match = _METHOD.fullmatch(lines[0])
        assert match, "an entry begins with its request"
        self._method, self._url = match[1], match[2]
        self._query: list[tuple[str, str]] = []
        self._headers: list[tuple[str, str]] = []
        self._statuses: tuple[int, ...] = ()
        self._facts: list[Fact] = []
        self._wanted: list[tuple[str, Wanted]] = []
        self._latency: int | None = None
        self._saved: list[tuple[str, Steps]] = []
        self._left: list[Left] = []
        self._body: list[str] = []
        self._form = ""
        self.is_authorised = False
        self.credentials: dict[str, str] = {}
        self._read(lines[1:])

    def _read(self, lines: Sequence[str]) -> None:
        section, is_answer = "headers", False
        for line in lines:
            if answer := _ANSWER.fullmatch(line):
                is_answer, section = True, "headers"
                self._statuses = () if answer[1] == "*" else (int(answer[1]),)
            elif (found := _SECTION.fullmatch(line)) and section != "body":
                section = found[1].lower()
            elif section == "body" or (section == "headers" and line.startswith(("{", "`", "<"))):
                section = "body"
                if not is_answer:
                    self._body.append(line)
                elif line.strip() and not any(o.what == "the body" for o in self._left):
                    self._leave("the body", "only asserts about single values are carried over")
            elif line.strip():
                self._line(section, line.partition(" #")[0].strip(), is_answer=is_answer)

    def _leave(self, what: str, why: str) -> None:
        self._left.append(Left(place=self._place, what=what, why=why))

    def _line(self, section: str, line: str, *, is_answer: bool) -> None:  # noqa: C901  # a table
        if section == "asserts":
            if not self._assert(line):
                self._leave(line[:60], "this assert is not read")
            return
        pair = _PAIR.fullmatch(line)
        if not pair:
            self._leave(line[:60], "this line is not read")
        elif section == "captures":
            path = _JSONPATH.fullmatch(pair[2])
            steps = _steps(path[1]) if path and not path[2].strip() else None
            if steps:
                self._saved.append((pair[1], steps))
            else:
                self._leave(f"the capture {pair[1]!r}", "a capture takes one value of the JSON")
        elif section == "headers" and is_answer:
            self._wanted.append((pair[1], pair[2]))
        elif section == "headers":
            self._headers.append((pair[1], pair[2]))
            self.is_authorised |= pair[1].lower() in ("authorization", "cookie")
            if is_sensitive(pair[1]) and "{{" not in pair[2]:
                self.credentials[pair[1]] = pair[2].rpartition(" ")[2]
        elif section in ("querystringparams", "query"):
            self._query.append((pair[1], pair[2]))
        elif section == "basicauth":
            self.is_authorised = True
            self.credentials["PASSWORD"] = pair[2]
        elif section == "options":
            self._leave(f"the option {pair[1]}", "no check has its like")
        else:
            self._form = "the form"

    def _assert(self, line: str) -> bool:
        if match := re.fullmatch(r"status\s*==\s*(\d{3})", line):
            self._statuses = (int(match[1]),)
        elif match := re.fullmatch(r"status\s*<\s*(400|300)", line):
            self._statuses = tuple(range(200, int(match[1])))
        elif match := re.fullmatch(r"duration\s*<=?\s*(\d+)(?:\s*ms)?", line):
            self._latency = int(match[1])
        elif match := re.fullmatch(r'header\s+"([^"]+)"\s*(==|contains)\s*"([^"]*)"', line):
            is_part = match[2] == "contains"
            value: Wanted = {"pattern": re.escape(match[3])} if is_part else match[3]
            self._wanted.append((match[1], value))
        elif match := re.fullmatch(r'header\s+"([^"]+)"\s*exists', line):
            self._wanted.append((match[1], True))
        elif path := _JSONPATH.fullmatch(line):
            steps, keywords = _steps(path[1]), _predicate(path[2].strip())
            if steps is None or keywords is None:
                return False
            self._facts.append(Fact(steps=steps, keywords=keywords))
        else:
            return False
        return True

    def request(self) -> Foreign:
        """The request of the entry."""
        value, body = self._sent()
        return Foreign(
            place=self._place,
            name=f"{self._method} {_IN_FRONT.sub('', self._url) or '/'}",
            method=self._method,
            url=self._url,
            query=tuple(self._query),
            headers=tuple(self._headers),
            json=value,
            body=body,
            auth=Auth.RUN if self.is_authorised else Auth.NONE,
            statuses=self._statuses,
            facts=tuple(self._facts),
            wanted=tuple(self._wanted),
            max_latency_ms=self._latency,
            saved=tuple(self._saved),
            left=tuple(self._left),
        )

    def _sent(self) -> tuple[Any, str]:
        text = "\n".join(self._body).strip()
        if not text:
            return None, self._form
        try:
            return json.loads(text), ""
        except ValueError:
            return None, "the body"


def _steps(path: str) -> Steps | None:
    """The steps of a JSONPath to one value; None for one that finds several."""
    if not path.startswith("$"):
        return None
    rest, steps = path[1:], []
    while rest:
        match = _STEP.match(rest)
        if not match:
            return None
        steps.append(int(match[2]) if match[2] else match[1] or match[3])
        rest = rest[match.end() :]
    return tuple(steps)


def _predicate(text: str) -> dict[str, Any] | None:  # noqa: C901  # a table
    if text in _TYPES:
        return {"type": _TYPES[text]}
    if text == "exists":
        return {}
    if text == "isEmpty":
        return {"maxItems": 0, "maxLength": 0, "maxProperties": 0}
    if match := re.fullmatch(r"count\s*==\s*(\d+)", text):
        return {"type": "array", "minItems": int(match[1]), "maxItems": int(match[1])}
    match = re.fullmatch(r"(==|!=|>=|<=|>|<|contains|startsWith|matches)\s*(.+)", text)
    if not match:
        return None
    try:
        value = json.loads(match[2])
    except ValueError:
        if match[1] == "matches" and re.fullmatch(r"/.*/", match[2]):
            return {"type": "string", "pattern": match[2][1:-1]}
        return None
    if match[1] == "==":
        return {"type": "null"} if value is None else {"const": value}
    if match[1] == "!=":
        return {"not": {"type": "null"} if value is None else {"const": value}}
    if match[1] in _OPERATORS and isinstance(value, (int, float)):
        return {"type": "number", _OPERATORS[match[1]]: value}
    if isinstance(value, str):
        before = "^" if match[1] == "startsWith" else ""
        text = value if match[1] == "matches" else re.escape(value)
        return {"type": "string", "pattern": f"{before}{text}"}
    return None
