"""What the fixture `smoke_contract` gives: answers held against contracts in tests of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

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
from pytest_apismoke.redaction.urls import strip_userinfo
from pytest_apismoke.schemas.store import in_words
from pytest_apismoke.schemas.validation_timeout import limit_validation

if TYPE_CHECKING:
    from requests import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What a contract can be held against, whoever sent the request; `path` below the base URL."""

    value: Any = None
    method: str = ""
    path: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    where: str = "the value that was given"


class SmokeContract:
    """Holds answers against contracts; see the fixture `smoke_contract`."""

    def __init__(self, session: SmokeSession, target: Target) -> None:
        self._session = session
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
        """Raises when an answer breaks its contract; see the fixture for the arguments.

        Raises:
            SmokeError: `invalid` when the contract is broken, `usage` for an unknown name.

        """
        __tracebackhide__ = True
        try:
            self._check(response, schema, operation)
        except SmokeError as error:
            # What is inside of the gate is nothing for whoever reads the failure of a test.
            raise error.with_traceback(None) from None

    def _check(self, response: Any, schema: str | None, operation: str | None) -> None:
        for what, name in (("schema", schema), ("operation", operation)):
            if name is not None and not isinstance(name, str):
                raise misconfigured(
                    expected=f"the name of {'a schema' if what == 'schema' else 'an operation'}",
                    seen=describe(name),
                    where=WHERE,
                    hint="give it as a text, such as 'order' or 'GET /orders/{id}'",
                )
        answer = self._answer(response)
        seen = self._seen(response if answer is None else answer)
        if schema is not None:
            self._keeps_schema(seen, schema)
        if operation is not None or schema is None:
            self._conforms_to_spec(seen, operation)

    def _answer(self, response: Any) -> GateResponse | None:
        """An answer that did not come through the run's client, as one of its own exchanges."""
        if isinstance(response, GateResponse) or not hasattr(response, "status_code"):
            return None
        client, redactor = self._client, self._session.redactor
        request, body = sent_by(response, redactor), body_of(response)
        # Who asks may stand in front of the host; it is the same target.
        url = strip_userinfo(response.url)
        exchange = Exchange.record(
            redactor,
            method=request.method,
            url=url,
            status=response.status_code,
            duration_s=response.elapsed.total_seconds(),
            request_id=response.headers.get("x-request-id"),
            body=body.decode("utf-8", "replace"),
            error=None,
            curl=curl_line(request, url, redactor),
        )
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = GateResponse(
            status=response.status_code, headers=headers, body=body, exchange=exchange
        )
        path = self._path_of(answer)
        asked = replace(request, path=path)
        held = client.validator(asked, answer) if client.validator and path else None
        exchange = replace(exchange, held=held)
        if path:
            # What somebody else answers is no evidence of the target.
            client.recorder.add(exchange)
        return replace(answer, exchange=exchange)

    def _path_of(self, answer: GateResponse) -> str:
        """The path below the base URL; empty for an answer of somebody else."""
        url = answer.exchange.url.partition("?")[0]
        base_url = self._client.base_url
        return url.removeprefix(base_url) if url.startswith(f"{base_url}/") else ""

    def _seen(self, response: Any) -> _Seen:
        if not isinstance(response, GateResponse):
            return _Seen(value=response)
        return _Seen(
            method=response.exchange.method,
            path=self._path_of(response),
            status=response.status,
            headers=response.headers,
            body=response.body,
            where=response.where,
            value=response,
        )

    def _keeps_schema(self, seen: _Seen, schema: str) -> None:
        value = (
            seen.value.json() if isinstance(seen.value, GateResponse) else json_value(seen.value)
        )
        with limit_validation(self._session.contracts.schemas.where(schema), self._client.budget):
            broken = self._session.contracts.schemas.check(value, schema, self._session.redactor)
        if broken:
            raise fail(
                Category.INVALID,
                expected=f"an answer that keeps the contract {schema!r}",
                seen=in_words(broken.violations),
                where=seen.where,
                hint="compare it with the contract at the place that it names",
                violations=broken.violations,
                difference=broken.difference,
            )

    def _conforms_to_spec(self, seen: _Seen, operation: str | None) -> None:
        spec = self._session.spec
        if spec is None:
            raise misconfigured(
                expected="the name of a schema, or an API description to hold the answer against",
                seen="neither",
                where=WHERE,
                hint="name a schema of contracts/, or run with --smoke-openapi=SOURCE",
            )
        if seen.status is None or seen.body is None:
            raise misconfigured(
                expected="an answer, to hold it against an operation",
                seen="a value without a status",
                where=WHERE,
                hint="give what requests or smoke_client returned",
            )
        redactor = self._session.redactor
        answer = (seen.status, seen.headers, seen.body, redactor)

        def compare() -> ConformanceResult | None:
            if operation is None:
                return spec.validate(seen.method, seen.path, *answer)
            return spec.validate_operation(operation, *answer)

        held = run_validation(spec.label, self._client.budget, compare)
        if held is None:
            raise misconfigured(
                expected=f"an operation that {spec.label} declares",
                seen=f"{seen.method} {seen.path}" if seen.path else seen.where,
                where=WHERE,
                hint="name the operation, such as 'GET /orders/{id}', or declare it",
            )
        if held.is_from_a_layer_in_front:
            raise fail(
                Category.INVALID,
                expected=f"a status that {spec.label} declares of {held.operation}",
                seen=str(seen.status),
                where=seen.where,
                hint="declare it, or send what the operation asks for: a token, say",
            )
        failure = conformance.conformance_failure(held, source=spec.label, where=seen.where)
        if failure:
            raise SmokeError(failure)
