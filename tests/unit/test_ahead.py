"""Requests that are sent before their checks begin: the same results, only sooner."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from unit.conftest import FakeClock
from unit.declaring import BASE_URL, FILE, TOKEN, context_of, settings_of
from unit.played_wire import AtMost, Bucket, OneAtATime, Played, PlayedWire, Server

from pytest_apismoke.checks.declared.check_file import parse
from pytest_apismoke.checks.judge import Judge
from pytest_apismoke.checks.model import CheckResult
from pytest_apismoke.checks.plan import plan_checks
from pytest_apismoke.checks.runner import Runner
from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.configuration.profiles import Limits, TargetProfile
from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.ahead_request import AheadRequest, Departed
from pytest_apismoke.http.budget import Budget
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.departure import TargetSender
from pytest_apismoke.http.flight import Flight, Reply
from pytest_apismoke.http.login import Auth
from pytest_apismoke.http.rate import Rate
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.target import Target
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas

if TYPE_CHECKING:
    from unit.declaring import Backend

    from pytest_apismoke.http.wire import Wire

GOOD = Played(body={"id": 7})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a run came to: the results by the names of their checks, and how long it took."""

    results: dict[str, CheckResult]
    took_s: float


class _Place:
    """A target and what keeps its secrets, for the context of a check."""

    def __init__(self, target: Target, redactor: Redactor) -> None:
        self.target, self.redactor = target, redactor
        self.course: list[str] = []


def run(
    text: str,
    server: Server,
    *,
    at_once: int,
    order: Sequence[str] | None = None,
    starts_at: str = "",
    rate: float | None = None,
    limits: Limits = Limits(),  # noqa: B008  # a frozen record
    total_s: float = 10_000.0,
    request_s: float = math.inf,
    interrupts: str = "",
    url: str = BASE_URL,
    over_kept: bool = False,
    has_sent: bool = True,
) -> Seen:
    """Runs the checks of a file against a played server.

    Args:
        text: of the file.
        server: the server.
        at_once: how many requests may be in flight.
        order: the names of the tests in their order; by default the checks as they are declared.
        starts_at: the name of the first test that is run; by default the first of the order.
        rate: how many requests may be sent a second.
        limits: of one request.
        total_s: seconds of the budget.
        request_s: seconds that a request may take.
        interrupts: the path whose check is interrupted.
        url: of the target.
        over_kept: whether each request goes over a connection that has carried others.
        has_sent: whether a request that is overdue was sent.

    """
    found = parse(text, "orders.toml")
    assert found.mistakes == ()
    clock = FakeClock()
    wire = PlayedWire(
        server,
        clock,
        most_s=request_s,
        interrupts=interrupts,
        over_kept=over_kept,
        has_sent=has_sent,
    )
    budget = Budget(total_s, reserved_s=0.0, clock=clock, sleep=wire.sleep)
    redactor, turns = Redactor(), Rate(rate, clock=clock)
    client = Client(url, redactor=redactor, limits=limits, budget=budget, rate=turns)
    client._wire = cast("Wire", wire)
    profile = replace(TargetProfile(), limits=limits)
    target = Target(client, Auth(client, profile.login, Credentials(token=TOKEN)), profile)
    context = context_of(
        cast("Backend", _Place(target, redactor)),
        settings=replace(settings_of(smoke_api=["orders"]), profile=profile),
        schemas=Schemas(dict(found.schemas), labels=found.labels),
    )
    ahead = Ahead(
        TargetSender(target),
        at_once=at_once,
        rate=turns,
        clock=clock,
        later=lambda seconds, function: wire.at(clock.now + seconds, function),
    )
    plan = plan_checks(context, found.checks, None)
    runner = Runner(plan.checks, context, Judge(redactor), ahead)
    names = list(plan.checks) if order is None else list(order)
    runner.expect(names)
    began = clock.now
    results = {}
    for name in names[names.index(starts_at) if starts_at else 0 :]:
        if name in plan.checks:
            with suppress(KeyboardInterrupt):
                results[name.removeprefix(f"{FILE}::")] = runner.result(name)
        else:
            runner.settle()
    ahead.close()
    return Seen(results=results, took_s=clock.now - began)


