"""Workers on other machines: which they are, and what is refused and told of them."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from unit.declaring import settings_of

from pytest_apismoke import __version__
from pytest_apismoke.configuration.tls import TlsFiles
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.hooks import distribution, machines, worker
from pytest_apismoke.hooks.handover import PLACE
from pytest_apismoke.hooks.session import SmokeSession
from pytest_apismoke.system import machine


def options(**given: Any) -> Namespace:
    """pytest's options as `--dist=load` and `--tx` leave them."""
    defaults: dict[str, Any] = {
        "numprocesses": None,
        "dist": "load",
        "tx": [],
        "maxworkerrestart": None,
    }
    return Namespace(**{**defaults, **given})


# -- which workers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("popen", False),
        ("popen//python=python3.12", False),
        ("id=one//popen//chdir=/tmp/x", False),
        ("ssh=away", True),
        ("ssh=-p 22 away//python=python3", True),
        ("socket=127.0.0.1:8888", True),
        # Started by the worker `one`, wherever that is.
        ("popen//via=one", True),
    ],
)
def test_only_what_this_process_starts_is_on_this_machine(spec: str, expected: bool) -> None:
    assert machines.is_elsewhere(spec) is expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"tx": ["2*popen", "ssh=away"]}, ("popen", "popen", "ssh=away")),
        ({"tx": ["ssh=away"], "dist": "no"}, ()),
        ({"tx": ["ssh=away"], "dist": "no", "distload": True}, ("ssh=away",)),
        ({"tx": ["ssh=away"], "numprocesses": 2}, ()),
        ({"tx": ["ssh=away"], "numprocesses": 0}, ()),
        ({"tx": ["ssh=away"], "collectonly": True}, ()),
        ({}, ()),
    ],
)
def test_the_workers_are_those_that_xdist_would_start(
    given: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert machines.specs_of(options(**given)) == expected


def test_without_xdist_there_are_no_workers() -> None:
    assert machines.specs_of(Namespace()) == ()


@pytest.mark.parametrize(
    ("has_users_tests", "tx", "expected"),
    [
        (True, ["popen", "popen"], ["popen", "popen"]),
        (True, ["2*ssh=away"], ["popen", "ssh=away", "ssh=away"]),
        (True, ["ssh=away", "popen//python=p"], ["ssh=away", "popen//python=p"]),
        (False, ["popen", "popen"], ["popen"]),
        (False, ["ssh=away", "popen//python=p"], ["popen//python=p"]),
        (False, ["ssh=away"], ["popen"]),
    ],
)
def test_a_run_starts_no_worker_that_it_has_no_use_for(
    has_users_tests: bool, tx: list[str], expected: list[str]
) -> None:
    """One on this machine for the checks, and others only if there are tests of users."""
    config: Any = SimpleNamespace(option=options(tx=tx))
    distribution.choose_workers(config, has_users_tests=has_users_tests)
    assert config.option == options(tx=expected, maxworkerrestart=str(4 * len(expected)))


def test_a_serial_run_stays_one() -> None:
    config: Any = SimpleNamespace(option=options(dist="no", numprocesses=0))
    assert distribution.choose_workers(config, has_users_tests=True) == ()
    assert config.option == options(dist="no", numprocesses=0)


STAY = "the checks and tests with smoke_preserve stay on this machine"


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        (["popen", "popen"], ()),
        (["popen", "ssh=away"], (STAY,)),
        (
            ["ssh=away"],
            (STAY, "one worker on this machine was added to those of --tx, for the checks"),
        ),
        (
            ["popen", "socket=away:8888"],
            (
                STAY,
                "socket=away:8888 is not encrypted, and the token goes over it: use a tunnel, or"
                " ssh=",
            ),
        ),
    ],
)
def test_a_run_tells_what_workers_elsewhere_mean(
    specs: list[str], expected: tuple[str, ...]
) -> None:
    assert machines.notes(specs) == expected


# -- what is refused --------------------------------------------------------------------------


def refused(option: Namespace, **changes: Any) -> Failure | None:
    try:
        machines.refuse(option, replace(settings_of(), **changes))
    except SmokeError as error:
        return error.failure
    return None


