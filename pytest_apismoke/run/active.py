"""An active run from start to end: prepare, run pytest, judge, report.

It wraps pytest's main function, the one place that sees every way in which a run can end and that
decides the exit code.

Long because the order of the steps at the end of a run has to be read in one place.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pytest_apismoke.configuration import reading
from pytest_apismoke.configuration.profiles import DEFAULT_PROFILE
from pytest_apismoke.errors import Category, Failure, defect, interrupted
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.hooks.scrubbing import ErrorScrubber, cleaned_outcome
from pytest_apismoke.known.entries import KnownUse
from pytest_apismoke.openapi import conformance
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.preflight.unready import NotReadyError
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.run import asked_paths, ignored_options, showing, watchdog, whole_run
from pytest_apismoke.run.facts import cleaned_facts, facts_of, opening_notes
from pytest_apismoke.run.leftovers import left_changed, restore_the_rest
from pytest_apismoke.run.part import Part
from pytest_apismoke.run.preparation import Preparation, show_traceback
from pytest_apismoke.run.recording import Recorded, recorder_of
from pytest_apismoke.run.version_at_end import refuse_other_version
from pytest_apismoke.system import exit_guard, output, signals
from pytest_apismoke.verdict import run_failures
from pytest_apismoke.verdict.exit_codes import Judgement, could_not_verify
from pytest_apismoke.verdict.judgement import RUN, Planned, Verdict, judge, outcome_of_run
from pytest_apismoke.verdict.outcome import Outcome

if TYPE_CHECKING:
    from pytest_apismoke.hooks.session import SmokeSession
    from pytest_apismoke.reports.junit_file import JunitFile

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
        self._verbosity = showing.verbosity_of(config)
        self._ignored = ignored_options.switch_off(config.option)
        self._redactor = Redactor()
        self._recorder = recorder_of(config)
        self._junit = _junit_of(config)
        self._preparation = Preparation(
            config,
            self._redactor,
            target=part.target if part else None,
            records_known=part.records_known if part else self._recorder is not None,
            tells=part is None,
            masks_to=part.masks_to if part else None,
        )
        self._session: SmokeSession | None = None
        self._started = time.monotonic()
        self._started_at = datetime.now(timezone.utc)
        #: What pytest and other plugins did once the last test had ended is no part of the run.
        self._others_took_s = 0.0
        self._extra: list[Outcome] = []
        self._polls_at_end: list[Exchange] = []
        self._use = ContractUse()
        self._known = KnownUse()
        self._watchdog = watchdog.of(config)
        self._is_late = False

    def around(self) -> Generator[None, object, int]:
        """Wraps pytest's main function; the generator returns the exit code."""
        with signals.handled(signals.interrupt) as received:
            if self._watchdog:
                self._watchdog.hand_over(interrupt=self._interrupt_late, end=self._end_late)
                self._config.add_cleanup(self._watchdog.pytest_ended)
            self._prepare(received)
            errors = ErrorScrubber(self._redactor)
            self._config.pluginmanager.register(errors, "apismoke_error_scrubber")
            self._preparation.audience.begin_tests()
            inconclusive = could_not_verify(self._preparation.table, Judgement.INCONCLUSIVE)
            if self._preparation.is_rehearsal:
                inconclusive = 0
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
                    if failure := self._junit and self._junit.not_written(error):
                        self._note(failure, stage="junit")
                    else:
                        show_traceback(self._redactor)
                        self._note(run_failures.defect_of(error))
                    status = pytest.ExitCode.INTERNAL_ERROR
            self._others_took_s = self._since_the_last_test()
            # From here on signals are held back: the rest is short, and its time is limited.
            with signals.held_back(deliver=False) as waiting:
                self._restore_the_rest()
                self._tell_recovery()
                self._confirm_version()
                if self._preparation.embedded:
                    self._preparation.embedded.stop()
                is_reported = self._is_late or any(
                    o.category is Category.INTERRUPTED for o in self._outcomes()
                )
                if (received or waiting) and not is_reported:
                    self._note(interrupted("the run", where="this run"))
                code = self._conclude(status)
                if self._watchdog:
                    self._watchdog.conclude(code)
                self._notify(in_short=bool(received or waiting or self._is_late))
                return code

    def prepared(self) -> SmokeSession:
        """The session of the run.

        Raises:
            pytest.UsageError: when the run was refused; this ends pytest before any test.

        """
        if self._session is None:
            raise pytest.UsageError(str(self._preparation.refused))
        return self._session

    def _since_the_last_test(self) -> float:
        ended = self._session.finished_at if self._session else None
        return 0.0 if ended is None else time.monotonic() - ended

    # -- before ---------------------------------------------------------------------------------

    def _prepare(self, received: Sequence[int]) -> None:
        self._preparation.prepare(received)
        if self._preparation.refused or self._preparation.preflight is None:
            return
        # Here, because it was imported during the preflight.
        from pytest_apismoke.run.live_checks import LiveChecks
        from pytest_apismoke.run.wiring import session_of

        self._session = session_of(
            self._preparation.preflight,
            self._redactor,
            self._preparation.contracts,
            client=self._preparation.client,
        )
        # Of this process alone: under pytest-xdist workers send the requests.
        self._session.target.client.on_retry = self._preparation.live.asked_again
        is_brief = self._verbosity == 0
        checks = LiveChecks(self._preparation.live, self._session, is_brief=is_brief)
        self._config.pluginmanager.register(checks, "apismoke_live_checks")
        self._session.settings_shown = tuple(self._preparation.settings_shown())
        self._session.notes += [*self._ignored, *opening_notes(self._config, self._preparation)]
        spec_step = self._session.preflight.spec_step
        self._session.notes += [*spec_step.notes, *whole_run.notes_on_operations(self._session)]
        self._session.notes += whole_run.notes_on_known(self._session)
        if spec_step.failure:
            self._note(spec_step.failure, stage="openapi", exchanges=spec_step.exchanges)
        recovery = self._session.preflight.recovery
        self._session.notes += recovery.notes

    # -- after ----------------------------------------------------------------------------------

    def _usage_error(self, error: pytest.UsageError) -> pytest.ExitCode:
        is_told = any(outcome.category is Category.USAGE for outcome in self._outcomes())
        if self._preparation.refused is None and not is_told:
            self._note(run_failures.arguments_refused(error.args))
        return pytest.ExitCode.USAGE_ERROR

    def _restore_the_rest(self) -> None:
        """Restores the changes of workers that died; a failed restore is not tried again."""
        if self._session is None or any(outcome.dirty for outcome in self._outcomes()):
            return
        recovered = restore_the_rest(self._session)
        if recovered and recovered.failure:
            self._note(recovered.failure, stage="recovery", dirty=True)

    def _tell_recovery(self) -> None:
        """Tells what an earlier run left changed, where no suite got as far as to tell it."""
        if self._session is None or any(outcome.dirty for outcome in self._outcomes()):
            return
        recovery = self._session.preflight.recovery
        if recovery.failure:
            self._note(recovery.failure, stage="recovery", exchanges=recovery.exchanges, dirty=True)

    def _conclude_by_force(self) -> int:
        """Judges and reports before `os._exit`, in the thread that called it."""
        return self._conclude_at_once(run_failures.ended_by_force)

    def _interrupt_late(self, place: str) -> None:
        """Interrupts a run that takes longer than it may; called by the watchdog."""
        self._is_late = True
        self._note(self._did_not_end(place))
        signals.send_to_main_thread()

    def _end_late(self, place: str) -> int:
        """Judges and reports a run that can't be interrupted; called by the watchdog."""
        return self._conclude_at_once(lambda left: self._did_not_end(place, left))

    def _did_not_end(self, place: str, left: Sequence[str] = ()) -> Failure:
        assert self._watchdog, "only the watchdog finds a run late"
        limits = self._watchdog.limits
        return run_failures.did_not_end(place, limits.wait_s, limits.budget_s, left)

    def _conclude_at_once(self, failure_of: Callable[[Sequence[str]], Failure]) -> int:
        """Judges and reports in another thread than the main one.

        Sends nothing: the main thread may be in the middle of a request. The journal keeps what
        this run has left changed, for `apismoke restore` or the next run.
        """
        left = left_changed(self._session) if self._session else ()
        self._note(failure_of(left), dirty=bool(left))
        self._tell_recovery()
        self._redact_again()
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is not None:
            capture.suspend_global_capture(in_=True)
        self._write_report()
        notes = self._announce()
        verdict = self._judge()
        self._show(verdict, self._facts(notes))
        self._print_report()
        self._tell_exit(verdict.ends_with)
        self._notify(in_short=True)
        return verdict.ends_with

    def _confirm_version(self) -> None:
        preflight = self._preparation.preflight
        if preflight is None or preflight.stopped_by:
            return
        exchanges = [one for outcome in self._outcomes() for one in outcome.exchanges]
        try:
            refuse_other_version(
                preflight, exchanges, self._redactor, polled=self._polls_at_end.extend
            )
        except NotReadyError as error:
            evidence = (error.exchange,) if error.exchange else ()
            self._note(error.failure, stage="version", exchanges=evidence)

    def _conclude(self, status: object) -> int:
        if self._preparation.refused:
            self._note(self._preparation.refused)
        if not self._outcomes() and status not in _EXPLAINED:
            seen = f"it ended with {status!s} and no result"
            self._note(defect("pytest", seen=seen, where="the gate"))
        self._redact_again()
        self._judge_what_was_asked_for()
        self._judge_contract()
        self._call_verdict_hook()
        self._write_report()
        notes = self._announce()
        verdict, facts = self._judge(), self._facts(notes)
        try:
            self._show(verdict, facts)
        except OSError:
            output.discard()
        self._print_report()
        self._tell_exit(verdict.ends_with)
        return verdict.ends_with

    def _redact_again(self) -> None:
        """Removes from earlier outcomes what later responses have revealed to be secret."""
        if self._session:
            own = self._session.outcomes
            own[:] = [cleaned_outcome(outcome, self._redactor) for outcome in own]
        self._extra = [cleaned_outcome(outcome, self._redactor) for outcome in self._extra]

    def _judge_what_was_asked_for(self) -> None:
        """Adds the failures of paths and APIs that were asked for and that nothing has run."""
        if self._session is None or self._session.preflight.stopped_by:
            return
        outcomes = self._outcomes()
        # A run that came to its end otherwise has said so.
        if not any(one.api == RUN and one.outcome.is_failure for one in outcomes):
            declared = self._session.preflight.settings.paths
            skipped = asked_paths.skips_of(outcomes)
            for given in reading.given_paths(self._config, declared):
                below = self._session.checks.asked.below(given.path, directory=given.directory)
                if failure := asked_paths.failure_of(given, below, skipped):
                    self._note(failure, stage=f"path {given.path}")
        for api, unchecked in whole_run.unchecked_apis(self._session, outcomes).items():
            self._note(unchecked, stage=f"api {api}")

    def _tell_exit(self, exit_code: int) -> None:
        # What a conftest does with it is too late for the verdict.
        with suppress(BaseException):
            self._config.hook.pytest_apismoke_exit(exit_code=exit_code)

    def _judge_contract(self) -> None:
        """Judges what needs the whole run: coverage, drift, and the list of known violations."""
        session = self._session
        if session is None or session.preflight.stopped_by:
            return
        contracts = session.preflight.settings.contracts
        self._known = whole_run.known_use(session, self._outcomes())
        if self._recorder:
            self._recorder.recorded = Recorded(
                rootdir=self._config.rootpath,
                entries=session.contracts.known.entries,
                use=self._known,
            )
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
        plan: tuple[Planned, ...] = self._session.checks.planned if self._session else ()
        verdict = judge(
            self._outcomes(),
            plan=[
                replace(p, required=False) if p.required and not profile.api(p.api).required else p
                for p in plan
            ],
            table=self._preparation.table,
            api_codes=profile.api_codes,
        )
        return replace(verdict, is_rehearsal=self._preparation.is_rehearsal)

    def _outcomes(self) -> list[Outcome]:
        return [*(self._session.outcomes if self._session else ()), *self._extra]

    def _call_verdict_hook(self) -> None:
        if self._part or not self._config.hook.pytest_apismoke_verdict.get_hookimpls():
            return
        try:
            self._config.hook.pytest_apismoke_verdict(verdict=self._judge())
        except BaseException as error:
            # Also sys.exit and pytest.exit, whose code would pass for the verdict.
            self._note(run_failures.defect_of(error), stage="verdict_hook")

    def _write_report(self) -> None:
        if self._junit:
            was_refused = self._preparation.refused is not None
            clean = self._redactor.text
            failure = self._junit.complete(self._report(), clean, was_refused=was_refused)
            if failure:
                self._note(failure, stage="junit")
        if self._part:
            settings = self._preparation.settings
            codes = settings.profile.api_codes if settings else {}
            from pytest_apismoke.reports.report import Judged

            judged = Judged(
                target=self._part.target,
                verdict=self._judge(),
                facts=self._facts(),
                api_codes=codes,
            )
            self._part.hand_back(judged)
            return
        if not self._preparation.reports:
            return
        from pytest_apismoke.reports import writing

        # The last of them has the exit code of a run that could not write another.
        for name, path in self._preparation.reports.items():
            if failure := writing.write(name, path, self._report()):
                self._note(failure, stage=name)

    def _print_report(self) -> None:
        """Writes a report to standard output, behind the verdict for people."""
        if self._preparation.reports and not self._part:
            from pytest_apismoke.reports import writing

            writing.show(self._preparation.reports, self._report())

    def _announce(self) -> tuple[str, ...]:
        """Tells GitHub Actions; returns notes on what went wrong."""
        return self._preparation.audience.announce(self._report, self._config.rootpath)

    def _notify(self, *, in_short: bool) -> None:
        """Tells people; the verdict has been shown, and stays what it is."""
        settings = self._preparation.settings
        journal = settings.lasting_journal if settings else None
        self._preparation.audience.notify(self._report, journal=journal, in_short=in_short)

    def _report(self) -> Report:
        return Report(verdict=self._judge(), facts=self._facts())

    def _facts(self, notes: Sequence[str] = ()) -> RunFacts:
        facts = facts_of(
            self._preparation,
            notes=[*(self._session.notes if self._session else ()), *notes],
            use=self._use,
            outcomes=self._outcomes(),
            known=self._known,
            left_out=tuple(self._left_out()),
            polls_at_end=self._polls_at_end,
            started_at=self._started_at,
            duration_s=time.monotonic() - self._started - self._others_took_s,
            unsettled=self._session.unsettled if self._session else (),
            folders=(self._config.invocation_params.dir, self._config.rootpath),
        )
        return cleaned_facts(facts, self._redactor)

    def _left_out(self) -> Iterator[str]:
        if self._session is not None:
            yield from whole_run.apis_of_other_runs(self._session)
            tests = self._session.checks.asked.planned
            yield from asked_paths.skipped_tests(self._outcomes(), [one.name for one in tests])

    def _show(self, verdict: Verdict, facts: RunFacts) -> None:
        if self._part or self._recorder:
            # What is gone here may be there at another target, and a run that records removes it.
            facts = replace(facts, known=replace(facts.known, gone=()))
        self._preparation.live.end()
        report = Report(verdict=verdict, facts=facts)
        showing.show_report(self._config, report, verbosity=self._verbosity)

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


def _junit_of(config: pytest.Config) -> JunitFile | None:
    """The JUnit file of a run, before pytest runs anything; imported where there is one."""
    if not getattr(config.option, "xmlpath", None):
        return None
    from pytest_apismoke.run.junit_of import junit_of

    return junit_of(config)