def check(name: str, **keys: Any) -> str:
    """A check of a file, which reads the path of its name and expects an id."""
    lines = {
        "path": f'"/{name}"',
        "expect.status": "200",
        "expect.schema": '{ type = "object", required = ["id"] }',
        **keys,
    }
    return "\n".join([f'[[check]]\nname = "{name}"', *(f"{k} = {v}" for k, v in lines.items())])


def checks(count: int) -> str:
    """So many checks, each of a path of its own: `/1`, `/2` and so on."""
    return "\n\n".join(check(str(number + 1)) for number in range(count))


def paths(count: int, played: Played = GOOD) -> dict[str, Played]:
    """The paths of so many checks."""
    return {f"/{number + 1}": played for number in range(count)}


def verified(seen: Seen) -> list[str]:
    """The names of the checks that passed."""
    return [name for name, result in seen.results.items() if result.passed]


# -- in flight ----------------------------------------------------------------------------------


def test_as_many_requests_are_in_flight_as_the_user_allows() -> None:
    server = Server(paths(200))

    seen = run(checks(200), server, at_once=16)

    assert verified(seen) == [str(number + 1) for number in range(200)]
    assert server.most_at_once == 16
    # 12 rounds of 16 and 0.1 s, and two of 1 and 8 while the target's strength is not known.
    assert round(seen.took_s, 1) == 1.4


def test_with_one_at_once_each_check_sends_its_own_request() -> None:
    server = Server(paths(20))

    seen = run(checks(20), server, at_once=1)

    assert server.most_at_once == 1
    assert round(seen.took_s, 1) == 2.0


def test_each_request_is_sent_once_in_the_order_of_the_checks() -> None:
    server = Server(paths(50))

    run(checks(50), server, at_once=16)

    assert server.requests == [f"GET /{number + 1}" for number in range(50)]


def test_a_check_tells_the_time_of_its_own_request() -> None:
    server = Server({"/1": GOOD, "/2": GOOD, "/3": replace(GOOD, takes_s=0.3)})

    seen = run(checks(3), server, at_once=16)

    taken = {name: round(one.duration_s, 3) for name, one in seen.results.items()}
    assert taken == {"1": 0.1, "2": 0.1, "3": 0.3}
    assert [one.exchanges[0].duration_s for one in seen.results.values()] == [0.1, 0.1, 0.3]
    # The first goes alone, the others beside each other.
    assert round(seen.took_s, 3) == 0.4


def test_a_check_that_uses_a_captured_value_waits_for_it() -> None:
    text = "\n".join(
        [
            check("list", capture='{ number = "/id" }'),
            check("item", path='"/items/{number}"'),
            check("other"),
        ]
    )
    server = Server({"/list": GOOD, "/items/7": GOOD, "/other": GOOD})

    seen = run(text, server, at_once=16)

    assert verified(seen) == ["list", "item", "other"]
    assert server.requests == ["GET /list", "GET /other", "GET /items/7"]


def test_nothing_that_comes_after_an_update_is_sent_before_it_has_ended() -> None:
    text = "\n".join(
        [
            check("before"),
            check("send", method='"POST"', changes='"nothing"', smoke="true"),
            check("after"),
            check("after-that"),
        ]
    )
    server = Server({f"/{name}": GOOD for name in ("before", "send", "after", "after-that")})

    run(text, server, at_once=16)

    assert server.requests == ["GET /before", "POST /send", "GET /after", "GET /after-that"]
    assert server.most_at_once == 2


def test_nothing_that_comes_after_a_users_test_is_sent_before_it() -> None:
    server = Server(paths(4))
    names = [f"{FILE}::{number}" for number in (1, 2, 3, 4)]

    run(checks(4), server, at_once=16, order=[*names[:2], "tests/test_own.py::test", *names[2:]])

    assert server.most_at_once == 2


