"""Every fault of the catalogue does over HTTP what its record says, and nothing else."""

import http.client
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from pytest_apismoke.demo.breaking import BEHAVIOURS
from pytest_apismoke.demo.breaks_service import SlowStart
from pytest_apismoke.demo.calls import FETCH, HEALTH, LOGIN
from pytest_apismoke.demo.faults import CATALOGUE, FAULTS, Fault

# The class of the fixtures is in conftest.py, which a test module cannot import.
Demo = Any
Proof = Callable[[Demo], None]

LONG = "longer than twenty characters"
WRONG_TOKENS: tuple[dict[str, str], ...] = ({"X-None": "1"}, {"Authorization": "Bearer wrong"})
PROOFS: dict[str, Proof] = {}


def proves(*names: str) -> Callable[[Proof], Proof]:
    """Register the proof of these faults."""

    def register(proof: Proof) -> Proof:
        PROOFS.update(dict.fromkeys(names, proof))
        return proof

    return register


def problem(response: requests.Response, status: int) -> str:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/json"
    code = response.json()["error"]
    assert isinstance(code, str)
    assert isinstance(response.json()["detail"], str)
    return code


def is_page(response: requests.Response, status: int = 200) -> bool:
    return (
        response.status_code == status
        and response.headers["Content-Type"].startswith("text/html")
        and response.text.startswith("<!doctype html>")
    )


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    keys = {*before, *after} - {"updated_at"}
    return {key for key in keys if before.get(key, "absent") != after.get(key, "absent")}


# login and tokens


@proves("login-500")
def login_500(demo: Demo) -> None:
    assert problem(demo.login(), 500) == "internal_error"


@proves("login-refused")
def login_refused(demo: Demo) -> None:
    assert problem(demo.login(), 401) == "invalid_credentials"


@proves("login-no-token")
def login_no_token(demo: Demo) -> None:
    response = demo.login()
    assert response.status_code == 200
    assert response.json() == {"token_type": "bearer", "expires_in": 3600}
    problem(demo.login("wrong"), 401)


@proves("login-html")
def login_html(demo: Demo) -> None:
    assert is_page(demo.login())


@proves("login-429")
def login_429(demo: Demo) -> None:
    first = demo.login()
    assert problem(first, 429) == "too_many_requests"
    assert first.headers["Retry-After"] == "1"
    assert demo.document()["name"]


@proves("token-expires-early")
def token_expires_early(demo: Demo) -> None:
    first = demo.bearer()
    statuses = [demo.fetch(first).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 401, 401]
    second = demo.bearer()
    assert {demo.fetch(second).status_code for _ in range(6)} == {200}


@proves("token-short-lived")
def token_short_lived(demo: Demo) -> None:
    """Whether what the token says is kept, `test_expired_token_is_refused` looks at."""
    first, second = demo.login().json(), demo.login().json()
    assert (life(first), life(second)) == (2, 3600)
    for login in (first, second):
        claims = jwt.decode(login["access_token"], options={"verify_signature": False})
        assert claims["exp"] - claims["iat"] == life(login)
        assert demo.fetch({"Authorization": f"Bearer {login['access_token']}"}).json()["name"]


def life(login: dict[str, Any]) -> int:
    return int(login["expires_in"])


@proves("no-auth-check")
def no_auth_check(demo: Demo) -> None:
    for headers in WRONG_TOKENS:
        assert demo.fetch(headers).json()["name"]
    assert demo.document()["name"]


@proves("auth-500")
def auth_500(demo: Demo) -> None:
    for headers in WRONG_TOKENS:
        assert is_page(demo.fetch(headers), 500)
        assert is_page(demo.save({}, headers), 500)
    assert demo.document()["name"]


@proves("auth-unstructured")
def auth_unstructured(demo: Demo) -> None:
    for headers in WRONG_TOKENS:
        assert is_page(demo.fetch(headers), 401)
    assert demo.document()["name"]


# fetching


@proves("me-500")
def me_500(demo: Demo) -> None:
    assert problem(demo.fetch(), 500) == "internal_error"
    problem(demo.fetch({"Authorization": "Bearer wrong"}), 401)


