"""What broke: failures that share one cause, told once, and the one-line reason of a run. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pytest_apismoke.errors import TARGET_CATEGORIES, Category
from pytest_apismoke.evidence import Exchange, exchange_at
from pytest_apismoke.records import dataclass
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.exit_rule import exit_code_in_words
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason
from pytest_apismoke.verdict.reasons import reason
from pytest_apismoke.verdict.records import Verdict
from pytest_apismoke.verdict.subjects import own_test_name

_STAGES = tuple(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One cause of failures.

    Attributes:
        number: from 1, in the order in which causes are told: the earliest stage first.
        checks: the failing outcomes that share it; the first has the evidence.
        not_run: the outcomes of checks that were not run because of it.

    """

    number: int
    checks: tuple[Outcome, ...]
    not_run: tuple[Outcome, ...] = ()

    @property
    def first(self) -> Outcome:
        """The outcome that has the evidence."""
        return self.checks[0]

    @property
    def exchange(self) -> Exchange | None:
        """The request that shows it, if one was sent."""
        return exchange_at(self.first.exchanges, self.first.where)

    @property
    def summary(self) -> str:
        """The reason in a few words, such as `GET /api/business/me answers 500`."""
        return reason(self.first)


#: Which causes lead to a judgement by themselves.
_EXPLAINS: Mapping[Judgement, Callable[[Cause], bool]] = {
    Judgement.DIRTY: lambda cause: any(check.dirty for check in cause.checks),
    Judgement.FAIL: lambda cause: cause.first.category in TARGET_CATEGORIES,
    Judgement.MISCONFIGURED: lambda cause: cause.first.category is Category.USAGE,
    Judgement.INCONCLUSIVE: lambda cause: cause.first.category not in TARGET_CATEGORIES,
    Judgement.PASS: lambda _: True,
}


def causes_of(checks: Sequence[Outcome]) -> tuple[Cause, ...]:
    """The causes of the failures among some outcomes, the earliest stage first."""
    groups: dict[tuple[object, ...], list[Outcome]] = {}
    for check in checks:
        if check.outcome.is_failure:
            # Not by category: the same evidence breaks another stage in each API. But what is the
            # target's fault stays apart from what is not.
            is_targets = check.category in TARGET_CATEGORIES
            cause = (is_targets, check.expected, check.seen, check.where, _request_of_test(check))
            groups.setdefault(cause, []).append(check)
    earliest_first = (sorted(group, key=_rank) for group in groups.values())
    ordered = sorted(earliest_first, key=lambda group: _rank(group[0]))
    causes_by_check = {check.name: group[0].name for group in ordered for check in group}
    not_run: dict[str, list[Outcome]] = {}
    by_name = {check.name: check for check in checks}
    for check in checks:
        if check.skip_reason is SkipReason.DEPENDENCY:
            root = causes_by_check.get(_root(check, by_name))
            if root is not None:
                not_run.setdefault(root, []).append(check)
    return tuple(
        Cause(number=number, checks=tuple(group), not_run=tuple(not_run.get(group[0].name, ())))
        for number, group in enumerate(ordered, start=1)
    )


def summary_of(verdict: Verdict) -> str:
    """The one-line reason of a run, without the word of its verdict."""
    causes = causes_of(verdict.checks)
    if verdict.verdict is Judgement.PASS or not causes:
        return f"{what_was_checked(verdict)}, everything required was verified"
    more = len(causes) - 1
    rest = f", and {more} more cause{'' if more == 1 else 's'}" if more else ""
    return f"{telling(verdict, causes).summary}{rest}"


def what_was_checked(verdict: Verdict) -> str:
    """How many checks have a result, and of how many APIs, such as `22 checks of 6 APIs`."""
    count = sum(check.outcome is not Result.SKIPPED for check in verdict.checks)
    apis = len(verdict.apis)
    return f"{count} check{'' if count == 1 else 's'} of {apis} API{'' if apis == 1 else 's'}"


def telling(verdict: Verdict, causes: Sequence[Cause]) -> Cause:
    """The cause that explains the verdict: the first of those that by themselves would be it."""
    wanted = _EXPLAINS[verdict.verdict]
    interrupted = (one for one in causes if one.first.category is Category.INTERRUPTED)
    if verdict.verdict is Judgement.INCONCLUSIVE and (found := next(interrupted, None)):
        return found
    return next((one for one in causes if wanted(one)), causes[0])


def headline_of(verdict: Verdict) -> str:
    """The first line everywhere: the word of the verdict, and the reason."""
    return f"{word_of_verdict(verdict)}: {summary_of(verdict)}"


def word_of_verdict(verdict: Verdict) -> str:
    """The word of the verdict; in a rehearsal with the exit code that it does without."""
    word = verdict.verdict.value.upper()
    if not verdict.is_rehearsal:
        return word
    if verdict.verdict is Judgement.PASS:
        return f"{word} (rehearsal)"
    return f"{word} (rehearsal, exit code {exit_code_in_words(verdict)})"


def _rank(check: Outcome) -> int:
    return _STAGES.index(check.category) if check.category else len(_STAGES)


def _request_of_test(check: Outcome) -> str:
    """The request of a user's test, whose place is a line that many tests may share."""
    exchange = exchange_at(check.exchanges, check.where) if own_test_name(check) else None
    return f"{exchange.method} {exchange.url}" if exchange else ""


def _root(check: Outcome, by_name: Mapping[str, Outcome]) -> str:
    """The name of the failing check at the end of a chain of checks that were not run."""
    passed_by: set[str] = set()
    name = check.because_of
    while name not in passed_by:
        passed_by.add(name)
        cause = by_name.get(name)
        if cause is None or cause.skip_reason is not SkipReason.DEPENDENCY:
            break
        name = cause.because_of
    return name