AWAY = options(tx=["popen", "ssh=away"])


def test_the_embedded_backend_is_no_target_for_workers_elsewhere() -> None:
    assert refused(AWAY, embedded=True) == Failure(
        category=Category.USAGE,
        expected="a target that every worker can reach",
        seen="the embedded backend, which listens on this machine's loopback only, and a worker"
        " elsewhere (ssh=away)",
        where="--tx",
        hint="give the URL of a deployed target, or run with -n instead of --tx",
    )


@pytest.mark.parametrize(
    "tls", [TlsFiles(ca_bundle="/etc/own/ca.pem"), TlsFiles(certificate="/etc/own/ca.pem")]
)
def test_keys_and_certificates_are_not_sent_to_other_machines(tls: TlsFiles) -> None:
    assert refused(AWAY, tls=tls) == Failure(
        category=Category.USAGE,
        expected="a target whose TLS needs no file of this machine",
        seen="ca.pem, and a worker elsewhere (ssh=away): the gate sends no key and no certificate"
        " to another machine",
        where="--tx",
        hint="run with -n instead of --tx; authorities alone may be installed on each machine"
        " (REQUESTS_CA_BUNDLE there names their file)",
    )


def test_workers_here_may_do_all_that() -> None:
    tls = TlsFiles(ca_bundle="/etc/own/ca.pem")
    assert refused(options(tx=["2*popen"]), embedded=True, tls=tls) is None
    assert refused(AWAY) is None


# -- what a controller is told ----------------------------------------------------------------


class Channel:
    """A channel of execnet that nothing is sent over."""

    def setcallback(self, callback: Any) -> None:
        self.tell = callback


class Session:
    """As much of a session as the controller's hooks use."""

    def __init__(self, target_url: str) -> None:
        settings = SimpleNamespace(target_url=target_url)
        self.preflight = SimpleNamespace(settings=settings, with_time_left=lambda: "the preflight")
        self.contracts = SimpleNamespace(files="the contracts")
        self.checks = SimpleNamespace(plan=SimpleNamespace(checks={"settings::login": None}))
        self.target, self.accounts = SimpleNamespace(auth=None), None
        self.failures: dict[str, Failure] = {}

    def add(self, failure: Failure, *, stage: str) -> None:
        self.failures[stage] = failure


class Node:
    """A worker as xdist's controller sees it; `sent` are the indices of the tests that it got."""

    def __init__(self, spec: str) -> None:
        self.gateway = SimpleNamespace(spec=spec, newchannel=Channel)
        self.workerinput: dict[str, Any] = {}
        self.sent: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: list[int]) -> None:
        self.sent += indices

    def shutdown(self) -> None:
        self.shutting_down = True


class Controller:
    """The hooks of the controller, and the workers that xdist starts for it."""

    def __init__(self, target_url: str, *specs: str) -> None:
        self.session = Session(target_url)
        self.hooks = distribution.Distribution(cast("SmokeSession", self.session))
        config: Any = SimpleNamespace(option=options(tx=list(specs)))
        self.scheduler = self.hooks.pytest_xdist_make_scheduler(config)
        self.nodes = [self.start(f"execmodel=main_thread_only//{spec}") for spec in specs]

    def start(self, spec: str) -> Node:
        node = Node(spec)
        self.hooks.pytest_configure_node(node)
        self.scheduler.add_node(node)
        return node

    def collect(self, node: Node, *ids: str, told: tuple[str, list[str]] | None = None) -> None:
        if told:
            node.workerinput[PLACE].tell(told)
        self.scheduler.add_node_collection(node, ids)


CHECK, TEST, PINNED = "settings::login", "test_mine.py::test_it", "test_mine.py::test_pinned"


def test_the_checks_and_what_needs_the_journal_go_to_the_worker_that_is_here() -> None:
    controller = Controller("https://api.example.com", "ssh=away", "popen//python=box", "popen")
    away, box, here = controller.nodes
    controller.collect(away, TEST, PINNED, told=("another", [PINNED]))
    controller.collect(box, TEST, PINNED, told=("a container", [PINNED]))
    controller.collect(here, CHECK, TEST, PINNED, told=(machine.identity(), [PINNED]))
    controller.scheduler.schedule()
    assert [node.sent for node in controller.nodes] == [[0], [], [0, 2]]
    assert controller.session.failures == {}


