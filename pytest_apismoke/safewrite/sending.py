"""Send the probes of one run: the entry, a look, and right after it the update.

Long because whatever may happen to an update before it is accepted ends in the next one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from pytest_apismoke.documents import key_of, lookup, same
from pytest_apismoke.errors import Category, SmokeError
from pytest_apismoke.http.document_shape import entity_tag
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.target import Target
from pytest_apismoke.safewrite import messages
from pytest_apismoke.safewrite.choosing import choose, shortened, shortened_note, unmarked_note
from pytest_apismoke.safewrite.comparison import beside
from pytest_apismoke.safewrite.own_entry import OwnEntry
from pytest_apismoke.safewrite.ownership import Owner
from pytest_apismoke.safewrite.probe import Candidate, Probe, choose_value
from pytest_apismoke.safewrite.read_back import TURNS
from pytest_apismoke.safewrite.reading import Look, Reader
from pytest_apismoke.safewrite.restoring import CHANGED_MEANWHILE, CONFLICTS, Restorer
from pytest_apismoke.safewrite.sent import Known, Sent
from pytest_apismoke.safewrite.turns import Turns

#: How often an update is repeated that is answered 412.
_CONFLICTS = 8
#: Statuses of an update that say that the value itself was refused.
_TOO_LONG = frozenset({400, 413, 422})


class Sender:
    """Sends one probe after the other, until one is accepted or none can be.

    Args:
        target: the backend.
        reader: reads the document.
        restorer: calls the target dirty.
        turns: of this run and of other gates.
        own: the journal entry of the probes.
        note: takes a sentence for the verdict.
        run_id: the id of this run.
        hold_s: how long the probe intentionally stays before the restore, in seconds.
        limit_of: the maximum length of a field, by its JSON Pointer, if known.
        outlives: whether the journal outlives the run, so that a probe may replace the original.

    Attributes:
        original: the document before the first probe; its probe field may have a later original.
        first: the read that showed it.
        changing: JSON Pointers to values that change by themselves.
        etag: the strong entity tag of the last read; empty if the tags can't be relied on.
        tags_match: whether they can.
        sent: the last probe; None before the first.
        known: about the updates of this run.
        repeated: how many writes were repeated.

    """

    def __init__(
        self,
        target: Target,
        reader: Reader,
        restorer: Restorer,
        turns: Turns,
        own: OwnEntry,
        *,
        note: Callable[[str], None],
        run_id: str,
        hold_s: float,
        limit_of: Callable[[str], int | None],
        outlives: bool,
    ) -> None:
        self._target = target
        self._profile = target.profile.document
        self._reader = reader
        self._restorer = restorer
        self._turns = turns
        self._own = own
        self._note = note
        self._run_id = run_id
        self._hold_s = hold_s
        self._limit_of = limit_of
        self._outlives = outlives
        self._candidate: Candidate | None = None
        self._turn = 0
        self.original: dict[str, Any] = {}
        self._last = self.first = Look(document={})
        self.changing: tuple[str, ...] = ()
        self.etag = ""
        self.tags_match = True
        self.sent: Sent | None = None
        self.known = Known()
        self.repeated = 0

    @property
    def field(self) -> Candidate:
        """The field of the probe."""
        assert self._candidate is not None, "begin() has looked"
        return self._candidate

    @property
    def place(self) -> str:
        """The JSON Pointer of the probe."""
        return self.field.place

    def see(self, look: Look) -> Owner:
        """Whose value a read shows in the probe's place."""
        return self._own.current.ownership.of(self.place, look.document)

    def keep_tag(self, seen: Look) -> None:
        """Keeps a read and its entity tag, for the next update."""
        self._last = seen
        self.etag = seen.etag if self.tags_match else ""

    # -- the original

    def begin(self, seen: Look, *, changing: Sequence[str]) -> None:
        """Takes a document for the original, and sends it back once where that is risky.

        Raises:
            SmokeError: if it can't carry a probe, or is not accepted again.

        """
        self.changing = tuple(changing)
        self._use_as_original(seen)
        self._give_back_if_risky()

    def _use_as_original(self, seen: Look) -> None:
        self.keep_tag(seen)
        self.original, self.first = seen.document, seen
        chosen = choose(
            seen,
            self._profile,
            limit_of=self._limit_of,
            outlives=self._outlives,
            where=self._reader.where,
            login_names=self._target.auth.names,
        )
        known_limit = self._candidate.limit if self._candidate else None
        limit = chosen.limit if known_limit is None else known_limit
        self._candidate = replace(chosen, limit=limit)
        if note := unmarked_note(chosen.place, lookup(seen.document, chosen.place)):
            self._note(note)

    def _give_back_if_risky(self) -> None:
        """Sends a risky original back once, before the probe, to see that it is accepted."""
        if not self.field.risk:
            return
        from pytest_apismoke.safewrite.giving_back import give_back

        before = lookup(self.original, self.place)
        body = Probe(pointer=self.place, value=before).update(self.original)
        self._record(body)
        self._own.needs_restoring = True
        try:
            look, note = give_back(
                self._target,
                self._reader,
                self._restorer,
                self._own.current,
                body=body,
                last=self._last,
                candidate=self.field,
                note_emptied=lambda emptied: self._own.note(emptied=emptied),
            )
        except SmokeError as error:
            if error.dirty:
                # It is in the journal, and to send the same again would not help.
                self._own.leave()
            elif error.failure.category is not Category.USAGE:
                self.known = replace(self.known, may_have_arrived=True)
            elif not self._turn:
                self._own.forget()
            raise
        if not self._turn:
            # The entry of a probe that was sent before, and refused, stays until its proof.
            self._own.forget()
        if note:
            self._note(note)
        self.original = look.document
        self.keep_tag(look)

    # -- the probe

    def send(self) -> None:
        """Sends the next probe, and once more where the target asks for that.

        Raises:
            SmokeError: `save` if it is not accepted, `invalid` if the response is not JSON.

        """
        response, conflicts = self._send_next(), 0
        while self._is_conflict(response):
            refused, conflicts = self._precondition, conflicts + 1
            self._turns.step_back()
            self.take_another_turn()
            if conflicts >= _CONFLICTS or self._precondition == refused:
                if not self.etag:
                    break
                # The document has not changed: the tags are unreliable (made by a proxy, perhaps).
                self.tags_match, self.etag = False, ""
            response = self._send_next()
        if response.status in _TOO_LONG and self._was_refused() and self._shorten():
            self._note(shortened_note(self.place, response.status))
            response = self._send_shorter(response)
        if response.status not in self._profile.update_statuses:
            self._refuse(response)
        tag = entity_tag(response.headers, self._profile)
        self.known = replace(self.known, was_accepted=True, tag=tag)
        self._reader.await_operation(response)
        if response.body:
            response.json()

    @property
    def _precondition(self) -> tuple[str, Any]:
        """What an update sends back: the entity tag and the version, if there are any."""
        place = self._profile.version_member
        return self.etag, lookup(self._last.document, place) if place else None

    def _is_conflict(self, response: Response) -> bool:
        """Whether an update was refused because the document changed since the last read."""
        if self._profile.version_member and response.status in CONFLICTS:
            return True
        return response.status == CHANGED_MEANWHILE and bool(self.etag)

    def _send_next(self) -> Response:
        edits = 0
        while edits < TURNS:
            self._turn += 1
            lease_s = self._turns.lease_s(self._hold_s)
            probe = choose_value(
                self.original,
                self.place,
                run_id=self._run_id,
                turn=self._turn,
                lease_s=lease_s,
                limit=self.field.limit,
            )
            body = probe.update(self.original)
            # Nothing may end the step from here to the request: a recorded update must be sent.
            self._turns.require_time()
            self._record(body)
            look = self._reader.look()
            if not self._has_changed(look):
                return self._send(probe, body, look, lease_s=lease_s)
            # Nothing was sent, so this was no turn. Other gates leave in time; the budget ends it.
            self._turn -= 1
            edits += self._turns.other_in(look) is None
            if not self._own.needs_restoring:
                self._own.forget()
            self.take_another_turn()
        raise messages.no_turn(self._reader.where, TURNS)

    def _has_changed(self, look: Look) -> bool:
        ignoring = self.changing
        if self.known.was_seen and self.see(look) in (Owner.SENT, Owner.OURS):
            # This run's own probe, which the next one renews.
            ignoring = (*ignoring, self.place)
        elif self._turns.marker_of(look) is not None:
            return True
        return bool(beside(self.original, look.document, ignoring=ignoring).harm)

    def _send(self, probe: Probe, body: Mapping[str, Any], look: Look, *, lease_s: int) -> Response:
        self.keep_tag(look)
        self.known = replace(self.known, was_seen=False)
        # From here on the target may be changed, with or without a response.
        self._own.needs_restoring = True
        budget = self._reader.budget
        started, is_refused = budget.clock(), False
        try:
            response = self._target.update_document(
                body, base=look.document, answer=look.response, if_match=self.etag
            )
            is_refused = 400 <= response.status < 500
            return response
        except SmokeError as error:
            if error.failure.category is Category.FETCH:
                raise error.as_category(Category.SAVE) from None
            raise
        finally:
            self._reader.note_duration(started)
            if not is_refused:
                self.known = replace(self.known, may_have_arrived=True)
            self.sent = Sent(
                probe=probe,
                shown=lookup(look.document, probe.pointer),
                turn=self._turn,
                lease_s=lease_s,
                at_s=budget.clock(),
            )

    def _record(self, body: Mapping[str, Any]) -> None:
        self._own.record(body, place=self.place, original=self.original, changing=self.changing)

    # -- what is refused

    def _was_refused(self) -> bool:
        """Whether a round shows that the refused update has changed nothing."""
        return self._reader.round(self.see).opinion is Owner.ORIGINAL

    def _shorten(self) -> bool:
        """Whether a refused probe may be sent in the original's own length."""
        shorter = shortened(self.field, self.original) if self._outlives else None
        self._candidate = shorter or self._candidate
        return shorter is not None

    def _send_shorter(self, refused: Response) -> Response:
        try:
            # The original may be longer than the limit too, being older.
            self._give_back_if_risky()
        except SmokeError as error:
            if error.failure.category is not Category.USAGE:
                raise
            # Not even the original is accepted: it is no matter of the length.
            self._refuse(refused)
        return self._send_next()

    def _refuse(self, response: Response) -> NoReturn:
        """Raises the `save` failure of an update that was not accepted.

        A refusal for certain (4xx) has changed nothing where reads show the original as long as
        they may be stale. Otherwise the original is sent, and what differs beside it is dirty.
        """
        from pytest_apismoke.safewrite.refused_update import Update

        if not self.known.may_have_arrived:
            # Somebody's update is what a conflict is about: what differs beside may be theirs.
            is_before = self._is_back if response.status in CONFLICTS else self._is_as_before
            with contextlib.suppress(SmokeError):
                seen = self._reader.settle(is_before, awaited=lambda is_before: not is_before)
                if seen.opinion:
                    self._own.forget()
                else:
                    # Refused, and applied all the same.
                    self.known = replace(self.known, may_have_arrived=True)
        raise response.not_as_expected(
            "the update to be accepted",
            category=Category.SAVE,
            hint=messages.refused_hint(
                response,
                Update(
                    document=self._profile,
                    base=self.original,
                    place=self.place,
                    answer=self._last.response,
                ),
                outlives=self._outlives,
            ),
        )

    def _is_back(self, look: Look) -> bool:
        return self._own.current.ownership.is_back(self.place, look.document)

    def _is_as_before(self, look: Look) -> bool:
        entry = self._own.current
        harm = entry.beside(look.document, probes=self._profile.probe).harm
        return self._is_back(look) and not harm

    # -- turns

    def take_another_turn(self) -> None:
        """Waits until the field is free again; only the probe field may have another original.

        Raises:
            SmokeError: `persist` if another field changed since this run's first update.

        """
        self.repeated += 1
        seen, place = self._turns.baseline().look, self.place
        if not self.known.may_have_arrived and self._holds_nothing_of_ours(seen):
            before = lookup(self.original, place)
            self._own.forget()
            self._use_as_original(seen)
            if not same(before, lookup(self.original, place)):
                self._give_back_if_risky()
            return
        self.keep_tag(seen)
        found = beside(self.original, seen.document, ignoring=[*self.changing, place])
        if found.harm:
            self.known = replace(self.known, was_seen=True)
            raise messages.harmed(found.harm, place=place, where=self._reader.where)
        if self.see(seen) is Owner.SOMEBODY:
            self.original = {**self.original, key_of(place): seen.document[key_of(place)]}
            self._own.note(original=self.original)

    def _holds_nothing_of_ours(self, look: Look) -> bool:
        return not self._own.is_there or self.see(look) not in (Owner.SENT, Owner.OURS)