@proves("me-404")
def me_404(demo: Demo) -> None:
    assert problem(demo.fetch(), 404) == "not_found"


@proves("me-refused")
def me_refused(demo: Demo) -> None:
    response = demo.fetch()
    assert problem(response, 401) == "invalid_token"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@proves("me-html")
def me_html(demo: Demo) -> None:
    assert is_page(demo.fetch())


@proves("me-null")
def me_null(demo: Demo) -> None:
    response = demo.fetch()
    assert response.status_code == 200
    assert response.text == "null"


@proves("echo-secrets")
def echo_secrets(demo: Demo) -> None:
    wrong = demo.login("wrong-secret")
    problem(wrong, 401)
    assert "wrong-secret" in wrong.text
    assert wrong.headers["X-Debug-Echo"] == "wrong-secret"
    right = demo.login()
    assert right.headers["X-Debug-Echo"] == "correct horse"
    authorization = f"Bearer {right.json()['access_token']}"
    response = demo.fetch({"Authorization": authorization})
    problem(response, 500)
    assert response.headers["X-Debug-Echo"] == authorization
    assert authorization in response.text
    assert "correct horse" in response.text
    refused = demo.fetch({"Authorization": "Bearer wrong"})
    problem(refused, 401)
    assert refused.headers["WWW-Authenticate"] == "Bearer"


# the document's fields: what each fault shows instead, None for a missing field

SHOWN: dict[str, dict[str, Any]] = {
    "me-missing-name": {"name": "absent"},
    "me-wrong-type": {"name": 42},
    "me-bad-format": {"updated_at": "yesterday"},
    "calendar-state-missing": {"google_calendar_connected": "absent"},
    "calendar-state-text": {"google_calendar_connected": "yes"},
    "phone-malformed": {"phone_number": "555-0123"},
    "phone-missing": {"phone_number": "absent"},
    "phone-none": {"phone_number": None, "receptionist_enabled": False},
    "receptionist-missing": {"receptionist_enabled": "absent"},
    "receptionist-text": {"receptionist_enabled": "on"},
    "enabled-without-number": {"phone_number": None, "receptionist_enabled": True},
}


@proves(*SHOWN)
def document_shown_changed(demo: Demo) -> None:
    (name,) = demo.ready["faults"]
    fetched, saved = demo.document(), demo.save({"description": "x"}).json()
    for document in (fetched, saved):
        assert {key: document.get(key, "absent") for key in SHOWN[name]} == SHOWN[name]
        healthy = {"id", "name", "phone_number", "receptionist_enabled", "updated_at"}
        assert healthy - set(SHOWN[name]) <= set(document)


# saving


@proves("save-500")
def save_500(demo: Demo) -> None:
    assert problem(demo.save({"description": "x"}), 500) == "internal_error"
    assert demo.document()["description"] != "x"


@proves("save-refused")
def save_refused(demo: Demo) -> None:
    assert problem(demo.save({"description": "x"}), 422) == "invalid_field"
    assert demo.document()["description"] != "x"


@proves("save-html")
def save_html(demo: Demo) -> None:
    assert is_page(demo.save({"description": "x"}))
    assert demo.document()["description"] == "x"


@proves("save-needs-calendar")
def save_needs_calendar(demo: Demo) -> None:
    assert demo.document()["google_calendar_connected"] is False
    assert problem(demo.save({"description": "x"}), 409) == "calendar_not_connected"
    assert demo.document()["description"] != "x"


@proves("save-needs-calendar-later")
def save_needs_calendar_later(demo: Demo) -> None:
    assert [demo.save({"description": "x"}).status_code for _ in range(2)] == [200, 200]
    assert demo.oauth().status_code == 302
    problem(demo.save({"description": "y"}), 500)
    assert demo.document()["description"] == "x"


@proves("write-dropped")
def write_dropped(demo: Demo) -> None:
    before = demo.document()
    response = demo.save({"description": "x"})
    assert (response.status_code, response.json()["description"]) == (200, "x")
    assert demo.document() == before


