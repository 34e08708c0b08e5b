"""What a run was told of its target: which profile of the configuration, and which APIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_apismoke.configuration.loading import load, refusal
from pytest_apismoke.configuration.profiles import TargetProfile
from pytest_apismoke.configuration.sources import Resolver, nearest
from pytest_apismoke.errors import misconfigured


def chosen_profile(pick: Resolver, files: Mapping[str, str], apis: Sequence[str]) -> TargetProfile:
    """The profile that was asked for, or what the configuration says for every one.

    Args:
        pick: picks its name.
        files: the texts in which a configuration may stand, by the names of the files.
        apis: the names that it may give to APIs.

    Raises:
        SmokeError: (`usage`) for the first mistake in the configuration, whatever its profile.

    """
    name = pick.text(
        "profile",
        option="--target-profile",
        environ="APISMOKE_TARGET_PROFILE",
        ini="apismoke_profile",
    )
    how = pick.sources["profile"]
    profile, mistakes = load(files, name=name, source=how, apis=apis)
    if mistakes:
        raise refusal(mistakes)
    pick.sources["profile"] = profile.origin if name is None else f"{profile.origin} ({how})"
    return profile


def chosen_apis(pick: Resolver, profile: TargetProfile, known: Sequence[str]) -> tuple[str, ...]:
    """The APIs that were named, or else those that the profile enables, in the order of `known`.

    Raises:
        SmokeError: (`usage`) for the first name that is none.

    """
    chosen = pick.texts("apis", option="--smoke-api", ini="apismoke_apis")
    for name in chosen:
        if name not in known:
            raise misconfigured(
                expected=f"the name of an enabled API ({', '.join(known)})",
                seen=repr(name),
                where=pick.sources["apis"],
                hint=nearest(name, known),
            )
    if chosen:
        return tuple(name for name in known if name in chosen)
    if not all(profile.api(name).enabled for name in known):
        pick.sources["apis"] = profile.origin
    return tuple(name for name in known if profile.api(name).enabled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Where an API was asked for by its name: `in_profile` says that it was in a configuration."""

    place: str
    in_profile: bool


def where_named(api: str, pick: Resolver, profile: TargetProfile) -> Named | None:
    """Where one of the chosen APIs was asked for by its name; None where it was not.

    A table that says what becomes of an API (its exit code, say) does not ask for it; `enabled =
    true` in it does, and so does an option that names it.
    """
    if pick.sources["apis"] not in ("default", profile.origin):
        return Named(place=pick.sources["apis"], in_profile=False)
    if profile.api(api).is_asked_for:
        return Named(place=f"{profile.origin}, [apis.{api}] enabled", in_profile=True)
    return None
