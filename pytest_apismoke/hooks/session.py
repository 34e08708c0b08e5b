"""The run-time hooks of an active run, in the controller and in the xdist workers.

The process that runs a test attaches its `Outcome` to pytest's report; the controller collects
the outcomes.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from pytest_apismoke.checks.declared.folder import Contracts
from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.model import CheckContext
from pytest_apismoke.checks.plan import plan_checks
from pytest_apismoke.checks.runner import Runner
from pytest_apismoke.errors import Category, Failure, SmokeError, defect, interrupted
from pytest_apismoke.hooks.handover import LATE_OUTCOMES, LEARNED
from pytest_apismoke.hooks.items import CheckItem, Checks
from pytest_apismoke.hooks.outcomes import RECORDER, Outcomes, in_words, properties
from pytest_apismoke.hooks.scrubbing import OUTCOME, clean_exception, cleaned_outcome, scrub
from pytest_apismoke.http.accounts import Accounts, LoginError
from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.departure import TargetSender
from pytest_apismoke.http.target import Target
from pytest_apismoke.http.token import RunTokenSource
from pytest_apismoke.openapi.spec_source import spec_of_run
from pytest_apismoke.preflight.account_id import AccountId
from pytest_apismoke.preflight.clients import target_of
from pytest_apismoke.preflight.result import PreflightResult
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import SettingShown
from pytest_apismoke.safewrite.document_guard import DocumentGuard
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.system import signals
from pytest_apismoke.verdict.judgement import outcome_of_run
from pytest_apismoke.verdict.outcome import Outcome


class SmokeSession:
    """The state of an active run in one process, and its hooks.

    Args:
        preflight: the result of the preflight.
        redactor: shared by everything in this process that shows or stores messages.
        contracts: the schemas and the declared checks.
        token_source: returns another token to a worker.
        client: that of the preflight, if that was run in this process.

    """

    def __init__(
        self,
        preflight: PreflightResult,
        redactor: Redactor,
        contracts: Contracts,
        *,
        token_source: RunTokenSource | None = None,
        client: Client | None = None,
    ) -> None:
        self.preflight = preflight
        self.redactor = redactor
        self.contracts = contracts
        self.outcomes: list[Outcome] = []
        self.notes: list[str] = []
        #: The URLs of documents of which an update was never seen, and may still arrive.
        self.unsettled: tuple[str, ...] = ()
        #: For the header that -v asks for.
        self.settings_shown: tuple[SettingShown, ...] = ()
        self.spec = spec_of_run(preflight.loaded_spec, preflight.settings, contracts.known)
        self.target = target_of(
            preflight, redactor, self.spec, token_source=token_source, client=client
        )
        self.accounts = Accounts(
            self.target.client, preflight.settings.profile, token_source=token_source
        )
        settings = preflight.settings
        self.journal = Journal(settings.journal_dir, redactor, ends_with_run=settings.embedded)
        self.guard = DocumentGuard(
            self.target,
            self.journal,
            run_id=preflight.run_id,
            account=AccountId(preflight, self.target),
            wait_s=preflight.settings.readback_wait_s,
            reads=preflight.settings.fresh_reads,
            read_only=preflight.settings.read_only,
        )
        context = CheckContext(
            target=self.target,
            preflight=preflight,
            schemas=contracts.schemas,
            known=contracts.known,
            redactor=redactor,
            journal=self.journal,
            guard=self.guard,
        )
        plan = plan_checks(context, contracts.checks, self.spec)
        self.judge = Judge(
            redactor,
            source=self.spec.label if self.spec else "",
            latency_s=preflight.settings.profile.limits.latency_s,
        )
        client, settings = self.target.client, preflight.settings
        self._ahead = Ahead(
            TargetSender(self.target),
            at_once=settings.concurrency,
            rate=client.rate,
            clock=client.budget.clock,
        )
        runner = Runner(plan.checks, context, self.judge, self._ahead)
        self.checks = Checks(plan=plan, runner=runner, redactor=redactor)
        self._outcomes = Outcomes(plan, self.judge, self.target.client.budget, redactor)
        self._session: pytest.Session | None = None
        self._in_call = False
        self._finished = False
        #: When the last test had ended, on a monotonic clock in seconds.
        self.finished_at: float | None = None
        # A test may run in a fork of this process, which sends its report back as plain values.
        self._pid = os.getpid()

    def target_for(self, item: pytest.Item, *, account: str | None = None) -> Target:
        """The target for a user's test, which records what that test sends.

        Args:
            item: the test.
            account: a further account of the profile; by default the run's own.

        Raises:
            SmokeError: `usage` for an account that the profile does not name, `auth` when its
                login is refused.

        """
        recorder = item.stash[RECORDER]
        if account is None:
            return self.target.recording(recorder)
        try:
            return self.accounts.logged_in(account).recording(recorder)
        except LoginError as error:
            for exchange in error.exchanges:
                recorder.add(exchange)
            raise

    # -- from test to outcome -------------------------------------------------------------------

    # Outside pytest-timeout's wrapper, which reads its limit at the start.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Gives a user's test its recorder and its time limit."""
        if not isinstance(item, CheckItem):
            # It may write.
            self.checks.runner.settle()
        self._outcomes.begin(item)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Marks the phase that `stop` may interrupt."""
        self._in_call = True
        try:
            return (yield)
        finally:
            self._in_call = False

    # Outside pytest's own wrapper, which turns an expected failure into a skip, and inside a
    # conftest's, which must not turn a failure into a pass.
    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Attaches the outcome to the report, and removes secrets from it."""
        report = yield
        outcome = self._outcomes.outcome(item, call, report)
        if outcome:
            outcome = cleaned_outcome(outcome, self.redactor)
            setattr(report, OUTCOME, outcome if os.getpid() == self._pid else outcome.to_json())
            # JUnit reads the properties of the last report of an item, which comes later.
            item.user_properties += properties(outcome, item.user_properties)
            report.user_properties = list(item.user_properties)
            if outcome.outcome.is_failure and report.passed:
                report.outcome = "failed"
                report.longrepr = in_words(outcome)
        scrub(report, self.redactor)
        return report

    # -- collecting -----------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collects outcomes; adds one for a failure without an outcome (a worker that crashed).

        Runs before every reporter, so that sections of other plugins are redacted too.
        """
        scrub(report, self.redactor)
        outcome = getattr(report, OUTCOME, None)
        if isinstance(outcome, dict):
            outcome = Outcome.from_json(outcome)
        if outcome:
            self.outcomes.append(outcome)
        if report.failed and not (outcome and outcome.outcome.is_failure):
            self.outcomes.append(self._outcomes.without_result(report.nodeid, report.longreprtext))

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Adds a failure for a file that can't be collected."""
        scrub(report, self.redactor)
        if report.failed:
            last_line = report.longreprtext.strip().splitlines()[-1:]
            failure = Failure(
                category=Category.USAGE,
                expected=f"{report.nodeid or 'the given paths'} to be collected",
                seen=" ".join(last_line).removeprefix("E").strip() or "an error",
                where=report.nodeid,
                hint="correct the file (the whole error is further up), or leave it out",
            )
            self.add(failure, stage="collection")

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: object, excinfo: pytest.ExceptionInfo[Any]) -> None:
        """Adds a failure for an error inside pytest or a plugin."""
        scrub(excrepr, self.redactor)
        seen = f"{excinfo.typename}: {excinfo.value}"
        self.add(defect("pytest", seen=seen, where="the gate"), stage="run")

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[Any]) -> None:
        """Adds a failure for a run that was interrupted."""
        clean_exception(excinfo.value, self.redactor.text)
        self.add(interrupted("the run", where="this run"), stage="run")

    def add(self, failure: Failure, *, stage: str) -> None:
        """Adds an outcome that belongs to the run and not to an API."""
        self.outcomes.append(outcome_of_run(self.redactor, failure, stage=stage))

    def stopped_by_signals(self) -> AbstractContextManager[list[int]]:
        """A context in which a signal that ends the run calls `stop`."""
        return signals.handled(self.stop)

    def stop_from_afar(self) -> None:
        """Ends this worker from another thread, unless it has finished."""
        if not self._finished:
            signals.send_to_main_thread()

    def stop(self) -> None:
        """Ends the current test of this worker, and runs no other.

        Raises:
            SmokeError: `interrupted`, inside the current test, if there is one.

        """
        self.target.client.budget.cut_short()
        self._ahead.close()
        if self._session:
            self._session.shouldstop = "the run was interrupted"
        if self._in_call:
            self._in_call = False
            raise SmokeError(interrupted("the check", where="this run"))

    # -- the frame ------------------------------------------------------------------------------

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keeps the session, so that `stop` can end it."""
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Runs the clean-ups that are left; a worker sends their outcomes to the controller."""
        self._ahead.close()
        with signals.held_back():
            ended = self.checks.runner.close()
            raw = [check.outcome(result, self.redactor) for check, result in ended]
            late = [cleaned_outcome(outcome, self.redactor) for outcome in raw]
        self.target.client.close()
        self._finished = True
        self.finished_at = time.monotonic()
        self.outcomes += late
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[LEARNED] = json.dumps(self.redactor.secrets())
            output[LATE_OUTCOMES] = json.dumps([outcome.to_json() for outcome in late])
