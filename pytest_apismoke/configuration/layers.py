"""Reads the tables of a configuration into layers: the keys that each profile sets itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pytest_apismoke.configuration import accounts, headers, resources
from pytest_apismoke.configuration.keys import keys_of, records_of
from pytest_apismoke.configuration.profiles import DEFAULT, ApiProfile, TargetProfile
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.tables import Given, Mistakes, Steps
from pytest_apismoke.configuration.toml_loader import in_words
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import API_CODES

#: The tables of a configuration that are records; a profile has the same.
SECTIONS = records_of(TargetProfile)
#: The keys of a profile, without those of its relations.
_OWN = (*SECTIONS, headers.TABLE, resources.TABLE, "apis", accounts.TABLE)
_NAME = late_pattern(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
_NAME_IN_WORDS = "a name of letters, digits, '_', '.' and '-' that begins with one of the first two"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The values that one profile sets itself, by their places, and the profile that it extends.

    `at` is the place of the profile's table.
    """

    values: Mapping[Steps, Given]
    extends: str = DEFAULT
    at: Steps = ()


def homes() -> Mapping[str, Sequence[str]]:
    """The tables that have a key, by the name of the key."""
    tables = {f"[{name}]": record for name, record in SECTIONS.items()}
    found: dict[str, list[str]] = {}
    named: dict[str, type] = {"[apis.NAME]": ApiProfile, "[accounts.NAME]": accounts.Account}
    for table, record in {**tables, **named}.items():
        for name in keys_of(record):
            found.setdefault(name, []).append(table)
    for name in (headers.TABLE, resources.TABLE):
        found[name] = ["the top level", "each profile"]
    return found


def read_layers(content: object, mistakes: Mistakes, apis: Sequence[str]) -> Mapping[str, Layer]:
    """The layer of each profile, by its name; the top level is the first of them.

    Args:
        content: the table of the configuration.
        mistakes: collects the mistakes.
        apis: the names of all APIs, built-in and declared.

    """
    return _Reader(mistakes, apis).layers(content)


def ancestry(name: str, layers: Mapping[str, Layer]) -> list[str]:
    """The profile, the one that it extends, and so on to the top level, without repetition."""
    names = [name]
    while names[-1] != DEFAULT:
        base = layers[names[-1]].extends
        names.append(base if base in layers and base not in names else DEFAULT)
    return names


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
        self._apis = tuple(dict.fromkeys((*self._apis, *resources.names_in(content))))

        def read_profiles(raw: object) -> None:
            for name, table in self._mistakes.items(raw, ("profiles",)):
                layer = self._profile(table, ("profiles", name))
                if self._is_profile_name(name):
                    layers[name] = layer

        known = (*_OWN, "profiles")
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

        values = self._sections(raw, at, ("extends", *_OWN), read_base)
        return Layer(values=values, extends=extends, at=at)

    def _sections(
        self, raw: object, at: Steps, known: Sequence[str], read_other: Callable[[object], None]
    ) -> dict[Steps, Given]:
        """The values of a table by their places in it; `read_other` reads the remaining key."""
        values: dict[Steps, Given] = {}
        of_apis: dict[Steps, Given] = {}
        for key, value in self._mistakes.items(raw, at, known=known):
            if key in SECTIONS:
                values |= self._mistakes.record(SECTIONS[key], value, (*at, key))
            elif key == headers.TABLE:
                values |= headers.read(self._mistakes, value, (*at, key))
            elif key == resources.TABLE:
                values |= resources.read(self._mistakes, value, (*at, key))
            elif key == "apis":
                for name, entry in self._mistakes.items(value, (*at, key)):
                    of_apis |= self._api(name, entry, (*at, key, name))
            elif key == accounts.TABLE:
                for name, entry in self._mistakes.items(value, (*at, key)):
                    values |= self._account(name, entry, (*at, key, name))
            else:
                read_other(value)
        for twice in of_apis.keys() & values.keys():
            self._mistakes.add(
                twice,
                expected=f"{twice[-1]} of the API {twice[-2]!r} once",
                seen=f"one in [[{resources.TABLE}]], and one in [apis.{twice[-2]}]",
                hint="remove one of them",
            )
        values |= of_apis
        return {place[len(at) :]: value for place, value in values.items()}

    def _api(self, name: str, raw: object, at: Steps) -> dict[Steps, Given]:
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

    def _account(self, name: str, raw: object, at: Steps) -> dict[Steps, Given]:
        if not _NAME.fullmatch(name):
            hint = "rename the account"
            self._mistakes.add(at, expected=_NAME_IN_WORDS, seen=repr(name), hint=hint)
            return {}
        if raw == {}:
            hint = f"write username and password below [{self._mistakes.key(at)}]"
            self._mistakes.add(at, expected="the keys of an account", seen="none", hint=hint)
        return self._mistakes.record(accounts.Account, raw, at)

    def _is_profile_name(self, name: str) -> bool:
        if name != DEFAULT and _NAME.fullmatch(name):
            return True
        expected, hint = _NAME_IN_WORDS, "rename the profile"
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


def _cycle(name: str, layers: Mapping[str, Layer]) -> list[str]:
    """The names from a profile back to itself, where it extends itself; else an empty list."""
    *names, _ = ancestry(name, layers)
    return [*names, name] if names and layers[names[-1]].extends == name else []
