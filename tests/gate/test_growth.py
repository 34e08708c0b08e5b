"""The work of a run grows with its checks and files, and no faster: counted, never timed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from gate.shop_server import ORDERS, SCHEMA, SHOP, ShopServer
from harness import Gate, credentials

#: Counts the steps of each line of the gate, and the calls of each function of pytest, in the main
#: thread, which runs the checks. Steps: a loop over all checks is one call, and may be one line.
COUNTING = """
    import atexit
    import json
    import sys

    counts = {}


    def count(frame, event, arg):
        code = frame.f_code
        if "pytest" not in code.co_filename:
            return None
        frame.f_trace_opcodes = True
        key = (code.co_filename, frame.f_lineno)
        counts[key] = counts.get(key, 0) + 1
        return count if "pytest_apismoke" in code.co_filename else None


    @atexit.register
    def tell():
        sys.settrace(None)
        with open("counts.json", "w") as file:
            json.dump({f"{path}:{line}": number for (path, line), number in counts.items()}, file)


    sys.settrace(count)
"""
#: So many checks; differences of differences are what counts.
FEW, TWICE, FOUR_TIMES = 18, 36, 72
#: A check that uses what another one captures.
USING = """
[[check]]
name = "using {0}"
path = "/api/orders/{{order_{0}}}"
"""
#: Twice as many more checks take twice as many more steps, and a little more where their names are
#: longer; what is quadratic takes four times as many.
PROPORTION = 2.2
#: What depends on the moment, such as a wait for a response.
BY_CHANCE = 400
#: How often a text looks as if a secret were in it depends on the characters of the secret, which
#: is another one in each run.
OF_SECRETS = "redaction/looks.py"


@pytest.fixture
def shop() -> Iterator[ShopServer]:
    started = ShopServer()
    yield started
    started.stop()


def declared(number: int) -> str:
    """Checks of every kind in turn, some of which fail, each with the names of its own."""
    listed = f'path = "{ORDERS}"\nexpect.schema = "orders"\n'
    kinds = (
        listed,
        f'{listed}capture = {{ order_{number} = "/items/0/id" }}\n{USING.format(number)}',
        f'path = "/nothing/{number}"\nexpect.schema = "orders"\n',
        f'path = "{ORDERS}"\nexpect.schema.properties.of-{number}.type = "string"\n',
        f'path = "{ORDERS}"\nexpect.schema.required = ["of-{number}"]\n',
        f'path = "{SHOP}"\nmethod = "PUT"\njson.title = "{number}"\nchanges = "{SHOP}"\n'
        "smoke = true\n",
    )
    return f'[[check]]\nname = "check {number}"\n{kinds[number % len(kinds)]}'


def in_one_file(gate: Gate, number: int) -> None:
    gate.write("contracts/all.toml", "".join(map(declared, range(number))))


def in_many_files(gate: Gate, number: int) -> None:
    for one in range(number):
        gate.write(f"contracts/api-{one}.toml", declared(one))


@pytest.mark.parametrize(
    "spread", [pytest.param(in_one_file, marks=pytest.mark.exhaustive), in_many_files]
)
def test_no_line_takes_more_steps_than_in_proportion_to_the_checks(
    gate: Gate, shop: ShopServer, spread: Callable[[Gate, int], None]
) -> None:
    gate.write("counting.py", COUNTING)
    gate.write("contracts/orders.schema.json", SCHEMA)
    counted = []
    for number in (FEW, TWICE, FOUR_TIMES):
        spread(gate, number)
        counted.append(counts(gate, shop, number))
    few, twice, four_times = counted
    too_often = {
        place: (few.get(place, 0), twice.get(place, 0), number)
        for place, number in four_times.items()
        if number - twice.get(place, 0)
        > PROPORTION * (twice.get(place, 0) - few.get(place, 0)) + BY_CHANCE
        and OF_SECRETS not in place
    }
    assert sorted(too_often.items()) == []


def counts(gate: Gate, shop: ShopServer, number: int) -> dict[str, int]:
    """How many steps a run of so many checks takes in each line."""
    options = ("-pcounting", "--smoke", f"--target-url={shop.url}")
    # Its coverage is not measured: that takes the one trace function that there is.
    ended = gate.end(gate.start(*options, environ={**credentials(), "PYTHONPATH": "."}))
    names = [name for name in ended.outcomes() if name.startswith("contracts/")]
    assert len(names) == number + number // 6
    return dict(json.loads((gate.folder / "counts.json").read_text("utf-8")))
