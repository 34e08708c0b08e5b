"""Prepares a run before pytest: settings, the embedded backend, the preflight. Never raises.

A run that is refused still needs a report and an exit code, so the report's path and the table of
exit codes are decided first, each independently of other settings.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_apismoke import __version__
from pytest_apismoke.checks.declared.folder import (
    FOLDER,
    Contracts,
    load,
    read_folder,
)
from pytest_apismoke.checks.declared.model import changed_documents, refusals_without_a_login
from pytest_apismoke.ci_commands import without_commands
from pytest_apismoke.configuration import reading
from pytest_apismoke.configuration.loading import refusal
from pytest_apismoke.configuration.report_paths import possible_paths, report_paths
from pytest_apismoke.configuration.settings import (
    TRACEPARENT,
    Settings,
    exit_code_table,
    is_rehearsal,
    mode_of,
    resolve,
    target_of,
)
from pytest_apismoke.configuration.shown import settings_shown
from pytest_apismoke.configuration.sources import Place
from pytest_apismoke.errors import Failure, SmokeError, defect, interrupted
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.openapi.spec_source import LoadedSpec, StoredCopy, from_file, is_of_target
from pytest_apismoke.preflight.preflight import ended_early, run_preflight
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import SettingShown
from pytest_apismoke.run.audience import Audience
from pytest_apismoke.run.live import Live
from pytest_apismoke.run.lively import live_of
from pytest_apismoke.run.meanwhile import import_the_rest

if TYPE_CHECKING:
    from pytest_apismoke.modes import ExitCodes
    from pytest_apismoke.run.embedded import EmbeddedBackend


class Preparation:
    """The steps before pytest runs, and their results; `target` is that of a call with several.

    `client` is that of the preflight, whose connections the run goes on with.
    With `records_known` the run takes every violation of a contract for a known one. `trace` is
    that of the run, which begins now. Without `tells` it has no `audience` but one that has secrets
    masked, at the descriptor `masks_to`.
    `refused` is the failure that keeps the run from starting; without one, `preflight` is set.
    `embedded` is the backend that has to be stopped at the end, `stored` the copy of the target's
    OpenAPI document.
    """

    def __init__(
        self,
        config: pytest.Config,
        redactor: Redactor,
        *,
        target: str | None = None,
        records_known: bool = False,
        tells: bool = True,
        masks_to: int | None = None,
    ) -> None:
        self._config = config
        self._records_known = records_known
        self.audience = Audience(redactor, is_there=tells, masks_to=masks_to)
        self._target = target
        self._received: Sequence[int] = ()
        self._loaded_spec: LoadedSpec | None = None
        self.stored: StoredCopy | None = None
        self._redactor = redactor
        self._given = reading.raw_settings(config, with_ini=False, target=target)
        self.trace = Trace.begin(traceparent=self._given.environ.get(TRACEPARENT, ""))
        self.mode = mode_of(self._given)
        self.target_url = target_of(self._given)
        self.reports: Mapping[str, Path] = {}
        self.is_rehearsal = False
        self.table: ExitCodes = "category"
        self.settings: Settings | None = None
        self.contracts = Contracts()
        self.not_looked_at: tuple[str, ...] = ()
        self.embedded: EmbeddedBackend | None = None
        self.preflight: PreflightResult | None = None
        self.client: Client | None = None
        self.refused: Failure | None = None
        self.live = Live(None, redactor)

    def prepare(self, received: Sequence[int]) -> None:
        """Takes every step that is possible.

        Args:
            received: the signals received so far; the first one ends the wait for readiness.

        """
        self._received = received
        self.decide()
        # The import that fails beside the preflight fails once more in its own step, and is told.
        for step in (self._start_backend, self._run_preflight, self._import_the_rest):
            if self.refused is None:
                self._attempt(step)

    def settings_shown(self) -> Iterator[SettingShown]:
        """The settings as they may be shown; none of a call that was refused before they were."""
        if self.settings is None:
            return
        for name, value, source in settings_shown(self._given, self.settings):
            yield SettingShown(name=name, value=self._redactor.text(value), source=source)

    def decide(self) -> None:
        """Takes the steps that send nothing."""
        for step in (
            self._refuse_clashes,
            self._read_ini,
            self._find_audience,
            self._decide_reports,
            self._decide_table,
            self._read_configuration,
            self._read_contracts,
        ):
            self._attempt(step)
        for step in (self._decide_settings, self._read_spec):
            if self.refused is None:
                self._attempt(step)

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except SmokeError as error:
            failure = error.failure
        except KeyboardInterrupt:
            failure = interrupted("the preparation", where="this run")
        except Exception as error:
            show_traceback(self._redactor)
            failure = defect("the gate", seen=f"{type(error).__name__}: {error}", where="the gate")
        else:
            return
        self.refused = self.refused or failure

    def _refuse_clashes(self) -> None:
        reading.refuse_clashes(self._config)

    def _read_ini(self) -> None:
        self._given = reading.raw_settings(self._config, target=self._target)

    def _find_audience(self) -> None:
        self.audience.find(self._given)

    def _decide_reports(self) -> None:
        # Where one is wrong, the others tell so.
        self.reports = possible_paths(self._given)
        self.reports = report_paths(self._given)

    def _decide_table(self) -> None:
        self.is_rehearsal = is_rehearsal(self._given)
        self.table = exit_code_table(self._given)

    def _read_configuration(self) -> None:
        files = reading.configuration(self._config)
        self._given = replace(self._given, configuration=files)

    def _read_contracts(self) -> None:
        files = read_folder(self._config.rootpath / FOLDER)
        self.contracts = load(replace(files, records_known=self._records_known))
        if self.contracts.mistakes:
            raise refusal(self.contracts.mistakes)
        if self.contracts.schemas.of_users:
            from pytest_apismoke.schemas.not_looked_at import not_looked_at

            self.not_looked_at = not_looked_at(self.contracts.schemas)

    def _read_spec(self) -> None:
        source = self._known_settings().contracts.openapi
        if source is None:
            return
        from pytest_apismoke.openapi.loader import require_extra
        from pytest_apismoke.openapi.stored_copy import NAME, read_copy

        require_extra("--smoke-openapi")
        if not is_of_target(source):
            # As in pytest, a path in an ini file is relative to the rootdir.
            in_ini = self._known_settings().source("openapi").place is Place.INI
            directory = self._config.rootpath if in_ini else self._given.directory
            self._loaded_spec = from_file(source, directory)
        else:
            self.stored = read_copy(self._config.rootpath, f"{FOLDER}/{NAME}")

    def _decide_settings(self) -> None:
        reading.refuse_information(self._config)
        declared = sorted({check.api for check in self.contracts.checks})
        settings = resolve(self._given, declared=declared)
        if not settings.profile.login.enabled:
            enabled = [check for check in self.contracts.checks if check.api in settings.apis]
            mistakes = refusals_without_a_login(enabled)
            if mistakes:
                raise refusal(mistakes)
        if settings.signs_requests:
            from pytest_apismoke.http.twilio_signature import require_extra

            # Better refused now than half-way.
            require_extra(settings.profile.origin_of("twilio", "webhook", "path").where)
        reading.check_paths(self._config, settings.paths)
        reading.refuse_debug(self._config)
        if getattr(self._config.option, "tx", None):
            # Imported by the few runs that name their workers.
            from pytest_apismoke.hooks import machines

            machines.refuse(self._config.option, settings)
        self.settings = settings

    def _start_backend(self) -> None:
        settings = self._known_settings()
        if settings.embedded:
            from pytest_apismoke.run.embedded import EmbeddedBackend

            self.embedded = EmbeddedBackend.start(
                settings.demo_faults,
                version=settings.target_version,
                source=str(settings.source("demo_faults")),
            )
            settings = replace(
                settings,
                target_url=self.embedded.url,
                credentials=self.embedded.credentials,
                journal_dir=self.embedded.folder,
            )
        self.settings = settings
        self.learn_secrets()

    def learn_secrets(self) -> None:
        """Keeps the credentials out of all output."""
        if self.settings:
            credentials = self.settings.credentials
            self._redactor.learn(credentials.password, "APISMOKE_PASSWORD")
            self._redactor.learn(credentials.token, "APISMOKE_TOKEN")

    def _import_the_rest(self) -> None:
        import_the_rest(self._known_settings(), self.contracts)

    def _run_preflight(self) -> None:
        settings = self._known_settings()
        self.live = live_of(self._config, settings, self._redactor)
        self.live.begin(__version__, settings.mode, settings.target_url)
        try:
            preflight = run_preflight(
                settings,
                self._redactor,
                run_id=self.trace.run_id,
                trace=self.trace,
                progress=self._show_waiting,
                loaded_spec=self._loaded_spec,
                known=self.contracts.known,
                stored=self.stored,
                documents=changed_documents(
                    self.contracts.checks, settings.profile.document.update_method
                ),
                hand_over=self._take_over,
                meanwhile=self._import_the_rest,
                watch=self.live,
            )
        except KeyboardInterrupt:
            failure = interrupted("the preflight", where=settings.target_url)
            preflight = ended_early(settings, self.trace, failure)
        self.preflight = preflight.with_time_left()

    def _show_waiting(self, reason: str, after_s: float) -> None:
        if self._received:
            raise KeyboardInterrupt
        self.live.waiting(reason, after_s)

    def _take_over(self, client: Client) -> None:
        self.client = client

    def _known_settings(self) -> Settings:
        assert self.settings is not None, "the settings are decided first"
        return self.settings


def show_traceback(redactor: Redactor) -> None:
    """Writes the current traceback to stderr, without secrets and without words for a CI system."""
    sys.stderr.write(without_commands(redactor.text(traceback.format_exc())))
