"""Runs a safe check several times, each over a connection of its own: one bad answer is enough.

Behind one address there may be several instances, of which one is broken. A check that is sent once
meets that one by chance; sent N times, each time over a fresh connection, much more likely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pytest_apismoke.checks.model import CheckContext, CheckResult
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.retry import TOO_MANY
from pytest_apismoke.records import dataclass

Run = Callable[[CheckContext], CheckResult]
#: The earliest stage that broke decides the exit code: the categories are listed in that order.
_ORDER = list(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """One of several runs of a check, with what it sent."""

    result: CheckResult
    exchanges: tuple[Exchange, ...]
    notes: tuple[str, ...]

    @property
    def is_unanswered(self) -> bool:
        """Whether the target refused to be asked so often, which says nothing about an instance."""
        last = self.exchanges[-1:]
        return bool(self.result.failure and last and last[0].status == TOO_MANY)


def run_repeatedly(run: Run, context: CheckContext, times: int) -> CheckResult:
    """Runs a check several times side by side; the result is a failure if one of them failed.

    Args:
        run: the check.
        context: of the check; nothing is added to its recorder.
        times: how often.

    """
    # What is recorded comes with the result, in an order that shows the bad answer.
    client = context.target.client.recording(Recorder())

    def job(recorder: Recorder) -> _Ended:
        mine = context.recording(recorder)
        mine = replace(mine, target=mine.target.strictly())
        try:
            result = run(mine)
        except SmokeError as error:
            result = CheckResult(failure=error.failure, dirty=error.dirty)
        return _Ended(result=result, exchanges=recorder.exchanges, notes=recorder.notes)

    return _combined(client.together([job] * times))


def _combined(ended: Sequence[_Ended]) -> CheckResult:
    counted = [one for one in ended if not one.is_unanswered] or list(ended)
    bad = sorted((one for one in counted if one.result.failure), key=_stage)
    chosen = bad[0] if bad else counted[0]
    notes = [note for one in ended for note in (*one.result.notes, *one.notes)]
    if len(counted) < len(ended):
        notes.append(
            f"asked {len(ended)} times, and {len(ended) - len(counted)} of them refused with"
            f" {TOO_MANY}: those say nothing"
        )
    sent = [exchange for one in ended if one is not chosen for exchange in one.exchanges]
    # A response that breaks the OpenAPI document is told by the judge, with the last such request.
    exchanges = sorted([*sent, *chosen.exchanges], key=_breaks_its_contract)
    result = replace(
        chosen.result,
        exchanges=tuple(exchanges),
        notes=tuple(dict.fromkeys(notes)),
        dirty=any(one.result.dirty for one in ended),
        repeats=len(counted),
    )
    if result.failure:
        return replace(result, failure=result.failure.in_share(len(bad), len(counted)))
    if result.verified:
        times = f"{len(counted)} times over fresh connections"
        return replace(result, verified=f"{result.verified}, {times}")
    return result


def _stage(ended: _Ended) -> int:
    failure = ended.result.failure
    return _ORDER.index(failure.category) if failure else len(_ORDER)


def _breaks_its_contract(exchange: Exchange) -> bool:
    return exchange.held is not None and bool(exchange.held.violations)


def in_each_document(run: Run, context: CheckContext) -> CheckResult:
    """Judges the settings as each read of the preflight's round shows them.

    Args:
        run: a check that judges the document, and sends nothing.
        context: of the check.

    Raises:
        SmokeError: as the check, with the number of reads that it is about.

    """
    fetch = context.preflight.fetch
    round_ = fetch.round or ((fetch.response,) if fetch.response else ())
    by_body: dict[bytes, list[Response]] = {}
    for response in round_:
        by_body.setdefault(response.body, []).append(response)
    if len(by_body) < 2:
        return run(context)
    found: list[tuple[SmokeError, int]] = []
    passed: list[CheckResult] = []
    for same in by_body.values():
        one = replace(fetch, response=same[-1], round=tuple(same))
        try:
            passed.append(run(replace(context, preflight=replace(context.preflight, fetch=one))))
        except SmokeError as error:
            found.append((error, len(same)))
    if found:
        worst = min((error for error, _ in found), key=lambda e: _ORDER.index(e.failure.category))
        bad = sum(number for _, number in found)
        raise SmokeError(worst.failure.in_share(bad, len(round_)), dirty=worst.dirty)
    return passed[-1]
