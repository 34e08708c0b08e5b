"""Whether an answer has the status and the headers that a check declares."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from unit.declaring import declared, refused

from pytest_apismoke.checks.declared.expectations import judge_head, judge_refusal
from pytest_apismoke.checks.declared.model import DeclaredCheck
from pytest_apismoke.checks.operations import operation_checks
from pytest_apismoke.errors import Category
from pytest_apismoke.http.response import Response
from pytest_apismoke.openapi.example_requests import OperationCheck

MakeAnswer = Callable[..., Response]

WHERE = "GET https://api.example.com/api"
LOOK = "look into the target's log at the time of the request"
FORBIDDEN = "the token is refused here: look at what this account may do"
NO_TOKEN = "no token was sent: the check has auth = false, or the OpenAPI document no security"
CURL = "look at the response with the curl line, or correct the check"
EMPTY = "repeat the request with the curl line and find out why the body is empty"
REDIRECT = "redirects are not followed: see why it redirects, and what the right path is"


def check(*lines: str, method: str = "GET", changes: str = "nothing") -> DeclaredCheck:
    said = () if method == "GET" else (f'changes = "{changes}"',)
    head = ("[[check]]", 'name = "one"', 'path = "/one"', f'method = "{method}"')
    (found,) = declared("\n".join((*head, *said, *lines)) + "\n")
    return found


def message(expected: str, seen: str, hint: str) -> str:
    return f"expected {expected}, seen {seen}\n  where: {WHERE}\n  what to do: {hint}"


# -- statuses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((), 200),
        ((), 299),
        (("expect.status = 404",), 404),
        (("expect.status = [200, 302]",), 302),
        (("expect.status = 401",), 401),
    ],
)
def test_a_status_that_is_declared_is_right(
    lines: tuple[str, ...], status: int, make_answer: MakeAnswer
) -> None:
    judge_head(check(*lines), make_answer(status))


@pytest.mark.parametrize(
    ("lines", "status", "expected", "hint"),
    [
        ((), 500, "a 2xx status", LOOK),
        ((), 199, "a 2xx status", LOOK),
        (("expect.status = 204",), 200, "204", LOOK),
        (("expect.status = [200, 201]",), 404, "200 or 201", LOOK),
        (
            ("expect.status = [200, 201, 202, 203, 204, 205]",),
            404,
            "200 or 201 or 202 or 203 or 204 or 205",
            LOOK,
        ),
        ((), 401, "a 2xx status", FORBIDDEN),
        ((), 403, "a 2xx status", FORBIDDEN),
        (("auth = false",), 401, "a 2xx status", NO_TOKEN),
    ],
)
def test_any_other_status_is_not(
    lines: tuple[str, ...], status: int, expected: str, hint: str, make_answer: MakeAnswer
) -> None:
    assert refused(lambda: judge_head(check(*lines), make_answer(status))) == (
        Category.FETCH,
        message(expected, f"{status} with no body", hint),
    )


def test_a_redirect_says_where_it_leads(make_answer: MakeAnswer) -> None:
    response = make_answer(302, headers={"location": "/login?next=secret"})
    assert refused(lambda: judge_head(check(), response)) == (
        Category.FETCH,
        message(
            "a 2xx status",
            "302, a redirect to /login",
            "redirects are not followed: declare status = 302, or the path that it leads to",
        ),
    )


def test_every_header_that_is_wrong_is_told(make_answer: MakeAnswer) -> None:
    wanted = check(
        "[check.expect]", 'headers = { X-Total = "5", X-Kind = { pattern = "^a" }, Date = true }'
    )
    response = make_answer(200, headers={"x-total": "4", "date": "today"})
    assert refused(lambda: judge_head(wanted, response)) == (
        Category.INVALID,
        message(
            "the header X-Total: 5, and the header X-Kind to match '^a'",
            "'4', and no such header",
            CURL,
        ),
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_update_that_is_not_accepted_was_not_saved(method: str, make_answer: MakeAnswer) -> None:
    update = check(method=method, changes="/one")
    assert refused(lambda: judge_head(update, make_answer(500))) == (
        Category.SAVE,
        message("a 2xx status", "500 with no body", LOOK),
    )


def test_a_search_that_is_not_answered_saves_nothing(make_answer: MakeAnswer) -> None:
    """What changes nothing is a question, whatever its method."""
    category, _ = refused(lambda: judge_head(check(method="POST"), make_answer(500)))
    assert category is Category.FETCH


def test_what_a_description_gives_may_be_redirected(make_answer: MakeAnswer) -> None:
    """Redirects are not followed, and its own statuses are the description's business."""
    operation = OperationCheck(operation="GET /one", operation_id=None, method="GET", path="/one")
    (given,) = operation_checks([operation], smoke=True)
    judge_head(given, make_answer(302))
    assert refused(lambda: judge_head(given, make_answer(404))) == (
        Category.FETCH,
        message("a 2xx or 3xx status", "404 with no body", LOOK),
    )