@proves("write-wipes-others")
def write_wipes_others(demo: Demo) -> None:
    before = demo.document()
    assert demo.save({"description": "x"}).status_code == 200
    wiped = demo.document()
    assert (wiped["id"], wiped["description"]) == (before["id"], "x")
    assert wiped["name"] is None
    assert wiped["phone_number"] is None
    assert "business_hours" not in wiped
    assert demo.save(before).status_code == 200
    assert changed_fields(before, demo.document()) == set()


@proves("write-flips-field")
def write_flips_field(demo: Demo) -> None:
    before = demo.document()
    assert demo.save({"description": "x"}).json()["receptionist_enabled"] is True
    assert changed_fields(before, demo.document()) == {"description", "receptionist_enabled"}
    demo.save({"description": before["description"]})
    assert changed_fields(before, demo.document()) == {"receptionist_enabled"}
    demo.save({"receptionist_enabled": True})
    assert changed_fields(before, demo.document()) == set()


@proves("fetches-counted")
def fetches_counted(demo: Demo) -> None:
    assert [demo.document()["view_count"] for _ in range(3)] == [1, 2, 3]


def tag_of(response: requests.Response) -> str:
    assert response.status_code == 200
    tag = response.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}"', tag)
    return tag


def save_if_match(demo: Demo, if_match: str, text: str) -> requests.Response:
    headers = {**demo.bearer(), "If-Match": if_match}
    response: requests.Response = demo.save({"description": text}, headers)
    return response


def is_refused(demo: Demo, if_match: str) -> bool:
    before = demo.fetch()
    response = save_if_match(demo, if_match, "not stored")
    after = demo.fetch()
    assert (after.text, tag_of(after)) == (before.text, tag_of(before))
    return response.status_code == 412 and problem(response, 412) == "precondition_failed"


@proves("etags")
def etags(demo: Demo) -> None:
    first = tag_of(demo.fetch())
    assert tag_of(demo.fetch()) == first
    assert tag_of(demo.request("HEAD", "/api/business/me", headers=demo.bearer())) == first
    second = tag_of(save_if_match(demo, first, "x"))
    assert (tag_of(demo.fetch()), demo.document()["description"]) == (second, "x")
    # The same text again is another document, for updated_at is part of it.
    third = tag_of(save_if_match(demo, second, "x"))
    assert len({first, second, third}) == 3
    assert is_refused(demo, first)
    fourth = tag_of(demo.save({"description": "y"}))
    assert tag_of(demo.fetch()) == fourth != third
    assert demo.document()["description"] == "y"


@proves("etags-unmatchable")
def etags_unmatchable(demo: Demo) -> None:
    tag = tag_of(demo.fetch())
    for if_match in (tag, f"W/{tag}", "*"):
        assert is_refused(demo, if_match)
    assert demo.save({"description": "x"}).status_code == 200
    assert demo.document()["description"] == "x"
    assert tag_of(demo.fetch()) != tag


@pytest.mark.parametrize(
    ("if_match", "matches"),
    [
        ("{tag}", True),
        ("*", True),
        ('"other" , {tag}', True),
        (',, "with,comma",\t{tag},', True),
        ('W/"weak", {tag}', True),
        ('"other"', False),
        ('"other", W/{tag}', False),
        ("W/{tag}", False),
        ('{tag}, "unfinished', False),
        ('"other" {tag}', False),
        ('"other", *', False),
        ("unquoted-{tag}", False),
        ("", False),
        (",", False),
    ],
)
def test_if_match(tagged_demo: Demo, if_match: str, matches: bool) -> None:
    """One strong tag of the list, or the star, must match; what is no list matches nothing."""
    header = if_match.format(tag=tag_of(tagged_demo.fetch()))
    if matches:
        assert save_if_match(tagged_demo, header, "x").status_code == 200
    else:
        assert is_refused(tagged_demo, header)


