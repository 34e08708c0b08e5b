"""Puts back what runs that are gone have left changed: from the journal, or from a probe itself."""

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
from pytest_apismoke.safewrite.probe import field_of, without_marker
from pytest_apismoke.safewrite.restoring import (
    CHANGED_MEANWHILE,
    WHOLE,
    Restorer,
    Seen,
    left_by,
)
from pytest_apismoke.system import signals

_UNDER_WAY = "its run is under way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """How the entries of one target went.

    `notes` are sentences for the verdict, `restored` the runs whose changes were put back, `left`
    those whose changes are still there, `failure` the first one that could not be put back.
    """

    notes: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do about one entry. `body` is empty where nothing is to be sent.

    `goal` is the document as it is to be, `edited` names the members that somebody else has
    changed since: they are left alone.
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
    """Puts back what the journal holds for this target and account.

    What a living run has under way is left alone, and so is what somebody has edited since. A
    document that another process holds is left to that one: it has looked, or will look, itself.

    Args:
        target: the backend.
        journal: where the entries are.
        account: the id of the account's settings document, empty where it has none or can't be
            fetched; entries of others are left alone. None where the entries are known to be of
            this account.
        wait_s: for how long a read that does not show yet what was written is asked again.
        runs: only the entries of these runs; by default all.
        path: only the entries of this document; by default all.
        force: puts back also what somebody seems to have edited since.
        mine: whether what this very process has under way is put back too.

    """
    notes: list[str] = []
    restored: list[str] = []
    left: list[str] = []
    failure: Failure | None = None
    for entry in journal.entries(target.client.base_url):
        if (runs and entry.run_id not in runs) or path not in ("", entry.request["path"]):
            continue
        if account is not None and entry.account != account:
            whose = "another account's" if account else "of an account that nobody asked for"
            notes.append(f"the journal holds an entry of the run {entry.run_id}, {whose}")
            left.append(entry.run_id)
            continue
        with _to_oneself(journal, entry, mine=mine) as obstacle, signals.held_back():
            if obstacle:
                notes += [obstacle] if obstacle != _UNDER_WAY else []
                continue
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
def _to_oneself(journal: Journal, entry: Entry, *, mine: bool) -> Iterator[str]:
    """What keeps one from an entry: its run is not gone, or another process is at its document."""
    path = entry.request["path"]
    with journal.claimed(entry, mine=mine) as is_dead:
        if not is_dead:
            yield _UNDER_WAY
            return
        if not journal.take(entry.target, path):
            yield (
                f"what the run {entry.run_id} of {entry.started_at} left changed is not put back"
                f" yet: another process is at {path}"
            )
            return
        try:
            yield ""
        finally:
            journal.give_back(entry.target, path)


def _repair(target: Target, entry: Entry, journal: Journal) -> str:
    profile = target.profile.name
    return repair_command(entry.target, journal.folder, entry.run_id, profile=profile)


def _not_seen(target: Target, entry: Entry, journal: Journal, error: SmokeError) -> str:
    repair = _repair(target, entry, journal)
    return (
        f"what the run {entry.run_id} of {entry.started_at} left changed could not be looked at:"
        f" {error.failure.seen} ({error.failure.where}); '{repair}' tries again,"
        f" '{repair} --discard' forgets it"
    )


def _put_back(
    target: Target, entry: Entry, wait_s: float, journal: Journal, *, force: bool
) -> tuple[str, bool]:
    """What was done about an entry, in words, and whether it is settled."""
    repair = _repair(target, entry, journal)
    restorer = Restorer(
        target,
        journal.folder,
        owner=entry.run_id if entry.is_of_a_probe else "",
        run_id=entry.run_id,
        wait_s=wait_s,
        document=entry.document(),
    )
    restorer.changing = [*entry.changing, *entry.withheld]
    restorer.take_time()
    seen = restorer.read(restoring=True)
    decision = decide(entry, restorer.without_others(seen.document), force=force)
    if not decision.body and not decision.edited:
        # A store that lags may not show yet what the run wrote last.
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
        # Sent to another path, or no object: nobody can tell our change from somebody's edit.
        doubt = Failure(
            category=Category.PERSIST,
            expected=f"{entry.request['path']} as it was before {who}, which was killed",
            seen=f"{', '.join(decision.edited)} changed, by that run or by somebody since",
            where=entry.place,
            hint=f"'{repair} --force' puts back what the journal holds, '{repair} --discard'"
            " forgets it",
        )
        raise SmokeError(doubt, dirty=True)
    if decision.edited:
        places = ", ".join(decision.edited)
        return (
            f"{who} was ended before it restored {places} of {entry.request['path']}, edited since"
            f" and left alone; '{repair} --force' puts back what the journal holds, '{repair}"
            " --discard' forgets it",
            False,
        )
    if not decision.body:
        return "", True
    places = ", ".join(f"/{step(name)}" for name in decision.body)
    return f"{who} was ended before it restored {places}; that was put back", True


def decide(entry: Entry, current: Mapping[str, Any], *, force: bool = False) -> Decision:
    """What to put back. Pure.

    A member is put back where it holds what the run wrote, and with such a one also those that were
    emptied: an update that replaces the document does that. Any other change is somebody's edit.
    """
    ignoring = [*entry.changing, *entry.withheld]
    found = differences(dict(entry.original), dict(current), ignoring=ignoring)
    names = list(dict.fromkeys(field_of(difference.pointer) for difference in found))
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
    """Whether a member still is what the run wrote, cut off at the end perhaps."""
    written = [body[name] for body in entry.written if name in body]
    if any(same(value, sent) for sent in written):
        return True
    before = entry.original.get(name)
    if not isinstance(value, str) or (before is not None and not isinstance(before, str)):
        return False
    longer = len(value) > len(before or "")
    return longer and any(isinstance(sent, str) and sent.startswith(value) for sent in written)


def clear_residue(restorer: Restorer, seen: Seen, pointer: str, *, marker: Marker) -> str:
    """Puts back what stood below a probe that was left behind.

    Says so in a sentence; an empty one where somebody else has changed the document meanwhile.

    Raises:
        SmokeError: `persist`, marked dirty, when that could not be proven, `unverified` when the
            probe does not say what stood there.

    """
    if marker.original is LOST:
        raise original_is_lost(marker, pointer, f"GET {restorer.where}")
    original = without_marker(seen.document, pointer)
    field = field_of(pointer)
    body = {field: original.get(field)}
    restorer.may_be_null = absent_at(original, pointer)
    try:
        with signals.held_back():
            if seen.etag and restorer.send(body, if_match=seen.etag) == CHANGED_MEANWHILE:
                if restorer.differences(seen.document, restorer.read().document):
                    # Somebody else was faster.
                    return ""
                # The tags of this target are of no use.
                restorer.put_back(original, [("", body)])
            restorer.put_back(original, [("", None if seen.etag else body), ("", body)])
    except SmokeError as error:
        raise left_by(error, marker.run_id) from None
    return f"a probe that the run {marker.run_id} had left in {pointer} was put back"


def original_is_lost(marker: Marker, pointer: str, where: str) -> SmokeError:
    """The failure where another run's probe does not tell what stood there."""
    return fail(
        Category.UNVERIFIED,
        expected=f"no probe in {pointer}",
        seen=f"one that the run {marker.run_id} left behind, in a text that had to be cut",
        where=where,
        hint="run 'apismoke restore' on the machine of that run: its journal has the original;"
        " or correct the field by hand",
    )


def account_of(document: Mapping[str, Any], id_field: str) -> str:
    """The account that a settings document belongs to; empty where it has no id."""
    value = document.get(id_field)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def absent_at(document: Mapping[str, Any], pointer: str) -> tuple[str, ...]:
    """The pointer and those above it where the document has nothing: null may come back there."""
    steps = pointer.split("/")
    places = ["/".join(steps[:end]) for end in range(2, len(steps) + 1)]
    return tuple(place for place in places if lookup(document, place) is ABSENT)
