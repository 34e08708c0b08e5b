"""Every fault does over HTTP what its summary says, and nothing else."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from demo.running import OAUTH, Demo, Start

from pytest_apismoke.demo.behaviour import Behaviour, Write
from pytest_apismoke.demo.documents import WRITABLE
from pytest_apismoke.demo.faults import Fault, all_faults
from pytest_apismoke.demo.faults.caches import cache_in_front as cache_in_front_of
from pytest_apismoke.demo.faults.caches import cache_stubborn as cache_stubborn_of
from pytest_apismoke.demo.faults.registry import fault
from pytest_apismoke.demo.faults.service import slow_start
from pytest_apismoke.demo.faults.values import masks_secrets
from pytest_apismoke.demo.request import FETCH, HEALTH, LOGIN, SAVE, Request
from pytest_apismoke.demo.response import json_response

Step = Callable[[Demo], object]

FAULTS = {one.name: one for one in all_faults()}
PAGE = "an HTML page"
ABSENT = "absent"
OLD = "Dentistry"
LONG = "longer than twenty characters"
USERNAME = "owner@example.com"
USER = {"id": 1, "email": USERNAME, "business_id": "1", "is_verified": True}
STORED = {"status": "success", "id": 1}
NOT_VALID = "Could not validate credentials"
NO_TOKEN: dict[str, str] = {}
WRONG_TOKEN = {"Authorization": "Bearer wrong"}


def outcome(response: requests.Response) -> tuple[int, object]:
    """The status, and the code or detail of a structured error, PAGE, or the JSON body."""
    if response.headers["Content-Type"].startswith("text/html"):
        assert response.text.startswith("<!doctype html>")
        return response.status_code, PAGE
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    if response.status_code < 400:
        return response.status_code, body
    detail = body.pop("detail", "")
    assert isinstance(detail, str)
    code = body.pop("error", detail)
    return response.status_code, {"error": code, **body} if body else code


# Steps: each sends one request, logged in unless headers are given, and returns what it shows.


def login(demo: Demo) -> object:
    return outcome(demo.login())


def wrong_login(demo: Demo) -> object:
    return outcome(demo.login("wrong"))


def busy_login(demo: Demo) -> object:
    response = demo.login()
    return outcome(response), response.headers["Retry-After"]


def fetch(demo: Demo, headers: dict[str, str] | None = None) -> object:
    return outcome(demo.fetch(headers))


def save(demo: Demo, headers: dict[str, str] | None = None) -> object:
    return outcome(demo.save({"industry": "x"}, headers))


def saves(industry: str) -> Step:
    """Save this industry; the response."""
    return lambda demo: demo.save({"industry": industry}).json()


def saves_nothing(demo: Demo) -> object:
    """Send an update without properties."""
    return demo.save({}).status_code


def uncached(demo: Demo) -> tuple[object, str | None]:
    """The industry and the Age that a fetch without cache shows."""
    response = demo.fetch({**demo.bearer(), "Cache-Control": "max-age=0, No-Cache"})
    return response.json()["industry"], response.headers.get("Age")


def industry(demo: Demo) -> object:
    return demo.document()["industry"]


def save_of(**changes: object) -> Step:
    """Save these properties; the whole response."""
    return lambda demo: outcome(demo.save(changes))


def keeps(**changes: object) -> Step:
    """Save these properties; what a fetch shows of them afterwards."""

    def step(demo: Demo) -> object:
        assert demo.save(changes).status_code == 200
        document = demo.document()
        return {name: document[name] for name in changes}

    return step


def value(name: str) -> Step:
    """What a fetch shows as this property."""
    return lambda demo: demo.document().get(name, ABSENT)


def version(demo: Demo) -> object:
    return demo.get("/health").json()["version"]


def oauth(demo: Demo) -> object:
    return outcome(demo.oauth())


def redirect(demo: Demo) -> object:
    """The status, the host and the parameters of the OAuth start's redirect."""
    response = demo.oauth()
    target = urlsplit(response.headers["Location"])
    return response.status_code, target.netloc, sorted(parse_qs(target.query))


def get(path: str) -> Step:
    return lambda demo: outcome(demo.get(path))


def declared(*names: str) -> Step:
    """Those of some properties of the settings that the OpenAPI document has, and requires."""

    def step(demo: Demo) -> object:
        schema = demo.get("/openapi.json").json()["components"]["schemas"]["Business"]
        return [name for name in names if name in {*schema["properties"]} & {*schema["required"]}]

    return step


