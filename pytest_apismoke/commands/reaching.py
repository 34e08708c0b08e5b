"""How commands reach a target outside a run: the embedded backend, and the secrets to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from pytest_apismoke.configuration.credentials import read_credentials
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.run.embedded import EmbeddedBackend


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


def learn(settings: Settings, environ: Mapping[str, str], redactor: Redactor) -> None:
    """Makes the redactor learn all secrets of the environment, even those that are not sent."""
    known = [settings.credentials]
    with suppress(SmokeError):
        known.append(read_credentials(environ))
    for credentials in known:
        redactor.learn(credentials.password, "APISMOKE_PASSWORD")
        redactor.learn(credentials.token, "APISMOKE_TOKEN")
