"""Keys of a profile that are valid one by one, and can't hold together. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.configuration import document_rules, login_rules
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.configuration.rule import Contradiction


def contradictions(profile: TargetProfile) -> Iterator[Contradiction]:
    """Every contradiction in a profile."""
    yield from login_rules.contradictions(profile.login)
    yield from document_rules.contradictions(profile.document)
    yield from _token_header(profile)


def _token_header(profile: TargetProfile) -> Iterator[Contradiction]:
    """The header of the token: a request that is sent without a token would have one."""
    for name, _ in profile.headers:
        if profile.login.enabled and name.lower() == profile.login.header.lower():
            yield Contradiction(
                place=("headers", name),
                expected="a header other than that of the token ([login] header)",
                seen=repr(name),
                hint="remove it here, and give the token as APISMOKE_TOKEN; if there is no login,"
                " write enabled = false below [login]",
            )