def shows(**properties: object) -> list[tuple[Step, object]]:
    """A fetch shows these properties, and the others as they are in a healthy document."""
    always = ("name", "phone_number", "receptionist_enabled", "google_calendar_connected")
    healthy = ("Harbor Dental", "+14155550123", True, False)
    expected = {**dict(zip(always, healthy, strict=True)), **properties}

    def shown(document: Mapping[str, object]) -> object:
        return {name: document.get(name, ABSENT) for name in expected}

    return [(lambda demo: shown(demo.document()), expected)]


NO_STATE = ["client_id", "redirect_uri", "response_type", "scope"]
UNAVAILABLE = {
    "available": False,
    "error": "google_oauth_not_configured",
    "detail": "no Google OAuth client is configured on this server",
}

#: What a client sees of each fault: the steps in their order, each with its result.
STEPS: dict[str, list[tuple[Step, object]]] = {
    "login-500": [(login, (500, "internal_error"))],
    "login-refused": [(login, (401, "Invalid credentials"))],
    "login-no-token": [
        (login, (200, {"token_type": "bearer", "user": USER})),
        (wrong_login, (401, "Invalid credentials")),
    ],
    "login-html": [(login, (200, PAGE))],
    "login-limit": [
        *[(lambda demo: demo.login().status_code, 200)] * 5,
        *[(login, (429, "Rate limit exceeded: 5 per 1 minute"))] * 2,
    ],
    "login-429": [(busy_login, ((429, "too_many_requests"), "1")), (industry, OLD)],
    "no-auth-check": [
        (lambda demo: demo.fetch(NO_TOKEN).json()["industry"], OLD),
        (lambda demo: demo.fetch(WRONG_TOKEN).json()["industry"], OLD),
        (industry, OLD),
    ],
    **{
        name: [
            *((partial(step, headers=NO_TOKEN), (status, PAGE)) for step in (fetch, save)),
            *((partial(step, headers=WRONG_TOKEN), (status, PAGE)) for step in (fetch, save)),
            (industry, OLD),
        ]
        for name, status in (("auth-500", 500), ("auth-unstructured", 401))
    },
    "me-500": [
        (fetch, (500, "internal_error")),
        (partial(fetch, headers=WRONG_TOKEN), (401, NOT_VALID)),
    ],
    "me-404": [(fetch, (404, "not_found"))],
    "me-refused": [
        (fetch, (401, NOT_VALID)),
        (lambda demo: demo.fetch().headers["WWW-Authenticate"], "Bearer"),
    ],
    "me-html": [(fetch, (200, PAGE))],
    "me-null": [(fetch, (200, None))],
    "me-missing-name": shows(name=ABSENT),
    "me-wrong-type": shows(name=42),
    "me-bad-format": shows(updated_at="yesterday"),
    "renames-field": [
        *shows(minutes_used=ABSENT, minutes_spent=42),
        (declared("minutes_used", "minutes_spent"), ["minutes_spent"]),
        (saves("x"), STORED),
        (industry, "x"),
    ],
    "save-500": [(save, (500, "internal_error")), (industry, OLD)],
    "save-refused": [(save, (422, "invalid_field")), (industry, OLD)],
    "save-needs-calendar": [
        *shows(),
        (save, (409, "calendar_not_connected")),
        (industry, OLD),
    ],
    "save-html": [(save, (200, PAGE)), (industry, "x")],
    "save-needs-calendar-later": [
        *((saves("x"), STORED), (saves("y"), STORED)),
        (lambda demo: demo.oauth().status_code, 302),
        *((save, (500, "internal_error")), (industry, "y")),
    ],
    "write-reverts": [
        *((saves("x"), STORED), (industry, "x"), *[(industry, OLD)] * 3),
        *((saves("y"), STORED), (industry, "y"), *[(industry, OLD)] * 3),
    ],
    "write-lags": [
        *((saves("x"), STORED), *[(industry, OLD)] * 2, *[(industry, "x")] * 2),
        *((saves("y"), STORED), *[(industry, "x")] * 2, *[(industry, "y")] * 2),
    ],
    "fetches-counted": [(lambda demo: demo.document()["view_count"], n) for n in (1, 2, 3)],
    "probe-starts-null": [
        *(
            (value(name), None)
            for name in ("business_hours", "greeting_style", "common_services", "industry")
        ),
        (keeps(industry="Dentistry"), {"industry": "Dentistry"}),
    ],
    "null-becomes-empty": [
        (keeps(greeting_style=None, name="x"), {"greeting_style": "", "name": "x"})
    ],
    "write-trims": [
        (value("business_hours"), "Mon-Fri 9-5 \n"),
        (keeps(industry=" a b\n"), {"industry": "a b"}),
        (value("business_hours"), "Mon-Fri 9-5 \n"),
        (keeps(business_hours="Mon-Fri 9-5 \n"), {"business_hours": "Mon-Fri 9-5"}),
    ],
    "write-normalises-lines": [
        (value("business_hours"), "Mon-Fri 9-5\r\nSat 10-2"),
        (keeps(industry="a\r\nb\rc"), {"industry": "a\nb\rc"}),
        (value("business_hours"), "Mon-Fri 9-5\r\nSat 10-2"),
    ],
    "write-lowercases": [
        (value("business_hours"), "Mon-Fri 9-5"),
        (keeps(industry="Dentistry [X]"), {"industry": "dentistry [x]"}),
        (value("name"), "Harbor Dental"),
    ],
    "masks-secrets": [(value("webhook_secret"), "whsec_****")] * 2,
    "refuses-unknown-keys": [
        *(
            (save_of(industry="x", **{name: 1}), (422, "invalid_field"))
            for name in ("id", "google_calendar_connected", "minutes_used", "other")
        ),
        *((industry, OLD), (saves("x"), STORED), (industry, "x")),
    ],
    "refuses-null": [
        (save_of(industry="x", name=None), (422, "invalid_field")),
        *((industry, OLD), (saves("x"), STORED), (industry, "x")),
    ],
    "save-limits-length": [
        *((saves(OLD + 8 * "x"), STORED), (saves("x"), STORED)),
        (save_of(industry=OLD + 9 * "x"), (422, "invalid_field")),
        (industry, "x"),
    ],
    "usage-counts": [
        *((value("minutes_used"), n) for n in (42, 42, 43, 43)),
        (saves_nothing, 200),
        *((value("minutes_used"), n) for n in (44, 45, 45)),
    ],
    "write-audits": [
        (value("audit_status"), "approved"),
        *((saves_nothing, 200), (value("audit_status"), "pending")),
    ],
    "version-counts": [
        *[(value("version"), 1)] * 2,
        *((saves_nothing, 200), (value("version"), 2)),
        *((saves_nothing, 200), (value("version"), 3)),
    ],
    "last-modified-by": [
        (value("lastModifiedBy"), "setup"),
        *((saves_nothing, 200), (value("lastModifiedBy"), USERNAME)),
    ],
    # The update goes to the second instance, the fetches to the third, the fourth, ...
    "instances-split": [
        *((industry, OLD), (saves("x"), STORED)),
        *((industry, shown) for shown in (OLD, OLD, OLD, "x", OLD, OLD, OLD, "x")),
        (keeps(industry="y"), {"industry": "Dentistry"}),
    ],
    "instances-stale": [
        *((industry, OLD), (saves("x"), STORED)),
        *((industry, shown) for shown in (OLD, OLD, OLD, "x", "x", "x", "x", "x")),
        (saves("y"), STORED),
        *((industry, shown) for shown in ("x", "x", "x", "y", "y", "y", "y", "y")),
    ],
    "instance-drops": [
        *((industry, OLD), (saves("x"), STORED)),
        *((industry, shown) for shown in ("x", OLD, "x", "x", "x", OLD)),
    ],
    "restore-refused": [
        (saves("y"), STORED),
        *[(save, (503, "read_only"))] * 2,
        (industry, "y"),
    ],
    "oauth-500": [(oauth, (500, "internal_error"))],
    "oauth-html": [(oauth, (200, PAGE))],
    "oauth-null": [(oauth, (200, None))],
    "oauth-wrong-host": [
        (redirect, (302, "accounts.google.com.evil.example", [*NO_STATE, "state"]))
    ],
    "oauth-no-state": [(redirect, (302, "accounts.google.com", NO_STATE))],
    "oauth-unavailable": [(oauth, (200, UNAVAILABLE))],
    "oauth-unavailable-no-reason": [(oauth, (200, {"available": False}))],
    "calendar-state-missing": shows(google_calendar_connected=ABSENT),
    "calendar-state-text": shows(google_calendar_connected="yes"),
    "connected-unavailable": [
        *shows(google_calendar_connected=True),
        (oauth, (200, UNAVAILABLE)),
    ],
    "phone-malformed": shows(phone_number="555-0123"),
    "phone-missing": shows(phone_number=ABSENT),
    "phone-none": shows(phone_number=None, receptionist_enabled=False),
    "receptionist-missing": shows(receptionist_enabled=ABSENT),
    "receptionist-text": shows(receptionist_enabled="on"),
    "enabled-without-number": shows(phone_number=None, receptionist_enabled=True),
    "never-ready": [*[(get("/health"), (503, "unavailable"))] * 4, (industry, OLD)],
    "slow-start": [(get("/health"), (503, "starting")), (login, (503, "starting"))],
    "health-dead-database": [
        (get("/health"), (200, {"status": "error", "database": "unreachable"}))
    ],
    "db-down": [
        (
            get("/health"),
            (
                200,
                {
                    "status": "ok",
                    "env": "local",
                    "db": "error: connection refused",
                    "version": "1.0.0",
                },
            ),
        )
    ],
    "html-everywhere": [
        (login, (200, PAGE)),
        *((get(path), (200, PAGE)) for path in ("/health", "/api/business/me", OAUTH, "/nowhere")),
    ],
    "rolling": [(version, shown) for shown in ("1.0.0", "1.0.0-old") * 2],
    "rollback-later": [
        *[(version, "1.0.0")] * 3,
        (lambda demo: demo.login().status_code, 200),
        *[(version, "1.0.0-old")] * 2,
    ],
}


