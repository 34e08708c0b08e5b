"""The parts of a state of the model: documents, updates, journal entries, gates.

Named tuples, because hundreds of thousands of them are hashed and compared.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Field = Literal["text", "beside"]
Verdict = Literal["green", "inconclusive", "persist", "dirty"]
#: Where a gate is: an -ing means that an update of that kind was sent and has no answer yet.
Place = Literal[
    "start",
    "recover",
    "clearing in recovery",
    "base",
    "clearing",
    "noted",
    "probing",
    "landed",
    "restore",
    "restoring",
    "proof",
    "dead",
    "end",
]
Phase = Literal["intent", "kept", "open", "dirty"]
Kind = Literal["probe", "restore", "clear"]
#: Whether the look before an update showed the edit that it overwrites, could not show it because
#: it came later, or hid it because it was stale.
Edit = Literal["shown", "later", "hidden"]
#: A run: the slot of its gate, and its number there.
Run = tuple[int, int]

ORIGINAL, EDITED = "A", "E"
BESIDE, BESIDE_EDITED, WIPED = "a", "e", None


class Mark(NamedTuple):
    """A probe: the text that stood there, and a marker behind it."""

    slot: int
    run: int
    turn: int
    below: str


Text = str | Mark
Beside = str | None


class Document(NamedTuple):
    """The probe field, any other field, and how often it was written (where there are tags)."""

    text: Text
    beside: Beside
    tag: int = 0


class Body(NamedTuple):
    """The fields that an update sends: always the probe field, sometimes the other one."""

    text: Text
    beside: Beside = None
    has_beside: bool = False


class Update(NamedTuple):
    """An update between its sending and the moment when it is stored."""

    slot: int
    run: int
    body: Body
    kind: Kind
    edit: Edit
    if_match: int | None = None
    #: Acknowledged, but not stored yet.
    is_answered: bool = False

    @property
    def sender(self) -> Run:
        return (self.slot, self.run)


class Entry(NamedTuple):
    """One file of the journal."""

    original: Document
    #: Values of the probe field, noted before they are sent.
    sent: tuple[Text, ...]
    phase: Phase = "intent"
    #: The other field was emptied by our update: its original is sent back as well.
    restores_beside: bool = False
    #: What a dirty run saw.
    differs_in: tuple[tuple[Field, Text | Beside], ...] = ()

    def knows(self, body: Body) -> bool:
        """Whether each value was journalled."""
        text = body.text in self.sent or body.text == self.original.text
        return text and (not body.has_beside or body.beside == self.original.beside)


class Gate(NamedTuple):
    """A gate: its run, and what the run knows."""

    place: Place = "start"
    run: int = 1
    turn: int = 0
    #: Rounds since the last send that were not as expected.
    tries: int = 0
    #: Probes that went without a trace.
    losses: int = 0
    original: Document | None = None
    entry: Entry | None = None
    #: The documents in the first half of a round that takes two moments.
    half: frozenset[Document] = frozenset()
    #: The runs whose updates were in flight when ours landed.
    waits_for: frozenset[Run] = frozenset()
    #: No update of anybody else can have come and gone since ours was sent.
    was_quiet: bool = False
    #: The probe was seen.
    surfaced: bool = False
    #: The best that this run can still say.
    verdict: Verdict = "green"
    #: The tag in the answer to our last update.
    tag: int | None = None
    sends: int = 0
    #: Another gate's probe was seen since ours landed: looks are closer than a probe lasts.
    saw_another: bool = False
    #: An earlier probe of this run was never seen: it may come yet.
    has_unseen: bool = False
    #: The original was sent twice already.
    has_resent: bool = False
    #: A round that decided something did not reach every instance.
    was_blind: bool = False
    #: The verdicts of its runs.
    said: tuple[Verdict, ...] = ()

    @property
    def baseline(self) -> Document:
        """The original, in places where it is known."""
        assert self.original is not None
        return self.original

    @property
    def noted(self) -> Entry:
        """The journal entry, in places where there is one."""
        assert self.entry is not None
        return self.entry

    @property
    def has_ended(self) -> bool:
        return self.place in ("dead", "end")

    def killed(self) -> Gate:
        """The gate after a kill: the journal and the target remain."""
        return self._replace(
            place="dead",
            half=frozenset(),
            original=None,
            waits_for=frozenset(),
            tries=0,
            losses=0,
            was_quiet=False,
        )

    def ended(self, verdict: Verdict) -> Gate:
        """The gate after its run; states that differ only in what no longer matters are one."""
        return Gate(
            place="end",
            run=self.run,
            entry=self.entry,
            was_blind=self.was_blind,
            said=(*self.said, verdict),
        )


class State(NamedTuple):
    """Everything at one moment."""

    stores: tuple[Document, ...]
    caches: tuple[Document, ...]
    flight: tuple[Update, ...]
    #: How many edits and kills may come yet.
    edits: int
    gates: tuple[Gate, ...]
    kills: int

    def with_gate(self, slot: int, gate: Gate) -> State:
        return self._replace(gates=(*self.gates[:slot], gate, *self.gates[slot + 1 :]))

    def with_store(self, number: int, document: Document) -> State:
        return self._replace(stores=(*self.stores[:number], document, *self.stores[number + 1 :]))

    def with_update(self, update: Update) -> State:
        return self._replace(flight=tuple(sorted((*self.flight, update), key=repr)))

    def without_update(self, number: int) -> State:
        return self._replace(flight=self.flight[:number] + self.flight[number + 1 :])

    def has_unanswered(self, slot: int) -> bool:
        """Whether an update of this gate may still be stored, and was not answered."""
        return any(update.slot == slot and not update.is_answered for update in self.flight)


def has_edit(document: Document, field: Field) -> bool:
    """Whether somebody's edit is there, be it below a marker."""
    if field == "beside":
        return document.beside == BESIDE_EDITED
    text = document.text
    return (text.below if isinstance(text, Mark) else text) == EDITED


def untagged(document: Document) -> Document:
    return document._replace(tag=0)


def through_markers(document: Document, slot: int) -> Document:
    """The document without another gate's marker."""
    text = document.text
    if isinstance(text, Mark) and text.slot != slot:
        return Document(text.below, document.beside)
    return untagged(document)


def has_probe_of(document: Document, slot: int) -> bool:
    return isinstance(document.text, Mark) and document.text.slot == slot


def is_harmed_by(document: Document, slot: int) -> bool:
    """Whether something that this gate's updates did is there: a probe, a side effect, a loss."""
    return has_probe_of(document, slot) or document.beside in (harm_of(slot), WIPED)


def harm_of(slot: int) -> str:
    """The other field after a side effect of this gate's update."""
    return f"h{slot}"
