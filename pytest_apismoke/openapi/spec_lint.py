"""Holds a description against what OpenAPI says of descriptions; may take seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import validator_for
from openapi_schema_validator import OAS31Validator, OAS32Validator, oas31_format_checker
from openapi_spec_validator.schemas.utils import get_schema_content
from referencing import Registry

from pytest_apismoke.documents import step
from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.schemas.findings import Finding, findings, places, pointer_of

_AT_MOST = 100
_SCHEMAS = {"3.1": OAS31Validator, "3.2": OAS32Validator}


def mistakes(document: Mapping[str, Any], label: str, version: str) -> Iterator[Failure]:
    """Everything in a description that OpenAPI does not allow, the first hundred.

    Args:
        document: the description.
        label: how messages name it.
        version: the two numbers of its version.

    """
    schema = get_schema_content(version)
    # With a registry of its own: without one, jsonschema would fetch what it does not know.
    validator: Any = validator_for(schema)(schema, registry=Registry())
    try:
        found = findings(_told_apart(validator.iter_errors(document)), places({}))[:_AT_MOST]
        yield from (_mistake(one, "", label, version) for one in found)
        if version != "3.0":
            # From 3.1 on, schemas have a specification of their own.
            yield from _of_schemas(document, label, version)
        yield from unreadable_patterns(document, label)
    except RecursionError:
        yield misconfigured(
            expected=f"what OpenAPI {version} says",
            seen="a description that is nested too deeply",
            where=label,
            hint="split it with $ref",
        ).failure


def unreadable_patterns(document: Any, label: str) -> Iterator[Failure]:
    """Every regular expression of a description that can't be followed here."""
    can_be_read, _ = oas31_format_checker.checkers["regex"]
    for pointer, value in _objects(document):
        named = value.get("patternProperties")
        for pattern, place in (
            (value.get("pattern"), "pattern"),
            *(
                (name, f"patternProperties/{step(name)}")
                for name in (named if isinstance(named, dict) else ())
            ),
        ):
            if isinstance(pattern, str) and not can_be_read(pattern):
                yield misconfigured(
                    expected="a regular expression that Python can follow",
                    seen=repr(pattern),
                    where=f"{label}#{pointer}/{place}",
                    hint="write it without what only other languages know, or install regress,"
                    " which knows those of JavaScript",
                ).failure


def _objects(document: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a description, each with its place."""
    todo: list[tuple[str, Any]] = [("", document)]
    while todo:
        pointer, value = todo.pop()
        if isinstance(value, dict):
            yield pointer, value
        todo += [
            (f"{pointer}/{step(name)}", member)
            for name, member in _members(value)
            if isinstance(member, (dict, list))
        ]


def _members(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _of_schemas(document: Mapping[str, Any], label: str, version: str) -> Iterator[Failure]:
    validator: Any = _SCHEMAS[version]
    for pointer, schema in _schemas(document):
        try:
            validator.check_schema(schema)
        except SchemaError as error:
            for one in findings([error], places({})):
                yield _mistake(one, pointer, label, version)


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The outermost schemas of a description, each with its place."""
    todo: list[tuple[str, Any]] = [("", document)]
    while todo:
        pointer, value = todo.pop()
        for name, member in _members(value):
            place = f"{pointer}/{step(name)}"
            if name == "schema" or pointer == "/components/schemas":
                yield place, member
            elif isinstance(member, (dict, list)) and name not in ("example", "examples"):
                todo.append((place, member))


def _told_apart(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """Errors of what may also be a reference, or of another type, as those of what it is."""
    for error in errors:
        branches: dict[Any, list[ValidationError]] = {}
        for child in error.context or ():
            branches.setdefault(child.schema_path[0], []).append(child)
        meant = [children for children in branches.values() if not any(map(_is_another, children))]
        if error.validator in ("oneOf", "anyOf") and len(meant) == 1:
            yield from _told_apart(meant[0])
        else:
            yield error


def _is_another(error: ValidationError) -> bool:
    """Whether an error only says that a branch is not meant."""
    if error.path:
        return False
    return error.validator == "type" or (
        error.validator == "required" and error.validator_value == ["$ref"]
    )


def _mistake(finding: Finding, pointer: str, label: str, version: str) -> Failure:
    return misconfigured(
        expected=f"what OpenAPI {version} says: {finding.wants}",
        seen=finding.came,
        where=f"{label}#{pointer}{pointer_of(finding.path)}",
        hint="correct the description",
    ).failure
