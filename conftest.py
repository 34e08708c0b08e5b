"""Settings for every run of pytest in this checkout; needs nothing but pytest itself."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import signal
from collections.abc import Iterator

import pytest

#: Where the cases of a test are runs of the gate, each a process.
WHOLE_RUNS = (
    *("tests/gate/", "tests/golden/", "tests/shapes/"),
    *("tests/documentation/test_runbook.py", "tests/documentation/test_runs.py"),
)
#: What plain `pytest` leaves out; any -m, or a path, brings it back.
SLOW = ("hypothesis", "distributed", "exhaustive", "by_hand")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds what makes a run of many tests quicker."""
    parser.addoption(
        "--few-examples",
        action="store_true",
        help="property tests try few examples, as on each Python but one in tox.ini",
    )
    parser.addoption(
        "--every",
        type=int,
        default=1,
        metavar="N",
        help="of the cases of each test with whole runs only every n-th, as in tox.ini",
    )
    parser.addoption(
        "--whole-runs",
        type=int,
        default=1,
        metavar="N",
        help="of all that are whole runs only every n-th, as in tox.ini",
    )
    parser.addoption(
        "--one-in",
        type=int,
        default=1,
        metavar="N",
        help="of all tests only every n-th, as on all Pythons but one in tox.ini",
    )


def pytest_report_header() -> str:
    """Says which copy of the package is being tested: an installed one, or this checkout."""
    spec = importlib.util.find_spec("pytest_apismoke")
    place = spec.origin if spec else "nowhere"
    return f"under test: pytest-apismoke {importlib.metadata.version('pytest-apismoke')}, {place}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out cases of whole runs, and slow tests where neither a path nor a marker is named."""
    _thin(config, items)
    _thin_all(config, items, WHOLE_RUNS, every=config.getoption("--whole-runs"))
    _thin_all(config, items, ("",), every=config.getoption("--one-in"))
    if config.option.markexpr or config.args_source is not config.ArgsSource.TESTPATHS:
        return
    slow = [item for item in items if any(item.get_closest_marker(name) for name in SLOW)]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def _thin(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps every n-th case of a test in the order of their names: the same in each process."""
    every, cases = config.getoption("--every"), dict[str, list[str]]()
    for item in items:
        if item.nodeid.startswith(WHOLE_RUNS):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item.nodeid)
    left_out: set[str] = set()
    for names in cases.values():
        left_out |= set(names) - set(sorted(names)[::every])
    if left_out:
        config.hook.pytest_deselected(items=[one for one in items if one.nodeid in left_out])
        items[:] = [item for item in items if item.nodeid not in left_out]


def _thin_all(
    config: pytest.Config, items: list[pytest.Item], places: tuple[str, ...], *, every: int
) -> None:
    """Keeps every n-th item of some places, of whichever test: the same in each process."""
    runs = sorted(item.nodeid for item in items if item.nodeid.startswith(places))
    left_out = set(runs) - set(runs[::every])
    if left_out:
        config.hook.pytest_deselected(items=[one for one in items if one.nodeid in left_out])
        items[:] = [item for item in items if item.nodeid not in left_out]


@pytest.fixture(scope="session", autouse=True)
def signals_have_their_defaults() -> None:
    """Signals end a process, as the tests of signals want it, and the runs that they start inherit.

    A shell starts what it puts into the background with SIGINT ignored, and nohup ignores SIGHUP.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session", autouse=True)
def no_process_is_left_behind() -> Iterator[None]:
    """Fails at the end of the session if a process that a test started is still running.

    It stands here to be set up before, and torn down after, whatever else has the session's scope.
    """
    yield
    # Found by the ini option pythonpath, which holds for the tests only.
    from harness import left_behind

    assert left_behind() == []
