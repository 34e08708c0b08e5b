"""How a run ends does not depend on what it does at the same time: over every fault of the demo."""

from __future__ import annotations

import re
from typing import Any

import pytest
from gate.sampling import sampled
from harness import Gate, catalogue

#: Which check renews a token that ends within a second, and which version a target shows that is
#: rolled back meanwhile, is a matter of the moment.
_OF_THE_MOMENT = ("token-short-lived", "rollback-later")
FAULTS = [(one["name"], one["mode"]) for one in catalogue() if one["name"] not in _OF_THE_MOMENT]
FAST = ("--target-url=demo", "--target-wait=1", "-oapismoke_readback_wait=0.1")
#: The keys of what differs from one run to the next: times, what is sorted by them, and how often
#: something was asked again; and the settings, of which one is what the test is about.
_TIMES = frozenset(
    {"started_at", "duration_s", "request_id", "trace_id", "slowest", "retries", "settings"}
)
#: Ids of runs, ports, moments, times, counts and temporary folders in texts.
_VARIES = re.compile(
    r"\b[0-9a-f]{8}\b|(?<=127\.0\.0\.1:)[0-9]+|[0-9-]{10}T[0-9:]{8}Z|[0-9]+(\.[0-9]+)? ?m?s\b"
    r"|(?<=counted )[0-9]+|(?<=--state-dir=)\S+|(?<=\[apismoke )[0-9a-f]+"
)


def plain(value: Any) -> Any:
    """A report without what differs from one run to the next."""
    if isinstance(value, dict):
        return {
            name: asked(one) if name == "exchanges" else plain(one)
            for name, one in value.items()
            if name not in _TIMES
        }
    if isinstance(value, list):
        return [plain(one) for one in value]
    return _VARIES.sub("~", value) if isinstance(value, str) else value


def asked(exchanges: list[dict[str, Any]]) -> list[str]:
    """The requests of a check and their statuses, each once."""
    return sorted({plain(f"{one['method']} {one['url']} {one['status']}") for one in exchanges})


@pytest.mark.parametrize(
    ("fault", "mode"),
    sampled([("", "smoke"), *FAULTS], every=20),
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
