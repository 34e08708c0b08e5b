"""References to environment variables, `"${NAME}"`, in the strings of a configuration. Pure.

Source: SPEC section 8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.redaction import is_sensitive, is_sensitive_parameter

#: The tables whose strings from the environment are secrets, whatever the names in them.
TABLES_OF_SECRETS = ("headers", "fields")
#: The tables whose strings are what a target has or gets, and may be secret where a name says so.
TABLES_OF_CONTENTS = (*TABLES_OF_SECRETS, "expect", "select")
#: What a message calls a reference.
WORDS = "${NAME}, with the name of an environment variable"

#: A literal "${", a reference, or the beginning of what should be one.
_PART = late_pattern(
    r"\$\$\{|\$\{(?P<name>[A-Za-z_][0-9A-Za-z_]*)\}|(?P<broken>\$\{[^}\n]{0,40}\}?)"
)
#: A parameter in the query of a path; its value may be a reference.
_PARAMETER = late_pattern(r"[?&;]([^=&;#?/]+)=([^&;#]+)")
#: Names that end so say what kind of a secret there is, and hold none.
_KINDS_OF_SECRETS = ("_type", "_type_hint")


def mentions(value: object) -> bool:
    """Whether a value, or a string in it, has a reference or an escaped one."""
    return any("${" in text for text in _strings(value))


def names_in(value: object) -> tuple[str, ...]:
    """The variables that the strings of a value refer to, each once."""
    found = (part["name"] for text in _strings(value) for part in _PART.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name))


def broken_in(value: object) -> str:
    """The first part of a value that begins like a reference and is none; or an empty string."""
    found = (part["broken"] for text in _strings(value) for part in _PART.finditer(text))
    return next(filter(None, found), "")


def resolved(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with the contents of variables in the place of references.

    A reference to a variable that is not among them stays, and `$${` becomes `${`.
    """
    if isinstance(value, str):
        return _PART.sub(lambda part: _content(part, variables), value)
    if isinstance(value, list):
        return [resolved(item, variables) for item in value]
    if isinstance(value, dict):
        return {name: resolved(item, variables) for name, item in value.items()}
    return value


def is_sensitive_name(name: str) -> bool:
    """Whether a name promises a secret, and not only the kind of one (`subject_token_type`)."""
    return is_sensitive(name) and not name.lower().replace("-", "_").endswith(_KINDS_OF_SECRETS)


def sensitive_parameters(text: str) -> Iterator[tuple[str, str]]:
    """The parameters of a path's query that promise a secret, with their values."""
    for name, value in _PARAMETER.findall(text):
        if is_sensitive_parameter(unquote_plus(name), unquote_plus(value)):
            yield name, value


def _content(part: re.Match[str], variables: Mapping[str, str]) -> str:
    if part.group() == "$${":
        return "${"
    return variables.get(part["name"] or "") or part.group()


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
