"""The list of known violations: its entries, and which of them a response may show. Pure.

An entry says of what, where and by which keyword a contract is broken, and never with which value.
It excuses exactly that: not what is nested deeper, nor another keyword, status, contract or check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import field
from datetime import date

from pytest_apismoke.errors import Break
from pytest_apismoke.evidence import Sighting
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

#: The name, the contract and the status that an entry is about.
Subject = tuple[str, str, int | None]


_OPERATION = late_pattern(r"[A-Z]+ /")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One known violation.

    Attributes:
        name: of an operation (`GET /orders/{id}`), or of a check or test.
        contract: the title of the OpenAPI document, or the name of a schema; empty for a schema
            that stands in its check.
        status: that the response has; None for a value without one.
        what: is broken, and where.
        reason: why, in words of the people who review the list.
        until: the last day on which the entry is valid; None for no limit.

    """

    name: str
    contract: str
    status: int | None
    what: Break
    reason: str = ""
    until: date | None = None

    @property
    def subject(self) -> Subject:
        """What the entry is about."""
        return self.name, self.contract, self.status

    @property
    def key(self) -> tuple[Subject, Break]:
        """What makes it the same entry in two lists."""
        return self.subject, self.what

    @property
    def order(self) -> tuple[str, str, int, Break]:
        """Its place in a list."""
        return self.name, self.contract, self.status or 0, self.what

    def __str__(self) -> str:
        status = f" ({self.status})" if self.status is not None else ""
        return f"{self.name}{status}: {self.what.kind} at {self.what.place or '/'}"


@dataclass(frozen=True, slots=True)
class Excused(Collection[Break]):
    """The breaks that a response of one subject may have.

    `everything` excuses any other one too, for a run that records them; only what is in the list
    is iterated.
    """

    breaks: frozenset[Break] = frozenset()
    everything: bool = False

    def __contains__(self, one: object) -> bool:
        return self.everything or one in self.breaks

    def __iter__(self) -> Iterator[Break]:
        return iter(sorted(self.breaks))

    def __len__(self) -> int:
        return len(self.breaks)


#: The first status of a failure of the server, in whose response nothing is excused.
SERVER_FAILED = 500
#: Where nothing is excused.
NOTHING = Excused()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All known violations of a run.

    With `records` any other violation is one too, so that the run goes on and it can be recorded.
    """

    entries: tuple[Entry, ...] = ()
    records: bool = False
    _by_subject: dict[Subject, Excused] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Groups the entries by what they are about."""
        found: dict[Subject, set[Break]] = {}
        for entry in self.entries:
            found.setdefault(entry.subject, set()).add(entry.what)
        grouped = {one: Excused(frozenset(what), self.records) for one, what in found.items()}
        object.__setattr__(self, "_by_subject", grouped)

    def of(self, name: str, *, contract: str, status: int | None) -> Excused:
        """What a response may have; see `Entry` for the arguments."""
        if status is not None and status >= SERVER_FAILED:
            return NOTHING
        return self._by_subject.get((name, contract, status), Excused(everything=self.records))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUse:
    """What a run has seen of the list.

    `met` are the known violations that it met, each once. `gone` are the entries that it could have
    met and has not, in any response. `new` are those of `met` that are not in the list yet, which
    only a run that records has.
    """

    met: tuple[Entry, ...] = ()
    gone: tuple[Entry, ...] = ()
    new: tuple[Entry, ...] = ()

    def rewritten(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """A list with what was met and without what is gone; the rest is as it was."""
        gone = {entry.key for entry in self.gone}
        kept = [entry for entry in entries if entry.key not in gone]
        return tuple(sorted((*kept, *self.new), key=lambda entry: entry.order))


def use_of(known: Known, sightings: Iterable[Sighting]) -> KnownUse:
    """What a run has seen of a list, from the sightings of its responses in any order."""
    listed = {entry.key: entry for entry in known.entries}
    met: dict[tuple[Subject, Break], Entry] = {}
    gone: set[tuple[Subject, Break]] = set()
    for one in sightings:
        subject = (one.name, one.contract, one.status)
        for what in one.met:
            unlisted = Entry(name=one.name, contract=one.contract, status=one.status, what=what)
            met[subject, what] = listed.get((subject, what), unlisted)
        gone |= {(subject, what) for what in one.gone}
    return KnownUse(
        met=_sorted(met.values()),
        gone=_sorted(listed[key] for key in gone - met.keys() if key in listed),
        new=_sorted(entry for key, entry in met.items() if key not in listed),
    )


def merged(uses: Collection[KnownUse]) -> KnownUse:
    """What several runs have seen of the same list: gone is what none of them met."""
    met, gone, new = (
        {entry.key: entry for use in uses for entry in getattr(use, name)}
        for name in ("met", "gone", "new")
    )
    return KnownUse(
        met=_sorted(met.values()),
        gone=_sorted(entry for key, entry in gone.items() if key not in met),
        new=_sorted(new.values()),
    )


def number_of(sightings: Iterable[Sighting]) -> int:
    """How many known violations some responses have, each counted once."""
    return len(
        {(one.name, one.contract, one.status, what) for one in sightings for what in one.met}
    )


def besides(count: int) -> str:
    """What is added to the words on new violations beside known ones; empty for none."""
    return f" (besides {counted(count)})" if count else ""


def counted(count: int) -> str:
    """A number of known violations in words."""
    return f"{count} known violation{'' if count == 1 else 's'}"


def _sorted(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.order))


def is_operation(name: str) -> bool:
    """Whether a name is that of an operation, and not of a check or a test."""
    return _OPERATION.match(name) is not None
