"""Finds a target that asks for HTTP Basic, or for a token with another scheme than Bearer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.discovery.asking import answer_of
from pytest_apismoke.discovery.description import own_documents
from pytest_apismoke.discovery.finding import Finding, below
from pytest_apismoke.discovery.own_document import PATHS
from pytest_apismoke.http.challenges import schemes_of
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request, basic
from pytest_apismoke.records import dataclass

#: Schemes that are no word before a token.
_NO_TOKENS = frozenset({"basic", "digest", "negotiate", "ntlm", "hoba", "mutual", "dpop", "hawk"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A path that refuses a request without credentials, and the schemes that it asks for."""

    path: str
    schemes: tuple[str, ...]

    @property
    def asks_for_basic(self) -> bool:
        """Whether HTTP Basic is one of the schemes."""
        return "basic" in (scheme.lower() for scheme in self.schemes)

    @property
    def token_scheme(self) -> str:
        """The scheme of a token, where it is another one than Bearer; else empty."""
        lowered = [scheme.lower() for scheme in self.schemes]
        if "bearer" in lowered:
            return ""
        return next((scheme for scheme in self.schemes if scheme.lower() not in _NO_TOKENS), "")


def find_challenge(client: Client, description: Mapping[str, Any] | None) -> Challenge | None:
    """The first challenge of the documents that are described, or of those at the usual places."""
    described = [one.path for one in own_documents(description or {})]
    for path in described or PATHS:
        answer = answer_of(client, Request(method="GET", path=path))
        if answer and (schemes := schemes_of(answer)):
            return Challenge(path=path, schemes=schemes)
    return None


def without_login(
    client: Client, challenge: Challenge | None, credentials: Credentials
) -> tuple[Finding, Mapping[str, str]] | None:
    """What a challenge says of a target without a login, and the headers that pass it.

    None where there is no challenge.
    """
    if challenge is None:
        return None
    asks = f"GET {challenge.path} asks for {' or '.join(challenge.schemes)}"
    if not challenge.asks_for_basic:
        return Finding(unknown=(f"{asks}, and no login was found: {_WITHOUT_BASIC}",)), {}
    seen = (f"{asks}: the credentials go with every request, without a login",)
    keys = below("login", {"kind": "basic"})
    if not (credentials.username and credentials.password):
        return Finding(keys=keys, seen=seen, unknown=(_NOT_TRIED,)), {}
    headers = {"Authorization": basic(credentials.username, credentials.password)}
    response = client.send(Request(method="GET", path=challenge.path, headers=headers))
    if response.status in (401, 403):
        hint = (
            f"the credentials were refused (GET {challenge.path} answers {response.status}):"
            " correct APISMOKE_USERNAME and APISMOKE_PASSWORD"
        )
        return Finding(keys=keys, seen=seen, unknown=(hint,)), {}
    return Finding(keys=keys, seen=seen), headers


_WITHOUT_BASIC = "write [login] path, or give a token as APISMOKE_TOKEN, with its [login] scheme"
_NOT_TRIED = "the credentials were not tried: there were none in the environment"