def test_if_match_on_several_lines(tagged_demo: Demo) -> None:
    """Several If-Match lines are one list."""
    tag = tag_of(tagged_demo.fetch())
    address = urlsplit(tagged_demo.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    connection.putrequest("PUT", "/api/business/me")
    lines = (*tagged_demo.bearer().items(), ("If-Match", '"other"'), ("If-Match", tag))
    for name, value in (*lines, ("Content-Length", "2")):
        connection.putheader(name, value)
    connection.endheaders(b"{}")
    assert connection.getresponse().status == 200
    connection.close()


def test_if_match_comes_last(tagged_demo: Demo) -> None:
    """What would be refused anyway is refused for its own reason, and has no tag."""
    other = {"If-Match": '"other"'}
    refused = tagged_demo.save({}, {**other, "Authorization": "Bearer wrong"})
    problem(refused, 401)
    invalid = tagged_demo.save({"name": 1}, {**other, **tagged_demo.bearer()})
    problem(invalid, 422)
    assert "ETag" not in {**refused.headers, **invalid.headers}


def test_tag_is_of_the_document_shown(start: Any) -> None:
    """A document that is shown changed has the tag of what is shown, in whatever order asked."""
    for faults in (("etags", "phone-none"), ("phone-none", "etags")):
        demo = start(*faults)
        saved = save_if_match(demo, tag_of(demo.fetch()), "x")
        assert tag_of(saved) == tag_of(demo.fetch())


def test_tag_of_a_lagging_fetch_is_stale(start: Any) -> None:
    """A fetch that shows the document before a write has the tag from before it."""
    demo = start("write-lags", "etags")
    first = tag_of(demo.fetch())
    second = tag_of(save_if_match(demo, first, "x"))
    stale = tag_of(demo.fetch())
    assert stale == first
    assert save_if_match(demo, stale, "y").status_code == 412
    assert [tag_of(demo.fetch()) for _ in range(2)] == [first, second]


def test_only_the_document_has_a_tag(start: Any) -> None:
    """No other answer carries an ETag."""
    demo = start("etags", "me-html")
    for response in (demo.fetch(), demo.login(), demo.get("/health"), demo.get("/nowhere")):
        assert "ETag" not in response.headers


@proves("write-truncates")
def write_truncates(demo: Demo) -> None:
    before = demo.document()
    assert demo.save({"description": LONG}).json()["description"] == LONG
    assert demo.document()["description"] == LONG[:20]
    demo.save(before)
    assert changed_fields(before, demo.document()) == set()


@proves("write-reverts")
def write_reverts(demo: Demo) -> None:
    old = demo.document()["description"]
    for text in ("x", "y"):
        demo.save({"description": text})
        seen = [demo.document()["description"] for _ in range(4)]
        assert seen == [text, old, old, old]


@proves("write-lags")
def write_lags(demo: Demo) -> None:
    old = demo.document()["description"]
    for before, text in ((old, "x"), ("x", "y")):
        assert demo.save({"description": text}).json()["description"] == text
        seen = [demo.document()["description"] for _ in range(4)]
        assert seen == [before, before, text, text]


@proves("restore-refused")
def restore_refused(demo: Demo) -> None:
    assert demo.save({"description": "x"}).status_code == 200
    for _ in range(2):
        problem(demo.save({"description": "y"}), 503)
    assert demo.document()["description"] == "x"


# OAuth


@proves("oauth-500")
def oauth_500(demo: Demo) -> None:
    assert problem(demo.oauth(), 500) == "internal_error"


@proves("oauth-html")
def oauth_html(demo: Demo) -> None:
    assert is_page(demo.oauth())


@proves("oauth-null")
def oauth_null(demo: Demo) -> None:
    assert (demo.oauth().status_code, demo.oauth().text) == (200, "null")


@proves("oauth-wrong-host")
def oauth_wrong_host(demo: Demo) -> None:
    response = demo.oauth()
    assert response.status_code == 302
    target = urlsplit(response.headers["Location"])
    assert target[:2] == ("https", "accounts.google.com.evil.example")
    assert "state" in parse_qs(target.query)


@proves("oauth-no-state")
def oauth_no_state(demo: Demo) -> None:
    response = demo.oauth()
    assert response.status_code == 302
    target = urlsplit(response.headers["Location"])
    assert target.netloc == "accounts.google.com"
    assert set(parse_qs(target.query)) == {"client_id", "redirect_uri", "response_type", "scope"}


@proves("oauth-unavailable")
def oauth_unavailable(demo: Demo) -> None:
    response = demo.oauth()
    assert response.status_code == 200
    body = response.json()
    assert body.pop("detail")
    assert body == {"available": False, "error": "google_oauth_not_configured"}


@proves("oauth-unavailable-no-reason")
def oauth_unavailable_no_reason(demo: Demo) -> None:
    assert demo.oauth().json() == {"available": False}


@proves("connected-unavailable")
def connected_unavailable(demo: Demo) -> None:
    assert demo.document()["google_calendar_connected"] is True
    oauth_unavailable(demo)


# the service as a whole


@proves("never-ready")
def never_ready(demo: Demo) -> None:
    for _ in range(4):
        problem(demo.get("/health"), 503)
    assert demo.document()["name"]


@proves("slow-start")
def slow_start(demo: Demo) -> None:
    problem(demo.get("/health"), 503)
    problem(demo.login(), 503)


def test_slow_start_ends() -> None:
    """After 1.5 seconds the slow start is over; other paths never knew it."""
    now = 10.0
    behaviour = SlowStart(clock=lambda: now)
    assert behaviour.gate(FETCH) is None
    now = 11.49
    assert behaviour.gate(HEALTH) is not None
    assert behaviour.gate(LOGIN) is not None
    now = 11.5
    assert behaviour.gate(HEALTH) is None
    assert behaviour.gate(LOGIN) is None


@proves("health-dead-database")
def health_dead_database(demo: Demo) -> None:
    response = demo.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "error", "database": "unreachable"}


