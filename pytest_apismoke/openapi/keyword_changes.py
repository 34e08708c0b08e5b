"""Compares what two schemas say about one value, keyword by keyword. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from pytest_apismoke.documents import step
from pytest_apismoke.openapi.schema_view import EXACT, LOWER, UPPER, View
from pytest_apismoke.records import dataclass

_VALUES = 5
_LONGEST_VALUE = 40


class Side(Enum):
    """Which side a schema is on."""

    REQUEST = "request"
    RESPONSE = "response"


class Effect(Enum):
    """What a change does to the values that are allowed."""

    MORE = "more"
    FEWER = "fewer"
    OTHER = "other"
    NONE = "none"

    @classmethod
    def of(cls, *, more: bool, fewer: bool) -> Effect:
        """The effect of a change that may allow more values, fewer, or both."""
        if more and fewer:
            return cls.OTHER
        return cls.MORE if more else cls.FEWER if fewer else cls.NONE

    def is_breaking(self, side: Side) -> bool:
        """Whether the other side of the conversation has to know."""
        return self is Effect.OTHER or self is (
            Effect.MORE if side is Side.RESPONSE else Effect.FEWER
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """A change at one place of a body.

    `place` is a JSON Pointer with * for any item. `cause` stands for the schemas in which it was
    found, which may be used at other places too.
    """

    place: str
    text: str
    is_breaking: bool
    cause: object = None


def change(name: str, text: str, effect: Effect, side: Side) -> SchemaChange:
    """A change of a property, or of the value itself where the name is empty."""
    place = f"/{step(name)}" if name else ""
    return SchemaChange(place=place, text=text, is_breaking=effect.is_breaking(side))


def change_of_need(*, is_needed: bool, side: Side) -> tuple[str, Effect]:
    """What became of a property that one of the schemas requires, in words."""
    if side is Side.RESPONSE:
        words = "is always there now" if is_needed else "may be absent now"
    else:
        words = "has to be sent now" if is_needed else "may be left out now"
    return words, Effect.FEWER if is_needed else Effect.MORE


def change_of_types(before: View, after: View, side: Side) -> SchemaChange | None:
    """The change of the types, or None."""
    was, now = before.types, after.types
    if was == now:
        return None
    more = now is None or (was is not None and bool(now - was))
    fewer = was is None or (now is not None and bool(was - now))
    text = f"was {in_words(was)}, is {in_words(now)}"
    effect = Effect.of(more=more, fewer=fewer)
    if effect is Effect.FEWER and was is not None and now is not None and was - now - {"null"}:
        # Clients have the type in their code, and what they have read they also send.
        effect = Effect.OTHER
    return change("", text, effect, side)


def in_words(types: frozenset[str] | None) -> str:
    """Types in words."""
    if types is None:
        return "of any type"
    named = types - {"integer"} if "number" in types else types
    # Null comes last: it is what is added to a type.
    return " or ".join(sorted(named, key=lambda one: (one == "null", one))) or "nothing"


def changes_of_values(before: View, after: View, side: Side) -> Iterator[SchemaChange]:
    """The changes of the values that are allowed."""
    was, now = before.values, after.values
    if was is None and now is None:
        return
    if was is None or now is None:
        text = f"is one of {_listed(now)} now" if now is not None else "is no longer one of a list"
        yield change("", text, Effect.of(more=now is None, fewer=was is None), side)
        return
    new, gone = [one for one in now if one not in was], [one for one in was if one not in now]
    if new:
        yield change("", f"may also be {_listed(new)}", Effect.MORE, side)
    if gone:
        yield change("", f"is no longer {_listed(gone)}", Effect.FEWER, side)


def _listed(values: Iterable[str]) -> str:
    texts = [one if len(one) <= _LONGEST_VALUE else f"{one[:_LONGEST_VALUE]}…" for one in values]
    rest = len(texts) - _VALUES
    return ", ".join(texts[:_VALUES]) + (f" and {rest} more" if rest > 0 else "")


def changes_of_keywords(before: View, after: View, side: Side) -> Iterator[SchemaChange]:
    """The changes of bounds and forms."""
    for keyword in (*UPPER, *LOWER):
        was, now = before.bound(keyword), after.bound(keyword)
        if was == now:
            continue
        text = f"{keyword} {_shown(was)} became {_shown(now)}"
        if was is None or now is None:
            effect = Effect.of(more=now is None, fewer=was is None)
        else:
            effect = Effect.of(more=(now > was) is (keyword in UPPER), fewer=False)
            effect = Effect.FEWER if effect is Effect.NONE else effect
        yield change("", text, effect, side)
    for keyword in EXACT:
        were, are = before.exact(keyword), after.exact(keyword)
        if were != are:
            text = f"{keyword} {_exactly(were)} became {_exactly(are)}"
            yield change("", text, Effect.of(more=bool(were - are), fewer=bool(are - were)), side)


def _shown(bound: float | None) -> str:
    return "none" if bound is None else f"{bound:g}"


def _exactly(texts: frozenset[str]) -> str:
    return " and ".join(sorted(one.strip('"') for one in texts)) or "none"
