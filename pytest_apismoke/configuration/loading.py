"""Loads a profile: a TOML file's content and a profile's name become a `TargetProfile`. Pure.

Every profile inherits the keys at the top level, or those of the profile that it extends, and
overrides some of them. The records in `profiles` define the keys and their kinds.
Source: SPEC section 8.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pytest_apismoke.configuration.document_rules import check_documents
from pytest_apismoke.configuration.keys import record_of, records_of
from pytest_apismoke.configuration.profiles import (
    DEFAULT,
    DEFAULT_PROFILE,
    ApiProfile,
    TargetProfile,
)
from pytest_apismoke.configuration.rootdir import FILE, SHARED_FILE
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.tables import Mistakes, Steps
from pytest_apismoke.configuration.toml_loader import in_words, parse_toml
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.verdict.exit_codes import API_CODES

_SHARED_AT: Steps = ("tool", "apismoke")
#: The tables of a configuration; a profile has the same.
SECTIONS = records_of(TargetProfile)
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The keys that one profile sets itself, by their places, and the profile that it extends."""

    values: Mapping[Steps, Any]
    extends: str = DEFAULT


def load(
    files: Mapping[str, str],
    *,
    name: str | None = None,
    source: str = "",
    apis: Sequence[str] = tuple(API_CODES),
) -> tuple[TargetProfile, tuple[Failure, ...]]:
    """The profile that a run uses, and every mistake in the configuration.

    Args:
        files: the contents of `FILE` and `SHARED_FILE`, by name, where these files exist.
        name: the profile that the run asks for; None and `default` mean the top level.
        source: where that name was given, for messages.
        apis: the names of all APIs, built-in and declared.

    Returns:
        The profile, valid only without mistakes, and all mistakes in document order.

    """
    found, failures = _find(files)
    if found is None:
        # A file that could not be read may have that profile.
        unknown = [] if failures else _unknown_profile(name, source, (), "")
        return DEFAULT_PROFILE, (*failures, *unknown)
    content, mistakes = found
    layers = _Reader(mistakes, apis).layers(content)
    if not mistakes.failures:
        # What has another mistake is not there, and something else may seem to contradict it.
        lines = {one: _ancestry(one, layers) for one in layers}
        check_documents({n: layers[n].values for n in layers}, lines, mistakes)
    unknown = _unknown_profile(name, source, tuple(layers), mistakes.file)
    wanted = DEFAULT if name is None or unknown else name
    values = _values(wanted, layers)
    origin = mistakes.file if wanted == DEFAULT else f"{mistakes.file}, profiles.{wanted}"
    profile = _built(values, name=wanted, origin=origin)
    return profile, (*failures, *mistakes.failures, *unknown)


def refusal(failures: Sequence[Failure]) -> SmokeError:
    """The error of a run whose files have mistakes: the first mistake, and their number."""
    first, number = failures[0], len(failures)
    total = f" (the first of {number} mistakes; 'apismoke check' tells all)" if number > 1 else ""
    return SmokeError(replace(first, hint=f"{first.hint}{total}"))


def _find(files: Mapping[str, str]) -> tuple[tuple[object, Mistakes] | None, list[Failure]]:
    """The configuration's table with a collector for its mistakes, or None; and other failures."""
    found: list[tuple[object, Mistakes]] = []
    failures: list[Failure] = []
    for file, at in ((FILE, ()), (SHARED_FILE, _SHARED_AT)):
        text = files.get(file)
        # Another tool's file may be broken, as long as it does not mention this one.
        if text is None or (at and at[-1] not in text):
            continue
        try:
            content: object = parse_toml(text, file)
        except SmokeError as error:
            failures.append(error.failure)
            continue
        for step in at:
            content = content.get(step) if isinstance(content, dict) else None
        if content is not None:
            found.append((content, Mistakes(file, at)))
    if len(found) > 1:
        both = misconfigured(
            expected=f"a configuration in {FILE}, or one in [tool.apismoke] of {SHARED_FILE}",
            seen="both",
            where=f"{FILE} and {SHARED_FILE}",
            hint="move all of it into one of them",
        )
        failures.append(both.failure)
    return (found[0] if found else None), failures


