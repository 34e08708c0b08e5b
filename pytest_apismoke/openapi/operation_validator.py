"""Validates a response against the operation that the spec declares for its request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.documents import step
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.evidence import UNDESCRIBED
from pytest_apismoke.http.content_encoding import undecoded
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
from pytest_apismoke.records import dataclass
from pytest_apismoke.schemas.drift import drift
from pytest_apismoke.schemas.findings import Finding
from pytest_apismoke.schemas.not_looked_at import ANNOTATIONS
from pytest_apismoke.schemas.repeated_names import repeated_names

#: Statuses of proxies and gateways in front of an API, which specs seldom list.
_IN_FRONT = frozenset({401, 403, 429})
#: The places of breaks that are not in the body; behind the second one stands the type.
STATUS, MEDIA_TYPE = "status", "media type "
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
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
    which is the body as a JSON value; `is_validated` tells that it was held against its schema.
    `not_looked_at` names a body that the spec describes and that nothing validates, and `doubts`
    are what only one reading refuses in it.
    """

    general: tuple[Finding, ...] = ()
    value: Any = None
    is_validated: bool = False
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
            outside=STATUS,
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
            expected = f"the content type {_one_of(names)}"
            outside = "" if actual in _PAGES else f"{MEDIA_TYPE}{actual}"
            return self._of_content(content, expected, actual, outside=outside)
        value, problem = value_of(response.body, content_type)
        if problem:
            reason = undecoded(response.headers) or problem
            return self._of_content(content, "a body that is JSON", reason)
        return self._value(found, value, response, content_type)

    def _value(
        self, declared: Node, value: Any, response: ReceivedResponse, content_type: str
    ) -> ResponseFindings:
        """The findings in a body of a declared media type."""
        schema = self._schemas.schema_of(declared)
        repeated = repeated_names(response.body) if is_json(content_type) else ()
        if schema is None or not _is_validated(schema, value, content_type):
            unread = _not_looked_at(declared, schema, content_type) if response.body else ""
            return ResponseFindings(not_looked_at=unread, doubts=repeated)
        if not is_json(content_type):
            value, body = self._schemas.read(schema, value)
            return ResponseFindings(value=value, is_validated=True, body=body)
        judged = self._schemas.judged(schema, value)
        drifted = drift(value, *schema, self._schemas.shapes)
        return ResponseFindings(
            value=value,
            is_validated=True,
            body=judged.violations,
            undeclared=drifted.undeclared,
            unseen=drifted.unseen,
            not_looked_at=UNDESCRIBED if _is_empty(schema) else "",
            doubts=(*judged.doubts, *repeated),
        )

    def _of_content(
        self, content: Node, expected: str, actual: str, *, outside: str = ""
    ) -> ResponseFindings:
        """The finding of a body that is of another content type, or none at all.

        `outside` is given where it may be a known violation, and then only of that type: a body
        that is absent, no JSON or a page is what broken targets, proxies and logins answer.
        """
        place = self._schemas.schema_location(content.value)
        return ResponseFindings(
            general=(
                Finding(
                    path=(),
                    keyword="content" if outside else "",
                    outside=outside,
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
    """What is said of a body that is not validated; nothing of a file, which any body is."""
    # Since 3.2 a sequence of items may have a schema for each of them.
    if "itemSchema" not in declared.names() and (schema is None or _is_empty(schema)):
        return UNDESCRIBED
    is_file = schema is not None and types_of(schema) == ("string",)
    return "" if is_file else f"a body of {media_type(content_type)}"


def _is_empty(schema: Node) -> bool:
    """Whether a schema refuses no value, as that of a handler without a declared type."""
    given, (value, _) = schema.value, resolve(*schema)
    return value is True or all(_only_annotates(one) for one in (given, value))


def _only_annotates(value: Any) -> bool:
    return isinstance(value, dict) and all(
        key in ANNOTATIONS or key.startswith("x-") for key in value
    )


def _one_of(names: Iterable[str]) -> str:
    *rest, last = list(names) or ["(none is declared)"]
    return f"{', '.join(rest)} or {last}" if rest else last
