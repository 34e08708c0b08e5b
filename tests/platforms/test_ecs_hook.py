"""The Lambda function: a build is started once, looked at until it ends, and answers the hook."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from typing import Any

import pytest
from platforms.manifests import DEPLOY

_SPEC = importlib.util.spec_from_file_location("ecs_hook", DEPLOY / "ecs" / "hook.py")
assert _SPEC is not None
assert _SPEC.loader is not None
hook = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hook)


class CodeBuild:
    """CodeBuild, in whose only build the status is what the test says."""

    def __init__(self, status: str | None) -> None:
        self.status = status
        self.started: list[str] = []

    def start_build(self, *, projectName: str) -> Mapping[str, Any]:  # noqa: N803 - boto3's own
        self.started.append(projectName)
        return {"build": {"id": "gate:1", "buildStatus": "IN_PROGRESS"}}

    def batch_get_builds(self, *, ids: list[str]) -> Mapping[str, Any]:
        assert ids == ["gate:1"]
        return {"builds": [{"buildStatus": self.status}] if self.status else []}


def test_the_first_call_starts_a_build() -> None:
    """What the service's own configuration gives is passed on."""
    codebuild = CodeBuild("IN_PROGRESS")
    answer = hook.answer({"hookDetails": {"stage": "staging"}}, codebuild, "gate")
    assert answer == {
        "hookStatus": "IN_PROGRESS",
        "callBackDelay": 20,
        "hookDetails": {"stage": "staging", "buildId": "gate:1"},
    }
    assert codebuild.started == ["gate"]


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("SUCCEEDED", "SUCCEEDED"),
        ("FAILED", "FAILED"),
        ("FAULT", "FAILED"),
        ("TIMED_OUT", "FAILED"),
        ("STOPPED", "FAILED"),
        (None, "FAILED"),
    ],
)
def test_the_end_of_the_build_is_the_answer(status: str | None, answer: str) -> None:
    codebuild = CodeBuild(status)
    event = {"hookDetails": {"buildId": "gate:1"}}
    assert hook.answer(event, codebuild, "gate") == {"hookStatus": answer}
    assert codebuild.started == []


def test_a_build_that_goes_on_is_asked_about_again() -> None:
    event = {"hookDetails": {"buildId": "gate:1"}}
    assert hook.answer(event, CodeBuild("IN_PROGRESS"), "gate") == {
        "hookStatus": "IN_PROGRESS",
        "callBackDelay": 20,
        "hookDetails": {"buildId": "gate:1"},
    }
