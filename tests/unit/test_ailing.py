"""What a health page says is broken, although it counts as healthy, is told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.ailing import ailing_note
from pytest_apismoke.preflight.health_page import read_response

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MakeAnswer = Callable[..., Response]


@pytest.mark.parametrize(
    ("body", "told", "first"),
    [
        (
            {"status": "ok", "checks": {"cache": {"status": "Down"}}},
            "the string 'Down' at /checks/cache/status",
            "/checks/cache/status",
        ),
        (
            {"status": "ok", "parts": [{"name": "queue", "state": "failed"}], "cache": "offline"},
            "the string 'failed' at /parts/0/state and the string 'offline' at /cache",
            "/parts/0/state",
        ),
        (
            {"status": "ok", "db": {"status": "up"}, "checks": {"db_backup": "failed"}},
            "the string 'failed' at /checks/db_backup",
            "/checks/db_backup",
        ),
        (
            {"status": "ok", "checks": {"database": {"replica": {"status": "down"}}}},
            "the string 'down' at /checks/database/replica/status",
            "/checks/database/replica/status",
        ),
        (
            {"status": "ok", "redis": {"connected": False}},
            "the boolean false at /redis/connected",
            "/redis/connected",
        ),
    ],
)
def test_a_part_that_is_broken_is_told_with_the_line_for_it(
    body: Any, told: str, first: str, make_answer: MakeAnswer
) -> None:
    poll = read_response(make_answer(body=body), Readiness())
    assert (poll.reason, poll.note) == (
        None,
        f"the health page counts as healthy and has {told}: if the API needs that part, write what"
        f' it says when all is well, as in [readiness] healthy = {{ "{first}" = "up" }}',
    )


@pytest.mark.parametrize(
    ("parts", "seen", "accepting"),
    [
        (
            {"checks": {"database": "down"}},
            "the string 'down' at /checks/database",
            '"/checks/database" = ["up", "down"]',
        ),
        (
            {"components": {"db": {"status": "DOWN"}}},
            "the string 'DOWN' at /components/db/status",
            '"/components/db/status" = ["up", "DOWN"]',
        ),
        (
            {"checks": [{"name": "redis", "status": "up"}, {"name": "postgres", "status": "fail"}]},
            "the string 'fail' at /checks/1/status",
            '"/checks/1/status" = ["up", "fail"]',
        ),
        (
            {"checks": {"postgres:connections": [{"status": "fail"}]}},
            "the string 'fail' at /checks/postgres:connections/0/status",
            '"/checks/postgres:connections/0/status" = ["up", "fail"]',
        ),
        (
            {"checks": {"db": {"status": "failed (timeout after 3 s)"}}},
            "the string 'failed (timeout after 3 s)' at /checks/db/status",
            '"/checks/db/status" = ["up", "failed (timeout after 3 s)"]',
        ),
        (
            {"dbStatus": "disconnected"},
            "the string 'disconnected' at /dbStatus",
            '"/dbStatus" = ["up", "disconnected"]',
        ),
        (
            {"database_connected": False},
            "the boolean false at /database_connected",
            '"/database_connected" = [true, false]',
        ),
        (
            {"checks": {"mysql": "error: connection refused"}},
            "the string 'error: connection refused' at /checks/mysql",
            '"/checks/mysql" = ["up", "error: connection refused"]',
        ),
        (
            {"Database": "down"},
            "the string 'down' at /Database",
            '"/Database" = ["up", "down"]',
        ),
    ],
)
def test_a_database_that_is_gone_is_not_ready_wherever_the_page_says_so(
    parts: Any, seen: str, accepting: str, make_answer: MakeAnswer
) -> None:
    """And a profile may say that the API works without it."""
    page = make_answer(body={"status": "ok", **parts})
    poll = read_response(page, Readiness())
    assert (poll.reason, poll.hint) == (
        f"200 with {seen}",
        "find out why it is not well, with the service's log; if the API works without it, say so"
        f" in apismoke.toml, as in [readiness] healthy = {{ {accepting} }}",
    )
    place, values = tomllib.loads(f"[healthy]\n{accepting}")["healthy"].popitem()
    assert read_response(page, Readiness(healthy=((place, tuple(values)),))).reason is None


@pytest.mark.parametrize(
    ("body", "readiness"),
    [
        ({"status": "ok", "db": "connected", "uptime": 7, "debug": False}, Readiness()),
        ({"status": "ok", "log": {"level": "error"}, "errors": [], "error": None}, Readiness()),
        # The profile itself says that this part may be down.
        ({"cache": "down"}, Readiness(healthy=(("/cache", ("up", "down")),))),
        ({"status": "ok", "security": "failed logins: 3"}, Readiness()),
        ({"status": "failed"}, Readiness(healthy_status=("failed",))),
        ("down", Readiness(status_pointer="")),
        ({"a": {"b": {"c": {"d": {"e": "down"}}}}}, Readiness()),
    ],
)
def test_a_page_without_such_a_part_has_no_note(
    body: Any, readiness: Readiness, make_answer: MakeAnswer
) -> None:
    assert ailing_note(make_answer(body=body), readiness) == ""


def test_a_text_has_no_parts(make_answer: MakeAnswer) -> None:
    answer = make_answer(body=b"database: down", headers={"content-type": "text/plain"})
    assert ailing_note(answer, Readiness()) == ""
