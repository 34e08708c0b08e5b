"""The settings of a run: frozen, validated once, each value knowing where it came from."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from pytest_apismoke.credentials import Credentials, read_credentials
from pytest_apismoke.errors import misconfigured
from pytest_apismoke.profiles import DEFAULT_PROFILE, TargetProfile

API_NAMES = ("settings", "calendar", "twilio")
DEMO = "demo"

_TRUE = ("true", "1", "yes")
_FALSE = ("false", "0", "no", "")


class Mode(str, Enum):
    """How deep the run goes."""

    SMOKE = "smoke"
    FULL = "full"

    def __str__(self) -> str:
        return self.value


class ExitCodes(str, Enum):
    """Which exit-code table is used."""

    CATEGORY = "category"
    API = "api"
    VERDICT = "verdict"

    def __str__(self) -> str:
        return self.value


_DEFAULT_BUDGET_S: Mapping[Mode, float] = {Mode.SMOKE: 60.0, Mode.FULL: 300.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that a run was told.

    `target_url` has no trailing slash; with `embedded` it is filled in once the backend runs.
    `sources` pairs each name with where its value came from.
    """

    mode: Mode
    target_url: str
    embedded: bool
    target_wait_s: float
    target_version: str | None
    apis: tuple[str, ...]
    exit_codes: ExitCodes
    budget_s: float
    read_only: bool
    report_path: Path | None
    credentials: Credentials
    paths: tuple[str, ...]
    demo_faults: tuple[str, ...]
    readback_wait_s: float
    persistence_delay_s: float
    profile: TargetProfile = DEFAULT_PROFILE
    sources: tuple[tuple[str, str], ...] = ()

    @property
    def smoke(self) -> bool:
        """Whether this is the fast gate."""
        return self.mode is Mode.SMOKE


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given, before anything is decided: None where nothing was.

    `options` maps the option's long name to its text (repeatable ones: a list of texts), `ini` the
    ini name to its text or list.
    """

    options: Mapping[str, str | Sequence[str] | bool | None]
    environ: Mapping[str, str]
    ini: Mapping[str, str | Sequence[str] | None]
    directory: Path


def asked_for(given: Given) -> bool:
    """Whether anything asks for an active run; an empty target counts, it is somebody's mistake."""
    return (
        bool(given.options.get("--smoke"))
        or given.options.get("--target-url") is not None
        or "APISMOKE_TARGET_URL" in given.environ
        or given.environ.get("SMOKE_TEST", "").strip().lower() in _TRUE
    )


def resolve(given: Given) -> Settings:
    """Decides every setting; the command line wins over the environment, that over the ini file.

    Raises:
        SmokeError: (`usage`) for the first mistake found.

    """
    pick = _Picker(given)
    url_text = pick.text("target_url", option="--target-url", environ="APISMOKE_TARGET_URL")
    mode = _mode(pick, given)
    url, embedded = _target_url(url_text, pick.sources["target_url"], mode)
    budget_s = pick.seconds("budget", _DEFAULT_BUDGET_S[mode], above_zero=True)
    exit_codes = exit_code_table(given)
    pick.text("exit_codes", option="--smoke-exit-codes", ini="apismoke_exit_codes")
    return Settings(
        mode=mode,
        target_url=url,
        embedded=embedded,
        target_wait_s=pick.seconds("target_wait", 60.0),
        target_version=_version(pick),
        apis=_apis(pick),
        exit_codes=exit_codes,
        budget_s=budget_s,
        read_only=pick.flag("read_only", option="--smoke-read-only", ini="apismoke_read_only"),
        report_path=report_path(given),
        credentials=Credentials() if embedded else read_credentials(given.environ),
        paths=tuple(pick.texts("paths", ini="apismoke_paths")),
        demo_faults=_demo_faults(pick, embedded),
        readback_wait_s=pick.seconds("readback_wait", 2.0),
        persistence_delay_s=pick.seconds("persistence_delay", 2.0),
        sources=tuple(pick.sources.items()),
    )


def exit_code_table(given: Given) -> ExitCodes:
    """Which table was asked for; decided apart, because even a usage error needs its exit code."""
    pick = _Picker(given)
    text = pick.text("exit_codes", option="--smoke-exit-codes", ini="apismoke_exit_codes")
    if text is None:
        return ExitCodes.CATEGORY
    known = [table.value for table in ExitCodes]
    if text not in known:
        raise misconfigured(
            expected=f"one of {', '.join(known)}",
            seen=repr(text),
            where=pick.sources["exit_codes"],
            hint=nearest(text, known),
        )
    return ExitCodes(text)


def report_path(given: Given) -> Path | None:
    """Where the JSON report goes; decided apart, because even a usage error leaves a report."""
    pick = _Picker(given)
    text = pick.text("report", option="--smoke-report", ini="apismoke_report")
    if text is None:
        return None
    path = given.directory / text
    place = pick.sources["report"]
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise misconfigured(
            expected="the path of a file to write",
            seen=error.strerror or str(error),
            where=place,
            hint="give a file, for instance apismoke.json",
        ) from None
    if not text or is_folder:
        raise misconfigured(
            expected="the path of a file to write",
            seen="nothing" if not text else f"the directory {text!r}",
            where=place,
            hint="give a file, for instance apismoke.json",
        )
    parent = path.parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise misconfigured(
            expected="a path below a directory",
            seen=f"{text!r}, where {str(parent)!r} is a file",
            where=place,
            hint="give a path whose directories exist or can be made",
        )
    return path


