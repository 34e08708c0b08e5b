"""Which worker runs what under pytest-xdist, with workers that are simulated."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.hooks.scheduling import Place, Scheduler, group_of_tests

CHECKS = ("settings::login", "settings::save", "orders.toml::list")
CONFIG = cast("pytest.Config", object())
HERE, ELSEWHERE = Place(), Place(is_here=False)


@dataclass(eq=False)
class Node:
    """A worker as xdist's controller sees it, and what the worker itself would do."""

    name: str
    place: Place
    ids: Sequence[str]
    queue: deque[int] = field(default_factory=deque)
    ran: list[str] = field(default_factory=list)
    shutting_down: bool = False

    @property
    def gateway(self) -> SimpleNamespace:
        return SimpleNamespace(id=self.name)

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        assert not self.shutting_down, "xdist's worker would never see them"
        self.queue.extend(indices)

    def shutdown(self) -> None:
        self.shutting_down = True

    @property
    def waiting(self) -> list[str]:
        return [self.ids[index] for index in self.queue]

    @property
    def may_run(self) -> bool:
        """Whether it knows the next test, or that there is none: it waits otherwise."""
        return len(self.queue) > (0 if self.shutting_down else 1)

    def run_one(self, scheduler: Scheduler) -> None:
        index = self.queue.popleft()
        self.ran.append(self.ids[index])
        scheduler.mark_test_complete(self, index)


class Run:
    """A run with some workers; each collects the checks, if it is here, and the tests of users."""

    def __init__(
        self,
        tests: Sequence[str],
        *places: Place,
        checks: Sequence[str] = CHECKS,
        dist: str = "load",
    ) -> None:
        self.tests, self.checks = tuple(tests), tuple(checks)
        self.nodes: list[Node] = []
        self.different: list[tuple[str, str]] = []
        self.stranded = 0
        self.scheduler = Scheduler(
            config=CONFIG,
            expected=len(places),
            checks=self.checks,
            group_of=group_of_tests(dist),
            place_of=lambda node: node.place,
            differs=lambda name, message: self.different.append((name, message)),
            is_stranded=self.strand,
        )
        for place in places:
            self.add(place)
        for node in list(self.nodes):
            self.collect(node)

    def strand(self) -> None:
        self.stranded += 1

    def add(self, place: Place) -> Node:
        ids = (*(self.checks if place.is_here else ()), *self.tests)
        node = Node(name=f"gw{len(self.nodes)}", place=place, ids=ids)
        self.nodes.append(node)
        self.scheduler.add_node(node)
        return node

    def collect(self, node: Node) -> None:
        self.scheduler.add_node_collection(node, node.ids)
        if self.scheduler.collection_is_completed:
            self.scheduler.schedule()

    def die(self, node: Node) -> str | None:
        """A worker dies; xdist replaces it."""
        died_of = self.scheduler.remove_node(node)
        node.queue.clear()
        node.shutting_down = True
        self.collect(self.add(node.place))
        return died_of

    @property
    def able(self) -> list[Node]:
        return [node for node in self.nodes if node.may_run]

    def to_the_end(self, choose: Callable[[list[Node]], Node] = lambda able: able[0]) -> Run:
        while self.able:
            choose(self.able).run_one(self.scheduler)
        return self

    @property
    def ran(self) -> list[list[str]]:
        return [node.ran for node in self.nodes]


def in_turn() -> Callable[[list[Node]], Node]:
    """Chooses the worker that has run the fewest tests."""
    return lambda able: min(able, key=lambda node: len(node.ran))


def users(number: int, file: str = "test_mine.py") -> list[str]:
    return [f"{file}::test_{index}" for index in range(number)]


# -- where tests go ---------------------------------------------------------------------------


def test_one_worker_runs_all_checks_in_order_and_others_run_the_tests_of_users() -> None:
    run = Run(users(4), HERE, HERE).to_the_end(in_turn())
    assert run.ran == [[*CHECKS, "test_mine.py::test_3"], users(3)]


def test_a_worker_without_tests_ends() -> None:
    run = Run([], HERE, HERE, HERE)
    assert [(node.waiting, node.shutting_down) for node in run.nodes] == [
        (list(CHECKS), False),
        ([], True),
        ([], True),
    ]


def test_a_worker_elsewhere_runs_users_tests_only() -> None:
    run = Run(users(2), ELSEWHERE, HERE)
    assert [node.waiting for node in run.nodes] == [users(2), list(CHECKS)]


def test_a_test_that_needs_the_journal_stays_here_and_so_does_its_group() -> None:
    tests = [*users(2, "test_a.py"), *users(2, "test_b.py")]
    pinned = Place(pinned=frozenset({"test_a.py::test_1"}))
    run = Run(tests, ELSEWHERE, pinned, dist="loadfile").to_the_end(in_turn())
    assert run.ran == [users(2, "test_b.py"), [*CHECKS, *users(2, "test_a.py")]]


def test_a_refused_worker_runs_nothing() -> None:
    run = Run(users(2), Place(is_here=False, is_refused=True), HERE)
    assert [(node.waiting, node.shutting_down) for node in run.nodes] == [
        ([], True),
        ([*CHECKS], False),
    ]
    assert run.to_the_end().ran == [[], [*CHECKS, *users(2)]]


