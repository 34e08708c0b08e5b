"""Which profile of the configuration a run uses, and which APIs it checks."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.configuration.contract_settings import ContractSettings
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.loading import load, refusal
from pytest_apismoke.configuration.profiles import API_NAMES, DEFAULT, OPENAPI, TargetProfile
from pytest_apismoke.configuration.setting_table import APIS, PROFILE
from pytest_apismoke.configuration.sources import (
    NOWHERE,
    Place,
    RawSettings,
    Resolver,
    Source,
    nearest,
)
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.modes import Mode


def chosen_profile(resolver: Resolver, raw: RawSettings, declared: Sequence[str]) -> TargetProfile:
    """The profile that was asked for, or the top level of the configuration.

    Args:
        resolver: resolves the profile's name.
        raw: the files that may hold a configuration, and the environment that it may refer to.
        declared: the APIs that have declared checks.

    Raises:
        SmokeError: (`usage`) for the first mistake in the configuration, in whichever profile.

    """
    name = resolver.value(PROFILE)
    given = resolver.source(PROFILE)
    # The configuration may also name the OpenAPI document's API where a run has no document.
    apis = (*API_NAMES, *declared, OPENAPI)
    profile, mistakes = load(
        raw.configuration, name=name, source=str(given), apis=apis, environ=raw.environ
    )
    if mistakes:
        raise refusal(mistakes)
    if given is not NOWHERE or profile.origin != DEFAULT:
        origin = profile.origin if name is None else f"{profile.origin} ({given})"
        resolver.sources[PROFILE.name] = Source(Place.CONFIGURATION, origin)
    return profile


def chosen_apis(
    resolver: Resolver,
    profile: TargetProfile,
    declared: Sequence[str],
    contracts: ContractSettings,
    mode: Mode,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The APIs that were named, or else the enabled ones: the built-in, the declared, `openapi`.

    Returns:
        Their names, and those of the built-in and the declared that are left out.

    Raises:
        SmokeError: (`usage`) for the first name that is no API's, and when `openapi` was asked for
            in a run whose operations are no checks.

    """
    openapi = [OPENAPI] if contracts.openapi else []
    # A resource may have declared checks as well.
    known = tuple(dict.fromkeys((*profile.suites, *declared, *openapi)))
    named = resolver.values(APIS)
    for name in named:
        if name not in known:
            raise misconfigured(
                expected=f"the name of an enabled API ({', '.join(known)})",
                seen=repr(name),
                where=resolver.where(APIS),
                hint=nearest(name, known),
            )
    enabled = [name for name in known if profile.api(name).enabled]
    if not named and len(enabled) < len(known):
        resolver.sources[APIS.name] = Source(Place.CONFIGURATION, profile.origin)
    chosen = [name for name in known if name in (named or enabled)]
    if OPENAPI in chosen and not contracts.gives_checks(smoke=mode == "smoke"):
        _check_not_asked_for(resolver, profile, contracts, is_named=bool(named))
        chosen.remove(OPENAPI)
    left_out = [name for name in known if name not in (*chosen, OPENAPI)]
    return tuple(chosen), tuple(left_out)


def _check_not_asked_for(
    resolver: Resolver, profile: TargetProfile, contracts: ContractSettings, *, is_named: bool
) -> None:
    """Refuses a run without checks of operations in which they were asked for by name.

    An option that names the API asks for them, and so does `enabled = true` in the configuration;
    a table that only gives the API an exit code, say, does not. A configuration holds for runs of
    both modes, so checks in full runs are enough for it.
    """
    where = ""
    if is_named:
        where = resolver.where(APIS)
    elif profile.api(OPENAPI).is_asked_for and contracts.checks != "full":
        where = profile.origin_of("apis", OPENAPI, "enabled").where
    if where:
        raise misconfigured(
            expected=f"checks of operations, for the API {OPENAPI!r}",
            seen=f"--smoke-openapi-checks={contracts.checks}",
            where=where,
            hint="give --smoke-openapi-checks=smoke, or =full for full runs only",
        )


def check_pins(profile: TargetProfile, credentials: Credentials) -> None:
    """Refuses a token from the user where only the response of a login pins the account.

    Raises:
        SmokeError: (`usage`)

    """
    if credentials.token and profile.login.expect and not profile.document.expect:
        raise misconfigured(
            expected="[document] expect, or a username and a password",
            seen="APISMOKE_TOKEN, without a login whose response could be compared with"
            " [login] expect",
            where=profile.origin_of("login", "expect").where,
            hint="pin the account with [document] expect too: it is compared in every run",
        )


def check_login(apis: Sequence[str], profile: TargetProfile) -> None:
    """Refuses suites, which begin with a login, in a run whose profile has none.

    Raises:
        SmokeError: (`usage`)

    """
    suites = [api for api in apis if api in profile.suites]
    if suites and not profile.login.enabled:
        switched_off = ", ".join(f"[apis.{api}] enabled = false" for api in suites)
        raise misconfigured(
            expected=f"a login, for the suites {', '.join(suites)}",
            seen="none ([login] enabled = false)",
            where=profile.origin_of("login", "enabled").where,
            hint=f"write {switched_off}; or leave enabled = false out of [login]",
        )