class _Reader:
    """Reads the tables of a configuration.

    Args:
        mistakes: collects the mistakes.
        apis: the names of all APIs, built-in and declared.

    """

    def __init__(self, mistakes: Mistakes, apis: Sequence[str]) -> None:
        self._mistakes = mistakes
        self._apis = apis

    def layers(self, content: object) -> dict[str, Layer]:
        """The layer of each profile, by its name; the top level is the first of them."""
        layers = {DEFAULT: Layer(values={})}

        def read_profiles(raw: object) -> None:
            for name, table in self._mistakes.items(raw, ("profiles",)):
                layer = self._profile(table, ("profiles", name))
                if self._is_profile_name(name):
                    layers[name] = layer

        known = (*SECTIONS, "apis", "profiles")
        layers[DEFAULT] = Layer(values=self._sections(content, (), known, read_profiles))
        self._check_bases(layers)
        return layers

    def _profile(self, raw: object, at: Steps) -> Layer:
        extends = DEFAULT

        def read_base(value: object) -> None:
            nonlocal extends
            if isinstance(value, str):
                extends = value
                return
            self._mistakes.add(
                (*at, "extends"),
                expected="the name of a profile",
                seen=in_words(value),
                hint='write, for instance, extends = "staging"',
            )

        values = self._sections(raw, at, ("extends", *SECTIONS, "apis"), read_base)
        return Layer(values=values, extends=extends)

    def _sections(
        self, raw: object, at: Steps, known: Sequence[str], read_other: Callable[[object], None]
    ) -> dict[Steps, Any]:
        """The values of a table by their places in it; `read_other` reads the remaining key."""
        values: dict[Steps, Any] = {}
        for key, value in self._mistakes.items(raw, at, known=known):
            if key in SECTIONS:
                values |= self._mistakes.record(SECTIONS[key], value, (*at, key))
            elif key == "apis":
                for name, entry in self._mistakes.items(value, (*at, key)):
                    values |= self._api(name, entry, (*at, key, name))
            else:
                read_other(value)
        return {place[len(at) :]: value for place, value in values.items()}

    def _api(self, name: str, raw: object, at: Steps) -> dict[Steps, Any]:
        found = self._mistakes.record(ApiProfile, raw, at)
        if name not in self._apis:
            self._mistakes.add(
                at,
                expected=f"the name of an API ({', '.join(self._apis)})",
                seen=repr(name),
                hint=f"{nearest(name, self._apis)} (a declared API has its checks in"
                f" contracts/{name}.toml)",
            )
        if name in API_CODES and (*at, "exit_code") in found:
            self._mistakes.add(
                (*at, "exit_code"),
                expected="exit codes for declared APIs only",
                seen=f"one for the built-in API {name!r}",
                hint=f"remove it: the exit code of {name!r} is {API_CODES[name]} for ever",
            )
        return found

    def _is_profile_name(self, name: str) -> bool:
        if name != DEFAULT and _NAME.fullmatch(name):
            return True
        expected = (
            "a name of letters, digits, '_', '.' and '-' that begins with one of the first two"
        )
        hint = "rename the profile"
        if name == DEFAULT:
            expected = f"a name other than {DEFAULT!r}"
            hint = "write keys for every profile at the top level, without [profiles.*]"
        self._mistakes.add(("profiles", name), expected=expected, seen=repr(name), hint=hint)
        return False

    def _check_bases(self, layers: Mapping[str, Layer]) -> None:
        reported: set[str] = set()
        for name, layer in layers.items():
            at = ("profiles", name, "extends")
            cycle = _cycle(name, layers)
            if layer.extends not in layers:
                self._mistakes.add(
                    at,
                    expected=f"the name of a profile ({', '.join(layers)})",
                    seen=repr(layer.extends),
                    hint=nearest(layer.extends, tuple(layers)),
                )
            elif cycle and not reported.intersection(cycle):
                reported.update(cycle)
                self._mistakes.add(
                    at,
                    expected="profiles that do not extend themselves",
                    seen=" extends ".join(cycle),
                    hint="remove one of these 'extends'",
                )


def _unknown_profile(
    name: str | None, source: str, layers: Sequence[str], file: str
) -> list[Failure]:
    """The failure of a run that asks for an unknown profile; an empty list for a known one."""
    if name in (None, DEFAULT, *layers):
        return []
    own = [layer for layer in layers if layer != DEFAULT]
    expected, seen = f"the name of a profile in {file or FILE}", repr(name)
    if not name:
        expected, seen = "the name of a profile", "an empty string"
        hint = "name one, or leave it out; if it comes from a variable, that variable is not set"
    elif not file:
        seen += f", and neither {FILE} nor [tool.apismoke] in {SHARED_FILE}"
        hint = f"put {FILE} into the rootdir, or name no profile"
    elif not own:
        seen += ", and no profiles"
        hint = f"write [profiles.{name}] into it, or name no profile"
    else:
        expected += f" ({', '.join(own)})"
        hint = nearest(name, own)
    return [misconfigured(expected=expected, seen=seen, where=source, hint=hint).failure]


def _ancestry(name: str, layers: Mapping[str, Layer]) -> list[str]:
    """The profile, the one that it extends, and so on to the top level, without repetition."""
    names = [name]
    while names[-1] != DEFAULT:
        base = layers[names[-1]].extends
        names.append(base if base in layers and base not in names else DEFAULT)
    return names


def _values(name: str, layers: Mapping[str, Layer]) -> dict[Steps, Any]:
    """The values of a profile, with those that it inherits."""
    values: dict[Steps, Any] = {}
    for ancestor in reversed(_ancestry(name, layers)):
        values |= layers[ancestor].values
    return values


def _cycle(name: str, layers: Mapping[str, Layer]) -> list[str]:
    """The names from a profile back to itself, where it extends itself; else an empty list."""
    *names, _ = _ancestry(name, layers)
    return [*names, name] if names and layers[names[-1]].extends == name else []


def _built(values: Mapping[Steps, Any], *, name: str, origin: str) -> TargetProfile:
    sections = {place: value for place, value in values.items() if place[0] in SECTIONS}
    apis: dict[str, dict[str, Any]] = {}
    for place, value in values.items():
        if place[0] == "apis":
            apis.setdefault(place[1], {})[place[2]] = value
    found = (
        ApiProfile(name=api, is_asked_for=keys.get("enabled", False), **keys)
        for api, keys in apis.items()
    )
    return replace(record_of(TargetProfile, sections), name=name, origin=origin, apis=tuple(found))
