"""What `smoke_contract` says of answers in tests of users."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests
from unit.declaring import BASE_URL, TOKEN, Backend, Says, refused

from pytest_apismoke.checks.declared.folder import Contracts
from pytest_apismoke.errors import Break, Category, SmokeError, Violation
from pytest_apismoke.evidence import ConformanceResult, Exchange, Sighting
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.hooks.user_contracts import SmokeContract
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response as GateResponse
from pytest_apismoke.known.entries import Entry, Known
from pytest_apismoke.openapi.loader import read
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import REPLACEMENT
from pytest_apismoke.schemas.store import Schemas

if TYPE_CHECKING:
    from unit.conftest import FakeClock

ORDER = {"type": "object", "properties": {"id": {"type": "integer"}}}
DESCRIPTION = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /orders/{id}:
    get:
      operationId: oneOrder
      responses:
        '200':
          description: ok
          content:
            application/json:
              schema: {type: object, properties: {id: {type: integer}}}
"""
#: How a value breaks each of the two, the schema and the description.
BY_SCHEMA = Violation(
    pointer="/id",
    expected="type integer",
    actual="the string 'x'",
    schema_location="contracts/order.schema.json#/properties/id/type",
    kind="type",
    places=("/id",),
)
BY_DESCRIPTION = Violation(
    pointer="/id",
    expected="type integer",
    actual="the string 'x'",
    schema_location="openapi.yaml#/paths/~1orders~1{id}/get/responses/200/content/application~1json/schema"
    "/properties/id/type",
    kind="type",
    places=("/id",),
)
DIFFERENCE = ("@@ / @@", '- "id": type integer', '+ "id": "x"')
COMPARE = "compare the response with the contract at the named place"

#: The test that holds responses against contracts.
TEST = "test_orders.py::test_one"

Contract = Callable[..., SmokeContract]


@pytest.fixture
def backend(clock: FakeClock) -> Backend:
    return Backend(
        clock, {"GET /orders/1": Says(body={"id": 1}), "GET /orders/2": Says(body={"id": "x"})}
    )


@pytest.fixture
def contract(backend: Backend) -> Contract:
    """The contract of a run with a schema, and with an API description unless told otherwise."""

    def make(*known: Entry, loaded_spec: bool = True) -> SmokeContract:
        spec = Spec(
            read(DESCRIPTION, "openapi.yaml"),
            label="openapi.yaml",
            target_url=BASE_URL,
            known=Known(entries=known),
        )
        session = SimpleNamespace(
            redactor=backend.redactor,
            contracts=Contracts(
                schemas=Schemas({"order.schema.json": ORDER}), known=Known(entries=known)
            ),
            spec=spec if loaded_spec else None,
        )
        return SmokeContract(cast("SmokeSession", session), backend.target, test=TEST)

    return make


def sent(backend: Backend, path: str) -> GateResponse:
    """What `smoke_client` returns."""
    return backend.target.send(Request(method="GET", path=path))


def sent_by_requests(
    body: bytes = b'{"id": "x"}', *, url: str = f"{BASE_URL}/orders/2", **headers: str
) -> requests.Response:
    """What the library `requests` returns."""
    response = requests.Response()
    response.status_code = 200
    response.url = url
    response.headers.update({"Content-Type": "application/json", **headers})
    response._content = body
    response.elapsed = datetime.timedelta(seconds=0.25)
    response.request = requests.Request(
        "GET", url, headers={"Authorization": f"Bearer {TOKEN}"}
    ).prepare()
    return response


def failure(call: Callable[[], None]) -> tuple[Any, ...]:
    with pytest.raises(SmokeError) as caught:
        call()
    found = caught.value.failure
    return (
        found.category,
        *(found.expected, found.seen, found.where, found.hint),
        *(found.violations, found.difference),
    )


def usage(expected: str, seen: str, where: str, hint: str) -> tuple[Category, str]:
    text = f"expected {expected}, seen {seen}\n  where: {where}\n  what to do: {hint}"
    return Category.USAGE, text


