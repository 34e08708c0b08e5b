"""Validates a spec against the published schema of OpenAPI; may take seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import validator_for
from openapi_schema_validator import OAS31Validator, OAS32Validator
from openapi_spec_validator.schemas.utils import get_schema_content
from referencing import Registry

from pytest_apismoke.documents import step
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.schemas.findings import Finding, findings
from pytest_apismoke.schemas.formats import OF_SCHEMAS, is_pattern
from pytest_apismoke.schemas.schema_places import places, pointer_of

_AT_MOST = 100
_SCHEMAS = {"3.1": OAS31Validator, "3.2": OAS32Validator}


def mistakes(document: Mapping[str, Any], label: str, version: str) -> Iterator[Failure]:
    """The first hundred violations of the OpenAPI schema in a spec.

    Args:
        document: the spec.
        label: names it in messages.
        version: the first two numbers of its version.

    """
    schema = get_schema_content(version)
    # With a registry: without one, jsonschema would fetch documents that it does not know.
    validator: Any = validator_for(schema)(schema, registry=Registry())
    try:
        found = findings(_of_its_kind(validator.iter_errors(document)), places({}))[:_AT_MOST]
        yield from (_mistake(one, "", label, version) for one in found)
        if version != "3.0":
            # Since 3.1, schemas have a specification of their own.
            yield from _of_schemas(document, label, version)
        yield from unreadable_patterns(document, label)
    except RecursionError:
        yield misconfigured(
            expected=f"valid OpenAPI {version}",
            seen="a document that is nested too deeply",
            where=label,
            hint="split it with $ref",
        ).failure


def unreadable_patterns(document: Any, label: str) -> Iterator[Failure]:
    """A failure for every regular expression that is none."""
    for pointer, value in _objects(document):
        named = value.get("patternProperties")
        for pattern, place in (
            (value.get("pattern"), "pattern"),
            *(
                (name, f"patternProperties/{step(name)}")
                for name in (named if isinstance(named, dict) else ())
            ),
        ):
            if not is_pattern(pattern):
                yield misconfigured(
                    expected="a regular expression (ECMA 262)",
                    seen=repr(pattern),
                    where=f"{label}#{pointer}/{place}",
                    hint="correct it: contracts have the syntax of JavaScript",
                ).failure


def _objects(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document, each with its JSON Pointer."""
    todo: list[tuple[str, Any]] = [("", document)]
    while todo:
        pointer, value = todo.pop()
        if isinstance(value, dict):
            yield pointer, value
        todo += [
            (f"{pointer}/{step(name)}", inner)
            for name, inner in _items(value)
            if isinstance(inner, (dict, list))
        ]


def _items(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _of_schemas(document: Mapping[str, Any], label: str, version: str) -> Iterator[Failure]:
    validator: Any = _SCHEMAS[version]
    for pointer, schema in _schemas(document):
        try:
            validator.check_schema(schema, format_checker=OF_SCHEMAS)
        except SchemaError as error:
            for one in findings([error], places({})):
                yield _mistake(one, pointer, label, version)


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The outermost schemas of a spec, each with its JSON Pointer."""
    todo: list[tuple[str, Any]] = [("", document)]
    while todo:
        pointer, value = todo.pop()
        for name, inner in _items(value):
            place = f"{pointer}/{step(name)}"
            if name == "schema" or pointer == "/components/schemas":
                yield place, inner
            elif isinstance(inner, (dict, list)) and name not in ("example", "examples"):
                todo.append((place, inner))


def _of_its_kind(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Replaces the error of a choice by those of its only branch that fits the value's kind."""
    for error in errors:
        branches: dict[Any, list[ValidationError]] = {}
        for child in error.context or ():
            branches.setdefault(child.schema_path[0], []).append(child)
        fitting = [
            children
            for children in branches.values()
            if not any(map(_is_of_another_kind, children))
        ]
        if error.validator in ("oneOf", "anyOf") and len(fitting) == 1:
            yield from _of_its_kind(fitting[0])
        else:
            yield error


def _is_of_another_kind(error: ValidationError) -> bool:
    """Whether an error only tells that the value is not of the branch's kind."""
    if error.path:
        return False
    return error.validator == "type" or (
        error.validator == "required" and error.validator_value == ["$ref"]
    )


def _mistake(finding: Finding, pointer: str, label: str, version: str) -> Failure:
    return misconfigured(
        expected=f"valid OpenAPI {version}: {finding.expected}",
        seen=finding.actual,
        where=f"{label}#{pointer}{pointer_of(finding.path)}",
        hint="correct the spec",
    ).failure
