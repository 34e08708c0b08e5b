"""Finds mistakes in schemas: invalid keywords, typos, broken references, duplicate `$id`s. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from typing import Any
from urllib.parse import urldefrag

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from referencing import Registry

from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas import ref_cycles
from pytest_apismoke.schemas.dialects import DIALECTS, dialect_of, resource_of
from pytest_apismoke.schemas.findings import TOO_DEEP, Finding, findings
from pytest_apismoke.schemas.formats import OF_SCHEMAS
from pytest_apismoke.schemas.held_validators import HeldValidators, holding
from pytest_apismoke.schemas.jsonschema_internals import panics_as_recursion_errors
from pytest_apismoke.schemas.schema_places import place_in, places
from pytest_apismoke.schemas.schema_uris import SUFFIX, document_uri
from pytest_apismoke.schemas.shared_ids import duplicate_ids

#: Keywords that only annotate, and those that OpenAPI adds.
_ANNOTATIONS = [
    "$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary", "$comment", "$defs",
    "definitions", "title", "description", "default", "deprecated", "readOnly", "writeOnly",
    "examples", "example", "contentEncoding", "contentMediaType", "contentSchema", "nullable",
    "discriminator", "xml", "externalDocs", "then", "else",
]  # fmt: skip
_KEYWORDS = sorted({*Draft202012Validator.VALIDATORS, *Draft7Validator.VALIDATORS, *_ANNOTATIONS})
#: The formats of JSON Schema and OpenAPI, checked here or not, and our own.
_FORMATS = [
    "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname",
    "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template",
    "json-pointer", "relative-json-pointer", "regex", "e164", "int32", "int64", "float", "double",
    "byte", "binary", "password",
]  # fmt: skip
#: The validators of the metaschemas, for one schema after the other.
_OF_METASCHEMAS = HeldValidators(keeps_values=True)
#: How alike two words are when one is taken for a typo of the other, from 0 to 1.
_CLOSE = 0.8


def lint(
    documents: Mapping[str, Any],
    labels: Mapping[str, str],
    names: Sequence[str],
    registry: Registry[Any],
    trusted: Collection[str],
) -> tuple[Failure, ...]:
    """Every mistake in some schemas.

    Args:
        documents: parsed schemas by their paths.
        labels: how messages name them, by the same paths.
        names: the names by which checks call them.
        registry: the documents that their references may lead to.
        trusted: the paths of those that are the plugin's own, which are valid in themselves; but a
            document that replaces another of them may break their references.

    """
    linter = _Linter(
        documents=documents, labels=labels, names=names, registry=registry, trusted=trusted
    )
    return linter.mistakes()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Linter:
    documents: Mapping[str, Any]
    labels: Mapping[str, str]
    names: Sequence[str]
    registry: Registry[Any]
    trusted: Collection[str]

    def mistakes(self) -> tuple[Failure, ...]:
        errors = {
            path: None if path in self.trusted else invalid(document)
            for path, document in self.documents.items()
        }
        valid = {path: one for path, one in self.documents.items() if errors[path] is None}
        each = (one for path, error in errors.items() for one in self._mistakes(path, error))
        return (*self._shared_ids(valid), *each)

    def _shared_ids(self, valid: Mapping[str, Any]) -> Iterator[Failure]:
        place_of = places({self.labels[path]: document for path, document in valid.items()})

        def name(path: str, schema: Any) -> str:
            return self.labels[path] if schema is valid[path] else place_of(schema)

        for one in duplicate_ids({path: resource_of(document) for path, document in valid.items()}):
            whose = name(one.other_path, one.other) if one.other_path else "JSON Schema"
            yield misconfigured(
                expected="an $id that no other schema has",
                seen=f"{one.schema['$id']!r}, which already stands for {whose}",
                where=place_in(name(one.path, one.schema), "/$id"),
                hint="give each schema an $id of its own, or none",
            ).failure

    def _mistakes(self, path: str, error: Finding | None) -> Iterator[Failure]:
        document, label = self.documents[path], self.labels[path]
        declared = document.get("$schema") if isinstance(document, dict) else None
        if declared is not None and str(declared).rstrip("#") not in DIALECTS:
            yield misconfigured(
                expected="JSON Schema 2020-12 or draft-07",
                seen=f"{declared!r}",
                where=place_in(label, "/$schema"),
                hint=f"write {DIALECTS[0]!r}, or remove $schema",
            ).failure
            return
        if error is None:
            if path not in self.trusted:
                yield from self._typos(path)
            yield from self._broken_references(path)
            return
        yield misconfigured(
            expected=f"a valid JSON Schema: {error.expected} at {error.pointer or '/'}",
            seen=error.actual,
            where=place_in(label, error.pointer),
            hint="correct the schema; 'apismoke check' looks at all of them without a target",
        ).failure

    def _typos(self, path: str) -> Iterator[Failure]:
        root = self.documents[path]
        resource, place_of = resource_of(root), places({self.labels[path]: root})
        for schema, _ in ref_cycles.subschemas(resource, self.registry.resolver()):
            for typo in _typos(schema):
                yield misconfigured(
                    expected=f"a {typo.kind} of JSON Schema",
                    seen=f"{typo.word!r}, which is ignored",
                    where=f"{place_of(schema)}/{typo.key}",
                    hint=f"did you mean {typo.meant!r}? Prefix a keyword of your own with x-",
                ).failure

    def _broken_references(self, path: str) -> Iterator[Failure]:
        label, root = self.labels[path], self.documents[path]
        resolver = self.registry.resolver(base_uri=document_uri(path))
        place_of = places({label: root})
        for problem in ref_cycles.problems(resource_of(root), resolver):
            where = f"{place_of(problem.schema) or label}/{problem.keyword}"
            if problem.is_cycle:
                yield misconfigured(
                    expected=f"a {problem.keyword} that leads to something",
                    seen=f"{problem.ref!r}, which leads back to itself",
                    where=where,
                    hint="let the cycle pass through a property or an item, or remove it",
                ).failure
            else:
                yield unresolvable(problem.ref, where, self.names, problem.keyword).failure


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typo:
    """A word that is almost a keyword or a format (`kind`), and stands under a key of a schema."""

    word: str
    meant: str
    kind: str
    key: str


def _typos(schema: Mapping[str, Any]) -> Iterator[_Typo]:
    """The typos of one schema object, without those of its subschemas.

    JSON Schema ignores unknown keywords and formats, so that a typo switches a check off.
    """
    for word in schema:
        meant = _meant(word, _KEYWORDS)
        if meant:
            yield _Typo(word=word, meant=meant, kind="keyword", key=word)
    name = schema.get("format")
    meant = _meant(name, _FORMATS) if isinstance(name, str) else ""
    if meant:
        yield _Typo(word=str(name), meant=meant, kind="format", key="format")


def _meant(word: str, known: Sequence[str]) -> str:
    """The known word that another one is a typo of; empty where it is none."""
    if word in known or word.startswith("x-"):
        return ""
    # Case, hyphens and underscores make no other word.
    alike = {name.lower().replace("-", ""): name for name in known}
    plain = word.lower().replace("-", "").replace("_", "")
    if plain in alike:
        return alike[plain]
    return next(iter(get_close_matches(word, known, n=1, cutoff=_CLOSE)), "")


def invalid(document: Any) -> Finding | None:
    """The most telling error of a document against its metaschema; None for a valid schema."""
    kind: Any = dialect_of(document)  # the stubs do not know the argument
    if _is_plainly_valid(document, kind):
        return None
    try:
        with panics_as_recursion_errors():
            kind.check_schema(document, format_checker=OF_SCHEMAS)
    except SchemaError as error:
        return findings([error], places({}))[0]
    except RecursionError:
        return TOO_DEEP
    return None


def _is_plainly_valid(document: Any, kind: type[Validator]) -> bool:
    """Whether a document is a valid schema, found out in a fraction of the time.

    The library makes the validators of its metaschema anew for each schema. What is wrong it tells
    best itself, and whether something that is too deep for these is too deep for it.
    """
    with suppress(RecursionError), panics_as_recursion_errors(), holding(_OF_METASCHEMAS):
        return next(_of_metaschema(kind).iter_errors(document), None) is None
    return False


@cache
def _of_metaschema(kind: type[Validator]) -> Validator:
    """The validator of a dialect's metaschema; one, since those inside it are kept with it."""
    return kind(kind.META_SCHEMA, format_checker=OF_SCHEMAS)


def unresolvable(ref: str, where: str, names: Sequence[str], keyword: str = "$ref") -> SmokeError:
    """The error for a reference, the value of a keyword, that leads to nothing."""
    return misconfigured(
        expected=f"a {keyword} to something that is there",
        seen=repr(ref),
        where=where,
        hint=_hint(ref, [f"{one}{SUFFIX}" for one in names]),
    )


def _hint(ref: str, known: Sequence[str]) -> str:
    file, fragment = urldefrag(ref)
    name = file.rpartition("/")[2]
    if file.startswith(("http:", "https:")):
        return (
            "nothing is ever fetched: put a copy of that schema into contracts/, with this URL as"
            " its $id or its file's name in the $ref"
        )
    if not file or name in known:
        return f"correct the JSON Pointer behind #, {fragment!r}" if fragment else "correct it"
    if name.endswith(".json") and not name.endswith(SUFFIX):
        better = f"{name.removesuffix('.json')}{SUFFIX}"
        if better in known:
            return f"did you mean {better!r}?"
        return f"the name of a schema's file ends in {SUFFIX}: call it {better!r}, there and here"
    close = f"{nearest(name, known)}; " if known else ""
    return f"{close}a $ref names a file of contracts/ or the $id of one; nothing is ever fetched"
