"""The target of a command that asks one for something outside a run."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from pytest_apismoke.configuration.credentials import read_credentials
from pytest_apismoke.configuration.rootdir import configuration_files, declared_apis
from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response
from pytest_apismoke.preflight.clients import logged_in, not_logged_in
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.run.embedded import EmbeddedBackend

#: Sends a request, with the token or without one.
Send = Callable[[Request], Response]


def settings_of(
    asked: argparse.Namespace, api: str, environ: Mapping[str, str], *, anonymous: bool
) -> Settings:
    """The settings of a command with `--target-url` and `--target-profile`.

    Args:
        asked: the arguments.
        api: the API that is about to be declared.
        environ: the environment, with the credentials of a run.
        anonymous: whether no login is made.

    """
    given = RawSettings(
        options={"--target-url": asked.target_url, "--target-profile": asked.target_profile},
        environ=environ,
        ini={},
        directory=Path.cwd(),
        configuration=configuration_files(Path.cwd()),
    )
    # The configuration may already name the API that is about to be declared.
    declared = dict.fromkeys([*declared_apis(Path.cwd()), api])
    return resolve(given, declared=tuple(declared), anonymous=anonymous)


def learn(settings: Settings, environ: Mapping[str, str], redactor: Redactor) -> None:
    """Makes the redactor learn all secrets of the environment, even those that are not sent."""
    known = [settings.credentials]
    with suppress(SmokeError):
        known.append(read_credentials(environ))
    for credentials in known:
        redactor.learn(credentials.password, "APISMOKE_PASSWORD")
        redactor.learn(credentials.token, "APISMOKE_TOKEN")


@contextmanager
def reachable(settings: Settings, *, faults: Sequence[str] = ()) -> Iterator[Settings]:
    """The settings with a running target: starts the embedded backend, and stops it."""
    if not settings.embedded:
        yield settings
        return
    backend = EmbeddedBackend.start(faults, source=str(settings.source("demo_faults")))
    try:
        yield replace(settings, target_url=backend.url, credentials=backend.credentials)
    finally:
        backend.stop()


@contextmanager
def sender(settings: Settings, redactor: Redactor, *, auth: bool) -> Iterator[Send]:
    """Sends requests to the target, with the token of a login or without one."""
    if auth:
        with logged_in(settings, redactor) as target:
            yield target.send
    else:
        with not_logged_in(settings, redactor) as client:
            yield client.send
