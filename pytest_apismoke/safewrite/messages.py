"""The failures of the write protocol, in words. Pure.

Long because every failure says what was expected, seen, where, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_apismoke.documents import ABSENT, Difference, describe, key_of, lookup, same, step
from pytest_apismoke.errors import Category, SmokeError, fail, misconfigured
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.comparison import is_empty, is_masked, volatile_line
from pytest_apismoke.safewrite.moving import is_moment
from pytest_apismoke.safewrite.probe import Candidate
from pytest_apismoke.safewrite.restoring import listed
from pytest_apismoke.safewrite.wishes import wish_in

_NOT_KEPT = (
    "the write was acknowledged but not kept: look at the transaction, the cache and the replica"
    " behind it"
)
#: What else may make a field unfit.
_FITS = (
    "; a text that leaves no room for the marker is written only where APISMOKE_STATE_DIR names a"
    " directory that outlives the run"
)


def _read(where: str) -> str:
    return f"GET {where}, over fresh connections"


def no_probe_field(
    document: Mapping[str, Any],
    probes: Sequence[str],
    *,
    id_field: str,
    outlives: bool,
    where: str,
) -> SmokeError:
    """No candidate is a field of the document that can be changed and put back."""
    names = [f"/{step(name)}" for name in document]
    told = []
    for pointer in probes:
        value = lookup(document, pointer)
        if value is ABSENT:
            near = difflib.get_close_matches(pointer, _pointers(document), n=1)
            told.append(f"no {pointer}" + (f" (the nearest is {near[0]})" if near else ""))
        else:
            told.append(f"{pointer} {_unfit(document, pointer)}")
    texts = [
        name for name in names if name != f"/{step(id_field)}" and _is_text(lookup(document, name))
    ]
    return misconfigured(
        expected="a field that can be changed and put back",
        seen="; ".join(told),
        where=f"[document] probe, GET {where}",
        hint="nothing was written; name a field with text that may be written without a side"
        f" effect; the document has {', '.join(texts[:5]) or 'none with text'}"
        + ("" if outlives else _FITS),
    )


def _is_text(value: object) -> bool:
    is_text = isinstance(value, str) and bool(value) and not is_masked(value)
    return is_text and not is_moment(value)


def _unfit(document: Mapping[str, Any], pointer: str) -> str:
    """Why a field that is there can't carry a probe."""
    value = lookup(document, pointer)
    if is_masked(value):
        return "is masked"
    # An update sends the whole property.
    key = key_of(pointer)
    return (
        f"is in /{step(key)}, beside a masked value"
        if is_masked(document[key])
        else (f"is {describe(value)}")
    )


def _pointers(document: Mapping[str, Any]) -> list[str]:
    """The JSON Pointers of a document's properties, and of those of its objects."""
    found, todo = [], [("", document)]
    while todo:
        pointer, value = todo.pop()
        for name, inner in value.items():
            found.append(f"{pointer}/{step(name)}")
            if isinstance(inner, dict):
                todo.append((found[-1], inner))
    return found


def masked_document(document: Mapping[str, Any], where: str) -> SmokeError:
    """An update with the whole document would store the masks of its secrets."""
    names = [f"/{step(name)}" for name, value in document.items() if is_masked(value)]
    return misconfigured(
        expected="a document that can be written back whole",
        seen=f"{', '.join(names[:3])} shown masked",
        where=f"[document] update_body, GET {where}",
        hint="nothing was written: an update with the whole document would store the mask; use"
        ' update_body = "fields", or --smoke-read-only',
    )


def refused_original(candidate: Candidate, status: str, where: str) -> SmokeError:
    """The target does not take the original back."""
    return misconfigured(
        expected=f"the original of {candidate.pointer} to be accepted when it is sent back",
        seen=f"{candidate.risk}, and {status}",
        where=where,
        hint="nothing was changed: the original was sent once before any probe; name a field with"
        " text in [document] probe",
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
    return fail(
        Category.PERSIST,
        expected=f"the value just written to {change.pointer}, and no other field changed",
        seen=_written_and_is(change),
        where=_read(where),
        hint=_NOT_KEPT
        + "; or the field cuts texts at a limit: state it (maxLength) in the contract",
    )


def kept_once(place: str, where: str) -> SmokeError:
    """The first probe was lost without a trace, and the second one kept."""
    return fail(
        Category.UNVERIFIED,
        expected=f"the value just written to {place}",
        seen="two updates accepted, and only the second one kept",
        where=_read(where),
        hint="run the gate again: the target drops updates now and then, or another gate that"
        " was not seen took the first one away",
    )


def came_late(change: Difference, where: str) -> SmokeError:
    """An earlier probe of this run arrived after a later one."""
    return fail(
        Category.UNVERIFIED,
        expected=f"the value just written to {change.pointer}",
        seen=f"an earlier update of this run, which came late: {_written_and_is(change)}",
        where=_read(where),
        hint="run the gate again when the target applies updates in the order of its answers",
    )


def kept_too_long(place: str, passed_s: float, where: str) -> SmokeError:
    """The probe is gone after its lease: another gate may have taken it for a residue."""
    return fail(
        Category.UNVERIFIED,
        expected=f"the probe in {place} for as long as this run needed it",
        seen=f"the original again after {passed_s:.0f} s",
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
    return fail(
        Category.PERSIST,
        expected=f"the value just written to {change.pointer}",
        seen=_written_and_is(change),
        where=_read(where),
        hint=hint,
    )


def edited_twice(change: Difference, *, where: str) -> SmokeError:
    """Something else than the probe stood in the field, twice."""
    return fail(
        Category.UNVERIFIED,
        expected=f"the value just written to {change.pointer}",
        seen=f"{describe(change.after)}, which this run did not write",
        where=_read(where),
        hint="somebody edits this field, or the target alters it beyond recognition; run the gate"
        " again, or name another field in [document] probe",
    )


def disagree(share: str, *, place: str, where: str) -> SmokeError:
    """Fresh reads show different values to the end."""
    return fail(
        Category.PERSIST,
        expected=f"the value just written to {place} in every fresh read",
        seen=f"the instances disagree: {share} show it",
        where=_read(where),
        hint="several instances answer behind this address: look for one with a store or a cache"
        " of its own",
    )


def harmed(found: Sequence[Difference], *, place: str, where: str) -> SmokeError:
    """Other fields changed with the update."""
    return fail(
        Category.PERSIST,
        expected=f"the value just written to {place}, and no other field changed",
        seen=listed(found),
        where=_read(where),
        hint=_harmed_hint(found),
    )


def _harmed_hint(found: Sequence[Difference]) -> str:
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
        where=_read(where),
        hint=_NOT_KEPT + "; where the API means that, write expect.persisted = false"
        if dropped
        else "the target stores another value than it was sent; where the API means that, write"
        " expect.persisted = false",
    )


def edited_beside(found: Iterable[Difference]) -> str:
    """The note about an edit of another field in the same second."""
    return f"{listed(list(found))}: the entity tag shows that somebody wrote after this run"


def restored_twice(where: str) -> SmokeError:
    """The first restoring update was accepted and not kept."""
    return fail(
        Category.PERSIST,
        expected="the original after the first restoring update",
        seen="the probe, until the original was sent a second time",
        where=_read(where),
        hint=_NOT_KEPT,
    )


def refused_hint(
    response: Response, candidate: Candidate | None, before: object, *, outlives: bool
) -> str:
    """What to do about an update that was refused."""
    hint = wish_in(response) or response.log_hint
    if candidate is not None:
        hint += f"; the update changes {candidate.place} only"
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
