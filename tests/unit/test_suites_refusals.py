"""What a refused token looks like, and what is no refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from pytest_apismoke.checks.suites.refusals import judge_refusal
from pytest_apismoke.configuration.profiles import Refusals
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import built_in

MakeAnswer = Callable[..., Response]

WHERE = "GET https://api.example.com/api"
OTHERWISE = "if this is how the target refuses, say so in [refusals] of apismoke.toml"
STRUCTURED = (
    f"return errors as JSON that names the error, also from the authentication layer; {OTHERWISE}"
)


SETTINGS = {"id": "biz_1", "name": "Shape", "note": None, "city": "Ulm", "open": True, "zip": 89073}


def judged(
    response: Response,
    refusals: Refusals | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Failure | None:
    try:
        judge_refusal(
            response,
            refusals or Refusals(),
            "without a token",
            breach_of=lambda body: built_in().check(body, "refusal", Redactor()),
            settings=settings,
        )
    except SmokeError as error:
        return error.failure
    return None


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_structured_json_unless_the_profile_says_otherwise(
    status: int, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(status, body={"detail": "Not authenticated"})) is None


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text", b"Unauthorized"),
        ("text", {"error": "no"}),
        ("empty", None),
        ("any", None),
        ("any", b"<html>Sign in</html>"),
        ("any", {"error": "no"}),
    ],
)
def test_a_refusal_looks_as_the_profile_says(
    kind: str, body: object, make_answer: MakeAnswer
) -> None:
    refusals = Refusals(statuses=(404,), body=kind)
    assert judged(make_answer(404, body=body), refusals) is None


@pytest.mark.parametrize("kind", ["json", "text", "empty", "any"])
@pytest.mark.parametrize("status", [200, 204])
def test_what_is_served_is_a_hole_however_refusals_look(
    kind: str, status: int, make_answer: MakeAnswer
) -> None:
    refusals = Refusals(statuses=(200, 204, 401), body=kind)
    assert judged(make_answer(status, body={"id": 1}), refusals) == Failure(
        category=Category.AUTH,
        expected="200, 204 or 401 for the settings without a token",
        seen=f"{status}: they are served to anyone",
        where=WHERE,
        hint="the route is not protected: put the authentication back in front of it",
    )


@pytest.mark.parametrize(
    ("status", "seen", "hint"),
    [
        (404, "404 with application/json, 2 bytes", OTHERWISE),
        (302, "302, a redirect to nowhere", OTHERWISE),
        (
            500,
            "500 with application/json, 2 bytes",
            "repeat the request with the curl line and look at the response",
        ),
    ],
)
def test_another_status_is_fetch(
    status: int, seen: str, hint: str, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(status, body={})) == Failure(
        category=Category.FETCH,
        expected="401 or 403 for the settings without a token",
        seen=seen,
        where=WHERE,
        hint=hint,
    )


@pytest.mark.parametrize(
    ("kind", "body", "expected", "seen", "hint"),
    [
        ("json", None, "a structured JSON body", "401 with no body", STRUCTURED),
        (
            "text",
            b"<html>",
            "a text as the body",
            "401 with application/json, 6 bytes",
            OTHERWISE,
        ),
        ("text", None, "a text as the body", "401 with no body", OTHERWISE),
        ("empty", {"a": 1}, "no body", "401 with application/json, 8 bytes", OTHERWISE),
    ],
)
def test_another_body_is_invalid(
    kind: str, body: object, expected: str, seen: str, hint: str, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(401, body=body), Refusals(body=kind)) == Failure(
        category=Category.INVALID,
        expected=f"{expected} in the refusal without a token",
        seen=seen,
        where=WHERE,
        hint=hint,
    )


@pytest.mark.parametrize("status", [401, 403, 404, 500])
@pytest.mark.parametrize(
    "body",
    [
        {**SETTINGS, "error": "Not authenticated"},
        {"error": "no", "data": [{"id": "biz_1", "name": "Shape", "zip": 89073}]},
    ],
    ids=["as it is", "inside"],
)
def test_a_refusal_that_serves_the_settings_is_none(
    status: int, body: object, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(status, body=body), Refusals(body="any"), SETTINGS) == Failure(
        category=Category.AUTH,
        expected="401 or 403 for the settings without a token",
        seen=f"{status} with the settings in its body: they are served to anyone",
        where=WHERE,
        hint="the status refuses and the body does not: end the request where the token is refused,"
        " before the document is read",
    )


@pytest.mark.parametrize(
    "body", [{"error": "no", "id": "biz_1", "note": None, "open": True}, {"detail": [["no"]]}]
)
def test_a_refusal_may_share_a_field_with_the_settings(
    body: object, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(401, body=body), settings=SETTINGS) is None
    assert judged(make_answer(401, body=body), settings={"id": "biz_1", "open": True}) is None
