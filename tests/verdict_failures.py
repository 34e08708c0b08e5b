"""Checks that failed, for the verdicts in `verdicts.py`; one for each category among them."""

from __future__ import annotations

from verdict_parts import NO_COLUMN, exchange, failed, not_run, of_run, passed
from verdict_passes import LOGIN, ME, STAGES, built_in, orders, own_tests, suite

from pytest_apismoke.errors import Category, Violation
from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

_BROKEN = exchange(
    "GET",
    "/api/business/me",
    500,
    body=NO_COLUMN,
    duration_s=0.212,
    request_id="c9f0f895fb98ab9159f51fd0297e236d",
)
VIOLATIONS = (
    Violation(
        pointer="/items/3/total",
        expected="a number",
        actual="the string '129.00'",
        schema_location="contracts/order-list.schema.json#/$defs/order/properties/total/type",
        kind="type",
        places=("/items/*/total",),
    ),
    Violation(
        pointer="/items/4",
        expected="the property 'currency'",
        actual="an object without it",
        schema_location="contracts/order-list.schema.json#/$defs/order/required",
        kind="required",
        places=("/items/*/currency",),
    ),
)
_DIFFERENCE = (
    "  @@ /items/3 @@",
    '    "id": "ord_1039"',
    '-   "total": … (a number)',
    '+   "total": "129.00"',
    "  @@ /items/4 @@",
    '    "total": 48.5',
    '-   "currency": … (required)',
)


def answers_500() -> list[Outcome]:
    """The document can't be read: the three suites stop at one request."""
    outcomes = []
    for api, stages in STAGES.items():
        fetch = f"{api}::fetch"
        outcomes += [
            passed(f"{api}::login", "a token", LOGIN),
            failed(
                fetch,
                Category.FETCH,
                _BROKEN,
                expected="200 with the settings document",
                seen="500 with application/json, 88 bytes",
            ),
            *not_run([f"{api}::{stage}" for stage in stages[2:]], fetch),
        ]
    return outcomes


def breaks_contract() -> Outcome:
    operation = ConformanceResult(
        operation="GET /api/orders", violations=VIOLATIONS, difference=_DIFFERENCE
    )
    return failed(
        "contracts/orders.toml::the list of orders",
        Category.INVALID,
        exchange(
            "GET",
            "/api/orders?limit=5",
            body='{"items": [{"id": "ord_1036", "total": 12.0, "currency": "EUR"}]}',
            duration_s=0.058,
            request_id="45c48cce2e2d7fbdea1afc51c7c6ad26",
            held=operation,
        ),
        expected="a response that keeps the contract 'order-list'",
        seen="2 violations: /items/3/total: expected a number, got the string '129.00'",
        hint="compare the response with contracts/order-list.schema.json: either the API broke it"
        " or the contract is out of date",
        violations=VIOLATIONS,
        difference=_DIFFERENCE,
    )


def own_test_fails() -> Outcome:
    return failed(
        "tests/e2e/test_prices.py::test_no_price_is_negative",
        Category.ERROR,
        exchange(
            "GET",
            "/api/catalog?limit=50",
            body='{"items": [{"id": "sku_0913", "price": -4.0}]}',
            request_id="6512bd43d9caa6e02c990b0a82652dca",
        ),
        expected="assert item['price'] >= 0",
        seen="item['price'] is -4.0, for item 'sku_0913'",
        hint="read the test; it is one of your own",
    )


def not_ready() -> Outcome:
    return of_run(
        "preflight",
        Category.UNREADY,
        exchange(
            "GET",
            "/health",
            503,
            body='{"error": "unavailable", "detail": "the database is gone"}',
            request_id="bd525877c88e4ff8a40c57a8603fffc6",
            token=False,
        ),
        expected='200 and a healthy "status" within 60 s',
        seen="503 with application/json, 58 bytes, 31 times",
        hint="look at why the service is not ready; if it only starts slowly, allow more with"
        " --target-wait SECONDS",
    )


def typo() -> Outcome:
    return of_run(
        "run",
        Category.USAGE,
        expected="enabled, exit_code or required",
        seen="requird",
        where="apismoke.toml, line 14: [apis.orders] requird = false",
        hint='did you mean "required"?',
    )


def dirty() -> list[Outcome]:
    """The original could not be put back."""
    settings = suite("settings", STAGES["settings"][:-1])
    restore = failed(
        "settings::restore",
        Category.PERSIST,
        exchange(
            "PUT",
            "/api/business/me",
            503,
            body='{"error": "read only"}',
            duration_s=2.0,
            request_id="4e30b57c55d947f4b1b82aeca1037bd3",
        ),
        expected="the original document after restoring",
        seen="503 to the restoring update, 6 times in 12 s",
        in_short=("/greeting_style holds a probe",),
        hint="when it takes updates again, run the command above",
        difference=(
            '- "greeting_style": "Warm and brief"',
            '+ "greeting_style": "Warm and brief [apismoke 1198f038.1 11s]"',
        ),
        dirty=True,
    )
    return [*settings, restore, *built_in("settings")]


