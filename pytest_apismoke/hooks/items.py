"""What an active run collects: the built-in suites, and of the users' tests those for a target."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path

import pytest

from pytest_apismoke.checks.declared.model import FOLDER
from pytest_apismoke.checks.stages import StageResult, Suite
from pytest_apismoke.configuration.profiles import OPENAPI
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.evidence import exchange_at
from pytest_apismoke.hooks import user_tests
from pytest_apismoke.hooks.outcomes import PREFLIGHT
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.verdict.judgement import RUN, USER_TESTS


class GateItem(pytest.Item):
    """An item whose result is an outcome of the gate, shown as text and never as a traceback."""

    smoke_session: SmokeSession
    stage_result: StageResult | None = None

    def result(self) -> StageResult:
        """Makes the check."""
        raise NotImplementedError

    def runtest(self) -> None:
        """Makes the check and tells pytest how it ended."""
        self.stage_result = self.result()
        if self.stage_result.failure:
            raise SmokeError(self.stage_result.failure)
        if self.stage_result.proof is None:
            pytest.skip(self.stage_result.skipped)

    def repr_failure(  # type: ignore[override]  # pytest takes any representation, text included
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> object:
        """The failure in its parts, and the line that repeats the request."""
        if not isinstance(excinfo.value, SmokeError) or self.stage_result is None:
            return super().repr_failure(excinfo)
        failure = excinfo.value.failure
        exchange = exchange_at(self.stage_result.exchanges, failure.where)
        lines = [str(failure), *(f"  {line}" for line in failure.difference)]
        lines += [f"  repeat: {exchange.curl}"] if exchange else []
        return self.smoke_session.redactor.text("\n".join(lines))

    def reportinfo(self) -> tuple[str, int, str]:
        """The node id's parts instead of a path into site-packages."""
        api, _, stage = self.nodeid.partition("::")
        return str(self.config.rootpath / api), 0, stage


class StageItem(GateItem):
    """One stage of a built-in suite."""

    def result(self) -> StageResult:
        """Runs the stage, and those before it that have not run yet."""
        return self.smoke_session.check_plan.result(self.nodeid)


class DeclaredCheckItem(GateItem):
    """One check that a file in `contracts/` declares."""

    def result(self) -> StageResult:
        """Makes the check, and those that it takes something from."""
        return self.smoke_session.check_plan.result(self.nodeid)

    def reportinfo(self) -> tuple[str, int | None, str]:  # type: ignore[override]
        """The file that declares it."""
        return str(self.config.rootpath / self.nodeid.partition("::")[0]), None, self.name


class PreflightItem(GateItem):
    """The one red test of a run whose target could not be checked at all."""

    def result(self) -> StageResult:
        """The failure of the preflight."""
        return self.smoke_session.preflight_result()


class SuiteNode(pytest.Collector):
    """The parent of a suite's items; gives them node ids that a person can read."""

    smoke_session: SmokeSession
    suite: Suite

    def collect(self) -> Iterable[pytest.Item]:
        """The stages of this run's mode."""
        for stage in self.suite.chosen(self.smoke_session.preflight.settings):
            item = StageItem.from_parent(self, name=stage.name)
            _prepare(item, self.smoke_session, smoke=not stage.full_only)
            yield item


class DeclaredFile(pytest.File):
    """A file in `contracts/` that declares checks; those that are not of this run are left out."""

    smoke_session: SmokeSession

    def collect(self) -> Iterable[pytest.Item]:
        """The checks of this run, in the order of the file."""
        return _declared_in(self, self.smoke_session)


class OperationsNode(pytest.Collector):
    """The parent of the checks that an API description gives."""

    smoke_session: SmokeSession

    def collect(self) -> Iterable[pytest.Item]:
        """The checks of this run, in the order of the description."""
        return _declared_in(self, self.smoke_session)


def _declared_in(node: pytest.Collector, smoke_session: SmokeSession) -> Iterable[pytest.Item]:
    for declared in smoke_session.check_plan.items:
        if declared.check.file == node.nodeid:
            item = DeclaredCheckItem.from_parent(node, name=declared.stage)
            _prepare(item, smoke_session, smoke=declared.check.smoke)
            yield item


def _prepare(item: GateItem, smoke_session: SmokeSession, *, smoke: bool) -> None:
    item.smoke_session = smoke_session
    item.add_marker("e2e")
    if smoke:
        item.add_marker("smoke")
    if item.config.pluginmanager.hasplugin("timeout"):
        # The budget is the deadline of the gate's own checks; what restores is not cut off.
        item.add_marker(pytest.mark.timeout(0))


class PreflightNode(pytest.Collector):
    """The parent of the item that stands for a failed preflight."""

    smoke_session: SmokeSession

    def collect(self) -> Iterable[pytest.Item]:
        """The one item."""
        item = PreflightItem.from_parent(self, name=PREFLIGHT.partition("::")[2])
        item.smoke_session = self.smoke_session
        yield item


class Collection:
    """The hooks that decide what is collected."""

    def __init__(self, smoke_session: SmokeSession) -> None:
        self._smoke_session = smoke_session

    def pytest_collect_file(
        self, file_path: Path, parent: pytest.Collector
    ) -> pytest.Collector | None:
        """Takes the files in `contracts/` that declare checks."""
        if file_path.suffix != ".toml" or file_path.parent != parent.config.rootpath / FOLDER:
            return None
        node = DeclaredFile.from_parent(parent, path=file_path)
        node.smoke_session = self._smoke_session
        return node

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Adds the built-in checks, takes away what is not meant for a target, and keeps the order.

        Whatever other plugins deselect stays away; whatever they shuffle, the built-in checks come
        first and in their own order: what one of them does to the target another may notice, and
        the exit code must not depend on that.
        """
        stopped = self._smoke_session.preflight.stopped_by is not None
        mine = self._preflight(session) if stopped else self._suites(session)
        built_in = [item for node in mine for item in session.genitems(node)]
        wanted = [
            item for item in items if not stopped and _is_for_target(item, self._smoke_session)
        ]
        kept = set(map(id, wanted))
        unwanted = [item for item in items if id(item) not in kept]
        if unwanted:
            config.hook.pytest_deselected(items=unwanted)
        items[:] = [*built_in, *wanted]
        result = yield
        place = {item.nodeid: index for index, item in enumerate(built_in)}
        items.sort(key=lambda item: place.get(item.nodeid, len(place)))
        self._smoke_session.check_plan.select([item.nodeid for item in items])
        return result

    def _suites(self, session: pytest.Session) -> Iterable[pytest.Collector]:
        for suite in self._smoke_session.check_plan.suites():
            node = SuiteNode.from_parent(session, name=suite.api, nodeid=suite.api)
            node.smoke_session, node.suite = self._smoke_session, suite
            yield node
        operations = OperationsNode.from_parent(session, name=OPENAPI, nodeid=OPENAPI)
        operations.smoke_session = self._smoke_session
        yield operations

    def _preflight(self, session: pytest.Session) -> Iterable[pytest.Collector]:
        node = PreflightNode.from_parent(session, name=RUN, nodeid=RUN)
        node.smoke_session = self._smoke_session
        yield node


def _is_for_target(item: pytest.Item, smoke_session: SmokeSession) -> bool:
    marked = item.get_closest_marker("smoke") is not None
    settings = smoke_session.preflight.settings
    api, _, _ = user_tests.marked(item)
    if api != USER_TESTS and not settings.has_test_of(api):
        return False
    if settings.smoke:
        return marked
    return marked or item.get_closest_marker("e2e") is not None
