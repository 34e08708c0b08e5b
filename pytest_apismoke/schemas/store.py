"""Schemas by name: the built-in ones, and a user's files that add to them or replace them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jsonschema.exceptions import UnknownType
from jsonschema.protocols import Validator
from jsonschema_specifications import REGISTRY as METASCHEMAS
from referencing import Registry
from referencing.exceptions import Unresolvable

from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.documents import ABSENT, describe, lookup
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.known.entries import NOTHING, Excused
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas import shipped
from pytest_apismoke.schemas.broken import Broken as Broken
from pytest_apismoke.schemas.broken import in_words as in_words
from pytest_apismoke.schemas.dialects import dialect_of, resource_of
from pytest_apismoke.schemas.diff import difference
from pytest_apismoke.schemas.excusing import gone, split
from pytest_apismoke.schemas.findings import TOO_DEEP, TOO_LARGE, Finding, findings
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.json_text import is_deeper
from pytest_apismoke.schemas.jsonschema_internals import (
    HeldValidators,
    holding,
    new_validator,
    panics_as_recursion_errors,
)
from pytest_apismoke.schemas.patterns import is_of_a_pattern
from pytest_apismoke.schemas.renames import Fits, with_renames
from pytest_apismoke.schemas.schema_places import PlaceOf, place_in, places
from pytest_apismoke.schemas.schema_uris import SUFFIX as SUFFIX
from pytest_apismoke.schemas.schema_uris import base_uri, document_uri
from pytest_apismoke.schemas.shapes import Scoped, Shapes

if TYPE_CHECKING:
    from pytest_apismoke.schemas.drift import Drift


#: The least nesting of a value that explains a RecursionError; else the schema is to blame.
_DEEP = 50


class Schemas:
    """Schemas that may refer to each other; each validator is built once.

    Args:
        documents: parsed schemas by their file's path inside `contracts/`, or by an absolute URI.
        labels: how a message names a document where that is not `contracts/` and its path.

    """

    def __init__(
        self, documents: Mapping[str, Any], *, labels: Mapping[str, str] | None = None
    ) -> None:
        self.documents = dict(documents)
        self._labels = labels or {}
        self._validators: dict[str, Validator] = {}
        self._places: dict[str, Scoped] = {}
        self._shapes = Shapes()
        self._held = HeldValidators()

    @cached_property
    def _registry(self) -> Registry[Any]:
        return self._registered(self.documents)

    @cached_property
    def _place_of(self) -> PlaceOf:
        # One for all validations: the first violation makes it walk all documents.
        return places({self.label(path): one for path, one in self.documents.items()})

    def _registered(self, documents: Mapping[str, Any]) -> Registry[Any]:
        """The documents that a `$ref` may lead to: the valid schemas and the metaschemas."""
        resources = Registry().with_resources(
            (document_uri(path), resource_of(document)) for path, document in documents.items()
        )
        try:
            return METASCHEMAS.combine(resources).crawl()  # type: ignore[no-any-return]  # has no types
        except Exception:
            # A document that is no schema can't be searched; `mistakes` reports it.
            from pytest_apismoke.schemas import schema_lint

            valid = {
                path: doc for path, doc in documents.items() if schema_lint.invalid(doc) is None
            }
            if len(valid) == len(documents):
                raise
            return self._registered(valid)

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which checks call the schemas, without those written inside of a check."""
        return tuple(sorted(p.removesuffix(SUFFIX) for p in self.documents if p.endswith(SUFFIX)))

    def label(self, path: str) -> str:
        """How a message names a document."""
        return self._labels.get(path, f"contracts/{path}")

    def where(self, name: str) -> str:
        """How a message names the place of a schema.

        Raises:
            SmokeError: (`usage`) when there is no such schema.

        """
        return place_in(self.label(self._path(name)), _fragment(name)).removesuffix("#")

    def with_documents(self, documents: Mapping[str, Any], labels: Mapping[str, str]) -> Schemas:
        """These schemas and others, which replace those of the same paths."""
        return Schemas({**self.documents, **documents}, labels={**self._labels, **labels})

    def check(
        self, value: Any, name: str, redactor: Redactor, *, excused: Excused = NOTHING
    ) -> Broken:
        """Validates a value against a schema.

        Args:
            value: a JSON value.
            name: the name of the schema; behind `#` a JSON Pointer to a subschema.
            redactor: removes secrets from the violations.
            excused: the known violations.

        Raises:
            SmokeError: (`usage`) when there is no such schema, or it is not valid itself.
            ValidationTimeoutError: when a time limit is reached.

        """
        broken = self.findings(value, name)
        if not broken:
            return Broken(gone=gone(value, excused, ()))
        found = split(broken, excused, redactor)
        new = with_renames(found.new, value, self._found(name), self._shapes, self._fits(name))
        violations = tuple(finding.violation(redactor) for finding in new)
        known = tuple(finding.violation(redactor) for finding in found.known)
        return Broken(
            violations=violations,
            difference=difference(value, found.new, redactor),
            known=known,
            gone=gone(value, excused, (*violations, *known)),
        )

    def _fits(self, name: str) -> Fits:
        kind = type(self.validator(name))

        def fits(inner: Scoped, value: Any) -> bool:
            errors = new_validator(kind, *inner, CHECKER).iter_errors(value)
            return not findings(errors, places({}))

        return fits

    def findings(self, value: Any, name: str) -> tuple[Finding, ...]:
        """The same as `check`, with secrets and without a diff."""
        validator = self.validator(name)
        try:
            with panics_as_recursion_errors(), holding(self._held):
                return findings(validator.iter_errors(value), self._place_of)
        except Unresolvable as error:
            from pytest_apismoke.schemas import schema_lint

            raise schema_lint.unresolvable(
                error.ref, self.label(self._path(name)), self.names
            ) from None
        except RecursionError:
            if is_deeper(value, _DEEP):
                return (TOO_DEEP,)
            raise misconfigured(
                expected="a schema that values can be validated against",
                seen="one whose references form a cycle or a chain that is too long",
                where=self.where(name),
                hint="look for a $ref or $dynamicRef that leads back to its own schema",
            ) from None
        except (re.error, UnknownType, OverflowError) as error:
            if isinstance(error, OverflowError) and not is_of_a_pattern(error):
                return (TOO_LARGE,)
            raise misconfigured(
                expected="a schema that values can be validated against",
                seen=f"{type(error).__name__}: {error.args[0] if error.args else error}",
                where=self.label(self._path(name)),
                hint="correct the pattern or the type that this names",
            ) from None

    def drift(self, value: Any, name: str) -> Drift:
        """The drift between a valid value and its schema.

        Raises:
            SmokeError: (`usage`) when there is no such schema.

        """
        from pytest_apismoke.schemas.drift import drift

        schema, resolver = self._found(name)
        return drift(value, schema, resolver, self._shapes)

    def validator(self, name: str) -> Validator:
        """The validator of a schema.

        Raises:
            SmokeError: (`usage`) when there is no such schema.

        """
        if name not in self._validators:
            schema, resolver = self._found(name)
            if not isinstance(schema, (dict, bool)):
                raise misconfigured(
                    expected="the JSON Pointer of a schema",
                    seen=describe(schema),
                    where=name,
                    hint="correct the JSON Pointer behind #, or the file",
                )
            # The very object, whatever the registry has under its URI: `places` needs its identity.
            kind = dialect_of(schema, dialect_of(self.documents[self._path(name)]))
            self._validators[name] = new_validator(kind, schema, resolver, CHECKER)
        return self._validators[name]

    def schema(self, name: str) -> Any:
        """The schema as it is written in its file."""
        return lookup(self.documents[self._path(name)], _fragment(name))

    def _found(self, name: str) -> Scoped:
        """The schema and the resolver for its references."""
        if name not in self._places:
            self._places[name] = self._look_up(name)
        return self._places[name]

    def _look_up(self, name: str) -> Scoped:
        path, fragment = self._path(name), _fragment(name)
        root = self.documents[path]
        if lookup(root, fragment) is ABSENT:
            raise misconfigured(
                expected=f"a JSON Pointer into {self.label(path)}",
                seen=f"{fragment!r}, which leads to nothing",
                where=name,
                hint="correct the JSON Pointer behind #",
            )
        resolver = self._registry.resolver(base_uri=base_uri(path, root))
        found = resource_of(root).pointer(quote(fragment, safe="/~"), resolver)
        return found.contents, found.resolver

    def _path(self, name: str) -> str:
        stem = name.partition("#")[0]
        for path in (f"{stem}{SUFFIX}", stem):
            if path in self.documents:
                return path
        raise misconfigured(
            expected="the name of a schema in contracts/",
            seen=repr(stem),
            where="contracts/",
            hint=self._meant(stem),
        )

    def _meant(self, stem: str) -> str:
        """A hint for a name that no schema has."""
        # The user's own come first.
        known = sorted(self.names, key=lambda name: f"{name}{SUFFIX}" in shipped.documents())
        name = stem.removeprefix("contracts/").removesuffix(SUFFIX).removesuffix(".json")
        if name != stem and name in self.names:
            return f"did you mean {name!r}?"
        for one in known:
            if one.rpartition("/")[2] == name:
                return f"did you mean {one!r}? A folder below contracts/ is part of the name"
        return nearest(name, known)

    def mistakes(self) -> tuple[Failure, ...]:
        """Every mistake in the schemas themselves, file by file.

        The plugin's own are trusted; its tests hold them against their metaschema.
        """
        own = shipped.documents()
        trusted = {path for path, one in self.documents.items() if one is own.get(path)}
        if len(trusted) == len(self.documents):
            return ()
        from pytest_apismoke.schemas import schema_lint

        labels = {path: self.label(path) for path in self.documents}
        return schema_lint.lint(self.documents, labels, self.names, self._registry, trusted)


def _fragment(name: str) -> str:
    """The part behind `#`, as a JSON Pointer."""
    fragment = name.partition("#")[2]
    return f"/{fragment}" if fragment and not fragment.startswith("/") else fragment


def built_in() -> Schemas:
    """The schemas of the built-in suites."""
    return Schemas(shipped.documents())