def test_what_is_deselected_is_not_sent() -> None:
    server = Server(paths(4))

    run(checks(4), server, at_once=16, order=[f"{FILE}::1", f"{FILE}::3"])

    assert server.requests == ["GET /1", "GET /3"]


def test_a_run_that_begins_in_the_middle_sends_nothing_of_before() -> None:
    """As in a worker that takes the place of one that has died."""
    server = Server(paths(6))
    text = checks(6)

    seen = run(text, server, at_once=16, starts_at=f"{FILE}::4")

    assert verified(seen) == ["4", "5", "6"]
    assert server.requests == ["GET /4", "GET /5", "GET /6"]


def test_a_refusal_without_token_is_asked_for_without_it() -> None:
    text = check("1", refused_without_auth="true")
    server = Server({"/1": replace(GOOD, status=401)})

    seen = run(text, server, at_once=16)

    assert [name for name, one in seen.results.items() if one.passed] == ["1 without a token"]


# -- what is answered at once -------------------------------------------------------------------

AT_ONCE = replace(GOOD, takes_s=0.001)


def test_what_is_answered_at_once_is_sent_when_its_check_begins() -> None:
    server = Server(paths(200, AT_ONCE))

    seen = run(checks(200), server, at_once=16)

    assert len(verified(seen)) == 200
    assert server.requests == [f"GET /{number + 1}" for number in range(200)]
    assert server.most_at_once == 1


def test_one_slow_answer_among_fast_ones_changes_nothing() -> None:
    server = Server({**paths(40, AT_ONCE), "/7": replace(GOOD, takes_s=0.02)})

    run(checks(40), server, at_once=16)

    assert server.most_at_once == 1


def test_a_target_that_gets_slower_is_asked_for_more_at_once() -> None:
    """As where the first check asks for a page of the proxy in front of the API."""
    server = Server({**paths(200, replace(GOOD, takes_s=0.01)), "/1": AT_ONCE})

    seen = run(checks(200), server, at_once=16)

    assert len(verified(seen)) == 200
    assert server.most_at_once == 16
    assert seen.took_s < 0.3


def test_others_are_sent_beside_a_request_that_turns_out_to_take_long() -> None:
    """One at first, after a moment of silence, and one more with each answer."""
    server = Server({**paths(9), "/1": AT_ONCE})

    seen = run(checks(9), server, at_once=16)

    assert server.requests == [f"GET /{number + 1}" for number in range(9)]
    began = [round(moment - server.moments[0], 3) for moment in server.moments]
    assert began == [0.0, 0.001, 0.041, 0.101, 0.101, 0.141, 0.141, 0.201, 0.201]
    assert round(seen.took_s, 3) == 0.301


def test_a_target_that_serves_one_at_a_time_and_gets_slow_is_asked_one_at_a_time() -> None:
    """As one with a single process, of which a few endpoints take seconds."""
    slow = {f"/{number}": replace(GOOD, takes_s=3.0) for number in range(9, 16)}
    server = OneAtATime({**paths(15, AT_ONCE), **slow})

    seen = run(checks(15), server, at_once=16, request_s=10.0)

    assert len(verified(seen)) == 15
    assert len(server.requests) == 15
    assert server.most_at_once == 2


def test_a_refusal_where_nothing_is_sent_ahead_is_what_it_is_one_after_the_other() -> None:
    refusal = Played(status=429, headers={"retry-after": "1"}, takes_s=0.001)
    server = Server({**paths(4, AT_ONCE), "/3": refusal})

    one_by_one = run(checks(4), Server(server.paths), at_once=1)
    together = run(checks(4), server, at_once=16)

    assert [one.status for one in together.results["3"].exchanges] == [429] * 4
    assert _comparable(together.results["3"]) == _comparable(one_by_one.results["3"])
    assert together.results["3"].notes == one_by_one.results["3"].notes


