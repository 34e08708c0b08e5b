"""Keys of a profile that are valid one by one, and can't hold together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_apismoke.configuration import (
    accounts,
    document_rules,
    login_rules,
    resources,
    twilio_rules,
)
from pytest_apismoke.configuration.layers import Layer, ancestry
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.configuration.rule import Contradiction
from pytest_apismoke.configuration.tables import Mistakes


def add_contradictions(
    name: str, profile: TargetProfile, layers: Mapping[str, Layer], mistakes: Mistakes
) -> None:
    """Adds the contradictions in a profile where their key is written, or in its own tables."""
    for one in contradictions(profile):
        owner = next((n for n in ancestry(name, layers) if one.place in layers[n].values), name)
        place = (*layers[owner].at, *one.place)
        mistakes.add(place, expected=one.expected, seen=one.seen, hint=one.hint)


def contradictions(profile: TargetProfile) -> Iterator[Contradiction]:
    """Every contradiction in a profile."""
    yield from login_rules.contradictions(profile.login)
    yield from document_rules.contradictions(profile.document)
    yield from resources.contradictions(profile)
    yield from twilio_rules.contradictions(profile.twilio)
    yield from _token_header(profile)
    yield from accounts.contradictions(profile.accounts, profile.login)
    yield from _version_page(profile)


def _version_page(profile: TargetProfile) -> Iterator[Contradiction]:
    """A version page that needs a login, where there is no such page or no login."""
    if not profile.readiness.version_needs_login:
        return
    if not profile.readiness.version_path:
        yield Contradiction(
            place=("readiness", "version_needs_login"),
            expected="version_path with it: the readiness path itself is asked before the login",
            seen="none",
            hint='write, for instance, version_path = "/api/version"',
        )
    elif not profile.login.enabled:
        yield Contradiction(
            place=("readiness", "version_needs_login"),
            expected="a login, whose token the version page wants",
            seen="enabled = false below [login]",
            hint="remove version_needs_login, or describe the login",
        )


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
