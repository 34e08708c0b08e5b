"""The reason of each kind of failure: short, about the request or the place, and no category."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from unit.reports_in_memory import new_exchange

from pytest_apismoke.errors import Category, Excerpt, Failure, Violation
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.causes import causes_of, headline_of
from pytest_apismoke.verdict.judgement import RUN, judge
from pytest_apismoke.verdict.outcome import Outcome, Result
from pytest_apismoke.verdict.reasons import reason

URL = "https://api.example.com"
ME = "/api/business/me"
GET, PUT = f"GET {URL}{ME}", f"PUT {URL}{ME}"
LOGIN, HEALTH = f"POST {URL}/api/auth/login", f"GET {URL}/health"
OAUTH = f"GET {URL}/oauth/google/start?business_id=1"
RESTORED = "the original document after restoring"
CONTRACT = "a response that matches the contract 'orders'"
TEST = "tests/test_it.py::TestShop::test_price"


def failed(
    category: Category,
    expected: str,
    seen: str,
    where: str,
    *,
    name: str = "settings::fetch",
    violations: tuple[str, ...] = (),
    dirty: bool = False,
) -> Outcome:
    return Outcome(
        api="settings",
        stage=name.rpartition("::")[2],
        name=name,
        outcome=Result.FAILED,
        category=category,
        expected=expected,
        seen=seen,
        where=where,
        dirty=dirty,
        violations=tuple(
            Violation(pointer=pointer, expected="x", actual="y") for pointer in violations
        ),
    )


#: Of each kind that the package has: what is expected, what came, where; and the reason.
OF_THE_TARGET = [
    # a status
    (Category.FETCH, "200 with the settings document", "500 with application/json, 69 bytes", GET,
     f"GET {ME} answers 500"),
    (Category.AUTH, "200 or 201 from the login", "401 with application/json, which says 'no'",
     LOGIN, "POST /api/auth/login answers 401"),
    (Category.SAVE, "the update to be accepted", "409 with application/json, 78 bytes", PUT,
     f"PUT {ME} answers 409"),
    (Category.SAVE, "saving to work whatever the calendar's state is",
     "503 with application/json, 73 bytes (while the calendar is connected)", PUT,
     f"PUT {ME} answers 503"),
    (Category.FETCH, "201", "200 with application/json, 13 bytes", f"POST {URL}/orders",
     "POST /orders answers 200 instead of 201"),
    (Category.FETCH, "200 with the settings document", "301, a redirect to https://a.example/", GET,
     f"GET {ME} answers 301, a redirect to https://a.example/"),
    (Category.AUTH, "a JSON body", "200 with an HTML page, 53 bytes", LOGIN,
     "POST /api/auth/login answers 200 with an HTML page"),
    (Category.INVALID, "a JSON body", "200 with application/json, 209 bytes: NaN is not JSON", GET,
     f"GET {ME} answers 200: NaN is not JSON"),
    (Category.INVALID, "a JSON body",
     "200 with application/json, 9 bytes: Unterminated string starting at line 1", GET,
     f"GET {ME} answers 200 with broken JSON"),
    (Category.INVALID, "a structured JSON body in the refusal without a token",
     "401 with an HTML page, 53 bytes", GET, f"GET {ME} answers 401 with an HTML page"),
    (Category.FETCH, "401 or 403 for the settings without a token", "500 with an HTML page", GET,
     f"GET {ME} without a token answers 500"),
    (Category.FETCH, "401 or 403 for the settings with a wrong token", "500, 3 bytes", GET,
     f"GET {ME} with a wrong token answers 500"),
    (Category.AUTH, "401 or 403 without a token", "200: it is served to anyone", HEALTH,
     "GET /health is served to anyone"),
    (Category.AUTH, "401 or 403 for the settings without a token",
     "401 with the settings in its body: they are served to anyone", GET,
     f"GET {ME} is served to anyone"),
    (Category.OAUTH, "a 4xx that names the error in JSON, for a callback without a state",
     "422 with /error: expected type string, got null", f"GET {URL}/oauth/callback",
     "GET /oauth/callback answers 422 and breaks its contract at /error"),
    (Category.AUTH, "401 or 403 for the settings without a token",
     "200: they are served to anyone", GET, f"GET {ME} is served to anyone"),
    (Category.AUTH, "a refusal of a request without a signature",
     "200: anyone can pass for Twilio", f"POST {URL}/voice",
     "POST /voice: anyone can pass for Twilio"),
    (Category.FETCH, "a signed request to be accepted",
     "403: Twilio's own requests are refused", f"POST {URL}/voice", "POST /voice answers 403"),
    (Category.OAUTH, "a 302 to https://accounts.google.com/, or 200 with available: false",
     "200 with /: expected type object, got null", OAUTH,
     "GET /oauth/google/start answers 200 and breaks its contract"),
    (Category.OAUTH, "a redirect to https://accounts.google.com/",
     "a redirect to https://evil.example", OAUTH,
     "GET /oauth/google/start: a redirect to https://evil.example"),
    (Category.OAUTH, "the parameters client_id, redirect_uri, response_type, scope, state",
     "no state", OAUTH, "GET /oauth/google/start?business_id=1: no state"),
    # no answer
    (Category.FETCH, "a response", "the connection was reset", GET,
     f"GET {ME}: the connection was reset"),
    (Category.FETCH, "a response", "a body of more than 10485760 bytes", GET,
     f"GET {ME}: a body of more than 10485760 bytes"),
    (Category.FETCH, "a response within 0.5 s", "one after 0.61 s, and the next after 0.70 s", GET,
     f"GET {ME} takes longer than 0.5 s"),
    (Category.INVALID, "a response within 200 ms", "312 ms as the fastest of 3", HEALTH,
     "GET /health takes longer than 200 ms"),
    # what a login gives
    (Category.AUTH, "a token at /access_token in the login response",
     "nothing (the field is absent)", LOGIN,
     "POST /api/auth/login gives no token that can be used"),
    (Category.AUTH, "a cookie from the login", "none", LOGIN,
     "POST /api/auth/login gives no cookie that can be used"),
    # values
    (Category.STATE, "true or false in 'receptionist_enabled'", "the string 'on'", URL + ME,
     "'receptionist_enabled' is the string 'on'"),
    (Category.STATE, "true or false in 'receptionist_enabled'", "nothing (the field is absent)",
     ME, "'receptionist_enabled' is absent"),
    (Category.STATE, "a number for a receptionist that is enabled", "null in 'phone_number'",
     URL + ME, "'phone_number' is null"),
    (Category.PHONE, "an E.164 number such as +14155550123, or null, in 'phone_number'",
     "the string '555-0123'", URL + ME, "'phone_number' is the string '555-0123'"),
    (Category.INVALID, "a string or a number at /items/0/id to capture as 'order_id'",
     "nothing there; /items is a list of 0", f"GET {URL}/orders",
     "GET /orders: nothing there; /items is a list of 0"),
    (Category.INVALID, "the header X-Count", "'7'", f"GET {URL}/orders",
     "GET /orders: expected the header X-Count, got '7'"),
    (Category.INVALID, "responses of GET /orders with exactly what is declared",
     "undeclared: /note", f"{URL}/openapi.json", "GET /orders: undeclared: /note"),
    # writing
    (Category.PERSIST, "to see the original document after restoring",
     "it could not be looked at: no response in time", GET,
     f"GET {ME}: it could not be looked at: no response in time"),
    # the run could not tell
    (Category.UNREADY, "the target to be ready within 60 s", "503", HEALTH,
     "GET /health answers 503, not ready within 60 s"),
    (Category.UNREADY, "the target to be ready", "connection refused", HEALTH,
     "GET /health: connection refused, not ready"),
    (Category.UNREADY, "the target to be ready within 1 s", "200 with an HTML page", HEALTH,
     "GET /health answers 200 with an HTML page, not ready"),
    (Category.UNREADY, "the target to be ready within 1 s",
     "302, a redirect to https://login.example/sso?back=here", HEALTH,
     "GET /health answers 302, a redirect to https://login.example/sso?back=here, not ready"),
    (Category.UNREADY, "the target to be ready within 600 s", "200 with 'degraded' as its body",
     HEALTH, "GET /health answers 200 with 'degraded' as its body"),
    (Category.VERSION, "version 1.0.0 to answer within 60 s",
     "version 0.9 in 4 of 8 answers, and the expected one in the others",
     f"{HEALTH}, property /version", "version 0.9 answers instead of 1.0.0"),
    (Category.VERSION, "version 1.0.0 to answer at the end of the run",
     "version 1.0.0-old, which only begins with it", f"{HEALTH}, property /version",
     "version 1.0.0-old answers instead of 1.0.0"),
    (Category.VERSION, "version 1.0.0 to answer 20 times in a row within 60 s",
     "it 5 times in a row, after version 0.9 in 3 of 9 answers", f"{HEALTH}, header X-Version",
     "version 1.0.0 answered only 5 times in a row"),
    (Category.VERSION, "version 1.0.0 to answer", "no version (the page has none)",
     f"{HEALTH}, its body", "version 1.0.0 was not seen: no version"),
    (Category.BUDGET, "to finish within 60 s", "the time budget spent", GET,
     f"GET {ME} did not finish within 60 s"),
    (Category.BUDGET, "to log in within the budget", "429, which asks for a wait of 86400 s", LOGIN,
     "POST /api/auth/login answers 429"),
]  # fmt: skip

OF_THE_RUN = [
    (Category.INTERRUPTED, "the run to finish", "it was interrupted", "this run",
     "the run was interrupted"),
    (Category.INTERRUPTED, "the run to finish", "a call of os._exit while /a may still have it",
     "this run", "os._exit ended the run"),
    (Category.INTERRUPTED, "a run against a target", "an end by the signal SIGKILL, without a"
     " verdict", "apismoke", "an end by the signal SIGKILL, without a verdict"),
    (Category.BUDGET, "the run to end within 60 s of waiting and a budget of 300 s",
     "it was still in calendar::oauth", "this run",
     "the run did not end: it was still in calendar::oauth"),
    (Category.INTERNAL, "the gate to run", "KeyError: 'x'", "the gate",
     "the gate failed: KeyError: 'x'"),
    (Category.UNVERIFIED, "every required check to be run", "no result of some", "this run",
     "settings::fetch is required and was not run"),
    (Category.UNVERIFIED, "at least one check that sends a request to the target", "none",
     "this run", "no check sent a request to the target"),
    (Category.UNVERIFIED, "at least 90 % of the 5 operations to be exercised",
     "2, 40 %; not GET /shop", f"{URL}/openapi.json",
     "2 of 5 operations were exercised, and not 90 %"),
    (Category.UNVERIFIED, "a check of the API 'orders', which was chosen",
     "none that ran in this run", "--smoke-api", "the API 'orders' is not checked by this run"),
    (Category.UNVERIFIED, "a check of the API 'orders', which is required",
     "a call that leaves it out", "apismoke.toml", "the API 'orders' is left out"),
    (Category.UNVERIFIED, "a test below 'tests/smoke' that this run runs", "no test",
     "the ini file", "no test below 'tests/smoke' ran"),
    (Category.UNVERIFIED, "no probe in /hours", "one that the run 1 left behind", GET,
     f"GET {ME}: one that the run 1 left behind"),
    (Category.USAGE, "tests/test_it.py to be collected", "SyntaxError: invalid syntax",
     "tests/test_it.py", "tests/test_it.py can't be collected: SyntaxError: invalid syntax"),
]  # fmt: skip

OF_THE_CALL = [
    ("the URL of the API to check", "an empty string", "--target-url", "--target-url is empty"),
    ("the URL of the API to check", "none", "--target-url",
     "--target-url: the URL of the API to check is missing"),
    ("a key of [check.expect]", "'stauts'", "contracts/orders.toml#/check/0/expect (of 'the list')",
     "contracts/orders.toml has a key that does not exist"),
    ("a key of [check]", "'stauts'", "apismoke.toml, line 3",
     "apismoke.toml has a key that does not exist: 'stauts'"),
    ("the name of an enabled API (settings, calendar)", "'order'", "--smoke-api",
     "--smoke-api: 'order' is not the name of an enabled API"),
    ("a path that begins with a slash", "'api/orders'", "smoke_client, GET",
     "smoke_client, GET: 'api/orders' is not a path that begins with a slash"),
    ("either APISMOKE_TOKEN or APISMOKE_TOKEN_FILE", "both", "the environment",
     "the environment: both are given, either APISMOKE_TOKEN or APISMOKE_TOKEN_FILE"),
    ("APISMOKE_USERNAME and APISMOKE_PASSWORD, or APISMOKE_TOKEN", "no APISMOKE_USERNAME",
     "the environment", "the environment: no APISMOKE_USERNAME, expected APISMOKE_USERNAME and"
     " APISMOKE_PASSWORD, or APISMOKE_TOKEN"),
    ("OpenAPI 3.0, 3.1, 3.2", "Swagger 2.0", "openapi.json#/swagger",
     "openapi.json#/swagger: Swagger 2.0, expected OpenAPI 3.0, 3.1, 3.2"),
    ("to write the report", "Permission denied", "/reports/smoke.json",
     "/reports/smoke.json: Permission denied, expected to write the report"),
    ("a run against a target", "no target", "apismoke", "no target was given"),
    ("a run against a target", "pytest rejected the call before the gate began", "apismoke --no",
     "pytest rejected the call before the gate began"),
    ("valid JSON", "x" * 150, "contracts/orders.schema.json, line 3",
     "contracts/orders.schema.json, line 3: " + "x" * 81 + "…"),
]  # fmt: skip


@pytest.mark.parametrize(("category", "expected", "seen", "where", "told"), OF_THE_TARGET)
def test_a_failure_of_the_target_is_told_by_its_request(
    category: Category, expected: str, seen: str, where: str, told: str
) -> None:
    assert reason(failed(category, expected, seen, where)) == told


@pytest.mark.parametrize(("category", "expected", "seen", "where", "told"), OF_THE_RUN)
def test_a_failure_of_the_run_is_told_by_what_happened(
    category: Category, expected: str, seen: str, where: str, told: str
) -> None:
    assert reason(failed(category, expected, seen, where)) == told


@pytest.mark.parametrize(("expected", "seen", "where", "told"), OF_THE_CALL)
def test_a_mistake_in_the_call_is_told_by_its_place(
    expected: str, seen: str, where: str, told: str
) -> None:
    assert reason(failed(Category.USAGE, expected, seen, where, name=f"{RUN}::run")) == told


@pytest.mark.parametrize(
    ("expected", "seen", "told"),
    [
        ("the test to pass", "AssertionError: assert 200 == 204", "fails: assert 200 == 204"),
        ("the test to pass", "Failed: too slow", "fails: too slow"),
        ("the test's own code to work", "KeyError: 'id'", "breaks: KeyError: 'id'"),
        ("a test that uses smoke_client to send a request", "no request", "sends no request"),
        ("every test of this run to be run", "no result of this one", "was not run"),
    ],
)
def test_a_test_of_a_user_is_told_by_its_name(expected: str, seen: str, told: str) -> None:
    category = Category.UNVERIFIED if "run" in expected else Category.INVALID
    assert reason(failed(category, expected, seen, TEST, name=TEST)) == f"test_price {told}"


def test_a_broken_contract_is_told_by_its_place_or_by_their_number() -> None:
    where = f"GET {URL}/orders?limit=5"
    one = failed(
        Category.INVALID, CONTRACT, "/a: expected x", where, violations=("/items/0/total",)
    )
    two = failed(Category.INVALID, CONTRACT, "/a: expected x", where, violations=("/a", "/b"))
    assert reason(one) == "GET /orders?limit=5 breaks its contract at /items/0/total"
    assert reason(two) == "GET /orders?limit=5 breaks its contract in 2 places"


def test_what_a_whole_body_lacks_is_told_by_its_name() -> None:
    absent = Violation(pointer="/", expected="the property 'name'", actual="an object without it")
    text = Violation(pointer="", expected="type object", actual="a string")
    told = [
        reason(replace(failed(Category.INVALID, CONTRACT, "/", GET), violations=(violation,)))
        for violation in (absent, text)
    ]
    assert told == [
        f"GET {ME} breaks its contract: 'name' is absent",
        f"GET {ME} breaks its contract",
    ]


def test_a_failure_with_words_of_its_own_is_told_by_the_first_that_are_short_enough() -> None:
    check = failed(Category.STATE, "a", "b", GET)
    of_60, of_61 = "x" * 60, "y" * 61
    told = [
        reason(replace(check, in_short=words))
        for words in ((of_60, "short"), (of_61, "short"), (of_61, f"{of_61}!"))
    ]
    assert told == [of_60, "short", f"{of_61}!"]


def test_the_words_of_a_failure_cross_processes() -> None:
    excerpt = Excerpt(file="a.toml", line=3, text="[b] c = 1", start=4, length=1)
    check = replace(
        failed(Category.STATE, "a", "b", GET), in_short=("full", "short"), excerpt=excerpt
    )
    assert Outcome.from_json(json.loads(json.dumps(check.to_json()))) == check


def test_the_words_of_a_failure_show_no_secret() -> None:
    redactor = Redactor()
    redactor.learn("hunter2-hunter2", "APISMOKE_PASSWORD")
    failure = Failure(
        category=Category.STATE,
        expected="a",
        seen="b",
        where=GET,
        hint="c",
        in_short=("/db is 'hunter2-hunter2'",),
        excerpt=Excerpt(file="a.toml", line=3, text="hunter2-hunter2 = 1", start=0, length=15),
    )
    told = Outcome.of_failure(redactor, failure, api="a", stage="b", name="a::b")
    assert (told.in_short, told.excerpt) == (("/db is '[redacted]'",), None)


def test_a_query_is_left_out_where_it_makes_the_reason_long() -> None:
    where = f"GET {URL}/orders?from=2026-11-01&to=2026-11-30&by=day&of=eu"
    assert reason(failed(Category.FETCH, "200", "500", where)) == "GET /orders answers 500"


def test_a_target_left_changed_is_told_by_what_it_holds() -> None:
    check = failed(Category.PERSIST, RESTORED, "/a was 1 and is 2", PUT, dirty=True)
    told = [
        reason(replace(check, in_short=words))
        for words in (
            ("/hours holds a probe", "/hours"),
            ("/receptionist_enabled is not as it was", "/receptionist_enabled"),
            (
                "/receptionist_enabled, /greeting_style and /name",
                "/receptionist_enabled and 2 more",
            ),
        )
    ]
    assert told == [
        "the target was left changed: /hours holds a probe",
        "left changed: /receptionist_enabled is not as it was",
        "left changed: /receptionist_enabled and 2 more",
    ]
    ended = "a call of os._exit while /me may still have what this run wrote"
    forced = failed(Category.INTERRUPTED, "the run to finish", ended, "this run", dirty=True)
    assert reason(forced) == "the target was left changed: os._exit ended the run"


def test_no_reason_is_the_name_of_a_category() -> None:
    names = {category.value for category in Category}
    rows = [*OF_THE_TARGET, *OF_THE_RUN]
    assert [row for row in rows if names & {row[-1], row[-1].partition(":")[0]}] == []


def test_the_same_evidence_is_one_cause_in_whichever_stage_it_breaks_each_api() -> None:
    """A page instead of JSON breaks a contract here, and is unexpected there."""
    page = ("a JSON body", "200 with an HTML page, 53 bytes", GET)
    error = replace(failed(Category.ERROR, *page), api="calendar", name="calendar::state")
    invalid = failed(Category.INVALID, *page, name="settings::contract")
    verdict = judge([error, invalid], plan=())
    (cause,) = causes_of(verdict.checks)
    assert [check.name for check in cause.checks] == ["settings::contract", "calendar::state"]
    assert headline_of(verdict) == f"FAIL: GET {ME} answers 200 with an HTML page"


def test_tests_that_fail_in_one_line_with_other_requests_are_causes_of_their_own() -> None:
    """Cases of a parametrised test share the line, and not what they found."""
    checks = [
        replace(
            failed(
                Category.INVALID, "200", "404", "test_it.py:9", name=f"test_it.py::test[{path}]"
            ),
            exchanges=(new_exchange(url=f"{URL}/{path}", status=404),),
        )
        for path in ("a", "b", "b")
    ]
    assert [len(cause.checks) for cause in causes_of(checks)] == [1, 2]


def test_what_is_not_the_targets_fault_is_no_part_of_a_cause_that_is() -> None:
    page = ("a JSON body", "200 with an HTML page, 53 bytes", GET)
    checks = [failed(Category.INVALID, *page), failed(Category.USAGE, *page, name="orders::a")]
    assert [cause.first.category for cause in causes_of(checks)] == [
        Category.INVALID,
        Category.USAGE,
    ]


def test_a_verdict_is_told_by_the_cause_that_explains_it() -> None:
    """An interruption outranks what had failed before; a mistake comes after what broke."""
    broken = failed(Category.FETCH, "200", "500", GET)
    ended = failed(
        Category.INTERRUPTED, "the run to finish", "it was interrupted", "this run", name="a::run"
    )
    verdict = judge([broken, ended], plan=())
    assert headline_of(verdict) == "INCONCLUSIVE: the run was interrupted, and 1 more cause"
    assert [cause.summary for cause in causes_of(verdict.checks)] == [
        f"GET {ME} answers 500",
        "the run was interrupted",
    ]
