"""Judge the round that follows a probe: kept, to be written again, or which failure. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from pytest_apismoke.documents import Difference, lookup, same
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.comparison import Beside
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.marker import Marker
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.reading import Round
from pytest_apismoke.safewrite.restoring import moved_note
from pytest_apismoke.safewrite.sent import Known, Sent

#: How many turns a run takes.
TURNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What follows a round that shows the probe.

    Attributes:
        entry: with what the journal has to know.
        notes: sentences for the verdict.
        failure: what the update did beside its place, if it did harm.

    """

    entry: Entry
    notes: tuple[str, ...] = ()
    failure: SmokeError | None = None


def kept(
    seen: Round[Owner],
    found: Beside,
    entry: Entry,
    *,
    place: str,
    tag: str,
    where: str,
    companions: Sequence[str] = (),
) -> Kept:
    """Judges a round in which every read shows the probe.

    Args:
        seen: the round.
        found: what its reads show beside the probe.
        entry: of the probe.
        place: the JSON Pointer of the probe.
        tag: the entity tag that the target gave to the probe's update, if any.
        where: the URL of the document.
        companions: the fields that every update sends along.

    """
    notes = (moved_note(found.moved),) if found.moved else ()
    if not found.harm:
        return Kept(
            entry=replace(entry, phase=Phase.KEPT, emptied=found.emptied_places), notes=notes
        )
    if tag and all(look.etag not in ("", tag) for look in seen.looks):
        left_alone = dict.fromkeys((*entry.changing, *(one.pointer for one in found.harm)))
        return Kept(
            entry=replace(entry, phase=Phase.KEPT, changing=tuple(left_alone)),
            notes=(*notes, messages.edited_beside(found.harm)),
        )
    return Kept(
        entry=replace(entry, phase=Phase.INTENT, emptied=found.emptied_places),
        notes=notes,
        failure=messages.harmed(found.harm, place=place, where=where, companions=companions),
    )


