"""The rules of the write protocol. The explorer can leave out any one of them."""

from __future__ import annotations

from enum import Enum


class Rule(Enum):
    """A rule, by its name; see `PURPOSES`."""

    UNANIMOUS = "unanimous"
    SEND_ALWAYS = "send-always"
    OWN_BY_MARK = "own-by-mark"
    TELL_NOT_UNDO = "tell-not-undo"
    JOURNAL_CLEAR = "journal-clear"
    STICKY = "sticky"
    SURFACED = "surfaced"
    PHASE = "phase"
    QUIET = "quiet"
    HALFWAY = "halfway"
    FISCHER = "fischer"
    LOOK = "look"


PURPOSES = {
    Rule.UNANIMOUS: "k reads must agree (else any one read decides)",
    Rule.SEND_ALWAYS: "the original is sent after every probe that may have arrived (else not "
    "where a read shows it)",
    Rule.OWN_BY_MARK: "only what carries our mark is ours (else: whatever stands there before the "
    "read-back)",
    Rule.TELL_NOT_UNDO: "a difference in another field is told, not written back (else it is put "
    "back)",
    Rule.JOURNAL_CLEAR: "clearing a residue is journalled too",
    Rule.STICKY: "an entry that was dirty stays dirty until the difference is gone or accepted",
    Rule.SURFACED: "reads of the original prove a restore only after the probe was seen (else the "
    "entry is dropped)",
    Rule.PHASE: "the journal notes 'kept'; killed before it, a difference elsewhere is dirty",
    Rule.QUIET: "a lost probe is called the target's fault only after one more write in a quiet "
    "time",
    Rule.HALFWAY: "one look in the middle of the wait (else a gate that comes and goes looks like "
    "a loss)",
    Rule.FISCHER: "nothing is concluded until what others had sent has landed",
    Rule.LOOK: "the look and the send that it allows are one step (else the baseline is the look)",
}
