"""A refused update names the line of the configuration that gives the target what it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.refused_update import Update
from pytest_apismoke.safewrite.wishes import wish_in

NewAnswer = Callable[..., Response]
BASE = {"id": 7, "name": "Harbour", "plan": "free", "about": "By the quay", "lockVersion": 3}


def wish(
    make_answer: NewAnswer,
    status: int,
    body: Any,
    *,
    headers: Mapping[str, str] | None = None,
    read: Mapping[str, str] | None = None,
    base: Mapping[str, Any] = BASE,
    **profile: Any,
) -> str:
    """What is told about an update of `about` that was refused; `read` are the read's headers."""
    update = Update(
        document=Document(**profile),
        base=base,
        place="/about",
        answer=make_answer(200, body=dict(base), headers=dict(read or {})),
    )
    return wish_in(make_answer(status, body=body, headers=dict(headers or {})), update)


# -- the method and the path


@pytest.mark.parametrize(
    ("status", "allow", "profile", "line"),
    [
        (
            405,
            "GET, PATCH, OPTIONS",
            {},
            'it takes no PUT there: write [document] update_method = "PATCH", as its Allow header'
            " says",
        ),
        (
            405,
            "get, post, put",
            {"update_method": "PATCH"},
            'it takes no PATCH there: write [document] update_method = "PUT" or'
            ' update_method = "POST", as its Allow header says',
        ),
        (
            405,
            "GET, HEAD",
            {},
            "it takes only GET, HEAD there, as its Allow header says: write [document]"
            " update_path, the path of an update",
        ),
        (
            404,
            "",
            {},
            "it shows the document there, and takes no PUT: write [document] update_method ="
            ' "PATCH" or "POST", or where updates go to another path, update_path',
        ),
        (
            404,
            "",
            {"update_path": "/v2/settings"},
            "it knows no PUT there: correct [document] update_path, or write another update_method",
        ),
    ],
)
def test_a_method_that_is_not_taken(
    make_answer: NewAnswer, status: int, allow: str, profile: Mapping[str, Any], line: str
) -> None:
    headers = {"allow": allow} if allow else {}
    assert wish(make_answer, status, {"error": "no"}, headers=headers, **profile) == line


# -- how the body is written


@pytest.mark.parametrize(
    ("status", "detail", "headers", "profile", "line"),
    [
        (
            415,
            "use application/merge-patch+json",
            {},
            {"update_method": "PATCH"},
            'it wants a JSON Merge Patch: write [document] update_format = "merge-patch"',
        ),
        (
            415,
            "no",
            {"accept-patch": "application/json-patch+json"},
            {},
            'it wants a JSON Patch: write [document] update_format = "json-patch" and'
            ' update_method = "PATCH"',
        ),
        (
            400,
            "a json-patch is expected",
            {},
            {"update_method": "PATCH"},
            'it wants a JSON Patch: write [document] update_format = "json-patch"',
        ),
        (
            415,
            "send application/x-www-form-urlencoded",
            {},
            {},
            'it wants a form: write [document] update_format = "form", and the names of the fields'
            " in form_names",
        ),
        (
            415,
            "only application/json",
            {},
            {"update_format": "merge-patch"},
            'it wants plain JSON: write [document] update_format = "json"',
        ),
        (
            415,
            'Unsupported media type "application/json" in request.',
            {},
            {},
            "it wants another media type than application/json: write [document] update_format,"
            ' which may be "merge-patch", "json-patch", "form"',
        ),
    ],
)
def test_a_body_that_is_written_otherwise(
    make_answer: NewAnswer,
    status: int,
    detail: str,
    headers: Mapping[str, str],
    profile: Mapping[str, Any],
    line: str,
) -> None:
    assert wish(make_answer, status, {"detail": detail}, headers=headers, **profile) == line


# -- preconditions and further headers


