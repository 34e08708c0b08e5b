"""Waiting until the target is ready, and until the right version answers three times in a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.hostile import bodies, header_texts, json_values, locations

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.readiness import (
    Poll,
    Ready,
    confirm_version,
    read_response,
    wait_until_ready,
)

if TYPE_CHECKING:
    from unit.conftest import FakeClock, ScriptedClient

MakeAnswer = Callable[..., Response]
Scripted = Callable[..., "ScriptedClient"]

REDIRECT_HINT = (
    "redirects are not followed: give the final URL; if a sign-in stands before the target, give"
    " the header that passes it below [headers] in apismoke.toml"
)
OTHER_HINT = (
    "look at the response of the readiness path and at the service's log;"
    " allow more time with --target-wait SECONDS"
)
NOT_FOUND_HINT = (
    "nothing answers at the readiness path: check the URL and its path prefix, and that the deploy"
    " has finished, or set another path in [readiness] of apismoke.toml"
)
NOT_API_HINT = (
    "this does not look like the API: check the URL and its path prefix, or set the path and the"
    " expected response in [readiness] of apismoke.toml"
)
NOT_SAID_HINT = (
    "set where the page has its status, and its healthy values, as status_pointer and"
    " healthy_status in [readiness] of apismoke.toml"
)
VERSION_HINT = "wait for the roll-out to finish, or check that the deploy took this version"
NO_VERSION_HINT = "the readiness page must carry the version at /version"
REFUSED = fail(
    Category.FETCH, expected="an answer", seen="connection refused", where="", hint="start it"
)


class Waiting:
    """One wait for a scripted target, and what it told while it waited."""

    def __init__(self, client: ScriptedClient, clock: FakeClock) -> None:
        self.client = client
        self.clock = clock
        self.told: list[tuple[str, float]] = []

    def until_ready(self, *, wait_s: float = 60.0, version: str | None = None) -> Ready:
        return wait_until_ready(
            self.client,
            Readiness(),
            wait_s=wait_s,
            version=version,
            clock=self.clock,
            sleep=self.clock.sleep,
            progress=lambda reason, after_s: self.told.append((reason, after_s)),
        )

    def refusal(self, *, wait_s: float = 1.0, version: str | None = None) -> SmokeError:
        with pytest.raises(SmokeError) as caught:
            self.until_ready(wait_s=wait_s, version=version)
        return caught.value


@pytest.fixture
def waiting(
    scripted: Scripted, clock: FakeClock, make_answer: MakeAnswer
) -> Callable[..., Waiting]:
    """A wait for a target that says the given things; a text is a healthy answer's version."""

    def make(*script: str | Response | SmokeError) -> Waiting:
        said = [
            make_answer(body={"status": "ok", "version": line}) if isinstance(line, str) else line
            for line in script
        ]
        return Waiting(scripted(*said), clock)

    return make


MakeWaiting = Callable[..., Waiting]


# -- what one answer says ---------------------------------------------------------------------


@pytest.mark.parametrize("status", ["ok", "healthy", "UP", "pass", "Ready"])
def test_a_healthy_page_is_ready(status: str, make_answer: MakeAnswer) -> None:
    response = make_answer(body={"status": status, "version": "1.0"})
    assert read_response(response, Readiness()) == Poll(reason=None, version="1.0")


@pytest.mark.parametrize(
    ("body", "version"),
    [
        ({"status": "ok"}, None),
        ({"status": "ok", "version": None}, None),
        ({"status": "ok", "version": 7}, "7"),
        ({"status": "ok", "version": ""}, ""),
    ],
)
def test_a_version_is_text_or_none(
    body: object, version: str | None, make_answer: MakeAnswer
) -> None:
    assert read_response(make_answer(body=body), Readiness()).version == version