# -- known violations -------------------------------------------------------------------------

ID = Break("/id", "type")
OF_A_RESPONSE = Entry(name=TEST, contract="order", status=200, what=ID)
OF_A_VALUE = replace(OF_A_RESPONSE, status=None)
OF_THE_OPERATION = Entry(name="GET /orders/{id}", contract="t", status=200, what=ID)


def sighted(entry: Entry) -> Sighting:
    return Sighting(
        name=entry.name, contract=entry.contract, status=entry.status, met=(entry.what,)
    )


def test_a_known_violation_of_a_value_or_a_response_raises_nothing(
    contract: Contract, backend: Backend
) -> None:
    knowing = contract(OF_A_RESPONSE, OF_A_VALUE)
    knowing.check({"id": "x"}, "order")
    knowing.check(sent(backend, "/orders/2"), "order")
    assert backend.recorder.sightings == (sighted(OF_A_VALUE), sighted(OF_A_RESPONSE))


def test_neither_does_one_of_an_operation(contract: Contract, backend: Backend) -> None:
    knowing = contract(OF_THE_OPERATION)
    knowing.check(sent(backend, "/orders/2"))
    knowing.check(sent_by_requests(url="https://elsewhere.example.com/x"), operation="oneOrder")
    assert backend.recorder.sightings == (sighted(OF_THE_OPERATION), sighted(OF_THE_OPERATION))


@pytest.mark.parametrize(
    "entry", [OF_A_VALUE, OF_THE_OPERATION, replace(OF_A_RESPONSE, name="test_orders.py::test_two")]
)
def test_what_is_known_of_something_else_is_new(
    entry: Entry, contract: Contract, backend: Backend
) -> None:
    response = sent(backend, "/orders/2")
    found = failure(lambda: contract(entry).check(response, "order"))
    assert (found[0], found[5]) == (Category.INVALID, (BY_SCHEMA,))


# -- schemas ----------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [{"id": 1}, {}])
def test_a_value_that_keeps_its_contract_passes(value: object, contract: Contract) -> None:
    contract(loaded_spec=False).check(value, "order")
    contract().check(value, schema="order")


def test_a_value_that_breaks_it_is_shown_against_it(contract: Contract) -> None:
    assert failure(lambda: contract().check({"id": "x"}, "order")) == (
        Category.INVALID,
        "a response that matches the contract 'order'",
        "/id: expected type integer, got the string 'x'",
        "the value that was given",
        COMPARE,
        (BY_SCHEMA,),
        DIFFERENCE,
    )


def test_an_answer_of_the_client_says_which_request_it_answers(
    contract: Contract, backend: Backend
) -> None:
    contract().check(sent(backend, "/orders/1"), "order")
    assert failure(lambda: contract().check(sent(backend, "/orders/2"), "order")) == (
        Category.INVALID,
        "a response that matches the contract 'order'",
        "/id: expected type integer, got the string 'x'",
        f"GET {BASE_URL}/orders/2",
        COMPARE,
        (BY_SCHEMA,),
        DIFFERENCE,
    )


def test_so_does_an_answer_of_requests(contract: Contract) -> None:
    contract().check(sent_by_requests(b'{"id": 1}'), "order")
    found = failure(lambda: contract().check(sent_by_requests(), "order"))
    assert found[3:] == (f"GET {BASE_URL}/orders/2", COMPARE, (BY_SCHEMA,), DIFFERENCE)


def test_a_body_that_is_no_json_breaks_every_contract(contract: Contract) -> None:
    category, text = refused(lambda: contract().check(sent_by_requests(b"<p>"), "order"))
    assert category is Category.INVALID
    assert text.startswith(
        "expected a JSON body, seen 200 with application/json, 3 bytes: Expecting value"
        f" (character 1)\n  where: GET {BASE_URL}/orders/2\n"
    )


