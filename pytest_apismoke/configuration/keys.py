"""The keys of a configuration: fields of frozen records, with a kind and a description. Pure.

Such a field is the one place of a key: the loader of a configuration and the published JSON Schema
both read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from enum import Enum
from typing import Any, TypeVar

from pytest_apismoke.configuration.kinds import Kind
from pytest_apismoke.records import dataclass

T = TypeVar("T")
R = TypeVar("R")

#: A JSON value that contains no other.
Scalar = str | bool | int | float


class Shape(Enum):
    """The shape of a key's value in a configuration file."""

    VALUE = "value"
    LIST = "list"
    VALUE_OR_LIST = "value or list"
    TABLE = "table"
    TABLE_OF_LISTS = "table of lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a record, and the shape of its value; its default is frozen.

    The kind is that of the value, of each item in a list, or of each name in a table, whose values
    are JSON scalars, or lists of them in a table of lists.
    """

    name: str
    kind: Kind[object]
    shape: Shape
    description: str
    default: Any

    @property
    def written_default(self) -> Any:
        """The default as a configuration file has it."""
        if self.shape is Shape.TABLE:
            return dict(self.default)
        if self.shape is Shape.TABLE_OF_LISTS:
            return {name: list(values) for name, values in self.default}
        return self.default if self.shape is Shape.VALUE else list(self.default)

    def frozen(self, value: Any) -> Any:
        """A valid value of a configuration file as the record holds it."""
        if self.shape is Shape.TABLE:
            return tuple(value.items())
        if self.shape is Shape.TABLE_OF_LISTS:
            lists = ((n, v if isinstance(v, list) else [v]) for n, v in value.items())
            return tuple((name, tuple(values)) for name, values in lists)
        if self.shape is Shape.VALUE:
            return float(value) if self.kind.of is float else value
        return tuple(value) if isinstance(value, list) else (value,)


def key(kind: Kind[T], default: T, description: str) -> T:
    """A field of a record that is a key of the configuration."""
    return field(
        default=default, repr=not kind.is_secret, metadata={Key: (kind, Shape.VALUE, description)}
    )


def list_key(kind: Kind[T], default: tuple[T, ...], description: str) -> tuple[T, ...]:
    """A field of a record that is a key of the configuration and takes a list of the kind."""
    return field(default=default, metadata={Key: (kind, Shape.LIST, description)})


def candidates_key(kind: Kind[T], default: tuple[T, ...], description: str) -> tuple[T, ...]:
    """A field of a record that takes a list of the kind, or one value alone."""
    return field(default=default, metadata={Key: (kind, Shape.VALUE_OR_LIST, description)})


def table_key(
    names: Kind[str], default: tuple[tuple[str, Scalar], ...], description: str
) -> tuple[tuple[str, Scalar], ...]:
    """A field of a record that takes a table of JSON scalars, as pairs of name and value."""
    return field(default=default, metadata={Key: (names, Shape.TABLE, description)})


def lists_key(
    names: Kind[str], default: tuple[tuple[str, tuple[Scalar, ...]], ...], description: str
) -> tuple[tuple[str, tuple[Scalar, ...]], ...]:
    """A field of a record that takes a table: for each name a JSON scalar, or a list of them."""
    return field(default=default, metadata={Key: (names, Shape.TABLE_OF_LISTS, description)})


def keys_of(record: type) -> dict[str, Key]:
    """The keys of a record by their names, in its order; other fields are none."""
    found = {}
    for one in fields(record):
        if Key in one.metadata:
            kind, shape, description = one.metadata[Key]
            found[one.name] = Key(
                name=one.name,
                kind=kind,
                shape=shape,
                description=description,
                default=one.default,
            )
    return found


def record_of(record: type[R], values: Mapping[tuple[str, ...], Any]) -> R:
    """A record with values by their places in its table; the rest are its defaults."""
    records = records_of(record)
    tables: dict[str, dict[tuple[str, ...], Any]] = {name: {} for name in records}
    own: dict[str, Any] = {}
    for (name, *below), value in values.items():
        if below:
            tables[name][tuple(below)] = value
        else:
            own[name] = value
    inner: dict[str, Any] = {
        name: record_of(records[name], found) for name, found in tables.items()
    }
    return record(**own, **inner)


def records_of(record: type) -> dict[str, type]:
    """The fields of a record that are records by default, and their types, by their names."""
    # Not by their annotations: it takes a millisecond to make types of them all.
    made: dict[str, object] = {one.name: one.default_factory for one in fields(record)}
    return {name: one for name, one in made.items() if isinstance(one, type) and is_dataclass(one)}


PATH = Kind(words="a path that begins with '/', percent-encoded", of=str, pattern=r'^/[!"$-~]*$')
PATH_OR_NONE = Kind(
    words="a path that begins with '/', percent-encoded, or an empty string for none",
    of=str,
    pattern=r'^(/[!"$-~]*)?$',
)
POINTER = Kind(
    words="a JSON Pointer such as '/data/token'", of=str, pattern=r"^(/([^~/]|~[01])*)*$"
)
PROPERTY = Kind(
    words="a JSON Pointer to a property, such as '/description'",
    of=str,
    pattern=r"^(/([^~/]|~[01])*)+$",
    at_least=1,
)
PROPERTY_IF_ANY = Kind(words=PROPERTY.words, of=str, pattern=PROPERTY.pattern)
NAME = Kind(words="a name without control characters", of=str, pattern=r"^[^\u0000-\u001f\u007f]+$")
NAME_OR_NONE = Kind(
    words="a name without control characters, or an empty string for none",
    of=str,
    pattern=r"^[^\u0000-\u001f\u007f]*$",
)
TEXT_OR_NONE = Kind(
    words="text without control characters, or an empty string for none",
    of=str,
    pattern=r"^[^\u0000-\u001f\u007f]*$",
)
TOKEN_OR_NONE = Kind(
    words="a token of printable ASCII characters, or an empty string for none",
    of=str,
    pattern=r"^([!-~]([ -~]*[!-~])?)?$",
)
HEADER = Kind(words="the name of a header", of=str, pattern=r"^[0-9A-Za-z!#$%&'*+.^_`|~-]+$")
HEADER_OR_NONE = Kind(
    words="the name of a header, or an empty string for none",
    of=str,
    pattern=r"^[0-9A-Za-z!#$%&'*+.^_`|~-]*$",
)
#: A base URL, to which paths are appended. Without userinfo, which messages would show.
_URL = r"https?://[0-9A-Za-z._\[\]:-]+(/[!$-.0->@-~/]*)?"
_WHOLE_URL = 'write the whole address, such as "https://api.example.com"'
BASE_URL = Kind(
    words="a base URL that begins with https:// or http://, without a query",
    of=str,
    pattern=rf"^{_URL}$",
    hint=_WHOLE_URL,
)
BASE_URL_OR_NONE = Kind(
    words="a base URL that begins with https:// or http://, without a query, or an empty string"
    " for none",
    of=str,
    pattern=rf"^({_URL})?$",
    hint=_WHOLE_URL,
)
SECRET_OR_NONE = Kind(
    words="a reference to an environment variable without blanks in it, or an empty string for"
    " none",
    of=str,
    pattern=r"^[!-~]*$",
    is_secret=True,
)
ACCOUNT_SID_OR_NONE = Kind(
    words="the SID of a Twilio account, AC and 32 hexadecimal digits, or an empty string for none",
    of=str,
    pattern=r"^(AC[0-9a-fA-F]{32})?$",
)
NUMBER_URL = Kind(
    words="one of voice_url, voice_fallback_url, sms_url, sms_fallback_url, status_callback",
    of=str,
    pattern=r"^(voice_url|voice_fallback_url|sms_url|sms_fallback_url|status_callback)$",
)
SCHEME = Kind(
    words="an authentication scheme such as 'Bearer', or an empty string for none",
    of=str,
    pattern=r"^[0-9A-Za-z!#$%&'*+.^_`|~-]*$",
)
HOST = Kind(
    words="a host in lower case, with its port where it has one",
    of=str,
    pattern=r"^[0-9a-z]([0-9a-z.-]*[0-9a-z])?(:[0-9]{1,5})?$",
)
PATH_OR_NONE = Kind(
    words="a path that begins with '/', percent-encoded, or an empty string for none",
    of=str,
    pattern=r'^(/[!"$-~]*)?$',
)
NAME_OR_NONE = Kind(
    words="a name without control characters, or an empty string for none",
    of=str,
    pattern=r"^[^\u0000-\u001f\u007f]*$",
)
HEADER_OR_NONE = Kind(
    words="the name of a header, or an empty string for none",
    of=str,
    pattern=r"^[0-9A-Za-z!#$%&'*+.^_`|~-]*$",
)
COOKIE_OR_NONE = Kind(
    words="the name of a cookie, or an empty string for none",
    of=str,
    pattern=r"^[0-9A-Za-z!#$%&'*+.^_`|~-]*$",
)
LOGIN_KIND = Kind(
    words="'token', 'cookie' or 'basic'", of=str, choices=("token", "cookie", "basic")
)
LOGIN_METHOD = Kind(
    words="POST, PUT, PATCH or GET", of=str, choices=("POST", "PUT", "PATCH", "GET")
)
CONTENT_TYPE = Kind(words="'json' or 'form'", of=str, choices=("json", "form"))
CREDENTIALS_IN = Kind(words="'fields' or 'basic'", of=str, choices=("fields", "basic"))
UPDATE_METHOD = Kind(words="PUT, PATCH or POST", of=str, choices=("PUT", "PATCH", "POST"))
UPDATE_BODY = Kind(words="'fields' or 'whole'", of=str, choices=("fields", "whole"))
REFUSAL_BODY = Kind(
    words="'json', 'text', 'empty' or 'any'", of=str, choices=("json", "text", "empty", "any")
)
UPDATE_FORMAT = Kind(
    words="'json', 'merge-patch', 'json-patch' or 'form'",
    of=str,
    choices=("json", "merge-patch", "json-patch", "form"),
)
IF_MATCH = Kind(words="'strong', 'any' or 'never'", of=str, choices=("strong", "any", "never"))
STATUS = Kind(words="a status from 200 to 599", of=int, least=200, most=599, at_least=1)
SECONDS = Kind(words="a number of seconds from 0.01 to 3600", of=float, least=0.01, most=3600)
TIMES = Kind(words="a whole number from 1 to 100", of=int, least=1, most=100)
BYTES = Kind(words="a number of bytes from 1024 to 1073741824", of=int, least=1024, most=1024**3)
SWITCH = Kind(words="true or false", of=bool)
API_NAME = Kind(
    words="a name of lower-case letters, digits, '_' and '-' that begins with a letter",
    of=str,
    pattern=r"^[a-z][a-z0-9_-]*$",
)
API_EXIT_CODE = Kind(words="a whole number from 10 to 63", of=int, least=10, most=63)