@pytest.mark.parametrize(
    ("body", "reason", "hint"),
    [
        ({"status": "degraded"}, "200 with the string 'degraded' at /status", OTHER_HINT),
        ({"status": True}, "200 with the boolean true at /status", NOT_SAID_HINT),
        ({"database": "ok"}, "200 with nothing (the field is absent) at /status", NOT_SAID_HINT),
        ([], "200 with nothing (the field is absent) at /status", NOT_SAID_HINT),
    ],
)
def test_a_page_that_does_not_say_that_it_is_healthy_is_not_ready(
    body: object, reason: str, hint: str, make_answer: MakeAnswer
) -> None:
    """Waiting helps where a word may change; else what it says is to be configured."""
    assert read_response(make_answer(body=body), Readiness()) == Poll(reason=reason, hint=hint)


MEMBER_HINT = (
    "find out why it is not well, with the service's log; if this is how it looks when all is well,"
    " see healthy_members and healthy_words in [readiness] of apismoke.toml"
)


@pytest.mark.parametrize("member", ["db", "database"])
@pytest.mark.parametrize(
    "value", ["connected", "OK", "up", "Healthy", "true", True, {"status": "up", "latency_ms": 3}]
)
def test_a_database_that_is_well_is_ready(
    member: str, value: object, make_answer: MakeAnswer
) -> None:
    response = make_answer(body={"status": "ok", member: value})
    assert read_response(response, Readiness()) == Poll(reason=None)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"db": "error: refused"}, "200 with the string 'error: refused' at /db"),
        ({"database": "DOWN"}, "200 with the string 'DOWN' at /database"),
        ({"db": "ok", "database": False}, "200 with the boolean false at /database"),
        ({"db": None}, "200 with null at /db"),
        ({"db": 1}, "200 with the number 1 at /db"),
        ({"db": ["ok"]}, "200 with a list of 1 at /db"),
        ({"db": {}}, "200 with an object with no properties at /db"),
        ({"db": {"status": "down"}}, "200 with the string 'down' at /db/status"),
    ],
)
def test_a_page_that_says_ok_is_not_ready_while_its_database_is_not_well(
    members: dict[str, object], reason: str, make_answer: MakeAnswer
) -> None:
    """Also where the status code would be enough."""
    response = make_answer(body={"status": "ok", "version": "1", **members})
    expected = Poll(reason=reason, version="1", hint=MEMBER_HINT)
    assert read_response(response, Readiness()) == expected
    assert read_response(response, Readiness(healthy_status=())) == expected


def test_the_status_comes_before_the_database(make_answer: MakeAnswer) -> None:
    response = make_answer(body={"status": "degraded", "db": "down"})
    assert read_response(response, Readiness()).reason == (
        "200 with the string 'degraded' at /status"
    )


def test_which_members_have_to_say_what_is_the_profiles(make_answer: MakeAnswer) -> None:
    response = make_answer(body={"status": "ok", "db": "down", "queue": {"state": "Green"}})
    readiness = Readiness(healthy_members=("/queue/state",), healthy_words=("GREEN",))
    assert read_response(response, readiness) == Poll(reason=None)
    assert read_response(response, Readiness(healthy_members=())) == Poll(reason=None)
    assert read_response(response, replace(readiness, healthy_words=("blue",))) == Poll(
        reason="200 with the string 'Green' at /queue/state", hint=MEMBER_HINT
    )


@pytest.mark.parametrize(("body", "words"), [(b"true", ("TRUE",)), (b"1", ("1",))])
def test_the_whole_body_may_be_the_word(
    body: bytes, words: tuple[str, ...], make_answer: MakeAnswer
) -> None:
    readiness = Readiness(status_pointer="", healthy_status=words)
    assert read_response(make_answer(body=body), readiness) == Poll(reason=None)
    poll = read_response(make_answer(body=b"false"), readiness)
    assert poll.reason == "200 with the boolean false as its body"


@pytest.mark.parametrize(
    ("page", "version"),
    [
        ({"body": b"", "headers": {}}, None),
        ({"body": b"OK", "headers": {"content-type": "text/plain"}}, None),
        ({"body": {"status": "degraded", "version": "7"}}, "7"),
    ],
)
def test_without_words_the_status_code_alone_counts(
    page: dict[str, Any], version: str | None, make_answer: MakeAnswer
) -> None:
    readiness = Readiness(healthy_status=())
    assert read_response(make_answer(**page), readiness) == Poll(reason=None, version=version)
    assert read_response(make_answer(503, **page), readiness).reason == "503"


