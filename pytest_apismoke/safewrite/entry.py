"""One journal entry: everything needed to restore a document after its run was killed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import same, step
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.marker import find

FORMAT = 1
#: What a planted entry must not get past: other methods, and paths that name another host.
_METHODS = frozenset({"PUT", "PATCH", "POST"})
_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f]*")
_ITEM_TYPES = {"accepted": int, "written": dict, "changing": str, "withheld": str}
_STRINGS = ("name", "run_id", "target", "account", "started_at", "host", "lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The updates that a run sent to a document, and the request that undoes them.

    Attributes:
        name: unique in the journal.
        run_id: the id of the run.
        target: the base URL, without a trailing slash.
        account: the id of the account's settings document; empty if it has none.
        request: the request that restores the original (`method`, `path`, `json`).
        accepted: the statuses with which the target accepts an update.
        original: the document before the first update.
        written: the bodies of the updates, recorded before each is sent.
        changing: JSON Pointers to values that change by themselves.
        withheld: JSON Pointers to values left out of `original`: they contain a credential.
        started_at: when the entry was recorded first (UTC, RFC 3339).
        host: the name of the machine.
        lock: the name of the file that the run locks while it lives.

    """

    name: str
    run_id: str
    target: str
    account: str
    request: Mapping[str, Any]
    accepted: tuple[int, ...]
    original: Mapping[str, Any]
    written: tuple[Mapping[str, Any], ...] = ()
    changing: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    started_at: str = ""
    host: str = ""
    lock: str = ""

    @property
    def place(self) -> str:
        """The method and URL of the restoring request."""
        return f"{self.request['method']} {self.target}{self.request['path']}"

    def document(self) -> Document:
        """The document of this entry, and how it is updated."""
        return Document(
            path=self.request["path"],
            update_method=self.request["method"],
            update_statuses=self.accepted,
        )

    def with_written(self, body: Mapping[str, Any]) -> Entry:
        """The entry with one more body, which is about to be sent."""
        return replace(self, written=(*self.written, body))

    def without_secrets(self, redactor: Redactor) -> Entry:
        """The entry for storage, without values that contain a credential of the run."""
        cleaned = redactor.known_values(self.original)
        hidden = [name for name, value in self.original.items() if not _kept(cleaned, name, value)]
        places = (redactor.text(f"/{step(name)}") for name in hidden)
        return replace(
            self,
            request=redactor.known_values(self.request),
            original={name: v for name, v in self.original.items() if name not in hidden},
            withheld=tuple(dict.fromkeys((*self.withheld, *places))),
            written=tuple(redactor.known_values(body) for body in self.written),
        )

    def to_json(self) -> dict[str, Any]:
        """The entry as plain JSON values."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, data: Any) -> Entry:
        """The inverse of `to_json`.

        Raises:
            ValueError: if the data is not an entry of this format.

        """
        try:
            values = dict(data)
            if values.pop("format") != FORMAT:
                raise ValueError("another format")
            for name, kind in _ITEM_TYPES.items():
                if not all(isinstance(item, kind) for item in values[name]):
                    raise TypeError(name)
                values[name] = tuple(values[name])
            entry = cls(**values)
            strings = [getattr(entry, name) for name in _STRINGS]
            strings += [entry.request["method"], entry.request["path"]]
            whole = all(isinstance(text, str) for text in strings) and _is_update(entry.request)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not an entry of the journal: {error}") from None
        if not (whole and isinstance(entry.original, dict) and isinstance(entry.request, dict)):
            raise ValueError("not an entry of the journal")
        return entry

    @property
    def is_probe(self) -> bool:
        """Whether the updates carry a marker: they are probes, not changes by users' tests."""
        return any(find(value) for body in self.written for value in _values(body))


def _is_update(request: Mapping[str, Any]) -> bool:
    """Whether a request could be an update of a document of its own target, and nothing else."""
    return request["method"] in _METHODS and bool(_PATH.fullmatch(request["path"]))


def _values(whole: Any) -> Iterator[Any]:
    """A JSON value and every value nested in it."""
    waiting = [whole]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _kept(cleaned: Mapping[str, Any], name: str, value: Any) -> bool:
    return name in cleaned and same(cleaned[name], value)
