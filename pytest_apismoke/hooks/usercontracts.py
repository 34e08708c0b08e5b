"""What the fixture `smoke_contract` gives: answers held against contracts in tests of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_apismoke import conformance
from pytest_apismoke.contracts.comparing import comparing
from pytest_apismoke.contracts.schemas import in_words
from pytest_apismoke.errors import Category, SmokeError, fail, misconfigured
from pytest_apismoke.evidence import Exchange, Held
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.redaction.urls import without_userinfo
from pytest_apismoke.transport.answer import Answer
from pytest_apismoke.transport.request import Request, curl_line

if TYPE_CHECKING:
    from requests import Response

#: What requests adds by itself; nobody has to repeat it.
_OF_THE_LIBRARY = frozenset(
    {"user-agent", "accept-encoding", "accept", "connection", "content-length"}
)
_WHERE = "smoke_contract.check"


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

    def __init__(self, session: SmokeSession) -> None:
        self._session = session

    def __repr__(self) -> str:
        return f"<SmokeContract of {self._session.target.client.base_url}>"

    def check(
        self,
        response: Response | Answer | Any,
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
        answer = self._answer(response)
        seen = self._seen(response if answer is None else answer)
        if schema is not None:
            self._keeps_schema(seen, schema)
        if operation is not None or schema is None:
            self._keeps_description(seen, operation)

    def _answer(self, response: Any) -> Answer | None:
        """An answer that did not come through the run's client, as one of its own exchanges."""
        if isinstance(response, Answer) or not hasattr(response, "status_code"):
            return None
        client = self._session.target.client
        # Who asks is no part of what is asked for, nor of the place that the target has.
        url = without_userinfo(response.url)
        sent = response.request
        text = sent.body.decode("utf-8", "replace") if isinstance(sent.body, bytes) else sent.body
        request = Request(
            method=str(sent.method),
            path="",
            headers=self._session.redactor.headers(
                {n: v for n, v in sent.headers.items() if n.lower() not in _OF_THE_LIBRARY}
            ),
            text=None if text is None else self._session.redactor.body(text),
        )
        exchange = Exchange.record(
            self._session.redactor,
            method=request.method,
            url=url,
            status=response.status_code,
            duration_s=response.elapsed.total_seconds(),
            request_id=response.headers.get("x-request-id"),
            body=response.content.decode("utf-8", "replace"),
            error=None,
            curl=curl_line(request, url, self._session.redactor),
        )
        headers = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(
            status=response.status_code, headers=headers, body=response.content, exchange=exchange
        )
        path = self._path_of(answer)
        held = client.hold(replace(request, path=path), answer) if client.hold and path else None
        exchange = replace(exchange, held=held)
        if path:
            # What somebody else answers is no evidence of the target.
            client.exchanges.append(exchange)
        return replace(answer, exchange=exchange)

    def _path_of(self, answer: Answer) -> str:
        """The path below the base URL; empty for an answer of somebody else."""
        url = answer.exchange.url.partition("?")[0]
        base_url = self._session.target.client.base_url
        return url.removeprefix(base_url) if url.startswith(f"{base_url}/") else ""

    def _seen(self, response: Any) -> _Seen:
        if not isinstance(response, Answer):
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
        value = seen.value.json() if isinstance(seen.value, Answer) else seen.value
        with comparing(self._session.schemas.where(schema), self._session.target.client.budget):
            broken = self._session.schemas.check(value, schema, self._session.redactor)
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

    def _keeps_description(self, seen: _Seen, operation: str | None) -> None:
        description = self._session.description
        if description is None:
            raise misconfigured(
                expected="the name of a schema, or an API description to hold the answer against",
                seen="neither",
                where=_WHERE,
                hint="name a schema of contracts/, or run with --smoke-openapi=SOURCE",
            )
        if seen.status is None or seen.body is None:
            raise misconfigured(
                expected="an answer, to hold it against an operation",
                seen="a value without a status",
                where=_WHERE,
                hint="give what requests or smoke_client returned",
            )
        redactor = self._session.redactor
        held: Held | None
        if operation is None:
            held = description.hold(
                seen.method, seen.path, seen.status, seen.headers, seen.body, redactor
            )
        else:
            held = description.hold_operation(
                operation, seen.status, seen.headers, seen.body, redactor
            )
        if held is None:
            raise misconfigured(
                expected=f"an operation that {description.label} declares",
                seen=f"{seen.method} {seen.path}" if seen.path else seen.where,
                where=_WHERE,
                hint="name the operation, such as 'GET /orders/{id}', or declare it",
            )
        if held.is_from_a_layer_in_front:
            raise fail(
                Category.INVALID,
                expected=f"a status that {description.label} declares of {held.operation}",
                seen=str(seen.status),
                where=seen.where,
                hint="declare it, or send what the operation asks for: a token, say",
            )
        failure = conformance.broken_by_held(held, source=description.label, where=seen.where)
        if failure:
            raise SmokeError(failure)
