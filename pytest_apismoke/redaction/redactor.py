"""Takes secrets out of text, headers, JSON and URLs: those of the run, and what looks like one."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from pytest_apismoke.redaction import urls
from pytest_apismoke.redaction.encodings import pattern_of
from pytest_apismoke.redaction.sensitive_keys import is_sensitive
from pytest_apismoke.redaction.token_patterns import without_forms

REPLACEMENT = "[redacted]"

#: Values this short would blank ordinary words; no real credential is shorter.
SHORTEST_SECRET = 4
#: Longer bodies are not parsed only to show their beginning.
_LONGEST_JSON = 100_000
#: A member as JSON, YAML, Python, forms and people write it: its name, and what may be its value.
_NAMED = re.compile(r"""(["']?)(?<![\w-])([\w-]+)\1\s*[:=]\s*""")
_VALUE = re.compile(r""""(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s,;&<>"']+""")
#: Headers whose whole value is a secret, quoted in an error page: to the end of the line.
_HEADER = re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)\b[\"']?\s*[:=][^\r\n<]*")


class Redactor:
    """Knows the secret values of a run and removes them from text, headers and JSON.

    Secrets are learned while the run goes on (the token comes with the login), so everything that
    shows or stores text shares one instance.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None

    def learn(self, value: str, name: str) -> None:
        """Adds a secret; `name` is the environment variable that stands for it in a curl line."""
        if len(value) >= SHORTEST_SECRET and value not in self._names:
            self._names[value] = name
            self._pattern = pattern_of(self._names)

    def secrets(self) -> tuple[tuple[str, str], ...]:
        """The pairs (value, name) known so far, to hand them to a worker process."""
        return tuple(self._names.items())

    def text(self, text: str) -> str:
        """The text without any known secret, and without what has the form of one."""
        known = self._pattern.sub(REPLACEMENT, text) if self._pattern else text
        return without_forms(known, REPLACEMENT)

    def prose(self, text: str) -> str:
        """As `text`, and without the values of sensitive names that are quoted in it."""
        return self.text(_without_members(_HEADER.sub(rf"\1: {REPLACEMENT}", text)))

    def url(self, url: str) -> str:
        """A URL without who asks, the values of sensitive parameters, and secrets."""
        return self.text(urls.blanked(url, REPLACEMENT))

    def body(self, text: str) -> str:
        """A body as text: JSON member by member, anything else by names and values."""
        if len(text) <= _LONGEST_JSON:
            try:
                return self.text(json.dumps(self.json(json.loads(text)), ensure_ascii=False))
            except (ValueError, RecursionError):
                pass
        return self.prose(text[:_LONGEST_JSON])

    def shape(self, text: str) -> str:
        """What a body looks like whose texts are secrets that are not known yet: its members."""
        try:
            return self.text(json.dumps(_without_texts(json.loads(text)), ensure_ascii=False))
        except (ValueError, RecursionError):
            return ""

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with sensitive ones blanked by name and known secrets blanked by value."""
        return {
            self.text(name): REPLACEMENT if is_sensitive(name) else self.text(value)
            for name, value in headers.items()
        }

    def json(self, value: object) -> object:
        """A JSON value with sensitive members blanked by name and known secrets by value.

        A text in it may quote a body, or a part of one: it is blanked by the names in it too.
        """
        if isinstance(value, str):
            return self.prose(value) if len(value) <= _LONGEST_JSON else self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): REPLACEMENT
                if is_sensitive(str(key)) and _holds_a_value(member)
                else self.json(member)
                for key, member in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.json(member) for member in value]
        return value

    def known_values(self, value: object) -> Any:
        """A JSON value with known secrets blanked, and nothing else: names are not looked at."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): self.known_values(member) for name, member in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.known_values(member) for member in value]
        return value

    def shell_url(self, url: str) -> str:
        """As `shell`, of a URL; a sensitive parameter that no variable holds is blanked."""
        return self.shell(urls.blanked(url, REPLACEMENT, but=self._names))

    def shell(self, text: str) -> str:
        """The text quoted for a POSIX shell, each known secret as the variable that holds it."""
        if not self._names:
            return shlex.quote(text)
        longest_first = sorted(self._names, key=len, reverse=True)
        parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
        return "".join(
            f'"${self._names[part]}"'
            if index % 2
            else (shlex.quote(self.text(part)) if part else "")
            for index, part in enumerate(parts)
        )


def _holds_a_value(member: object) -> bool:
    """Whether a member can hold a secret itself; true, null and objects speak through others."""
    return isinstance(member, (str, int, float, list)) and not isinstance(member, bool)


def _without_texts(value: object) -> object:
    if isinstance(value, str):
        return REPLACEMENT
    if isinstance(value, Mapping):
        return {str(name): _without_texts(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_texts(member) for member in value]
    return value


def _without_members(text: str) -> str:
    """The text without what stands behind sensitive names; a harmless value may quote some too."""
    parts, done = [], 0
    for found in _NAMED.finditer(text):
        if found.start() < done or not is_sensitive(found.group(2)):
            continue
        if value := _VALUE.match(text, found.end()):
            parts += [text[done : found.end()], REPLACEMENT]
            done = value.end()
    return "".join([*parts, text[done:]])
