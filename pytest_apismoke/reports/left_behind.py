"""What a run has left behind at its target, in words: the same ones in every report. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_apismoke.reports.facts import RunFacts, Written

#: How the writing of a document may end. Of these nothing is left.
PROVEN, RESTORED, UNCHANGED = "restored and proven", "restored", "no change was left"
#: And of these something is, or may be.
CHANGED = "left changed"
MAY_ARRIVE = "the original is there, but an update may still arrive"
NOT_TAKEN_BACK = "sent; nothing takes it back"

_NOTHING_LEFT = (PROVEN, RESTORED, UNCHANGED)


def is_nothing_left(writes: Iterable[Written]) -> bool:
    """Whether every write was taken back."""
    return all(one.state in _NOTHING_LEFT for one in writes)


def left_behind(facts: RunFacts) -> str:
    """What is left behind: nothing, with how that is known, or what it is."""
    writes = facts.writes
    of_state: dict[str, list[Written]] = {}
    for one in writes:
        of_state.setdefault(one.state, []).append(one)
    told = [_counted(len(of_state[state]), state) for state in _NOTHING_LEFT if state in of_state]
    parts = [f"nothing ({'; '.join(told)})"] if told else []
    for state, what in (
        (CHANGED, "changed"),
        (MAY_ARRIVE, "an update that may still arrive"),
        (NOT_TAKEN_BACK, "not taken back"),
    ):
        if state in of_state:
            parts.append(f"{what}: {', '.join(one.resource for one in of_state[state])}")
    return "; ".join(parts) or "nothing"


def _counted(count: int, state: str) -> str:
    return f"{count} write{'' if count == 1 else 's'}, {state}"
