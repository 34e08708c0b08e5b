"""Collects the tests of an active run: the built-in suites, and users' tests for a target."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path

import pytest

from pytest_apismoke.checks.declared.model import FOLDER
from pytest_apismoke.checks.model import Check, CheckResult
from pytest_apismoke.checks.plan import PREFLIGHT, CheckPlan
from pytest_apismoke.checks.runner import Runner
from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.evidence import exchange_at
from pytest_apismoke.hooks import user_tests
from pytest_apismoke.hooks.asked import Asked, Collected, Kind
from pytest_apismoke.hooks.handover import ASKED
from pytest_apismoke.hooks.other_plugins import TIMEOUT, is_loaded
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.verdict.judgement import RUN, USER_TESTS, Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """The checks of a process, their runner, and what was collected besides."""

    plan: CheckPlan
    runner: Runner
    redactor: Redactor
    asked: Asked = field(default_factory=Asked)

    def select(self, ids: Sequence[str]) -> None:
        """Sets the ids of the tests that are left, in the order in which they run."""
        self.plan.select(ids)
        self.runner.expect(ids)

    @property
    def planned(self) -> tuple[Planned, ...]:
        """All that this run has to verify: the checks, and the tests of users."""
        return (*self.plan.planned, *self.asked.planned)


class CheckItem(pytest.Item):
    """One check of the gate; pytest shows its message, never a traceback."""

    checks: Checks
    check: Check
    check_result: CheckResult | None = None

    def runtest(self) -> None:
        """Runs the check after those it depends on; raises its failure, or skips."""
        self.check_result = self.checks.runner.result(
            self.check.id, selected=self.checks.plan.selected
        )
        if self.check_result.failure:
            raise SmokeError(self.check_result.failure)
        if self.check_result.skip:
            pytest.skip(self.check_result.skip.text)

    def repr_failure(  # type: ignore[override]  # pytest takes any representation, strings included
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> object:
        """The parts of the failure, and a curl line that repeats the request."""
        if not isinstance(excinfo.value, SmokeError):
            return super().repr_failure(excinfo)
        failure = excinfo.value.failure
        exchanges = self.check_result.exchanges if self.check_result else ()
        exchange = exchange_at(exchanges, failure.where)
        lines = [str(failure), *(f"  {line}" for line in failure.difference)]
        lines += [f"  repeat: {exchange.curl}"] if exchange else []
        return self.checks.redactor.text("\n".join(lines))

    def reportinfo(self) -> tuple[str, int | None, str]:
        """The parts of the node id instead of a path into site-packages."""
        line = None if isinstance(self.parent, pytest.File) else 0
        return str(self.config.rootpath / self.check.node), line, self.check.stage


class CheckNode(pytest.Collector):
    """The parent of the checks of an API; gives them short node ids."""

    checks: Checks

    def collect(self) -> Iterable[pytest.Item]:
        """The checks of this run, in order."""
        return _items(self, self.checks)


class CheckFile(pytest.File):
    """A file in `contracts/` that declares checks."""

    checks: Checks

    def collect(self) -> Iterable[pytest.Item]:
        """The checks of this run, in the order of the file."""
        return _items(self, self.checks)


def _items(node: pytest.Collector, checks: Checks) -> Iterable[pytest.Item]:
    # Made once: pytest takes longer to make a marker than an item.
    marks = [pytest.mark.e2e]
    if is_loaded(node.config, TIMEOUT):
        # The budget is the deadline of the gate's own checks, and never interrupts a restore.
        marks.append(pytest.mark.timeout(0))
    for check in checks.plan.of_node(node.nodeid):
        item = CheckItem.from_parent(node, name=check.stage)
        item.checks, item.check = checks, check
        for mark in [*marks, pytest.mark.smoke] if check.smoke else marks:
            item.add_marker(mark)
        yield item


class Collection:
    """The collection hooks.

    Args:
        checks: of the run.
        settings: of the run.
        rootdir: that node ids are relative to.
        is_elsewhere: whether this is a worker on another machine, which runs users' tests only.

    """

    def __init__(
        self, checks: Checks, settings: Settings, *, rootdir: Path, is_elsewhere: bool = False
    ) -> None:
        self._rootdir = rootdir
        self._is_elsewhere = is_elsewhere
        self._checks = checks
        self._settings = settings
        self._items: list[pytest.Item] = []
        self._files: list[Collected] = []
        #: The node of the folder that holds the declared checks.
        self._folder: pytest.Collector | None = None

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Collects the files in `contracts/` that declare checks."""
        folder = parent.config.rootpath / FOLDER
        if self._is_elsewhere or file_path.suffix != ".toml" or file_path.parent != folder:
            return None
        if parent.session.isinitpath(file_path):
            self._folder = parent
        return self._file_of_checks(file_path, parent)

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Keeps every item: another plugin may take it away before anything else sees it."""
        self._items.append(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keeps the files that skip themselves, or can't be collected."""
        if report.passed:
            return
        kind = Kind.SKIPPED if report.skipped else Kind.FAILED
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
        path = self._rootdir / report.nodeid.partition("::")[0]
        self._files.append(
            Collected(
                name=report.nodeid,
                path=str(path),
                kind=kind,
                detail=self._checks.redactor.text(reason.removeprefix("Skipped: ")),
            )
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sends what this worker has collected to the controller."""
        output = getattr(session.config, "workeroutput", None)
        # The paths of another machine say nothing to this one.
        if output is not None and not self._is_elsewhere:
            output[ASKED] = json.dumps(self._checks.asked.to_json())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Adds the built-in checks, deselects tests that are not meant for a target, and sorts.

        Tests that other plugins deselect stay deselected. If they shuffle, the built-in checks are
        still first and in their own order: one may affect another, and the exit code must not
        depend on the order.
        """
        stopped = self._checks.plan.is_stopped
        built_in = [item for node in self._nodes(session) for item in session.genitems(node)]
        # Paths may lie one below the other.
        items[:] = list(
            {item.nodeid: item for item in [*items, *self._of_other_files(session)]}.values()
        )
        places = {name: index for index, name in enumerate(self._checks.plan.files)}
        items.sort(key=lambda item: places.get(_node_of(item), len(places)))
        asked = [item for item in self._items if isinstance(item.parent, pytest.File)]
        self._checks.asked.keep([*map(self._collected, asked), *self._files])
        wanted = [item for item in items if not stopped and self._kind(item) is Kind.WANTED]
        kept = set(map(id, wanted))
        unwanted = [item for item in items if id(item) not in kept]
        if unwanted:
            config.hook.pytest_deselected(items=unwanted)
        items[:] = [*built_in, *wanted]
        result = yield
        plan = self._checks.plan
        left = {item.nodeid for item in items}
        # The checks that explain why others can't be run are kept, even if deselected, and a
        # failure of the run is one only where it explains anything.
        causes = plan.causes(left) | ({PREFLIGHT} if stopped else set())
        if plan.no_token and any(user_tests.uses_token(item) for item in items):
            causes |= {plan.no_token.because_of}
        items += [item for item in built_in if item.nodeid in causes - left]
        items[:] = [item for item in items if item.nodeid in causes or not _is_of_run(item)]
        place = {item.nodeid: index for index, item in enumerate(built_in)}
        items.sort(key=lambda item: place.get(item.nodeid, len(place)))
        self._checks.select([item.nodeid for item in items])
        return result

    def _collected(self, item: pytest.Item) -> Collected:
        api, _, _ = user_tests.marked(item)
        return Collected(
            name=item.nodeid,
            path=str(item.path),
            kind=self._kind(item),
            api=api,
            is_users_test=not isinstance(item, CheckItem),
        )

    def _kind(self, item: pytest.Item) -> Kind:
        """Whether an item belongs to the run; a check does if its plan has it."""
        settings, (api, _, _) = self._settings, user_tests.marked(item)
        marked = item.get_closest_marker("smoke") is not None
        if not marked and item.get_closest_marker("e2e") is None:
            return Kind.UNMARKED
        if api != USER_TESTS and not settings.has_test_of(api):
            return Kind.OF_ANOTHER_API
        return Kind.WANTED if marked or not settings.smoke else Kind.OF_FULL_RUNS

    def _of_other_files(self, session: pytest.Session) -> Iterator[pytest.Item]:
        """The declared checks of all files but the first, which pytest was given.

        For each path pytest collects the folder anew, with every file in it: with many files that
        would take longer than their checks.
        """
        folder = self._folder
        if folder is not None:
            for name in self._checks.plan.files[1:]:
                path = session.config.rootpath / name
                yield from session.genitems(self._file_of_checks(path, folder))

    def _file_of_checks(self, path: Path, folder: pytest.Collector) -> CheckFile:
        node = CheckFile.from_parent(folder, path=path)
        node.checks = self._checks
        return node

    def _nodes(self, session: pytest.Session) -> Iterable[pytest.Collector]:
        for name in () if self._is_elsewhere else self._checks.plan.nodes:
            node = CheckNode.from_parent(session, name=name, nodeid=name)
            node.checks = self._checks
            yield node


def _node_of(item: pytest.Item) -> str:
    """The id of the node whose checks an item is one of; empty for a user's test."""
    return item.check.node if isinstance(item, CheckItem) else ""


def _is_of_run(item: pytest.Item) -> bool:
    return isinstance(item, CheckItem) and item.check.api == RUN
