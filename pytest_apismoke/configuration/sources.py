"""What was given where, and which of it counts: the command line, the environment, the ini file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from pytest_apismoke.configuration.options import TRUE
from pytest_apismoke.errors import misconfigured

FALSE = ("false", "0", "no", "")
#: Options in seconds whose ini option is called otherwise than by putting apismoke_ in front.
_OPTIONS_IN_SECONDS = {"target_wait": "--target-wait", "budget": "--smoke-budget"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSettings:
    """What was given, before anything is decided: None where nothing was.

    `options` maps the option's long name to its text (repeatable ones: a list of texts), `ini` the
    ini name to its text or list, `configuration` the name of a file at the rootdir to its text.
    """

    options: Mapping[str, str | Sequence[str] | bool | None]
    environ: Mapping[str, str]
    ini: Mapping[str, str | Sequence[str] | None]
    directory: Path
    configuration: Mapping[str, str] = field(default_factory=dict)


class Resolver:
    """Picks values by precedence and remembers where each came from."""

    def __init__(self, given: RawSettings) -> None:
        self._given = given
        self.sources: dict[str, str] = {}

    def text(self, name: str, *, option: str = "", environ: str = "", ini: str = "") -> str | None:
        """One text, or None where nothing was given."""
        value = self._given.options.get(option) if option else None
        if isinstance(value, str):
            self.sources[name] = option
            return value.strip()
        if environ and environ in self._given.environ:
            self.sources[name] = f"environment variable {environ}"
            return self._given.environ[environ].strip()
        setting = self._given.ini.get(ini) if ini else None
        if isinstance(setting, str) and setting:
            self.sources[name] = f"ini option {ini}"
            return setting.strip()
        self.sources[name] = "default"
        return None

    def texts(self, name: str, *, option: str = "", environ: str = "", ini: str = "") -> list[str]:
        """All texts of something repeatable; separated by commas in the environment."""
        value = self._given.options.get(option) if option else None
        if value and not isinstance(value, (str, bool)):
            self.sources[name] = option
            return [text.strip() for text in value]
        if environ and self._given.environ.get(environ):
            self.sources[name] = f"environment variable {environ}"
            return [text.strip() for text in self._given.environ[environ].split(",")]
        setting = self._given.ini.get(ini) if ini else None
        if setting and not isinstance(setting, str):
            self.sources[name] = f"ini option {ini}"
            return list(setting)
        self.sources[name] = "default"
        return []

    def flag(self, name: str, *, option: str, ini: str) -> bool:
        """True or false."""
        if self._given.options.get(option):
            self.sources[name] = option
            return True
        text = self.text(name, ini=ini)
        return False if text is None else boolean(text, self.sources[name])

    def seconds(self, name: str, default: float, *, above_zero: bool = False) -> float:
        """A number of seconds."""
        option = _OPTIONS_IN_SECONDS.get(name, "")
        text = self.text(name, option=option, ini=f"apismoke_{name}")
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and (value > 0 if above_zero else value >= 0):
            return value
        raise misconfigured(
            expected=f"a number of seconds {'above' if above_zero else 'not below'} 0",
            seen=repr(text),
            where=self.sources[name],
            hint=f"give a number, for instance {default:g}",
        )


def boolean(text: str, place: str) -> bool:
    """Reads true or false; `place` is where the text stands.

    Raises:
        SmokeError: (`usage`) for any other word.

    """
    lowered = text.lower()
    if lowered in TRUE or lowered in FALSE:
        return lowered in TRUE
    raise misconfigured(
        expected=f"{', '.join(TRUE)} or {', '.join(filter(None, FALSE))}",
        seen=repr(text),
        where=place,
        hint="correct the value or remove the setting",
    )


def nearest(text: str, known: Sequence[str]) -> str:
    """The hint that names the valid value nearest to `text`, or all of them."""
    close = get_close_matches(text, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(known)}"
