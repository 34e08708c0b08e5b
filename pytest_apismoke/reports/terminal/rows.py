"""A row for each API: its state, its stages, and its time. Pure.

The time of an API is the sum of what its checks took, each of which counts for the first API that
shows it: `shared` means that an earlier row has sent all its requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.terminal.folding import NARROW, listed, seconds, wrapped
from pytest_apismoke.reports.terminal.line import DIM, Line, Span, line
from pytest_apismoke.reports.terminal.states import (
    API_MARKUP,
    FAILED,
    FLAKY,
    NOT_RUN,
    OK,
    api_word,
    coloured,
    is_built_in,
    is_own_test,
    short_name,
    word_of,
)
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.outcome import Outcome
from pytest_apismoke.verdict.records import Verdict

#: So many tests of a user's own are named; more are counted.
_NAMED_TESTS = 3
#: So many stages of a suite are named, and so many declared checks that failed.
_NAMED, _NAMED_FAILURES = 16, 4
_SHARED = "shared"
#: The order of the rows: what broke, what could not be told, what is worth a look, the rest.
_ORDER = ("DIRTY", "FAIL", "misconfigured", "inconclusive", NOT_RUN, FLAKY, "pass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An API: its name, its state, what its checks did, and its time, all in words."""

    name: str
    state: str
    told: str
    time: str


def rows_of(verdict: Verdict, causes: Sequence[Cause], *, names_tests: bool = False) -> list[Row]:
    """The rows of a verdict, the failed ones first.

    Args:
        verdict: on the run.
        causes: of its failures; their numbers are shown where there are several.
        names_tests: whether each test of a user's own is named, however many there are.

    """
    numbers = _numbers(causes) if len(causes) > 1 else {}
    checks = _by_api(verdict.checks)
    times = _times(verdict.apis, checks)
    rows = [
        Row(
            name=name,
            state=api_word(api.verdict, checks.get(name, ())),
            told=_told(checks.get(name, ()), numbers, names_tests=names_tests),
            time=times[name],
        )
        for name, api in verdict.apis.items()
    ]
    return sorted(rows, key=lambda row: _ORDER.index(row.state))


def rendered(rows: Sequence[Row], width: int) -> Iterator[Line]:
    """The rows as lines."""
    name_width = max((len(row.name) for row in rows), default=0)
    state_width = max((len(row.state) for row in rows), default=0)
    state_width = max(state_width, len("flaky"))
    idle = [row for row in rows if row.state == NOT_RUN and not row.told]
    if idle:
        for text in wrapped(f"{', '.join(row.name for row in idle)}: {NOT_RUN}", width - 2):
            yield Line((Span("  "), *coloured(text)))
    for row in rows:
        if row in idle:
            continue
        if width < NARROW:
            yield from _narrow(row, width)
        else:
            yield from _wide(row, name_width, state_width, width)


def _wide(row: Row, name_width: int, state_width: int, width: int) -> Iterator[Line]:
    """Columns, with the time at the right edge."""
    indent = name_width + state_width + 6
    edge = width - 2
    room = max(edge - indent - 9, 20)
    for number, text in enumerate(wrapped(row.told, room) or [""]):
        if number:
            yield Line((Span(" " * indent), *coloured(text)))
            continue
        time = row.time.rjust(max(edge - indent - len(text), len(row.time) + 1))
        yield Line(
            (
                Span(f"  {row.name:<{name_width}}  "),
                Span(f"{row.state:<{state_width}}  ", API_MARKUP[row.state]),
                *coloured(text),
                Span(time if row.time else "", DIM),
            )
        )


def _narrow(row: Row, width: int) -> Iterator[Line]:
    state, time = Span(row.state, API_MARKUP[row.state]), f" {row.time}" if row.time else ""
    yield line(f"  {row.name} ", state, Span(time, DIM))
    for text in wrapped(row.told, width - 4):
        yield Line((Span("    "), *coloured(text)))


# -- what the checks of an API did -----------------------------------------------------------------


def _by_api(checks: Iterable[Outcome]) -> dict[str, tuple[Outcome, ...]]:
    found: dict[str, list[Outcome]] = {}
    for check in checks:
        found.setdefault(check.api, []).append(check)
    return {name: tuple(several) for name, several in found.items()}


def _numbers(causes: Iterable[Cause]) -> dict[str, int]:
    """The number of its cause for each check that failed or was not run because of it."""
    return {
        check.name: cause.number for cause in causes for check in (*cause.checks, *cause.not_run)
    }