# -- headers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "came"),
    [
        ("X-Total = true", {"x-total": ""}),
        ('X-Total = "5"', {"x-total": " 5 "}),
        ('Content-Type = "application/json"', {"content-type": "Application/JSON; charset=utf-8"}),
        ('content-type = "text/html; charset=utf-8"', {"content-type": "text/html; charset=utf-8"}),
        ('ETag = { pattern = "^W/" }', {"etag": 'W/"1"'}),
        ('ETag = { pattern = "1" }', {"etag": 'W/"1"'}),
    ],
)
def test_a_header_that_is_as_declared_is_right(
    wanted: str, came: dict[str, str], make_answer: MakeAnswer
) -> None:
    judge_head(check(f"expect.headers = {{ {wanted} }}"), make_answer(headers=came))


@pytest.mark.parametrize(
    ("wanted", "came", "expected", "seen"),
    [
        ("X-Total = true", {}, "the header X-Total", "no such header"),
        ('X-Total = "5"', {}, "the header X-Total: 5", "no such header"),
        ('X-Total = "5"', {"x-total": "6"}, "the header X-Total: 5", "'6'"),
        ('X-Total = "5"', {"x-total": "5; a"}, "the header X-Total: 5", "'5; a'"),
        (
            'Content-Type = "application/json"',
            {"content-type": "text/html"},
            "the header Content-Type: application/json",
            "'text/html'",
        ),
        (
            'Content-Type = "text/html; charset=utf-8"',
            {"content-type": "text/html"},
            "the header Content-Type: text/html; charset=utf-8",
            "'text/html'",
        ),
        (
            'ETag = { pattern = "^W/" }',
            {"etag": '"1"'},
            "the header ETag to match '^W/'",
            "'\"1\"'",
        ),
        ('ETag = { pattern = "^W/" }', {}, "the header ETag to match '^W/'", "no such header"),
    ],
)
def test_any_other_header_is_invalid(
    wanted: str, came: dict[str, str], expected: str, seen: str, make_answer: MakeAnswer
) -> None:
    response = make_answer(headers=came)
    assert refused(lambda: judge_head(check(f"expect.headers = {{ {wanted} }}"), response)) == (
        Category.INVALID,
        message(expected, seen, CURL),
    )


def test_a_header_is_shown_as_it_may_be_shown(make_answer: MakeAnswer) -> None:
    plain = make_answer(headers={"set-cookie": "canary"})
    response = Response(
        status=plain.status,
        headers=plain.headers,
        body=plain.body,
        exchange=plain.exchange,
        redacted_headers={"set-cookie": "[redacted]"},
    )
    one = check('expect.headers = { Set-Cookie = "a=1" }')
    _, text = refused(lambda: judge_head(one, response))
    assert text == message("the header Set-Cookie: a=1", "'[redacted]'", CURL)


def test_the_status_is_judged_before_the_headers(make_answer: MakeAnswer) -> None:
    category, _ = refused(
        lambda: judge_head(check("expect.headers = { A = true }"), make_answer(500))
    )
    assert category is Category.FETCH


# -- without a token --------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_what_is_wanted_without_a_token(status: int, make_answer: MakeAnswer) -> None:
    assert (
        judge_refusal(make_answer(status), (401, 403))
        == f"it is refused without a token, with {status}"
    )


def test_what_a_refusal_is_like_the_profile_says(make_answer: MakeAnswer) -> None:
    verified = "it is refused without a token, with 404"
    assert judge_refusal(make_answer(404), (401, 404)) == verified


@pytest.mark.parametrize(
    ("status", "category", "seen", "hint"),
    [
        (
            204,
            Category.AUTH,
            "204: it is served to anyone",
            "the route is not protected: put the authentication back in front of it, or"
            " remove refused_without_auth if the route is public",
        ),
        (404, Category.FETCH, "404 with no body", EMPTY),
        (500, Category.FETCH, "500 with no body", EMPTY),
        (302, Category.FETCH, "302, a redirect to nowhere", REDIRECT),
    ],
)
def test_anything_else_is_not(
    status: int, category: Category, seen: str, hint: str, make_answer: MakeAnswer
) -> None:
    assert refused(lambda: judge_refusal(make_answer(status), (401, 403))) == (
        category,
        message("401 or 403 without a token", seen, hint),
    )
