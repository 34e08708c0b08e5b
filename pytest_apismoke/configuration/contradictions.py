"""Keys of a profile that are valid one by one, and can't hold together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_apismoke.configuration import accounts, document_rules, login_rules
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
    yield from _token_header(profile)
    yield from accounts.contradictions(profile.accounts, profile.login)


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
