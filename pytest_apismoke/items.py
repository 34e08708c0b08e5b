"""What an active run collects: the built-in suites, and of the users' tests those for a target."""

from __future__ import annotations

from collections.abc import Generator, Iterable

import pytest

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.session import PREFLIGHT, SmokeSession
from pytest_apismoke.stages import Stage, StageResult, Suite
from pytest_apismoke.verdict import RUN


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
        last = self.stage_result.exchanges[-1:]
        lines = [str(excinfo.value), *(f"  repeat: {exchange.curl}" for exchange in last)]
        return self.smoke_session.redactor.text("\n".join(lines))

    def reportinfo(self) -> tuple[str, int, str]:
        """The node id's parts instead of a path into site-packages."""
        api, _, stage = self.nodeid.partition("::")
        return str(self.config.rootpath / api), 0, stage


class StageItem(GateItem):
    """One stage of a built-in suite."""

    stage: Stage

    def result(self) -> StageResult:
        """Runs the stage, and those before it that have not run yet."""
        assert self.parent is not None, "a stage belongs to a suite"
        return self.smoke_session.stage_result(self.parent.name, self.stage.name)


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
        for stage in self.suite.chosen(self.smoke_session.briefing.settings):
            item = StageItem.from_parent(self, name=stage.name)
            item.smoke_session, item.stage = self.smoke_session, stage
            item.add_marker("e2e")
            if self.config.pluginmanager.hasplugin("timeout"):
                # The budget is the deadline of the built-in checks; what restores is not cut off.
                item.add_marker(pytest.mark.timeout(0))
            if not stage.full_only:
                item.add_marker("smoke")
            yield item


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

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Adds the built-in checks, takes away what is not meant for a target, and keeps the order.

        Whatever other plugins deselect stays away; whatever they shuffle, the built-in checks come
        first and in their own order: what one of them does to the target another may notice, and
        the exit code must not depend on that.
        """
        stopped = self._smoke_session.briefing.stopped_by is not None
        mine = self._preflight(session) if stopped else self._suites(session)
        built_in = [item for node in mine for item in session.genitems(node)]
        wanted = [
            item for item in items if not stopped and _is_for_target(item, self._smoke_session)
        ]
        unwanted = [item for item in items if item not in wanted]
        if unwanted:
            config.hook.pytest_deselected(items=unwanted)
        items[:] = [*built_in, *wanted]
        result = yield
        place = {item.nodeid: index for index, item in enumerate(built_in)}
        items.sort(key=lambda item: place.get(item.nodeid, len(place)))
        return result

    def _suites(self, session: pytest.Session) -> Iterable[pytest.Collector]:
        for suite in self._smoke_session.suites():
            node = SuiteNode.from_parent(session, name=suite.api, nodeid=suite.api)
            node.smoke_session, node.suite = self._smoke_session, suite
            yield node

    def _preflight(self, session: pytest.Session) -> Iterable[pytest.Collector]:
        node = PreflightNode.from_parent(session, name=RUN, nodeid=RUN)
        node.smoke_session = self._smoke_session
        yield node


def _is_for_target(item: pytest.Item, smoke_session: SmokeSession) -> bool:
    marked = item.get_closest_marker("smoke") is not None
    if smoke_session.briefing.settings.smoke:
        return marked
    return marked or item.get_closest_marker("e2e") is not None
