"""What is compared: the gate, a file written by hand, and curl that checks nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from measuring import api
from measuring.processes import Command
from measuring.workloads import READS_OF_A_ROUND, Place, Workload

BENCHMARKS = Path(__file__).parents[1]
#: The name of its row.
THIS_GATE = "this gate"
CREDENTIALS = {"EMAIL": api.EMAIL, "PASSWORD": api.PASSWORD}
#: Enough for everything, one after the other, on a machine that has other work too.
_BUDGET_S = 300
_CONNECTIONS = 16
_NOTHING = """\
import pytest


@pytest.mark.parametrize("number", range({count}))
def test_nothing(number):
    pass
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One of what is compared.

    Args:
        name: the name of its row.
        prepare: writes its files for a workload, and returns the command; None where the
            workload is not what it is for.

    """

    name: str
    prepare: Callable[[Workload, Place], Command | None]


def gate(python: Path, *arguments: str) -> Subject:
    """The gate, as installed in an environment; with further arguments for pytest."""

    def prepare(workload: Workload, place: Place) -> Command:
        if not workload.is_built_in:
            _declare(workload, place)
        return Command(
            arguments=(
                *(str(python), "-m", "pytest", "--smoke", f"--target-url={place.url}"),
                *(f"--smoke-budget={_BUDGET_S}", *arguments),
            ),
            folder=place.folder,
            environ={
                "APISMOKE_USERNAME": api.EMAIL,
                "APISMOKE_PASSWORD": api.PASSWORD,
                "APISMOKE_STATE_DIR": str(place.folder / "state"),
            },
        )

    return Subject(name=THIS_GATE, prepare=prepare)


def by_hand(python: Path, *arguments: str) -> Subject:
    """pytest, requests and jsonschema, one request after the other: benchmarks/by_hand/."""

    def prepare(workload: Workload, place: Place) -> Command:
        test_file = "test_gate.py" if workload.is_built_in else "test_orders.py"
        for name in ("conftest.py", test_file):
            shutil.copy(BENCHMARKS / "by_hand" / name, place.folder)
        shutil.copy(BENCHMARKS.parent / "contracts" / "settings.schema.json", place.folder)
        place.write("order.schema.json", json.dumps(api.ORDER_SCHEMA))
        return Command(
            arguments=(str(python), "-m", "pytest", test_file, *arguments),
            folder=place.folder,
            environ={"TARGET": place.url, "ORDERS": str(workload.orders), **CREDENTIALS},
        )

    return Subject(name="hand-written pytest", prepare=prepare)


def bare(python: Path, *arguments: str) -> Subject:
    """pytest alone, with an item that does nothing for each order."""

    def prepare(workload: Workload, place: Place) -> Command:
        place.write("test_nothing.py", _NOTHING.format(count=workload.orders))
        return Command(
            arguments=(str(python), "-m", "pytest", *arguments), folder=place.folder, environ={}
        )

    return Subject(name="bare pytest", prepare=prepare)


def curl() -> Subject:
    """The floor: what does not wait for an answer is sent at once, and nothing is checked."""

    def prepare(workload: Workload, place: Place) -> Command | None:
        if shutil.which("curl") is None:
            return None
        place.write("run.sh", _script(workload, place))
        return Command(arguments=("sh", "run.sh"), folder=place.folder, environ={})

    return Subject(name=f"curl, {_CONNECTIONS} connections, no checking", prepare=prepare)


def _declare(workload: Workload, place: Place) -> None:
    suites = ("settings", "calendar", "twilio")
    off = "".join(f"[apis.{suite}]\nenabled = false\n" for suite in suites)
    place.write("apismoke.toml", off)
    place.write("contracts/order.schema.json", json.dumps(api.ORDER_SCHEMA))
    checks = (
        f'[[check]]\nname = "{path}"\npath = "{path}"\nexpect = {{ schema = "order" }}\n'
        for path in workload.paths()
    )
    place.write("contracts/orders.toml", "\n".join(checks))


def _script(workload: Workload, place: Place) -> str:
    """Steps that wait for one another; inside a step everything is sent at once."""
    credentials = json.dumps({"email": api.EMAIL, "password": api.PASSWORD})
    login = f"-X POST -H 'Content-Type: application/json' -d '{credentials}' {place.url}{api.LOGIN}"
    owner = f"-H 'Authorization: Bearer {api.TOKEN}'"
    steps: list[tuple[str, ...]] = [(f"{place.url}{api.HEALTH}", login)]
    if workload.is_built_in:
        settings = f"{owner} {place.url}{api.SETTINGS}"
        put = (f"-X PUT -H 'Content-Type: application/json' -d '{{}}' {settings}",)
        oauth = f"'{place.url}{api.OAUTH_START}?business_id=1'"
        look, reads = (settings,), (settings,) * READS_OF_A_ROUND
        halfway = () if workload.has_tags else (look,)
        steps += [(*reads, oauth), look, put, *halfway, reads, look, put, reads]
    else:
        steps += [(f"{owner} '{place.url}{api.ORDERS}/[1-{workload.orders}]'",)]
    return "".join(f"{_at_once(step)}\n" for step in steps)


def _at_once(requests: tuple[str, ...]) -> str:
    each = " --next ".join(f"-sS -o /dev/null {request}" for request in requests)
    return f"curl -Z --parallel-immediate --parallel-max {_CONNECTIONS} {each}"