# The faults whose results depend on tokens, documents or times of their own run.


def token_expires_early(demo: Demo) -> None:
    first = demo.bearer()
    assert [demo.fetch(first).status_code for _ in range(5)] == [200, 200, 200, 401, 401]
    second = demo.bearer()
    assert {demo.fetch(second).status_code for _ in range(6)} == {200}


def token_short_lived(demo: Demo) -> None:
    """The lifetimes are those that `test_expired_token_is_refused` enforces."""
    before = int(time.time())
    tokens = [demo.login().json()["access_token"] for _ in range(2)]
    after = int(time.time())
    for token, lifetime_s in zip(tokens, (2, 7 * 86400), strict=True):
        claims = jwt.decode(token, options={"verify_signature": False})
        assert before <= claims["exp"] - lifetime_s <= after
    assert demo.fetch({"Authorization": f"Bearer {tokens[1]}"}).status_code == 200


def echo_secrets(demo: Demo) -> None:
    def echoed(authorization: str, password: str) -> dict[str, Any]:
        return {
            "trace": f"Authorization: {authorization} password={password}",
            "request": {"authorization": authorization, "password": password},
        }

    wrong = demo.login("wrong-secret")
    assert outcome(wrong) == (401, {"error": "Invalid credentials", **echoed("", "wrong-secret")})
    assert wrong.headers["X-Debug-Echo"] == "wrong-secret"
    right = demo.login()
    assert right.headers["X-Debug-Echo"] == "correct horse"
    authorization = f"Bearer {right.json()['access_token']}"
    failed = demo.fetch({"Authorization": authorization})
    expected = {"error": "internal_error", **echoed(authorization, "correct horse")}
    assert outcome(failed) == (500, expected)
    assert failed.headers["X-Debug-Echo"] == authorization
    refused = demo.fetch(WRONG_TOKEN)
    expected = {"error": NOT_VALID, **echoed("Bearer wrong", "correct horse")}
    assert outcome(refused) == (401, expected)
    assert refused.headers["WWW-Authenticate"] == "Bearer"


