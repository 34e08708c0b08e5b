"""What a run has left changed: which documents, and putting them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_apismoke.hooks.session import SmokeSession
    from pytest_apismoke.safewrite.recovery import Recovered


def left_changed(session: SmokeSession) -> tuple[str, ...]:
    """The URLs of the documents that this run has changed and not restored."""
    base_url = session.target.client.base_url
    entries = session.journal.entries(base_url)
    mine = [entry for entry in entries if entry.run_id == session.preflight.run_id]
    return tuple(dict.fromkeys(f"{base_url}{entry.path}" for entry in mine))


def restore_the_rest(session: SmokeSession) -> Recovered | None:
    """Restores the changes that any process of this run has left; None where it has left none."""
    if not left_changed(session):
        return None
    from pytest_apismoke.safewrite.reading import Reader
    from pytest_apismoke.safewrite.recovery import Recovery

    settings = session.preflight.settings
    reader = Reader(
        session.target,
        settings.profile.document,
        reads=settings.fresh_reads,
        wait_s=settings.readback_wait_s,
    )
    recovery = Recovery(session.target, session.journal, reader=reader)
    recovered = recovery.run(runs=[session.preflight.run_id])
    session.notes += recovered.notes
    # What the journal keeps although nothing failed is an update that was never seen.
    session.unsettled = left_changed(session)
    return recovered
