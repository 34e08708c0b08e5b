"""Backends for the tests: shared ones, and one with the faults of a test."""

from collections.abc import Iterator

import pytest
from demo.running import PASSWORD, Demo, Fleet, Start


@pytest.fixture(scope="session")
def fleet() -> Iterator[Fleet]:
    fleet = Fleet()
    yield fleet
    fleet.stop()


@pytest.fixture(scope="session")
def shared_demo(fleet: Fleet) -> Demo:
    """A healthy backend for tests that leave its document unchanged."""
    return fleet.start("--until-eof", environ={"APISMOKE_DEMO_PASSWORD": PASSWORD})


@pytest.fixture(scope="session")
def tagged_demo(fleet: Fleet) -> Demo:
    """A backend with ETags, for tests that accept any document."""
    return fleet.start("--until-eof", "--fault=etags", environ={"APISMOKE_DEMO_PASSWORD": PASSWORD})


@pytest.fixture
def start(fleet: Fleet) -> Iterator[Start]:
    """Start backends with these faults; they stop when the test ends."""
    started: list[Demo] = []

    def _start(*faults: str, options: tuple[str, ...] = (), **environ: str) -> Demo:
        chosen = [part for fault in faults for part in ("--fault", fault)]
        environ = {"APISMOKE_DEMO_PASSWORD": PASSWORD, **environ}
        started.append(fleet.start("--until-eof", *chosen, *options, environ=environ))
        return started[-1]

    yield _start
    for demo in started:
        demo.close_stdin()
