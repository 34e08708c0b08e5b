"""Resolves settings: the command line wins over the environment, that over the ini file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar

from pytest_apismoke.configuration.setting import Setting
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.records import dataclass

T = TypeVar("T")


class Place(Enum):
    """The kind of place where a value was given."""

    DEFAULT = "default"
    OPTION = "option"
    ENVIRONMENT = "environment variable"
    INI = "ini option"
    CONFIGURATION = "configuration"
    EMBEDDED_BACKEND = "the embedded backend"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value was given; `name` is that of the option, the variable, the ini option."""

    place: Place
    name: str = ""

    def __str__(self) -> str:
        if self.place in (Place.ENVIRONMENT, Place.INI):
            return f"{self.place.value} {self.name}"
        return self.name or self.place.value


NOWHERE = Source(Place.DEFAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSettings:
    """The values as they were given, before anything is decided: None where there is none.

    `options` maps the option's long name to its string (a list of strings for repeatable ones, a
    boolean for switches), `ini` the ini name to its string or list, `configuration` the name of a
    file at the rootdir to its content. Relative paths are relative to `directory`. `of_pytest` maps
    an option of pytest's own to the file that it writes.
    """

    options: Mapping[str, str | Sequence[str] | bool | None]
    environ: Mapping[str, str]
    ini: Mapping[str, str | Sequence[str] | None]
    directory: Path
    configuration: Mapping[str, str] = field(default_factory=dict)
    of_pytest: Mapping[str, Path] = field(default_factory=dict)


class Resolver:
    """Resolves settings by precedence; `sources` records where each value came from, by name."""

    def __init__(self, raw: RawSettings) -> None:
        self._raw = raw
        self.sources: dict[str, Source] = {}

    def source(self, setting: Setting[Any]) -> Source:
        """Where the value of a setting was given; recorded when it was resolved, or looked up."""
        if setting.name not in self.sources:
            self._given(setting)
        return self.sources[setting.name]

    def where(self, setting: Setting[Any]) -> str:
        """The source of a setting, as messages name it."""
        return str(self.source(setting))

    def value(self, setting: Setting[T]) -> T:
        """The value of a setting, or its default.

        Raises:
            SmokeError: (`usage`) when the string that counts is not of the setting's kind.

        """
        given = self._given(setting)
        if given is None:
            return setting.default
        return self._parsed(setting, "true" if given is True else str(given))

    def values(self, setting: Setting[T]) -> tuple[T, ...]:
        """The values of a setting that takes several; none by default.

        Raises:
            SmokeError: (`usage`) for the first string that is not of the setting's kind.

        """
        given = self._given(setting)
        strings = given.split(",") if isinstance(given, str) else given
        if not strings or strings is True:
            return ()
        return tuple(self._parsed(setting, string) for string in strings)

    def _parsed(self, setting: Setting[T], string: str) -> T:
        text, kind = string.strip(), setting.kind
        try:
            return kind.parse(text)
        except ValueError:
            hint = kind.hint.format(default=setting.default)
            raise misconfigured(
                expected=kind.words,
                seen="an empty string" if not text and kind.of is str else repr(text),
                where=self.where(setting),
                hint=hint or nearest(text, kind.choices),
            ) from None

    def _given(self, setting: Setting[Any]) -> str | Sequence[str] | Literal[True] | None:
        """The first value by precedence. An empty string counts, except in the ini file."""
        raw = self._raw
        for place, name, given in (
            (Place.OPTION, setting.option, raw.options.get(setting.option)),
            (Place.ENVIRONMENT, setting.environ, raw.environ.get(setting.environ)),
            (Place.INI, setting.ini, raw.ini.get(setting.ini) or None),
        ):
            if given is None or given is False or (setting.is_list and not given):
                continue
            self.sources[setting.name] = Source(place, name)
            return given
        self.sources[setting.name] = NOWHERE
        return None


def nearest(text: str, known: Sequence[str]) -> str:
    """The hint that names the valid value nearest to `text`, or all of them."""
    # Imported here because every pytest run loads this module, and few need it.
    from difflib import get_close_matches

    close = [name for name in known if name.lower() == text.lower()]
    close = close or get_close_matches(text, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(known)}"
