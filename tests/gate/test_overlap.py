"""How a run ends does not depend on what it does at the same time: over every fault of the demo."""

from __future__ import annotations

import re
from typing import Any

import pytest
from gate.sampling import sampled
from harness import Gate, catalogue

FAST = ("--target-url=demo", "--target-wait=1", "-oapismoke_readback_wait=0.1")
#: The keys of what differs from one run to the next: times, and what is sorted by them.
_TIMES = frozenset({"started_at", "duration_s", "request_id", "slowest"})
#: Ids of runs, ports and times in texts.
_VARIES = re.compile(r"\b[0-9a-f]{8}\b|(?<=127\.0\.0\.1:)[0-9]+|[0-9]+(\.[0-9]+)? m?s\b")


def plain(value: Any) -> Any:
    """A report without what differs from one run to the next."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items() if name not in _TIMES}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return _VARIES.sub("~", value) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("fault", "mode"),
    sampled([("", "smoke"), *((one["name"], one["mode"]) for one in catalogue())], every=20),
)
def test_a_run_ends_as_it_does_one_request_after_the_other(
    fault: str, mode: str, gate: Gate
) -> None:
    arguments = [*FAST, "--smoke"] if mode == "smoke" else [*FAST, "-oapismoke_persistence_delay=0"]
    faults = [fault] if fault else []
    one, many = (
        gate.run(*arguments, f"--smoke-concurrency={at_once}", faults=faults) for at_once in (1, 16)
    )
    assert (many.code, plain(many.report)) == (one.code, plain(one.report))
