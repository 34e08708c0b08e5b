"""Runs each check at most once, after the checks it depends on, and passes results to the judge.

A reordered run sends the same requests and has the same results; a retried test gets the same
result again. Checks may run in several threads at once: each has a recorder of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.model import Check, CheckContext, CheckResult, Skip
from pytest_apismoke.checks.repeating import run_repeatedly
from pytest_apismoke.checks.waves import Waves, waves_of
from pytest_apismoke.errors import Category, Failure, SmokeError, defect, interrupted
from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.ticket import Ticket
from pytest_apismoke.verdict.outcome import SkipReason


class Runner:
    """Runs the checks of one process.

    Args:
        checks: all checks of the run by their ids, in the order of a serial run.
        context: passed to the checks.
        judge: decides the final result of each check.
        ahead: sends requests before their checks begin.

    """

    def __init__(
        self, checks: Mapping[str, Check], context: CheckContext, judge: Judge, ahead: Ahead
    ) -> None:
        self._checks = checks
        self._context = context
        self._judge = judge
        self._ahead = ahead
        self._waves = Waves()
        self._begun: set[int] = set()
        self._place = {name: index for index, name in enumerate(checks)}
        self._locks = {name: threading.RLock() for name in checks}
        #: The results before the judge, for the checks that depend on them; and after it.
        self._raw: dict[str, CheckResult] = {}
        self._judged: dict[str, CheckResult] = {}
        self._lock = threading.Lock()
        self._reported_by: dict[str, str] = {}
        self._requested: set[str] = set()
        self._needed: set[str] = set()

    def expect(self, order: Iterable[str]) -> None:
        """Takes note of the ids of the tests that are about to run, in their order."""
        # What is repeated goes over connections of its own, several times at once.
        if self._context.settings.repeat == 1:
            self._waves = waves_of(order, self._checks)

    def settle(self) -> None:
        """Waits until nothing is in flight, before something that may write."""
        self._ahead.settle()

    def result(self, name: str, *, selected: Collection[str] | None = None) -> CheckResult:
        """The result of a check, which is run unless it was run before.

        Args:
            name: the id of the check.
            selected: ids of the checks that report their own results; by default all. If this
                check depends on a failed check that is not among them, that failure is its result,
                once: for the first such check.

        """
        self._requested.add(name)
        self._begin_wave_of(name)
        result = self._result(name)
        cause = result.skip.because_of if result.skip else ""
        selected = self._checks if selected is None else selected
        if cause in self._checks and cause not in selected and self._result(cause).failure:
            self._requested.add(cause)
            with self._lock:
                is_first = self._reported_by.setdefault(cause, name) == name
            return self._result(cause) if is_first else result
        return result

    def close(self) -> Iterator[tuple[Check, CheckResult]]:
        """Runs the clean-ups that are left; yields their results, and those not reported yet.

        A check that ran only because another one needs its captured values was not reported yet.
        """
        for name in self._checks:
            if name in self._needed and name in self._judged and name not in self._requested:
                yield self._checks[name], self._judged[name]
        for check in self._checks.values():
            # Also after an attempt that broke off, such as a timeout in the middle of restoring.
            if check.needs_cleanup and check.needs_cleanup():
                self._run(check)
                yield check, self._judged[check.id]

    def _result(self, name: str) -> CheckResult:
        for other in self._before(name):
            self._once(other)
        return self._once(name)

    def _begin_wave_of(self, name: str) -> None:
        """Sends the requests that may be in flight beside that of a check, once."""
        number = self._waves.numbers.get(name)
        if number is None or number in self._begun:
            return
        self._begun.add(number)
        wave, place = self._waves.requests[number], self._place
        # Not those before it: a worker that replaces another one begins in the middle.
        left = [one for one in wave if place[one] >= place[name] and one not in self._judged]
        self._ahead.send({one: wave[one] for one in left})

    def _before(self, name: str) -> list[str]:
        """Ids of all checks that this one depends on and that were not run yet, in plan order.

        Not recursive: a chain of captures may be longer than Python's recursion limit.
        """
        found: set[str] = set()
        todo = [name]
        while todo:
            check = self._checks[todo.pop()]
            self._needed.update(check.needs)
            others = {*check.after, *check.needs, *check.trusts} - found
            found |= others
            todo += [other for other in others if other not in self._judged]
        # One by one: a difference of sets would go through all that were run, for every check.
        return sorted(
            (other for other in found if other not in self._judged), key=self._place.__getitem__
        )

    def _once(self, name: str) -> CheckResult:
        with self._locks[name]:
            if name not in self._judged:
                self._run(self._checks[name])
            return self._judged[name]

    def _run(self, check: Check) -> None:
        skip = self._reason_to_skip(check)
        ended: BaseException | None = None
        if skip and not self._is_run_all_the_same(check, skip):
            result = CheckResult(skip=skip)
        else:
            result, ended = self._execute(check)
        if skip and result.failure and result.failure.category is not check.stands_alone:
            # One cause is reported once: the target is not well, and the earlier check says so.
            result = CheckResult(skip=skip, exchanges=result.exchanges)
        self._raw[check.id] = result
        self._judged[check.id] = self._judge.judge(check, result)
        if ended is not None:
            raise ended

    def _is_run_all_the_same(self, check: Check, skip: Skip) -> bool:
        """Whether a failure before a check is none of what this one looks for."""
        if not check.stands_alone or not _depends(skip) or skip is check.skip:
            return False
        failed = (self._checks[name] for name in check.after if self._raw[name].failure)
        return all(other.stands_alone is not check.stands_alone for other in failed)

    def _execute(self, check: Check) -> tuple[CheckResult, BaseException | None]:
        """The result of a check, and the exception that ended it from outside, if any."""
        recorder, clock = Recorder(), self._context.target.client.budget.clock
        if check.may_write:
            self.settle()
        ticket = Ticket(self._ahead, check.id)
        context = self._context.recording(recorder, ticket, self._captured(check))
        started = clock()
        ended: BaseException | None = None
        try:
            times = context.settings.repeat if check.repeatable else 1
            result = check.run(context) if times == 1 else run_repeatedly(check.run, context, times)
            if not (result.verified or result.failure or result.skip):
                result = CheckResult(failure=_asserted_nothing(check.id))
        except SmokeError as error:
            result = CheckResult(failure=error.failure, dirty=error.dirty)
        except Exception as error:
            result = CheckResult(failure=internal(check.id, error))
        except BaseException as error:
            # Reported as an interruption, and not run a second time.
            result, ended = CheckResult(failure=interrupted("the check", where=check.id)), error
        self._ahead.go_on()
        duration_s = clock() - started + ticket.overlapped_s
        return _with_evidence(check, result, recorder, duration_s=duration_s), ended

    def _captured(self, check: Check) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for name in check.needs:
            found.update(self._raw[name].captured)
        return found

    def _reason_to_skip(self, check: Check) -> Skip | None:
        if check.skip:
            return check.skip
        if not (check.needs_cleanup and check.needs_cleanup()):
            for name in check.after:
                if self._raw[name].failure:
                    return Skip.not_run(name)
                if _depends(self._raw[name].skip):
                    # One cause is reported once: this skip names the same one.
                    return self._raw[name].skip
        if skip := self._reason_in_its_needs(check):
            return skip
        for name in check.trusts:
            # The judged failure, because the OpenAPI document may be the contract that it breaks.
            failure = self._judged[name].failure
            if failure and failure.violations:
                return Skip.not_run(name)
        return None

    def _reason_in_its_needs(self, check: Check) -> Skip | None:
        nothing_there: Skip | None = None
        for name in check.needs:
            result = self._raw[name]
            if not (result.passed or _nothing_there(result.skip)):
                # A failure explains more than an empty list does.
                return result.skip if _depends(result.skip) else self._not_run(name)
            why = [result.absent[used] for used in check.uses if used in result.absent]
            told = Skip(reason=SkipReason.NOTHING_THERE, text=why[0]) if why else result.skip
            nothing_there = nothing_there or told
        return nothing_there

    def _not_run(self, name: str) -> Skip:
        return Skip.not_run(name, self._how_it_ended(name))

    def _how_it_ended(self, name: str) -> str:
        judged = self._judged[name]
        if judged.skip and judged.skip.reason is SkipReason.NOT_REQUIRED:
            return "failed, which is not required"
        return "failed" if self._raw[name].failure else "was not run"


def _with_evidence(
    check: Check, result: CheckResult, recorder: Recorder, *, duration_s: float
) -> CheckResult:
    """A result with the exchanges, notes and sightings of its recorder."""
    failure, sent = result.failure, recorder.exchanges
    if failure and not (sent or result.exchanges) and failure.category is not Category.BUDGET:
        sent = check.basis()
    left_behind = bool(failure and check.needs_cleanup and check.needs_cleanup())
    return replace(
        result,
        # A failed clean-up leaves the target changed, whatever the failure.
        dirty=result.dirty or left_behind,
        duration_s=result.duration_s + duration_s,
        exchanges=(*result.exchanges, *sent),
        notes=(*result.notes, *recorder.notes),
        sightings=(*result.sightings, *recorder.sightings),
    )


def _depends(skip: Skip | None) -> bool:
    return skip is not None and skip.reason is SkipReason.DEPENDENCY


def _nothing_there(skip: Skip | None) -> bool:
    return skip is not None and skip.reason is SkipReason.NOTHING_THERE


def _asserted_nothing(name: str) -> Failure:
    return Failure(
        category=Category.UNVERIFIED,
        expected="the check to say what it verified",
        seen="nothing",
        where=name,
        hint="the check returned no proof; this is a defect of the suite",
    )


def internal(name: str, error: Exception) -> Failure:
    """The failure of a check, by its id, that raised an unexpected exception."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else "unknown"
    return defect(
        "the check",
        seen=f"{type(error).__name__}: {error}",
        where=f"{name} ({place})",
    )
