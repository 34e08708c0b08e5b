"""An active run from its first to its last moment: prepare, let pytest run, judge, report.

It encloses the whole of pytest's main function, because that is the one place that sees every way a
run can end and owns the exit code.
"""

from __future__ import annotations

import secrets
import sys
import time
import traceback
from collections.abc import Generator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from pytest_apismoke import options, signals
from pytest_apismoke.embedded import EmbeddedBackend
from pytest_apismoke.errors import Category, Failure, SmokeError, defect, interrupted
from pytest_apismoke.evidence import Outcome, Result
from pytest_apismoke.preflight import Briefing, client_for_readiness, ended_early, fly
from pytest_apismoke.progress import Progress
from pytest_apismoke.readiness import confirm_version
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports import json_report, terminal
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.session import SmokeSession
from pytest_apismoke.settings import (
    ExitCodes,
    Given,
    Settings,
    exit_code_table,
    mode_of,
    report_path,
    resolve,
)
from pytest_apismoke.verdict import RUN, Planned, Verdict, judge
from pytest_apismoke.wiring import session_of

#: Said when -x or --maxfail was given.
_MAXFAIL_NOTE = "-x and --maxfail are not followed: the exit code needs the result of every API"


class ActiveRun:
    """The controller's side of one run."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.redactor = Redactor()
        self.refused: SmokeError | None = None
        self.session: SmokeSession | None = None
        self._given: Given = options.given(config)
        self._embedded: EmbeddedBackend | None = None
        self._table = ExitCodes.CATEGORY
        self._report: Path | None = None
        self._settings: Settings | None = None
        self._started = time.monotonic()
        self._started_at = datetime.now(timezone.utc)
        self._extra: list[Outcome] = []

    def around(self) -> Generator[None, object, int]:
        """Encloses pytest's main function; the generator's value is the exit code."""
        with signals.handled(signals.interrupt):
            self._prepare()
            try:
                try:
                    status = yield
                except pytest.UsageError as error:
                    status = self._usage_error(error)
                except KeyboardInterrupt:
                    self._note(interrupted("the run", where="this run"))
                    status = pytest.ExitCode.INTERRUPTED
                except BaseException as error:
                    # Whatever it was: the run still owes a verdict, and never pytest's own code.
                    traceback.print_exc()
                    self._note(_defect(error))
                    status = pytest.ExitCode.INTERNAL_ERROR
            finally:
                with signals.held_back():
                    self._confirm_version()
                    if self._embedded:
                        self._embedded.stop()
        with signals.held_back():
            return self._conclude(status)

    def prepared(self) -> SmokeSession:
        """The session that is to be connected.

        Raises:
            pytest.UsageError: when the run was refused; that ends pytest before any test.

        """
        if self.session is None:
            raise pytest.UsageError(str(self.refused))
        return self.session

    # -- before ---------------------------------------------------------------------------------

    def _prepare(self) -> None:
        # First what even a refusal needs: its report and its exit code.
        for decide in (self._decide_report, self._decide_table, self._decide_settings):
            try:
                decide()
            except SmokeError as error:
                self.refused = self.refused or error
            except KeyboardInterrupt:
                self.refused = self.refused or SmokeError(interrupted("the run", where="this run"))
        if self.refused or not self._settings:
            return
        briefing = self._preflight(self._settings)
        self.session = session_of(briefing.with_time_left(), self.redactor)
        if self.config.getoption("maxfail"):
            self.session.notes.append(_MAXFAIL_NOTE)

    def _decide_report(self) -> None:
        self._report = report_path(self._given)

    def _decide_table(self) -> None:
        self._table = exit_code_table(self._given)

    def _decide_settings(self) -> None:
        if self.refused is None:
            settings = resolve(self._given)
            options.check_paths(self.config, settings.paths)
            self._settings = self._with_backend(settings)

    def _with_backend(self, settings: Settings) -> Settings:
        credentials = settings.credentials
        if settings.embedded:
            self._embedded = EmbeddedBackend.start(
                settings.demo_faults, version=settings.target_version
            )
            credentials = self._embedded.credentials
            settings = replace(settings, target_url=self._embedded.url, credentials=credentials)
        for secret, name in (
            (credentials.password, "APISMOKE_PASSWORD"),
            (credentials.token, "APISMOKE_TOKEN"),
        ):
            self.redactor.learn(secret, name)
        return settings

    def _preflight(self, settings: Settings) -> Briefing:
        run_id = secrets.token_hex(4)
        try:
            with Progress(sys.stdout, settings, self.redactor) as progress:
                return fly(settings, self.redactor, run_id=run_id, progress=progress.tell)
        except KeyboardInterrupt:
            return ended_early(settings, run_id, interrupted("the run", where="this run"))
        except Exception as error:
            traceback.print_exc()
            return ended_early(settings, run_id, _defect(error))

    # -- after ----------------------------------------------------------------------------------

    def _usage_error(self, error: pytest.UsageError) -> pytest.ExitCode:
        if self.refused is None:
            # Not ours: pytest or another plugin refused an argument after configuring.
            self._note(
                Failure(
                    category=Category.USAGE,
                    expected="arguments that pytest takes",
                    seen="; ".join(map(str, error.args)),
                    where="the command line",
                    hint="correct them; a path must exist and hold tests",
                )
            )
        return pytest.ExitCode.USAGE_ERROR

    def _confirm_version(self) -> None:
        settings = self._settings
        briefing = self.session.briefing if self.session else None
        if not settings or not settings.target_version or not briefing or briefing.stopped_by:
            return
        client = client_for_readiness(settings, self.redactor)
        try:
            confirm_version(client, settings.profile.readiness, settings.target_version)
        except SmokeError as error:
            self._note(error.failure, stage="version", exchanges=tuple(client.exchanges))

    def _conclude(self, status: object) -> int:
        if self.refused:
            self._note(self.refused.failure)
        outcomes = [*(self.session.outcomes if self.session else ()), *self._extra]
        if not outcomes and status not in _EXPLAINED:
            self._note(
                defect("pytest", seen=f"it ended with {status!s} and no result", where="the gate")
            )
        outcomes = [*(self.session.outcomes if self.session else ()), *self._extra]
        plan: tuple[Planned, ...] = self.session.plan if self.session else ()
        verdict = judge(outcomes, plan=plan, table=self._table)
        facts = self._facts()
        if self._report:
            try:
                json_report.write(self._report, json_report.document(verdict, facts))
            except OSError as error:
                self._note(_not_written(self._report, error), stage="report")
                verdict = judge([*outcomes, *self._extra], plan=plan, table=self._table)
        self._show(verdict, facts)
        self.config.hook.pytest_apismoke_verdict(verdict=verdict)
        return verdict.exit_code

    def _facts(self) -> RunFacts:
        settings, session = self._settings, self.session
        ready = session.briefing.ready if session else None
        notes = [*(session.notes if session else ())]
        if self._embedded and self._embedded.counted:
            counted = self._embedded.counted
            notes.append(
                f"the embedded backend counted {counted['requests']} requests,"
                f" {counted['logins']} of them logins"
            )
        return RunFacts(
            mode=(settings.mode if settings else mode_of(self._given)).value,
            target_url=settings.target_url if settings else "",
            target_version=ready.version if ready else None,
            started_at=self._started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            duration_s=time.monotonic() - self._started,
            notes=tuple(notes),
        )

    def _show(self, verdict: Verdict, facts: RunFacts) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            print("\n".join(line.text for line in terminal.render(verdict, facts)), flush=True)
            return
        writer = self.config.get_terminal_writer()
        for line in terminal.render(verdict, facts, width=writer.fullwidth):
            writer.line(line.text, **line.markup)
        writer.flush()

    def _note(self, failure: Failure, *, stage: str = "run", **details: object) -> None:
        """Adds an outcome that belongs to the run; the same one only once."""
        outcome = Outcome.of_failure(
            self.redactor,
            failure,
            api=RUN,
            stage=stage,
            name=f"{RUN}::{stage}",
            outcome=Result.ERROR,
            **details,
        )
        self._extra.append(outcome)


#: pytest's ends that need no outcome to explain them: the plan tells what was not verified.
_EXPLAINED = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


def _defect(error: BaseException) -> Failure:
    return defect("the gate", seen=f"{type(error).__name__}: {error}", where="the gate")


def _not_written(path: Path, error: OSError) -> Failure:
    return Failure(
        category=Category.USAGE,
        expected="to write the report",
        seen=error.strerror or str(error),
        where=str(path),
        hint="give --smoke-report a path that can be written; the verdict itself stands above",
    )
