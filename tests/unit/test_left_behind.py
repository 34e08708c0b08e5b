"""What a run has left behind is said in the same words everywhere, and 'nothing' only if so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from verdicts import FACTS

from pytest_apismoke.reports.facts import Written
from pytest_apismoke.reports.left_behind import (
    CHANGED,
    MAY_ARRIVE,
    NOT_TAKEN_BACK,
    PROVEN,
    RESTORED,
    is_nothing_left,
    left_behind,
)


@pytest.mark.parametrize(
    ("states", "told", "is_nothing"),
    [
        ((), "nothing", True),
        ((PROVEN,), "nothing (1 write, restored and proven)", True),
        (
            (PROVEN, RESTORED, PROVEN),
            "nothing (2 writes, restored and proven; 1 write, restored)",
            True,
        ),
        ((MAY_ARRIVE,), "an update that may still arrive: PUT /0", False),
        (
            (PROVEN, NOT_TAKEN_BACK, NOT_TAKEN_BACK),
            "nothing (1 write, restored and proven); not taken back: PUT /1, PUT /2",
            False,
        ),
        ((CHANGED, MAY_ARRIVE), "changed: PUT /0; an update that may still arrive: PUT /1", False),
    ],
)
def test_what_is_left_behind(states: tuple[str, ...], told: str, is_nothing: bool) -> None:
    writes = tuple(
        Written(resource=f"PUT /{number}", state=state) for number, state in enumerate(states)
    )
    assert left_behind(replace(FACTS, writes=writes)) == told
    assert is_nothing_left(writes) == is_nothing