def test_a_page_that_is_not_json_is_not_the_api(make_answer: MakeAnswer) -> None:
    page = make_answer(body=b"<html>hi</html>", headers={"content-type": "text/html; x=y"})
    assert read_response(page, Readiness()) == Poll(
        reason="200 with an HTML page, 15 bytes", hint=NOT_API_HINT
    )


@pytest.mark.parametrize(
    ("status", "headers", "reason", "hint"),
    [
        (503, {}, "503", OTHER_HINT),
        (404, {}, "404", NOT_FOUND_HINT),
        (
            301,
            {"location": "https://www.example.com/"},
            "301, a redirect to https://www.example.com/",
            REDIRECT_HINT,
        ),
        (
            302,
            {"location": "/login?next=/health&token=secret"},
            "302, a redirect to /login",
            REDIRECT_HINT,
        ),
        (
            302,
            {},
            "302, a redirect to nowhere",
            REDIRECT_HINT,
        ),
        (204, {}, "204", OTHER_HINT),
    ],
)
def test_another_status_is_not_ready(
    status: int, headers: dict[str, str], reason: str, hint: str, make_answer: MakeAnswer
) -> None:
    response = make_answer(status, body={"status": "ok"}, headers=headers)
    assert read_response(response, Readiness()) == Poll(reason=reason, hint=hint)


def test_a_target_that_wants_https_says_what_to_give(make_answer: MakeAnswer) -> None:
    response = make_answer(308, headers={"location": "https://api.example.com/health"})
    plain = replace(
        response, exchange=replace(response.exchange, url="http://api.example.com/health")
    )
    assert read_response(plain, Readiness()) == Poll(
        reason="308, a redirect to https://api.example.com/health",
        hint="the target requires https: use a base URL that begins with https://api.example.com;"
        " everything so far was sent without encryption",
    )


def test_a_health_page_need_not_declare_its_type(make_answer: MakeAnswer) -> None:
    """It is read by probes, not by clients of the API."""
    page = make_answer(body={"status": "ok"}, headers={"content-type": "text/plain"})
    assert read_response(page, Readiness()) == Poll(reason=None)


@given(
    status=st.sampled_from([200, 200, 204, 302, 404, 503]),
    body=bodies(
        st.fixed_dictionaries(
            {"status": st.just("ok") | json_values}, optional={"version": json_values}
        )
    ),
    location=locations | header_texts,
)
@settings(max_examples=150, deadline=None)
def test_whatever_a_health_page_says_it_is_ready_or_says_why_not(
    make_answer: MakeAnswer, status: int, body: bytes, location: str
) -> None:
    poll = read_response(
        make_answer(status, body=body, headers={"location": location}), Readiness()
    )
    assert poll.reason is None or poll.reason.startswith(str(status))
    assert poll.version is None or isinstance(poll.version, str)


# -- waiting ----------------------------------------------------------------------------------


def test_a_target_that_is_ready_is_asked_once(waiting: MakeWaiting) -> None:
    wait = waiting("1.0")

    assert wait.until_ready() == Ready(after_s=0.0, version="1.0")
    assert wait.client.requests == [Request(method="GET", path="/health")]
    assert wait.told == []


