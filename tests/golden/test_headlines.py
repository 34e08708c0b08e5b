"""The reason in the first line of a run, over all faults of the embedded backend and other targets.

From the golden files, so that no run is needed: each has the reasons of its causes.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness import catalogue

from pytest_apismoke.verdict.subjects import FEW_CHARS

FILES = Path(__file__).parent / "files"
#: A cause in a golden file: its reason is in the line below its number.
_REASON = re.compile(r"^  - number: \d+\n    summary: (.+)$", re.MULTILINE)
#: What makes a reason longer, and is the very thing to know: the place that a redirect leads to,
#: the name of a check, the words of a mistake in the call.
_NEEDS_ROOM = re.compile(
    r"a redirect to \S+$|::|^smoke_client, |^openapi\.json#|; never seen: |^an? test"
)


def reasons_of(folder: str) -> dict[str, list[str]]:
    """The reasons in the golden files of a folder, by the name of the file without its code."""
    return {
        path.name.partition(".")[0]: _REASON.findall(path.read_text(encoding="utf-8"))
        for path in sorted((FILES / folder).glob("*.txt"))
    }


@pytest.mark.parametrize("folder", ["faults/smoke", "faults/full", "hostile", "declared"])
def test_no_reason_is_longer_than_a_headline_has_room_for(folder: str) -> None:
    long = {
        name: told
        for name, reasons in reasons_of(folder).items()
        if (told := [r for r in reasons if len(r) > FEW_CHARS and not _NEEDS_ROOM.search(r)])
    }
    assert long == {}


def test_every_fault_that_breaks_something_has_a_reason() -> None:
    """But for those whose golden file has the outcomes only, since they depend on the speed."""
    known = {**reasons_of("faults/smoke"), **reasons_of("faults/full")}
    faults = {str(fault["name"]) for fault in catalogue() if fault["category"]}
    without = {name for name in faults if not known.get(name)}
    assert without <= {
        *("cache-stubborn", "instance-drops", "instances-split", "instances-stale"),
        *("save-limits-length", "token-short-lived"),
    }