def nearest(text: str, known: Sequence[str]) -> str:
    """The hint that names the valid value nearest to `text`, or all of them."""
    close = get_close_matches(text, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(known)}"


class _Picker:
    """Picks values by precedence and remembers where each came from."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self.sources: dict[str, str] = {}

    def text(self, name: str, *, option: str = "", environ: str = "", ini: str = "") -> str | None:
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
        if self._given.options.get(option):
            self.sources[name] = option
            return True
        text = self.text(name, ini=ini)
        return False if text is None else _boolean(text, self.sources[name])

    def seconds(self, name: str, default: float, *, above_zero: bool = False) -> float:
        option = {"target_wait": "--target-wait", "budget": "--smoke-budget"}.get(name, "")
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


def _boolean(text: str, place: str) -> bool:
    lowered = text.lower()
    if lowered in _TRUE or lowered in _FALSE:
        return lowered in _TRUE
    raise misconfigured(
        expected=f"{', '.join(_TRUE)} or {', '.join(filter(None, _FALSE))}",
        seen=repr(text),
        where=place,
        hint="correct the value or remove the setting",
    )


def mode_of(given: Given) -> Mode:
    """The mode that was asked for, as far as it can be told; for reports on refused runs."""
    lowered = given.environ.get("SMOKE_TEST", "").strip().lower()
    return Mode.SMOKE if given.options.get("--smoke") or lowered in _TRUE else Mode.FULL


def _mode(pick: _Picker, given: Given) -> Mode:
    if given.options.get("--smoke"):
        pick.sources["mode"] = "--smoke"
        return Mode.SMOKE
    text = pick.text("mode", environ="SMOKE_TEST")
    smoke = text is not None and _boolean(text, pick.sources["mode"])
    return Mode.SMOKE if smoke else Mode.FULL


def _target_url(text: str | None, source: str, mode: Mode) -> tuple[str, bool]:
    example = "for instance --target-url=https://api.example.com, or --target-url=demo to try it"
    if not text:
        asked = "a smoke run" if mode is Mode.SMOKE else "a run"
        raise misconfigured(
            expected=f"the URL of the API that {asked} is to check",
            seen="none" if text is None else "an empty one",
            where="--target-url" if text is None else source,
            hint=f"give it, {example}; if it comes from a variable, that variable is not set",
        )
    if text == DEMO:
        return "", True
    if text.lower() == DEMO:
        example = "did you mean --target-url=demo?"

    def wrong(expected: str, seen: str, hint: str = "") -> Exception:
        return misconfigured(
            expected=expected, seen=seen, where=source, hint=hint or f"correct it, {example}"
        )

    if "@" in text:
        # Not shown: what stands before the @ may be a password.
        raise wrong(
            "a URL without credentials",
            "a user name or a password in it",
            "give them as APISMOKE_USERNAME and APISMOKE_PASSWORD and take them out of the URL",
        )
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise wrong("a URL", f"{text!r} ({error})") from None
    if parts.scheme not in ("http", "https") or "://" not in text:
        host = text.split("://", 1)[-1].lstrip("/")
        scheme = "http" if host.startswith(("localhost", "127.")) else "https"
        raise wrong(
            "a URL that begins with http:// or https://",
            repr(text),
            f"did you mean --target-url={scheme}://{host}?"
            if host and "mean" not in example
            else "",
        )
    if (
        not _is_host(parts.hostname)
        or not _AUTHORITY.fullmatch(parts.netloc)
        or any(c.isspace() for c in text)
        or port == 0
    ):
        raise wrong("a URL with a host", repr(text))
    if parts.query or parts.fragment:
        raise wrong("a base URL without a query or a fragment", repr(text))
    return text.rstrip("/"), False


#: A host, in brackets where it is an IPv6 address, and a port.
_AUTHORITY = re.compile(r"(\[[^\]]+\]|[^\[\]:]+)(:\d*)?")


def _is_host(host: str | None) -> bool:
    """Whether a name can be looked up at all: non-empty labels of letters, digits, - and _."""
    if host and ":" in host:
        # urlsplit has checked it as an IPv6 address already.
        return True
    labels = (host or "").removesuffix(".").split(".")
    return all(label and label.replace("-", "").replace("_", "").isalnum() for label in labels)


def _version(pick: _Picker) -> str | None:
    text = pick.text("target_version", option="--target-version")
    if text == "":
        raise misconfigured(
            expected="the version that must be answering",
            seen="an empty text",
            where="--target-version",
            hint="give the version, tag or commit just deployed, or leave the option out;"
            " if it comes from a variable, that variable is not set",
        )
    return text


def _apis(pick: _Picker) -> tuple[str, ...]:
    chosen = pick.texts("apis", option="--smoke-api", ini="apismoke_apis")
    for name in chosen:
        if name not in API_NAMES:
            raise misconfigured(
                expected=f"the name of an enabled API ({', '.join(API_NAMES)})",
                seen=repr(name),
                where=pick.sources["apis"],
                hint=nearest(name, API_NAMES),
            )
    return tuple(name for name in API_NAMES if not chosen or name in chosen)


def _demo_faults(pick: _Picker, embedded: bool) -> tuple[str, ...]:
    faults = pick.texts("demo_faults", environ="APISMOKE_DEMO_FAULTS", ini="apismoke_demo_faults")
    if faults and not embedded:
        raise misconfigured(
            expected="faults for the embedded backend only",
            seen=f"{', '.join(faults)} with another target",
            where=pick.sources["demo_faults"],
            hint="use --target-url=demo, or take the faults away",
        )
    return tuple(faults)
