"""Holds an answer against the operation that describes it."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jsonschema.exceptions import UnknownType
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from jsonschema_path import SchemaPath
from openapi_core.casting.schemas import (
    oas30_read_schema_casters_factory,
    oas31_schema_casters_factory,
    oas32_schema_casters_factory,
)
from openapi_core.deserializing.styles import style_deserializers
from openapi_core.deserializing.styles.factories import StyleDeserializersFactory
from openapi_core.exceptions import OpenAPIError
from openapi_core.schema.parameters import get_style_and_explode
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.templating.responses.finders import ResponseFinder

from pytest_apismoke.documents import describe
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.openapi.media_types import (
    NOTHING,
    declared_for,
    is_json,
    media_type,
    readings,
    value_of,
)
from pytest_apismoke.openapi.validators import FORMATS, READING
from pytest_apismoke.redaction import is_sensitive
from pytest_apismoke.schemas.dialects import OURS
from pytest_apismoke.schemas.drift import drift
from pytest_apismoke.schemas.findings import (
    TOO_DEEP,
    TOO_LARGE,
    Finding,
    PlaceOf,
    findings,
    is_of_a_pattern,
)

#: What layers in front of an API answer, and descriptions seldom list.
_IN_FRONT = frozenset({401, 403, 429})
_WITHOUT_BODY = frozenset({204, 205, 304})
#: What the dialects of OpenAPI 3.1 and later add their keywords to.
_SAME = "https://json-schema.org/draft/2020-12/schema"
_CASTERS = {
    "3.0": oas30_read_schema_casters_factory,
    "3.1": oas31_schema_casters_factory,
    "3.2": oas32_schema_casters_factory,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, as far as a description speaks of it; header names are in lower case."""

    method: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def has_body(self) -> bool:
        """Whether a body may come at all (RFC 9110, 6.4.1)."""
        return self.method != "HEAD" and self.status >= 200 and self.status not in _WITHOUT_BODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What was found: about the answer as a whole, about the value in its body, and its drift."""

    whole: tuple[Finding, ...] = ()
    value: Any = None
    inside: tuple[Finding, ...] = ()
    undeclared: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()


class Holder:
    """Compares answers with operations; builds one validator for each schema.

    Args:
        spec: the description.
        version: the two numbers of its version.
        says: finds the place of a schema object.
        inside: gives the resolver for the references of a schema, from that around it.

    """

    def __init__(
        self, spec: SchemaPath, version: str, says: PlaceOf, inside: Callable[[Any, Any], Any]
    ) -> None:
        self._inside = inside
        self._spec = spec
        self._version = version
        self._says = says
        self._styles = StyleDeserializersFactory(
            _CASTERS[version], style_deserializers=style_deserializers
        )
        # By identity: the description's objects live as long as this one.
        self._validators: dict[int, Validator] = {}

    def compare(self, operation: SchemaPath, response: Response) -> Compared:
        """How an answer compares with an operation.

        Raises:
            SmokeError: (`usage`) when the description itself is wrong.
            Unresolvable: when a `$ref` leads nowhere.
            re.error: when a pattern can't be followed.

        """
        if "responses" not in operation and self._version != "3.0":
            # From 3.1 on, an operation may leave open what it answers.
            return Compared()
        try:
            declared = ResponseFinder(operation / "responses").find(str(response.status))
        except ResponseNotFound as error:
            if response.status in _IN_FRONT:
                return Compared(undeclared=(f"status {response.status}",))
            return Compared(whole=(self._undeclared_status(operation, response, error),))
        headers = tuple(self._headers(declared, response.headers))
        compared = self._body(declared, response) if response.has_body else Compared()
        return replace(compared, whole=(*compared.whole, *headers))

    def _undeclared_status(
        self, operation: SchemaPath, response: Response, error: ResponseNotFound
    ) -> Finding:
        statuses = map(str, error.availableresponses)
        declared = [status for status in statuses if not status.startswith("x-")]
        return Finding(
            path=(),
            keyword="responses",
            wants=f"the status {_one_of(declared)}",
            came=f"the status {response.status}",
            says=self._says((operation / "responses").read_value()),
        )

    # -- the body -------------------------------------------------------------------------------

    def _body(self, declared: SchemaPath, response: Response) -> Compared:
        content_type = response.headers.get("content-type", "")
        content = declared / "content" if "content" in declared else None
        if content is None or not content.keys():
            kind = media_type(content_type) or "no type"
            return Compared(undeclared=(f"a body of {kind}",) if response.body else ())
        known = _one_of([str(name) for name in content.keys()])  # noqa: SIM118  # no mapping
        found = declared_for(content, content_type)
        kinds = [content_type] if content_type else list(content.str_keys())
        if not response.body and (found or not content_type) and not any(map(is_json, kinds)):
            # Of most types a body may be empty; only JSON has no value for that.
            if found is None:
                return Compared()
        elif not response.body:
            return self._whole(content, f"a body of {known}", "no body")
        if found is None:
            came = media_type(content_type) or "none"
            return self._whole(content, f"the content type {known}", came)
        value, problem = value_of(response.body, content_type)
        if problem:
            return self._whole(content, "a body that is JSON", problem)
        if value is NOTHING or "schema" not in found:
            return Compared()
        schema, resolver = self._schema(found)
        if not is_json(content_type):
            if self._is_composed(found / "schema") and media_type(content_type) != "text/plain":
                # What is written in a text/csv, say.
                return Compared()
            value, inside = self._read(schema, resolver, value)
            return Compared(value=value, inside=inside)
        inside = self._findings(schema, resolver, value)
        drifted = drift(value, schema, resolver)
        return Compared(
            value=value, inside=inside, undeclared=drifted.undeclared, unseen=drifted.unseen
        )

    def _read(self, schema: Any, resolver: Any, text: str) -> tuple[Any, tuple[Finding, ...]]:
        """What a text stands for by its schema, and how that breaks it."""
        found = [(one, self._findings(schema, resolver, one)) for one in readings(text)]
        # Where none fits, that of the right type says best what is wrong; else the text itself.
        of_type = (one for one in found if all(f.keyword != "type" for f in one[1]))
        return next((one for one in found if not one[1]), next(of_type, found[-1]))

    def _is_composed(self, schema: SchemaPath) -> bool:
        """Whether a schema wants an object or a list."""
        wanted = (schema / "type").read_str_or_list(default="")
        return not {"object", "array"}.isdisjoint([wanted] if isinstance(wanted, str) else wanted)

    def _whole(self, content: SchemaPath, wants: str, came: str) -> Compared:
        place = self._says(content.read_value())
        return Compared(
            whole=(Finding(path=(), keyword="content", wants=wants, came=came, says=place),)
        )

    def _schema(self, holder: SchemaPath) -> tuple[Any, Any]:
        """The schema of a media type or a header, and the resolver for its references.

        As it is written: what stands beside a `$ref` holds too from 3.1 on.
        """
        if self._version == "3.0":
            with (holder / "schema").resolve() as resolved:
                return resolved.contents, resolved.resolver
        with holder.resolve() as resolved:
            contents: Any = resolved.contents
            return contents["schema"], self._inside(contents["schema"], resolved.resolver)

    def _findings(self, schema: Any, resolver: Any, value: Any) -> tuple[Finding, ...]:
        try:
            return findings(self._validator(schema, resolver).iter_errors(value), self._says)
        except RecursionError:
            return (TOO_DEEP,)
        except OverflowError as error:
            if is_of_a_pattern(error):
                raise re.error(str(error)) from None
            return (TOO_LARGE,)
        except UnknownType as error:
            raise misconfigured(
                expected=f"a type of OpenAPI {self._version}",
                seen=repr(error.type),
                where=self._says(error.schema),
                hint="correct it; a type 'null' and lists of types are new in 3.1",
            ) from None

    def _validator(self, schema: Any, resolver: Any) -> Validator:
        if id(schema) not in self._validators:
            # As openapi-core does: only a resolver knows the file that a schema stands in.
            self._validators[id(schema)] = self._class(schema)(
                schema, _resolver=resolver, format_checker=FORMATS
            )
        return self._validators[id(schema)]

    def _class(self, schema: Any) -> Any:
        declared = schema.get("$schema") if isinstance(schema, dict) else None
        declared = str(declared or (self._spec / "jsonSchemaDialect").read_str(default=""))
        if declared.startswith(("https://spec.openapis.org/oas/3.", _SAME)) or not declared:
            return READING[self._version]
        found: Any = validator_for({"$schema": declared}, default=None)  # type: ignore[arg-type]
        if found is None:
            raise misconfigured(
                expected="a dialect of JSON Schema that is known",
                seen=repr(declared),
                where=self._says(schema) or self._says(self._spec.read_value()),
                hint=f"take it away, or name {_SAME}",
            )
        return OURS.get(found, found)

    # -- the headers ----------------------------------------------------------------------------

    def _headers(self, declared: SchemaPath, headers: Mapping[str, str]) -> Iterator[Finding]:
        for name, header in (declared / "headers").str_items() if "headers" in declared else ():
            # OpenAPI 3.1, 4.8.17: the content type is told by the content.
            if name.lower() == "content-type":
                continue
            raw = headers.get(name.lower())
            if raw is not None:
                yield from self._header(name, header, raw)
            elif (header / "required").read_bool(default=False):
                yield Finding(
                    path=(),
                    keyword="headers",
                    wants=f"the header {name}",
                    came="none of that name",
                    says=self._says(header.read_value()),
                )

    def _header(self, name: str, header: SchemaPath, raw: str) -> Iterator[Finding]:
        hidden = "a value that is not shown" if is_sensitive(name) else ""
        if "schema" not in header:
            yield from self._written(name, header, raw, hidden)
            return
        schema = header / "schema"
        try:
            if self._is_composed(schema):
                value = self._header_value(name, header, schema, raw)
                found = self._findings(*self._schema(header), value)
            else:
                _, found = self._read(*self._schema(header), raw)
        except (OpenAPIError, ValueError, TypeError, AttributeError):
            wanted = (schema / "type").read_str_or_list(default="something else")
            yield Finding(
                path=(),
                keyword="headers",
                wants=f"type {wanted} in the header {name}",
                came=hidden or describe(raw),
                says=self._says(header.read_value()),
            )
            return
        yield from (_in_header(name, finding, hidden) for finding in found)

    def _written(self, name: str, header: SchemaPath, raw: str, hidden: str) -> Iterator[Finding]:
        """How a header breaks what it declares with a media type instead of a style."""
        if "content" not in header:
            return
        content = header / "content"
        for kind in content.str_keys():
            value, problem = value_of(raw.encode("utf-8", "surrogateescape"), kind)
            place = self._says(header.read_value())
            if problem:
                finding = Finding(
                    path=(), keyword="content", wants="JSON", came=describe(raw), says=place
                )
                yield _in_header(name, finding, hidden)
            elif value is not NOTHING and "schema" in (content / kind):
                schema, resolver = self._schema(content / kind)
                for finding in self._findings(schema, resolver, value):
                    yield _in_header(name, finding, hidden)

    def _header_value(self, name: str, header: SchemaPath, schema: SchemaPath, raw: str) -> Any:
        style, explode = get_style_and_explode(header)
        reader = self._styles.create(self._spec, schema, style, explode, name=name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return reader.deserialize({name: raw})


def _in_header(name: str, finding: Finding, hidden: str) -> Finding:
    return replace(
        finding,
        path=(),
        wants=f"{finding.wants} in the header {name}",
        came=hidden or finding.came,
    )


def _one_of(names: Iterable[str]) -> str:
    *rest, last = list(names) or ["(none is declared)"]
    return f"{', '.join(rest)} or {last}" if rest else last
