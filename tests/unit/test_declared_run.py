"""Declared checks are made: each once, after those that they take something from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from unit.declaring import BASE_URL, FILE, TOKEN, Backend, Guard, Says, checks_of
from unit.exchanges import retold

from pytest_apismoke.checks.model import CheckResult, Skip
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.errors import Category, Failure, SmokeError, Violation, fail
from pytest_apismoke.evidence import UNDESCRIBED, ConformanceResult, Exchange
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.token import Token
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.redaction import REPLACEMENT
from pytest_apismoke.schemas.policy import REPEATED_NAME
from pytest_apismoke.verdict.outcome import SkipReason

if TYPE_CHECKING:
    from unit.conftest import FakeClock

LIST = '[[check]]\nname = "list"\npath = "/orders"\n'
LIST_WITH_ID = LIST + 'capture = { order_id = "/items/0/id" }\n'
ONE = '[[check]]\nname = "one"\npath = "/orders/{order_id}"\n'
CHANGE = (
    '[[check]]\nname = "change"\nmethod = "PUT"\npath = "/orders/1"\njson = { note = "x" }\n'
    'changes = "/orders/1"\n'
)
SEARCH = '[[check]]\nname = "search"\nmethod = "POST"\npath = "/search"\nchanges = "nothing"\n'
ORDERS = {"items": [{"id": 7}]}
LOOK = "look into the target's log at the time of the request"
COMPARE = (
    "compare the response with the contract at the named place: either the API broke it or the"
    " contract is out of date"
)
LOGIN = "apismoke::login"
BUDGET_SPENT = fail(
    Category.BUDGET, expected="to finish", seen="the time budget spent", where="GET", hint="x"
)
NO_ANSWER = fail(Category.FETCH, expected="an answer", seen="none", where="GET", hint="x")
REFUSED_LOGIN = Failure(
    category=Category.AUTH, expected="a token", seen="401", where="POST /login", hint="x"
)


def broken_status(status: int, wanted: str = "a 2xx status", at: str = "GET /orders") -> Failure:
    method, _, path = at.partition(" ")
    return Failure(
        category=Category.FETCH if method == "GET" else Category.SAVE,
        expected=wanted,
        seen=f"{status} with no body",
        where=f"{method} {BASE_URL}{path}",
        hint=LOOK,
    )


# -- one check --------------------------------------------------------------------------------


def test_a_check_that_holds_says_what_it_verified_and_what_it_sent(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(takes_ms=250)})
    result = checks_of(LIST, backend).result(f"{FILE}::list")
    assert result == CheckResult(
        verified="GET /orders responded as declared",
        duration_s=0.25,
        exchanges=(
            Exchange.told(
                method="GET",
                url=f"{BASE_URL}/orders",
                status=200,
                duration_s=0.25,
                request_id=None,
                excerpt="",
                error=None,
                curl="curl -sS -i -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\" "
                "https://api.example.com/orders",
            ),
        ),
    )


def test_a_check_is_made_once_however_often_it_is_asked_for(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": [Says(), Says(status=500)]})
    checks = checks_of(LIST, backend)
    first = checks.result(f"{FILE}::list")
    assert checks.result(f"{FILE}::list") is first
    assert backend.course == ["GET /orders with the token"]


def test_what_does_not_hold_is_the_failure_of_the_check(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(status=500)})
    result = checks_of(LIST, backend).result(f"{FILE}::list")
    assert (result.passed, result.failure, result.skip, result.dirty) == (
        False,
        broken_status(500),
        None,
        False,
    )
    assert [exchange.status for exchange in result.exchanges] == [500]


def test_a_check_without_auth_is_sent_without_the_token(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says()})
    checks = checks_of(LIST + "auth = false\n", backend, login=Step(failure=REFUSED_LOGIN))
    assert checks.result(f"{FILE}::list").verified == "GET /orders responded as declared"
    assert backend.course == ["GET /orders on a fresh connection"]


def test_what_the_run_remarks_during_a_check_is_on_its_result(clock: FakeClock) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says()})
    backend.recorder.note("said before")

    def renews(target: Target) -> None:
        target.client.recorder.note("the token was renewed")

    checks = checks_of(CHANGE, backend, guard=Guard(backend, renews))
    assert checks.result(f"{FILE}::change").notes == ("the token was renewed",)


# -- what is taken from other answers ---------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "body", "why"),
    [
        ("may_be_empty = true", {"items": []}, "/items of 'list' is empty"),
        ('may_lack = ["order_id"]', {"items": [{}]}, "'list' has no /items/0/id"),
        ('may_lack = ["order_id"]', {"items": [{"id": None}]}, "'list' has no /items/0/id"),
    ],
)
def test_what_needs_a_value_that_may_be_absent_is_skipped_with_the_reason(
    clock: FakeClock, keys: str, body: object, why: str
) -> None:
    backend = Backend(clock, {"GET /orders": Says(body=body)})
    lines = '[[check]]\nname = "lines"\npath = "/lines/{line_id}"\n'
    one = ONE + 'capture = { line_id = "/line_id" }\n'
    checks = checks_of(f"{LIST_WITH_ID}{keys}\n{one}{lines}", backend)

    ended = [checks.result(f"{FILE}::{name}") for name in ("list", "one", "lines")]

    nothing = Skip(reason=SkipReason.NOTHING_THERE, text=why)
    assert [(result.verified, result.failure, result.skip) for result in ended] == [
        ("GET /orders responded as declared", None, None),
        ("", None, nothing),
        ("", None, nothing),
    ]
    assert backend.course == ["GET /orders with the token"]


@pytest.mark.parametrize(
    ("keys", "body"),
    [
        ("", {"items": []}),
        ("may_be_empty = true", {"items": [{}]}),
        ("may_be_empty = true", {"items": None}),
        ("may_be_empty = true", {}),
        ('may_lack = ["order_id"]', {"items": []}),
        ('may_lack = ["order_id"]', {"items": [{"id": ""}]}),
    ],
)
def test_a_value_that_may_not_be_absent_in_that_way_is_a_failure(
    clock: FakeClock, keys: str, body: object
) -> None:
    backend = Backend(clock, {"GET /orders": Says(body=body)})
    failure = checks_of(f"{LIST_WITH_ID}{keys}\n", backend).result(f"{FILE}::list").failure
    assert failure is not None
    assert failure.expected == "a string or a number at /items/0/id to capture as 'order_id'"


def test_no_content_is_an_empty_list(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(status=204)})
    checks = checks_of(f"{LIST_WITH_ID}may_be_empty = true\n{ONE}", backend)
    nothing = Skip(reason=SkipReason.NOTHING_THERE, text="'list' has no content")
    assert checks.result(f"{FILE}::one").skip == nothing


def test_what_is_captured_stands_wherever_it_was_asked_for(clock: FakeClock) -> None:
    """A text that is nothing but a capture keeps its type; in a path it stays in its segment."""
    text = (
        LIST + 'capture = { order_id = "/items/0/id", tag = "/tag" }\n'
        '[[check]]\nname = "use"\nmethod = "POST"\npath = "/orders/{tag}/{order_id}"\n'
        'query = { q = "{tag}", limit = 5, literal = "{{order_id}}" }\n'
        'headers = { X-Tag = "<{tag}>" }\n'
        'json = { id = "{order_id}", text = "no. {order_id}", list = ["{tag}", 1] }\n'
        'changes = "nothing"\nauth = false\n'
        '[[check]]\nname = "form"\nmethod = "POST"\npath = "/search"\nbody = "id={order_id}"\n'
        'changes = "nothing"\nauth = false\n'
    )
    path = "/orders/a%2Fb/7"
    backend = Backend(
        clock,
        {
            "GET /orders": Says(body={**ORDERS, "tag": "a/b"}),
            f"POST {path}": Says(),
            "POST /search": Says(),
        },
    )
    checks = checks_of(text, backend)
    assert [checks.result(f"{FILE}::{name}").passed for name in ("use", "form")] == [True] * 2
    assert backend.requests[1:] == [
        Request(
            method="POST",
            path=path,
            query=(("q", "a/b"), ("limit", "5"), ("literal", "{order_id}")),
            headers={"X-Tag": "<a/b>"},
            json={"id": 7, "text": "no. 7", "list": ["a/b", 1]},
        ),
        Request(method="POST", path="/search", text="id=7"),
    ]


def test_what_a_check_needs_is_made_first_and_once(clock: FakeClock) -> None:
    two = ONE + ONE.replace("one", "two")
    backend = Backend(clock, {"GET /orders": Says(body=ORDERS), "GET /orders/7": Says()})
    checks = checks_of(LIST_WITH_ID + two, backend)
    results = [checks.result(f"{FILE}::{name}") for name in ("two", "one", "list")]
    assert backend.course == [
        "GET /orders with the token",
        "GET /orders/7 with the token",
        "GET /orders/7 with the token",
    ]
    assert [[exchange.url for exchange in result.exchanges] for result in results] == [
        [f"{BASE_URL}/orders/7"],
        [f"{BASE_URL}/orders/7"],
        [f"{BASE_URL}/orders"],
    ]


def test_without_what_it_needs_a_check_is_not_made_and_says_so(clock: FakeClock) -> None:
    text = (
        LIST_WITH_ID
        + ONE
        + 'capture = { line = "/line" }\n'
        + '[[check]]\nname = "line"\npath = "/lines/{line}"\n'
    )
    backend = Backend(clock, {"GET /orders": Says(status=503)})
    checks = checks_of(text, backend)
    assert checks.result(f"{FILE}::line") == CheckResult(skip=Skip.not_run(f"{FILE}::list"))
    assert checks.result(f"{FILE}::one") == CheckResult(skip=Skip.not_run(f"{FILE}::list"))
    assert checks.result(f"{FILE}::list").failure == broken_status(503)
    assert backend.course == ["GET /orders with the token"]


def test_a_capture_of_nothing_fails_the_check_that_makes_it(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(body={"items": []})})
    assert checks_of(LIST_WITH_ID, backend).result(f"{FILE}::list").failure == Failure(
        category=Category.INVALID,
        expected="a string or a number at /items/0/id to capture as 'order_id'",
        seen="nothing there; /items is a list of 0",
        where=f"GET {BASE_URL}/orders",
        hint="correct the JSON Pointer of 'order_id', or create the data that it points at; null,"
        " true, false, lists, objects and empty strings can't be put into a path",
    )


def test_a_capture_that_leads_elsewhere_is_not_sent(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(body={"items": [{"id": ".."}]})})
    failure = checks_of(LIST_WITH_ID + ONE, backend).result(f"{FILE}::one").failure
    assert failure is not None
    assert (failure.category, failure.seen) == (Category.INVALID, "the segment '..'")
    assert backend.course == ["GET /orders with the token"]


# -- what a check may not do ------------------------------------------------------------------


def test_a_read_only_run_sends_no_update(clock: FakeClock) -> None:
    """Not even one that nobody with a token would send."""
    backend = Backend(clock, {"GET /orders": Says()})
    text = LIST + CHANGE + "refused_without_auth = true\n" + SEARCH
    checks = checks_of(text, backend, read_only=True)
    not_made = CheckResult(
        skip=Skip(
            reason=SkipReason.READ_ONLY,
            text="read-only run: nothing was written, so declared updates were not sent",
        )
    )
    names = ("change", "change without a token", "search")
    assert [checks.result(f"{FILE}::{name}") for name in names] == [not_made] * 3
    assert checks.result(f"{FILE}::list").passed
    assert backend.course == ["GET /orders with the token"]


def test_what_is_changed_is_put_back(clock: FakeClock) -> None:
    text = LIST_WITH_ID + CHANGE.replace("/orders/1", "/orders/{order_id}")
    backend = Backend(clock, {"GET /orders": Says(body=ORDERS), "PUT /orders/7": Says()})
    assert (
        checks_of(text, backend).result(f"{FILE}::change").verified
        == "PUT /orders/{order_id} responded as declared; what it sent was read back;"
        " /orders/{order_id} was put back"
    )
    assert backend.course[1:] == [
        "keeps /orders/7, put back by PUT",
        "notes {'note': 'x'}",
        "PUT /orders/7 with the token",
        "reads what was sent back",
        "puts /orders/7 back",
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/orders/1/cancel", 'json = { note = "x" }'),
        ("/orders/1", 'json = ["x"]'),
        ("/orders/1", 'body = "note=x"'),
        ("/orders/1", ""),
    ],
)
def test_that_something_was_written_is_noted_whatever_it_was(
    path: str, body: str, clock: FakeClock
) -> None:
    text = CHANGE.replace('path = "/orders/1"', f'path = "{path}"')
    backend = Backend(clock, {f"PUT {path}": Says()})
    checks = checks_of(text.replace('json = { note = "x" }', body), backend)
    assert (
        checks.result(f"{FILE}::change").verified
        == f"PUT {path} responded as declared; /orders/1 was put back"
    )
    how = ", put back by PUT" if path == "/orders/1" else ""
    assert backend.course == [
        f"keeps /orders/1{how}",
        "notes None",
        f"PUT {path} with the token",
        "reads what was sent back",
        "puts /orders/1 back",
    ]


@pytest.mark.parametrize(
    ("said", "category"),
    [
        (Says(status=500), Category.SAVE),
        (NO_ANSWER, Category.FETCH),
        (RuntimeError("boom"), Category.INTERNAL),
    ],
)
def test_what_is_changed_is_put_back_however_the_check_ends(
    said: Says | Exception, category: Category, clock: FakeClock
) -> None:
    backend = Backend(clock, {"PUT /orders/1": said})
    failure = checks_of(CHANGE, backend).result(f"{FILE}::change").failure
    assert failure is not None
    assert failure.category is category
    assert backend.course[-1] == "puts /orders/1 back"


def test_what_changes_nothing_is_not_put_back(clock: FakeClock) -> None:
    backend = Backend(clock, {"POST /search": Says()})
    assert (
        checks_of(SEARCH, backend).result(f"{FILE}::search").verified
        == "POST /search responded as declared"
    )
    assert backend.course == ["POST /search with the token"]


@pytest.mark.parametrize("required", ["true", "false"])
@pytest.mark.parametrize("status", [200, 500])
def test_a_target_that_was_left_changed_is_always_told(
    status: int, required: str, clock: FakeClock
) -> None:
    """Whatever else was wrong, and whatever the check is counted as."""
    left = fail(Category.PERSIST, expected="the original", seen="x", where="PUT", hint="h")
    dirty = SmokeError(left.failure, dirty=True)
    text = f'{CHANGE}category = "state"\nrequired = {required}\n'
    backend = Backend(clock, {"PUT /orders/1": Says(status=status)})
    checks = checks_of(text, backend, guard=Guard(backend, after=dirty))
    result = checks.result(f"{FILE}::change")
    assert (result.passed, result.failure, result.dirty) == (False, dirty.failure, True)


# -- an update is read back -------------------------------------------------------------------

LOST = fail(
    Category.PERSIST, expected="/note", seen="nothing", where=f"GET {BASE_URL}/orders/1", hint="h"
)


def test_fields_that_are_sent_as_text_are_known_too(clock: FakeClock) -> None:
    """TOML has no null, so a body with one is a string."""
    text = CHANGE.replace('json = { note = "x" }', """body = '{{"note": null}}'""")
    backend = Backend(clock, {"PUT /orders/1": Says()})
    assert checks_of(text, backend).result(f"{FILE}::change").passed
    assert backend.course[1] == "notes {'note': None}"


def test_an_api_whose_updates_replace_is_restored_with_the_whole_document(
    clock: FakeClock,
) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says()})
    checks = checks_of(CHANGE + 'restore = "whole"\n', backend)
    assert checks.result(f"{FILE}::change").passed
    assert backend.course[0] == "keeps /orders/1, put back whole by PUT"


def test_notes_of_reading_back_are_notes_of_the_check(clock: FakeClock) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says()})
    checks = checks_of(CHANGE, backend, guard=Guard(backend, notes=("it came late",)))
    assert checks.result(f"{FILE}::change").notes == ("it came late",)


def test_an_update_that_need_not_persist_is_not_said_to(clock: FakeClock) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says(status=202)})
    result = checks_of(CHANGE + "expect.persisted = false\n", backend).result(f"{FILE}::change")
    assert result.verified == "PUT /orders/1 responded as declared; /orders/1 was put back"
    assert backend.course[2:] == [
        "PUT /orders/1 with the token",
        "reads the other fields back",
        "puts /orders/1 back",
    ]


@pytest.mark.parametrize(
    ("lines", "category"), [("", Category.PERSIST), ('category = "state"\n', Category.STATE)]
)
def test_an_update_that_is_not_kept_fails_before_its_response_is_compared(
    lines: str, category: Category, clock: FakeClock
) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says(body={})})
    text = CHANGE + lines + "expect.schema = { required = ['id'] }\n"
    checks = checks_of(text, backend, guard=Guard(backend, kept=LOST))
    result = checks.result(f"{FILE}::change")
    assert (result.failure, result.dirty) == (replace(LOST.failure, category=category), False)
    assert backend.course[-1] == "puts /orders/1 back"


@pytest.mark.parametrize(
    ("lines", "passes"), [("", False), ("expect.status = 422\n", True)], ids=["wrong", "declared"]
)
def test_an_update_that_is_refused_is_not_read_back(
    lines: str, passes: bool, clock: FakeClock
) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says(status=422)})
    result = checks_of(CHANGE + lines, backend).result(f"{FILE}::change")
    assert result.passed is passes
    assert backend.course[2:] == [
        "PUT /orders/1 with the token",
        "was refused",
        "puts /orders/1 back",
    ]


# -- nothing is written after a reading that breaks a contract --------------------------------

READ = '[[check]]\nname = "read"\npath = "/orders/1"\nexpect.schema = "order"\n'
UNTRUSTED = (
    "nothing was written: an update that is restored from an incomplete reading would delete what"
    " is missing; fix the response or its contract first"
)


def reading(
    make_answer: Callable[..., Response], *, held: ConformanceResult | None = None, **members: Any
) -> Response:
    """The response to the first read of a document."""
    answer = make_answer(body=members)
    exchange = replace(retold(answer.exchange, url=f"{BASE_URL}/orders/1"), method="GET", held=held)
    return replace(answer, exchange=exchange)


def changed_after(
    text: str, read: Response, clock: FakeClock, changes: str = "/orders/1"
) -> tuple[Failure | None, list[str]]:
    """The failure of the check that changes a document, and the requests that were sent."""
    path = changes.replace("{order_id}", "7")
    routes = {"GET /orders": Says(body=ORDERS), f"PUT {path}": Says()}
    backend = Backend(clock, routes)
    schemas = {"order": WITH_ID}
    checks = checks_of(text, backend, schemas=schemas, guard=Guard(backend, reading=read))
    failure = checks.result(f"{FILE}::change").failure
    return failure, [f"{request.method} {request.path}" for request in backend.requests]


def test_nothing_is_written_after_a_reading_that_breaks_the_contract_of_a_check(
    clock: FakeClock, make_answer: Callable[..., Response]
) -> None:
    """Also one that comes later in the file, or is not run."""
    failure, sent = changed_after(CHANGE + READ, reading(make_answer, note="n"), clock)
    assert (failure, sent) == (
        Failure(
            category=Category.INVALID,
            expected="/orders/1 to match its contract before it is changed",
            seen="/: expected the property 'id', got an object without it",
            where=f"GET {BASE_URL}/orders/1",
            hint=UNTRUSTED,
            violations=(
                Violation(
                    pointer="",
                    expected="the property 'id'",
                    actual="an object without it",
                    schema_location="contracts/order.schema.json#/required",
                    kind="required",
                    places=("/id",),
                ),
            ),
            difference=failure.difference if failure else (),
        ),
        [],
    )


def test_the_contract_of_a_captured_path_counts_too(
    clock: FakeClock, make_answer: Callable[..., Response]
) -> None:
    path = "/orders/{order_id}"
    text = LIST_WITH_ID + (CHANGE + READ).replace("/orders/1", path)
    failure, sent = changed_after(text, reading(make_answer), clock, path)
    assert failure is not None
    assert (failure.expected, sent) == (
        "/orders/{order_id} to match its contract before it is changed",
        ["GET /orders"],
    )


@pytest.mark.parametrize(
    "lines",
    [
        "query = { view = 1 }",
        'headers = { Accept = "application/xml" }',
        "auth = false",
        "expect.status = 404",
        'method = "OPTIONS"',
    ],
)
def test_the_contract_of_another_response_does_not_count(
    lines: str, clock: FakeClock, make_answer: Callable[..., Response]
) -> None:
    failure, _ = changed_after(f"{CHANGE}{READ}{lines}\n", reading(make_answer), clock)
    assert failure is None


def test_the_settings_have_the_contract_of_their_suite(
    clock: FakeClock, make_answer: Callable[..., Response]
) -> None:
    path = TargetProfile().document.path
    backend = Backend(clock, {})
    guard = Guard(backend, reading=reading(make_answer, id=1))
    text = CHANGE.replace("/orders/1", path)
    schemas = {"settings": {"required": ["id", "name"]}}
    result = checks_of(text, backend, schemas=schemas, guard=guard).result(f"{FILE}::change")
    assert result.failure is not None
    assert (result.failure.category, result.failure.expected, backend.requests) == (
        Category.INVALID,
        f"{path} to match its contract before it is changed",
        [],
    )


@pytest.mark.parametrize(
    ("is_defect", "was_compared", "fails"),
    [(False, True, True), (True, True, False), (False, False, False)],
    ids=["the response", "the document", "the validation"],
)
def test_a_violation_of_the_openapi_document_counts_if_the_response_is_to_blame(
    is_defect: bool,
    was_compared: bool,
    fails: bool,
    clock: FakeClock,
    make_answer: Callable[..., Response],
) -> None:
    violation = Violation(pointer="/a", expected="a list", actual="nothing")
    held = ConformanceResult(
        operation="GET /orders/{id}",
        violations=(violation,),
        is_defect=is_defect,
        was_compared=was_compared,
    )
    failure, _ = changed_after(CHANGE, reading(make_answer, held=held), clock)
    assert (failure.seen if failure else None) == (str(violation) if fails else None)


def test_a_reading_that_is_no_json_is_told_as_that(
    clock: FakeClock, make_answer: Callable[..., Response]
) -> None:
    failure, sent = changed_after(CHANGE, make_answer(body=b"<p>"), clock)
    assert failure is not None
    assert (failure.category, failure.expected, sent) == (Category.INVALID, "a JSON body", [])


def trusting(clock: FakeClock, said: Says, lines: str = "") -> tuple[CheckResult, list[str]]:
    """A change after a check that has read the same document, and the requests that were sent."""
    backend = Backend(clock, {"GET /orders/1": said, "PUT /orders/1": Says()})
    checks = checks_of(READ + lines + CHANGE, backend, schemas={"order": WITH_ID})
    result = checks.result(f"{FILE}::change")
    return result, [f"{request.method} {request.path}" for request in backend.requests]


def test_a_violation_that_a_check_has_reported_is_told_once(clock: FakeClock) -> None:
    """In any order of the tests: the earlier check of the file is run first."""
    assert trusting(clock, Says(body={})) == (
        CheckResult(skip=Skip.not_run(f"{FILE}::read")),
        ["GET /orders/1"],
    )


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (Says(body={"id": 1}), ""),
        (Says(body={"id": 1}), 'expect.headers = { X-Total = "5" }\n'),
        (Says(body={}), "required = false\n"),
    ],
    ids=["it passed", "it failed for another reason", "it is not required"],
)
def test_only_a_reported_violation_keeps_a_change_from_being_made(
    said: Says, lines: str, clock: FakeClock
) -> None:
    result, _ = trusting(clock, said, lines)
    assert result.passed


# -- refused without a token ------------------------------------------------------------------

PROTECTED = LIST + "refused_without_auth = true\n"


@pytest.mark.parametrize("status", [401, 403])
def test_without_a_token_it_has_to_be_refused(status: int, clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(status=status)})
    checks = checks_of(PROTECTED, backend)
    assert (
        checks.result(f"{FILE}::list without a token").verified
        == f"it is refused without a token, with {status}"
    )
    assert backend.course == ["GET /orders on a fresh connection"]


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (
            200,
            Failure(
                category=Category.AUTH,
                expected="401 or 403 without a token",
                seen="200: it is served to anyone",
                where=f"GET {BASE_URL}/orders",
                hint="the route is not protected: put the authentication back in front of it, or"
                " remove refused_without_auth if the route is public",
            ),
        ),
        (
            404,
            Failure(
                category=Category.FETCH,
                expected="401 or 403 without a token",
                seen="404 with no body",
                where=f"GET {BASE_URL}/orders",
                hint="repeat the request with the curl line and find out why the body is empty",
            ),
        ),
    ],
)
def test_anything_but_a_refusal_is_a_failure(
    status: int, failure: Failure, clock: FakeClock
) -> None:
    """Of its own category: what the check counts as is about the answer to the token."""
    backend = Backend(clock, {"GET /orders": Says(status=status)})
    checks = checks_of(PROTECTED + 'category = "state"\n', backend)
    assert checks.result(f"{FILE}::list without a token").failure == failure


def test_without_a_token_it_has_to_be_refused_although_the_check_has_a_key_of_its_own(
    clock: FakeClock,
) -> None:
    """With it the request would be let in, and a route that anybody can call look like it too."""
    backend = Backend(clock, {"GET /orders": [Says(), Says(status=401)]})
    keys = (
        'headers = { X-Api-Key = "canary-key", Cookie = "sid=canary", X-Plain = "x" }\n'
        'query = { api_key = "canary-key", limit = 5 }\n'
    )
    checks = checks_of(PROTECTED + keys, backend)
    assert checks.result(f"{FILE}::list").passed
    assert checks.result(f"{FILE}::list without a token").passed
    assert [
        (sorted(request.headers), [name for name, _ in request.query])
        for request in backend.requests
    ] == [
        (["Authorization", "Cookie", "X-Api-Key", "X-Plain"], ["api_key", "limit"]),
        (["X-Plain"], ["limit"]),
    ]


def test_a_check_that_asks_without_a_token_by_itself_keeps_its_own_headers(
    clock: FakeClock,
) -> None:
    text = '[[check]]\nname = "one"\npath = "/one"\nauth = false\nheaders = { X-Api-Key = "key" }\n'
    backend = Backend(clock, {"GET /one": Says()})
    assert checks_of(text, backend).result(f"{FILE}::one").passed
    assert [request.headers for request in backend.requests] == [{"X-Api-Key": "key"}]


def test_an_update_that_is_served_to_anyone_is_put_back(clock: FakeClock) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says()})
    checks = checks_of(CHANGE + "refused_without_auth = true\n", backend)
    failure = checks.result(f"{FILE}::change without a token").failure
    assert failure is not None
    assert failure.category is Category.AUTH
    assert backend.course == [
        "keeps /orders/1, put back by PUT",
        "notes {'note': 'x'}",
        "PUT /orders/1 on a fresh connection",
        "puts /orders/1 back",
    ]


def test_without_a_login_it_is_still_asked_whether_it_is_refused(clock: FakeClock) -> None:
    """But not where something would have to be put back: that takes a token."""
    backend = Backend(clock, {"GET /orders": Says(status=401)})
    text = PROTECTED + CHANGE + "refused_without_auth = true\n"
    checks = checks_of(text, backend, login=Step(failure=REFUSED_LOGIN))
    assert checks.result(f"{FILE}::list without a token").passed
    assert checks.result(f"{FILE}::change without a token").skip == Skip.not_run(LOGIN)
    assert backend.course == ["GET /orders on a fresh connection"]


# -- login, interruption, defects -------------------------------------------------------------


def test_a_failed_login_is_told_once_and_what_needs_it_is_not_run(
    clock: FakeClock, make_exchange: Callable[..., Exchange]
) -> None:
    login = make_exchange(method="POST", status=401)
    backend = Backend(clock, {})
    checks = checks_of(
        LIST_WITH_ID + ONE, backend, login=Step(failure=REFUSED_LOGIN, exchanges=(login,))
    )
    assert checks.result(LOGIN) == CheckResult(failure=REFUSED_LOGIN, exchanges=(login,))
    not_run = CheckResult(skip=Skip.not_run(LOGIN))
    names = [LOGIN, f"{FILE}::list", f"{FILE}::one"]
    assert [checks.result(name) for name in names[1:]] == [not_run] * 2
    assert backend.course == []


def test_a_failure_of_its_own_does_not_show_the_login(
    clock: FakeClock, make_exchange: Callable[..., Exchange]
) -> None:
    login = make_exchange(method="POST")
    backend = Backend(clock, {"GET /orders": BUDGET_SPENT})
    result = checks_of(LIST, backend, login=Step(exchanges=(login,))).result(f"{FILE}::list")
    assert result == CheckResult(failure=BUDGET_SPENT.failure)


def test_a_check_that_is_ended_from_outside_says_so_and_is_not_tried_again(
    clock: FakeClock,
) -> None:
    backend = Backend(clock, {"PUT /orders/1": KeyboardInterrupt()})
    checks = checks_of(CHANGE, backend)
    with pytest.raises(KeyboardInterrupt):
        checks.result(f"{FILE}::change")
    assert checks.result(f"{FILE}::change") == CheckResult(
        failure=Failure(
            category=Category.INTERRUPTED,
            expected="the check to finish",
            seen="it was interrupted",
            where=f"{FILE}::change",
            hint="run the gate again",
        )
    )
    assert backend.course[-2:] == ["PUT /orders/1 with the token", "puts /orders/1 back"]


def test_an_error_of_the_gate_is_not_the_targets_fault(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": RuntimeError("boom")})
    failure = checks_of(LIST, backend).result(f"{FILE}::list").failure
    assert failure is not None
    assert (failure.category, failure.expected, failure.seen) == (
        Category.INTERNAL,
        "the check to run",
        "RuntimeError: boom",
    )
    assert failure.where.startswith(f"{FILE}::list (send, line ")


# -- what a failure counts as -----------------------------------------------------------------

WITH_ID = {"type": "object", "required": ["id"]}


@pytest.mark.parametrize(
    ("lines", "said", "category"),
    [
        ("", Says(status=500), Category.FETCH),
        ('expect.schema = "order"\n', Says(body={}), Category.INVALID),
        ('expect.schema = "order"\n', Says(body=b"<p>"), Category.INVALID),
        ("expect.headers = { ETag = true }\n", Says(), Category.INVALID),
        ("expect.max_latency_ms = 50\n", Says(), Category.INVALID),
        ('capture = { a = "/b" }\n', Says(body={}), Category.INVALID),
    ],
    ids=["status", "schema", "no JSON", "header", "latency", "capture"],
)
def test_every_failure_of_what_came_counts_as_the_category_of_the_check(
    lines: str, said: Says, category: Category, clock: FakeClock
) -> None:
    def failure(more: str) -> Failure | None:
        backend = Backend(clock, {"GET /orders": said})
        text = LIST + more + lines
        return checks_of(text, backend, schemas={"order": WITH_ID}).result(f"{FILE}::list").failure

    plain, counted = failure(""), failure('category = "state"\n')
    assert plain is not None
    assert plain.category is category
    assert counted == replace(plain, category=Category.STATE)


@pytest.mark.parametrize("error", [NO_ANSWER, BUDGET_SPENT])
def test_no_answer_counts_as_what_it_is(error: SmokeError, clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": error})
    checks = checks_of(LIST + 'category = "state"\n', backend)
    assert checks.result(f"{FILE}::list").failure == error.failure


def test_time_that_runs_out_while_an_answer_is_judged_is_not_the_targets_fault(
    clock: FakeClock,
) -> None:
    backend = Backend(clock, {"GET /orders": [Says(), BUDGET_SPENT]})
    checks = checks_of(LIST + 'category = "state"\nexpect.max_latency_ms = 50\n', backend)
    assert checks.result(f"{FILE}::list").failure == BUDGET_SPENT.failure


def test_comparing_with_a_schema_ends_with_the_budget(clock: FakeClock) -> None:
    """A pattern may take longer over a text than anybody lives; the target is not to blame."""
    endless = {"properties": {"id": {"pattern": "^(a|aa)+$"}}}
    backend = Backend(clock, {"GET /orders": Says(body={"id": "a" * 60 + "!"})})
    backend.budget = Budget(0.5, reserved_s=0.35, clock=clock)
    text = LIST + 'category = "state"\nrequired = false\nexpect.schema = "order"\n'
    result = checks_of(text, backend, schemas={"order": endless}).result(f"{FILE}::list")
    assert result.failure == Failure(
        category=Category.BUDGET,
        expected="the validation of the response against its contract to finish",
        seen="no result within 0.05 s",
        where="contracts/order.schema.json",
        hint="look there for a pattern that backtracks without end, such as ^(a|aa)+$, or for a"
        " schema whose branches multiply, and rewrite it",
    )


def test_comparing_headers_ends_too_and_leaves_the_budget_to_others(clock: FakeClock) -> None:
    headers = {"x-evil": "a" * 60 + "!"}
    backend = Backend(clock, {"GET /orders": Says(headers=headers)})
    backend.budget = Budget(0.5, reserved_s=0.35, clock=clock)
    text = LIST + 'expect.headers = { X-Evil = { pattern = "^(a|aa)+$" } }\n'
    failure = checks_of(text, backend).result(f"{FILE}::list").failure
    assert failure is not None
    assert (failure.category, failure.where) == (
        Category.BUDGET,
        f"{FILE}#/check/0/expect/headers",
    )


@pytest.mark.parametrize(("declared_status", "asked"), [("401", 1), ("200", 2)])
def test_only_a_401_that_nobody_expects_says_something_of_the_token(
    declared_status: str, asked: int, clock: FakeClock
) -> None:
    """Else a check that wants one would use up the one renewal of the run."""
    login = Says(body={"access_token": "another-token-of-this-run"})
    routes = {"GET /orders": Says(status=401), "POST /api/auth/login": login}
    backend = Backend(clock, routes)
    profile = TargetProfile()
    credentials = Credentials(username="me", password="canary-password")
    auth = Auth(backend, profile.login, credentials, token=Token(value=TOKEN))
    checks = checks_of(
        f"{LIST}expect.status = {declared_status}\n",
        backend,
        target=Target(backend, auth, profile),
    )
    passed = checks.result(f"{FILE}::list").passed
    sent = [request.path for request in backend.requests]
    assert (passed, sent.count("/orders"), sent.count("/api/auth/login")) == (
        asked == 1,
        asked,
        asked - 1,
    )


def test_a_check_that_is_not_required_is_told_and_does_not_decide(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(status=500)})
    checks = checks_of(LIST_WITH_ID + "required = false\n" + ONE, backend)
    result = checks.result(f"{FILE}::list")
    assert (result.passed, result.failure, result.skip) == (
        False,
        None,
        Skip(
            reason=SkipReason.NOT_REQUIRED,
            text=f"warning: {FILE}::list is not required, and failed: expected a 2xx status, seen"
            " 500 with no body",
        ),
    )
    assert checks.result(f"{FILE}::one") == CheckResult(
        skip=Skip.not_run(f"{FILE}::list", "failed, which is not required")
    )


def test_a_check_that_is_not_required_and_holds_is_a_proof(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says()})
    checks = checks_of(LIST + "required = false\n", backend)
    assert checks.result(f"{FILE}::list").verified == "GET /orders responded as declared"


# -- schemas ----------------------------------------------------------------------------------

ORDER = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "note": {"type": "string"}},
    "$defs": {"line": {"type": "object", "required": ["sku"]}},
}


@pytest.mark.parametrize("schema", ["order", "order.schema.json"])
def test_an_answer_that_breaks_its_contract_is_shown_against_it(
    schema: str, clock: FakeClock
) -> None:
    backend = Backend(clock, {"GET /orders": Says(body={"id": "7", "note": "n"})})
    checks = checks_of(LIST + f'expect.schema = "{schema}"\n', backend, schemas={"order": ORDER})
    assert checks.result(f"{FILE}::list").failure == Failure(
        category=Category.INVALID,
        expected=f"a response that matches the contract '{schema}'",
        seen="/id: expected type integer, got the string '7'",
        where=f"GET {BASE_URL}/orders",
        hint=COMPARE,
        violations=(
            Violation(
                pointer="/id",
                expected="type integer",
                actual="the string '7'",
                schema_location="contracts/order.schema.json#/properties/id/type",
                kind="type",
                places=("/id",),
            ),
        ),
        difference=("@@ / @@", '- "id": type integer', '+ "id": "7"', '  "note": "n"'),
    )


def test_a_place_in_a_schema_is_a_schema(clock: FakeClock) -> None:
    text = LIST + 'expect.schema = "order#/$defs/line"\n'
    backend = Backend(clock, {"GET /orders": [Says(body={"sku": 1}), Says(body={"id": 1})]})
    checks = checks_of(text, backend, schemas={"order": ORDER})
    assert checks.result(f"{FILE}::list").passed
    failure = checks_of(text, backend, schemas={"order": ORDER}).result(f"{FILE}::list").failure
    assert failure is not None
    assert (failure.expected, [v.schema_location for v in failure.violations]) == (
        "a response that matches the contract 'order#/$defs/line'",
        ["contracts/order.schema.json#/$defs/line/required"],
    )


def test_a_schema_in_the_check_itself_is_called_that(clock: FakeClock) -> None:
    text = LIST + 'expect.schema = { type = "array" }\n'
    backend = Backend(clock, {"GET /orders": Says(body={})})
    failure = checks_of(text, backend).result(f"{FILE}::list").failure
    assert failure is not None
    assert (failure.expected, [v.schema_location for v in failure.violations]) == (
        "a response that matches the schema of this check",
        [f"{FILE}#/check/0/expect/schema/type"],
    )


def test_what_drifts_from_a_contract_stays_on_the_exchange(clock: FakeClock) -> None:
    text = LIST_WITH_ID + ONE + 'expect.schema = "order"\n'
    backend = Backend(
        clock, {"GET /orders": Says(body=ORDERS), "GET /orders/7": Says(body={"id": 1, "a": 2})}
    )
    result = checks_of(text, backend, schemas={"order": ORDER}).result(f"{FILE}::one")
    drifted = ConformanceResult(
        operation="GET /orders/{order_id}", undeclared=("/a",), unseen=("/note",)
    )
    assert [exchange.held for exchange in result.exchanges] == [drifted]


def test_a_name_that_stands_twice_stays_on_the_exchange_too(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(body=b'{"id": 0, "note": "x", "id": 1}')})
    text = LIST + 'expect.schema = "order"\n'
    result = checks_of(text, backend, schemas={"order": ORDER}).result(f"{FILE}::list")
    repeated = ConformanceResult(operation="GET /orders", doubts=(f"/id: {REPEATED_NAME.reason}",))
    assert [exchange.held for exchange in result.exchanges] == [repeated]


def test_what_an_api_description_says_of_drift_counts_more(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(body={"id": 1})})
    told = ConformanceResult(operation="GET /orders")
    backend.validator = lambda request, response: told
    text = LIST + 'expect.schema = "order"\n'
    result = checks_of(text, backend, schemas={"order": ORDER}).result(f"{FILE}::list")
    assert [exchange.held for exchange in result.exchanges] == [told]


def test_a_body_that_no_schema_describes_is_not_looked_at_and_that_stays_on_the_exchange(
    clock: FakeClock,
) -> None:
    backend = Backend(clock, {"GET /orders": Says(body=ORDERS)})
    result = checks_of(LIST, backend).result(f"{FILE}::list")
    unread = ConformanceResult(operation="GET /orders", not_looked_at=UNDESCRIBED)
    assert [exchange.held for exchange in result.exchanges] == [unread]


def test_an_answer_without_a_body_to_look_into_is_not_looked_into(clock: FakeClock) -> None:
    text = LIST + 'method = "HEAD"\n'
    backend = Backend(clock, {"HEAD /orders": Says()})
    assert (
        checks_of(text, backend).result(f"{FILE}::list").verified
        == "HEAD /orders responded as declared"
    )


# -- latency ----------------------------------------------------------------------------------

QUICK = LIST + "expect.max_latency_ms = 200\n"


def slow(*taken_ms: float) -> list[Says | BaseException]:
    return [Says(takes_ms=each) for each in taken_ms]


@pytest.mark.parametrize(
    ("taken_ms", "notes", "sent"),
    [
        ((200,), (), 1),
        ((350, 90), ("the first response took 350 ms, a later one was within the limit",), 2),
        ((350, 250, 200), ("the first response took 350 ms, a later one was within the limit",), 3),
    ],
)
def test_one_slow_answer_is_no_regression(
    taken_ms: tuple[float, ...], notes: tuple[str, ...], sent: int, clock: FakeClock
) -> None:
    backend = Backend(clock, {"GET /orders": slow(*taken_ms)})
    result = checks_of(QUICK, backend).result(f"{FILE}::list")
    assert (result.verified, result.notes) == ("GET /orders responded as declared", notes)
    assert len(result.exchanges) == sent


@pytest.mark.parametrize(
    ("text", "route", "seen", "sent"),
    [
        (QUICK, "GET /orders", "250 ms as the fastest of 3", 3),
        (SEARCH + "expect.max_latency_ms = 200\n", "POST /search", "351 ms", 1),
    ],
    ids=["three times", "an update is sent once"],
)
def test_what_is_always_slow_is_too_slow(
    text: str, route: str, seen: str, sent: int, clock: FakeClock
) -> None:
    method, _, path = route.partition(" ")
    backend = Backend(clock, {route: slow(350.6, 250, 900, 1)})
    (node_id,) = (f"{FILE}::{name}" for name in ("list", "search") if f'"{name}"' in text)
    result = checks_of(text, backend).result(node_id)
    assert result.failure == Failure(
        category=Category.INVALID,
        expected="a response within 200 ms",
        seen=seen,
        where=f"{method} {BASE_URL}{path}",
        hint="look for what made it slower, or raise max_latency_ms",
    )
    assert len(result.exchanges) == sent


def test_an_error_that_comes_fast_is_no_fast_answer(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": [Says(takes_ms=350), Says(status=500, takes_ms=1)]})
    assert checks_of(QUICK, backend).result(f"{FILE}::list").failure == broken_status(500)


# -- secrets ----------------------------------------------------------------------------------


def test_what_a_sensitive_name_stands_for_is_a_secret_from_then_on(clock: FakeClock) -> None:
    text = (
        LIST + 'capture = { session_token = "/t", plain = "/p" }\n'
        '[[check]]\nname = "one"\npath = "/orders/{session_token}/{plain}"\n'
        'headers = { X-Api-Key = "canary-of-a-header", X-Plain = "harmless" }\n'
    )
    backend = Backend(
        clock,
        {
            "GET /orders": Says(body={"t": "canary-of-a-capture", "p": "ordinary"}),
            "GET /orders/canary-of-a-capture/ordinary": Says(status=500),
        },
    )
    result = checks_of(text, backend).result(f"{FILE}::one")
    assert result.failure is not None
    assert result.failure.where == f"GET {BASE_URL}/orders/{REPLACEMENT}/ordinary"
    assert result.exchanges[0].curl == (
        "curl -sS -i -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\""
        " -H 'X-Api-Key: '\"$X_API_KEY\" -H 'X-Plain: harmless'"
        ' https://api.example.com/orders/"$SESSION_TOKEN"/ordinary'
    )


def test_what_a_sensitive_member_holds_is_a_secret_whatever_its_capture_is_called(
    clock: FakeClock,
) -> None:
    text = (
        LIST + 'capture = { first = "/tokens/0", second = "/plain/0" }\n'
        '[[check]]\nname = "one"\npath = "/orders/{first}/{second}"\n'
    )
    said = Says(body={"tokens": ["canary-of-a-list"], "plain": ["ordinary"]})
    path = "/orders/canary-of-a-list/ordinary"
    backend = Backend(clock, {"GET /orders": said, f"GET {path}": Says(status=500)})
    failure = checks_of(text, backend).result(f"{FILE}::one").failure
    assert failure is not None
    assert failure.where == f"GET {BASE_URL}/orders/{REPLACEMENT}/ordinary"


def test_what_stands_behind_a_sensitive_name_in_a_request_is_a_secret(clock: FakeClock) -> None:
    text = (
        '[[check]]\nname = "sent"\npath = "/sent"\nmethod = "POST"\nchanges = "nothing"\n'
        'query = { api_key = "canary-query" }\nheaders = { Cookie = "sid=canary-cookie" }\n'
        'json = { note = "harmless", secrets = [{ of = "canary-body" }] }\n'
    )
    backend = Backend(clock, {"POST /sent": Says()})
    checks_of(text, backend).result(f"{FILE}::sent")
    told = backend.redactor.text("canary-query canary-cookie canary-body harmless")
    assert told == f"{REPLACEMENT} {REPLACEMENT} {REPLACEMENT} harmless"


def test_an_answer_that_quotes_a_secret_does_not_give_it_away(clock: FakeClock) -> None:
    backend = Backend(clock, {"GET /orders": Says(body={"id": TOKEN, "note": TOKEN})})
    text = LIST + 'expect.schema = "order"\n'
    failure = checks_of(text, backend, schemas={"order": ORDER}).result(f"{FILE}::list").failure
    assert failure is not None
    assert failure.difference == (
        "@@ / @@",
        '- "id": type integer',
        f'+ "id": "{REPLACEMENT}"',
        f'  "note": "{REPLACEMENT}"',
    )
    assert TOKEN not in repr(failure)


def test_the_warning_of_a_check_that_is_not_required_gives_nothing_away(clock: FakeClock) -> None:
    text = LIST + 'required = false\nexpect.headers = { X-Echo = "x" }\n'
    backend = Backend(clock, {"GET /orders": Says(headers={"x-echo": TOKEN})})
    skip = checks_of(text, backend).result(f"{FILE}::list").skip
    assert skip is not None
    assert skip.text == (
        f"warning: {FILE}::list is not required, and failed: expected the header X-Echo: x, seen"
        f" '{REPLACEMENT}'"
    )


def test_a_long_chain_of_captures_is_no_deep_one(clock: FakeClock) -> None:
    """Asked for alone, the last check makes all those before it."""
    links = [
        f'[[check]]\nname = "{n}"\npath = "/{n}{f"/{{c{n - 1}}}" if n else ""}"\n'
        f'capture = {{ c{n} = "/id" }}\n'
        for n in range(1500)
    ]
    routes = {f"GET /{n}{'/7' if n else ''}": Says(body={"id": 7}, takes_ms=1) for n in range(1500)}
    backend = Backend(clock, routes)
    checks = checks_of("".join(links), backend)
    assert checks.result(f"{FILE}::1499").passed
    assert len(backend.requests) == 1500


def test_a_captured_secret_is_taken_out_of_the_answer_that_it_came_in(clock: FakeClock) -> None:
    """Its own name there may say nothing of it."""
    text = (
        '[[check]]\nname = "session"\npath = "/session"\nauth = false\n'
        'capture = { session_token = "/value" }\n'
    )
    said = Says(body={"value": "canary-5e55"}, excerpt='{"value": "canary-5e55"}')
    backend = Backend(clock, {"GET /session": said})
    (exchange,) = checks_of(text, backend).result(f"{FILE}::session").exchanges
    assert exchange.excerpt == f'{{"value": "{REPLACEMENT}"}}'


def test_what_is_not_required_does_not_hide_that_the_time_is_spent(clock: FakeClock) -> None:
    spent = SmokeError(
        Failure(category=Category.BUDGET, expected="time", seen="none", where="x", hint="y")
    )
    backend = Backend(clock, {"GET /one": spent})
    text = '[[check]]\nname = "one"\npath = "/one"\nrequired = false\n'
    assert checks_of(text, backend).result(f"{FILE}::one").failure == spent.failure


def test_what_is_not_required_and_failed_keeps_its_evidence(clock: FakeClock) -> None:
    """Its requests were sent, and count for what a run has exercised."""
    backend = Backend(clock, {"GET /one": Says(status=500)})
    text = '[[check]]\nname = "one"\npath = "/one"\nrequired = false\n'
    result = checks_of(text, backend).result(f"{FILE}::one")
    assert result.skip is not None
    assert [exchange.status for exchange in result.exchanges] == [500]


def test_what_changes_by_itself_is_not_compared(clock: FakeClock) -> None:
    backend = Backend(clock, {"PUT /orders/1": Says()})
    checks = checks_of(CHANGE + 'changing = ["revision"]\n', backend)
    assert checks.result(f"{FILE}::change").passed
    assert (
        backend.course[0] == "keeps /orders/1, put back by PUT but for ('updated_at', 'revision')"
    )