def test_it_waits_through_a_roll_out_and_says_for_what(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(REFUSED, make_answer(503), make_answer(404), "1.0")

    assert wait.until_ready() == Ready(after_s=1.5, version="1.0")
    assert wait.told == [("connection refused", 0.0), ("503", 0.5), ("404", 1.0)]


def test_a_target_that_never_gets_ready_is_unready(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting(REFUSED, make_answer(503))

    error = wait.refusal(wait_s=1.2)

    assert (error.failure.category, len(wait.client.requests)) == (Category.UNREADY, 3)
    assert str(error) == (
        "expected the target to be ready within 1.2 s, seen 503\n"
        "  where: GET https://api.example.com/health\n"
        f"  what to do: {OTHER_HINT}"
    )


def test_an_unreachable_target_is_unready_with_the_hint_of_the_request(
    waiting: MakeWaiting,
) -> None:
    assert str(waiting(REFUSED).refusal()) == (
        "expected the target to be ready within 1 s, seen connection refused\n"
        "  where: GET https://api.example.com/health\n"
        "  what to do: start it"
    )


def test_without_a_wait_it_is_asked_once(waiting: MakeWaiting, make_answer: MakeAnswer) -> None:
    wait = waiting(make_answer(503), "1.0")

    error = wait.refusal(wait_s=0.0)

    assert error.failure.category is Category.UNREADY
    assert (len(wait.client.requests), wait.clock.slept) == (1, [])
    assert waiting("1.0").until_ready(wait_s=0.0) == Ready(after_s=0.0, version="1.0")


def test_the_right_version_must_answer_three_times_in_a_row(waiting: MakeWaiting) -> None:
    wait = waiting("old", "new", "new", "old", "new", "new", "new")

    assert wait.until_ready(version="new") == Ready(after_s=1.0, version="new")
    assert len(wait.client.requests) == 7
    assert wait.told == [("version old answers", 0.0), ("version old answers", 0.5)]


def test_a_moment_of_bad_health_begins_the_count_again(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    wait = waiting("new", "new", make_answer(502), "new", "new", "new")
    wait.until_ready(version="new")
    assert (len(wait.client.requests), wait.told) == (6, [("502", 0.0)])


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        (["old"], "version old"),
        (["new", "new", "old"], "version old"),
        ([""], "no version"),
    ],
)
def test_another_version_is_told_as_such(
    script: list[str], seen: str, waiting: MakeWaiting
) -> None:
    error = waiting(*script).refusal(version="new")

    assert error.failure.category is Category.VERSION
    assert str(error) == (
        f"expected version new to answer within 1 s, seen {seen}\n"
        "  where: GET https://api.example.com/health, property /version\n"
        f"  what to do: {NO_VERSION_HINT if seen == 'no version' else VERSION_HINT}"
    )


def test_a_version_that_begins_to_answer_in_the_last_moment_is_asked_again_all_the_same(
    waiting: MakeWaiting,
) -> None:
    wait = waiting("old", "new")
    wait.clock.step_s = 0.2
    assert wait.until_ready(wait_s=1.0, version="new").version == "new"


def test_a_version_that_answers_already_needs_no_wait(waiting: MakeWaiting) -> None:
    wait = waiting("new")
    wait.clock.step_s = 0.01
    assert wait.until_ready(wait_s=0.0, version="new").version == "new"
    assert len(wait.client.requests) == 3


def test_a_sick_target_is_unready_whatever_version_is_expected(
    waiting: MakeWaiting, make_answer: MakeAnswer
) -> None:
    sick = make_answer(body={"status": "down", "version": "new"})
    error = waiting(sick).refusal(version="new")
    assert (error.failure.category, error.failure.seen) == (
        Category.UNREADY,
        "200 with the string 'down' at /status",
    )


# -- at the end -------------------------------------------------------------------------------


def test_the_version_is_confirmed_when_it_still_answers(waiting: MakeWaiting) -> None:
    client = waiting("new").client
    confirm_version(client, Readiness(), "new")
    assert client.requests == [Request(method="GET", path="/health")]


@pytest.mark.parametrize(
    ("script", "seen"),
    [(["old"], "version old"), ([""], "no version"), ([REFUSED], "connection refused")],
)
def test_a_fleet_half_rolled_out_does_not_pass(
    script: list[str | SmokeError], seen: str, waiting: MakeWaiting
) -> None:
    with pytest.raises(SmokeError) as caught:
        confirm_version(waiting(*script).client, Readiness(), "new")

    assert caught.value.failure.category is Category.VERSION
    assert str(caught.value) == (
        f"expected version new to answer at the end of the run, seen {seen}\n"
        "  where: GET https://api.example.com/health, property /version\n"
        f"  what to do: {NO_VERSION_HINT if seen == 'no version' else VERSION_HINT}"
    )
