"""The checks: as the tracks of their APIs, and as a table with its filter. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from pytest_apismoke.evidence import sent_again
from pytest_apismoke.reports.html.figures import counted, times, took
from pytest_apismoke.reports.html.names import api_name, name_of
from pytest_apismoke.reports.html.sent import identity_of
from pytest_apismoke.reports.html.view import (
    ApiRow,
    Bars,
    CheckGroup,
    CheckRow,
    Checks,
    Chip,
    Filter,
    State,
    Step,
)
from pytest_apismoke.reports.html.waterfall import WIDTH
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.exit_codes import API_CODES, Judgement
from pytest_apismoke.verdict.judgement import RUN, USER_TESTS
from pytest_apismoke.verdict.outcome import Outcome, SkipReason
from pytest_apismoke.verdict.records import ApiVerdict, Verdict
from pytest_apismoke.verdict.states import CheckState, state_of

#: An API with more checks has a bar for each of them instead of its name.
NAMED = 12
#: A table with more checks of a pass starts closed.
OPEN = 50
_TALLEST, _BASE = 26, 28
#: The APIs whose checks are stages, one after the other.
_CHAINS = frozenset(API_CODES)
#: Stands for the time of a check whose requests were sent for another one.
_SHARED = "shared"
_WORST_FIRST = (State.BAD, State.IDLE, State.FLAKY, State.OK)
#: The choices of the filter: the name of each, and the states that it shows.
_CHOICES = (
    ("bad", (CheckState.FAILED,)),
    ("idle", (CheckState.NOT_RUN, CheckState.SKIPPED)),
    ("flaky", (CheckState.FLAKY,)),
    ("ok", (CheckState.PASSED, CheckState.FLAKY)),
)
#: How each state looks.
_LOOKS = {
    CheckState.PASSED: State.OK,
    CheckState.FLAKY: State.FLAKY,
    CheckState.FAILED: State.BAD,
    CheckState.NOT_REQUIRED: State.LAX,
    CheckState.SKIPPED: State.IDLE,
    CheckState.NOT_RUN: State.IDLE,
}
#: The words that are fuller here, or louder, than elsewhere.
_WORDS = {CheckState.FLAKY: "passed, flaky", CheckState.FAILED: "FAILED"}


def look_of(check: Outcome) -> State:
    """How a check looks: its icon and its colour."""
    return _LOOKS[state_of(check)]


def word_of(check: Outcome) -> str:
    """The outcome in a word."""
    state = state_of(check)
    return _WORDS.get(state, state.value)


def causes_by_check(causes: Sequence[Cause]) -> dict[str, int]:
    """The number of the cause of each check that failed or was not run, by its name."""
    return {
        check.name: cause.number for cause in causes for check in (*cause.not_run, *cause.checks)
    }


def shared_checks(checks: Sequence[Outcome]) -> frozenset[str]:
    """The names of the checks whose requests were all sent for a check before them."""
    seen = set[object]()
    shared = set[str]()
    for check in checks:
        own = {identity_of(exchange) for exchange in check.exchanges}
        if own and own <= seen:
            shared.add(check.name)
        seen |= own
    return frozenset(shared)


# -- the APIs -------------------------------------------------------------------------------------


def api_rows(verdict: Verdict) -> tuple[tuple[ApiRow, ...], str]:
    """Each API with its checks; and how long the slowest took that has a bar, else nothing."""
    by_api: dict[str, list[Outcome]] = {}
    for check in verdict.checks:
        by_api.setdefault(check.api, []).append(check)
    shared = shared_checks(verdict.checks)
    many = [
        check.duration_s
        for api in verdict.apis
        for check in by_api.get(api, [])
        if len(by_api[api]) > NAMED
    ]
    longest_s = max(many, default=0.0)
    rows = (
        _api_row(name, api, by_api.get(name, []), longest_s, shared)
        for name, api in verdict.apis.items()
    )
    return tuple(sorted(rows, key=by_state)), took(longest_s) if many else ""


def by_state(one: ApiRow | Chip) -> int:
    """The place of an API among others: what broke comes first."""
    return _WORST_FIRST.index(one.state)


def _api_row(
    name: str,
    api: ApiVerdict,
    checks: Sequence[Outcome],
    longest_s: float,
    shared: Collection[str],
) -> ApiRow:
    state = api_state(api, checks)
    word = api_word(api, checks)
    is_long = len(checks) > NAMED
    return ApiRow(
        name=name,
        word=word,
        state=state,
        is_chain=name in _CHAINS,
        steps=() if is_long else tuple(_steps(checks)),
        bars=_bars(checks, longest_s) if is_long else None,
        took=_in_all(name, checks, shared),
    )


def _in_all(name: str, checks: Sequence[Outcome], shared: Collection[str]) -> str:
    """How long the checks of an API took, or how many they are."""
    if len(checks) > NAMED:
        return counted(len(checks), "test" if name == USER_TESTS else "check")
    if not any(check.exchanges or check.duration_s for check in checks):
        return ""
    own = took(sum(check.duration_s for check in checks if check.name not in shared))
    is_shared = any(check.name in shared for check in checks)
    return _SHARED if is_shared and own == took(0) else own


def api_state(api: ApiVerdict, checks: Sequence[Outcome]) -> State:
    """The state of an API."""
    if api.verdict is Judgement.PASS:
        return State.FLAKY if any(check.flaky for check in checks) else State.OK
    return State.BAD if api.verdict in (Judgement.FAIL, Judgement.DIRTY) else State.IDLE


def api_word(api: ApiVerdict, checks: Sequence[Outcome]) -> str:
    """The verdict on an API in a word: in capitals unless it passed."""
    if api.verdict is Judgement.PASS:
        return "pass, flaky" if any(check.flaky for check in checks) else "pass"
    return str(api.verdict).upper()


def _steps(checks: Sequence[Outcome]) -> Iterator[Step]:
    for index, check in enumerate(checks):
        following = checks[index + 1] if index + 1 < len(checks) else None
        state = look_of(check)
        words = [name_of(check, with_api=False)]
        if state is State.BAD:
            words.append("FAILED")
        text = " ".join(words)
        if state is State.FLAKY:
            text += ", asked again"
        elif state is State.LAX:
            text += ", failed, not required"
        is_cut = following is not None and following.skip_reason is SkipReason.DEPENDENCY
        yield Step(
            text=text,
            state=state,
            unseen=word_of(check) if state is State.IDLE else "",
            is_cut=is_cut and (index == 0 or state is not State.IDLE),
        )


def _bars(checks: Sequence[Outcome], longest_s: float) -> Bars:
    pitch = WIDTH / max(len(checks), 1)
    paths: dict[State, list[str]] = {}
    for index, check in enumerate(checks):
        height = 3 + round(_TALLEST * math.sqrt(check.duration_s / longest_s)) if longest_s else 3
        middle = round((index + 0.5) * pitch, 1)
        state = State.OK if look_of(check) is State.LAX else look_of(check)
        top = _BASE - min(height, _TALLEST)
        paths.setdefault(state, []).append(f"M{middle:g} {_BASE}V{top}")
    slowest = max(checks, key=lambda check: check.duration_s)
    return Bars(
        **{state.value: "".join(paths.get(state, ())) for state in _DRAWN},
        thickness=max(1, math.floor(pitch * 0.7)),
        sentence=f"{counted(len(checks), 'check')}; the slowest,"
        f" {name_of(slowest, with_api=False)}, took {took(slowest.duration_s)}",
    )


_DRAWN = (State.OK, State.BAD, State.IDLE, State.FLAKY)


# -- the table ------------------------------------------------------------------------------------


def checks_view(verdict: Verdict, causes: Sequence[Cause]) -> Checks | None:
    """All checks by their API, with the filter; None where only the run itself has failed."""
    if all(check.api == RUN for check in verdict.checks):
        return None
    numbers = causes_by_check(causes)
    shared = shared_checks(verdict.checks)
    groups: dict[str, list[Outcome]] = {}
    for check in verdict.checks:
        groups.setdefault(check.api, []).append(check)
    states = [state_of(check) for check in verdict.checks]
    return Checks(
        count=len(verdict.checks),
        lead=_lead(states, len(causes)),
        is_closed=verdict.verdict is Judgement.PASS and len(states) > OPEN,
        filters=tuple(_filters(states)),
        groups=tuple(
            CheckGroup(
                api=api_name(api),
                counts=_counts([state_of(check) for check in checks]),
                rows=tuple(_row(check, numbers, shared) for check in checks),
            )
            for api, checks in groups.items()
        ),
    )


def _row(check: Outcome, numbers: Mapping[str, int], shared: Collection[str]) -> CheckRow:
    has_time = bool(check.exchanges or check.duration_s)
    own = took(check.duration_s) if has_time else ""
    return CheckRow(
        name=name_of(check, with_api=False) if check.api != USER_TESTS else check.name,
        note=_note(check),
        outcome=word_of(check),
        took=_SHARED if check.name in shared else own,
        state=look_of(check),
        cause=numbers.get(check.name),
    )


def _note(check: Outcome) -> str:
    if check.flaky:
        again = sent_again(check.exchanges)
        first = check.exchanges[check.exchanges.index(again[0]) - 1]
        said = first.error or f"{first.method} answered {first.status}"
        return f"{said}; asked again {times(len(again))}"
    is_told = check.skip_reason not in (None, SkipReason.DEPENDENCY)
    return check.detail if is_told else ""


def _lead(states: Sequence[CheckState], causes: int) -> str:
    """How many checks came to what: '22 checks: 10 passed, 4 failed of 2 causes, 8 not run.'"""
    told = counted(len(states), "check")
    flaky, failed = states.count(CheckState.FLAKY), states.count(CheckState.FAILED)
    passed = states.count(CheckState.PASSED) + flaky
    parts = ["all passed" if passed == len(states) else f"{passed} passed"]
    if flaky:
        parts.append(f"{flaky} of them flaky")
    if failed:
        parts.append(f"{failed} failed of {counted(causes, 'cause')}")
    if lax := states.count(CheckState.NOT_REQUIRED):
        parts.append(f"{lax} failed and not required")
    for state in (CheckState.SKIPPED, CheckState.NOT_RUN):
        if count := states.count(state):
            parts.append(f"{count} {state}")
    return f"{told}: {', '.join(parts)}."


def _counts(states: Sequence[CheckState]) -> str:
    flaky = states.count(CheckState.FLAKY)
    told = [(states.count(CheckState.PASSED) + flaky, "passed"), (flaky, "of them flaky")]
    others = [one for one in CheckState if one not in (CheckState.PASSED, CheckState.FLAKY)]
    told += [(states.count(one), one.value) for one in others]
    return ", ".join(f"{count} {words}" for count, words in told if count)


def _filters(states: Sequence[CheckState]) -> Iterator[Filter]:
    yield Filter("all", "all", len(states))
    for name, of in _CHOICES:
        if count := sum(state in of for state in states):
            text = "passed" if name == "ok" else " or ".join(str(o) for o in of if o in states)
            yield Filter(name, text, count)