@pytest.mark.parametrize(
    ("status", "read", "base", "line"),
    [
        (
            428,
            {"etag": 'W/"7"'},
            BASE,
            'it wants its entity tag sent back: write [document] if_match = "any"',
        ),
        (
            412,
            {"etag": '"7-gzip"'},
            BASE,
            "it does not take back the entity tag that it gave: look for a proxy that alters tags"
            ' (compression does); where they mean nothing, write [document] if_match = "never"',
        ),
        (
            428,
            {},
            BASE,
            "if it wants the document's version sent back, write [document] version_member ="
            ' "/lockVersion"',
        ),
        (
            428,
            {},
            {"about": "By the quay"},
            "it wants a precondition, and its answers have no ETag: name the document's version in"
            " [document] version_member, or let the target send an ETag with the document",
        ),
    ],
)
def test_a_precondition(
    make_answer: NewAnswer,
    status: int,
    read: Mapping[str, str],
    base: Mapping[str, Any],
    line: str,
) -> None:
    body = {"error": "precondition"}
    assert wish(make_answer, status, body, read=read, base=base) == line


@pytest.mark.parametrize(
    ("status", "detail", "line"),
    [
        (400, "Idempotency-Key header is required", 'idempotency_header = "Idempotency-Key"'),
        (403, "CSRF verification failed", "[document] csrf_header, and where a read has its value"),
        (419, "XSRF token mismatch", "[document] csrf_header, and where a read has its value"),
        (409, "stale version", '[document] version_member = "/lockVersion"'),
        (409, "conflict", '[document] version_member = "/lockVersion"'),
    ],
)
def test_a_header_or_a_version(make_answer: NewAnswer, status: int, detail: str, line: str) -> None:
    assert line in wish(make_answer, status, {"detail": detail})


def test_a_patch_that_has_to_test_something(make_answer: NewAnswer) -> None:
    body = {"error": "a test operation is required"}
    patch: dict[str, Any] = {"update_format": "json-patch", "update_method": "PATCH"}

    assert wish(make_answer, 400, body, **patch) == (
        "it wants a JSON Patch with a 'test' operation: write [document] version_member ="
        ' "/lockVersion", the value that each patch tests'
    )
    assert wish(make_answer, 400, body) == ""
    assert wish(make_answer, 400, body, version_member="/lockVersion", **patch) == ""


@pytest.mark.parametrize(
    ("read", "line"),
    [
        (
            {"set-cookie": "sid=1; Path=/\ncsrftoken=canary; Path=/"},
            'csrf_header = "X-CSRFToken" and csrf_from_cookie = "csrftoken"',
        ),
        (
            {"x-csrf-token": "canary"},
            'csrf_header = "x-csrf-token" and csrf_from_header = "x-csrf-token"',
        ),
    ],
)
def test_where_a_read_has_a_csrf_token_is_told_without_it(
    make_answer: NewAnswer, read: Mapping[str, str], line: str
) -> None:
    told = wish(make_answer, 403, {"detail": "CSRF verification failed"}, read=read)
    assert told == f"it wants a CSRF token: write [document] {line}"


# -- the fields

NAME_IS_MISSING = (
    {"name": ["This field is required."]},
    {"detail": [{"type": "missing", "loc": ["body", "name"], "msg": "Field required"}]},
    {"detail": "name is required"},
    {"errors": {"Name": ["The Name field is required."]}},
    {"errors": [{"field": "name", "defaultMessage": "must not be null"}]},
    {"message": ["name should not be empty"], "statusCode": 400, "error": "Bad Request"},
    {"message": "body must have required property 'name'", "statusCode": 400},
    {"issues": [{"code": "invalid_type", "path": ["name"], "message": "Required"}]},
    {"errors": [{"source": {"pointer": "/data/attributes/name"}, "title": "can't be blank"}]},
    {
        "status": 400,
        "path": "/api/about",
        "message": "Key: 'Settings.Name' Error:Field validation for 'Name' failed on 'required'",
    },
    "name is missing",
)