def _told(checks: Sequence[Outcome], numbers: Mapping[str, int], *, names_tests: bool) -> str:
    stages = [check for check in checks if is_built_in(check)]
    if len(stages) > _NAMED:
        stages = []
    named = {id(check) for check in stages}
    others = [check for check in checks if id(check) not in named and not is_own_test(check)]
    tests = [check for check in checks if is_own_test(check)]
    phrases = [
        *_in_sequence(stages, numbers),
        *_counted(others, "check", numbers),
        *_of_tests(tests, numbers, names_tests=names_tests),
    ]
    return ", ".join(phrases)


def _in_sequence(stages: Sequence[Outcome], numbers: Mapping[str, int]) -> Iterator[str]:
    """The stages of a suite in their order; neighbours with the same result are told together."""
    all_are_well = all(word_of(one) == OK for one in stages)
    for (word, number), group in groupby(
        stages, key=lambda one: (word_of(one), numbers.get(one.name))
    ):
        several = list(group)
        names = ", ".join(one.stage for one in several)
        mark = f" ({number})" if number else ""
        if word == OK:
            yield names if all_are_well else f"{names} {OK}"
        elif word == NOT_RUN and len(several) > 1:
            yield f"{len(several)} {word}{mark}"
        else:
            yield from (f"{one.stage} {word}{mark}" for one in several)


def _counted(checks: Sequence[Outcome], noun: str, numbers: Mapping[str, int]) -> Iterator[str]:
    """Checks that are only named if they failed."""
    by_word: dict[str, list[Outcome]] = {}
    for check in checks:
        by_word.setdefault(word_of(check), []).append(check)
    failed = by_word.pop(FAILED, [])
    if failed:
        yield listed((_marked(one, FAILED, numbers) for one in failed), _NAMED_FAILURES)
    flaky = len(by_word.get(FLAKY, []))
    passed = len(by_word.pop(OK, [])) + len(by_word.pop(FLAKY, []))
    is_all = not (failed or by_word)
    if passed:
        yield f"{passed} {noun}{'' if passed == 1 else 's'}" if is_all else f"{passed} {OK}"
    if flaky:
        yield f"{flaky} needed a second try"
    for word, several in by_word.items():
        marks = {numbers.get(one.name) for one in several} - {None}
        mark = f" ({', '.join(map(str, sorted(filter(None, marks))))})" if marks else ""
        yield f"{len(several)} {word}{mark}"


def _of_tests(
    tests: Sequence[Outcome], numbers: Mapping[str, int], *, names_tests: bool
) -> Iterator[str]:
    """The tests of users by their names, if there are few."""
    if len(tests) > _NAMED_TESTS and not names_tests:
        yield from _counted(tests, "test", numbers)
        return
    if any(word_of(one) == FAILED for one in tests) and not names_tests:
        yield from _counted(tests, "test", numbers)
        return
    for test in tests:
        word = word_of(test)
        yield short_name(test) if word == OK else _marked(test, word, numbers)


def _marked(check: Outcome, word: str, numbers: Mapping[str, int]) -> str:
    number = numbers.get(check.name)
    return f"{short_name(check)} {word}{f' ({number})' if number else ''}"


# -- times -----------------------------------------------------------------------------------------


def _times(apis: Iterable[str], checks: Mapping[str, Sequence[Outcome]]) -> dict[str, str]:
    """The time of each API in words; empty where it has sent nothing."""
    seen: set[object] = set()
    found: dict[str, str] = {}
    for api in apis:
        of_api = checks.get(api, ())
        took_s = own_time_s(of_api, seen)
        is_shared = any(check.exchanges for check in of_api)
        found[api] = (_SHARED if is_shared else "") if took_s is None else seconds(took_s)
    return found


def own_time_s(checks: Iterable[Outcome], seen: set[object]) -> float | None:
    """How long some checks took, in seconds; None where all their requests were seen before.

    Args:
        checks: of an API.
        seen: the requests of earlier APIs, to which those of the checks are added.

    """
    took_s, has_sent = 0.0, False
    for check in checks:
        sent = _sent_by(check)
        if sent and sent <= seen:
            continue
        took_s += check.duration_s
        has_sent = has_sent or bool(sent)
        seen |= sent
    return took_s if has_sent else None


def _sent_by(check: Outcome) -> set[object]:
    """What tells the requests of a check from others, without their texts.

    Those are redacted when they are read. One whose beginning is unknown is told by its stage.
    """
    return {
        (one.method, one.status, one.duration_s, one.started_s or check.stage)
        for one in check.exchanges
    }
