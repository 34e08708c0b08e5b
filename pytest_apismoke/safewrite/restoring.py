"""Take back what a run changed, and prove it by rounds of fresh reads, or call the target dirty.

Long because the look, the update that it allows and the proof are one protocol.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any

from pytest_apismoke.documents import ABSENT, Difference, key_of, lookup, replaced, same, step
from pytest_apismoke.errors import Category, Failure, SmokeError
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite import in_short
from pytest_apismoke.safewrite.comparison import (
    Beside,
    is_empty,
    is_masked,
    is_normalised,
    unique,
    volatile_line,
)
from pytest_apismoke.safewrite.entry import Entry, Phase
from pytest_apismoke.safewrite.journal import Journal
from pytest_apismoke.safewrite.marker import find
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.reading import Look, Reader, Round

#: Restoring may take this long even if a small budget reserved less, in seconds; see `Budget`.
FLOOR_S = 5.0
#: How the restore succeeded, in words.
PUT_BACK = "the probe field was put back"
#: 412 Precondition Failed: the document no longer has the entity tag (RFC 9110, 15.5.13).
CHANGED_MEANWHILE = 412
#: The statuses of an update that sends back a version that is not the present one.
CONFLICTS = frozenset({409, CHANGED_MEANWHILE})
#: How many looks to take while the target answers 412, and how often the original is sent at most.
_LOOKS, _SENDS = 8, 2


class _State(Enum):
    """What one read after the restoring update shows."""

    BACK = auto()
    LEFT = auto()
    HARMED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A proven restore.

    Attributes:
        notes: sentences for the verdict.
        sent: whether a restoring update was sent.
        repeated: whether one was accepted and not kept, so that it had to be sent again.
        edited: JSON Pointers to values that somebody edited, and that were left alone.
        displaced: whether another gate's probe stands in the place.

    """

    notes: tuple[str, ...] = ()
    sent: bool = False
    repeated: bool = False
    edited: tuple[str, ...] = ()
    displaced: bool = False