def test_a_schema_that_is_not_there_is_a_mistake_of_the_test(contract: Contract) -> None:
    assert refused(lambda: contract().check({}, "odrer")) == usage(
        "the name of a schema in contracts/", "'odrer'", "contracts/", "did you mean 'order'?"
    )


# -- the evidence -----------------------------------------------------------------------------


def test_an_answer_of_requests_becomes_evidence_without_its_secrets(
    contract: Contract, backend: Backend
) -> None:
    response = sent_by_requests(
        b'{"id": 1, "password": "canary-password"}', **{"X-Request-ID": "req-1"}
    )
    contract().check(response, "order")
    assert list(backend.recorder.exchanges) == [
        Exchange.told(
            method="GET",
            url=f"{BASE_URL}/orders/2",
            status=200,
            duration_s=0.25,
            request_id="req-1",
            excerpt=f'{{"id": 1, "password": "{REPLACEMENT}"}}',
            error=None,
            curl=f"curl -sS -i -H 'Authorization: {REPLACEMENT}' {BASE_URL}/orders/2",
            sent_headers=(("Authorization", REPLACEMENT),),
            received_headers=(("content-type", "application/json"), ("x-request-id", "req-1")),
        )
    ]


def test_a_secret_in_a_url_is_shown_nowhere(contract: Contract, backend: Backend) -> None:
    """Neither of those that were sent nor of those to which the server has led."""
    response = sent_by_requests(url=f"{BASE_URL}/orders/2?page=1&api_key=canary")
    found = failure(lambda: contract().check(response, "order"))
    shown = f"{BASE_URL}/orders/2?page=1&api_key={REPLACEMENT}"
    assert found[3] == f"GET {shown}"
    (exchange,) = backend.recorder.exchanges
    assert (exchange.url, exchange.curl) == (
        shown,
        f"curl -sS -i -H 'Authorization: {REPLACEMENT}' '{shown}'",
    )


def test_who_asks_is_no_part_of_the_place(contract: Contract, backend: Backend) -> None:
    """The answer is the target's whoever asks, and is held against its operation."""
    response = sent_by_requests(url=f"{BASE_URL}/orders/2".replace("://", "://me:canary@"))
    found = failure(lambda: contract().check(response))
    assert found == by_description(f"GET {BASE_URL}/orders/2")
    assert [exchange.url for exchange in backend.recorder.exchanges] == [f"{BASE_URL}/orders/2"]


def test_an_answer_of_the_client_is_evidence_already(contract: Contract, backend: Backend) -> None:
    contract().check(sent(backend, "/orders/1"))
    contract().check({"id": 1}, "order")
    assert len(backend.recorder.exchanges) == 1


# -- the API description ----------------------------------------------------------------------


def by_description(where: str) -> tuple[Any, ...]:
    return (
        Category.INVALID,
        "a response to GET /orders/{id} that conforms to openapi.yaml",
        "/id: expected type integer, got the string 'x'",
        where,
        "either the API broke its spec or the spec is out of date: compare the two at the"
        " place named",
        (BY_DESCRIPTION,),
        DIFFERENCE,
    )


def test_without_a_word_an_answer_is_held_against_its_operation(
    contract: Contract, backend: Backend
) -> None:
    contract().check(sent(backend, "/orders/1"))
    contract().check(sent_by_requests(b'{"id": 1}', url=f"{BASE_URL}/orders/2?q=1"))
    where = f"GET {BASE_URL}/orders/2"
    assert failure(lambda: contract().check(sent(backend, "/orders/2"))) == by_description(where)
    assert failure(lambda: contract().check(sent_by_requests())) == by_description(where)


@pytest.mark.parametrize("operation", ["GET /orders/{id}", "oneOrder"])
@pytest.mark.parametrize("url", [f"{BASE_URL}/orders/2", "https://elsewhere.example.com/x"])
def test_an_operation_can_be_named(operation: str, url: str, contract: Contract) -> None:
    contract().check(sent_by_requests(b'{"id": 1}', url=url), operation=operation)
    found = failure(lambda: contract().check(sent_by_requests(url=url), operation=operation))
    assert found == by_description(f"GET {url}")