def test_without_a_worker_here_the_checks_are_not_run_and_the_run_is_told() -> None:
    run = Run(users(2), ELSEWHERE).to_the_end()
    assert (run.ran, run.stranded, run.scheduler.tests_finished) == ([users(2)], 1, True)


@pytest.mark.parametrize(
    ("dist", "nodeid", "group"),
    [
        ("load", "a/test_x.py::T::test_y[1@2]", "a/test_x.py::T::test_y[1@2]"),
        ("loadfile", "a/test_x.py::T::test_y[1]", "a/test_x.py"),
        ("loadscope", "a/test_x.py::T::test_y[1]", "a/test_x.py::T"),
        ("loadgroup", "a/test_x.py::T::test_y[1]@db", "db"),
        ("loadgroup", "a/test_x.py::test_y[1@2]", "a/test_x.py::test_y[1@2]"),
        ("worksteal", "a@b/test_x.py::test_y", "a@b/test_x.py::test_y"),
    ],
)
def test_users_tests_are_grouped_as_dist_says(dist: str, nodeid: str, group: str) -> None:
    assert group_of_tests(dist)(nodeid) == group


# -- what can go wrong ------------------------------------------------------------------------


def test_the_rest_of_the_checks_is_run_by_the_replacement_of_a_worker_that_died() -> None:
    run = Run(users(3), HERE, HERE)
    run.nodes[0].run_one(run.scheduler)
    assert run.die(run.nodes[0]) == CHECKS[1]
    assert run.to_the_end().ran == [[CHECKS[0]], users(3)[:2], [CHECKS[2], users(3)[2]]]


def test_a_plugin_that_is_asked_about_a_dead_worker_finds_the_configuration() -> None:
    """pytest-rerunfailures reads it from the scheduler, as from those of xdist."""
    assert Run([], HERE).scheduler.config is CONFIG


def test_a_worker_that_dies_without_tests_died_of_none() -> None:
    run = Run([], HERE, HERE)
    assert run.scheduler.remove_node(run.nodes[1]) is None
    assert run.scheduler.nodes == [run.nodes[0]]


def test_workers_that_have_collected_other_tests_run_nothing_and_it_is_told() -> None:
    assert Run(users(1), ELSEWHERE, HERE, HERE).different == []
    nodes = [Node(name=name, place=HERE, ids=[f"test_{name}"]) for name in ("one", "two")]
    told: list[str] = []
    scheduler = Scheduler(
        config=CONFIG,
        expected=2,
        checks=CHECKS,
        group_of=str,
        place_of=lambda node: node.place,
        differs=lambda name, message: told.append(f"{name}: {message.splitlines()[0]}"),
        is_stranded=lambda: told.append("stranded"),
    )
    for node in nodes:
        scheduler.add_node(node)
        scheduler.add_node_collection(node, node.ids)
    scheduler.schedule()
    assert told == ["two: Different tests were collected between one and two. The difference is:"]
    assert scheduler.tests_finished
    assert not scheduler.has_pending


@given(data=st.data())
def test_every_test_is_run_once_whatever_dies(data: st.DataObject) -> None:
    """Except those that workers died of; the checks are run here, and in order."""
    tests = users(data.draw(st.integers(0, 6)))
    pinned = frozenset(data.draw(st.sets(st.sampled_from(tests or ["none"]))))
    elsewhere = data.draw(st.lists(st.just(ELSEWHERE), max_size=2))
    here = data.draw(st.lists(st.just(Place(pinned=pinned)), min_size=1, max_size=2))
    places = data.draw(st.permutations([*elsewhere, *here]))
    run, died_of = Run(tests, *places), list[str]()
    deaths = data.draw(st.integers(0, 3))
    while run.able:
        node = data.draw(st.sampled_from(run.able))
        if deaths and data.draw(st.booleans()):
            deaths -= 1
            died_of += filter(None, [run.die(node)])
        else:
            node.run_one(run.scheduler)
    ran = [nodeid for node in run.nodes for nodeid in node.ran]
    assert sorted([*ran, *died_of]) == sorted([*CHECKS, *tests])
    checks = [nodeid for nodeid in ran if nodeid in CHECKS]
    assert checks == [nodeid for nodeid in CHECKS if nodeid in checks]
    stays = {*CHECKS, *pinned}
    assert all(stays.isdisjoint(node.ran) for node in run.nodes if not node.place.is_here)
    assert run.scheduler.tests_finished


# -- growth -----------------------------------------------------------------------------------


class Counted(str):
    """A node id that counts how often it is looked at."""

    __slots__ = ()
    looks = 0

    def __hash__(self) -> int:
        Counted.looks += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        Counted.looks += 1
        return super().__eq__(other)


def looks(number: int) -> int:
    """How often a run with a number of checks, and as many tests, looks at their ids."""
    checks = [Counted(f"orders.toml::{index}") for index in range(number)]
    Counted.looks = 0
    run = Run([Counted(nodeid) for nodeid in users(number)], HERE, HERE, checks=checks)
    while run.able:
        # xdist asks this after every message of a worker.
        bool(run.scheduler.tests_finished)
        in_turn()(run.able).run_one(run.scheduler)
    assert sum(map(len, run.ran)) == 2 * number
    return Counted.looks


def test_the_work_of_scheduling_grows_with_the_number_of_tests() -> None:
    assert looks(1000) == pytest.approx(10 * looks(100), rel=0.05)
