"""How the page names checks and APIs. Pure."""

from __future__ import annotations

from pytest_apismoke.verdict.judgement import RUN, USER_TESTS
from pytest_apismoke.verdict.outcome import Outcome


def name_of(check: Outcome, *, with_api: bool = True) -> str:
    """The name of a check by which people call it.

    That of a user's test is the name of its function, that of any other check its stage, behind
    its API unless the API stands beside it.
    """
    if check.api == USER_TESTS:
        return check.name.partition("::")[2] or check.name
    return f"{check.api}::{check.stage}" if with_api and check.api != RUN else check.stage


def api_name(api: str) -> str:
    """The name of an API; the run itself has one, too."""
    return "the run itself" if api == RUN else api
