"""The values and places that an expression of a Postman script names. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.migration.model import Steps

_STRING = late_pattern(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`$\\]*`")
_NUMBER = late_pattern(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
#: What has the JSON of the answer.
_WHOLE = late_pattern(
    r"pm\.response\.json\(\)|JSON\.parse\(\s*responseBody\s*\)|JSON\.parse\(pm\.response\.text\(\)\)"
)
_STEP = late_pattern(
    r"\s*(?:\?\.|\.)\s*([A-Za-z_$][\w$]*)(?!\s*\()|\s*\[\s*(\d+)\s*\]"
    r"|\s*\[\s*(\"[^\"]*\"|'[^']*')\s*\]"
)
_GET = late_pattern(
    r"(?:pm\.(?:environment|collectionVariables|globals|variables)\.get"
    r"|postman\.get\w+Variable)\(\s*(\"[^\"]*\"|'[^']*')\s*\)"
)
_NAME = late_pattern(r"[A-Za-z_$][\w$]*")


class NotReadError(Exception):
    """An expression that this module does not read."""


def value_of(text: str) -> Any:
    """The value of a literal; a variable of Postman's becomes `{{name}}`.

    Raises:
        NotReadError: for anything else.

    """
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return json.loads(text)
    if _STRING.fullmatch(text):
        return _string(text)
    if match := _GET.fullmatch(text):
        return f"{{{{{_string(match[1])}}}}}"
    if text[:1] in "[{":
        try:
            return json.loads(text)
        except ValueError:
            if text[0] == "[" and text[-1] == "]" and "[" not in text[1:] and "{" not in text:
                inner = text[1:-1].strip().rstrip(",")
                parts = re.split(r",(?=(?:[^\"']*[\"'][^\"']*[\"'])*[^\"']*$)", inner)
                return [value_of(part) for part in parts] if inner else []
    raise NotReadError(text)


def _string(text: str) -> str:
    inner = text[1:-1]
    if text[0] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return inner
    return re.sub(r"\\(.)", r"\1", inner)


class Places:
    """What the names of a script stand for."""

    def __init__(self) -> None:
        self._names: dict[str, Steps] = {}

    def learn(self, name: str, steps: Steps) -> None:
        """From now on a name stands for a place in the answer."""
        self._names[name] = steps

    def steps_of(self, text: str) -> Steps:
        """The place that an expression names.

        Raises:
            NotReadError: if it names none.

        """
        text = text.strip()
        match = _WHOLE.match(text)
        steps: Steps = ()
        if match is None:
            match = _NAME.match(text)
            if match is None or match[0] not in self._names:
                raise NotReadError(text)
            steps = self._names[match[0]]
        rest = text[match.end() :]
        while rest.strip():
            found = _STEP.match(rest)
            if found is None:
                raise NotReadError(text)
            name, index, quoted = found.groups()
            step: str | int = int(index) if index else name or _string(quoted)
            if isinstance(step, int) and step > 50:
                raise NotReadError(text)
            steps = (*steps, step)
            rest = rest[found.end() :]
        return steps
