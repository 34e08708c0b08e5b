"""The OpenAPI document of the target is fetched after the login, with the token of the run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from unit.loopback import RawServer, says
from unit.test_preflight import READY, TOKEN, settings_of

from pytest_apismoke.configuration.profiles import API_NAMES
from pytest_apismoke.errors import Category
from pytest_apismoke.preflight.preflight import run_preflight
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.redaction import Redactor

if TYPE_CHECKING:
    from unit.conftest import FakeClock

Serve = Callable[..., RawServer]

PATH = "/openapi.json"
TOKEN_RESPONSE = {"type": "object", "properties": {"access_token": {"type": "integer"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/api/auth/login": {
            "post": {
                "responses": {
                    "200": {
                        "description": "",
                        "content": {"application/json": {"schema": TOKEN_RESPONSE}},
                    }
                }
            }
        },
        "/orders": {"get": {"responses": {"200": {"description": ""}}}},
    },
}
SERVED = says("Content-Type: application/json", json.dumps(DOCUMENT))
SETTINGS = says("Content-Type: application/json", '{"id": "biz_1"}')
REFUSED = says("Content-Type: application/json", "{}", status="401 Unauthorized")
MISSING = says("Content-Type: application/json", "{}", status="500 Broken")
#: What is said of every document that the target itself serves.
OWN_WORDS = (
    "a document that the target generates from its code follows the code: a renamed field passes;"
    " 'apismoke openapi save' stores a copy that responses are held against"
)
WITH, WITHOUT = "with the token", "without it"


@pytest.fixture
def run(
    serve: Serve, clock: FakeClock, tmp_path: Path, plain_environment: None
) -> Callable[..., tuple[PreflightResult, str, list[str]]]:
    """Runs the preflight of a read-only run; returns the URL and the requests as well."""

    def run(*script: str, text: str = "") -> tuple[PreflightResult, str, list[str]]:
        server = serve(*script)
        settings = settings_of(
            server.url, text, tmp_path, {"--smoke-openapi": PATH, "--smoke-read-only": True}
        )
        preflight = run_preflight(
            settings,
            Redactor(),
            run_id="this-run",
            progress=lambda reason, after_s: None,
            clock=clock,
            sleep=clock.sleep,
        )
        seen = [
            f"{' '.join(request.split()[:2])} {WITH if 'my-token' in request else WITHOUT}"
            for request in server.seen
        ]
        return preflight, server.url, seen

    return run


NO_LOGIN = "\n".join(
    ["login.enabled = false", *(f"apis.{name}.enabled = false" for name in API_NAMES)]
)
Run = Callable[..., tuple[PreflightResult, str, list[str]]]
LOGIN = [f"GET /health {WITHOUT}", f"POST /api/auth/login {WITHOUT}"]


def test_a_document_is_fetched_with_the_token_and_the_note_says_how_many_operations(
    run: Run,
) -> None:
    preflight, url, seen = run(READY, TOKEN, SERVED, SETTINGS)

    assert seen == [*LOGIN, f"GET {PATH} {WITH}", f"GET /api/business/me {WITH}"]
    step = preflight.spec_step
    assert (step.failure, step.notes) == (
        None,
        (f"{url}{PATH}, fetched with the token, has 2 operations", OWN_WORDS),
    )
    assert preflight.loaded_spec is not None
    assert preflight.loaded_spec.document == DOCUMENT


def test_the_login_that_came_before_the_document_is_validated_too(run: Run) -> None:
    preflight, _, _ = run(READY, TOKEN, SERVED, SETTINGS)

    (exchange,) = preflight.login.exchanges
    assert exchange.held is not None
    assert [str(violation) for violation in exchange.held.violations] == [
        "/access_token: expected type integer, got something that is not shown"
    ]


def test_a_document_that_is_refused_with_the_token_may_be_there_without(run: Run) -> None:
    """A file server may refuse credentials that it does not know. The token is not renewed."""
    preflight, url, seen = run(READY, TOKEN, REFUSED, SERVED, SETTINGS)

    assert seen[2:] == [
        f"GET {PATH} {WITH}",
        f"GET {PATH} {WITHOUT}",
        f"GET /api/business/me {WITH}",
    ]
    assert preflight.spec_step.notes == (
        f"{url}{PATH}, fetched without a token, has 2 operations",
        OWN_WORDS,
    )


def test_a_document_that_is_refused_both_ways_is_a_fetch_that_failed(run: Run) -> None:
    preflight, url, _ = run(READY, TOKEN, REFUSED, REFUSED, SETTINGS)

    failure = preflight.spec_step.failure
    assert failure is not None
    assert failure.category is Category.FETCH
    assert str(failure) == (
        "expected 200 with an OpenAPI document, fetched with the token, seen 401 with"
        f" application/json, 2 bytes\n  where: GET {url}{PATH}\n  what to do: correct"
        " --smoke-openapi; if this account may not see the document, save it and name the file"
    )
    assert preflight.fetch.failure is None


def test_a_public_document_is_there_after_a_login_that_failed(run: Run) -> None:
    preflight, url, seen = run(READY, REFUSED, SERVED)

    assert preflight.login.failure is not None
    assert seen == [*LOGIN, f"GET {PATH} {WITHOUT}"]
    assert preflight.spec_step.notes == (
        f"{url}{PATH}, fetched without a token because the login failed, has 2 operations",
        OWN_WORDS,
    )
    assert preflight.spec_step.failure is None


def test_a_document_that_only_a_token_shows_fails_for_the_login(run: Run) -> None:
    preflight, url, _ = run(READY, REFUSED, REFUSED)

    failure = preflight.spec_step.failure
    assert failure is not None
    assert failure.category is Category.AUTH
    assert str(failure) == (
        "expected 200 with an OpenAPI document, fetched without a token because the login failed,"
        f" seen 401 with application/json, 2 bytes\n  where: GET {url}{PATH}\n"
        "  what to do: correct the login; see its own failure"
    )
    assert preflight.loaded_spec is None


def test_without_a_login_the_document_is_fetched_as_everything_is(run: Run) -> None:
    preflight, url, seen = run(READY, SERVED, SETTINGS, text=NO_LOGIN)

    assert seen[1] == f"GET {PATH} {WITHOUT}"
    assert preflight.spec_step.notes == (
        f"{url}{PATH}, fetched without a token, has 2 operations",
        OWN_WORDS,
    )


def test_a_document_that_is_not_served_is_not_asked_for_again(run: Run) -> None:
    preflight, _, seen = run(READY, TOKEN, *[MISSING] * 3, SETTINGS)

    assert preflight.spec_step.failure is not None
    assert preflight.spec_step.failure.category is Category.FETCH
    assert f"GET {PATH} {WITHOUT}" not in seen
