"""A refused update names the line of the configuration that gives the target what it asks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.wishes import wish_in


@pytest.mark.parametrize(
    ("status", "detail", "line"),
    [
        (415, "use application/merge-patch+json", 'update_format = "merge-patch"'),
        (415, "use application/json-patch+json", 'update_format = "json-patch"'),
        (415, "Unsupported Media Type", "[document] update_format"),
        (400, "Idempotency-Key header is required", 'idempotency_header = "Idempotency-Key"'),
        (428, "If-Match is required", 'if_match = "any"'),
        (403, "CSRF verification failed", "[document] csrf_header"),
        (419, "XSRF token mismatch", "[document] csrf_header"),
        (409, "stale version", "[document] version_member"),
    ],
)
def test_a_wish_is_told_with_the_key(
    make_answer: Callable[..., Response], status: int, detail: str, line: str
) -> None:
    assert line in wish_in(make_answer(status, body={"detail": detail}))


@pytest.mark.parametrize(
    ("status", "detail"),
    [(403, "forbidden"), (422, "too long"), (500, "idempotency"), (404, "no such version")],
)
def test_other_refusals_have_no_wish(
    make_answer: Callable[..., Response], status: int, detail: str
) -> None:
    assert wish_in(make_answer(status, body={"detail": detail})) == ""
