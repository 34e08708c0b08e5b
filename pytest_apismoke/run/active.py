"""An active run from start to end: prepare, run pytest, judge, report.

It wraps pytest's main function, the one place that sees every way in which a run can end and that
decides the exit code.

Long because the order of the steps at the end of a run has to be read in one place.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from urllib.parse import urlsplit

import pytest

from pytest_apismoke.configuration import reading
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE
from pytest_apismoke.errors import Category, Failure, defect, interrupted
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.openapi import conformance
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.preflight.unready import NotReadyError
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports import json_report, terminal
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.several import Judged
from pytest_apismoke.run import whole_run
from pytest_apismoke.run.facts import facts_of, opening_notes
from pytest_apismoke.run.part import Part
from pytest_apismoke.run.preparation import Preparation, show_traceback
from pytest_apismoke.run.version_at_end import refuse_other_version
from pytest_apismoke.run.wiring import session_of
from pytest_apismoke.system import exit_guard, output, signals
from pytest_apismoke.verdict import run_failures
from pytest_apismoke.verdict.exit_codes import Judgement, could_not_verify
from pytest_apismoke.verdict.judgement import Planned, Verdict, judge, outcome_of_run
from pytest_apismoke.verdict.outcome import Outcome, Result

#: Exit codes of pytest that need no failure of the run: the plan shows what was not verified.
_EXPLAINED = (
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


class ActiveRun:
    """One run, in the controller.

    Args:
        config: pytest's configuration.
        part: which of several targets it is for, in a process of its own; the process that waits
            for it shows and reports the verdict on all.

    """

    def __init__(self, config: pytest.Config, part: Part | None = None) -> None:
        self._config = config
        self._part = part
        if part:
            part.separate(config.option)
        self._redactor = Redactor()
        target = part.target if part else None
        self._preparation = Preparation(config, self._redactor, target=target)
        self._session: SmokeSession | None = None
        self._started = time.monotonic()
        self._started_at = datetime.now(timezone.utc)
        self._extra: list[Outcome] = []
        self._use = ContractUse()

    def around(self) -> Generator[None, object, int]:
        """Wraps pytest's main function; the generator returns the exit code."""
        with signals.handled(signals.interrupt) as received:
            self._prepare(received)
            inconclusive = could_not_verify(self._preparation.table, Judgement.INCONCLUSIVE)
            with exit_guard.ending_with(inconclusive, after=self._conclude_by_force):
                try:
                    status = yield
                except pytest.UsageError as error:
                    status = self._usage_error(error)
                except KeyboardInterrupt:
                    received.append(0)
                    status = pytest.ExitCode.INTERRUPTED
                except BaseException as error:
                    # The run still ends with a verdict, and never with pytest's own exit code.
                    show_traceback(self._redactor)
                    self._note(run_failures.defect_of(error))
                    status = pytest.ExitCode.INTERNAL_ERROR
            # From here on signals are held back: the rest is short, and its time is limited.
            with signals.held_back(deliver=False) as waiting:
                self._restore_the_rest()
                self._tell_recovery()
                self._confirm_version()
                if self._preparation.embedded:
                    self._preparation.embedded.stop()
                is_reported = any(o.category is Category.INTERRUPTED for o in self._outcomes())
                if (received or waiting) and not is_reported:
                    self._note(interrupted("the run", where="this run"))
                return self._conclude(status)

    def prepared(self) -> SmokeSession:
        """The session of the run.

        Raises:
            pytest.UsageError: when the run was refused; this ends pytest before any test.

        """
        if self._session is None:
            raise pytest.UsageError(str(self._preparation.refused))
        return self._session

    # -- before ---------------------------------------------------------------------------------

    def _prepare(self, received: Sequence[int]) -> None:
        self._preparation.prepare(received)
        if self._preparation.preflight is None:
            return
        self._session = session_of(
            self._preparation.preflight, self._redactor, self._preparation.contracts
        )
        self._session.notes += opening_notes(self._config, self._preparation)
        spec_step = self._session.preflight.spec_step
        self._session.notes += [*spec_step.notes, *whole_run.notes_on_operations(self._session)]
        if spec_step.failure:
            self._note(spec_step.failure, stage="openapi", exchanges=spec_step.exchanges)
        recovery = self._session.preflight.recovery
        self._session.notes += recovery.notes

    # -- after ----------------------------------------------------------------------------------

    def _usage_error(self, error: pytest.UsageError) -> pytest.ExitCode:
        if self._preparation.refused is None:
            self._note(run_failures.arguments_refused(error.args))
        return pytest.ExitCode.USAGE_ERROR

    def _restore_the_rest(self) -> None:
        """Restores the changes of workers that died; a failed restore is not tried again."""
        if self._session is None or any(outcome.dirty for outcome in self._outcomes()):
            return
        recovered = self._session.restore_the_rest()
        if recovered.failure:
            self._note(recovered.failure, stage="recovery", dirty=True)

    def _tell_recovery(self) -> None:
        """Tells what an earlier run left changed, where no suite got as far as to tell it."""
        if self._session is None or any(outcome.dirty for outcome in self._outcomes()):
            return
        recovery = self._session.preflight.recovery
        if recovery.failure:
            self._note(recovery.failure, stage="recovery", exchanges=recovery.exchanges, dirty=True)

    def _conclude_by_force(self) -> int:
        """Judges and reports before `os._exit`, in the thread that called it.

        Sends nothing: the main thread may be in the middle of a request. The journal keeps what
        this run has left changed, for `apismoke restore` or the next run.
        """
        left = self._session.left_changed() if self._session else ()
        self._note(run_failures.ended_by_force(left), dirty=bool(left))
        self._tell_recovery()
        self._write_report()
        verdict = self._judge()
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is not None:
            capture.suspend_global_capture(in_=True)
        self._show(verdict, self._facts())
        return verdict.exit_code

    def _confirm_version(self) -> None:
        preflight = self._preparation.preflight
        if preflight is None or preflight.stopped_by:
            return
        exchanges = [one for outcome in self._outcomes() for one in outcome.exchanges]
        try:
            refuse_other_version(preflight, exchanges, self._redactor)
        except NotReadyError as error:
            evidence = (error.exchange,) if error.exchange else ()
            self._note(error.failure, stage="version", exchanges=evidence)

    def _conclude(self, status: object) -> int:
        if self._preparation.refused:
            self._note(self._preparation.refused)
        if not self._outcomes() and status not in _EXPLAINED:
            seen = f"it ended with {status!s} and no result"
            self._note(defect("pytest", seen=seen, where="the gate"))
        if self._session and self._typed_paths_verified_nothing(self._session):
            self._note(run_failures.paths_without_tests(), stage="paths")
        for api in self._apis_without_checks():
            reasons = whole_run.not_checkable(self._session, api) if self._session else ()
            self._note(run_failures.nothing_of(api, reasons), stage=f"api {api}")
        self._judge_contract()
        self._call_verdict_hook()
        self._write_report()
        verdict, facts = self._judge(), self._facts()
        try:
            self._show(verdict, facts)
        except OSError:
            output.discard()
        return verdict.exit_code

    def _apis_without_checks(self) -> list[str]:
        if self._session is None:
            return []
        return whole_run.apis_without_checks(self._session, self._outcomes())

    def _judge_contract(self) -> None:
        """Judges the coverage of the OpenAPI document and the drift, which need the whole run."""
        session = self._session
        if session is None or session.preflight.stopped_by:
            return
        contracts = session.preflight.settings.contracts
        self._use = whole_run.contract_use(session, self._outcomes())
        failures = conformance.failures(
            self._use,
            self._outcomes(),
            floor_percent=contracts.floor_percent,
            server_paths=session.spec.server_paths() if session.spec else (),
            target_path=urlsplit(session.preflight.settings.target_url).path,
        )
        for stage, failure in failures.items():
            self._note(failure, stage=stage)
        self._extra += whole_run.whole_run_outcomes(session, self._outcomes(), self._use)

    def _judge(self) -> Verdict:
        settings = self._preparation.settings
        profile = settings.profile if settings else DEFAULT_PROFILE
        plan: tuple[Planned, ...] = self._session.checks.plan.planned if self._session else ()
        return judge(
            self._outcomes(),
            plan=[replace(p, required=p.required and profile.api(p.api).required) for p in plan],
            table=self._preparation.table,
            api_codes=profile.api_codes,
        )

    def _outcomes(self) -> list[Outcome]:
        return [*(self._session.outcomes if self._session else ()), *self._extra]

    def _typed_paths_verified_nothing(self, session: SmokeSession) -> bool:
        if session.preflight.stopped_by or not reading.paths_of_command_line(self._config):
            return False
        suites = session.preflight.settings.profile.suites
        of_users = [o for o in self._outcomes() if o.api not in suites]
        # A test that was not run because of a failed check is explained by that.
        return all(o.outcome is Result.SKIPPED and not o.because_of for o in of_users)

    def _call_verdict_hook(self) -> None:
        if self._part:
            return
        try:
            self._config.hook.pytest_apismoke_verdict(verdict=self._judge())
        except BaseException as error:
            # Also sys.exit and pytest.exit, whose code would pass for the verdict.
            self._note(run_failures.defect_of(error), stage="verdict_hook")

    def _write_report(self) -> None:
        if self._part:
            settings = self._preparation.settings
            codes = settings.profile.api_codes if settings else {}
            judged = Judged(
                target=self._part.target,
                verdict=self._judge(),
                facts=self._facts(),
                api_codes=codes,
            )
            self._part.hand_back(judged)
            return
        path = self._preparation.report
        if path is None:
            return
        try:
            json_report.write(path, json_report.document(self._judge(), self._facts()))
        except OSError as error:
            self._note(
                run_failures.not_written(path, error, option="--smoke-report"), stage="report"
            )

    def _facts(self) -> RunFacts:
        return facts_of(
            self._preparation,
            notes=self._session.notes if self._session else (),
            use=self._use,
            dirty=any(outcome.dirty for outcome in self._outcomes()),
            started_at=self._started_at,
            duration_s=time.monotonic() - self._started,
        )

    def _show(self, verdict: Verdict, facts: RunFacts) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            print("\n".join(line.text for line in terminal.render(verdict, facts)), flush=True)
            return
        writer = self._config.get_terminal_writer()
        for line in terminal.render(verdict, facts, width=writer.fullwidth):
            writer.line(line.text, **line.markup)
        writer.flush()
        sys.stdout.flush()

    def _note(
        self,
        failure: Failure,
        *,
        stage: str = "run",
        exchanges: tuple[Exchange, ...] = (),
        dirty: bool = False,
    ) -> None:
        """Adds an outcome that belongs to the run."""
        self._extra.append(
            outcome_of_run(self._redactor, failure, stage=stage, exchanges=exchanges, dirty=dirty)
        )
