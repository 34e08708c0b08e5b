"""Validates values against the schemas of a store; each validator is built once."""

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

from pytest_apismoke.documents import ABSENT, describe
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.known.entries import Excused
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.broken import Broken
from pytest_apismoke.schemas.dialects import dialect_of, resource_of
from pytest_apismoke.schemas.diff import difference
from pytest_apismoke.schemas.excusing import gone, split
from pytest_apismoke.schemas.findings import TOO_DEEP, TOO_LARGE, Finding, findings
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.held_validators import HeldValidators, holding
from pytest_apismoke.schemas.json_text import is_deeper
from pytest_apismoke.schemas.jsonschema_internals import new_validator, panics_as_recursion_errors
from pytest_apismoke.schemas.patterns import is_of_a_pattern
from pytest_apismoke.schemas.renames import Fits, with_renames
from pytest_apismoke.schemas.schema_places import PlaceOf, places
from pytest_apismoke.schemas.schema_uris import base_uri, document_uri, fragment
from pytest_apismoke.schemas.shapes import Scoped, Shapes

if TYPE_CHECKING:
    from pytest_apismoke.schemas.drift import Drift
    from pytest_apismoke.schemas.store import Schemas


#: The least nesting of a value that explains a RecursionError; else the schema is to blame.
_DEEP = 50


class Validation:
    """What values are by some schemas; for the arguments and errors see `Schemas`.

    Args:
        schemas: by their names.

    """

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._validators: dict[str, Validator] = {}
        self._places: dict[str, Scoped] = {}
        self._shapes = Shapes()
        self._held = HeldValidators(keeps_values=True)

    @cached_property
    def _registry(self) -> Registry[Any]:
        return _registered(self._schemas.documents)

    @cached_property
    def _place_of(self) -> PlaceOf:
        # One for all validations: the first violation makes it walk all documents.
        labels = self._schemas.label
        return places({labels(path): one for path, one in self._schemas.documents.items()})

    def check(self, value: Any, name: str, redactor: Redactor, *, excused: Excused) -> Broken:
        """As `Schemas.check`."""
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
        """As `Schemas.findings`."""
        validator, schemas = self.validator(name), self._schemas
        try:
            with panics_as_recursion_errors(), holding(self._held):
                return findings(validator.iter_errors(value), self._place_of)
        except Unresolvable as error:
            from pytest_apismoke.schemas import schema_lint

            raise schema_lint.unresolvable(
                error.ref, schemas.label(schemas.path(name)), schemas.names
            ) from None
        except RecursionError:
            if is_deeper(value, _DEEP):
                return (TOO_DEEP,)
            raise misconfigured(
                expected="a schema that values can be validated against",
                seen="one whose references form a cycle or a chain that is too long",
                where=schemas.where(name),
                hint="look for a $ref or $dynamicRef that leads back to its own schema",
            ) from None
        except (re.error, UnknownType, OverflowError) as error:
            if isinstance(error, OverflowError) and not is_of_a_pattern(error):
                return (TOO_LARGE,)
            raise misconfigured(
                expected="a schema that values can be validated against",
                seen=f"{type(error).__name__}: {error.args[0] if error.args else error}",
                where=schemas.label(schemas.path(name)),
                hint="correct the pattern or the type that this names",
            ) from None

    def drift(self, value: Any, name: str) -> Drift:
        """As `Schemas.drift`."""
        from pytest_apismoke.schemas.drift import drift

        schema, resolver = self._found(name)
        return drift(value, schema, resolver, self._shapes)

    def validator(self, name: str) -> Validator:
        """As `Schemas.validator`."""
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
            kind = dialect_of(schema, dialect_of(self._document(name)))
            self._validators[name] = new_validator(kind, schema, resolver, CHECKER)
        return self._validators[name]

    def mistakes(self) -> tuple[Failure, ...]:
        """As `Schemas.mistakes`."""
        from pytest_apismoke.schemas import schema_lint

        schemas = self._schemas
        documents = schemas.documents
        labels = {path: schemas.label(path) for path in documents}
        trusted = documents.keys() - schemas.of_users
        return schema_lint.lint(documents, labels, schemas.names, self._registry, trusted)

    def _document(self, name: str) -> Any:
        return self._schemas.documents[self._schemas.path(name)]

    def _found(self, name: str) -> Scoped:
        """The schema and the resolver for its references."""
        if name not in self._places:
            self._places[name] = self._look_up(name)
        return self._places[name]

    def _look_up(self, name: str) -> Scoped:
        path, pointer = self._schemas.path(name), fragment(name)
        if self._schemas.schema(name) is ABSENT:
            raise misconfigured(
                expected=f"a JSON Pointer into {self._schemas.label(path)}",
                seen=f"{pointer!r}, which leads to nothing",
                where=name,
                hint="correct the JSON Pointer behind #",
            )
        root = self._schemas.documents[path]
        resolver = self._registry.resolver(base_uri=base_uri(path, root))
        found = resource_of(root).pointer(quote(pointer, safe="/~"), resolver)
        return found.contents, found.resolver


def _registered(documents: Mapping[str, Any]) -> Registry[Any]:
    """The documents that a `$ref` may lead to: the valid schemas and the metaschemas."""
    resources = Registry().with_resources(
        (document_uri(path), resource_of(document)) for path, document in documents.items()
    )
    try:
        return METASCHEMAS.combine(resources).crawl()  # type: ignore[no-any-return]  # has no types
    except Exception:
        # A document that is no schema can't be searched; `mistakes` reports it.
        from pytest_apismoke.schemas import schema_lint

        valid = {path: doc for path, doc in documents.items() if schema_lint.invalid(doc) is None}
        if len(valid) == len(documents):
            raise
        return _registered(valid)
