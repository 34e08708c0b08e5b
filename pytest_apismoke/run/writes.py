"""What a run wrote at its target, and how that ended. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from pytest_apismoke.reports.facts import Written
from pytest_apismoke.reports.left_behind import (
    CHANGED,
    MAY_ARRIVE,
    NOT_TAKEN_BACK,
    PROVEN,
    RESTORED,
    UNCHANGED,
)
from pytest_apismoke.verdict.outcome import Outcome, Result

_WRITING = ("PUT", "PATCH", "POST", "DELETE")


def writes_of(
    outcomes: Iterable[Outcome],
    documents: Sequence[re.Pattern[str]],
    unsettled: Sequence[str] = (),
    *,
    base_path: str = "",
    login_path: str = "",
) -> tuple[Written, ...]:
    """What the checks of a run wrote: each document once, and each other request that writes.

    Args:
        outcomes: of the run.
        documents: the paths of the documents that the gate restores, below the target's URL.
        base_path: the path of the target's URL.
        login_path: where a token is asked for, which writes nothing; below the target's URL.
        unsettled: the URLs of those of which an update was never seen, and may still arrive.

    """
    ends, found = _Ends(outcomes := tuple(outcomes)), dict[str, str]()
    restored = re.compile("|".join(f"(?:{one.pattern})" for one in documents) or r"(?!)")
    for outcome in outcomes:
        for exchange in outcome.exchanges:
            if exchange.method not in _WRITING or outcome.stage == "login":
                continue
            path = urlsplit(exchange.url).path
            document = path.removeprefix(base_path)
            if document == login_path:
                continue
            if not restored.fullmatch(document):
                found.setdefault(f"{exchange.method} {path}", NOT_TAKEN_BACK)
            else:
                end = ends.of(outcome)
                is_open = any(url.endswith(document) for url in unsettled) and end != CHANGED
                found[document] = MAY_ARRIVE if is_open else end
    return tuple(Written(resource=name, state=state) for name, state in found.items())


class _Ends:
    """How the writing of documents ended: by a suite's last stage, or within one check."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._dirty: set[str] = set()
        self._proven: set[str] = set()
        for one in outcomes:
            if one.dirty:
                self._dirty.add(one.api)
            if one.stage == "restore" and one.outcome is Result.PASSED:
                self._proven.add(one.api)

    def of(self, written: Outcome) -> str:
        """The end of what a check wrote."""
        if written.api in self._dirty:
            return CHANGED
        if written.api in self._proven:
            return PROVEN
        return RESTORED if written.outcome is Result.PASSED else UNCHANGED
