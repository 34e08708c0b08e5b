"""Validates values against the schemas of a spec, with one validator for each schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from jsonschema.exceptions import UnknownType
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for

from pytest_apismoke.errors import misconfigured
from pytest_apismoke.openapi.media_types import readings
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.openapi.validators import FORMATS, READING
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.dialects import OURS
from pytest_apismoke.schemas.findings import TOO_DEEP, TOO_LARGE, Finding, findings
from pytest_apismoke.schemas.held_validators import HeldValidators, holding
from pytest_apismoke.schemas.jsonschema_internals import new_validator, panics_as_recursion_errors
from pytest_apismoke.schemas.patterns import is_of_a_pattern
from pytest_apismoke.schemas.readings import Reading, read_as
from pytest_apismoke.schemas.renames import with_renames
from pytest_apismoke.schemas.schema_places import PlaceOf
from pytest_apismoke.schemas.shapes import Scoped, Shapes

#: The dialect that those of OpenAPI 3.1 and later extend.
_SAME = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What every reading of the specification refuses in a value, or else what only one does."""

    violations: tuple[Finding, ...] = ()
    doubts: tuple[Finding, ...] = ()


class SchemaValidators:
    """Validates values against the schemas of one spec.

    Args:
        version: the first two numbers of the spec's version.
        document: the spec.
        says: gives the place of a schema object in the spec.
        resolver_inside: gives the resolver inside a schema, given the schema and the resolver
            around it.

    """

    def __init__(
        self,
        version: str,
        document: Mapping[str, Any],
        says: PlaceOf,
        resolver_inside: Callable[[Any, Any], Any],
    ) -> None:
        self.version = version
        self.schema_location = says
        self._document = document
        self._resolver_inside = resolver_inside
        # By identity: the objects of the spec live as long as this one.
        self._validators: dict[int, Validator] = {}
        self.shapes = Shapes()
        self._held = HeldValidators()

    def schema_of(self, parent: Node) -> Node | None:
        """The schema of a media type or a header, if it has one.

        Since 3.1 with its `$ref` not followed: keywords beside that apply too.
        """
        if self.version == "3.0" or "schema" not in parent.names():
            return parent.child("schema")
        return self.as_written(Node(parent.value["schema"], parent.resolver))

    def as_written(self, schema: Node) -> Node:
        """A schema with the resolver that its own `$id` asks for."""
        return Node(schema.value, self._resolver_inside(*schema))

    def read(self, schema: Node, text: str) -> tuple[Any, tuple[Finding, ...]]:
        """The value that a string means by its schema, and its violations."""
        found = [(one, self.findings(schema, one)) for one in readings(text)]
        # Where none is valid, that of the right type gives the best message; else the string.
        of_type = (one for one in found if all(f.keyword != "type" for f in one[1]))
        return next((one for one in found if not one[1]), next(of_type, found[-1]))

    def findings(self, schema: Node, value: Any) -> tuple[Finding, ...]:
        """The violations of a value, by every reading of the specification.

        Raises:
            SmokeError: (`usage`) when the schema has a type or a dialect that is not known.
            Unresolvable: when a `$ref` cannot be resolved.
            re.error: when Python cannot compile a pattern.

        """
        return self.judged(schema, value).violations

    def judged(self, schema: Node, value: Any) -> Judged:
        """The same as `findings`, and what only one reading refuses."""
        generous = Reading()
        with read_as(generous):
            found = self._findings(schema, value)
        if not generous.differs:
            return Judged(violations=self._with_renames(schema, value, found))
        with read_as(Reading(is_strict=True)):
            by_letter = self._findings(schema, value)
        # Below `not`, or where several branches fit, the strict one may be the one that accepts.
        if found and by_letter:
            return Judged(violations=self._with_renames(schema, value, found))
        return Judged(doubts=found or by_letter)

    def _with_renames(
        self, schema: Node, value: Any, found: tuple[Finding, ...]
    ) -> tuple[Finding, ...]:
        def fits(inner: Scoped, one: Any) -> bool:
            return not self._findings(Node(*inner), one)

        return with_renames(found, value, schema, self.shapes, fits)

    def _findings(self, schema: Node, value: Any) -> tuple[Finding, ...]:
        try:
            with panics_as_recursion_errors(), holding(self._held):
                return findings(self._validator(schema).iter_errors(value), self.schema_location)
        except RecursionError:
            return (TOO_DEEP,)
        except OverflowError as error:
            if is_of_a_pattern(error):
                raise re.error(str(error)) from None
            return (TOO_LARGE,)
        except UnknownType as error:
            raise misconfigured(
                expected=f"a type of OpenAPI {self.version}",
                seen=repr(error.type),
                where=self.schema_location(error.schema),
                hint="correct it; a type 'null' and lists of types are new in 3.1",
            ) from None

    def _validator(self, schema: Node) -> Validator:
        key = id(schema.value)
        if key not in self._validators:
            self._validators[key] = new_validator(self._class(schema.value), *schema, FORMATS)
        return self._validators[key]

    def _class(self, schema: Any) -> Any:
        declared = schema.get("$schema") if isinstance(schema, dict) else None
        declared = str(declared or self._document.get("jsonSchemaDialect", ""))
        if declared.startswith(("https://spec.openapis.org/oas/3.", _SAME)) or not declared:
            return READING[self.version]
        # The stubs do not know that None may stand for "no such dialect".
        found: Any = validator_for({"$schema": declared}, default=None)  # type: ignore[arg-type]
        if found is None:
            raise misconfigured(
                expected="a supported dialect of JSON Schema",
                seen=repr(declared),
                where=self.schema_location(schema) or self.schema_location(self._document),
                hint=f"remove it, or name {_SAME}",
            )
        return OURS.get(found, found)


def types_of(schema: Node) -> tuple[str, ...]:
    """The types that a schema allows, its `$ref` followed; empty where it does not declare any."""
    value, _ = resolve(*schema)
    declared = value.get("type") if isinstance(value, dict) else None
    return tuple(declared) if isinstance(declared, list) else (declared,) if declared else ()


def is_composed(schema: Node) -> bool:
    """Whether a schema allows an object or an array."""
    return not {"object", "array"}.isdisjoint(types_of(schema))
