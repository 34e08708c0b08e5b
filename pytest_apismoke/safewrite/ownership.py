"""Tell whose value a field holds: the run's, the original, another gate's, or somebody's. Pure."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum, auto
from typing import Any

from pytest_apismoke.documents import ABSENT, key_of, lookup, same
from pytest_apismoke.records import dataclass
from pytest_apismoke.safewrite.comparison import is_empty, is_normalised
from pytest_apismoke.safewrite.marker import find


class Owner(Enum):
    """Whose value a field holds."""

    #: What the last update sent.
    SENT = auto()
    #: Something else of this run: cut, folded, or of an earlier update.
    OURS = auto()
    ORIGINAL = auto()
    OTHER_GATE = auto()
    SOMEBODY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Knows what one run has sent.

    Only what carries the run's id is its own, or equals what it sent: anything else is somebody's.

    Attributes:
        run_id: the run; its markers carry it.
        original: the document before the run's first update.
        written: the bodies of its updates, in order.
        was_kept: whether a round showed the last one as it was sent: a target that altered it would
            have done so then, so any other value without the run's marker is somebody's.

    """

    run_id: str
    original: Mapping[str, Any]
    written: tuple[Mapping[str, Any], ...]
    was_kept: bool = False

    def of(self, place: str, document: Mapping[str, Any]) -> Owner:
        """Whose value a document holds at a JSON Pointer."""
        value = lookup(document, place)
        sent = [lookup(body, place) for body in self.written if key_of(place) in body]
        if sent and shows(value, sent[-1]):
            return Owner.SENT
        marker = find(value)
        if marker is not None and marker.run_id != self.run_id:
            return Owner.OTHER_GATE
        if marker is not None:
            return Owner.OURS
        altered = () if self.was_kept else sent
        if any(_is_cut_behind(value, one, lookup(self.original, place)) for one in altered):
            return Owner.OURS
        if self.is_back(place, document):
            return Owner.ORIGINAL
        if any(shows(value, one) for one in sent):
            return Owner.OURS
        if any(_is_altered(value, one, self.run_id) for one in altered):
            return Owner.OURS
        return Owner.SOMEBODY

    def is_back(self, place: str, document: Mapping[str, Any]) -> bool:
        """Whether a document holds the original at a JSON Pointer, be it what was sent too."""
        return _is_as_sent(lookup(document, place), lookup(self.original, place))


def shows(value: object, sent: object) -> bool:
    """Whether a value is what was sent, as a target stores it.

    Blanks at the ends of a string and its line ends may be normalised, null may be no property,
    and an object may have more properties than were sent.
    """
    if isinstance(value, dict) and isinstance(sent, dict) and sent:
        return all(shows(value.get(name, ABSENT), inner) for name, inner in sent.items())
    if isinstance(value, list) and isinstance(sent, list) and len(value) == len(sent):
        return all(map(shows, value, sent))
    return same(value, sent) or is_normalised(sent, value) or _both_nothing(value, sent)


def _is_as_sent(value: object, sent: object) -> bool:
    # Many APIs leave a property out that was set to null.
    return same(value, sent) or is_normalised(sent, value) or _both_nothing(value, sent)


def _both_nothing(value: object, before: object) -> bool:
    return (value is ABSENT or value is None) and (before is ABSENT or before is None)


def _is_cut_behind(value: object, sent: object, before: object) -> bool:
    """Whether a value is a beginning of what was sent that ends behind the original.

    It may end with a blank, and be the original but for that.
    """
    if not (isinstance(value, str) and isinstance(sent, str) and isinstance(before, str)):
        return False
    return sent.startswith(value) and value.startswith(before) and len(value) > len(before) > 0


def _is_altered(value: object, sent: object, run_id: str) -> bool:
    """Whether a value is what was sent, but cut, emptied, or with its letters folded.

    A target that cuts a text may cut it within the original, or to nothing.
    """
    if is_empty(value):
        return not is_empty(sent)
    if not isinstance(value, str) or not isinstance(sent, str):
        return _number(value) is not None and _number(value) == _number(sent)
    if run_id and run_id in value.lower():
        return True
    is_cut = sent.strip().startswith(value.strip())
    return is_cut or _folded(sent).startswith(_folded(value))


def _number(value: object) -> Decimal | None:
    """The number that a value is, or that a string writes; None for other values."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return Decimal(value if isinstance(value, str) else repr(value))
    except InvalidOperation:
        return None


def _folded(text: str) -> str:
    """The letters and digits of a text, without case, accents, HTML's escapes and the rest."""
    plain = unicodedata.normalize("NFKD", html.unescape(text)).casefold()
    return "".join(filter(str.isalnum, plain)) or plain.strip()
