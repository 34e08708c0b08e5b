"""What one answer of the readiness path says: whether the target is ready, and its version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.exchanges import retold
from unit.hostile import bodies, header_texts, json_values, locations

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.health_page import Poll, ShownVersion, read_response

MakeAnswer = Callable[..., Response]

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
MEMBER_HINT = (
    "find out why it is not well, with the service's log; if this is how it looks when all is well,"
    " see healthy_members and healthy_words in [readiness] of apismoke.toml"
)
CONDITION_HINT = (
    "find out why it is not well, with the service's log; what the page has to say is in healthy"
    " of [readiness] in apismoke.toml"
)
GUARDED_HINT = (
    "the readiness path wants credentials: name a path that needs none, as path in [readiness] of"
    " apismoke.toml, or send what it wants with every request, in [headers]"
)
GIVE_THE_URL = "redirects are not followed: give the final URL"
NO_VERSION = ShownVersion(why="nothing (the field is absent) at /version")


def elsewhere(base: str) -> str:
    return (
        f"if {base} is the API, use a base URL that begins with it; if it only asks who is there,"
        " give the header that passes it below [headers] in apismoke.toml, or name a path that it"
        " lets through, as path in [readiness]"
    )


def at_path(path: str) -> str:
    return (
        f'write path = "{path}" in [readiness] of apismoke.toml, if that is the health page:'
        " redirects are not followed"
    )


def page_of(make_answer: MakeAnswer, body: str, kind: str = "text/plain") -> Response:
    return make_answer(body=body.encode(), headers={"content-type": kind})


@pytest.mark.parametrize("status", ["ok", "healthy", "UP", "pass", "Ready"])
def test_a_healthy_page_is_ready(status: str, make_answer: MakeAnswer) -> None:
    response = make_answer(body={"status": status, "version": "1.0"})
    assert read_response(response, Readiness()) == Poll(
        reason=None, version=ShownVersion(text="1.0")
    )


@pytest.mark.parametrize(
    ("body", "version"),
    [
        ({"status": "ok"}, NO_VERSION),
        ({"status": "ok", "version": None}, ShownVersion(why="null at /version")),
        ({"status": "ok", "version": 7}, ShownVersion(text="7", is_number=True)),
        ({"status": "ok", "version": ""}, ShownVersion(why="the string '' at /version")),
        ({"status": "ok", "version": " 1.0\r\n"}, ShownVersion(text="1.0")),
        ({"status": "ok", "version": True}, ShownVersion(why="the boolean true at /version")),
        ({"status": "ok", "version": {"a": 1}}, ShownVersion(why="an object with 'a' at /version")),
    ],
)
def test_a_version_is_text_or_a_number_or_told_to_be_none(
    body: object, version: ShownVersion, make_answer: MakeAnswer
) -> None:
    assert read_response(make_answer(body=body), Readiness()).version == version


def test_a_version_may_be_in_a_header(make_answer: MakeAnswer) -> None:
    readiness = Readiness(version_header="X-App-Version")
    page = make_answer(body={"status": "ok", "version": "2"}, headers={"x-app-version": " 1.0 "})
    assert read_response(page, readiness).version == ShownVersion(text="1.0")
    assert read_response(make_answer(body={"status": "ok"}), readiness).version == ShownVersion(
        why="the header X-App-Version is not there"
    )


@pytest.mark.parametrize(
    ("body", "kind", "version"),
    [
        ("1.10\n", "text/plain", ShownVersion(text="1.10")),
        ("1.10", "application/json", ShownVersion(text="1.1", is_number=True)),
        ('"1.10"', "application/json", ShownVersion(text="1.10")),
        ("\ufeffv1.2.3", "", ShownVersion(text="v1.2.3")),
        ("", "text/plain", ShownVersion(why="nothing (the field is absent) as its body")),
        ("<html>1.0</html>", "text/html", ShownVersion(why="200 with an HTML page, 16 bytes")),
        ("a" * 201, "text/plain", ShownVersion(why="200 with text/plain, 201 bytes")),
    ],
)
def test_a_version_may_be_the_whole_body(
    body: str, kind: str, version: ShownVersion, make_answer: MakeAnswer
) -> None:
    readiness = Readiness(version_pointer="", healthy_status=())
    assert read_response(page_of(make_answer, body, kind), readiness).version == version


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
    poll = read_response(make_answer(body=body), Readiness())
    assert poll == Poll(reason=reason, hint=hint, version=NO_VERSION)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ("true", "application/json", ("TRUE",)),
        ("1", "application/json", ("1",)),
        ("true\n", "text/plain", ("true",)),
        ("OK", "text/plain; charset=utf-8", ("ok",)),
        ("OK\r\n", "text/html", ("ok",)),
        ('"Healthy"', "application/json", ("healthy",)),
        ("Healthy", "", ("healthy",)),
    ],
)
def test_the_whole_body_may_be_the_word(
    body: str, kind: str, words: tuple[str, ...], make_answer: MakeAnswer
) -> None:
    readiness = Readiness(status_pointer="", healthy_status=words)
    assert read_response(page_of(make_answer, body, kind), readiness).reason is None
    poll = read_response(make_answer(body=b"false"), readiness)
    assert poll.reason == "200 with the boolean false as its body"


@pytest.mark.parametrize(
    ("body", "reason", "hint"),
    [
        ("down", "200 with the string 'down' as its body", OTHER_HINT),
        ("not ok", "200 with the string 'not ok' as its body", OTHER_HINT),
        ("", "200 with nothing (the field is absent) as its body", NOT_SAID_HINT),
        ("<html>ok</html>", "200 with text/plain, 15 bytes", NOT_API_HINT),
    ],
)
def test_a_page_of_text_is_that_word_and_nothing_else(
    body: str, reason: str, hint: str, make_answer: MakeAnswer
) -> None:
    poll = read_response(page_of(make_answer, body), Readiness(status_pointer=""))
    assert (poll.reason, poll.hint) == (reason, hint)


@pytest.mark.parametrize(
    ("page", "version"),
    [
        ({"body": b"", "headers": {}}, ShownVersion(why="200 with no body")),
        (
            {"body": b"OK", "headers": {"content-type": "text/plain"}},
            ShownVersion(why="200 with text/plain, 2 bytes"),
        ),
        ({"body": {"status": "degraded", "version": "7"}}, ShownVersion(text="7")),
    ],
)
def test_without_words_the_status_code_is_enough(
    page: dict[str, Any], version: ShownVersion, make_answer: MakeAnswer
) -> None:
    readiness = Readiness(healthy_status=())
    assert read_response(make_answer(**page), readiness) == Poll(reason=None, version=version)
    assert read_response(make_answer(503, **page), readiness).reason == "503"


# -- further conditions -----------------------------------------------------------------------

CONDITIONS = Readiness(healthy=(("/db", ("connected",)), ("/checks/redis", ("up", True, 1))))


@pytest.mark.parametrize("redis", ["up", "UP", "true", True, 1])
def test_a_target_that_meets_every_condition_is_ready(
    redis: object, make_answer: MakeAnswer
) -> None:
    body = {"status": "ok", "db": "Connected", "checks": {"redis": redis}}
    assert read_response(make_answer(body=body), CONDITIONS).reason is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"status": "ok", "db": "error: gone", "checks": {"redis": "up"}},
            "200 with the string 'error: gone' at /db",
        ),
        (
            {"status": "ok", "db": "connected"},
            "200 with nothing (the field is absent) at /checks/redis",
        ),
        (
            {"status": "ok", "db": "connected", "checks": {"redis": None}},
            "200 with null at /checks/redis",
        ),
    ],
)
def test_a_condition_that_is_not_met_is_told_with_its_place(
    body: object, reason: str, make_answer: MakeAnswer
) -> None:
    poll = read_response(make_answer(body=body), CONDITIONS)
    assert (poll.reason, poll.hint) == (reason, CONDITION_HINT)


def test_conditions_hold_where_the_status_code_would_be_enough(make_answer: MakeAnswer) -> None:
    readiness = replace(CONDITIONS, healthy_status=())
    assert read_response(page_of(make_answer, "OK"), readiness).reason == (
        "200 with text/plain, 2 bytes"
    )


@pytest.mark.parametrize("value", ["connected", "OK", "up", "healthy", True, {"status": "Up"}])
@pytest.mark.parametrize("name", ["db", "database"])
def test_a_database_that_is_well_is_ready(
    name: str, value: object, make_answer: MakeAnswer
) -> None:
    page = make_answer(body={"status": "ok", name: value})
    assert read_response(page, Readiness()).reason is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("error: gone", "the string 'error: gone' at /db"),
        (False, "the boolean false at /db"),
        (None, "null at /db"),
        (1, "the number 1 at /db"),
        (["ok"], "a list of 1 at /db"),
        ({}, "an object with no properties at /db"),
        ({"status": "down"}, "the string 'down' at /db/status"),
    ],
)
def test_a_database_that_is_gone_is_not_ready_whatever_the_status_says(
    value: object, words: str, make_answer: MakeAnswer
) -> None:
    """Also where the status code would be enough."""
    for readiness in (Readiness(), Readiness(healthy_status=())):
        poll = read_response(make_answer(body={"status": "ok", "db": value}), readiness)
        assert (poll.reason, poll.hint) == (f"200 with {words}", MEMBER_HINT)


def test_the_status_comes_before_the_database(make_answer: MakeAnswer) -> None:
    response = make_answer(body={"status": "degraded", "db": "down"})
    assert read_response(response, Readiness()).reason == (
        "200 with the string 'degraded' at /status"
    )


def test_which_members_have_to_say_what_is_the_profiles(make_answer: MakeAnswer) -> None:
    response = make_answer(body={"status": "ok", "queue": {"state": "Green"}})
    readiness = Readiness(healthy_members=("/queue/state",), healthy_words=("GREEN",))
    assert read_response(response, readiness).reason is None
    assert read_response(response, replace(readiness, healthy_words=("blue",))).reason == (
        "200 with the string 'Green' at /queue/state"
    )


def test_other_members_do_not_hide_a_database_that_is_gone_and_an_empty_list_does(
    make_answer: MakeAnswer,
) -> None:
    page = make_answer(body={"status": "ok", "db": "down", "queue": "ok"})
    poll = read_response(page, Readiness(healthy_members=("/queue",)))
    assert poll.reason == "200 with the string 'down' at /db"
    assert read_response(page, Readiness(healthy_members=())).reason is None


def test_a_condition_of_the_profile_counts_instead_of_the_usual_words(
    make_answer: MakeAnswer,
) -> None:
    page = make_answer(body={"status": "ok", "db": "postgres"})
    readiness = Readiness(healthy=(("/db", ("postgres",)),))
    assert read_response(page, readiness).reason is None
    assert read_response(page, Readiness()).reason == "200 with the string 'postgres' at /db"


# -- other answers ----------------------------------------------------------------------------


def test_a_page_that_is_not_json_is_not_the_api(make_answer: MakeAnswer) -> None:
    page = make_answer(body=b"<html>hi</html>", headers={"content-type": "text/html; x=y"})
    assert read_response(page, Readiness()) == Poll(
        reason="200 with an HTML page, 15 bytes",
        hint=NOT_API_HINT,
        version=ShownVersion(why="200 with an HTML page, 15 bytes"),
    )


@pytest.mark.parametrize(
    ("status", "headers", "reason", "hint"),
    [
        (503, {}, "503", OTHER_HINT),
        (404, {}, "404", NOT_FOUND_HINT),
        (401, {}, "401", GUARDED_HINT),
        (403, {}, "403", GUARDED_HINT),
        (204, {}, "204", OTHER_HINT),
    ],
)
def test_another_status_is_not_ready(
    status: int, headers: dict[str, str], reason: str, hint: str, make_answer: MakeAnswer
) -> None:
    response = make_answer(status, body={"status": "ok"}, headers=headers)
    assert read_response(response, Readiness()) == Poll(reason=reason, hint=hint)


@pytest.mark.parametrize(
    ("status", "location", "to", "hint", "is_final"),
    [
        (
            301,
            "https://www.example.com/",
            "https://www.example.com/",
            elsewhere("https://www.example.com"),
            True,
        ),
        (
            302,
            "https://sso.example.com/login?next=/health&token=secret",
            "https://sso.example.com/login",
            elsewhere("https://sso.example.com"),
            True,
        ),
        (
            307,
            "http://api.example.com/v1/health",
            "http://api.example.com/v1/health",
            elsewhere("http://api.example.com"),
            True,
        ),
        (308, "/v1/health/", "/v1/health/", at_path("/health/"), True),
        (302, "health/", "health/", at_path("/health/"), True),
        (302, "/v1/maintenance", "/v1/maintenance", at_path("/maintenance"), False),
        (301, "/v1/healthz?a=b", "/v1/healthz", at_path("/healthz"), True),
        (301, "/healthz", "/healthz", GIVE_THE_URL, True),
        (302, "/down", "/down", GIVE_THE_URL, False),
        (302, "", "nowhere", GIVE_THE_URL, False),
        (302, "https://[", "https://[", GIVE_THE_URL, False),
    ],
)
def test_a_redirect_says_what_to_give_and_whether_it_will_stay(
    status: int, location: str, to: str, hint: str, is_final: bool, make_answer: MakeAnswer
) -> None:
    response = make_answer(status, headers={"location": location})
    url = "https://api.example.com/v1/health"
    response = replace(response, exchange=retold(response.exchange, url=url))
    assert read_response(response, Readiness()) == Poll(
        reason=f"{status}, a redirect to {to}", hint=hint, is_final=is_final
    )


def test_a_target_that_wants_https_says_what_to_give(make_answer: MakeAnswer) -> None:
    response = make_answer(308, headers={"location": "https://api.example.com/health"})
    plain = replace(
        response, exchange=retold(response.exchange, url="http://api.example.com/health")
    )
    assert read_response(plain, Readiness()) == Poll(
        reason="308, a redirect to https://api.example.com/health",
        hint="the target requires https: use a base URL that begins with https://api.example.com;"
        " everything so far was sent without encryption",
        is_final=True,
    )


def test_a_health_page_need_not_declare_its_type(make_answer: MakeAnswer) -> None:
    """It is read by probes, not by clients of the API."""
    page = make_answer(body={"status": "ok"}, headers={"content-type": "text/plain"})
    assert read_response(page, Readiness()).reason is None


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
    assert poll.version.text is None or not poll.version.why
