"""What a health page says is broken, although it counts as healthy, is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_apismoke.configuration.profiles import Readiness
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.ailing import ailing_note
from pytest_apismoke.preflight.health_page import read_response

MakeAnswer = Callable[..., Response]


@pytest.mark.parametrize(
    ("body", "told", "first"),
    [
        (
            {"status": "ok", "checks": {"db": {"status": "Down"}}},
            "the string 'Down' at /checks/db/status",
            "/checks/db/status",
        ),
        (
            {"status": "ok", "parts": [{"name": "queue", "state": "failed"}], "cache": "offline"},
            "the string 'failed' at /parts/0/state and the string 'offline' at /cache",
            "/parts/0/state",
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
    ("body", "readiness"),
    [
        ({"status": "ok", "db": "connected", "uptime": 7, "debug": False}, Readiness()),
        ({"status": "ok", "log": {"level": "error"}, "errors": [], "error": None}, Readiness()),
        # The profile itself says that this part may be down.
        ({"cache": "down"}, Readiness(healthy=(("/cache", ("up", "down")),))),
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
