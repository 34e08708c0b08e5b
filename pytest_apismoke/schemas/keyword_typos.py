"""Words in a schema that are almost a keyword or a format: JSON Schema passes over what it does not
know, so a slip of the finger would switch a check off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator

#: What only describes, and what descriptions of APIs add.
_ANNOTATIONS = frozenset(
    [
        "$schema",
        "$id",
        "$anchor",
        "$dynamicAnchor",
        "$vocabulary",
        "$comment",
        "$defs",
        "definitions",
        "title",
        "description",
        "default",
        "deprecated",
        "readOnly",
        "writeOnly",
        "examples",
        "example",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "nullable",
        "discriminator",
        "xml",
        "externalDocs",
        "then",
        "else",
    ]
)
KEYWORDS = sorted({*Draft202012Validator.VALIDATORS, *Draft7Validator.VALIDATORS, *_ANNOTATIONS})
#: The formats of JSON Schema and OpenAPI, checked here or not, and our own.
FORMATS = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uuid",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "e164",
    "int32",
    "int64",
    "float",
    "double",
    "byte",
    "binary",
    "password",
]
_CLOSE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspelt:
    """A word that is almost another one; `kind` says what that one is, `at` where in its schema."""

    word: str
    meant: str
    kind: str
    at: str


def misspelt(schema: Mapping[str, Any]) -> Iterator[Misspelt]:
    """The words of one schema object, without those inside of it, that are almost right."""
    for word in schema:
        meant = _meant(word, KEYWORDS)
        if meant:
            yield Misspelt(word=word, meant=meant, kind="keyword", at=word)
    name = schema.get("format")
    meant = _meant(name, FORMATS) if isinstance(name, str) else ""
    if meant:
        yield Misspelt(word=str(name), meant=meant, kind="format", at="format")


def _meant(word: str, known: list[str]) -> str:
    if word in known or word.startswith("x-"):
        return ""
    # A space or a capital letter more or less is no other word.
    alike = {name.lower().replace("-", ""): name for name in known}
    plain = word.lower().replace("-", "").replace("_", "")
    if plain in alike:
        return alike[plain]
    return next(iter(get_close_matches(word, known, n=1, cutoff=_CLOSE)), "")