def test_both_can_be_asked_for_at_once(contract: Contract) -> None:
    found = failure(lambda: contract().check(sent_by_requests(), "order", operation="oneOrder"))
    assert found[5] == (BY_SCHEMA,)
    contract().check(sent_by_requests(b"{}"), "order", operation="oneOrder")


def test_an_operation_that_is_not_there_is_a_mistake_of_the_test(contract: Contract) -> None:
    call = lambda: contract().check(sent_by_requests(), operation="oneOdrer")  # noqa: E731
    assert refused(call) == usage(
        "the id or the name of an operation of openapi.yaml",
        "'oneOdrer'",
        "openapi.yaml",
        "did you mean 'oneOrder'?",
    )


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        (f"{BASE_URL}/elsewhere?q=1", "GET /elsewhere"),
        ("https://elsewhere.example.com/orders/2", "GET https://elsewhere.example.com/orders/2"),
    ],
)
def test_a_request_that_nothing_declares_has_to_name_its_operation(
    url: str, seen: str, contract: Contract
) -> None:
    assert refused(lambda: contract().check(sent_by_requests(url=url))) == usage(
        "an operation that openapi.yaml declares",
        seen,
        "smoke_contract.check",
        "name the operation, such as 'GET /orders/{id}', or declare it",
    )


@pytest.mark.parametrize("arguments", [{}, {"operation": "oneOrder"}])
def test_without_a_description_a_schema_has_to_be_named(
    arguments: dict[str, Any], contract: Contract
) -> None:
    plain = contract(loaded_spec=False)
    assert refused(lambda: plain.check(sent_by_requests(), **arguments)) == usage(
        "the name of a schema, or an OpenAPI document to validate against",
        "neither",
        "smoke_contract.check",
        "name a schema of contracts/, or run with --smoke-openapi=SOURCE",
    )


@pytest.mark.parametrize("arguments", [{}, {"operation": "oneOrder"}])
def test_a_value_answers_no_operation(arguments: dict[str, Any], contract: Contract) -> None:
    assert refused(lambda: contract().check({"id": 1}, **arguments)) == usage(
        "a response, to validate it against an operation",
        "a value without a status",
        "smoke_contract.check",
        "give the response of requests or smoke_client",
    )


def test_it_does_not_show_more_than_where_it_is_used(contract: Contract) -> None:
    assert repr(contract()) == f"<SmokeContract of {BASE_URL}>"


# -- what did not come from the operation -----------------------------------------------------


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_status_that_is_not_declared_breaks_what_one_asks_for_expressly(
    status: int, contract: Contract
) -> None:
    """A run takes it for that of a layer in front of the API; whoever asks wants an answer."""
    response = sent_by_requests(b'{"error": "no"}')
    response.status_code = status
    assert failure(lambda: contract().check(response)) == (
        Category.INVALID,
        "a status that openapi.yaml declares of GET /orders/{id}",
        str(status),
        f"GET {BASE_URL}/orders/2",
        "declare it, or send what the operation requires, such as a token",
        (),
        (),
    )


def test_a_comparison_that_stumbles_is_told_in_words_and_blames_nobody(
    contract: Contract, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = backend.send(Request(method="GET", path="/orders/1"))

    def stumble(*_: object) -> None:
        raise KeyError("canary")

    monkeypatch.setattr(Spec, "validate", stumble)
    category, text = refused(lambda: contract().check(answer))
    assert category is Category.INTERNAL
    assert text.startswith(
        "expected the validation of the response against openapi.yaml to run, seen KeyError in"
        " test_user_contracts.py, line "
    )
    assert "canary" not in text


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example.com/orders/2",
        f"{BASE_URL}.evil.example.com/orders/2",
        BASE_URL.replace("https", "http") + "/orders/2",
    ],
)
def test_what_somebody_else_answers_is_no_evidence_of_the_target(
    url: str, contract: Contract, backend: Backend
) -> None:
    """Nor does it count as an operation that was exercised."""
    contract().check(sent_by_requests(b'{"id": 1}', url=url), "order")
    assert backend.recorder.exchanges == ()


