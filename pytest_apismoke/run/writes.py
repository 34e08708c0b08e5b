"""What a run wrote at its target, and how that ended. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from pytest_apismoke.reports.facts import Written
from pytest_apismoke.verdict.outcome import Outcome, Result

_CHANGED = "left changed"
_MAY_ARRIVE = "the original is there, but an update may still arrive"
_WRITING = ("PUT", "PATCH", "POST", "DELETE")


def writes_of(
    outcomes: Iterable[Outcome], documents: Sequence[str], unsettled: Sequence[str] = ()
) -> tuple[Written, ...]:
    """What the checks of a run wrote: each document once, and each other request that writes.

    Args:
        outcomes: of the run.
        documents: the paths of the documents that the gate restores, below the target's URL.
        unsettled: the URLs of those of which an update was never seen, and may still arrive.

    """
    outcomes = tuple(outcomes)
    found: dict[str, str] = {}
    for outcome in outcomes:
        for exchange in outcome.exchanges:
            if exchange.method not in _WRITING or outcome.stage == "login":
                continue
            path = urlsplit(exchange.url).path
            document = next((one for one in documents if one and path.endswith(one)), None)
            if document is None:
                found.setdefault(f"{exchange.method} {path}", "sent; nothing takes it back")
            else:
                end = _end_of(outcome, outcomes)
                is_open = any(url.endswith(document) for url in unsettled) and end != _CHANGED
                found[document] = _MAY_ARRIVE if is_open else end
    return tuple(Written(resource=name, state=state) for name, state in found.items())


def _end_of(written: Outcome, outcomes: Iterable[Outcome]) -> str:
    """How the writing of a document ended: by a suite's last stage, or within one check."""
    of_api = [one for one in outcomes if one.api == written.api]
    if any(one.dirty for one in of_api):
        return _CHANGED
    if any(one.stage == "restore" and one.outcome is Result.PASSED for one in of_api):
        return "restored and proven"
    return "restored" if written.outcome is Result.PASSED else "no change was left"
