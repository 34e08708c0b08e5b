"""An AWS Lambda function as a life-cycle hook of Amazon ECS: the gate runs in CodeBuild.

For services that no pipeline watches. The first call starts a build, further calls look at it, and
the answers are IN_PROGRESS until it has ended. The environment variable GATE_PROJECT names the
CodeBuild project, whose commands install and run apismoke: what is not 0 fails the build.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

#: Seconds until ECS asks again.
CALL_BACK_S = 20
#: The answer to each status of a build; any other status is a failure.
ANSWERS = {"SUCCEEDED": "SUCCEEDED", "IN_PROGRESS": "IN_PROGRESS"}


def handler(event: Mapping[str, Any], context: object) -> dict[str, object]:
    """Answers ECS.

    Args:
        event: the deployment; `hookDetails` is what the answer before this one has returned.
        context: not used.

    """
    import boto3

    return answer(event, boto3.client("codebuild"), os.environ["GATE_PROJECT"])


def answer(event: Mapping[str, Any], codebuild: Any, project: str) -> dict[str, object]:
    """Starts a build of the project, or looks at the one that an earlier call has started."""
    details = dict(event.get("hookDetails") or {})
    if "buildId" not in details:
        build = codebuild.start_build(projectName=project)["build"]
        details["buildId"] = build["id"]
    else:
        builds = codebuild.batch_get_builds(ids=[details["buildId"]])["builds"]
        # A build that is gone has no verdict.
        build = builds[0] if builds else {"buildStatus": "FAULT"}
    status = ANSWERS.get(build["buildStatus"], "FAILED")
    if status != "IN_PROGRESS":
        return {"hookStatus": status}
    return {"hookStatus": status, "callBackDelay": CALL_BACK_S, "hookDetails": details}
