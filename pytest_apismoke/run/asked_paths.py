"""Whether a path of a run gave it a test that ran. Pure.

A path that was asked for and gives nothing is a mistake that nobody would see: a renamed file, a
marker that was forgotten, a library that is not installed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pytest_apismoke.configuration.reading import GivenPath
from pytest_apismoke.errors import Failure
from pytest_apismoke.hooks.asked import Collected, Kind
from pytest_apismoke.verdict.outcome import Outcome, Result

#: The most names in one message.
_FEW = 3
#: The kinds of tests that other runs with the same configuration run.
_OF_OTHER_RUNS = (Kind.OF_FULL_RUNS, Kind.OF_ANOTHER_API)
#: The kinds that are a reason of its own where a path gives nothing else, in this order.
_REASONS = {
    Kind.UNMARKED: "without a marker of the gate",
    Kind.OF_FULL_RUNS: "of full runs only",
    Kind.OF_ANOTHER_API: "of APIs that this run does not check",
}


def failure_of(
    given: GivenPath, collected: Sequence[Collected], skipped: Mapping[str, str]
) -> Failure | None:
    """The failure of a path that gave this run no test that ran; None if it gave one.

    What is told already explains it: a test without a result, or that was not run because of a
    failure, and a file that can't be collected. A path of every run may rightly have nothing but
    tests of full runs, or of an API that this run does not check.

    Args:
        given: the path.
        collected: what lies below it.
        skipped: the tests of the run that did nothing but skip, see `skips_of`.

    """
    from pytest_apismoke.verdict import run_failures

    kinds = {one.kind for one in collected}
    wanted = [one.name for one in collected if one.kind is Kind.WANTED]
    if Kind.FAILED in kinds:
        return None
    if wanted:
        if not all(name in skipped for name in wanted):
            return None
        seen = f"only {_skipped({name: skipped[name] for name in sorted(wanted)})}"
        return run_failures.path_without_tests(given.path, seen, where=given.where)
    if given.is_of_every_run and not kinds.isdisjoint(_OF_OTHER_RUNS):
        return None
    seen = "; ".join(_reasons(collected)) or "none"
    return run_failures.path_without_tests(given.path, seen, where=given.where)


def skipped_tests(outcomes: Iterable[Outcome], tests: Iterable[str]) -> Iterator[str]:
    """The tests of users that skipped themselves, as one phrase, if there are any."""
    skipped = skips_of(outcomes)
    if skips := {name: skipped[name] for name in sorted(set(tests)) if name in skipped}:
        yield _skipped(skips)


def skips_of(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """The reasons of the tests that did nothing but skip, by their names."""
    found, ran = dict[str, str](), set[str]()
    for outcome in outcomes:
        if outcome.outcome is Result.SKIPPED and not outcome.because_of:
            found[outcome.name] = outcome.detail
        else:
            ran.add(outcome.name)
    return {name: reason for name, reason in found.items() if name not in ran}


def _skipped(skips: Mapping[str, str]) -> str:
    """Tests that were skipped, in words."""
    few = [f"{name} ({reason})" for name, reason in list(skips.items())[:_FEW]]
    more = f" and {len(skips) - _FEW} more" if len(skips) > _FEW else ""
    what = "a test that was skipped" if len(skips) == 1 else "tests that were skipped"
    return f"{what}: {', '.join(few)}{more}"


def _reasons(collected: Sequence[Collected]) -> Iterator[str]:
    for kind, words in _REASONS.items():
        if number := sum(one.kind is kind for one in collected):
            yield f"{number} {words}"
    for one in collected:
        if one.kind is Kind.SKIPPED:
            yield f"{one.name}, which skips itself ({one.detail})"
