"""The backend's own OpenAPI description is sound, whole, and true."""

from typing import Any

import pytest

from pytest_apismoke.contracts.openapi.description import Description
from pytest_apismoke.demo.calls import FETCH, HEALTH, LOGIN, OAUTH, SAVE
from pytest_apismoke.redaction import Redactor

# The class of the fixtures is in conftest.py, which a test module cannot import.
Demo = Any


@pytest.fixture(scope="module")
def description(shared_demo: Demo) -> Description:
    document = shared_demo.get("/openapi.json").json()
    return Description(document, label="openapi.json", target_url=shared_demo.url)


def test_it_is_sound_and_names_every_operation(description: Description) -> None:
    assert description.mistakes() == ()
    assert {one.name for one in description.operations()} == {HEALTH, LOGIN, FETCH, SAVE, OAUTH}


def test_every_answer_of_the_healthy_backend_keeps_it(
    shared_demo: Demo, description: Description
) -> None:
    bearer = shared_demo.bearer()
    business = shared_demo.fetch(bearer).json()["id"]
    start = "/oauth/google/start"
    answers = [
        shared_demo.get("/health"),
        shared_demo.login(),
        shared_demo.login("wrong"),
        shared_demo.request("POST", "/api/auth/login", json={}),
        shared_demo.fetch(bearer),
        shared_demo.get("/api/business/me"),
        shared_demo.save({"description": None}, bearer),
        shared_demo.save({"description": 5}, bearer),
        shared_demo.save({}, {**bearer, "If-Match": '"another"'}),
        shared_demo.get(start, params={"business_id": business}),
        shared_demo.get(start, params={"business_id": "another"}),
        shared_demo.get(start),
    ]
    found = [
        description.hold(
            answer.request.method,
            answer.request.path_url.partition("?")[0],
            answer.status_code,
            {name.lower(): value for name, value in answer.headers.items()},
            answer.content,
            Redactor(),
        )
        for answer in answers
    ]
    assert [held and (held.violations, held.undeclared) for held in found] == [((), ())] * len(
        found
    )
    assert {held.operation for held in found if held} == {HEALTH, LOGIN, FETCH, SAVE, OAUTH}
