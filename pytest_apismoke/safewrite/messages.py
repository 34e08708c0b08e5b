"""The failures of the write protocol, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_apismoke.documents import Difference, describe, key_of, lookup, same, step
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite import in_short
from pytest_apismoke.safewrite.comparison import is_empty, volatile_line
from pytest_apismoke.safewrite.restoring import listed, written_later

if TYPE_CHECKING:
    from pytest_apismoke.safewrite.refused_update import Update

_NO_OTHER = ", and no other field changed"
_NOT_KEPT = (
    "the write was acknowledged but not kept: look at the transaction, the cache and the replica"
    " behind it"
)
#: The note about a gate that was seen, or met, while a probe was gone.
ANOTHER_GATE = "another gate wrote at the same time"


def _read(where: str) -> str:
    return f"GET {where}, over fresh connections"


def _not_as_written(
    category: Category,
    place: str,
    *,
    seen: str,
    where: str,
    hint: str,
    brief: tuple[str, ...],
    also: str = "",
) -> SmokeError:
    """A read-back is not as it should be after the write."""
    return fail(
        category,
        expected=f"the value just written to {place}{also}",
        seen=seen,
        where=_read(where),
        hint=hint,
        in_short=brief,
    )


def probe_holds_a_secret(place: str, where: str) -> SmokeError:
    """The probe field contains a credential, which the journal must not store."""
    return fail(
        Category.UNVERIFIED,
        expected=f"a probe field ({place}) that may be stored in the journal",
        seen="one that contains a credential of this run",
        where=f"GET {where}",
        hint="nothing was written; use --smoke-read-only, or another account",
    )


def no_turn(where: str, turns: int) -> SmokeError:
    """Others wrote each time."""
    return fail(
        Category.UNVERIFIED,
        expected="a turn to write the probe",
        seen=f"other writers in each of {turns} turns",
        where=where,
        hint="run the gate again when fewer gates, or nobody, write to this document",
    )


def not_kept(change: Difference, where: str) -> SmokeError:
    """An acknowledged update does not show."""
    return _not_as_written(
        Category.PERSIST,
        change.pointer,
        also=_NO_OTHER,
        seen=_written_and_is(change),
        brief=in_short.of_update(where, f"does not keep {change.pointer}"),
        where=where,
        hint=_NOT_KEPT
        + "; or the field cuts texts at a limit: state it (maxLength) in the contract",
    )


def kept_once(place: str, where: str) -> SmokeError:
    """The first probe was lost without a trace, and the second one kept."""
    return _not_as_written(
        Category.UNVERIFIED,
        place,
        seen="two updates accepted, and only the second one kept",
        brief=in_short.of_update(where, "was not kept, and the next one was"),
        where=where,
        hint="run the gate again: the target drops updates now and then, or another gate that"
        " was not seen took the first one away",
    )


def came_late(change: Difference, where: str) -> SmokeError:
    """An earlier probe of this run arrived after a later one."""
    return _not_as_written(
        Category.UNVERIFIED,
        change.pointer,
        seen=f"an earlier update of this run, which came late: {_written_and_is(change)}",
        brief=in_short.of_update(where, "came after a later one"),
        where=where,
        hint="run the gate again when the target applies updates in the order of its answers",
    )


def kept_too_long(place: str, passed_s: float, where: str) -> SmokeError:
    """The probe is gone after its lease: another gate may have taken it for a residue."""
    return fail(
        Category.UNVERIFIED,
        expected=f"the probe in {place} for as long as this run needed it",
        seen=f"the original again after {passed_s:.0f} s",
        in_short=(f"the probe in {place} was gone after {passed_s:.0f} s",),
        where=_read(where),
        hint="another gate may have removed it as left behind; run the gate again when the target"
        " responds faster",
    )


def _written_and_is(change: Difference) -> str:
    sent, found = describe(change.before), describe(change.after)
    return f"{change.pointer} was written as {sent} and is {found}"


def altered(change: Difference, *, where: str) -> SmokeError:
    """The target stored something else than what was sent."""
    hint = "the target stores another value than it was sent: look at what it does to texts"
    before, after = change.before, change.after
    if isinstance(before, str) and isinstance(after, str) and before.startswith(after):
        hint = (
            f"the target cut the text to {len(after)} characters without a word: refuse it"
            " instead, or state the limit (maxLength) in the contract, so that the probe fits"
        )
    elif isinstance(before, str) and isinstance(after, str) and before.lower() == after.lower():
        hint = "the target changes upper and lower case when it stores a text"
    return _not_as_written(
        Category.PERSIST,
        change.pointer,
        seen=_written_and_is(change),
        brief=in_short.of_update(where, f"does not keep {change.pointer}"),
        where=where,
        hint=hint,
    )


def edited_twice(change: Difference, *, where: str) -> SmokeError:
    """Something else than the probe stood in the field, twice."""
    return _not_as_written(
        Category.UNVERIFIED,
        change.pointer,
        seen=f"{describe(change.after)}, which this run did not write",
        brief=(f"somebody else writes to {change.pointer}",),
        where=where,
        hint="somebody edits this field, or the target alters it beyond recognition; run the gate"
        " again, or name another field in [document] probe",
    )


def disagree(share: str, *, place: str, where: str) -> SmokeError:
    """Fresh reads show different values to the end."""
    return _not_as_written(
        Category.PERSIST,
        place,
        also=" in every fresh read",
        seen=f"the instances disagree: {share} show it",
        brief=in_short.of_reads(where, f"the instances disagree on {place}"),
        where=where,
        hint="several instances answer behind this address: look for one with a store or a cache"
        " of its own",
    )


def harmed(
    found: Sequence[Difference], *, place: str, where: str, companions: Sequence[str] = ()
) -> SmokeError:
    """Other fields changed with the update; `companions` were sent with it as they were."""
    return _not_as_written(
        Category.PERSIST,
        place,
        also=_NO_OTHER,
        seen=listed(found),
        brief=in_short.of_update_at(where, "also changes", found),
        where=where,
        hint=_harmed_hint(found, companions),
    )


def _harmed_hint(found: Sequence[Difference], companions: Sequence[str]) -> str:
    if all(key_of(one.pointer) in companions for one in found):
        return (
            "a companion is stored as another value than it was sent; a form, for instance, has"
            " texts alone: take it out of [document] companions, or look at how the target reads it"
        )
    if all(is_empty(one.after) for one in found):
        return (
            "the update took away what it does not mention: if updates have to contain the whole"
            ' document here, write [document] update_body = "whole"; else look at how the update'
            " merges"
        )
    return (
        "the write changed more than it was asked to: look at how the update merges; where every"
        f" update changes it, write [document] {volatile_line(found)}"
    )


def sent_not_there(
    sent: Mapping[str, Any],
    seen: Mapping[str, Any],
    original: Mapping[str, Any],
    *,
    where: str,
) -> SmokeError:
    """An accepted update does not show as it was sent."""
    places = [f"/{step(name)}" for name in sent]
    found = [
        Difference(pointer=place, before=lookup(sent, place), after=lookup(seen, place))
        for place in places
        if not same(lookup(sent, place), lookup(seen, place))
    ]
    dropped = all(same(one.after, lookup(original, one.pointer)) for one in found)
    told = "; ".join(
        f"{one.pointer} was sent as {describe(one.before)} and is {describe(one.after)}"
        for one in found[:3]
    )
    return fail(
        Category.PERSIST,
        expected="what was sent in every fresh read",
        seen=told,
        in_short=in_short.of_update_at(where, "does not keep", found),
        where=_read(where),
        hint=_NOT_KEPT + "; where the API means that, write expect.persisted = false"
        if dropped
        else "the target stores another value than it was sent; where the API means that, write"
        " expect.persisted = false",
    )


def edited_beside(found: Sequence[Difference]) -> str:
    """The note about an edit of another field in the same second."""
    return written_later(found, "the entity tag shows that somebody wrote after this run")


def restored_twice(where: str) -> SmokeError:
    """The first restoring update was accepted and not kept."""
    return fail(
        Category.PERSIST,
        expected="the original after the first restoring update",
        seen="the probe, until the original was sent a second time",
        in_short=("the first restoring update was accepted and not kept",),
        where=_read(where),
        hint=_NOT_KEPT,
    )


def refused_hint(response: Response, update: Update, *, outlives: bool) -> str:
    """What to do about an update that was refused."""
    from pytest_apismoke.safewrite.wishes import wish_in

    if wish := wish_in(response, update):
        return wish
    hint = f"{response.log_hint}; the update changes {update.place} only"
    before = lookup(update.base, update.place)
    if isinstance(before, str) and response.status in (400, 413, 422):
        hint += (
            "; if the field has a limit, state it (maxLength) in the contract or name another"
            " field in [document] probe"
        )
        if not outlives:
            hint += (
                "; a probe in the original's own length is written only where APISMOKE_STATE_DIR"
                " names a directory that outlives the run"
            )
    return hint


def original_is_lost(run_id: str, place: str, where: str) -> SmokeError:
    """Another run's probe does not tell the original."""
    return fail(
        Category.UNVERIFIED,
        expected=f"no probe in {place}",
        seen=f"one that the run {run_id} left behind, in a string that had to be cut",
        where=f"GET {where}",
        hint="run 'apismoke restore' on the machine of that run: its journal has the original;"
        " or correct the field by hand",
    )
