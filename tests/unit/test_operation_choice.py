"""Operations that a run does not ask for, and values of the profile for their parameters."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.configuration.loading import load
from pytest_apismoke.openapi.example_requests import NotCheckable, OperationCheck
from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.operations import Operation
from pytest_apismoke.openapi.spec import Spec

OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
ID: dict[str, Any] = {"parameters": [{"name": "id", "in": "path", "required": True}]}
LEFT_OUT = "[openapi] leave_out names it"


def choice_of(text: str) -> OperationChoice:
    profile, mistakes = load({"apismoke.toml": text})
    assert mistakes == ()
    return OperationChoice.of(profile)


def mistakes_in(text: str) -> list[str]:
    return [str(mistake) for mistake in load({"apismoke.toml": text})[1]]


def spec_with(paths: dict[str, Any], text: str = "") -> Spec:
    return Spec(
        {
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "servers": [{"url": "/v1"}],
            "paths": paths,
        },
        label="openapi.yaml",
        target_url="https://api.example.com/v1",
        choice=choice_of(text),
    )


def operation(path: str, operation_id: str | None = None) -> Operation:
    return Operation(method="GET", path=path, operation_id=operation_id)


# -- left out ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "operation_id"),
    [
        ("/logout", None),
        ("/api/auth/log-out", None),
        ("/user/sign_out", None),
        ("/signoff", None),
        ("/oauth2/revoke/{id}", None),
        ("/connect/endsession", None),
        ("/sessions/current", "logoutUser"),
        ("/sessions/current", "users.signOut"),
        ("/tokens/{id}", "revokeToken"),
        ("/sessions/current", "HTTPLogOut"),
        ("/sessions/current", "end_session"),
    ],
)
def test_an_operation_that_ends_a_session_is_left_out(path: str, operation_id: str | None) -> None:
    one = operation(path, operation_id)
    assert OperationChoice().reason_to_leave_out(one) == "it ends a session"


@pytest.mark.parametrize(
    ("path", "operation_id"),
    [
        ("/logs/out", "listLogs"),
        ("/blog/outline", "getBlogOutline"),
        ("/certificates/revoked", "listRevokedCertificates"),
        ("/users/{logout}", None),
        ("/catalogouts", None),
        ("/signs/outdoor", "getSign"),
        ("/sessions", "listSessions"),
    ],
)
def test_an_operation_that_only_sounds_like_it_is_not(path: str, operation_id: str | None) -> None:
    assert OperationChoice().reason_to_leave_out(operation(path, operation_id)) == ""


@pytest.mark.parametrize(
    "name", ["exportAll", "/export/{id}", "GET /export/{id}", "get /export/{id}"]
)
def test_an_operation_that_the_profile_names_is_left_out(name: str) -> None:
    choice = choice_of(f"[openapi]\nleave_out = ['{name}']")
    assert choice.reason_to_leave_out(operation("/export/{id}", "exportAll")) == LEFT_OUT
    assert choice.reason_to_leave_out(operation("/export", "export")) == ""


def test_so_is_a_login_that_is_a_get() -> None:
    choice = choice_of("[login]\nmethod = 'GET'\ncredentials = 'basic'\npath = '/login?realm=a'")
    assert choice.reason_to_leave_out(operation("/login")) == "the run logs in there"
    assert choice_of("").reason_to_leave_out(operation("/api/auth/login")) == ""


def test_what_is_left_out_has_no_request_and_a_reason() -> None:
    paths = {"/orders": {"get": OK}, "/logout": {"get": OK, "post": OK}, "/export": {"get": OK}}
    spec = spec_with(paths, "[openapi]\nleave_out = ['/export']")
    assert [one.operation for one in spec.checks()] == ["GET /orders"]
    assert spec.not_checkable() == (
        NotCheckable(operation="GET /logout", reason="it ends a session", is_left_out=True),
        NotCheckable(operation="POST /logout", reason="it may change something"),
        NotCheckable(operation="GET /export", reason=LEFT_OUT, is_left_out=True),
    )


# -- values of parameters ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("id = 'ord 1'", "/orders/ord%201"),
        ("id = 7", "/orders/7"),
        ("id = 'other', '/orders/{id} id' = 'own'", "/orders/own"),
        ("'getOrder id' = 'own', id = 'other'", "/orders/own"),
        ("'GET /orders/{id} id' = 'own'", "/orders/own"),
        ("'/users/{id} id' = 'other'", "/orders/of-the-document"),
    ],
)
def test_a_value_of_the_profile_takes_the_place_of_an_example(written: str, path: str) -> None:
    parameter = {**ID["parameters"][0], "example": "of-the-document"}
    got = {"operationId": "getOrder", "parameters": [parameter], **OK}
    paths = {"/orders/{id}": {"get": got}}
    spec = spec_with(paths, f"[openapi]\nparameters = {{ {written} }}")
    assert spec.checks() == (
        OperationCheck(
            operation="GET /orders/{id}", operation_id="getOrder", method="GET", path=path
        ),
    )


def test_a_required_parameter_of_the_query_takes_one_too() -> None:
    parameters = [
        {"name": "since", "in": "query", "required": True},
        {"name": "limit", "in": "query"},
    ]
    paths = {"/orders": {"get": {"parameters": parameters, **OK}}}
    spec = spec_with(paths, "[openapi]\nparameters = { since = '2026-01-01', limit = 3 }")
    (check,) = spec.checks()
    assert check.query == (("since", "2026-01-01"),)


# -- entries that mean nothing ----------------------------------------------------------------


def test_an_entry_that_means_nothing_in_the_document_is_told() -> None:
    """A typo would let an operation be asked for that was to be left out."""
    paths = {"/orders/{id}": {"get": {"operationId": "getOrder", **ID, **OK}}}
    text = """
        [openapi]
        leave_out = ["getOrdr", "GET /nowhere", "getOrder"]
        parameters = { id = 1, idd = 2, "getOrder id" = 3, "getOrdr id" = 4 }
    """
    assert spec_with(paths, text).entries_without_a_use() == (
        "[openapi] leave_out names 'getOrdr', which is no operation; did you mean 'getOrder'?",
        "[openapi] leave_out names 'GET /nowhere', which is no operation",
        "[openapi] parameters has 'idd', which no operation takes; did you mean 'id'?",
        "[openapi] parameters has 'getOrdr id', which no operation takes",
    )


# -- mistakes in the file ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[openapi]\nleave_out = 'getOrder'",
            "expected a list of items, each an operation: its operationId, its path, or its method"
            " and path, seen the string 'getOrder'\n"
            "  where: apismoke.toml, line 2, openapi.leave_out\n"
            '  what to do: write, for instance, leave_out = ["GET /reports/{id}",'
            ' "exportEverything"]',
        ),
        (
            "[openapi]\nparameters = { 'a b c d' = 1 }",
            "expected a table of strings, numbers and booleans, each key the name of a parameter,"
            " or an operation, a space and that name, seen the key 'a b c d' in it\n"
            "  where: apismoke.toml, line 2, openapi.parameters\n"
            '  what to do: write, for instance, parameters = { order_id = "ord_1",'
            ' "/users/{id} id" = 7 }',
        ),
        (
            "[openapi]\nleaveout = []",
            "expected one of the keys leave_out, parameters, seen 'leaveout'\n"
            "  where: apismoke.toml, line 2, openapi.leaveout\n"
            "  what to do: did you mean 'leave_out'?",
        ),
    ],
)
def test_a_mistake_in_the_table_is_found_without_a_document(text: str, message: str) -> None:
    assert mistakes_in(text) == [message]
