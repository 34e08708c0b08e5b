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
from pytest_apismoke.schemas.dialects import OURS
from pytest_apismoke.schemas.findings import (
    TOO_DEEP,
    TOO_LARGE,
    Finding,
    Says,
    findings,
    is_of_a_pattern,
)

#: What the dialects of OpenAPI 3.1 and later add their keywords to.
_SAME = "https://json-schema.org/draft/2020-12/schema"


class SchemaValidators:
    """Validates values against the schemas of one description.

    Args:
        version: the two numbers of the description's version.
        document: the description.
        says: finds the place of a schema object.
        inside: gives the resolver for the references of a schema, from that around it.

    """

    def __init__(
        self,
        version: str,
        document: Mapping[str, Any],
        says: Says,
        inside: Callable[[Any, Any], Any],
    ) -> None:
        self.version = version
        self.says = says
        self._document = document
        self._inside = inside
        # By identity: the description's objects live as long as this one.
        self._validators: dict[int, Validator] = {}

    def schema_of(self, parent: Node) -> Node | None:
        """The schema of a media type or a header, if it has one.

        From 3.1 on as it is written: what stands beside a `$ref` holds too.
        """
        if self.version == "3.0" or "schema" not in parent.names():
            return parent.child("schema")
        return self.as_written(Node(parent.value["schema"], parent.resolver))

    def as_written(self, schema: Node) -> Node:
        """A schema found in another one, where its own `$id` counts."""
        return Node(schema.value, self._inside(*schema))

    def read(self, schema: Node, text: str) -> tuple[Any, tuple[Finding, ...]]:
        """What a text stands for by its schema, and how that breaks it."""
        found = [(one, self.findings(schema, one)) for one in readings(text)]
        # Where none fits, that of the right type says best what is wrong; else the text itself.
        of_type = (one for one in found if all(f.keyword != "type" for f in one[1]))
        return next((one for one in found if not one[1]), next(of_type, found[-1]))

    def findings(self, schema: Node, value: Any) -> tuple[Finding, ...]:
        """How a value breaks a schema.

        Raises:
            SmokeError: (`usage`) when the schema has a type or a dialect that is not known.
            Unresolvable: when a `$ref` leads nowhere.
            re.error: when a pattern can't be followed.

        """
        try:
            return findings(self._validator(schema).iter_errors(value), self.says)
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
                where=self.says(error.schema),
                hint="correct it; a type 'null' and lists of types are new in 3.1",
            ) from None

    def _validator(self, schema: Node) -> Validator:
        key = id(schema.value)
        if key not in self._validators:
            # Only a resolver knows the file that a schema stands in; it has no public argument.
            self._validators[key] = self._class(schema.value)(
                schema.value, _resolver=schema.resolver, format_checker=FORMATS
            )
        return self._validators[key]

    def _class(self, schema: Any) -> Any:
        declared = schema.get("$schema") if isinstance(schema, dict) else None
        declared = str(declared or self._document.get("jsonSchemaDialect", ""))
        if declared.startswith(("https://spec.openapis.org/oas/3.", _SAME)) or not declared:
            return READING[self.version]
        found: Any = validator_for({"$schema": declared}, default=None)  # type: ignore[arg-type]
        if found is None:
            raise misconfigured(
                expected="a dialect of JSON Schema that is known",
                seen=repr(declared),
                where=self.says(schema) or self.says(self._document),
                hint=f"take it away, or name {_SAME}",
            )
        return OURS.get(found, found)


def types_of(schema: Node) -> tuple[str, ...]:
    """The types that a schema, or what its `$ref` leads to, allows; none where it does not say."""
    value, _ = resolve(*schema)
    declared = value.get("type") if isinstance(value, dict) else None
    return tuple(declared) if isinstance(declared, list) else (declared,) if declared else ()


def is_composed(schema: Node) -> bool:
    """Whether a schema wants an object or an array."""
    return not {"object", "array"}.isdisjoint(types_of(schema))