class Restorer:
    """Takes the updates of an entry back.

    Sent are the places that the run wrote, and what its updates emptied; nothing else, because any
    other difference may be somebody's. The whole document is sent only where updates have to
    contain it. Each send follows right after a look.

    Args:
        target: the backend.
        journal: keeps the entry of a target that was left changed.
        reader: reads the document.
        probes: JSON Pointers of the fields that may carry probes of other gates.

    """

    def __init__(
        self, target: Target, journal: Journal, reader: Reader, *, probes: Sequence[str]
    ) -> None:
        self._target = target
        self._journal = journal
        self._reader = reader
        self._probes = tuple(probes)

    def take_time(self) -> None:
        """Extends the budget so that at least a few seconds remain for restoring."""
        self._target.client.budget.extend_for_restoring(FLOOR_S)

    def take_back(
        self,
        entry: Entry,
        *,
        tag: str = "",
        tags_match: bool = True,
        may_have_arrived: bool = True,
    ) -> Restored:
        """Sends the original and proves it.

        Args:
            entry: what was changed.
            tag: the entity tag that the target gave to the run's last update, if any.
            tags_match: whether the target's entity tags can be relied on.
            may_have_arrived: whether any update may have changed the document. If not, nothing is
                sent unless a read shows it all the same.

        Raises:
            SmokeError: `persist`, marked dirty, if the document differs; the entry then is dirty.

        """
        sends, sent, problem, lost = 0, False, "", False
        edited: tuple[str, ...] = ()
        displaced, is_needed = False, may_have_arrived
        while True:
            if is_needed:
                step = self._look_and_send(entry, tags_match=tags_match)
                sent, edited, displaced = sent or step.was_sent, step.edited, step.displaced
                problem, tag = step.problem, step.tag or (tag if not step.was_sent else "")
                sends += 1
            try:
                # A refused update may have been applied all the same: until something is sent, a
                # round that shows the original may be one from before it.
                proof = self._reader.settle(
                    lambda look: self._state(entry, look),
                    awaited=_is_back if is_needed or sent else _is_never,
                    restoring=True,
                )
            except SmokeError as error:
                raise self._unread(entry, error, dirty=may_have_arrived) from None
            is_needed = proof.shows(_State.LEFT)
            if not is_needed or sends == _SENDS:
                break
            # What was refused, or not answered, was not promised to be kept.
            lost = lost or (sent and not problem)
        self._judge(entry, proof, tag=tag, problem=problem)
        return Restored(
            notes=self._notes(entry, proof, edited),
            sent=sent,
            repeated=lost,
            edited=edited,
            displaced=displaced,
        )

    # -- the send

    def _look_and_send(self, entry: Entry, *, tags_match: bool) -> _Step:
        refused_tag, refused_version = "", ABSENT
        for _ in range(_LOOKS):
            look: Look | None = None
            # Without a look the original is sent all the same, once: it is what must be there.
            with contextlib.suppress(SmokeError):
                look = self._reader.look(restoring=True)
            body, edited, displaced = self._body(entry, look)
            if not body:
                return _Step(edited=edited, displaced=displaced)
            matches = look.etag if look and tags_match else ""
            if matches == refused_tag:
                # Nothing has changed, and yet it did not match: this target's tags do not hold.
                matches = ""
            try:
                response = self._send(entry, body, look, if_match=matches)
            except SmokeError as error:
                # A lost response proves nothing; the document does.
                problem = f"the restoring update failed: {error.failure.seen}"
                return _Step(was_sent=True, edited=edited, displaced=displaced, problem=problem)
            if response.status == CHANGED_MEANWHILE and matches:
                refused_tag = matches
                continue
            version = self._version(look)
            if response.status in CONFLICTS and not same(version, refused_version):
                refused_version = version
                continue
            accepted = response.status in entry.accepted
            return _Step(
                was_sent=True,
                edited=edited,
                displaced=displaced,
                tag=response.headers.get("etag", "") if accepted else "",
                problem="" if accepted else f"the restoring update was answered {response.status}",
            )
        return _Step()

    def _version(self, look: Look | None) -> Any:
        """The version that an update sends back; absent if there is none."""
        place = self._reader.document.version_member
        return lookup(look.document, place) if look and place else ABSENT

    def _send(
        self, entry: Entry, body: Mapping[str, Any], look: Look | None, *, if_match: str
    ) -> Response:
        document = look.document if look else entry.original
        whole = {**entry.original, **document}
        response = self._target.update_document(
            body,
            replace(self._reader.document, update_body="whole" if entry.whole else "fields"),
            base=whole if entry.whole else document,
            answer=look.response if look else None,
            absent=[p for p in entry.places if lookup(entry.original, p) is ABSENT],
            restoring=True,
            if_match=if_match,
        )
        if response.status in entry.accepted:
            self._reader.await_operation(response, restoring=True)
        return response

    def _body(
        self, entry: Entry, look: Look | None
    ) -> tuple[dict[str, Any], tuple[str, ...], bool]:
        """The update, the places that somebody edited, and whether a gate's probe is there."""
        document: Mapping[str, Any] = look.document if look else entry.original
        body: dict[str, Any] = {}
        edited, displaced = [], False
        for place in entry.places:
            owner = entry.ownership.of(place, document) if look else Owner.OURS
            if owner is Owner.OTHER_GATE:
                displaced = True
            elif owner is Owner.SOMEBODY:
                edited.append(place)
            else:
                self._put(body, entry, document, place, _below_probe(entry, document, place))
        if body or not entry.places:
            for place in entry.emptied:
                # As it is now, if it is not empty any more: this update would empty it as well.
                is_gone = look is None or is_empty(lookup(document, place))
                held = entry.original if is_gone else document
                self._put(body, entry, document, place, lookup(held, place))
        return body, tuple(edited), displaced

    def _put(
        self,
        body: dict[str, Any],
        entry: Entry,
        document: Mapping[str, Any],
        place: str,
        value: Any,
    ) -> None:
        """Adds the property of a place to an update, with a value in that place.

        A property that contains a masked secret, or whose original the journal must not have, is
        left out: the target would store the mask, or null.
        """
        key = key_of(place)
        if f"/{step(key)}" in entry.withheld:
            return
        held = {key: body[key]} if key in body else {**document}
        whole = replaced(held, place, None if value is ABSENT else value)[key]
        if not is_masked(whole):
            body[key] = whole

    # -- the proof

    def _state(self, entry: Entry, look: Look) -> _State:
        if any(self._is_left(entry, place, look.document) for place in entry.places):
            return _State.LEFT
        return _State.HARMED if self._beside(entry, look).harm else _State.BACK

    def _is_left(self, entry: Entry, place: str, document: Mapping[str, Any]) -> bool:
        if entry.ownership.is_back(place, document):
            return False
        return entry.ownership.of(place, document) in (Owner.SENT, Owner.OURS)

    def _beside(self, entry: Entry, *looks: Look) -> Beside:
        return entry.beside(*(look.document for look in looks), probes=self._probes)

    def _judge(self, entry: Entry, proof: Round[_State], *, tag: str, problem: str) -> None:
        left = [
            Difference(
                pointer=place,
                before=lookup(entry.original, place),
                after=lookup(look.document, place),
            )
            for look in proof.looks
            for place in entry.places
            if self._is_left(entry, place, look.document)
        ]
        harm = self._beside(entry, *proof.looks).harm
        if harm and not left and tag and all(look.etag not in ("", tag) for look in proof.looks):
            # Somebody wrote after the run's last update.
            harm = ()
        if left or harm:
            raise self.dirty(entry, unique([*left, *harm]), problem=problem)

    def dirty(self, entry: Entry, found: Sequence[Difference], *, problem: str = "") -> SmokeError:
        """The failure of a target that was left changed; its entry says so for every later run."""
        places = tuple(one.pointer for one in found)
        self._journal.record(replace(entry, phase=Phase.DIRTY, differing=places))
        seen = listed(found) + (f"; {problem}" if problem else "")
        repair = self._repair(entry)
        beside_probe = [one for one in found if one.pointer not in entry.places]
        if beside_probe and len(beside_probe) == len(found):
            hint = left_changed(
                repair,
                f"correct it, or accept it with '{repair} --accept'",
                how=": changed by this update, or by somebody in this second, and left alone;",
                also="where every update changes it, write [document]"
                f" {volatile_line(beside_probe)}, or name another field in [document] probe",
            )
        else:
            hint = left_changed(
                repair,
                f"when it accepts updates again, run {repair}; '{repair} --accept' accepts what is"
                " there",
                also="name another field in [document] probe if this one can't be restored",
            )
        failure = Failure(
            category=Category.PERSIST,
            expected="the original document after restoring",
            seen=seen,
            in_short=in_short.left_changed(found),
            where=f"{entry.method} {self._reader.where}",
            hint=hint,
        )
        return SmokeError(failure, dirty=True)

    def _repair(self, entry: Entry) -> str:
        return self._journal.repair(entry, self._target.profile.name)

    def _unread(self, entry: Entry, error: SmokeError, *, dirty: bool) -> SmokeError:
        repair = self._repair(entry)
        may_be_changed = "the target may be left changed" if dirty else "nothing was accepted"
        failure = Failure(
            category=Category.PERSIST,
            expected="to see the original document after restoring",
            seen=f"it could not be looked at: {error.failure.seen}",
            in_short=("it could not be looked at",) if dirty else (),
            where=error.failure.where,
            hint=may_be_changed
            if not repair
            else f"{may_be_changed}: the next run, or '{repair}', looks again when it answers",
        )
        return SmokeError(failure, dirty=dirty)

    def _notes(self, entry: Entry, proof: Round[_State], edited: Iterable[str]) -> tuple[str, ...]:
        owners = {
            place: {entry.ownership.of(place, look.document) for look in proof.looks}
            for place in entry.places
        }
        later = [place for place, found in owners.items() if Owner.SOMEBODY in found]
        places = dict.fromkeys((*edited, *later))
        notes = [f"{place} was edited by somebody else, and left alone" for place in places]
        found = self._beside(entry, *proof.looks)
        if found.moved:
            notes.append(moved_note(found.moved))
        notes += normalised_notes(entry, proof.looks[-1].document)
        if found.harm:
            stays = "somebody wrote after this run, and that stays"
            notes.append(written_later(found.harm, stays))
        return tuple(notes)


