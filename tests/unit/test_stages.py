"""A suite's stages: in order, each once, and cleaned up after whatever happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_apismoke.checks.stages import Chain, Proof, Stage, StageResult, Suite

from pytest_apismoke.configuration.settings import Settings, resolve
from pytest_apismoke.configuration.sources import RawSettings
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.evidence import Exchange, Outcome, Result
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.verdict.judgement import Planned

if TYPE_CHECKING:
    from unit.conftest import FakeClock

BROKEN = Failure(category=Category.SAVE, expected="a", seen="b", where="c", hint="d")
NOT_RUN = "not run: demo::one failed"


@dataclass
class Checks:
    """Keeps what ran, and whether something is left to clean up."""

    ran: list[str] = field(default_factory=list)
    dirty: bool = False
    sent: list[Exchange] = field(default_factory=list)
    judged: list[Exchange] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def needs_cleanup(self) -> bool:
        return self.dirty

    def exchanges(self) -> list[Exchange]:
        return self.sent

    def basis(self) -> tuple[Exchange, ...]:
        return tuple(self.judged)

    def remarks(self) -> list[str]:
        return self.said


def settings_of(*, smoke: bool = True, read_only: bool = False, token: bool = False) -> Settings:
    login = {"APISMOKE_USERNAME": "me", "APISMOKE_PASSWORD": "pass"}
    return resolve(
        RawSettings(
            options={
                "--smoke": smoke,
                "--target-url": "https://api.example.com",
                "--smoke-read-only": read_only,
            },
            environ={"APISMOKE_TOKEN": "given-token"} if token else login,
            ini={},
            directory=Path(),
        )
    )


def does(name: str, result: object = None, *, leaves: bool | None = None) -> Callable[[Any], Proof]:
    """What a stage does: it is noted, and then proves, or raises what it was given."""

    def run(checks: Checks) -> Any:
        checks.ran.append(name)
        if leaves is not None:
            checks.dirty = leaves
        if isinstance(result, BaseException):
            raise result
        return Proof(verified=f"{name} holds") if result is None else result

    return run


def stage(name: str, result: object = None, *, leaves: bool | None = None, **kind: bool) -> Stage:
    return Stage(name=name, run=does(name, result, leaves=leaves), **kind)


@pytest.fixture
def chain_of(clock: FakeClock) -> Callable[..., tuple[Chain, Checks]]:
    def make(*stages: Stage, settings: Settings | None = None) -> tuple[Chain, Checks]:
        checks = Checks()
        suite = Suite(api="demo", stages=stages, checks=lambda _: checks)
        return Chain(suite, checks, settings or settings_of(), clock=clock), checks

    return make


ChainOf = Callable[..., tuple[Chain, Checks]]


def returns_nothing(checks: Checks) -> Any:
    checks.ran.append("nothing")


# -- order ------------------------------------------------------------------------------------


def test_asking_for_a_stage_runs_those_before_it_first(chain_of: ChainOf) -> None:
    chain, checks = chain_of(stage("one"), stage("two"), stage("three"))

    results = [chain.result(name).proof for name in ("two", "one", "two")]

    assert results == [Proof(verified=f"{n} holds") for n in ("two", "one", "two")]
    assert checks.ran == ["one", "two"]


def test_asking_again_gives_the_same_result_and_asks_the_target_nothing(chain_of: ChainOf) -> None:
    chain, checks = chain_of(stage("one", SmokeError(BROKEN)))
    first = chain.result("one")
    assert chain.result("one") is first
    assert checks.ran == ["one"]


def test_after_a_failure_the_rest_is_not_run_and_says_why(chain_of: ChainOf) -> None:
    chain, checks = chain_of(stage("one", SmokeError(BROKEN)), stage("two"), stage("three"))

    assert [chain.result(name) for name in ("three", "two")] == [StageResult(skipped=NOT_RUN)] * 2
    assert chain.result("one") == StageResult(failure=BROKEN)
    assert checks.ran == ["one"]


def test_a_failure_that_left_the_target_changed_stays_dirty(chain_of: ChainOf) -> None:
    chain, _ = chain_of(stage("one", SmokeError(BROKEN, dirty=True)))
    assert chain.result("one") == StageResult(failure=BROKEN, dirty=True)


def test_a_skipped_stage_does_not_stop_the_next(chain_of: ChainOf) -> None:
    chain, checks = chain_of(
        stage("one", logs_in=True), stage("two"), settings=settings_of(token=True)
    )
    assert chain.result("two").proof == Proof(verified="two holds")
    assert checks.ran == ["two"]


# -- what is wanted ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "kind", "reason"),
    [
        (
            settings_of(read_only=True),
            {"writes": True},
            "read-only run: nothing was written, so persistence was not verified",
        ),
        (
            settings_of(token=True),
            {"logs_in": True},
            "APISMOKE_TOKEN is given: the login was not tried",
        ),
        (settings_of(), {"writes": True, "logs_in": True}, ""),
        (settings_of(read_only=True, token=True), {}, ""),
    ],
)
def test_a_run_leaves_out_what_it_was_told_not_to_do(
    settings: Settings, kind: dict[str, bool], reason: str, chain_of: ChainOf
) -> None:
    chain, checks = chain_of(stage("one", **kind), settings=settings)

    result = chain.result("one")

    assert (result.skipped, checks.ran) == (reason, [] if reason else ["one"])


@pytest.mark.parametrize(
    ("settings", "names"),
    [(settings_of(smoke=True), ["one"]), (settings_of(smoke=False), ["one", "two"])],
)
def test_deep_stages_belong_to_full_runs(settings: Settings, names: list[str]) -> None:
    suite = Suite(
        api="demo", stages=(stage("one"), stage("two", full_only=True)), checks=lambda _: Checks()
    )
    assert [chosen.name for chosen in suite.chosen(settings)] == names


def test_the_plan_requires_what_the_run_wants() -> None:
    suite = Suite(
        api="demo", stages=(stage("one"), stage("two", writes=True)), checks=lambda _: Checks()
    )
    assert suite.plan(settings_of(read_only=True)) == (
        Planned(api="demo", stage="one", name="demo::one", required=True),
        Planned(api="demo", stage="two", name="demo::two", required=False),
    )


# -- cleaning up ------------------------------------------------------------------------------


def test_cleaning_up_runs_after_a_failure_when_there_is_something_to_clean_up(
    chain_of: ChainOf,
) -> None:
    chain, checks = chain_of(
        stage("one", SmokeError(BROKEN), leaves=True),
        stage("two"),
        stage("restore", leaves=False, cleanup=True),
    )

    assert chain.result("restore").proof == Proof(verified="restore holds")
    assert (checks.ran, chain.close()) == (["one", "restore"], [])


def test_cleaning_up_is_not_run_after_a_failure_that_changed_nothing(chain_of: ChainOf) -> None:
    chain, _ = chain_of(stage("one", SmokeError(BROKEN)), stage("restore", cleanup=True))
    assert chain.result("restore") == StageResult(skipped=NOT_RUN)
    assert chain.close() == []


def test_closing_cleans_up_what_a_run_that_ended_early_left(chain_of: ChainOf) -> None:
    restore = stage("restore", leaves=False, cleanup=True)
    chain, checks = chain_of(stage("one", leaves=True), stage("two"), restore)
    chain.result("one")

    closed = chain.close()

    assert closed == [(restore, StageResult(proof=Proof(verified="restore holds")))]
    assert (checks.ran, chain.close()) == (["one", "restore"], [])


def test_closing_tells_that_cleaning_up_failed(chain_of: ChainOf) -> None:
    dirty = SmokeError(BROKEN, dirty=True)
    chain, _ = chain_of(stage("one", leaves=True), stage("restore", dirty, cleanup=True))
    chain.result("one")
    assert [result for _, result in chain.close()] == [StageResult(failure=BROKEN, dirty=True)]


def test_closing_a_chain_that_changed_nothing_does_nothing(chain_of: ChainOf) -> None:
    chain, checks = chain_of(stage("one"), stage("restore", cleanup=True))
    assert (chain.close(), checks.ran) == ([], [])


# -- defects and interruptions ----------------------------------------------------------------


def test_a_stage_that_proves_nothing_has_verified_nothing(chain_of: ChainOf) -> None:
    chain, _ = chain_of(Stage(name="one", run=returns_nothing), stage("two"))

    assert chain.result("one") == StageResult(
        failure=Failure(
            category=Category.UNVERIFIED,
            expected="the check to say what it verified",
            seen="nothing",
            where="demo::one",
            hint="the check returned no proof; this is a defect of the suite",
        )
    )
    assert chain.result("two") == StageResult(skipped=NOT_RUN)


def test_an_unexpected_error_is_the_gates_own_failure(chain_of: ChainOf) -> None:
    chain, _ = chain_of(stage("one", KeyError("id")))

    failure = chain.result("one").failure

    assert failure is not None
    place = re.fullmatch(r"demo::one \(run, line \d+\)", failure.where)
    assert place is not None
    assert failure == Failure(
        category=Category.INTERNAL,
        expected="the check to run",
        seen="KeyError: 'id'",
        where=place.group(),
        hint="this is a defect of the gate or of another plugin, not of the target; please"
        " report it",
    )


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), SystemExit(1)])
def test_a_stage_that_was_ended_from_outside_is_told_as_that_and_not_tried_again(
    ending: BaseException, chain_of: ChainOf
) -> None:
    chain, checks = chain_of(
        stage("one", ending, leaves=True), stage("restore", leaves=False, cleanup=True)
    )

    with pytest.raises(type(ending)):
        chain.result("one")

    assert chain.result("one") == StageResult(
        failure=Failure(
            category=Category.INTERRUPTED,
            expected="the check to finish",
            seen="it was interrupted",
            where="demo::one",
            hint="run the gate again",
        )
    )
    assert [stage.name for stage, _ in chain.close()] == ["restore"]
    assert checks.ran == ["one", "restore"]


# -- evidence ---------------------------------------------------------------------------------


def test_a_result_keeps_the_requests_and_the_time_of_its_stage(
    clock: FakeClock, make_exchange: Callable[..., Exchange], chain_of: ChainOf
) -> None:
    early, late = make_exchange(method="PUT"), make_exchange(method="POST")
    proof = Proof(verified="x", exchanges=(early,), duration_s=2.0)

    def run(checks: Checks) -> Proof:
        checks.sent.append(late)
        clock.now += 0.5
        return proof

    chain, checks = chain_of(Stage(name="one", run=run))
    checks.sent.append(make_exchange())

    assert chain.result("one") == StageResult(proof=proof, duration_s=2.5, exchanges=(early, late))


def test_a_failure_keeps_its_requests_too(
    make_exchange: Callable[..., Exchange], chain_of: ChainOf
) -> None:
    sent = make_exchange()

    def run(checks: Checks) -> Proof:
        checks.sent.append(sent)
        raise fail(Category.FETCH, expected="a", seen="b", where="c", hint="d")

    chain, _ = chain_of(Stage(name="one", run=run))

    assert chain.result("one").exchanges == (sent,)


def test_a_failure_without_a_request_of_its_own_shows_what_it_judged(
    make_exchange: Callable[..., Exchange], chain_of: ChainOf
) -> None:
    chain, checks = chain_of(stage("one"), stage("two", SmokeError(BROKEN)))
    checks.judged.append(make_exchange())

    results = [chain.result(name) for name in ("one", "two")]

    assert [result.exchanges for result in results] == [(), (make_exchange(),)]


def test_a_remark_belongs_to_the_stage_in_which_it_was_made(chain_of: ChainOf) -> None:
    def run(checks: Checks) -> Proof:
        checks.said.append("the token was renewed")
        return Proof(verified="x", notes=("a note",))

    chain, _ = chain_of(stage("one"), Stage(name="two", run=run), stage("three"))

    results = [chain.result(name) for name in ("one", "two", "three")]

    assert [result.notes for result in results] == [(), ("the token was renewed",), ()]
    outcome = results[1].outcome(Redactor(), api="demo", stage="two", name="demo::two")
    assert outcome.notes == ("a note", "the token was renewed")


def test_what_was_sent_again_counts_as_a_retry_of_its_stage(
    make_exchange: Callable[..., Exchange],
) -> None:
    place: dict[str, Any] = {"api": "demo", "stage": "one", "name": "demo::one"}
    sent = (make_exchange(), *(make_exchange(attempt=number) for number in (1, 2, 3)))
    # Looking again for what was written is counted by the proof itself.
    proof = Proof(verified="x", retries=2)

    outcomes = [
        StageResult(proof=proof, exchanges=sent).outcome(Redactor(), **place),
        StageResult(failure=BROKEN, exchanges=sent).outcome(Redactor(), **place),
    ]

    assert [(o.retries, o.flaky) for o in outcomes] == [(4, True), (2, False)]


def test_each_kind_of_result_becomes_an_outcome_without_secrets(
    make_exchange: Callable[..., Exchange],
) -> None:
    redactor = Redactor()
    redactor.learn("canary", "")
    place: dict[str, Any] = {"api": "demo", "stage": "one", "name": "demo::one"}
    sent = make_exchange()
    proof = Proof(verified="a canary", notes=("canary!",), retries=2)
    failure = Failure(
        category=Category.SAVE, expected="canary", seen="b", where="canary", hint="canary"
    )

    outcomes = [
        StageResult(proof=proof, duration_s=1.23456, exchanges=(sent,)).outcome(redactor, **place),
        StageResult(failure=failure, dirty=True, exchanges=(sent,)).outcome(redactor, **place),
        StageResult(skipped="why").outcome(redactor, **place),
    ]

    assert outcomes == [
        Outcome(
            **place,
            outcome=Result.PASSED,
            message=f"a {REPLACEMENT}",
            duration_s=1.2346,
            retries=2,
            exchanges=(sent,),
            notes=(f"{REPLACEMENT}!",),
            verified=True,
        ),
        Outcome(
            **place,
            outcome=Result.FAILED,
            category=Category.SAVE,
            message=f"expected {REPLACEMENT}, seen b",
            where=REPLACEMENT,
            hint=REPLACEMENT,
            exchanges=(sent,),
            dirty=True,
        ),
        Outcome(**place, outcome=Result.SKIPPED, message="why"),
    ]