@pytest.mark.parametrize("body", NAME_IS_MISSING, ids=str)
def test_a_field_that_has_to_be_sent_along(make_answer: NewAnswer, body: Any) -> None:
    assert wish(make_answer, 400, body) == (
        "it wants 'name' with each update: write [document] companions = [\"name\"]; or where it"
        ' has one, update_method = "PATCH"'
    )
    assert wish(make_answer, 422, body, update_method="PATCH", companions=("plan",)) == (
        'it wants \'name\' with each update: write [document] companions = ["plan", "name"]'
    )


def test_what_was_sent_and_is_quoted_is_not_missing(make_answer: NewAnswer) -> None:
    """FastAPI sends the request's own body back."""
    error = {
        "type": "missing",
        "loc": ["body", "plan"],
        "msg": "Field required",
        "input": {"about": "is required"},
    }
    told = wish(make_answer, 422, {"detail": [error]}, update_method="PATCH")
    assert told == "it wants 'plan' with each update: write [document] companions = [\"plan\"]"


@pytest.mark.parametrize(
    "body",
    [
        {"error": [{"code": "unrecognized_keys", "keys": ["id"], "message": "Unrecognized key"}]},
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "id"], "msg": "Extra inputs"}]},
        {"message": ["property id should not exist"]},
        {
            "errors": [
                {
                    "instancePath": "",
                    "message": "must NOT have additional properties",
                    "params": {"additionalProperty": "id"},
                }
            ]
        },
        {"error": "id is read-only"},
        {"id": ["This field may not be changed: it is immutable"]},
    ],
    ids=str,
)
def test_a_field_that_must_not_be_sent(make_answer: NewAnswer, body: Any) -> None:
    assert wish(make_answer, 422, body, update_body="whole") == (
        "it takes an update without 'id' only: write [document] writable = [\"name\","
        ' "plan", "about", "lockVersion"]'
    )
    assert wish(make_answer, 400, body, companions=("id", "name")) == (
        "it does not let 'id' be written: write [document] companions = [\"name\"]"
    )


def test_a_probe_that_is_read_only(make_answer: NewAnswer) -> None:
    assert wish(make_answer, 422, {"error": "about is read-only"}) == (
        "it does not let 'about' be written: name another field in [document] probe"
    )


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": 'Missing "data" payload in the request body'}},
        {"detail": [{"type": "missing", "loc": ["body", "data"], "msg": "Field required"}]},
        {"message": "property about should not exist"},
        {"about": ["This field is required."]},
        {"error": "Bad Request"},
    ],
    ids=str,
)
def test_an_envelope_that_an_update_needs_as_well(make_answer: NewAnswer, body: Any) -> None:
    assert wish(make_answer, 400, body, root="/data") == (
        "it shows the document inside /data: if it wants an update there as well, write [document]"
        ' update_root = "/data"'
    )


def test_an_envelope_that_only_updates_have(make_answer: NewAnswer) -> None:
    body = {"error": "param is missing or the value is empty: account"}
    assert wish(make_answer, 400, body) == (
        "it wants 'account', which the document does not have: if the fields belong inside it,"
        ' write [document] update_root = "/account"; else name a field in [document] probe whose'
        " update does without it"
    )


def test_an_envelope_that_is_not_wanted(make_answer: NewAnswer) -> None:
    body = {"message": ["property data should not exist"]}
    assert wish(make_answer, 400, body, root="/data", update_root="/data") == (
        "it does not know 'data' around the fields: remove [document] update_root"
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"detail": "forbidden"}),
        (422, {"detail": "too long"}),
        (422, {"about": ["Ensure this field has no more than 5 characters."]}),
        (500, {"detail": "idempotency"}),
        (500, {"name": ["This field is required."]}),
        (400, ""),
        (400, [[[]]]),
        (422, {"detail": [{"loc": None, "msg": 7}]}),
    ],
    ids=str,
)
def test_other_refusals_have_no_wish(make_answer: NewAnswer, status: int, body: Any) -> None:
    assert wish(make_answer, status, body) == ""


def test_a_value_that_is_refused_was_found(make_answer: NewAnswer) -> None:
    body = {"about": ["Ensure this field has no more than 5 characters."]}
    assert wish(make_answer, 400, body, root="/data") == ""