def _is_back(state: _State) -> bool:
    return state is _State.BACK


def _is_never(_: _State) -> bool:
    return False


def _below_probe(entry: Entry, document: Mapping[str, Any], place: str) -> Any:
    """What stands in a place without the run's probe: the original, or an edit in front of it.

    Only where a round showed the probe as it was sent, the text in front of its marker can be an
    edit; otherwise the target may have altered it.
    """
    before, marker = lookup(entry.original, place), find(lookup(document, place))
    if entry.phase is not Phase.KEPT or marker is None or marker.run_id != entry.run_id:
        return before
    below = marker.original
    is_edit = (
        isinstance(below, str) and isinstance(before, str) and not is_normalised(before, below)
    )
    return below if is_edit else before


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    was_sent: bool = False
    edited: tuple[str, ...] = ()
    displaced: bool = False
    tag: str = ""
    problem: str = ""


def normalised_notes(entry: Entry, document: Mapping[str, Any]) -> list[str]:
    """The notes about places that the target stores without their blanks or line ends."""
    notes = []
    for place in entry.places:
        before, after = lookup(entry.original, place), lookup(document, place)
        if not same(before, after) and is_normalised(before, after):
            words = "is back but for blanks or line ends, which the target normalises"
            notes.append(f"{place} {words}")
    return notes


