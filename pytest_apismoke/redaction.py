"""Keeps secrets out of everything that is shown or written, in derived forms too."""

from __future__ import annotations

import base64
import html
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

REPLACEMENT = "[redacted]"

#: Values this short would blank ordinary words; no real credential is shorter.
SHORTEST_SECRET = 4
#: From this length on, a piece of the value is recognised too: tools cut long values in the middle.
_LONG_SECRET = 32
_PIECE = 16
_LETTER = r"[\w.~+/=%-]"
_WORD = f"{_LETTER}*"

_SENSITIVE_NAME = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|api[-_]?key|^authorization$|^proxy-authorization$"
    r"|^(set-)?cookie$|credential|private[-_]?key|^session[-_]?id$",
    re.IGNORECASE,
)
#: Names that look sensitive but hold no secret.
_HARMLESS_NAMES = frozenset({"token_type", "expires_in"})


#: Longer bodies are not parsed only to show their beginning.
_LONGEST_JSON = 100_000
_MEMBER = re.compile(
    r"""(["']?)(?<![\w-])([\w-]+)\1(\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&<>"']+)"""
)
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
            self._pattern = _compile(self._names)

    def secrets(self) -> tuple[tuple[str, str], ...]:
        """The pairs (value, name) known so far, to hand them to a worker process."""
        return tuple(self._names.items())

    def text(self, text: str) -> str:
        """The text without any known secret."""
        return self._pattern.sub(REPLACEMENT, text) if self._pattern else text

    def body(self, text: str) -> str:
        """A body as text: JSON member by member, anything else by names and values."""
        if len(text) <= _LONGEST_JSON:
            try:
                return self.text(json.dumps(self.json(json.loads(text)), ensure_ascii=False))
            except (ValueError, RecursionError):
                pass
        text = _HEADER.sub(rf"\1: {REPLACEMENT}", text[:_LONGEST_JSON])
        return self.text(_MEMBER.sub(_blank_member, text))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with sensitive ones blanked by name and known secrets blanked by value."""
        return {
            self.text(name): REPLACEMENT if is_sensitive(name) else self.text(value)
            for name, value in headers.items()
        }

    def json(self, value: object) -> object:
        """A JSON value with sensitive members blanked by name and known secrets by value."""
        if isinstance(value, str):
            return self.text(value)
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


def is_sensitive(name: str) -> bool:
    """Whether a header or a JSON member of this name is blanked whatever its value."""
    return name not in _HARMLESS_NAMES and bool(_SENSITIVE_NAME.search(name))


def _holds_a_value(member: object) -> bool:
    """Whether a member can hold a secret itself; true, null and objects speak through others."""
    return isinstance(member, (str, int, float, list)) and not isinstance(member, bool)


def _blank_member(found: re.Match[str]) -> str:
    quote_mark, name, separator, _ = found.groups()
    if not is_sensitive(name):
        return found.group()
    return f"{quote_mark}{name}{quote_mark}{separator}{REPLACEMENT}"


def _compile(secrets: Iterable[str]) -> re.Pattern[str]:
    forms: set[str] = set()
    beginnings: set[str] = set()
    endings: set[str] = set()
    for secret in secrets:
        forms |= _forms(secret)
        for part in (secret, *secret.split(".")):
            if len(part) >= _LONG_SECRET:
                forms |= _forms(part)
                beginnings.add(re.escape(part[:_PIECE]))
                endings.add(re.escape(part[-_PIECE:]))
    return re.compile(
        "|".join(
            [
                # Pieces first: they reach as far as the word does, a form stops at its own end.
                *(f"{beginning}{_WORD}" for beginning in sorted(beginnings)),
                # Tried at the beginning of a word only: anywhere would be quadratic.
                *(f"(?<!{_LETTER}){_WORD}{ending}" for ending in sorted(endings)),
                *sorted(endings),
                *sorted((re.escape(form) for form in forms), key=len, reverse=True),
            ]
        )
    )


def _forms(secret: str) -> set[str]:
    """The spellings in which a server or a tool may give a secret back."""
    raw = secret.encode("utf-8", "surrogateescape")
    quoted = {quote(raw), quote(raw, safe=""), quote_plus(raw)}
    spellings = {
        secret,
        *quoted,
        *(re.sub("%..", lambda code: code.group().lower(), text) for text in quoted),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        repr(json.dumps(secret))[2:-2],
        html.escape(secret),
        base64.b64encode(raw).decode(),
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    return {spelling for spelling in spellings if len(spelling) >= SHORTEST_SECRET}
