"""Whom a run tells of its verdict beside its reports: GitHub Actions, and people.

Resolved apart from the other settings, because a run that is refused has to be told of too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from pytest_apismoke.configuration.setting_table import GITHUB, NOTIFY, NOTIFY_WHEN
from pytest_apismoke.configuration.sources import RawSettings, Resolver
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.modes import NotifyWhen, TellGitHub
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import is_sensitive

#: The variable that a runner sets: GitHub's own, act's, and those of Gitea and Forgejo.
IN_ACTIONS = ("GITHUB_ACTIONS", "true")
#: The variables that name a collector of traces, the narrower first, and those with the headers for
#: it. They are OpenTelemetry's, and no settings of the gate.
COLLECTORS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_COLLECTOR_HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
_SCHEME = late_pattern(r"\A[A-Za-z][\w+.-]*://")
_BETWEEN_PARTS = late_pattern(r"[/:@?&=#,+]+")
_HOST = late_pattern(r"(?:[a-z0-9-]+\.)+[a-z]{2,}|(?:\d+\.){3}\d+", re.IGNORECASE)
#: A part of a URL that is as long as this is a secret; a shorter one only with a digit in it.
_LONG_PART, _SHORT_PART = 16, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Whom a run tells.

    Attributes:
        is_in_actions: whether the run writes to GitHub Actions.
        is_forced: whether it was told to, wherever it runs.
        urls: of the services, as Apprise takes them; they are secrets.
        when: after which runs.
        where: the setting that the URLs come from, for messages.

    """

    is_in_actions: bool = False
    is_forced: bool = False
    urls: tuple[str, ...] = ()
    when: NotifyWhen = "failure"
    where: str = ""


def telling_of(raw: RawSettings) -> Telling:
    """Whom a run tells.

    Raises:
        SmokeError: (`usage`) for the first setting that is wrong.

    """
    resolver = Resolver(raw)
    return replace(
        _telling_github(raw, resolver.value(GITHUB)),
        urls=tuple(_whole(resolver.values(NOTIFY))),
        when=resolver.value(NOTIFY_WHEN),
        where=resolver.where(NOTIFY),
    )


def possible_telling(raw: RawSettings) -> Telling:
    """As `telling_of`, of a call that is refused because something of it is wrong: no people."""
    try:
        return _telling_github(raw, Resolver(raw).value(GITHUB))
    except SmokeError:
        return _telling_github(raw, "auto")


def _telling_github(raw: RawSettings, mode: TellGitHub) -> Telling:
    name, value = IN_ACTIONS
    is_there = raw.environ.get(name) == value
    return Telling(
        is_in_actions=mode == "on" or (mode == "auto" and is_there),
        is_forced=mode == "on",
    )


def secrets_of(url: str) -> Iterator[str]:
    """The URL, its password, and the parts of it that may be a token or the key of a webhook."""
    yield url
    try:
        password = urlsplit(url).password
    except ValueError:
        password = None
    if password:
        yield password
        yield unquote(password)
    for part in _BETWEEN_PARTS.split(_SCHEME.sub("", url)):
        has_digit = any(character.isdigit() for character in part)
        is_long = len(part) >= (_SHORT_PART if has_digit else _LONG_PART)
        if is_long and not _HOST.fullmatch(part):
            yield part
            yield unquote(part)


def _whole(parts: Iterable[str]) -> Iterator[str]:
    """The URLs of a list in which one that has commas is in pieces."""
    url = ""
    for part in parts:
        if url and not _SCHEME.match(part):
            url = f"{url},{part}"
            continue
        if url:
            yield url
        url = part
    if url:
        yield url


def collector_secrets(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The values of headers for a collector that are secrets, each with its variable.

    A short one may be the name of a tenant, and a word that reports have: it is none unless the
    name of its header says so.
    """
    for variable in _COLLECTOR_HEADERS:
        for pair in environ.get(variable, "").split(","):
            name, _, value = pair.partition("=")
            secret = unquote(value).strip()
            if len(secret) >= _LONG_PART or is_sensitive(name.strip()):
                yield secret, variable
                # The credentials without their scheme.
                yield secret.rpartition(" ")[2], variable
