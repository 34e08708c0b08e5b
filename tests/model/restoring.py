"""The write protocol from the restore on: the original is sent and proven, or recovered."""

from __future__ import annotations

from collections.abc import Iterator

from model.moment import Moment, Step
from model.records import Beside, Body, Document, Field, Gate, Mark, Text, through_markers
from model.rules import Rule


def look_and_restore(here: Moment) -> Iterator[Step]:
    """The look and the restoring update that it allows."""
    for view in here.looks():
        gate = _with_edit_beside(here, view)
        is_mark = isinstance(view.text, Mark)
        is_original = view.text == gate.baseline.text
        is_taken_for_ours = not is_mark and not here.follows(Rule.OWN_BY_MARK)
        is_ours = view.text in gate.noted.sent or is_original or is_taken_for_ours
        proving = gate._replace(place="proof", tries=0)
        if is_original and not here.follows(Rule.SEND_ALWAYS):
            yield here.becomes("looks: the original: sends nothing", proving)
        elif not is_ours:
            seen = "another gate's probe" if is_mark else "an edit"
            yield here.becomes(f"looks: {seen}: sends nothing", proving)
        else:
            body = Body(gate.baseline.text)
            if gate.noted.restores_beside:
                body = Body(gate.baseline.text, gate.baseline.beside, has_beside=True)
            label = "looks, sends the original"
            yield here.sends(label, gate, "restore", body, view=view, to="restoring")


def _with_edit_beside(here: Moment, view: Document) -> Gate:
    """The gate, with an edit of the other field in its original where the tag shows one."""
    gate = here.gate
    if not here.world.has_tags or not gate.surfaced or gate.verdict != "green":
        return gate
    if view.beside == gate.baseline.beside or view.tag == gate.tag:
        return gate
    entry = gate.noted
    edited = entry.original._replace(beside=view.beside)
    return gate._replace(
        original=gate.baseline._replace(beside=view.beside),
        entry=entry._replace(original=edited),
    )


# -- proof --------------------------------------------------------------------------------------


def prove(here: Moment, documents: frozenset[Document]) -> Iterator[Step]:
    """After a round of the proof: clean, dirty, or once more."""
    gate = here.gate
    shown = {through_markers(document, here.slot) for document in documents}
    if any(isinstance(document.text, Mark) for document in shown):  # ours
        if not here.is_settled:
            return
        if gate.has_resent:
            yield _dirty(here, shown)
        else:
            again = gate._replace(place="restore", has_resent=True, verdict="persist")
            yield here.becomes("its probe is still there: sends the original again", again)
        return
    differs = any(document.beside != gate.baseline.beside for document in shown)
    if differs and not _was_edited_beside(here, documents):
        if here.is_settled:
            yield _dirty(here, shown)
        return
    is_first = gate.run == 1 and here.follows(Rule.SURFACED)
    if is_first and not gate.surfaced and gate.verdict == "persist":
        if here.is_settled:
            left_open = gate._replace(entry=gate.noted._replace(phase="open"))
            label = "reads the original, never saw the probe: persist, entry stays"
            yield here.ends(label, left_open, "persist")
        return
    # A probe that was never seen may come yet: it is not forgotten.
    entry = gate.noted._replace(phase="open") if is_first and gate.has_unseen else None
    label = f"all reads show the original: {gate.verdict}"
    yield here.ends(label, gate._replace(entry=entry), gate.verdict)


def _was_edited_beside(here: Moment, documents: frozenset[Document]) -> bool:
    """Whether a difference in the other field is known not to be our updates' doing."""
    gate = here.gate
    has_answer = here.world.has_tags and gate.tag is not None and gate.verdict == "green"
    if has_answer and all(document.tag != gate.tag for document in documents):
        return True  # somebody wrote after our last update
    if gate.run == 1:
        return False
    # Our updates are known to leave the other fields alone.
    phase = gate.noted.phase
    is_kept = phase == "kept" or (not here.follows(Rule.PHASE) and phase != "dirty")
    return is_kept or not here.follows(Rule.STICKY)


def _dirty(here: Moment, shown: set[Document]) -> Step:
    gate, seen = here.gate, min(shown, key=repr)
    pairs: list[tuple[Field, Text | Beside, Text | Beside]] = [
        ("text", seen.text, gate.baseline.text),
        ("beside", seen.beside, gate.baseline.beside),
    ]
    differs_in = tuple((field, found) for field, found, wanted in pairs if found != wanted)
    entry = gate.noted._replace(phase="dirty", differs_in=differs_in, original=gate.baseline)
    label = f"still differs in {[field for field, _ in differs_in]}: dirty"
    return here.ends(label, gate._replace(entry=entry), "dirty")


# -- the next run on this machine -----------------------------------------------------------------


def recover(here: Moment, documents: frozenset[Document]) -> Iterator[Step]:
    """After a round of the recovery: puts back, or proves that nothing has to be put back."""
    gate, entry = here.gate, here.gate.noted
    marks = {document.text for document in documents if isinstance(document.text, Mark)}
    foreign = marks - set(entry.sent)
    if foreign:
        yield from _wait_or_clear_first(here, min(foreign))
        return
    if not here.is_settled:
        return
    texts = {document.text for document in documents}
    gate = gate._replace(original=entry.original)
    if not marks and entry.original.text not in texts:
        # The rest decides as in any proof.
        edited = gate._replace(place="proof", surfaced=True)
        yield here.becomes("(recovery) the probe field was edited since", edited)
        return
    was_emptied = any(d.beside is None for d in documents if d.text in marks)
    entry = entry._replace(restores_beside=was_emptied)
    gate = gate._replace(entry=entry, place="restore", surfaced=True)
    has_text_settled = entry.phase == "dirty" and all(f != "text" for f, _ in entry.differs_in)
    if not marks and (has_text_settled or not here.follows(Rule.SEND_ALWAYS)):
        yield here.becomes("(recovery) the original", gate._replace(place="proof"))
    else:
        yield here.becomes("(recovery) to be put back", gate)


def _wait_or_clear_first(here: Moment, mark: Mark) -> Iterator[Step]:
    gate, entry = here.gate, here.gate.noted
    if here.is_residue(mark):
        if here.follows(Rule.JOURNAL_CLEAR):
            gate = gate._replace(entry=entry._replace(sent=(*entry.sent, mark.below)))
        for view in here.looks():
            if view.text == mark:
                label, body = "(recovery) clears another's residue", Body(mark.below)
                yield here.sends(label, gate, "clear", body, view=view, to="clearing in recovery")
    if here.state.gates[here.slot].half:
        yield here.becomes("sees a probe: waits", here.gate)