def test_a_check_that_is_interrupted_while_it_waits_leaves_nothing_in_flight() -> None:
    """Then others are sent, and sent ahead where they take long."""
    fast = {f"/{number}": AT_ONCE for number in (1, 2)}
    server = Server({**paths(11), **fast, "/3": replace(GOOD, takes_s=5.0)})

    seen = run(checks(11), server, at_once=16, interrupts="/3")

    assert verified(seen) == ["1", "2", *(str(number) for number in range(4, 12))]
    assert server.requests == [f"GET /{number + 1}" for number in range(11)]
    assert server.most_at_once > 2
    assert seen.took_s < 1.0


@dataclass(slots=True)
class _Flight:
    duration_s: float = 0.0005
    is_abandoned: bool = False

    def abandon(self) -> None:
        self.is_abandoned = True

    def reply(self) -> Reply:
        return GOOD.reply


class _Sender:
    """Sends nothing, and keeps what it was given, with the calls at the end of each."""

    def __init__(self) -> None:
        self.flights: list[_Flight] = []
        self.ends: list[Callable[[], None]] = []

    def start(self, ahead: AheadRequest, when_done: Callable[[], None]) -> Departed:
        self.flights.append(_Flight())
        self.ends.append(when_done)
        return Departed(request=ahead.request, flight=cast("Flight", self.flights[-1]))

    def is_in_vain(self, ahead: AheadRequest, reply: Reply) -> bool:
        return False


def test_a_run_that_ends_abandons_a_request_whose_check_is_about_to_wait_for_it() -> None:
    """A signal handler closes everything in the midst of the check."""
    sender, clock = _Sender(), FakeClock()
    ahead = Ahead(sender, at_once=16, rate=Rate(None, clock=clock), clock=clock)
    read = AheadRequest(request=Request(method="GET", path="/x"))
    ahead.send({"first": read, "second": read})
    sender.ends[0]()
    assert len(sender.flights) == 1

    assert ahead.take("second") is not None
    ahead.close()

    assert [one.is_abandoned for one in sender.flights] == [True, True]


def test_requests_that_are_sent_when_their_checks_begin_are_spaced_out_too() -> None:
    server = Server(paths(20, AT_ONCE))

    seen = run(checks(20), server, at_once=16, rate=10.0)

    assert len(verified(seen)) == 20
    distances = [after - before for before, after in pairwise(server.moments)]
    assert (round(min(distances), 6), round(max(distances), 6)) == (0.1, 0.1)


# -- what the target does not bear --------------------------------------------------------------


def test_what_was_refused_for_its_number_is_asked_again_alone() -> None:
    """Nothing is told as flaky that is not; one note says what happened."""
    server = AtMost(paths(40), 2, Played(status=429, headers={"retry-after": "3"}, takes_s=0.01))

    seen = run(checks(40), server, at_once=16)

    assert len(verified(seen)) == 40
    assert {len(one.exchanges) for one in seen.results.values()} == {1}
    assert [note for one in seen.results.values() for note in one.notes] == [
        "the target answered with status 429 while 8 requests were in flight: it was asked again,"
        " and fewer at once (--smoke-concurrency and --smoke-rate set how many)"
    ]


def test_a_target_that_serves_one_at_a_time_gets_a_few_at_once() -> None:
    server = OneAtATime(paths(40, replace(GOOD, takes_s=1.0)))

    seen = run(checks(40), server, at_once=16)

    assert len(verified(seen)) == 40
    assert server.most_at_once <= 5


def test_a_token_that_is_refused_ends_what_was_not_sent() -> None:
    server = Server(paths(100, Played(status=401, body={})))

    run(checks(100), server, at_once=16, order=[f"{FILE}::1"])
    alone = len(server.requests)
    server.requests.clear()
    run(checks(100), server, at_once=16)

    assert alone == 1
    # Those in flight when the first answer came; then one for each check.
    assert sorted(set(server.requests)) == sorted(f"GET /{n + 1}" for n in range(100))
    assert len(server.requests) <= 100


def test_an_answer_that_took_longer_than_the_check_allows_is_asked_for_again() -> None:
    text = "\n".join([check("1", **{"expect.max_latency_ms": "250"}), check("2")])
    server = OneAtATime({"/2": GOOD, "/1": replace(GOOD, takes_s=0.2)})

    seen = run(text, server, at_once=16, order=[f"{FILE}::2", f"{FILE}::1"])

    assert verified(seen) == ["2", "1"]
    assert [one.notes for one in seen.results.values()] == [(), ()]


