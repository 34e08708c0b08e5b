"""Restore documents that killed runs left changed, from the journal or from a probe's marker.

Long because the decision what to put back and the steps that do it are one protocol.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.configuration.journal_dir import repair_command
from pytest_apismoke.documents import ABSENT, differences, lookup, same, step
from pytest_apismoke.errors import Category, Failure, SmokeError, fail
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite.entry import Entry
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import LOST, Marker
from pytest_apismoke.safewrite.probe import key_of, without_marker
from pytest_apismoke.safewrite.restoring import (
    CHANGED_MEANWHILE,
    RESTORING_FLOOR_S,
    WHOLE,
    Restorer,
    Snapshot,
    left_by,
)
from pytest_apismoke.system import signals

_UNDER_WAY = "its run is under way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The result of a recovery.

    Attributes:
        notes: sentences for the verdict.
        restored: the ids of the runs whose changes were restored.
        left: the ids of the runs whose changes remain.
        failure: the first restore that failed.

    """

    notes: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """How to settle one entry.

    Attributes:
        goal: the document as it should be afterwards.
        body: the restoring update; empty if there is nothing to send.
        edited: JSON Pointers to properties that were edited since, and are left alone.

    """

    goal: Mapping[str, Any]
    body: Mapping[str, Any]
    edited: tuple[str, ...] = ()


def recover(
    target: Target,
    journal: Journal,
    *,
    account: str | None = None,
    wait_s: float,
    runs: Collection[str] = (),
    path: str = "",
    force: bool = False,
    mine: bool = True,
) -> Recovered:
    """Restores the documents that the journal holds for this target and account.

    Skips entries of living runs, values that were edited since, and documents that another process
    has locked: that process recovers them itself.

    Args:
        target: the backend.
        journal: has the entries.
        account: the id of the account's settings document, or empty if it has none or can't be
            fetched; entries of other accounts are skipped. None if all entries are known to be of
            this account.
        wait_s: how long to repeat a read that does not show the last write yet, in seconds.
        runs: only entries of these runs; by default all.
        path: only entries of this document; by default all.
        force: also restores values that seem to be edited since.
        mine: also restores the entries of this process.

    """
    notes: list[str] = []
    restored: list[str] = []
    left: list[str] = []
    failure: Failure | None = None
    has_time = False
    for entry in journal.entries(target.client.base_url):
        if (runs and entry.run_id not in runs) or path not in ("", entry.request["path"]):
            continue
        if account is not None and entry.account != account:
            whose = "another account" if account else "an account that this run does not know"
            notes.append(f"the journal has an entry of the run {entry.run_id} for {whose}")
            left.append(entry.run_id)
            continue
        with _exclusively(journal, entry, mine=mine) as obstacle, signals.held_back():
            if obstacle:
                notes += [obstacle] if obstacle != _UNDER_WAY else []
                continue
            if not has_time:
                # Once: all entries share it, so that documents that hang do not add up.
                has_time = True
                target.client.budget.extend_for_restoring(RESTORING_FLOOR_S)
            try:
                note, is_settled = _put_back(target, entry, wait_s, journal, force=force)
            except SmokeError as error:
                if error.dirty:
                    failure = failure or left_by(error, entry.run_id).failure
                note, is_settled = (
                    "" if error.dirty else _not_seen(target, entry, journal, error),
                    False,
                )
            notes += [note] if note else []
            (restored if is_settled else left).append(entry.run_id)
            if is_settled:
                journal.forget(entry)
    return Recovered(
        notes=tuple(notes), restored=tuple(restored), left=tuple(left), failure=failure
    )


@contextmanager
def _exclusively(journal: Journal, entry: Entry, *, mine: bool) -> Iterator[str]:
    """Claims an entry and locks its document; yields the obstacle, or an empty string."""
    path = entry.request["path"]
    with journal.claimed(entry, mine=mine) as is_dead:
        if not is_dead:
            yield _UNDER_WAY
            return
        if not journal.lock_document(entry.target, path):
            yield (
                f"the changes of the run {entry.run_id} of {entry.started_at} are not put back yet:"
                f" another process has locked {path}"
            )
            return
        try:
            yield ""
        finally:
            journal.unlock_document(entry.target, path)


def _repair(target: Target, entry: Entry, journal: Journal) -> str:
    profile = target.profile.name
    return repair_command(entry.target, journal.folder, entry.run_id, profile=profile)


def _not_seen(target: Target, entry: Entry, journal: Journal, error: SmokeError) -> str:
    repair = _repair(target, entry, journal)
    return (
        f"the changes of the run {entry.run_id} of {entry.started_at} could not be checked:"
        f" {error.failure.seen} ({error.failure.where}); '{repair}' tries again,"
        f" '{repair} --discard' forgets it"
    )