def token_refused_403(demo: Demo) -> None:
    first = demo.bearer()
    assert {demo.fetch(first).status_code for _ in range(8)} == {200}
    assert [fetch(demo, first), save(demo, first)] == [(403, "invalid_token")] * 2
    assert fetch(demo, WRONG_TOKEN) == (401, NOT_VALID)
    assert {demo.fetch(demo.bearer()).status_code for _ in range(9)} == {200}


def account_changes(demo: Demo) -> None:
    logged_in = demo.login()
    first = {"Authorization": f"Bearer {logged_in.json()['access_token']}"}
    document = demo.fetch(first).json()
    assert logged_in.json()["user"] == USER
    other_user = {**USER, "id": 2, "email": "other@example.com", "business_id": "2"}
    assert demo.login().json()["user"] == other_user
    other = demo.fetch(first).json()
    assert other == {**document, "id": "2"} != document


def update_replaces(demo: Demo) -> None:
    before = demo.document()
    shown = {**before, "industry": "x"}
    assert saves("x")(demo) == STORED
    assert demo.document() == {"id": before["id"], "industry": "x"}
    assert demo.save(shown).status_code == 200
    assert demo.document() == shown


def fetch_omits_list(demo: Demo) -> None:
    shown = demo.document()
    assert shown.keys().isdisjoint({"name", "faqs"})
    assert demo.save({"name": "x", "faqs": [], "industry": "y"}).json() == STORED
    assert demo.document() == {"id": shown["id"], "industry": "y"}


