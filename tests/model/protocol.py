"""The write protocol up to the read-back: whose turn it is, the original, the probe."""

from __future__ import annotations

from collections.abc import Iterator

from model.moment import Moment, Step
from model.records import Body, Document, Entry, Mark, untagged
from model.restoring import look_and_restore, prove, recover
from model.rules import Rule

MAX_TURNS = 3
#: So many sends without a turn: what lies there can't be cleared.
MAX_CLEARING_SENDS = 7


def steps_of_gate(here: Moment) -> Iterator[Step]:
    """Each step that the protocol allows a gate where it is."""
    gate = here.gate
    if gate.place == "start":
        yield here.becomes("starts", gate._replace(place="recover" if gate.entry else "base"))
    elif gate.place == "noted":
        yield from look_and_probe(here)
    elif gate.place == "restore":
        yield from look_and_restore(here)
    elif gate.place in ("base", "landed", "proof", "recover") and not _must_wait(here):
        for found in here.rounds():
            if isinstance(found, Step):
                yield found
                continue
            then, documents = found
            after = Moment(here.model, here.state, here.slot, then)
            yield from _AFTER_ROUND[gate.place](after, documents)


def _must_wait(here: Moment) -> bool:
    if here.gate.place == "landed":
        return bool(here.gate.waits_for) and here.follows(Rule.FISCHER)
    return here.gate.place == "recover" and here.state.has_unanswered(here.slot)


# -- baseline -----------------------------------------------------------------------------------


def take_turn(here: Moment, documents: frozenset[Document]) -> Iterator[Step]:
    """After a round of the baseline: waits for a turn, clears a residue, or notes the original."""
    gate = here.gate
    marks = {document.text for document in documents if isinstance(document.text, Mark)}
    if marks and gate.sends >= MAX_CLEARING_SENDS:
        yield here.ends("cannot clear what was left behind: dirty", gate, "dirty")
    elif not marks and gate.turn >= MAX_TURNS:
        given_up = gate._replace(place="restore", verdict="inconclusive")
        yield here.becomes("no turn in time", given_up)
    elif gate.entry and gate.turn and any(m[:2] == (here.slot, gate.run) for m in marks):
        verdict = "inconclusive" if gate.verdict == "green" else gate.verdict
        late = gate._replace(place="restore", verdict=verdict, surfaced=True)
        yield here.becomes("its own earlier probe came late: puts it back", late)
    elif marks:
        yield from _wait_or_clear(here, documents, min(marks))
    elif len({untagged(document) for document in documents}) > 1:
        yield from _ask_again(here)
    else:
        yield _note_original(here, min(documents, key=repr))


def _wait_or_clear(here: Moment, documents: frozenset[Document], mark: Mark) -> Iterator[Step]:
    gate = here.gate
    if here.is_residue(mark):
        if here.follows(Rule.JOURNAL_CLEAR):
            found = min((d for d in documents if d.text == mark), key=repr)
            entry = gate.entry or Entry(found._replace(text=mark.below), ())
            gate = gate._replace(entry=entry._replace(sent=(*entry.sent, mark.below)))
        # Another look, over the connection that sends.
        for view in here.looks():
            if view.text == mark:
                label, body = "journals, clears a probe left behind", Body(mark.below)
                yield here.sends(label, gate, "clear", body, view=view, to="clearing")
    if here.state.gates[here.slot].half:
        yield here.becomes("sees a probe: waits", here.gate)


def _ask_again(here: Moment) -> Iterator[Step]:
    gate = here.gate
    if gate.tries < 2:
        yield here.becomes("reads differ: asks again", gate._replace(tries=gate.tries + 1))
    elif here.is_settled:
        left = gate if gate.turn else gate._replace(entry=None)
        yield here.ends("instances disagree, nothing written: persist", left, "persist")


def _note_original(here: Moment, original: Document) -> Step:
    gate = here.gate
    if gate.original and original.beside != gate.original.beside:
        # Something was sent already: only the probe field may have become another original.
        blamed = gate._replace(place="restore", verdict="persist", surfaced=True)
        return here.becomes("another field changed: persist", blamed)
    assert not isinstance(original.text, Mark)
    probe = Mark(here.slot, gate.run, gate.turn + 1, original.text)
    sent = gate.entry.sent if gate.entry and gate.turn else ()
    noted = gate._replace(
        place="noted",
        original=original,
        entry=Entry(original, (*sent, probe)),
        turn=gate.turn + 1,
        tries=0,
    )
    return here.becomes("reads the original, journals it", noted)


