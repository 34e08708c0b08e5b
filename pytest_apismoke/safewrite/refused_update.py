"""An update that a target refused: how it was written, and the read before it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import key_of
from pytest_apismoke.http.document_shape import sent_whole
from pytest_apismoke.http.response import Response
from pytest_apismoke.records import dataclass

#: What a document's version is called, without its punctuation and in lower case.
_VERSIONS = frozenset(
    {
        *("version", "versionnumber", "lockversion", "rowversion", "rev", "revision", "etag"),
        *("concurrencystamp", "concurrencytoken", "v"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An update as it was sent, and the read before it.

    Attributes:
        document: how it was written.
        base: the document as it was last read.
        place: the JSON Pointer of what it changed.
        answer: of that read, if there was one.

    """

    document: Document
    base: Mapping[str, Any]
    place: str
    answer: Response | None = None

    @property
    def sent(self) -> tuple[str, ...]:
        """The names of the fields that it had."""
        taken_over = sent_whole(self.base, self.document)
        return tuple(dict.fromkeys((*taken_over, key_of(self.place))))

    def header(self, name: str) -> str:
        """A header of the read before it; empty if there is none."""
        return self.answer.headers.get(name, "") if self.answer else ""

    @property
    def version(self) -> str:
        """The name of the document's version, if it has one by a name that is known."""
        return next((n for n in self.base if re.sub(r"[\W_]", "", n).lower() in _VERSIONS), "")
