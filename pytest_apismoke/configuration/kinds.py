"""What a configured value may be, and which keys a configurable record has. Pure.

A record is a frozen dataclass whose fields are annotated with a `Kind` and a description. That is
the one place of a key: what reads a configuration and what publishes its schema both ask here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one value may be: `words` complete "expected ..., seen ...".

    A text matches `pattern` as a whole (ECMA 262, anchored) or is one of `choices`; a number lies
    between `least` and `most`, both included. A list of such values has at least `at_least`.
    """

    words: str
    of: type
    pattern: str = ""
    choices: tuple[str, ...] = ()
    least: float = 0
    most: float = 0
    at_least: int = 0

    def fits(self, value: object) -> bool:
        """Whether a value is of this kind; true is no number, and 1.0 no whole one."""
        if self.of is str:
            return isinstance(value, str) and self._matches(value)
        if self.of is bool:
            return isinstance(value, bool)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return (self.of is float or isinstance(value, int)) and self.least <= value <= self.most

    def _matches(self, text: str) -> bool:
        return text in self.choices or bool(self.pattern and re.fullmatch(self.pattern, text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a record; `is_list` says that it takes a list of the kind."""

    name: str
    kind: Kind
    is_list: bool
    description: str
    default: Any


def keys_of(record: type) -> dict[str, Key]:
    """The keys of a record by their names, in its order; fields that name no kind are none."""
    hints = get_type_hints(record, include_extras=True)
    found = {}
    for field in fields(record):
        kind, description = (*get_args(hints[field.name])[1:], None, None)[:2]
        if isinstance(kind, Kind):
            found[field.name] = Key(
                name=field.name,
                kind=kind,
                is_list=get_origin(get_args(hints[field.name])[0]) is tuple,
                description=str(description),
                default=field.default,
            )
    return found


def records_of(record: type) -> dict[str, type]:
    """The fields of a record that are records themselves, by their names."""
    hints = get_type_hints(record)
    return {f.name: hints[f.name] for f in fields(record) if is_dataclass(hints[f.name])}


PATH = Kind(
    words="a path that begins with '/', percent-encoded",
    of=str,
    pattern=r'^/[!"$-~]*$',
)
POINTER = Kind(
    words="a JSON Pointer such as '/data/token'", of=str, pattern=r"^(/([^~/]|~[01])*)*$"
)
MEMBER = Kind(
    words="a JSON Pointer to a member, such as '/description'",
    of=str,
    pattern=r"^(/([^~/]|~[01])*)+$",
)
NAME = Kind(words="a name without control characters", of=str, pattern=r"^[^\u0000-\u001f\u007f]+$")
HEADER = Kind(words="the name of a header", of=str, pattern=r"^[0-9A-Za-z!#$%&'*+.^_`|~-]+$")
SCHEME = Kind(
    words="an authentication scheme such as 'Bearer', or an empty text for none",
    of=str,
    pattern=r"^[0-9A-Za-z!#$%&'*+.^_`|~-]*$",
)
HOST = Kind(
    words="a host in lower case, with its port where it has one",
    of=str,
    pattern=r"^[0-9a-z]([0-9a-z.-]*[0-9a-z])?(:[0-9]{1,5})?$",
)
UPDATE_METHOD = Kind(words="PUT, PATCH or POST", of=str, choices=("PUT", "PATCH", "POST"))
STATUS = Kind(words="a status from 200 to 599", of=int, least=200, most=599, at_least=1)
SECONDS = Kind(words="a number of seconds from 0.01 to 3600", of=float, least=0.01, most=3600)
TIMES = Kind(words="a whole number from 1 to 100", of=int, least=1, most=100)
BYTES = Kind(words="a number of bytes from 1024 to 1073741824", of=int, least=1024, most=1024**3)
SWITCH = Kind(words="true or false", of=bool)
API_EXIT_CODE = Kind(words="a whole number from 10 to 63", of=int, least=10, most=63)