def test_the_loopback_of_another_machine_is_not_the_target() -> None:
    """A worker there would send the token to whatever listens on it."""
    controller = Controller("http://localhost:8000", "ssh=away", "socket=127.0.0.1:8888", "popen")
    away, tunnel, here = controller.nodes
    controller.collect(away, TEST, told=("another", []))
    controller.collect(tunnel, TEST, told=(machine.identity(), []))
    controller.collect(here, CHECK, TEST, told=(machine.identity(), []))
    controller.scheduler.schedule()
    assert [node.sent for node in controller.nodes] == [[], [0], [0]]
    assert controller.session.failures == {
        "workers ssh=away": machines.not_reachable("ssh=away", "http://localhost:8000")
    }


def test_a_worker_that_tells_nothing_has_no_plugin_of_the_gate() -> None:
    controller = Controller("https://api.example.com", "ssh=away")
    controller.collect(controller.nodes[0], TEST)
    controller.scheduler.schedule()
    assert controller.nodes[0].sent == []
    assert controller.session.failures == {
        "workers ssh=away": machines.not_started(
            "ssh=away", "a Python environment without the gate", __version__
        ),
        "workers": machines.none_here(["ssh=away"]),
    }


@pytest.mark.parametrize(
    ("spec", "has_collected", "replacement", "complaints"),
    [
        ("popen", False, "execmodel=main_thread_only//popen", []),
        ("popen//python=p", False, "popen", ["workers popen//python=p"]),
        ("popen//python=p", True, "execmodel=main_thread_only//popen//python=p", []),
        ("ssh=away", False, "popen", ["workers ssh=away"]),
        ("ssh=away", True, "popen", []),
    ],
)
def test_a_worker_that_would_not_answer_again_is_replaced_by_one_here(
    spec: str, has_collected: bool, replacement: str, complaints: list[str]
) -> None:
    controller = Controller("https://api.example.com", spec)
    (node,) = controller.nodes
    if has_collected:
        controller.collect(node, TEST, told=(machine.identity(), []))
    controller.hooks.pytest_testnodedown(node, "it died")
    assert str(node.gateway.spec) == replacement
    assert list(controller.session.failures) == complaints


# -- what a worker finds out ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("is_asked_for_here", "controller", "expected"),
    [
        (True, machine.identity(), False),
        (False, machine.identity(), True),
        # Such as popen//python="docker exec box python".
        (True, "another", True),
    ],
)
def test_a_worker_knows_whether_it_is_elsewhere(
    is_asked_for_here: bool, controller: str, expected: bool
) -> None:
    assert worker.is_elsewhere((__version__, is_asked_for_here, controller)) is expected


def test_a_worker_of_another_version_does_not_start() -> None:
    with pytest.raises(SmokeError) as caught:
        worker.is_elsewhere(("0.0.9", True, machine.identity()))
    assert caught.value.failure == Failure(
        category=Category.USAGE,
        expected="pytest-apismoke 0.0.9, as on the controller's machine",
        seen=__version__,
        where="the worker's environment",
        hint="install pytest-apismoke==0.0.9 there",
    )


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        ("Traceback\n  File x\nModuleNotFoundError: No module named 'x'\n", "No module named 'x'"),
        (
            "UsageError: usage: x\nx: error: unrecognized arguments: --smoke\n  rootdir: /y\n",
            "unrecognized arguments: --smoke",
        ),
        ("Not properly terminated", "Not properly terminated"),
        ("", "it ended"),
    ],
)
def test_a_worker_that_did_not_start_is_told_with_its_reason(error: str, seen: str) -> None:
    assert machines.not_started("ssh=away", error, "1.2") == Failure(
        category=Category.USAGE,
        expected="the worker ssh=away to start",
        seen=seen,
        where="--tx",
        hint="it needs pytest-apismoke 1.2, and the plugins and tests of this machine",
    )