def _put_back(
    target: Target, entry: Entry, wait_s: float, journal: Journal, *, force: bool
) -> tuple[str, bool]:
    """Restores one entry; returns a note, and whether the entry is settled."""
    repair = _repair(target, entry, journal)
    restorer = Restorer(
        target,
        journal.folder,
        owner=entry.run_id if entry.is_probe else "",
        run_id=entry.run_id,
        wait_s=wait_s,
        document=entry.document(),
    )
    restorer.changing = [*entry.changing, *entry.withheld]
    seen = restorer.read(restoring=True)
    decision = decide(entry, restorer.without_others(seen.document), force=force)
    if not decision.body and not decision.edited:
        # A store that lags may not show the run's last write yet.
        target.client.budget.pause(wait_s)
        seen = restorer.read(restoring=True)
        decision = decide(entry, restorer.without_others(seen.document), force=force)
    restorer.may_be_null = [f"/{step(n)}" for n in decision.body if n not in entry.original]
    if decision.body:
        steps = [("the changed fields were put back", decision.body)]
        if not entry.withheld:
            steps.append((WHOLE, decision.goal))
        restorer.put_back(decision.goal, steps)
    who = f"the run {entry.run_id} of {entry.started_at}"
    if decision.edited and {} in entry.written:
        # An update of another path, or no object: our change can't be told from an edit.
        doubt = Failure(
            category=Category.PERSIST,
            expected=f"{entry.request['path']} as it was before {who}, which was killed",
            seen=f"{', '.join(decision.edited)} changed, by that run or by somebody since",
            where=entry.place,
            hint=f"'{repair} --force' puts back the journal's original, '{repair} --discard'"
            " forgets it",
        )
        raise SmokeError(doubt, dirty=True)
    if decision.edited:
        places = ", ".join(decision.edited)
        return (
            f"{who} was ended before it restored {places} of {entry.request['path']}, edited since"
            f" and left alone; '{repair} --force' puts back the journal's original, '{repair}"
            " --discard' forgets it",
            False,
        )
    if not decision.body:
        return "", True
    places = ", ".join(f"/{step(name)}" for name in decision.body)
    return f"{who} was ended before it restored {places}; that was put back", True


def decide(entry: Entry, current: Mapping[str, Any], *, force: bool = False) -> Decision:
    """Decides what to restore. Pure.

    Restores each property that contains a value written by the run, and with one of those also the
    properties that were emptied, as an update that replaces the document empties them. Any other
    change is an edit.
    """
    ignoring = [*entry.changing, *entry.withheld]
    found = differences(dict(entry.original), dict(current), ignoring=ignoring)
    names = list(dict.fromkeys(key_of(difference.pointer) for difference in found))
    names = [name for name in names if not (_empty(entry.original, name) and _empty(current, name))]
    ours = [name for name in names if force or _is_ours(entry, name, current.get(name, ABSENT))]
    if ours:
        ours += [name for name in names if name not in ours and _empty(current, name)]
    goal = dict(current)
    for name in ours:
        goal[name] = entry.original.get(name)
    return Decision(
        goal=goal,
        body={name: goal[name] for name in ours},
        edited=tuple(f"/{step(name)}" for name in names if name not in ours),
    )


def _empty(document: Mapping[str, Any], name: str) -> bool:
    return document.get(name) is None


def _is_ours(entry: Entry, name: str, value: Any) -> bool:
    """Whether a property still has a value that the run wrote, possibly truncated."""
    written = [body[name] for body in entry.written if name in body]
    if any(same(value, sent) for sent in written):
        return True
    before = entry.original.get(name)
    if not isinstance(value, str) or (before is not None and not isinstance(before, str)):
        return False
    longer = len(value) > len(before or "")
    return longer and any(isinstance(sent, str) and sent.startswith(value) for sent in written)


def clear_residue(restorer: Restorer, seen: Snapshot, pointer: str, *, marker: Marker) -> str:
    """Restores the original from the marker of a residue.

    Returns a note; an empty one if the document has changed in the meantime.

    Raises:
        SmokeError: `persist`, marked dirty, if the restore could not be proven; `unverified` if the
            marker does not tell the original.

    """
    if marker.original is LOST:
        raise original_is_lost(marker, pointer, f"GET {restorer.where}")
    original = without_marker(seen.document, pointer)
    field = key_of(pointer)
    body = {field: original.get(field)}
    restorer.may_be_null = absent_at(original, pointer)
    try:
        with signals.held_back():
            if seen.etag and restorer.send(body, if_match=seen.etag) == CHANGED_MEANWHILE:
                if restorer.differences(seen.document, restorer.read().document):
                    # Another writer came first.
                    return ""
                # This target's entity tags can't be relied on.
                restorer.put_back(original, [("", body)])
            restorer.put_back(original, [("", None if seen.etag else body), ("", body)])
    except SmokeError as error:
        raise left_by(error, marker.run_id) from None
    return f"a probe that the run {marker.run_id} had left in {pointer} was removed"


def original_is_lost(marker: Marker, pointer: str, where: str) -> SmokeError:
    """The failure when another run's probe does not tell the original."""
    return fail(
        Category.UNVERIFIED,
        expected=f"no probe in {pointer}",
        seen=f"one that the run {marker.run_id} left behind, in a string that had to be cut",
        where=where,
        hint="run 'apismoke restore' on the machine of that run: its journal has the original;"
        " or correct the field by hand",
    )


def account_of(document: Mapping[str, Any], id_field: str) -> str:
    """The account that a settings document belongs to; empty if it has no id."""
    value = document.get(id_field)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def absent_at(document: Mapping[str, Any], pointer: str) -> tuple[str, ...]:
    """The pointer and its parents that are absent: after a restore they may be null."""
    steps = pointer.split("/")
    places = ["/".join(steps[:end]) for end in range(2, len(steps) + 1)]
    return tuple(place for place in places if lookup(document, place) is ABSENT)
