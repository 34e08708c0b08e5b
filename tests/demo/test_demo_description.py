"""The backend's own OpenAPI description is sound, whole, and true."""

from typing import Any

import pytest

from pytest_apismoke.demo.calls import FETCH, HEALTH, LOGIN, OAUTH, SAVE
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor

# The class of the fixtures is in conftest.py, which a test module cannot import.
Demo = Any


@pytest.fixture(scope="module")
def description(shared_demo: Demo) -> Spec:
    document = shared_demo.get("/openapi.json").json()
    return Spec(document, label="openapi.json", target_url=shared_demo.url)


def test_it_is_sound_and_names_every_operation(description: Spec) -> None:
    assert description.mistakes() == ()
    assert {one.name for one in description.operations()} == {HEALTH, LOGIN, FETCH, SAVE, OAUTH}


def test_every_answer_of_the_healthy_backend_keeps_it(start: Any, description: Spec) -> None:
    demo = start()
    bearer = demo.bearer()
    business = demo.fetch(bearer).json()["id"]
    start = "/oauth/google/start"
    responses = [
        demo.get("/health"),
        demo.login(),
        demo.login("wrong"),
        demo.request("POST", "/api/auth/login", json={}),
        demo.fetch(bearer),
        demo.get("/api/business/me"),
        demo.save({"description": None}, bearer),
        demo.save({"description": 5}, bearer),
        demo.save({}, {**bearer, "If-Match": '"another"'}),
        demo.get(start, params={"business_id": business}),
        demo.get(start, params={"business_id": "another"}),
        demo.get(start),
    ]
    found = [
        description.validate(
            response.request.method,
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
    assert {held.operation for held in found if held} == {HEALTH, LOGIN, FETCH, SAVE, OAUTH}
