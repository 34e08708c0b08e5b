"""What may be sent before its check begins, and from when on."""

from __future__ import annotations

from dataclasses import replace

from pytest_apismoke.checks.model import Check, CheckResult, Skip
from pytest_apismoke.checks.waves import waves_of
from pytest_apismoke.http.ahead_request import AheadRequest
from pytest_apismoke.http.request import Request

READ = AheadRequest(request=Request(method="GET", path="/orders"))


def check(name: str) -> Check:
    return Check(id=name, api="demo", stage=name, run=lambda _: CheckResult(verified="it holds"))


def reads(name: str) -> Check:
    return replace(check(name), ahead=READ)


def writes(name: str) -> Check:
    return replace(check(name), may_write=True)


def told(*checks: Check, tests: tuple[str, ...] = ()) -> list[dict[str, AheadRequest]]:
    """The requests of each wave in which there are any; `tests` are users' own, at the end."""
    by_id = {one.id: one for one in checks}
    waves = waves_of([*by_id, *tests], by_id)
    return [dict(wave) for wave in waves.requests if wave]


def test_what_only_reads_is_sent_at_once() -> None:
    assert told(reads("one"), check("two"), reads("three")) == [{"one": READ, "three": READ}]


def test_what_writes_divides_a_run_also_where_nothing_reads_before_it() -> None:
    checks = [check("one"), writes("two"), check("three"), reads("four")]
    by_id = {one.id: one for one in checks}

    waves = waves_of(by_id, by_id)

    assert waves.numbers == {"one": 0, "two": 0, "three": 1, "four": 1}
    assert [list(wave) for wave in waves.requests] == [[], ["four"]]


def test_a_test_of_a_user_may_write_too() -> None:
    by_id = {one.id: one for one in (reads("one"), reads("two"))}
    waves = waves_of(["one", "tests/test_own.py::test_it", "two"], by_id)
    assert [list(wave) for wave in waves.requests] == [["one"], ["two"]]


def test_what_depends_on_another_check_or_is_skipped_is_not_sent_ahead() -> None:
    after, needs = (replace(reads(name), after=("one",)) for name in ("two", "three"))
    skipped = replace(reads("four"), skip=Skip.not_run("another"))
    assert told(check("one"), after, replace(needs, after=(), needs=("one",)), skipped) == []
