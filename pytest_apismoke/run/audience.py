"""Whoever is told of a verdict beside those who read the reports: GitHub, people, a collector.

None of them changes the verdict, whatever becomes of telling them.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.configuration.telling import (
    COLLECTORS,
    Telling,
    collector_secrets,
    possible_telling,
    secrets_of,
    telling_of,
)
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.report import Report

if TYPE_CHECKING:
    from pytest_apismoke.run.exporting import Exporter
    from pytest_apismoke.run.github import GitHub
    from pytest_apismoke.run.notifying import Notifier


class Audience:
    """Whoever is told of the verdict on a run; nobody before `find`.

    Args:
        redactor: knows the secrets of this run.
        is_there: whether this process is the one that tells.
        masks_to: where it has secrets masked nevertheless: they are known to this process alone.

    """

    def __init__(
        self, redactor: Redactor, *, is_there: bool = True, masks_to: int | None = None
    ) -> None:
        self.redactor = redactor
        self._is_there = is_there
        self._masks_to = masks_to
        self._github: GitHub | None = None
        self._notifier: Notifier | None = None
        self._exporter: Exporter | None = None

    def find(self, raw: RawSettings) -> None:
        """Finds out who is to be told; sends nothing.

        Raises:
            SmokeError: (`usage`) for a setting that is wrong, or a service that nobody knows.

        """
        if not self._is_there:
            self._mask_elsewhere()
            return
        if any(raw.environ.get(name) for name in COLLECTORS):
            self._find_collector(raw)
        try:
            telling = telling_of(raw)
        except SmokeError:
            # The refusal itself is told.
            self._find_github(possible_telling(raw), raw)
            raise
        for url in telling.urls:
            for secret in secrets_of(url):
                self.redactor.learn(secret, "APISMOKE_NOTIFY")
        self._find_github(telling, raw)
        if telling.urls:
            from pytest_apismoke.notifications.services import services_of
            from pytest_apismoke.run.notifying import Notifier

            services = services_of(telling.urls, telling.where)
            self._notifier = Notifier(telling, services, self.redactor.text)

    @property
    def masks_to(self) -> int | None:
        """The descriptor to which processes of this run write what has to be masked."""
        return self._github.masks_to if self._github else None

    def _mask_elsewhere(self) -> None:
        if self._masks_to is not None:
            from pytest_apismoke.run.github import GitHub

            GitHub({}, masks=True, masks_to=self._masks_to).mask_secrets_of(self.redactor)

    def _find_collector(self, raw: RawSettings) -> None:
        from pytest_apismoke.run.exporting import Exporter
        from pytest_apismoke.telemetry.export import is_asked_for

        for secret, name in collector_secrets(raw.environ):
            self.redactor.learn(secret, name)
        if is_asked_for(raw.environ):
            self._exporter = Exporter(raw.environ, self.redactor.text)

    def _find_github(self, telling: Telling, raw: RawSettings) -> None:
        if telling.is_in_actions:
            from pytest_apismoke.run.github import github_of

            self._github = github_of(telling, raw.environ)
            self._github.mask_secrets_of(self.redactor)

    def begin_tests(self) -> None:
        """From now on others write to standard output too."""
        if self._github:
            self._github.begin_tests()

    def announce(self, report: Callable[[], Report], rootdir: Path) -> tuple[str, ...]:
        """Tells the runner, before the verdict is shown; returns notes on what went wrong.

        Args:
            report: makes what to tell, where anybody listens.
            rootdir: pytest's.

        """
        told = (self._exporter.obstacle,) if self._exporter and self._exporter.obstacle else ()
        if self._github is None:
            return told
        made = report()
        self._github.close()
        try:
            self._github.annotate(made, rootdir)
            note = self._github.summarize(made)
        except Exception as error:
            note = self.redactor.text(f"GitHub was not told: {type(error).__name__}: {error}")
        return (*told, note) if note else told

    def notify(self, report: Callable[[], Report], *, journal: Path | None, in_short: bool) -> None:
        """Tells people and the collector of traces, once the verdict has been shown.

        Args:
            report: makes what to tell, where anybody listens.
            journal: the directory of the journal, if it outlives the run.
            in_short: whether there is little time, because the run was interrupted.

        """
        lines: list[str] = []
        if self._exporter:
            lines.append(self._exporter.export(report(), in_short=in_short))
        if self._notifier:
            lines += self._notifier.tell(report(), journal=journal, in_short=in_short)
        for line in filter(None, lines):
            # Standard output may be a report that a program reads.
            sys.stderr.write(without_commands(f"apismoke: {line}\n"))
        sys.stderr.flush()


def of_refused(raw: RawSettings | None) -> Audience:
    """Whoever is told of a run that did not begin; without settings as the environment says."""
    audience = Audience(Redactor())
    with contextlib.suppress(SmokeError):
        audience.find(raw or RawSettings(options={}, environ=os.environ, ini={}, directory=Path()))
    return audience
