"""Remove a probe that was left behind, by what its marker tells."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.documents import key_of, replaced
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST
from pytest_apismoke.safewrite.probe import Found, marker_in
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.restoring import Restorer, left_by
from pytest_apismoke.system import signals


def clear_residue(
    target: Target,
    journal: Journal,
    reader: Reader,
    found: Found,
    look: Look,
    *,
    run_id: str,
    account: str,
    probes: Sequence[str],
) -> str:
    """Restores the original from the marker of a residue; journalled like every other send.

    Returns a note; an empty one if the document has changed in the meantime.

    Raises:
        SmokeError: `persist`, marked dirty, if the restore could not be proven; `unverified` if the
            marker does not tell the original.

    """
    marker, document = found.marker, target.profile.document
    if marker.original is LOST:
        raise messages.original_is_lost(marker.run_id, found.place, reader.where)
    key = key_of(found.place)
    written = {key: look.document.get(key)}
    original = dict(replaced(look.document, found.place, marker.original))
    entry = journal.record(
        Entry.of(
            document,
            name=f"{run_id}-{document.name}-residue",
            run_id=marker.run_id,
            target=target.client.base_url,
            account=account,
            original=original,
            places=(found.place,),
            written=(written,),
        )
    )
    again = marker_in(reader.look().document, probes)
    if again is None or again.marker != marker:
        # Another writer came first.
        journal.forget(entry)
        return ""
    try:
        with signals.held_back():
            Restorer(target, journal, reader, probes=probes).take_back(entry)
    except SmokeError as error:
        raise left_by(error, marker.run_id) from None
    journal.forget(entry)
    return f"a probe that the run {marker.run_id} had left in {found.place} was removed"
