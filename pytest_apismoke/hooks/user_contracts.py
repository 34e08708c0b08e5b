"""Validates responses against contracts in users' tests: the fixture `smoke_contract`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, TypedDict

from pytest_apismoke.documents import describe
from pytest_apismoke.errors import Category, SmokeError, fail, misconfigured
from pytest_apismoke.evidence import ConformanceResult, Exchange
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.hooks.user_responses import WHERE, body_of, json_value, sent_by
from pytest_apismoke.http.request import curl_line
from pytest_apismoke.http.response import Response as GateResponse
from pytest_apismoke.http.target import Target
from pytest_apismoke.openapi import conformance
from pytest_apismoke.openapi.response_validator import run_validation
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction.urls import strip_userinfo
from pytest_apismoke.schemas.validation_timeout import limit_validation

if TYPE_CHECKING:
    from requests import Response


class _Subject(TypedDict):
    """What a response is held against, and its status."""

    contract: str
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """A response or a value to be validated; `path` is relative to the base URL."""

    value: Any = None
    method: str = ""
    path: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    where: str = "the value that was given"


class SmokeContract:
    """Validates responses against contracts; see the fixture `smoke_contract`.

    Args:
        session: of the run.
        target: records what the test sends.
        test: the node id of the test without its parameters, by which violations are known.

    """

    def __init__(self, session: SmokeSession, target: Target, *, test: str) -> None:
        self._session = session
        self._test = test
        self._client = target.client

    def __repr__(self) -> str:
        return f"<SmokeContract of {self._client.base_url}>"

    def check(
        self,
        response: Response | GateResponse | Any,
        schema: str | None = None,
        *,
        operation: str | None = None,
    ) -> None:
        """Raises when a response breaks its contract; see the fixture for the arguments.

        Raises:
            SmokeError: `invalid` when the contract is broken, `usage` for an unknown name.

        """
        __tracebackhide__ = True
        try:
            self._check(response, schema, operation)
        except SmokeError as error:
            # The gate's own frames do not help to understand the failure of a test.
            raise error.with_traceback(None) from None

    def _check(self, response: Any, schema: str | None, operation: str | None) -> None:
        for kind, name in (("schema", schema), ("operation", operation)):
            if name is not None and not isinstance(name, str):
                raise misconfigured(
                    expected=f"the name of {'a schema' if kind == 'schema' else 'an operation'}",
                    seen=describe(name),
                    where=WHERE,
                    hint="give it as a string, such as 'order' or 'GET /orders/{id}'",
                )
        own = self._response_of(response)
        checked = self._checked(response if own is None else own)
        if schema is not None:
            self._validate_schema(checked, schema)
        if operation is not None or schema is None:
            self._validate_operation(checked, operation)

    def _response_of(self, response: Any) -> GateResponse | None:
        """A response of another client, recorded like the gate's own; None for anything else."""
        if isinstance(response, GateResponse) or not hasattr(response, "status_code"):
            return None
        # Whoever has a response of requests has it imported.
        from pytest_apismoke.http.target_response import TargetResponse

        if isinstance(response, TargetResponse):
            # It is recorded already.
            return response.answer
        client, redactor = self._client, self._session.redactor
        request, body = sent_by(response, redactor), body_of(response)
        # Credentials in the URL do not make it another target.
        url = strip_userinfo(response.url)
        headers = {name.lower(): value for name, value in response.headers.items()}
        exchange = Exchange.record(
            redactor,
            method=request.method,
            url=url,
            status=response.status_code,
            duration_s=response.elapsed.total_seconds(),
            request_id=response.headers.get("x-request-id"),
            body=body,
            error=None,
            curl=curl_line(request, url),
            sent_headers=request.headers.items(),
            received_headers=headers.items(),
        )
        own = GateResponse(
            status=response.status_code, headers=headers, body=body, exchange=exchange
        )
        path = self._path_of(own)
        sent = replace(request, path=path)
        result = client.validator(sent, own) if client.validator and path else None
        exchange = replace(exchange, held=result)
        if path:
            # A response of another host is no evidence about the target.
            client.recorder.add(exchange)
        return replace(own, exchange=exchange)

    def _path_of(self, response: GateResponse) -> str:
        """The path below the base URL; empty for a response of another host."""
        url = response.exchange.url.partition("?")[0]
        base_url = self._client.base_url
        return url.removeprefix(base_url) if url.startswith(f"{base_url}/") else ""

    def _checked(self, response: Any) -> _Checked:
        if not isinstance(response, GateResponse):
            return _Checked(value=response)
        return _Checked(
            method=response.exchange.method,
            path=self._path_of(response),
            status=response.status,
            headers=response.headers,
            body=response.body,
            where=response.where,
            value=response,
        )

    def _validate_schema(self, checked: _Checked, schema: str) -> None:
        value = (
            checked.value.json()
            if isinstance(checked.value, GateResponse)
            else json_value(checked.value)
        )
        session, contracts = self._session, self._session.contracts
        subject: _Subject = {"contract": schema, "status": checked.status}
        excused = contracts.known.of(self._test, **subject)
        with limit_validation(contracts.schemas.where(schema), self._client.budget):
            broken = contracts.schemas.check(value, schema, session.redactor, excused=excused)
        self._client.recorder.sighted(broken.sighting(self._test, **subject))
        if broken:
            raise fail(
                Category.INVALID,
                expected=f"a response that matches the contract {schema!r}",
                seen=broken.in_words,
                where=checked.where,
                hint="compare the response with the contract at the named place",
                violations=broken.violations,
                difference=broken.difference,
            )

    def _validate_operation(self, checked: _Checked, operation: str | None) -> None:
        spec = self._session.spec
        if spec is None:
            raise misconfigured(
                expected="the name of a schema, or an OpenAPI document to validate against",
                seen="neither",
                where=WHERE,
                hint="name a schema of contracts/, or run with --smoke-openapi=SOURCE",
            )
        if checked.status is None or checked.body is None:
            raise misconfigured(
                expected="a response, to validate it against an operation",
                seen="a value without a status",
                where=WHERE,
                hint="give the response of requests or smoke_client",
            )
        redactor = self._session.redactor
        response = (checked.status, checked.headers, checked.body, redactor)

        def validate() -> ConformanceResult | None:
            if operation is None:
                return spec.validate(checked.method, checked.path, *response)
            return spec.validate_operation(operation, *response)

        result = run_validation(spec.label, self._client.budget, validate)
        if result is None:
            raise misconfigured(
                expected=f"an operation that {spec.label} declares",
                seen=f"{checked.method} {checked.path}" if checked.path else checked.where,
                where=WHERE,
                hint="name the operation, such as 'GET /orders/{id}', or declare it",
            )
        if result.is_from_a_layer_in_front:
            raise fail(
                Category.INVALID,
                expected=f"a status that {spec.label} declares of {result.operation}",
                seen=str(checked.status),
                where=checked.where,
                hint="declare it, or send what the operation requires, such as a token",
            )
        failure = conformance.conformance_failure(result, source=spec.label, where=checked.where)
        if failure:
            raise SmokeError(failure)
        if result.sighting:
            # The exchange has its own, unless the test has named the operation.
            self._client.recorder.sighted(result.sighting)
