"""The step of the preflight that puts back what earlier runs have left changed."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.http.recorder import Recorder
from pytest_apismoke.http.target import Target
from pytest_apismoke.preflight.account_id import account_in
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.obeyed import KnownDocument


def recovered(
    target: Target,
    journal: Journal,
    fetch: Step,
    documents: Sequence[KnownDocument],
    *,
    note: str,
    is_proven: bool,
    settings: Settings,
) -> Step:
    """Restores what earlier runs on this machine have left changed, unless read-only.

    Sends nothing either unless `is_proven` says that the account is the one that the profile pins.
    """
    if settings.read_only:
        return Step(notes=(f"{note} this run is read-only",))
    if not is_proven:
        return Step(notes=(f"{note} the account is not proven to be the one of the profile",))
    # Here, because few runs have something to put back.
    from pytest_apismoke.safewrite.reading import Reader
    from pytest_apismoke.safewrite.recovery import Recovery

    recorder = Recorder()
    # Without settings there may still be documents that declared checks have changed.
    account = account_in(fetch.response, settings)
    bound = target.recording(recorder)
    reader = Reader(
        bound,
        settings.profile.document,
        reads=settings.fresh_reads,
        wait_s=settings.readback_wait_s,
    )
    found = Recovery(bound, journal, reader=reader, account=account, documents=documents).run()
    return Step(
        failure=found.failure,
        notes=found.notes,
        exchanges=recorder.exchanges,
        dirty=found.failure is not None,
        changed=found.changed,
    )