def test_what_the_target_answers_to_requests_exercises_its_operation(
    contract: Contract, backend: Backend
) -> None:
    shown: list[Request] = []

    def hold(request: Request, answer: GateResponse) -> ConformanceResult:
        shown.append(request)
        return ConformanceResult(operation="GET /orders/{id}")

    backend.validator = hold
    contract().check(sent_by_requests(b'{"id": 1}', url=f"{BASE_URL}/orders/2?q=1"), "order")
    contract().check(sent_by_requests(b'{"id": 1}', url="https://elsewhere.example.com/"), "order")
    assert [(request.method, request.path) for request in shown] == [("GET", "/orders/2")]
    assert [exchange.held for exchange in backend.recorder.exchanges] == [
        ConformanceResult(operation="GET /orders/{id}")
    ]


# -- what may be handed over ------------------------------------------------------------------


def refusal(call: Callable[[], None]) -> tuple[str, str]:
    """What was seen of something that can't be checked, and what to do; always a usage error."""
    category, _, seen, where, hint, *_ = failure(call)
    assert (category, where) == (Category.USAGE, "smoke_contract.check")
    return seen, hint


def test_who_asks_and_what_a_query_hides_is_not_recorded(
    contract: Contract, backend: Backend
) -> None:
    host = BASE_URL.removeprefix("https://")
    url = f"https://user:canary-password@{host}/orders/2?api_key=canary-key&page=1"
    checked = contract(loaded_spec=False)
    with pytest.raises(SmokeError):
        checked.check(sent_by_requests(url=url), "order")
    (exchange,) = backend.recorder.exchanges
    assert exchange.url == f"{BASE_URL}/orders/2?api_key={REPLACEMENT}&page=1"
    assert "canary-" not in repr(exchange)


def test_a_body_that_was_streamed_is_named_as_such(contract: Contract, backend: Backend) -> None:
    response = sent_by_requests(b'{"id": 1}')
    response.request.body = iter([b"x"])  # type: ignore[assignment]
    response.request.headers["X-Raw"] = b"abc"  # type: ignore[assignment]
    contract(loaded_spec=False).check(response, "order")
    (exchange,) = backend.recorder.exchanges
    assert "'(a streamed body)'" in exchange.curl
    assert "'X-Raw: abc'" in exchange.curl


def test_an_answer_that_nobody_asked_for_is_none(contract: Contract) -> None:
    response = sent_by_requests()
    response.request = None  # type: ignore[assignment]
    assert refusal(lambda: contract().check(response, "order")) == (
        "a response without a request",
        "send the request first; give a value alone as it is, with the name of a schema",
    )


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (False, "one whose stream was read already"),
        (b"", "one that was closed before it was read"),
    ],
)
def test_an_answer_whose_body_is_gone_is_the_tests_own_mistake(
    content: Any, seen: str, contract: Contract
) -> None:
    response = sent_by_requests()
    response.headers["Content-Length"] = "11"
    vars(response).update(_content=content, _content_consumed=True)
    assert refusal(lambda: contract().check(response, "order")) == (
        seen,
        "leave out stream=True, or take response.content first",
    )


def test_what_json_can_not_express_is_no_value(contract: Contract) -> None:
    assert refusal(lambda: contract().check({"version": object()}, "order")) == (
        "Object of type object is not JSON serializable",
        "give the response of requests or smoke_client, or its json()",
    )


@pytest.mark.parametrize("argument", ["schema", "operation"])
def test_a_name_is_a_text(argument: str, contract: Contract) -> None:
    wrong: Any = {argument: 7}
    assert refusal(lambda: contract().check({}, **wrong)) == (
        "the number 7",
        "give it as a string, such as 'order' or 'GET /orders/{id}'",
    )