def test_requests_are_spaced_out_as_the_user_wants() -> None:
    server = Server(paths(20, replace(GOOD, takes_s=0.01)))

    seen = run(checks(20), server, at_once=16, rate=10.0)

    assert len(verified(seen)) == 20
    distances = [after - before for before, after in pairwise(server.moments)]
    assert round(min(distances), 6) == 0.1
    assert round(seen.took_s, 2) == 1.91


def test_nothing_is_sent_ahead_once_the_time_is_spent() -> None:
    server = OneAtATime(paths(40, replace(GOOD, takes_s=1.0)))

    seen = run(checks(40), server, at_once=16, total_s=5.0)

    assert len(verified(seen)) <= 5
    assert len(server.requests) <= 10


# -- the same results ---------------------------------------------------------------------------

_BODIES: tuple[object, ...] = ({"id": 7}, {"id": "x"}, {}, None)
_PLAYED = st.builds(
    Played,
    status=st.sampled_from((200, 200, 200, 200, 404, 429, 500, 502, 503)),
    body=st.sampled_from(_BODIES),
    takes_s=st.sampled_from((0.001, 0.001, 0.01, 0.1, 0.4, 2.0, 15.0)),
    is_reset=st.sampled_from((False,) * 7 + (True,)),
)


@st.composite
def _files(draw: st.DrawFn) -> tuple[str, dict[str, Played]]:
    """A file of checks of every kind, and what their paths say."""
    written, said, captured = [], {}, False
    for number in range(draw(st.integers(2, 14))):
        name = f"c{number}"
        kind = draw(st.sampled_from(("read", "read", "read", "capture", "use", "write", "slow")))
        keys: dict[str, Any] = {}
        path = f"/{name}"
        if kind == "capture" and not captured:
            keys, captured = {"capture": '{ number = "/id" }'}, True
        elif kind == "use" and captured:
            keys, path = {"path": f'"/{name}/{{number}}"'}, f"/{name}/7"
        elif kind == "write":
            keys = {"method": '"POST"', "changes": '"nothing"', "smoke": "true"}
        elif kind == "slow":
            keys = {"expect.max_latency_ms": draw(st.sampled_from(("50", "300", "1000")))}
        if kind == "read":
            keys = draw(st.sampled_from(({}, {"required": "false"}, {"category": '"state"'})))
        written.append(check(name, **keys))
        said[path] = draw(_PLAYED)
        said[path.replace("/7", "/x")] = said[path]
    return "\n".join(written), said


_REFUSALS = st.builds(
    Played,
    status=st.just(429),
    headers=st.sampled_from(({}, {"retry-after": "2"}, {"retry-after": "99999"})),
    takes_s=st.sampled_from((0.01, 0.2)),
)
_SERVERS: st.SearchStrategy[Callable[[dict[str, Played]], Server]] = st.one_of(
    st.just(Server),
    st.just(OneAtATime),
    st.builds(
        lambda most, refusal: lambda said: AtMost(said, most, refusal),
        st.integers(1, 8),
        _REFUSALS,
    ),
    st.builds(
        lambda per_s, burst: lambda said: Bucket(said, per_s, burst),
        st.sampled_from((1.0, 5.0, 20.0)),
        st.integers(1, 10),
    ),
)


def _comparable(result: CheckResult) -> tuple[CheckResult, tuple[object, ...]]:
    """A result and the kinds of its answers, without times, repetitions, and the note on too many.

    A target that refuses for ever need not be asked equally often.
    """
    kinds = dict.fromkeys((one.method, one.url, one.status, one.error) for one in result.exchanges)
    plain = replace(
        result,
        duration_s=0.0,
        exchanges=(),
        notes=tuple(note for note in result.notes if "in flight" not in note),
    )
    return plain, tuple(kinds)


