"""Send a risky original back once, before any probe: a target that refuses it is not written to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_apismoke.documents import Difference, lookup, same
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages, unfit
from pytest_apismoke.safewrite.comparison import beside, is_normalised
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.probe import Candidate
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.refused_update import Update
from pytest_apismoke.safewrite.restoring import CHANGED_MEANWHILE, Restorer
from pytest_apismoke.safewrite.wishes import wish_in


def give_back(
    target: Target,
    reader: Reader,
    restorer: Restorer,
    entry: Entry,
    *,
    body: Mapping[str, Any],
    last: Look,
    candidate: Candidate,
    note_emptied: Callable[[tuple[str, ...]], None],
) -> tuple[Look, str]:
    """Sends the original; returns the document after it, and a note.

    Args:
        target: the backend.
        reader: reads the document.
        restorer: calls the target dirty.
        entry: is in the journal already, with the body.
        body: the update that writes the original.
        last: the document as it was last read.
        candidate: the field.
        note_emptied: records JSON Pointers to other values that the update emptied.

    Raises:
        SmokeError: `usage` if the target refuses it, with nothing changed; `save` if it may have
            arrived, which the caller has to restore; `persist` if it changed
            other fields, which the caller has to restore; dirty if the document has another value
            afterwards.

    """
    place, original = candidate.place, entry.original
    refusal = _send(target, reader, entry, body, candidate, last)
    seen = reader.settle(
        lambda look: same(lookup(look.document, place), lookup(original, place)),
        # A stale read shows the same as a proper one: what the update did shows within the wait.
        awaited=lambda is_same: not is_same,
    )
    documents = [look.document for look in seen.looks]
    found = beside(original, *documents, ignoring=[*entry.changing, place])
    before = lookup(original, place)
    values = [lookup(document, place) for document in documents]
    # One of several instances may have stored something else.
    for value in values:
        if not same(before, value) and not is_normalised(before, value):
            change = Difference(pointer=place, before=before, after=value)
            raise restorer.dirty(entry, [change, *found.harm])
    if found.harm:
        note_emptied(found.emptied_places)
        raise messages.harmed(found.harm, place=place, where=reader.where)
    if refusal:
        raise refusal
    if seen.opinion is True:
        return seen.looks[-1], ""
    note = f"{place} was stored without its blanks or line ends when it was sent back unchanged"
    return seen.looks[-1], f"{note}; that is the original now"


def _send(
    target: Target,
    reader: Reader,
    entry: Entry,
    body: Mapping[str, Any],
    candidate: Candidate,
    last: Look,
) -> SmokeError | None:
    """Sends the original; returns why it was not accepted, if it was not."""

    def send(if_match: str) -> Response:
        return target.update_document(
            body, reader.document, base=last.document, answer=last.response, if_match=if_match
        )

    try:
        response = send(last.etag)
        if response.status == CHANGED_MEANWHILE and last.etag:
            # It states what is there: no edit of another field is lost.
            response = send("")
        if response.status in entry.accepted:
            reader.await_operation(response)
    except SmokeError as error:
        return (
            error.as_category(Category.SAVE) if error.failure.category is Category.FETCH else error
        )
    if response.status in entry.accepted:
        return None
    if 400 <= response.status < 500:
        status = f"it was answered {response.status}"
        update = Update(
            document=reader.document,
            base=last.document,
            place=candidate.place,
            answer=last.response,
        )
        return unfit.refused_original(
            candidate, status, entry.place, wish=wish_in(response, update)
        )
    return response.not_as_expected("the original to be accepted", category=Category.SAVE)
