"""One journal entry: all that is needed to take an update back after its run was killed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, replace
from enum import Enum
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import lookup, same, step
from pytest_apismoke.http.document_shape import of_path
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.comparison import Beside, beside
from pytest_apismoke.safewrite.marker import find
from pytest_apismoke.safewrite.ownership import Ownership
from pytest_apismoke.safewrite.probe import without_others

FORMAT = 2
#: The one kind so far: updates of a document that exists.
UPDATE = "update"
_ITEM_TYPES = {"accepted": int, "written": dict}
#: Lists of JSON Pointers to values inside the document.
_POINTERS = ("places", "changing", "withheld", "emptied", "differing")
_STRINGS = ("kind", "name", "run_id", "target", "account", "started_at", "host", "lock")
#: What a planted entry must not get past: other methods, and paths that name another host.
_PATH = late_pattern(r"/(?![/\\])[^\x00-\x1f\x7f]*")
_METHODS = frozenset({"PUT", "PATCH", "POST"})


class Phase(str, Enum):
    """How far the run of an entry came.

    INTENT: an update may have been sent. KEPT: a round showed it, and the other fields are noted.
    OPEN: the original was sent, but an update that was never seen may still arrive. DIRTY: the
    run ended with differences, which stay until they are gone or accepted.
    """

    INTENT = "intent"
    KEPT = "kept"
    OPEN = "open"
    DIRTY = "dirty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The updates that a run sent to a document, and what takes them back.

    Attributes:
        name: unique in the journal.
        run_id: the id of the run.
        target: the base URL, without a trailing slash.
        account: the id of the account's settings document; empty if it has none.
        method: of the updates, and of the one that takes them back.
        path: of the document.
        root: where the answer has the document.
        select: what the one item of a list has, by JSON Pointers, if the document is one.
        accepted: the statuses with which the target accepts an update.
        original: the document before the first update.
        kind: what was done to the document.
        phase: how far the run came.
        places: JSON Pointers to the values that the updates change; empty if they are not known.
        written: the bodies of the updates, recorded before each is sent.
        whole: whether an update has to contain the whole document.
        emptied: JSON Pointers to other values that an update emptied.
        differing: JSON Pointers to the values that differed when the run ended.
        others: other items of the list that the updates reached, by what tells each, with its
            values before by their JSON Pointers.
        changing: JSON Pointers to values that change by themselves.
        withheld: JSON Pointers to values left out of `original`: they contain a credential.
        sent_at: when the last update was sent, in seconds since the epoch.
        started_at: when the entry was recorded first (UTC, RFC 3339).
        host: the name of the machine.
        lock: the name of the file that the run locks while it lives.

    """

    name: str
    run_id: str
    target: str
    account: str
    method: str
    path: str
    accepted: tuple[int, ...]
    original: Mapping[str, Any]
    root: str = ""
    select: Mapping[str, Any] = field(default_factory=dict)
    kind: str = UPDATE
    phase: Phase = Phase.INTENT
    places: tuple[str, ...] = ()
    written: tuple[Mapping[str, Any], ...] = ()
    whole: bool = False
    emptied: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()
    others: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    changing: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    sent_at: float = 0.0
    started_at: str = ""
    host: str = ""
    lock: str = ""

    @classmethod
    def of(cls, document: Document, **about: Any) -> Entry:
        """The entry of a document; `about` has the other attributes."""
        return cls(
            method=document.update_method,
            path=document.path,
            root=document.root,
            select=dict(document.select),
            accepted=document.update_statuses,
            whole=document.update_body == "whole",
            **about,
        )

    @property
    def place(self) -> str:
        """The method and URL of the update."""
        return f"{self.method} {self.target}{self.path}"

    @property
    def ownership(self) -> Ownership:
        """Tells the values of this run from those of others."""
        return Ownership(
            run_id=self.run_id,
            original=self.original,
            written=self.written,
            was_kept=self.phase is Phase.KEPT,
        )

    @property
    def only_gives_back(self) -> bool:
        """Whether the run sent nothing but the original itself, to see that it is accepted."""
        sent = [(lookup(body, p), p) for body in self.written for p in self.places]
        return bool(sent) and all(same(value, lookup(self.original, p)) for value, p in sent)

    @property
    def who(self) -> str:
        """The run, in words."""
        return f"the run {self.run_id} of {self.started_at}"

    def document(self, settings: Document) -> Document:
        """The document of this entry, and how it is updated, given the settings of the profile."""
        place = of_path(settings, self.path, self.method)
        return replace(
            place,
            update_statuses=self.accepted,
            update_body="whole" if self.whole else "fields",
        )

    def is_read_as(self, settings: Document) -> bool:
        """Whether the profile has this document where the run of the entry had it.

        Its original means nothing elsewhere: the rest of the profile says how it is sent.
        """
        place = of_path(settings, self.path, self.method)
        return (self.root, dict(self.select)) == (place.root, dict(place.select))

    def beside(self, *documents: Mapping[str, Any], probes: Sequence[str]) -> Beside:
        """What differs beside the places of the run, looking through the probes of others.

        Args:
            documents: what fresh reads show.
            probes: JSON Pointers of the fields that may carry probes.

        """
        # Only an entry with a probe of its own has to look for what is left of it.
        has_probe = any(find(lookup(body, p)) for body in self.written for p in self.places)
        run_id = self.run_id if has_probe else ""
        seen = (without_others(document, probes, run_id) for document in documents)
        ignoring = [*self.changing, *self.withheld, *self.places]
        return beside(self.original, *seen, ignoring=ignoring)

    def with_written(self, body: Mapping[str, Any], *places: str) -> Entry:
        """The entry with one more body, which is about to be sent, and the places it changes."""
        known = dict.fromkeys((*self.places, *places))
        return replace(self, written=(*self.written, body), places=tuple(known))

    def without_secrets(self, redactor: Redactor) -> Entry:
        """The entry for storage, without values that contain a credential of the run."""
        cleaned = redactor.known_values(self.original)
        hidden = [name for name, value in self.original.items() if not _kept(cleaned, name, value)]
        places = (redactor.text(f"/{step(name)}") for name in hidden)
        return replace(
            self,
            path=redactor.text(self.path),
            original={name: v for name, v in self.original.items() if name not in hidden},
            withheld=tuple(dict.fromkeys((*self.withheld, *places))),
            written=tuple(redactor.known_values(body) for body in self.written),
            others={redactor.text(n): redactor.known_values(b) for n, b in self.others.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        return {"format": FORMAT, **asdict(self), "phase": self.phase.value}

    @classmethod
    def from_json(cls, data: Any) -> Entry:
        """The inverse of `to_json`.

        Raises:
            ValueError: if the data is not an entry of this format, or could send anything but an
                update to its own target.

        """
        try:
            # An entry of before there were others has none.
            values = {"others": {}, **data}
            if values.pop("format") != FORMAT or values["kind"] != UPDATE:
                raise ValueError("another format")
            for name in (*_ITEM_TYPES, *_POINTERS):
                kind = _ITEM_TYPES.get(name, str)
                if not all(isinstance(item, kind) for item in values[name]):
                    raise TypeError(name)
                values[name] = tuple(values[name])
            if not all(item.startswith("/") for name in _POINTERS for item in values[name]):
                raise ValueError("not an entry of the journal: a place that is no JSON Pointer")
            if not isinstance(values["root"], str) or not isinstance(values["select"], dict):
                raise TypeError("root, select")
            if not all(isinstance(before, dict) for before in values["others"].values()):
                raise TypeError("others")
            values["phase"] = Phase(values["phase"])
            values["sent_at"] = float(values["sent_at"])
            entry = cls(**values)
            whole = all(isinstance(getattr(entry, name), str) for name in _STRINGS)
            whole = whole and isinstance(entry.original, dict) and isinstance(entry.whole, bool)
            whole = whole and entry.method in _METHODS and bool(_PATH.fullmatch(entry.path))
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not an entry of the journal: {error}") from None
        if not whole:
            raise ValueError("not an entry of the journal")
        return entry


def _kept(cleaned: Mapping[str, Any], name: str, value: Any) -> bool:
    return name in cleaned and same(cleaned[name], value)
