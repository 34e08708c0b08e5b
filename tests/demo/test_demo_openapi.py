"""The backend's own OpenAPI document is valid, complete, and true."""

import pytest
from demo.running import CALLBACK, LOGIN, ME, OAUTH, WEBHOOK, Demo, Start, signed

from pytest_apismoke.demo.request import ROUTES
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor


@pytest.fixture(scope="module")
def spec(shared_demo: Demo) -> Spec:
    document = shared_demo.get("/openapi.json").json()
    return Spec(document, label="openapi.json", target_url=shared_demo.url)


def test_it_is_valid_and_names_every_operation(spec: Spec) -> None:
    assert spec.mistakes() == ()
    assert {one.name for one in spec.operations()} == set(ROUTES)


def test_every_response_of_the_healthy_backend_conforms(start: Start, spec: Spec) -> None:
    demo = start("login-limit", TWILIO_AUTH_TOKEN="an-auth-token")
    bearer = demo.bearer()
    business = demo.fetch(bearer).json()["id"]
    responses = [
        demo.get("/health"),
        demo.login(),
        demo.login("wrong"),
        demo.request("POST", LOGIN, json={}),
        *(demo.login() for _ in range(5)),
        demo.fetch(bearer),
        demo.get(ME),
        demo.save({"description": None}, bearer),
        demo.save({"description": 5}, bearer),
        demo.fetch(bearer),
        demo.request("PUT", ME, data=b"[]", headers=bearer),
        demo.get(OAUTH, params={"business_id": business}),
        demo.get(OAUTH, params={"business_id": "another"}),
        demo.get(OAUTH),
        demo.get(CALLBACK),
        demo.get(CALLBACK, params={"code": "a", "state": "b"}),
        demo.request("POST", WEBHOOK, data={"CallSid": "CA1"}),
        demo.request(
            "POST",
            WEBHOOK,
            data={"CallSid": "CA1"},
            headers=signed(demo.url + WEBHOOK, {"CallSid": "CA1"}, "an-auth-token"),
        ),
    ]
    found = [
        spec.validate(
            response.request.method or "",
            response.request.path_url.partition("?")[0],
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            response.content,
            Redactor(),
        )
        for response in responses
    ]
    assert [held and (held.violations, held.undeclared) for held in found] == [((), ())] * len(
        found
    )
    assert {held.operation for held in found if held} == set(ROUTES)
