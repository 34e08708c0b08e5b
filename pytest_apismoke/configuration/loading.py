"""Loads a profile: a TOML file's content and a profile's name become a `TargetProfile`. Pure.

Every profile inherits the keys at the top level, or those of the profile that it extends, and
overrides some of them. The records in `profiles` define the keys and their kinds.
Source: SPEC section 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.profiles import DEFAULT, DEFAULT_PROFILE, TargetProfile
from pytest_apismoke.configuration.rootdir import FILE, SHARED_FILE
from pytest_apismoke.configuration.sources import nearest
from pytest_apismoke.configuration.variables import Variables
from pytest_apismoke.errors import Failure, SmokeError, misconfigured
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import API_CODES

if TYPE_CHECKING:
    from pytest_apismoke.configuration.layers import Layer
    from pytest_apismoke.configuration.tables import Mistakes, Steps

_SHARED_AT: Steps = ("tool", "apismoke")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A configuration as it was read: the layer of each profile, by name.

    `mistakes` are all that show without a profile and an environment, and `collector` collects
    others; None where there is no configuration, and no layer then.
    """

    layers: Mapping[str, Layer]
    mistakes: tuple[Failure, ...]
    collector: Mistakes | None

    def profile(
        self, name: str | None, source: str, variables: Variables
    ) -> tuple[TargetProfile, tuple[Failure, ...]]:
        """The profile of a name, and the mistakes that only a run with it would make.

        Args:
            name: of the profile; None and `default` mean the top level.
            source: where that name was given, for messages.
            variables: what references are resolved with.

        """
        file = self.collector.file if self.collector else ""
        # A file that could not be read may have that profile.
        unknown = [] if self.mistakes and not file else _unknown(name, source, self.layers, file)
        if self.collector is None:
            return DEFAULT_PROFILE, tuple(unknown)
        from pytest_apismoke.configuration.contradictions import add_contradictions
        from pytest_apismoke.configuration.effective import effective_profile

        mistakes = self.collector.anew()
        wanted = DEFAULT if name is None or unknown else name
        profile = effective_profile(wanted, self.layers, mistakes, variables)
        if not (self.mistakes or mistakes.failures):
            # Those that show only once references are resolved.
            add_contradictions(wanted, profile, self.layers, mistakes)
        return profile, (*unknown, *mistakes.failures)

    def variables(self) -> Mapping[str, tuple[str, ...]]:
        """The places that refer to each environment variable, by the variable's name."""
        from pytest_apismoke.configuration import references

        found: dict[str, list[str]] = {}
        for layer in self.layers.values():
            for place, given in layer.values.items():
                for name in references.names_in(given.value):
                    found.setdefault(name, []).append(self._where((*layer.at, *place)))
        return {name: tuple(places) for name, places in found.items()}

    def _where(self, steps: Steps) -> str:
        from pytest_apismoke.configuration.origins import place_in

        assert self.collector, "a layer comes from a file"
        line = self.collector.line(steps)
        return place_in(self.collector.file, line, self.collector.key(steps))


def read(files: Mapping[str, str], *, apis: Sequence[str] = tuple(API_CODES)) -> Configuration:
    """Reads a configuration, and finds every mistake that shows without an environment.

    Args:
        files: the contents of `FILE` and `SHARED_FILE`, by name, where these files exist.
        apis: the names of all APIs, built-in and declared.

    """
    found, failures = _find(files)
    if found is None:
        return Configuration(layers={}, mistakes=tuple(failures), collector=None)
    from pytest_apismoke.configuration.layers import read_layers

    content, collector = found
    layers = read_layers(content, collector, apis)
    mistakes = [*failures, *collector.failures]
    if not mistakes:
        # What has another mistake is not there, and something else may seem to contradict it.
        mistakes = _contradictions(layers, collector)
    return Configuration(layers=layers, mistakes=tuple(mistakes), collector=collector)


def _contradictions(layers: Mapping[str, Layer], collector: Mistakes) -> list[Failure]:
    """The contradictions in every profile, each where it begins; not those behind references."""
    from pytest_apismoke.configuration import accounts, references
    from pytest_apismoke.configuration.contradictions import add_contradictions
    from pytest_apismoke.configuration.effective import effective_profile
    from pytest_apismoke.configuration.layers import ancestry

    found: dict[str, list[Failure]] = {}
    for name in layers:
        own = collector.anew()
        profile = effective_profile(name, layers, own, Variables(may_be_unset=True))
        lineage = ancestry(name, layers)
        # The rules of an account ask whether it has a password, and not for the password itself.
        values = (
            given.value
            for one in lineage
            for place, given in layers[one].values.items()
            if place[0] != accounts.TABLE
        )
        if not any(references.names_in(value) for value in values):
            add_contradictions(name, profile, layers, own)
        found[name] = own.failures
    mistakes: list[Failure] = []
    for name, failures in found.items():
        inherited = [one for above in ancestry(name, layers)[1:] for one in found[above]]
        mistakes += [one for one in failures if not any(_is_same(one, two) for two in inherited)]
    return mistakes


def _is_same(one: Failure, other: Failure) -> bool:
    return (one.expected, one.seen, one.hint) == (other.expected, other.seen, other.hint)


def load(
    files: Mapping[str, str],
    *,
    name: str | None = None,
    source: str = "",
    apis: Sequence[str] = tuple(API_CODES),
    environ: Mapping[str, str] | None = None,
) -> tuple[TargetProfile, tuple[Failure, ...]]:
    """The profile that a run uses, and every mistake in the configuration.

    Args:
        files: the contents of `FILE` and `SHARED_FILE`, by name, where these files exist.
        name: the profile that the run asks for; None and `default` mean the top level.
        source: where that name was given, for messages.
        apis: the names of all APIs, built-in and declared.
        environ: the environment; the profile that the run uses may refer to its variables.

    Returns:
        The profile, valid only without mistakes, and all mistakes in document order.

    """
    configuration = read(files, apis=apis)
    profile, mistakes = configuration.profile(name, source, Variables(values=environ or {}))
    return profile, (*configuration.mistakes, *mistakes)


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
        # Most targets of the built-in suites have no configuration at all.
        from pytest_apismoke.configuration.layers import homes
        from pytest_apismoke.configuration.tables import Mistakes
        from pytest_apismoke.configuration.toml_lines import Places
        from pytest_apismoke.configuration.toml_loader import parse_toml

        try:
            content: object = parse_toml(text, file)
        except SmokeError as error:
            failures.append(error.failure)
            continue
        for step in at:
            content = content.get(step) if isinstance(content, dict) else None
        if content is not None:
            places = Places(text, file)
            collector = Mistakes(
                file, at, lines=places.lines, excerpt=places.excerpt, homes=homes()
            )
            found.append((content, collector))
    if len(found) > 1:
        both = misconfigured(
            expected=f"a configuration in {FILE}, or one in [tool.apismoke] of {SHARED_FILE}",
            seen="both",
            where=f"{FILE} and {SHARED_FILE}",
            hint="move all of it into one of them",
        )
        failures.append(both.failure)
    return (found[0] if found else None), failures


def _unknown(
    name: str | None, source: str, layers: Mapping[str, Layer], file: str
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
