"""An accepted update that is applied later: where its operation is, and what that says."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pytest_apismoke.http.operation import Progress, operation_path, progress_of
from pytest_apismoke.http.response import Response

NewResponse = Callable[..., Response]
BASE = "https://api.example.com/v2"


@pytest.mark.parametrize(
    ("status", "location", "path"),
    [
        (202, "/v2/operations/1", "/operations/1"),
        (202, "operations/1?x=1#top", "/me/operations/1?x=1"),
        (202, "https://api.example.com/v2/operations/1", "/operations/1"),
        (202, "", ""),
        # The token goes to the target alone.
        (202, "https://evil.example/v2/operations/1", ""),
        (202, "//evil.example/v2/x", ""),
        (202, "http://api.example.com/v2/x", ""),
        (202, "/v3/operations/1", ""),
        (202, "/v2//evil.example/x", ""),
        (202, "https://[", ""),
        (201, "/v2/me/7", ""),
    ],
)
def test_where_the_operation_is(
    make_answer: NewResponse, status: int, location: str, path: str
) -> None:
    response = make_answer(status, headers={"location": location})
    assert operation_path(response, BASE, "/me/7") == path


@pytest.mark.parametrize(
    ("status", "body", "progress"),
    [
        (202, {}, Progress.RUNNING),
        (200, {"status": "In_Progress"}, Progress.RUNNING),
        (200, {"done": False}, Progress.RUNNING),
        (200, {"state": "RUNNING"}, Progress.RUNNING),
        (200, {"status": "Succeeded"}, Progress.DONE),
        (200, {"status": 7}, Progress.DONE),
        (200, {"done": True}, Progress.DONE),
        (200, {"done": True, "error": {"code": 3}}, Progress.FAILED),
        (200, {"provisioningState": "Failed"}, Progress.FAILED),
        (200, {"status": "cancelled"}, Progress.FAILED),
        (200, ["failed"], Progress.DONE),
        (200, b"not JSON", Progress.DONE),
        # A page that is gone, or leads on: the document itself tells.
        (404, {"status": "error"}, Progress.DONE),
        (303, None, Progress.DONE),
    ],
)
def test_what_its_page_says(
    make_answer: NewResponse, status: int, body: object, progress: Progress
) -> None:
    assert progress_of(make_answer(status, body=body)) is progress


def test_a_body_that_is_nested_too_deep_says_nothing(make_answer: NewResponse) -> None:
    deep = ("[" * 100_000).encode()
    with pytest.raises((ValueError, RecursionError)):
        json.loads(deep)
    assert progress_of(make_answer(200, body=deep)) is Progress.DONE
