"""Remove the run's own secrets, and values that look like secrets, from text, headers and JSON."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import urls
from pytest_apismoke.redaction.beginnings import whole_values
from pytest_apismoke.redaction.finder import SecretFinder
from pytest_apismoke.redaction.halves import has_gap, without_halves
from pytest_apismoke.redaction.sensitive_keys import (
    is_secret_property,
    is_sensitive,
    may_name_secret,
)
from pytest_apismoke.redaction.token_patterns import may_contain_token, redact_tokens

REPLACEMENT = "[redacted]"

#: Shorter values would blank ordinary words; no real credential is that short.
SHORTEST_SECRET = 4
#: What stands between texts that are searched as one: part of no secret, escape or number.
_BETWEEN_TEXTS = "\x01"
#: The longest body, in characters, that is parsed: reports show no more than its beginning.
_LONGEST_JSON = 100_000
#: What is left out at the end of a text that was cut off, in characters: no secret of which the
#: beginning is not recognised is longer, in any encoding.
_LONGEST_ENCODED = 2000
#: A key before its value, as JSON, YAML, Python, forms and people write them.
_KEY = late_pattern(r"""(["']?)(?<![\w-])([\w-]+)\1\s*[:=]\s*""")
_VALUE = late_pattern(r""""(?:[^"\\]|\\.)*(?:"|\Z)|'[^']*(?:'|\Z)|[^\s,;&<>"']+""")
#: Headers whose whole value is a secret, quoted in an error page: up to the end of the line.
_HEADER = late_pattern(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie)\b[\"']?\s*[:=][^\r\n<]*")


class Redactor:
    """Knows the secrets of a run and removes them from text, headers, JSON and URLs.

    Secrets are learned during the run (the token comes with the login), so everything that shows or
    stores text shares one instance.
    """

    def __init__(self) -> None:
        self._variables: dict[str, str] = {}
        self._finder = SecretFinder()
        self._tell: Callable[[str], object] | None = None

    def tell_secrets(self, tell: Callable[[str], object]) -> None:
        """From now on, tells each secret as soon as it is known, and at once those known already.

        For a CI system alone, which keeps them out of what it shows itself.
        """
        self._tell = tell
        for value in tuple(self._variables):
            tell(value)

    def learn(self, value: str, name: str) -> None:
        """Adds a secret; `name` is the environment variable that replaces it in a curl line."""
        if len(value) >= SHORTEST_SECRET and value not in self._variables:
            self._variables[value] = name
            self._finder.add(value)
            if self._tell:
                self._tell(value)

    @property
    def known(self) -> int:
        """How many secrets are known so far: what was redacted with fewer may show one of them."""
        return len(self._variables)

    def secrets(self) -> tuple[tuple[str, str], ...]:
        """The pairs (value, name) known so far, for handing over to a worker process."""
        return tuple(self._variables.items())

    def is_free(self, *texts: str) -> bool:
        """Whether `text` would leave each of these strings as it is: a cheap and cautious answer.

        They are searched as one; False means that they have to be redacted one by one.
        """
        joined = _BETWEEN_TEXTS.join(texts)
        if may_contain_token(joined):
            return False
        return not self._variables or (self._finder.is_free(joined) and not has_gap(joined))

    def text(self, text: str) -> str:
        """The string without known secrets and without tokens of well-known formats."""
        if not self._variables:
            return redact_tokens(text, REPLACEMENT)
        whole = redact_tokens(self._finder.without_secrets(text, REPLACEMENT), REPLACEMENT)
        return without_halves(whole, self._variables, REPLACEMENT) if has_gap(whole) else whole

    def prose(self, text: str) -> str:
        """As `text`, and without the values that follow sensitive keys in the string."""
        if may_name_secret(text):
            text = _without_keyed_values(_HEADER.sub(rf"\1: {REPLACEMENT}", text))
        return self.text(text)

    def url(self, url: str) -> str:
        """The URL without userinfo, values of sensitive parameters, and known secrets."""
        return self.text(urls.redact_parameters(url, REPLACEMENT))

    def body(self, text: str) -> str:
        """A response body: JSON is redacted property by property, anything else as `prose`."""
        shown = self._json_body(text) if len(text) <= _LONGEST_JSON else None
        return self.prose(text[:_LONGEST_JSON]) if shown is None else shown

    def beginning(self, text: str) -> str:
        """As `body`, for the beginning of a body; without what was cut in two at its end."""
        whole = whole_values(text)
        shown = None if whole is None else self._json_body(whole)
        # A piece of a secret at the end would not be recognised.
        return self.prose(text)[:-_LONGEST_ENCODED] if shown is None else shown

    def _json_body(self, text: str) -> str | None:
        try:
            value = json.loads(text)
            plain = json.dumps(value, ensure_ascii=False)
            # Behind a backslash there may be any other character of a key or a secret.
            if "\\" not in plain and not may_name_secret(plain) and self.is_free(plain):
                return plain
            return self.text(json.dumps(self.json(value), ensure_ascii=False))
        except (ValueError, RecursionError):
            return None

    def shape(self, text: str) -> str:
        """A JSON body with every string replaced, for bodies whose secrets are not known yet.

        Returns an empty string where the body is not JSON.
        """
        try:
            return self.text(json.dumps(_without_strings(json.loads(text)), ensure_ascii=False))
        except (ValueError, RecursionError):
            return ""

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers without the values of sensitive ones, and without known secrets."""
        clean = str if self.is_free(*headers, *headers.values()) else self.text
        return {
            clean(name): REPLACEMENT if is_sensitive(name) else clean(value)
            for name, value in headers.items()
        }

    def json(self, value: object) -> object:
        """A JSON value without the values of sensitive properties, and without known secrets.

        A string in it may quote a body or a part of one, so it is redacted as `prose`.
        """
        if isinstance(value, str):
            return self.prose(value) if len(value) <= _LONGEST_JSON else self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): REPLACEMENT
                if is_secret_property(str(key), item)
                else self.json(item)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.json(item) for item in value]
        return value

    def known_values(self, value: object) -> Any:
        """A JSON value without known secrets; values of sensitive properties stay."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.known_values(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.known_values(item) for item in value]
        return value

    def shell_url(self, url: str) -> str:
        """As `shell`, for a URL; sensitive parameters that no variable holds are redacted."""
        return self.shell(urls.redact_parameters(url, REPLACEMENT, except_for=self._variables))

    def shell(self, text: str) -> str:
        """The string quoted for a POSIX shell, each known secret as the variable that holds it."""
        if not self._variables:
            return shlex.quote(text)
        longest_first = sorted(self._variables, key=len, reverse=True)
        parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text)
        return "".join(
            f'"${self._variables[part]}"'
            if index % 2
            else (shlex.quote(self.text(part)) if part else "")
            for index, part in enumerate(parts)
        )


def _without_strings(value: object) -> object:
    if isinstance(value, str):
        return REPLACEMENT
    if isinstance(value, Mapping):
        return {str(key): _without_strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_strings(item) for item in value]
    return value


def _without_keyed_values(text: str) -> str:
    """The string without the values after sensitive keys, which other values may contain."""
    parts, end = [], 0
    for key in _KEY.finditer(text):
        if key.start() < end or not is_sensitive(key.group(2)):
            continue
        if value := _VALUE.match(text, key.end()):
            parts += [text[end : key.end()], REPLACEMENT]
            end = value.end()
    return "".join([*parts, text[end:]])
