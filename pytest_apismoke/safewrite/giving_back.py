"""Send a risky original back once, before any probe: a target that refuses it is not written to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_apismoke.documents import Difference, lookup, same
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import beside, is_normalised
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.probe import Candidate
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.restoring import Restorer


def give_back(
    target: Target,
    reader: Reader,
    restorer: Restorer,
    entry: Entry,
    *,
    body: Mapping[str, Any],
    candidate: Candidate,
) -> tuple[Look, str]:
    """Sends the original; returns the document after it, and a note.

    Args:
        target: the backend.
        reader: reads the document.
        restorer: calls the target dirty.
        entry: is in the journal already, with the body.
        body: the update that writes the original.
        candidate: the field.

    Raises:
        SmokeError: `usage` if the target refuses it, with nothing changed; dirty if the document
            has another value afterwards.

    """
    place, original = candidate.place, entry.original
    try:
        response = target.update_document(body, entry.document())
        status = f"it was answered {response.status}"
        is_accepted = response.status in entry.accepted
    except SmokeError as error:
        status, is_accepted = error.failure.seen, False
    seen = reader.settle(
        lambda look: same(lookup(look.document, place), lookup(original, place)),
        awaited=lambda is_same: is_same,
    )
    after = seen.looks[-1].document
    harm = beside(original, after, ignoring=[*entry.changing, place]).harm
    change = Difference(pointer=place, before=lookup(original, place), after=lookup(after, place))
    if seen.opinion is not True and not is_normalised(change.before, change.after):
        raise restorer.dirty(entry, [change, *harm])
    if harm:
        raise restorer.dirty(entry, harm)
    if not is_accepted:
        raise messages.refused_original(candidate, status, entry.place)
    if seen.opinion is True:
        return seen.looks[-1], ""
    note = f"{place} was stored without its blanks or line ends when it was sent back unchanged"
    return seen.looks[-1], f"{note}; that is the original now"