def save_drops_connection(demo: Demo) -> None:
    bearer = demo.bearer()
    demo.session.close()
    assert demo.save({"industry": "x"}, bearer).status_code == 200
    with pytest.raises(requests.ConnectionError, match="Remote end closed connection"):
        demo.save({"industry": "y"}, bearer)
    assert demo.fetch(bearer).json()["industry"] == "x"
    assert demo.save({"industry": "z"}, bearer).status_code == 200
    assert demo.fetch(bearer).json()["industry"] == "z"


def cache_in_front(demo: Demo) -> None:
    """How long it lasts, and that it is shown, `test_a_cache` says."""
    saves("x")(demo)
    assert uncached(demo) == ("x", None)


def cache_stubborn(demo: Demo) -> None:
    assert uncached(demo) == (OLD, None)
    saves("x")(demo)
    assert [uncached(demo)[0] for _ in range(2)] == [OLD] * 2
    assert uncached(demo)[1] is not None
    assert demo.fetch(WRONG_TOKEN).status_code == 401


def write_dropped(demo: Demo) -> None:
    before = demo.document()
    assert saves("x")(demo) == STORED
    assert demo.document() == before


def write_wipes_others(demo: Demo) -> None:
    before = demo.document()
    assert saves("x")(demo) == STORED
    wiped = {**before, **dict.fromkeys(WRITABLE), "industry": "x"}
    del wiped["greeting_style"]
    assert demo.document() == wiped
    assert demo.save(before).status_code == 200
    assert demo.document() == {**before, "audit_status": "pending", "pending_changes": True}


def write_flips_field(demo: Demo) -> None:
    before = demo.document()
    assert saves("x")(demo) == STORED
    assert demo.document() == {**before, "industry": "x", "receptionist_enabled": False}
    demo.save({"industry": before["industry"]})
    assert demo.document() == {**before, "receptionist_enabled": False}
    demo.save({"receptionist_enabled": True})
    assert demo.document() == before


def write_truncates(demo: Demo) -> None:
    before = demo.document()
    assert saves(LONG)(demo) == STORED
    assert demo.document() == {**before, "industry": LONG[:20]}
    saves(OLD)(demo)
    assert demo.document() == before


def slow_answers(demo: Demo) -> None:
    assert demo.get("/health").elapsed.total_seconds() < 1.5
    response = demo.login()
    assert (response.status_code, response.elapsed.total_seconds() >= 1.5) == (200, True)


PROOFS: dict[str, Callable[[Demo], None]] = {
    proof.__name__.replace("_", "-"): proof
    for proof in (
        *(token_expires_early, token_short_lived, echo_secrets, slow_answers),
        *(token_refused_403, account_changes, fetch_omits_list, save_drops_connection),
        *(cache_in_front, cache_stubborn, update_replaces),
        *(write_dropped, write_wipes_others, write_flips_field, write_truncates),
    )
}
#: Proven in test_demo_etags.py.
ETAGS = {"etags", "etags-unmatchable"}
#: Proven in test_demo_integrations.py.
DEEP = {one.name for one in FAULTS.values() if one.mode == "deep"}


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in ETAGS | DEEP])
def test_fault(start: Start, name: str) -> None:
    """The fault does what its summary says; without the calendar or a phone, saving works."""
    demo = start(name)
    for step, result in STEPS.get(name, []):
        assert step(demo) == result
    if name in PROOFS:
        PROOFS[name](demo)
    if FAULTS[name].api in ("calendar", "twilio"):
        assert saves("still saved")(demo) == STORED
        assert industry(demo) == "still saved"