@proves("html-everywhere")
def html_everywhere(demo: Demo) -> None:
    assert is_page(demo.login())
    for path in ("/health", "/api/business/me", "/oauth/google/start", "/nowhere"):
        assert is_page(demo.get(path))


@proves("rolling")
def rolling(demo: Demo) -> None:
    versions = [demo.get("/health").json()["version"] for _ in range(4)]
    assert versions == ["1.0.0", "1.0.0-old"] * 2


@proves("rollback-later")
def rollback_later(demo: Demo) -> None:
    versions = [demo.get("/health").json()["version"] for _ in range(5)]
    assert versions == ["1.0.0"] * 3 + ["1.0.0-old"] * 2


@proves("slow-answers")
def slow_answers(demo: Demo) -> None:
    assert demo.get("/health").elapsed.total_seconds() < 1.5
    response = demo.login()
    assert response.status_code == 200
    assert response.elapsed.total_seconds() >= 1.5


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_fault(start: Any, fault: Fault) -> None:
    """The fault does what its record says; without the calendar or a phone, saving works."""
    demo = start(fault.name)
    PROOFS[fault.name](demo)
    if fault.api in ("calendar", "twilio"):
        assert demo.save({"description": "still saved"}).status_code == 200
        assert demo.document()["description"] == "still saved"


def test_every_fault_has_a_behaviour_and_a_proof() -> None:
    """The catalogue, the behaviours and these tests name the same faults, each once."""
    assert len(FAULTS) == len(CATALOGUE)
    assert set(BEHAVIOURS) == set(FAULTS)
    assert set(PROOFS) == set(FAULTS)


@pytest.mark.parametrize("fault", CATALOGUE, ids=lambda fault: fault.name)
def test_record(fault: Fault) -> None:
    """Each record is one line a user can read, with the values that are defined."""
    assert fault.name.replace("-", "").isalnum()
    assert fault.name == fault.name.lower()
    assert "\n" not in fault.summary
    assert len(fault.summary) <= 80
    assert fault.api in ("settings", "calendar", "twilio", "target")
    assert fault.mode in ("smoke", "full")
    categories = "auth fetch save persist invalid oauth state phone error unready version budget"
    assert fault.category is None or fault.category in categories.split()
    stages = "login fetch contract save persist restore oauth state phone ready version budget"
    assert fault.stage in stages.split()


def test_faults_combine(start: Any) -> None:
    """Several faults act together."""
    demo = start("login-429", "phone-missing", "calendar-state-text", "oauth-500")
    assert demo.login().status_code == 429
    document = demo.document()
    assert "phone_number" not in document
    assert document["google_calendar_connected"] == "yes"
    assert demo.oauth().status_code == 500


def test_a_fault_given_twice_counts_once(start: Any) -> None:
    """Repeating a fault changes nothing."""
    assert start("rolling", "rolling").ready["faults"] == ["rolling"]