def moved_note(moved: Sequence[Difference]) -> str:
    """The note about counters and moments that moved on during a run."""
    return (
        f"{listed(moved)}: it moves by itself or with every update, and is no harm; to leave it"
        f" out, write [document] {volatile_line(moved)}"
    )


def written_later(found: Sequence[Difference], why: str) -> str:
    """The note about other fields that changed, by all signs by somebody else's hand."""
    return (
        f"{listed(found)}: {why}; if the target itself does that some time after an update, write"
        f" [document] {volatile_line(found)}"
    )


def left_by(error: SmokeError, run_id: str) -> SmokeError:
    """The failure of a restore, in words for the changes of an earlier run."""
    expected = f"the changes of the run {run_id} to be put back"
    return SmokeError(replace(error.failure, expected=expected), dirty=error.dirty)


#: What is known of a change that an earlier run has left.
BY_THAT_RUN = " by that run, or edited since:"


def listed(found: Sequence[Difference]) -> str:
    """The first three differences as a phrase."""
    shown = "; ".join(map(str, found[:3]))
    return shown if len(found) <= 3 else f"{shown}; and {len(found) - 3} more"


def left_changed(repair: str, remedy: str, *, how: str = ":", also: str = "") -> str:
    """The hint of a failure that leaves the target changed.

    Args:
        repair: the command that takes it back; empty where the target ends with this run.
        remedy: how it is taken back, which is of no use there.
        how: what is known of the change, with a colon or a semicolon behind it.
        also: what keeps another run from it.

    """
    told = remedy if repair else "it ends with this run: nothing to put back"
    return f"THE TARGET WAS LEFT CHANGED{how} {told}" + (f"; {also}" if also else "")
