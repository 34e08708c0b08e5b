"""Checks are run: each once, after those it depends on, and cleaned up after whatever happened."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from unit.declaring import TOKEN, Backend, Says, context_of, runner_of
from unit.loopback import PATIENCE_S

from pytest_apismoke.checks.model import Check, CheckContext, CheckResult, Skip
from pytest_apismoke.checks.runner import Runner
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Limits, TargetProfile
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.target import Target
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.verdict.judgement import Planned
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

if TYPE_CHECKING:
    from unit.conftest import FakeClock

BROKEN = Failure(category=Category.SAVE, expected="a", seen="b", where="c", hint="d")
READ_ONLY = Skip(reason=SkipReason.READ_ONLY, text="read-only run")
NOT_RUN = CheckResult(skip=Skip.not_run("one"))


def held(name: str) -> CheckResult:
    return CheckResult(verified=f"{name} holds")


@dataclass
class Bench:
    """Makes checks that note what ran; `left` says whether there is something to clean up."""

    backend: Backend
    ran: list[str] = field(default_factory=list)
    left: bool = False

    def check(
        self,
        name: str,
        ends: CheckResult | BaseException | None = None,
        *,
        leaves: bool | None = None,
        cleans_up: bool = False,
        **details: Any,
    ) -> Check:
        """A check that holds, or ends with a result or an exception."""

        def run(context: CheckContext) -> CheckResult:
            self.ran.append(name)
            self.left = self.left if leaves is None else leaves
            if isinstance(ends, BaseException):
                raise ends
            return held(name) if ends is None else ends

        if cleans_up:
            details["needs_cleanup"] = lambda: self.left
        return Check(id=name, api="demo", stage=name, run=details.pop("run", run), **details)

    def runner(self, *checks: Check) -> Runner:
        return runner_of(checks, context_of(self.backend))

    def suite(self, *checks: Check) -> Runner:
        """Each check comes after all before it, as in the built-in suites."""
        names = [check.id for check in checks]
        return self.runner(
            *(replace(one, after=tuple(names[:index])) for index, one in enumerate(checks))
        )


@pytest.fixture
def bench(clock: FakeClock) -> Bench:
    return Bench(Backend(clock, {"GET /one": Says(), "GET /two": Says()}))


# -- order ------------------------------------------------------------------------------------


def test_asking_for_a_check_runs_those_before_it_first_and_each_once(bench: Bench) -> None:
    runner = bench.suite(*map(bench.check, ("one", "two", "three")))
    results = [runner.result(name) for name in ("two", "one", "two")]
    assert results == [held(name) for name in ("two", "one", "two")]
    assert bench.ran == ["one", "two"]


def test_asking_again_gives_the_same_result_and_sends_nothing(bench: Bench) -> None:
    runner = bench.runner(bench.check("one", SmokeError(BROKEN)))
    first = runner.result("one")
    assert runner.result("one") is first
    assert bench.ran == ["one"]


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (None, held("two")),
        (SmokeError(replace(BROKEN, category=Category.AUTH)), "auth"),
        (SmokeError(replace(BROKEN, category=Category.FETCH)), NOT_RUN),
    ],
)
def test_a_check_that_stands_alone_is_run_after_a_failure_and_finds_only_what_it_is_for(
    ends: SmokeError | None, told: CheckResult | str, bench: Bench
) -> None:
    runner = bench.suite(
        bench.check("one", SmokeError(BROKEN)),
        bench.check("two", ends, stands_alone=Category.AUTH),
        bench.check("three"),
    )

    result, last = runner.result("two"), runner.result("three")

    assert (result.failure.category.value if result.failure else result) == told
    assert (last, bench.ran) == (NOT_RUN, ["one", "two"])


def test_of_two_checks_that_stand_alone_the_second_is_not_run_after_the_first_has_found_it(
    bench: Bench,
) -> None:
    hole = SmokeError(replace(BROKEN, category=Category.AUTH))
    runner = bench.suite(
        bench.check("one", SmokeError(BROKEN)),
        bench.check("two", hole, stands_alone=Category.AUTH),
        bench.check("three", hole, stands_alone=Category.AUTH),
    )
    assert (runner.result("three"), bench.ran) == (NOT_RUN, ["one", "two"])


def test_after_a_failure_the_rest_is_not_run_and_refers_to_it(bench: Bench) -> None:
    runner = bench.suite(
        bench.check("one", SmokeError(BROKEN)), bench.check("two"), bench.check("three")
    )
    assert [runner.result(name) for name in ("three", "two")] == [NOT_RUN] * 2
    assert runner.result("one") == CheckResult(failure=BROKEN)
    assert bench.ran == ["one"]


def test_a_check_that_was_left_out_does_not_keep_those_after_it_from_being_run(
    bench: Bench,
) -> None:
    runner = bench.suite(bench.check("one", skip=READ_ONLY), bench.check("two"))
    assert [runner.result(name) for name in ("two", "one")] == [
        held("two"),
        CheckResult(skip=READ_ONLY),
    ]
    assert bench.ran == ["two"]


def test_a_check_gets_what_those_it_needs_have_captured(bench: Bench) -> None:
    def uses(context: CheckContext) -> CheckResult:
        return CheckResult(verified=f"uses {dict(context.captured)}")

    gives = CheckResult(verified="x", captured={"id": 7})
    runner = bench.runner(
        bench.check("one", gives),
        bench.check("other"),
        bench.check("two", run=uses, needs=("one",)),
    )
    assert runner.result("two").verified == "uses {'id': 7}"
    assert bench.ran == ["one"]


@pytest.mark.parametrize(
    ("one", "how"),
    [
        ({"ends": SmokeError(BROKEN)}, "failed"),
        ({"skip": READ_ONLY}, "was not run"),
        (
            {"ends": SmokeError(BROKEN), "required": False},
            "failed, which is not required",
        ),
    ],
)
def test_a_check_whose_need_has_not_passed_is_not_run_and_says_how_that_ended(
    one: dict[str, Any], how: str, bench: Bench
) -> None:
    runner = bench.runner(bench.check("one", **one), bench.check("two", needs=("one",)))
    assert runner.result("two") == CheckResult(skip=Skip.not_run("one", how))


def test_one_cause_is_told_once_however_far_away_it_is(bench: Bench) -> None:
    runner = bench.runner(
        bench.check("one", SmokeError(BROKEN)),
        bench.check("two", needs=("one",)),
        bench.check("three", needs=("two",)),
        bench.check("four", after=("three",)),
    )
    assert [runner.result(name) for name in ("four", "three", "two")] == [NOT_RUN] * 3


@pytest.mark.parametrize("relation", ["after", "needs"])
def test_a_cause_that_was_deselected_is_the_failure_of_the_first_that_asks(
    relation: str, bench: Bench
) -> None:
    """Nobody else would tell it."""
    depends: dict[str, Any] = {relation: ("one",)}
    others = [bench.check(name, **depends) for name in ("two", "three")]
    runner = bench.runner(bench.check("one", SmokeError(BROKEN)), *others)
    results = [runner.result(name, selected=["two", "three"]) for name in ("two", "three", "two")]
    failed = CheckResult(failure=BROKEN)
    assert results == [failed, NOT_RUN, failed]
    assert list(runner.close()) == []


# -- cleaning up ------------------------------------------------------------------------------


def test_a_failure_that_left_the_target_changed_stays_dirty(bench: Bench) -> None:
    runner = bench.runner(bench.check("one", SmokeError(BROKEN, dirty=True)))
    assert runner.result("one") == CheckResult(failure=BROKEN, dirty=True)


def test_cleaning_up_is_run_after_a_failure_when_there_is_something_to_clean_up(
    bench: Bench,
) -> None:
    runner = bench.suite(
        bench.check("one", SmokeError(BROKEN), leaves=True),
        bench.check("two"),
        bench.check("restore", leaves=False, cleans_up=True),
    )
    assert runner.result("restore") == held("restore")
    assert (bench.ran, list(runner.close())) == (["one", "restore"], [])


def test_cleaning_up_is_not_run_after_a_failure_that_changed_nothing(bench: Bench) -> None:
    runner = bench.suite(
        bench.check("one", SmokeError(BROKEN)), bench.check("restore", cleans_up=True)
    )
    assert (runner.result("restore"), list(runner.close())) == (NOT_RUN, [])


def test_closing_cleans_up_what_a_run_that_ended_early_left(bench: Bench) -> None:
    restore = bench.check("restore", leaves=False, cleans_up=True)
    runner = bench.suite(bench.check("one", leaves=True), bench.check("two"), restore)
    runner.result("one")
    assert [(check.id, result) for check, result in runner.close()] == [
        ("restore", held("restore"))
    ]
    assert (bench.ran, list(runner.close())) == (["one", "restore"], [])


@pytest.mark.parametrize("dirty", [False, True])
def test_a_clean_up_that_fails_leaves_the_target_changed_however_it_failed(
    dirty: bool, bench: Bench
) -> None:
    failing = SmokeError(BROKEN, dirty=dirty)
    runner = bench.suite(
        bench.check("one", leaves=True), bench.check("restore", failing, cleans_up=True)
    )
    runner.result("one")
    assert [result for _, result in runner.close()] == [CheckResult(failure=BROKEN, dirty=True)]


def test_closing_when_nothing_was_changed_does_nothing(bench: Bench) -> None:
    runner = bench.suite(bench.check("one"), bench.check("restore", cleans_up=True))
    assert (list(runner.close()), bench.ran) == ([], [])


def test_closing_tells_what_nobody_asked_for_and_was_needed(bench: Bench) -> None:
    """It failed, say, and nobody would know why the other check could not be run."""
    runner = bench.runner(bench.check("one"), bench.check("two", needs=("one",)))
    runner.result("two")
    assert [(check.id, result) for check, result in runner.close()] == [("one", held("one"))]


# -- defects and interruptions ----------------------------------------------------------------


def test_a_check_that_proves_nothing_has_verified_nothing(bench: Bench) -> None:
    runner = bench.suite(bench.check("one", CheckResult()), bench.check("two"))
    assert runner.result("one") == CheckResult(
        failure=Failure(
            category=Category.UNVERIFIED,
            expected="the check to say what it verified",
            seen="nothing",
            where="one",
            hint="the check returned no proof; this is a defect of the suite",
        )
    )
    assert runner.result("two") == NOT_RUN


def test_an_unexpected_error_is_the_gates_own_failure(bench: Bench) -> None:
    failure = bench.runner(bench.check("one", KeyError("id"))).result("one").failure
    assert failure is not None
    place = re.fullmatch(r"one \(run, line \d+\)", failure.where)
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
def test_a_check_that_was_ended_from_outside_is_told_as_that_and_not_tried_again(
    ending: BaseException, bench: Bench
) -> None:
    runner = bench.suite(
        bench.check("one", ending, leaves=True),
        bench.check("restore", leaves=False, cleans_up=True),
    )
    with pytest.raises(type(ending)):
        runner.result("one")
    assert runner.result("one") == CheckResult(
        failure=Failure(
            category=Category.INTERRUPTED,
            expected="the check to finish",
            seen="it was interrupted",
            where="one",
            hint="run the gate again",
        )
    )
    assert [check.id for check, _ in runner.close()] == ["restore"]
    assert bench.ran == ["one", "restore"]


# -- evidence ---------------------------------------------------------------------------------


def sends(*, then: BaseException | None = None) -> Callable[[CheckContext], CheckResult]:
    """Sends a request and makes a note, as a check does; then holds, or raises."""

    def run(context: CheckContext) -> CheckResult:
        context.target.send(Request(method="GET", path="/one"))
        context.recorder.note("the token was renewed")
        if then:
            raise then
        return CheckResult(verified="x", notes=("a note",))

    return run


def test_a_result_has_the_exchanges_notes_and_time_of_its_own_check(bench: Bench) -> None:
    bench.backend.recorder.note("of somebody else")
    runner = bench.runner(
        bench.check("one", run=sends()),
        bench.check("two"),
        bench.check("three", run=sends(then=SmokeError(BROKEN))),
    )
    results = [runner.result(name) for name in ("one", "two", "three")]
    assert [len(result.exchanges) for result in results] == [1, 0, 1]
    assert [result.notes for result in results] == [
        ("a note", "the token was renewed"),
        (),
        ("the token was renewed",),
    ]
    assert [round(result.duration_s, 3) for result in results] == [0.1, 0.0, 0.1]


def test_what_a_check_brings_with_it_comes_before_what_it_sends(
    bench: Bench, make_exchange: Callable[..., Exchange]
) -> None:
    early = make_exchange(method="POST")

    def run(context: CheckContext) -> CheckResult:
        context.target.send(Request(method="GET", path="/one"))
        return CheckResult(verified="x", exchanges=(early,), duration_s=2.0)

    result = bench.runner(bench.check("one", run=run)).result("one")
    assert [exchange.method for exchange in result.exchanges] == ["POST", "GET"]
    assert round(result.duration_s, 3) == 2.1


@pytest.mark.parametrize(("category", "shown"), [(Category.SAVE, 1), (Category.BUDGET, 0)])
def test_a_failure_without_a_request_of_its_own_shows_what_it_is_about(
    category: Category, shown: int, bench: Bench, make_exchange: Callable[..., Exchange]
) -> None:
    failing = fail(category, expected="a", seen="b", where="c", hint="d")
    basis = (make_exchange(),)
    runner = bench.runner(
        bench.check("one", basis=lambda: basis), bench.check("two", failing, basis=lambda: basis)
    )
    assert runner.result("one").exchanges == ()
    assert runner.result("two").exchanges == basis[:shown]


class SlowServer:
    """Answers a request once as many are under way as there are checks in flight.

    The first request for `/one?n=1` and for `/two?n=0` is answered 503.
    """

    def __init__(self, in_flight: int) -> None:
        together, refused = threading.Barrier(in_flight), set[str]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                together.wait(PATIENCE_S)
                is_first = self.path not in refused
                refused.add(self.path)
                refuses = is_first and self.path in ("/one?n=1", "/two?n=0")
                self.send_response(503 if refuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Not onto the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE_S)
        self._server.server_close()


def sends_three(name: str) -> Check:
    """A check that sends three requests, and makes a note before each."""

    def run(context: CheckContext) -> CheckResult:
        statuses = []
        for number in range(3):
            context.recorder.note(f"{name} {number}")
            request = Request(method="GET", path=f"/{name}", query=(("n", str(number)),))
            statuses.append(context.target.send(request).status)
        return CheckResult(verified=str(statuses))

    return Check(id=name, api="demo", stage=name, run=run)


def seen_in(result: CheckResult) -> tuple[object, ...]:
    """What a result has recorded, without the port."""
    exchanges = [
        f"{one.url.rpartition('/')[2]} {one.status} {one.attempt}" for one in result.exchanges
    ]
    return result.verified, result.notes, exchanges


@pytest.mark.parametrize("in_flight", [2, 1])
def test_checks_in_flight_at_once_get_their_own_exchanges_notes_and_retries(
    in_flight: int, bench: Bench, plain_environment: None
) -> None:
    """Side by side each comes to the same as one after the other."""
    server, profile = SlowServer(in_flight), TargetProfile()
    budget = Budget(60.0, sleep=lambda seconds: None)
    client = Client(server.url, redactor=Redactor(), limits=Limits(), budget=budget)
    target = Target(client, Auth(client, profile.login, Credentials(token=TOKEN)), profile)
    runner = runner_of(
        [sends_three("one"), sends_three("two")], context_of(bench.backend, target=target)
    )

    with ThreadPoolExecutor(in_flight) as pool:
        results = list(pool.map(runner.result, ("one", "two")))
    client.close()
    server.stop()

    assert [seen_in(result) for result in results] == [
        (
            "[200, 200, 200]",
            ("one 0", "one 1", "one 2"),
            [
                "one?n=0 200 1",
                "one?n=1 503 1",
                "one?n=1 200 2",
                "one?n=2 200 1",
            ],
        ),
        (
            "[200, 200, 200]",
            ("two 0", "two 1", "two 2"),
            [
                "two?n=0 503 1",
                "two?n=0 200 2",
                "two?n=1 200 1",
                "two?n=2 200 1",
            ],
        ),
    ]
    redactor = Redactor()
    outcomes = [sends_three("x").outcome(result, redactor) for result in results]
    assert [(outcome.retries, outcome.flaky) for outcome in outcomes] == [(1, True)] * 2


# -- from a result to an outcome --------------------------------------------------------------


def check_of(**details: Any) -> Check:
    return Check(id="demo::one", api="demo", stage="one", run=lambda _: CheckResult(), **details)


@pytest.mark.parametrize(
    ("check", "required"),
    [
        (check_of(), True),
        (check_of(required=False), False),
        (check_of(skip=READ_ONLY), False),
        # What could not be run because of a failure was required all the same.
        (check_of(skip=Skip.not_run("other")), True),
    ],
)
def test_the_plan_requires_what_the_run_wants(check: Check, required: bool) -> None:
    assert check.planned == Planned(
        api="demo",
        stage="one",
        name="demo::one",
        required=required,
        is_optional=not check.required,
    )
    assert check.node == "demo"


def test_a_request_that_was_sent_again_counts_as_a_retry(
    make_exchange: Callable[..., Exchange],
) -> None:
    sent = (make_exchange(), *(make_exchange(attempt=number) for number in (1, 2, 3)))
    outcomes = [
        # Looking again for what was written is counted by the check itself.
        check_of().outcome(CheckResult(verified="x", retries=2, exchanges=sent), Redactor()),
        check_of().outcome(CheckResult(failure=BROKEN, exchanges=sent), Redactor()),
    ]
    assert [(o.retries, o.flaky) for o in outcomes] == [(4, True), (2, False)]


def test_each_kind_of_result_becomes_an_outcome_without_secrets(
    make_exchange: Callable[..., Exchange],
) -> None:
    redactor = Redactor()
    redactor.learn("canary", "")
    place: dict[str, Any] = {"api": "demo", "stage": "one", "name": "demo::one"}
    sent = make_exchange()
    failure = Failure(
        category=Category.SAVE, expected="canary", seen="b", where="canary", hint="canary"
    )
    results = [
        CheckResult(
            verified="a canary",
            notes=("canary!",),
            retries=2,
            duration_s=1.23456,
            exchanges=(sent,),
        ),
        CheckResult(failure=failure, dirty=True, exchanges=(sent,)),
        CheckResult(skip=Skip.not_run("demo::zero")),
    ]
    assert [check_of().outcome(result, redactor) for result in results] == [
        Outcome(
            **place,
            outcome=Result.PASSED,
            detail=f"a {REPLACEMENT}",
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
            expected=REPLACEMENT,
            seen="b",
            where=REPLACEMENT,
            hint=REPLACEMENT,
            exchanges=(sent,),
            dirty=True,
        ),
        Outcome(
            **place,
            outcome=Result.SKIPPED,
            detail="not run: demo::zero failed",
            skip_reason=SkipReason.DEPENDENCY,
            because_of="demo::zero",
        ),
    ]
