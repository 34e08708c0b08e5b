"""What has to come of a deployment; pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rehearsing.versions import Fault

#: The codes of `deploy.sh` for the verdicts of the gate.
OF_DEPLOY = {"pass": 0, "fail": 1, "inconclusive": 2, "misconfigured": 3, "dirty": 4}
#: The table `category`, which never changes.
_OF_CATEGORY = {
    "auth": 1,
    "fetch": 2,
    **dict.fromkeys(("save", "oauth", "phone"), 3),
    **dict.fromkeys(("persist", "state"), 4),
}
#: The faults of a rehearsal by default, and the verdict that each has to get: a fault of each code.
CHOSEN = {
    "login-500": "fail",
    "me-500": "fail",
    "save-500": "fail",
    "oauth-500": "fail",
    "phone-malformed": "fail",
    "write-dropped": "fail",
    "me-html": "fail",
    "write-flips-field": "dirty",
    "never-ready": "inconclusive",
    "usage-counts": "pass",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What came of a deployment.

    Args:
        deploy_code: the exit code of `deploy.sh`.
        verdict: of the gate on the new version.
        categories: what that gate found.
        answers: the version that answers behind the proxy afterwards.

    """

    deploy_code: int
    verdict: str
    categories: tuple[str, ...]
    answers: str


def category_code(categories: Collection[str]) -> int:
    """The exit code of a gate that found these, in the table `category`."""
    return min((_OF_CATEGORY.get(one, 5) for one in categories), default=0)


def what_differs(fault: Fault, seen: Seen, *, old: str, new: str) -> str:
    """What is not as it has to be for this fault; empty if all is."""
    verdict = CHOSEN.get(fault.name, seen.verdict)
    if fault.category is None:
        verdict = "pass"
    elif seen.verdict == "pass":
        return f"the gate passed, and did not find '{fault.category}'"
    if seen.verdict != verdict:
        return f"the verdict is {seen.verdict}, not {verdict}"
    if fault.category and fault.category not in seen.categories:
        return f"the gate found {', '.join(seen.categories)}, not '{fault.category}'"
    if seen.deploy_code != OF_DEPLOY[verdict]:
        return f"deploy.sh ended with {seen.deploy_code}, not {OF_DEPLOY[verdict]}"
    wanted = old if verdict == "fail" else new
    return "" if seen.answers == wanted else f"{seen.answers} answers, not {wanted}"