@settings(max_examples=400, deadline=None)
@given(file=_files(), new_server=_SERVERS, at_once=st.integers(2, 20), latency=st.booleans())
def test_the_results_are_those_of_one_after_the_other(
    file: tuple[str, dict[str, Played]],
    new_server: Callable[[dict[str, Played]], Server],
    at_once: int,
    latency: bool,
) -> None:
    """Over servers that are slow, that fail, and that limit rates or numbers."""
    text, said = file
    limits = replace(Limits(), latency_s=1.0 if latency else None)
    in_order = new_server(said)
    one_by_one = run(text, in_order, at_once=1, limits=limits)
    # A server that refuses even those has no result of its own to compare.
    assume(not (isinstance(in_order, Bucket) and in_order.has_refused))

    together = run(text, new_server(said), at_once=at_once, limits=limits)

    expected = {name: _comparable(one) for name, one in one_by_one.results.items()}
    assert {name: _comparable(one) for name, one in together.results.items()} == expected


@settings(max_examples=100, deadline=None)
@given(
    most=st.integers(1, 8),
    at_once=st.integers(2, 20),
    refusal=st.builds(
        Played,
        status=st.sampled_from((502, 503)),
        takes_s=st.sampled_from((0.01, 0.2)),
        is_reset=st.booleans(),
    ),
)
def test_a_target_that_drops_what_is_too_much_passes_as_one_after_the_other(
    most: int, at_once: int, refusal: Played
) -> None:
    """What it could not answer is sent again as any such request is, and told as flaky."""
    seen = run(checks(40), AtMost(paths(40), most, refusal), at_once=at_once)

    assert len(verified(seen)) == 40


@pytest.mark.parametrize("number", ["1", "4"])
@pytest.mark.parametrize(
    "served", [{}, {"url": "http://api.example.com", "over_kept": True}], ids=str
)
def test_a_request_that_hangs_by_itself_is_not_sent_again(
    number: str, served: dict[str, Any]
) -> None:
    """It went alone, or others that were sent after it are answered: it waits for none of them."""
    server = Server({**paths(8), f"/{number}": replace(GOOD, takes_s=5_000.0)})

    seen = run(checks(8), server, at_once=16, total_s=20_000.0, request_s=1_000.0, **served)

    assert server.requests.count(f"GET /{number}") == 1
    assert [name for name, one in seen.results.items() if one.failure] == [number]
    assert [one.status for one in seen.results[number].exchanges] == [None]


@pytest.mark.parametrize(
    "waiting", [{"url": "http://api.example.com"}, {"has_sent": False}], ids=["plain", "TLS"]
)
def test_a_request_on_a_connection_that_nobody_took_up_is_sent_again_alone(
    waiting: dict[str, Any],
) -> None:
    """A target that serves one connection after the other answers those behind it on another."""
    server = Server({**paths(8), "/4": replace(GOOD, takes_s=5_000.0)})

    run(checks(8), server, at_once=16, total_s=20_000.0, request_s=1_000.0, **waiting)

    assert server.requests.count("GET /4") == 2


def test_a_slow_answer_to_a_request_that_went_alone_counts() -> None:
    """Three requests time it, as one after the other."""
    server = Server({"/1": replace(GOOD, takes_s=0.4)})

    run(check("1", **{"expect.max_latency_ms": "250"}), server, at_once=16)

    assert server.requests == ["GET /1"] * 3


def test_a_slow_target_that_serves_one_at_a_time_is_asked_one_at_a_time() -> None:
    server = OneAtATime(paths(5, replace(GOOD, takes_s=5.5)))

    seen = run(checks(5), server, at_once=16)

    assert (len(verified(seen)), len(server.requests), server.most_at_once) == (5, 5, 1)


def test_a_wait_that_is_too_long_for_the_run_is_not_waited_for() -> None:
    """What the target says is told, as one after the other."""
    refusal = Played(status=429, headers={"retry-after": "99999"}, takes_s=0.01)

    seen = run(checks(3), Server(paths(3, refusal)), at_once=16, total_s=8.0)

    assert [one.exchanges[-1].status for one in seen.results.values()] == [429, 429, 429]
    assert seen.took_s < 1.0
