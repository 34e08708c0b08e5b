"""One entry of the journal: all that is needed to put a document back without its run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import same, step
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.safewrite.marker import find

FORMAT = 1
_MEMBERS_OF_LISTS = {"accepted": int, "written": dict, "changing": str, "withheld": str}
_TEXTS = ("name", "run_id", "target", "account", "started_at", "host", "lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a run was about to do to a document, and how to undo it.

    `name` is unique; `target` is a base URL without a trailing slash, `account` the id of the
    account's settings document, empty where it has none. `request` is what puts the original back
    (`method`, `path`, `json`), `written` are the bodies that the run sent or was about to send.
    `changing` are JSON Pointers of what changes by itself, `withheld` of what was left out of the
    original because it holds a credential of the run. `lock` names the file that the run holds
    locked for as long as it lives.
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
        """The request that restores, in words."""
        return f"{self.request['method']} {self.target}{self.request['path']}"

    def document(self) -> Document:
        """How the document of this entry is read and written."""
        return Document(
            path=self.request["path"],
            update_method=self.request["method"],
            update_statuses=self.accepted,
        )

    def with_written(self, body: Mapping[str, Any]) -> Entry:
        """The entry before one more body is sent."""
        return replace(self, written=(*self.written, body))

    def without_secrets(self, redactor: Redactor) -> Entry:
        """The entry as it may be stored: what holds a credential of the run is taken out."""
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
            ValueError: when it is not an entry of this format.

        """
        try:
            values = dict(data)
            if values.pop("format") != FORMAT:
                raise ValueError("another format")
            for name, kind in _MEMBERS_OF_LISTS.items():
                if not all(isinstance(member, kind) for member in values[name]):
                    raise TypeError(name)
                values[name] = tuple(values[name])
            entry = cls(**values)
            texts = [getattr(entry, name) for name in _TEXTS]
            texts += [entry.request["method"], entry.request["path"]]
            whole = all(isinstance(text, str) for text in texts)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not an entry of the journal: {error}") from None
        if not (whole and isinstance(entry.original, dict) and isinstance(entry.request, dict)):
            raise ValueError("not an entry of the journal")
        return entry

    @property
    def is_of_a_probe(self) -> bool:
        """Whether what was written carries the run's own marker."""
        return any(find(value) for body in self.written for value in _values(body))


def _values(whole: Any) -> Iterator[Any]:
    """What stands at any depth of a JSON value."""
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