class Then(Enum):
    """What is done before the probe is written again."""

    #: The rest of the wait: never a second probe while the first may be under way.
    WAIT = auto()
    #: A quiet time, which tells whether another gate is there after all.
    QUIET = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What happened to the probes of a run so far.

    Attributes:
        losses: how many were lost with no other gate in sight.
        edits: how often somebody had edited the probe's field.

    """

    losses: int = 0
    edits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a round without the probe is judged by.

    Attributes:
        sent: the probe.
        known: about the updates of this run.
        tally: of the run.
        entry: of the probe.
        passed_s: seconds since the probe was sent.
        looked_after_s: seconds between the probe and the first read that could show it.
        other: the marker of another gate, if the round shows one.
        is_conditional: whether the target itself refuses what was sent without seeing the probe.
        where: the URL of the document.

    """

    sent: Sent
    known: Known
    tally: Tally
    entry: Entry
    passed_s: float
    looked_after_s: float
    other: Marker | None
    is_conditional: bool
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What a round without the probe means.

    Attributes:
        known: about the updates of this run.
        tally: of the run.
        notes: sentences for the verdict.
        failure: of the run; None if the probe is written again.
        loss: what it is where there is no time for that, and nobody else is there.
        then: what is done before that.

    """

    known: Known
    tally: Tally
    notes: tuple[str, ...] = ()
    failure: SmokeError | None = None
    loss: SmokeError | None = None
    then: Then = Then.NOTHING


def explain(seen: Round[Owner], attempt: Attempt) -> Explained:
    """Judges a round that does not show the probe in every read."""
    sent, where = attempt.sent, attempt.where
    place = sent.probe.pointer
    is_ours = seen.shows(Owner.SENT) or seen.shows(Owner.OURS)
    if seen.shows(Owner.OTHER_GATE) and not is_ours:
        return _displaced(attempt)
    if seen.opinion is None:
        share = seen.share(Owner.SENT)
        failure = messages.disagree(share, place=place, where=where)
        known = replace(attempt.known, was_seen=is_ours)
        return _explained(attempt, known=known, failure=failure)
    after = lookup(seen.looks[-1].document, place)
    change = Difference(pointer=place, before=sent.probe.value, after=after)
    if seen.opinion is Owner.OURS:
        known = replace(attempt.known, was_seen=True)
        return _explained(attempt, known=known, failure=_altered(change, attempt))
    if seen.opinion is Owner.SOMEBODY:
        return _edited(change, attempt)
    return _gone(change, attempt)


def _explained(
    attempt: Attempt,
    *,
    known: Known,
    failure: SmokeError | None = None,
    notes: tuple[str, ...] = (),
    then: Then = Then.NOTHING,
) -> Explained:
    """A judgement that leaves the tally as it was."""
    return Explained(
        known=known,
        tally=attempt.tally,
        notes=notes,
        failure=failure,
        then=then,
    )


def _displaced(attempt: Attempt) -> Explained:
    """Another gate's probe stands in the place, and this run's nowhere."""
    turn = attempt.sent.turn
    who = f"the run {attempt.other.run_id}" if attempt.other else "another gate"
    is_last = turn >= TURNS + attempt.tally.losses
    return _explained(
        attempt,
        failure=messages.no_turn(attempt.where, turn) if is_last else None,
        notes=(f"{who} wrote at the same time and came first",),
        then=Then.WAIT,
        known=_without_probe(attempt.known),
    )


def _altered(change: Difference, attempt: Attempt) -> SmokeError:
    """Every read shows something of this run that is not the probe as it was sent."""
    if same(change.after, attempt.sent.shown):
        return messages.not_kept(change, attempt.where)
    if _is_earlier(change.after, change.pointer, attempt.entry):
        return messages.came_late(change, attempt.where)
    return messages.altered(change, where=attempt.where)


def _is_earlier(value: Any, place: str, entry: Entry) -> bool:
    """Whether a value is what one of the run's earlier updates sent."""
    return any(same(value, lookup(body, place)) for body in entry.written[:-1])


def _edited(change: Difference, attempt: Attempt) -> Explained:
    """Every read shows somebody's value."""
    tally = replace(attempt.tally, edits=attempt.tally.edits + 1)
    # Only a text carries a marker, which tells this run's values from those of others.
    is_last = tally.edits > 1 or not isinstance(change.before, str)
    return Explained(
        known=attempt.known,
        tally=tally,
        notes=(f"{change.pointer} was edited by somebody else during the run",),
        failure=messages.edited_twice(change, where=attempt.where) if is_last else None,
    )


def _gone(change: Difference, attempt: Attempt) -> Explained:
    """Every read shows the original, although the whole wait is over."""
    sent, where, tally = attempt.sent, attempt.where, attempt.tally
    known = _without_probe(attempt.known)
    failure: SmokeError | None = None
    # Another gate takes it for left behind only once it has seen it for that long.
    may_have_been = sent.saw_another or attempt.looked_after_s >= sent.lease_s
    if (attempt.known.was_seen or may_have_been) and attempt.passed_s >= sent.lease_s:
        failure = messages.kept_too_long(change.pointer, attempt.passed_s, where)
    elif sent.saw_another and sent.turn >= 2 * TURNS:
        failure = messages.no_turn(where, sent.turn)
    elif not sent.saw_another and (tally.losses or attempt.is_conditional):
        failure = messages.not_kept(change, where)
    if failure is not None:
        return _explained(attempt, known=known, failure=failure)
    if sent.saw_another:
        return _explained(attempt, known=known, notes=(messages.ANOTHER_GATE,))
    return Explained(
        known=known,
        tally=replace(tally, losses=tally.losses + 1),
        loss=messages.not_kept(change, where),
        then=Then.QUIET,
    )


def _without_probe(known: Known) -> Known:
    """What is known once the probe is gone: one that was never seen may still arrive."""
    return replace(known, may_come=known.may_come or not known.was_seen)
