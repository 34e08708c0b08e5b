"""The pure judge of the OAuth callback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_apismoke.checks.suites.callback import QUERIES, REFUSALS, judge_callback
from pytest_apismoke.errors import Category, Failure
from pytest_apismoke.http.response import Response
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Broken, built_in

MakeAnswer = Callable[..., Response]
EXPECTED = "a 4xx that names the error in JSON, for a callback without 'code'"


def breach(body: object) -> Broken:
    return built_in().check(body, "refusal", Redactor())


def judged(response: Response) -> Failure | None:
    return judge_callback(response, "'code'", breach_of=breach)


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422])
@pytest.mark.parametrize(
    "body",
    [{"error": "missing_code"}, {"detail": [{"loc": ["query", "code"]}]}, {"message": "no code"}],
)
def test_a_4xx_that_names_the_error_is_right(
    status: int, body: object, make_answer: MakeAnswer
) -> None:
    assert judged(make_answer(status, body=body)) is None


@pytest.mark.parametrize(
    ("status", "body", "headers", "seen", "hint"),
    [
        (500, b"oops", {}, "500 with application/json, 4 bytes", "validate the parameters first"),
        (200, {"error": "x"}, {}, "200 with application/json, 14 bytes", "validate"),
        (302, None, {"location": "/ok"}, "302, a redirect to /ok", "validate"),
        (404, {"detail": "Not Found"}, {}, "404 with application/json, 23 bytes", "the callback"),
        (405, {"detail": "x"}, {}, "405 with application/json, 15 bytes", "the callback leads"),
        (429, {"error": "x"}, {}, "429 with application/json, 14 bytes", "the callback was asked"),
        (
            400,
            b"<p>no</p>",
            {"content-type": "text/html"},
            "400 with an HTML page, 9 bytes",
            "validate",
        ),
        (400, None, {}, "400 with no body", "validate the parameters first"),
        (400, {}, {}, "400 with /: expected", "validate the parameters first"),
        (400, [], {}, "400 with /: expected", "validate the parameters first"),
    ],
)
def test_anything_else_is_not(
    status: int,
    body: object,
    headers: dict[str, str],
    seen: str,
    hint: str,
    make_answer: MakeAnswer,
) -> None:
    failure = judged(make_answer(status, body=body, headers=headers))
    assert failure is not None
    assert (failure.category, failure.expected) == (Category.OAUTH, EXPECTED)
    assert failure.seen.startswith(seen)
    assert failure.hint.startswith(hint)


def test_each_parameter_is_left_out_once_and_both_together() -> None:
    left_out = [{"code", "state"} - {name for name, _ in query} for query, _ in QUERIES]
    assert left_out == [{"code", "state"}, {"code"}, {"state"}]


def test_no_refusal_of_the_path_or_of_a_limit_counts() -> None:
    assert set(range(400, 500)) - set(REFUSALS) == {404, 405, 408, 429}
