"""Validates a response against the operation that the spec declares for its request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.openapi.headers import header_findings
from pytest_apismoke.openapi.media_types import (
    NOTHING,
    declared_type,
    is_json,
    media_type,
    value_of,
)
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.openapi.schema_validators import SchemaValidators, is_composed, types_of
from pytest_apismoke.openapi.spec_contradictions import mistaken_for, no_status
from pytest_apismoke.schemas.drift import drift
from pytest_apismoke.schemas.findings import Finding
from pytest_apismoke.schemas.repeated_names import repeated_names

#: Statuses of proxies and gateways in front of an API, which specs seldom list.
_IN_FRONT = frozenset({401, 403, 429})
_WITHOUT_BODY = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedResponse:
    """The parts of a response that a spec describes; header names are in lower case."""

    method: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def has_body(self) -> bool:
        """Whether the response can have a body (RFC 9110, 6.4.1)."""
        return self.method != "HEAD" and self.status >= 200 and self.status not in _WITHOUT_BODY


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFindings:
    """The violations and the drift of one response.

    `general` are the violations of its status, headers and content type, `body` those of `value`,
    which is the body as a JSON value. `not_looked_at` names a body that the spec describes and that
    nothing validates, and `doubts` are what only one reading refuses in it.
    """

    general: tuple[Finding, ...] = ()
    value: Any = None
    body: tuple[Finding, ...] = ()
    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    not_looked_at: str = ""
    doubts: tuple[Finding, ...] = ()


class OperationValidator:
    """Validates responses against the operations of one spec.

    Args:
        schemas: the validators of the spec's schemas.

    """

    def __init__(self, schemas: SchemaValidators) -> None:
        self._schemas = schemas

    def validate(self, operation: LoadedOperation, response: ReceivedResponse) -> ResponseFindings:
        """The violations and the drift of a response.

        Raises:
            SmokeError: (`usage`) when the spec itself is wrong.
            Unresolvable: when a `$ref` cannot be resolved.
            re.error: when Python cannot compile a pattern.
            LookupError, TypeError: when an object of the spec is missing or of another type.

        """
        responses = operation.definition.child("responses")
        if responses is None:
            if self._schemas.version == "3.0":
                raise LookupError("responses")
            # Since 3.1 an operation need not declare its responses.
            return ResponseFindings()
        declared = self._declared(responses, response.status)
        if declared is None:
            if response.status in _IN_FRONT:
                return ResponseFindings(undeclared=(f"status {response.status}",))
            return ResponseFindings(general=(self._undeclared_status(responses, response),))
        headers = tuple(header_findings(declared, response.headers, self._schemas))
        found = self._body(declared, response) if response.has_body else ResponseFindings()
        return replace(found, general=(*found.general, *headers))

    def _declared(self, responses: Node, status: int) -> Node | None:
        """The response declared for a status: exactly, by its first digit, or by default."""
        by_range = f"{str(status)[0]}XX"
        for name in (str(status), by_range):
            if found := responses.child(name):
                return found
        if mistaken := mistaken_for(status, responses.names()):
            # What it declares is not known: neither the default nor "undeclared" is meant.
            place = self._schemas.schema_location(responses.value)
            raise SmokeError(no_status(mistaken, f"{place}/{step(mistaken)}"))
        return responses.child("default")

    def _undeclared_status(self, responses: Node, response: ReceivedResponse) -> Finding:
        declared = [status for status in responses.names() if not status.startswith("x-")]
        return Finding(
            path=(),
            keyword="responses",
            expected=f"the status {_one_of(declared)}",
            actual=f"the status {response.status}",
            schema_location=self._schemas.schema_location(responses.value),
        )

    # -- the body -------------------------------------------------------------------------------

    def _body(self, declared: Node, response: ReceivedResponse) -> ResponseFindings:
        content_type = response.headers.get("content-type", "")
        content = declared.child("content")
        names = content.names() if content is not None else []
        if content is None or not names:
            kind = media_type(content_type)
            seen = f"a body of {kind}" if kind else "a body without a content type"
            return ResponseFindings(undeclared=(seen,) if response.body else ())
        name = declared_type(names, content_type)
        kinds = [content_type] if content_type else names
        if not response.body and (name or not content_type) and not any(map(is_json, kinds)):
            # Most media types allow an empty body; JSON does not.
            if name is None:
                return ResponseFindings()
        elif not response.body:
            return self._of_content(content, f"a body of {_one_of(names)}", "no body")
        found = content.child(name) if name is not None else None
        if found is None:
            actual = media_type(content_type) or "none"
            return self._of_content(content, f"the content type {_one_of(names)}", actual)
        value, problem = value_of(response.body, content_type)
        if problem:
            return self._of_content(content, "a body that is JSON", problem)
        schema = self._schemas.schema_of(found)
        repeated = repeated_names(response.body) if is_json(content_type) else ()
        if schema is None or not _is_validated(schema, value, content_type):
            unseen = _not_looked_at(found, schema, content_type)
            return ResponseFindings(not_looked_at=unseen, doubts=repeated)
        if not is_json(content_type):
            value, body = self._schemas.read(schema, value)
            return ResponseFindings(value=value, body=body)
        judged = self._schemas.judged(schema, value)
        drifted = drift(value, *schema, self._schemas.shapes)
        return ResponseFindings(
            value=value,
            body=judged.violations,
            undeclared=drifted.undeclared,
            unseen=drifted.unseen,
            doubts=(*judged.doubts, *repeated),
        )

    def _of_content(self, content: Node, expected: str, actual: str) -> ResponseFindings:
        place = self._schemas.schema_location(content.value)
        return ResponseFindings(
            general=(
                Finding(
                    path=(),
                    keyword="content",
                    expected=expected,
                    actual=actual,
                    schema_location=place,
                ),
            )
        )


def _is_validated(schema: Node, value: Any, content_type: str) -> bool:
    """Whether a value of this content type is held against its schema."""
    if value is NOTHING:
        return False
    # The data of a text/csv, for example, is not.
    return (
        is_json(content_type) or not is_composed(schema) or media_type(content_type) == "text/plain"
    )


def _not_looked_at(declared: Node, schema: Node | None, content_type: str) -> str:
    """What is said of a body that is not validated; nothing of one that is not described."""
    if schema is None:
        # Since 3.2 a sequence of items may have a schema for each of them.
        describes = "itemSchema" in declared.names()
    else:
        value, _ = resolve(*schema)
        # A file is a string: any body is one.
        describes = isinstance(value, dict) and bool(value) and types_of(schema) != ("string",)
    return f"a body of {media_type(content_type)}" if describes else ""


def _one_of(names: Iterable[str]) -> str:
    *rest, last = list(names) or ["(none is declared)"]
    return f"{', '.join(rest)} or {last}" if rest else last