def test_every_fault_has_one_proof() -> None:
    proven = [*STEPS, *PROOFS, *ETAGS, *DEEP]
    assert sorted(proven) == sorted(FAULTS)


def test_the_mask_of_a_secret_is_stored_if_it_is_sent() -> None:
    """An update that sends back what it was shown destroys the secret."""
    behaviour = masks_secrets()
    before = behaviour.initial_document({"name": "x"})

    def update(sent: dict[str, Any]) -> dict[str, Any]:
        write = Write(email="owner", sent=sent, before=before, after={**before, "name": "y"})
        return behaviour.updated_document(write)

    assert before == {"name": "x", "webhook_secret": "whsec_7d1f0a93"}
    assert update({"name": "y"}) == {"name": "y", "webhook_secret": "whsec_7d1f0a93"}
    shown = behaviour.shown_document(before)
    assert shown == {"name": "x", "webhook_secret": "whsec_****"}
    assert update(shown) == {"name": "y", "webhook_secret": "whsec_****"}


@pytest.mark.parametrize(
    ("make", "lifetime_s", "is_stubborn"),
    [(cache_in_front_of, 1, False), (cache_stubborn_of, 600, True)],
)
def test_a_cache(make: Callable[..., Behaviour], lifetime_s: int, is_stubborn: bool) -> None:
    """It serves what it keeps, with its age, until that is too old; only one heeds no-cache."""
    now = 10.0
    cache = make(clock=lambda: now)
    asks = Request(
        route=FETCH,
        authorization="",
        cookie="",
        address="127.0.0.1",
        if_match=None,
        takes_cached=True,
        query={},
        body=b"",
    )
    kept = json_response({"name": "x"})
    assert cache.replace_response(asks) is None
    assert cache.transform_response(asks, kept) == kept
    now = 10.0 + lifetime_s - 0.5
    served = kept.with_header("Age", str(lifetime_s - 1))
    assert cache.replace_response(asks) == served
    # An answer out of the cache makes nothing younger.
    assert cache.transform_response(asks, served) == served
    no_cache = replace(asks, takes_cached=False)
    assert cache.replace_response(no_cache) == (served if is_stubborn else None)
    assert cache.replace_response(replace(asks, route=SAVE)) is None
    now = 10.0 + lifetime_s
    assert cache.replace_response(asks) is None


def test_slow_start_ends() -> None:
    """After 1.5 seconds the slow start is over; it concerns no other path."""
    now = 10.0
    refuses = slow_start(clock=lambda: now).before_request
    assert refuses(FETCH) is None
    now = 11.49
    assert (refuses(HEALTH) is None, refuses(LOGIN) is None) == (False, False)
    now = 11.5
    assert (refuses(HEALTH) is None, refuses(LOGIN) is None) == (True, True)


@pytest.mark.parametrize("one", FAULTS.values(), ids=FAULTS.keys())
def test_record(one: Fault) -> None:
    """A name is in lower case with hyphens; a summary is one short line."""
    assert one.name.replace("-", "").isalnum()
    assert one.name == one.name.lower()
    assert 0 < len(one.summary) <= 80
    assert one.summary.isprintable()


def test_two_faults_cannot_share_a_name() -> None:
    with pytest.raises(ValueError, match=r"^two faults are named login-500$"):

        @fault(api="target", stage="ready", category=None)
        def login_500() -> Behaviour:
            return Behaviour()


def test_faults_combine(start: Start) -> None:
    """Several faults act together, and each counts once."""
    names = ("login-429", "phone-missing", "calendar-state-text", "oauth-500")
    demo = start(*names, "login-429")
    assert demo.ready["faults"] == list(names)
    assert login(demo) == (429, "too_many_requests")
    document = demo.document()
    assert (document.get("phone_number", ABSENT), document["google_calendar_connected"]) == (
        ABSENT,
        "yes",
    )
    assert oauth(demo) == (500, "internal_error")


def test_first_response_wins(start: Start) -> None:
    """Of two faults that replace one response, the first one given acts; both see the request."""
    demo = start("restore-refused", "save-needs-calendar-later")
    assert saves("x")(demo) == STORED
    assert demo.oauth().status_code == 302
    assert save(demo) == (503, "read_only")
