"""Which worker of pytest-xdist runs what: all checks of the gate on one, users' tests spread.

The checks form one group. Their order decides the exit code (a save may fail after the OAuth
start), what they send ahead is kept in one process, and a worker costs more than it saves them.

xdist's own scheduler looks through every test of a worker whenever one has ended; this one keeps
counts, so that its work grows with the number of tests and not with its square.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NoReturn

import pytest
from xdist.report import report_collection_diff

from pytest_apismoke.records import dataclass

#: The group of the checks; no node id has this character.
_CHECKS = "\0"
#: A worker runs no test before it knows the next one, or that there is none.
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What decides which tests a worker may run.

    `is_here`: it runs on the machine of the controller, where the journal is. `pinned`: the ids of
    the users' tests that need the journal. `is_refused`: it can't run any test.
    """

    is_here: bool = True
    pinned: frozenset[str] = frozenset()
    is_refused: bool = False


class _Worker:
    """A worker, the index of each of its tests, and those that it has not finished, in order."""

    def __init__(self, node: Any, place: Place, ids: Sequence[str]) -> None:
        self.node = node
        self.place = place
        self.ids = ids
        self.index = {nodeid: number for number, nodeid in enumerate(ids)}
        self.pending: dict[str, None] = {}


class Scheduler:
    """xdist's `Scheduling`, the same for every --dist, because the exit code has to be the same.

    Args:
        config: pytest's; other plugins read it from a scheduler when a worker has died.
        expected: the number of workers that the run starts with.
        checks: the ids of all checks of the gate.
        group_of: the group of a user's test by its id; the tests of a group share a worker.
        place_of: the place of a worker that has collected.
        differs: called with the name of a worker, and how its tests differ from those of another.
        is_stranded: called when no worker may run the checks.

    """

    def __init__(
        self,
        *,
        config: pytest.Config,
        expected: int,
        checks: Collection[str],
        group_of: Callable[[str], str],
        place_of: Callable[[Any], Place],
        differs: Callable[[str, str], None],
        is_stranded: Callable[[], None],
    ) -> None:
        self.config = config
        self._expected = expected
        self._checks = frozenset(checks)
        self._group_of = group_of
        self._place_of = place_of
        self._differs = differs
        self._is_stranded = is_stranded
        #: Those that are ready, and None until they have collected.
        self._workers: dict[Any, _Worker | None] = {}
        self._collected = 0
        self._is_started = False
        #: The first worker with tests, which every other one is compared with.
        self._first: _Worker | None = None
        self._pinned: frozenset[str] = frozenset()
        #: The groups that are left: of the machine of the controller, and of any.
        self._here: deque[tuple[str, ...]] = deque()
        self._anywhere: deque[tuple[str, ...]] = deque()

    # -- what xdist asks ------------------------------------------------------------------------

    @property
    def nodes(self) -> list[Any]:
        """The workers."""
        return list(self._workers)

    @property
    def collection_is_completed(self) -> bool:
        """Whether all workers that the run started with have collected."""
        return self._collected >= self._expected

    @property
    def has_pending(self) -> bool:
        """Whether any test is left."""
        return self._has_groups or any(worker.pending for worker in self._ready())

    @property
    def tests_finished(self) -> bool:
        """Whether no worker needs another test to run those that it has."""
        if not self._is_started or self._has_groups:
            return False
        return all(len(worker.pending) < _FEWEST for worker in self._ready())

    # -- what xdist tells -----------------------------------------------------------------------

    def add_node(self, node: Any) -> None:
        """Takes a worker that is about to collect."""
        self._workers[node] = None

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        """Takes what a worker has collected."""
        place = self._place_of(node)
        self._collected += 1
        if place.is_refused:
            node.shutdown()
            return
        worker = _Worker(node, place, collection)
        if self._is_started and self._first and self._difference(self._first, worker):
            # The replacement of a worker that died: others can run its tests.
            node.shutdown()
            return
        self._workers[node] = worker

    def schedule(self) -> None:
        """Gives every worker tests, as soon as all have collected, and to each new one."""
        if not self._is_started:
            self._is_started = True
            self._begin()
        for worker in self._ready():
            self._fill(worker)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Takes note of a test that has ended, and gives its worker others."""
        worker = self._workers[node]
        assert worker, "only a worker that has collected runs a test"
        worker.pending.pop(worker.ids[item_index], None)
        self._fill(worker)

    def remove_node(self, node: Any) -> str | None:
        """Takes back the tests of a worker that is gone; returns the one that it died of."""
        worker = self._workers.pop(node)
        if worker is None or not worker.pending:
            return None
        died_of, *left = worker.pending
        groups = self._groups(left)
        self._here.extendleft(reversed([group for group in groups if self._stays_here(group)]))
        self._anywhere.extend(group for group in groups if not self._stays_here(group))
        for other in self._ready():
            self._fill(other)
        return died_of

    def mark_test_pending(self, item: str) -> NoReturn:
        """Not offered: no test is run a second time."""
        raise NotImplementedError

    def remove_pending_tests_from_node(self, node: Any, indices: Sequence[int]) -> NoReturn:
        """Not offered: no test is taken from a worker that lives."""
        raise NotImplementedError

    # -- how it decides -------------------------------------------------------------------------

    @property
    def _has_groups(self) -> bool:
        return bool(self._here or self._anywhere)

    def _ready(self) -> list[_Worker]:
        return [worker for worker in self._workers.values() if worker]

    def _begin(self) -> None:
        ready = self._ready()
        here = [worker for worker in ready if worker.place.is_here]
        self._first = next(iter([*here, *ready]), None)
        self._pinned = frozenset().union(*(worker.place.pinned for worker in ready))
        if not here and (self._checks or self._pinned):
            self._is_stranded()
        if self._first is None or self._are_different(ready):
            return
        # The checks first, as in a serial run; then the largest groups, which take the longest.
        groups = self._groups(self._first.ids)
        groups.sort(key=lambda group: (group[0] not in self._checks, -len(group)))
        self._here.extend(group for group in groups if here and self._stays_here(group))
        self._anywhere.extend(group for group in groups if not self._stays_here(group))
        # One group each, before any worker gets a second one.
        for worker in ready:
            self._give_one(worker)

    def _groups(self, ids: Iterable[str]) -> list[tuple[str, ...]]:
        """The groups of some tests, in the order of their first tests."""
        found: dict[str, list[str]] = {}
        for nodeid in ids:
            group = _CHECKS if nodeid in self._checks else self._group_of(nodeid)
            found.setdefault(group, []).append(nodeid)
        return list(map(tuple, found.values()))

    def _stays_here(self, group: Sequence[str]) -> bool:
        return group[0] in self._checks or not self._pinned.isdisjoint(group)

    def _fill(self, worker: _Worker) -> None:
        while not worker.node.shutting_down and len(worker.pending) < _FEWEST:
            if not self._give_one(worker):
                # It ends after the tests that it has.
                worker.node.shutdown()

    def _give_one(self, worker: _Worker) -> bool:
        """Gives a worker a group that it may run, if one is left."""
        groups = self._here if worker.place.is_here and self._here else self._anywhere
        if not groups:
            return False
        group = groups.popleft()
        worker.pending.update(dict.fromkeys(group))
        worker.node.send_runtest_some([worker.index[nodeid] for nodeid in group])
        return True

    def _are_different(self, workers: Iterable[_Worker]) -> bool:
        assert self._first, "there is a worker"
        found = [
            (worker.node.gateway.id, message)
            for worker in workers
            if (message := self._difference(self._first, worker))
        ]
        for name, message in found:
            self._differs(name, message)
        return bool(found)

    def _difference(self, first: _Worker, other: _Worker) -> str | None:
        """How the tests of two workers differ; only those here have collected the checks."""
        one, two = first.ids, other.ids
        if first.place.is_here is not other.place.is_here:
            one, two = self._of_users(one), self._of_users(two)
        if one == two:
            return None
        names = first.node.gateway.id, other.node.gateway.id
        message: str | None = report_collection_diff(one, two, *names)
        return message

    def _of_users(self, ids: Iterable[str]) -> list[str]:
        return [nodeid for nodeid in ids if nodeid not in self._checks]


def group_of_tests(dist: str) -> Callable[[str], str]:
    """The groups of users' tests for a value of --dist, by their ids."""
    if dist == "loadfile":
        return lambda nodeid: nodeid.partition("::")[0]
    if dist == "loadscope":
        return lambda nodeid: nodeid.rpartition("::")[0]
    if dist == "loadgroup":
        return _marked_group
    return lambda nodeid: nodeid


def _marked_group(nodeid: str) -> str:
    """The group of the marker xdist_group: xdist's worker puts it behind the id."""
    # A parameter of the test may contain the sign too.
    return nodeid.rpartition("@")[2] if nodeid.rfind("@") > nodeid.rfind("]") else nodeid


def report_difference(config: pytest.Config, name: str, message: str) -> None:
    """Reports that a worker has collected other tests, as xdist's own schedulers do."""
    report = pytest.CollectReport(nodeid=name, outcome="failed", longrepr=message, result=[])
    config.hook.pytest_collectreport(report=report)