#: For each category one failure as a target, or a call, gives it.
OF_CATEGORY: dict[Category, list[Outcome]] = {
    Category.AUTH: [
        failed(
            "settings::login",
            Category.AUTH,
            exchange(
                "POST", "/api/auth/login", 401, body='{"error": "bad credentials"}', token=False
            ),
            expected="200 with an access token",
            seen="401 with application/json, 28 bytes",
            hint="check APISMOKE_EMAIL and APISMOKE_PASSWORD",
        ),
        *not_run([f"settings::{stage}" for stage in STAGES["settings"][1:]], "settings::login"),
    ],
    Category.FETCH: answers_500(),
    Category.SAVE: [
        *suite("settings", ("login", "fetch", "contract")),
        failed(
            "settings::save",
            Category.SAVE,
            exchange("PUT", "/api/business/me", 422, body='{"error": "greeting_style: unknown"}'),
            expected="200, 201 or 204",
            seen="422 with application/json, 36 bytes",
        ),
        *not_run(["settings::persist", "settings::restore"], "settings::save"),
    ],
    Category.OAUTH: [
        *suite("calendar", ("login", "fetch", "state")),
        failed(
            "calendar::oauth",
            Category.OAUTH,
            exchange("GET", "/api/calendar/oauth/start", 404, body='{"error": "not found"}'),
            expected="a redirect to accounts.google.com",
            seen="404 with application/json, 22 bytes",
        ),
    ],
    Category.PHONE: [
        *suite("twilio", ("login", "fetch")),
        failed(
            "twilio::phone",
            Category.PHONE,
            exchange("GET", "/api/business/me", body='{"phone_number": "0151 2345"}'),
            expected="/phone_number as an E.164 number, such as +4915123456789",
            seen="the text '0151 2345'",
        ),
        passed("twilio::state"),
    ],
    Category.PERSIST: [
        *suite("settings", ("login", "fetch", "contract", "save")),
        failed(
            "settings::persist",
            Category.PERSIST,
            exchange("GET", "/api/business/me", body='{"greeting_style": "Warm and brief"}'),
            expected="the probe at /greeting_style in 4 of 4 reads",
            seen="the original in 2 of 4 reads",
        ),
        passed("settings::restore"),
    ],
    Category.STATE: [
        *suite("calendar", ("login", "fetch")),
        failed(
            "calendar::state",
            Category.STATE,
            ME,
            expected="/calendar_connected: true or false",
            seen="the text 'yes'",
        ),
        passed("calendar::oauth"),
    ],
    Category.INVALID: [breaks_contract(), *orders()[1:], *built_in()],
    Category.ERROR: [own_test_fails(), *own_tests(), *built_in()],
    Category.UNREADY: [not_ready()],
    Category.VERSION: [
        of_run(
            "preflight",
            Category.VERSION,
            exchange("GET", "/health", body='{"status": "ok", "version": "2026.11.26-1"}'),
            expected="the version '2026.11.27-3', three times in a row",
            seen="'2026.11.26-1' in 20 of 20 answers",
            hint="the deploy has not reached this target; look at its rollout",
        )
    ],
    Category.USAGE: [typo()],
    Category.BUDGET: [
        *suite("calendar", ("login", "fetch")),
        of_run(
            "run",
            Category.BUDGET,
            expected="the run to end within its budget of 60 s",
            seen="it was still in calendar::oauth",
            hint="find out what takes so long, or allow more with --smoke-budget SECONDS",
        ),
    ],
    Category.INTERRUPTED: [
        *suite("settings", ("login", "fetch", "contract", "save", "persist", "restore")),
        of_run(
            "run",
            Category.INTERRUPTED,
            expected="the run to finish",
            seen="it was interrupted",
            hint="run the gate again",
        ),
    ],
    Category.UNVERIFIED: [
        *built_in("twilio"),
        failed(
            "twilio::phone",
            Category.UNVERIFIED,
            outcome=Result.ERROR,
            expected="every required check to be run",
            seen="no result of some",
            hint="leave out -k, -m, --deselect, --lf and --collect-only",
            skip_reason=SkipReason.MISSING,
        ),
    ],
    Category.INTERNAL: [
        *built_in(),
        of_run(
            "run",
            Category.INTERNAL,
            expected="the gate to run",
            seen="RuntimeError: dictionary changed size during iteration",
            where="the gate",
            hint="this is a defect of the gate or of another plugin, not of the target;"
            " please report it",
        ),
    ],
}