def look_and_probe(here: Moment) -> Iterator[Step]:
    """The look and the probe that it allows."""
    gate = here.gate
    for view in here.looks():
        if untagged(view) != untagged(gate.baseline) and here.follows(Rule.LOOK):
            is_first = gate.turn == 1
            # Nothing was sent under this entry, or what was sent is known to be gone.
            back = gate._replace(
                place="base",
                entry=None if is_first else gate.entry,
                original=None if is_first else gate.original,
                turn=gate.turn - 1,
            )
            yield here.becomes("looks: it has changed", back)
            continue
        was_quiet = all(update.slot == here.slot for update in here.state.flight)
        yield here.sends(
            "looks, sends its probe",
            gate._replace(surfaced=False, was_quiet=was_quiet),
            "probe",
            Body(gate.noted.sent[-1]),
            view=view if here.follows(Rule.LOOK) else gate.baseline,
            to="probing",
        )


# -- read-back ----------------------------------------------------------------------------------


def read_back(here: Moment, documents: frozenset[Document]) -> Iterator[Step]:
    """After a round of the read-back: was the probe kept, displaced, lost, or altered?"""
    gate, texts = here.gate, {document.text for document in documents}
    probe, original = gate.noted.sent[-1], gate.baseline.text
    has_foreign = any(isinstance(text, Mark) and text != probe for text in texts)
    if texts == {probe}:
        yield _compare_beside(here, documents)
    elif probe not in texts and (has_foreign or (texts == {original} and gate.saw_another)):
        if here.is_settled:  # never a second probe while the first may be under way
            displaced = gate._replace(place="base", tries=0, has_unseen=True)
            yield here.becomes("finds another gate's probe: waits for its turn", displaced)
    elif texts == {original}:
        if here.is_settled:
            yield from _was_lost(here)
    elif any(isinstance(text, Mark) for text in texts):
        yield from _is_mixed(here)
    elif not here.follows(Rule.OWN_BY_MARK):
        blamed = gate._replace(place="restore", verdict="persist")
        yield here.becomes("finds something else: persist", blamed)
    elif here.is_settled:
        edited = gate._replace(place="base", tries=0)
        yield here.becomes("finds an edit: it is the original now", edited)


def _compare_beside(here: Moment, documents: frozenset[Document]) -> Step:
    gate = here.gate._replace(place="restore", surfaced=True)
    found, entry = {document.beside for document in documents}, gate.noted
    if found == {gate.baseline.beside}:
        kept = entry._replace(phase="kept") if here.follows(Rule.PHASE) else entry
        return here.becomes("reads its probe back, notes it kept", gate._replace(entry=kept))
    if here.world.has_tags and {document.tag for document in documents} != {gate.tag}:
        # The tag is not that of the answer to our update: somebody wrote since.
        beside = next(iter(found)) if len(found) == 1 else gate.baseline.beside
        edited = entry.original._replace(beside=beside)
        taken_over = gate._replace(
            original=gate.baseline._replace(beside=beside),
            entry=entry._replace(original=edited, phase="kept"),
        )
        return here.becomes("somebody edited elsewhere meanwhile", taken_over)
    was_emptied = None in found or not here.follows(Rule.TELL_NOT_UNDO)
    entry = entry._replace(restores_beside=was_emptied)
    blamed = gate._replace(verdict="persist", entry=entry)
    return here.becomes("another field changed: persist", blamed)


def _was_lost(here: Moment) -> Iterator[Step]:
    gate = here.gate
    blamed = gate._replace(place="restore", verdict="persist")
    if not here.follows(Rule.QUIET):
        yield here.becomes("finds the original: persist", blamed)
    elif gate.was_quiet and gate.losses:
        yield here.becomes("nobody came: persist", blamed)
    elif gate.losses >= 2:
        yield here.becomes("cannot tell: inconclusive", blamed._replace(verdict="inconclusive"))
    elif all(update.slot == here.slot for update in here.state.flight):  # the quiet time
        once_more = gate._replace(
            place="base", losses=gate.losses + 1, verdict="inconclusive", has_unseen=True
        )
        yield here.becomes("finds the original: once more", once_more)


def _is_mixed(here: Moment) -> Iterator[Step]:
    gate = here.gate
    if not here.follows(Rule.UNANIMOUS):
        return
    if gate.tries == 0:
        yield here.becomes("reads differ: asks again", gate._replace(tries=1))
    elif here.is_settled:
        blamed = gate._replace(place="restore", verdict="persist", surfaced=True)
        yield here.becomes("instances disagree: persist", blamed)


_AFTER_ROUND = {"base": take_turn, "landed": read_back, "proof": prove, "recover": recover}
