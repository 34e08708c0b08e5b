"""Tell the values that move by themselves, or with every update: counters and moments. Pure.

A number that went up may be a revision, and it may be a price. The value alone does not tell, so
the field's name has a say: a price, a switch or a reference to something is never a counter, and
an opening day is never the moment of a change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pytest_apismoke.documents import Difference, property_name
from pytest_apismoke.late_pattern import late_pattern

#: A date, or a date and a time, as JSON documents write them (RFC 3339, ISO 8601).
_MOMENT = late_pattern(r"(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?(.*))?")
_ZONE = late_pattern(r"|[Zz]|[+-]\d{2}:?\d{2}")
_DIGITS = late_pattern(r"0|[1-9][0-9]{0,30}")
_WORD = late_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
#: Seconds since the epoch, from 2001 to 2096; also in thousandths and smaller.
_EPOCH = (1e9, 4e9)
_EPOCH_UNITS = (1, 1e3, 1e6, 1e9)
#: A field whose name says nothing counts what happened during the run: this much at most.
_MOST_COUNTED = 1000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: What a counter is called; `__v` is Mongoose's.
_COUNTERS = _words(
    "v version versions versionkey revision revisions rev seq sequence generation etag serial"
    " count counts counter counters usage uses used hits views visits requests calls updates"
    " writes edits changes modifications"
)
#: What the moment of a change is called.
_CHANGES = _words(
    "updated update modified modification changed change edited edit last touched seen synced saved"
    " written refreshed revised accessed timestamp mtime"
)
#: What is no counter: money, measures, bounds, switches, and references.
_NO_COUNTERS = _words(
    "price prices amount amounts cost costs fee fees total subtotal sum balance tax vat discount"
    " rate rates percent percentage salary budget deposit tip charge credit credits"
    " size width height length depth weight distance radius lat lng lon latitude longitude age"
    " duration minutes hours seconds days weeks months years minute hour day week month year ms"
    " timeout interval delay ttl ratio factor score rating points level temperature"
    " capacity stock inventory quantity qty seats places min max minimum maximum limit quota"
    " threshold rank order position index sort priority port code zip phone number"
    " is has can active enabled disabled deleted locked verified public private published visible"
    " visibility hidden archived open closed status state type kind mode plan tier role flag flags"
    " allowed blocked id ids key"
)
#: What is no moment of a change: it was chosen by somebody.
_NO_CHANGES = _words(
    "expires expire expiry expiration until end ends ending start starts starting begin begins from"
    " to valid due deadline birth birthday born founded opening opens open closes closing closed"
    " trial renewal renews scheduled schedule event holiday publish published launch release"
    " appointment booking arrival departure created creation since"
)


def has_moved_on(found: Difference) -> bool:
    """Whether a value is a counter that went up, or a moment that moved on."""
    before, after = found.before, found.after
    earlier, later = _moment(before), _moment(after)
    if earlier is not None and later is not None:
        is_later = later > earlier and later[:2] == earlier[:2]
        return is_later and _may_be_a_change(found.pointer, before)
    numbers = _numbers(before, after)
    if numbers is None or not numbers[1] > numbers[0]:
        return False
    if all(map(_is_epoch, numbers)):
        return _says(found.pointer, _CHANGES | _COUNTERS, _NO_CHANGES | _NO_COUNTERS) is not False
    return _is_counter(found.pointer, *numbers, is_text=isinstance(before, str))


def is_moment(value: object) -> bool:
    """Whether a value is a date, or a date and a time."""
    return _moment(value) is not None


def is_named_so(pointer: str) -> bool:
    """Whether the name of a field says that it is a counter, or the moment of a change."""
    return _says(pointer, _CHANGES | _COUNTERS, _NO_CHANGES | _NO_COUNTERS) is True


def varies_by_itself(pointer: str, values: Iterable[object]) -> bool:
    """Whether different values of one field, read at about one time, are a counter or moments."""
    given = list(values)
    if all(_moment(value) is not None for value in given):
        return all(_may_be_a_change(pointer, value) for value in given)
    if not all(_is_number(value) for value in given):
        return False
    says = _says(pointer, _CHANGES | _COUNTERS, _NO_COUNTERS)
    return says is True or (says is None and _may_count(given))


def _may_count(numbers: Iterable[Any]) -> bool:
    """Whether numbers whose name says nothing are near enough to be those of one counter."""
    given = list(numbers)
    is_whole = all(number >= 0 and number == number // 1 for number in given)
    is_near = max(given) - min(given) <= _MOST_COUNTED
    return all(map(_is_epoch, given)) or (is_whole and is_near)


def _is_counter(pointer: str, before: float, after: float, *, is_text: bool) -> bool:
    """Whether a number that went up counts something."""
    says = _says(pointer, _COUNTERS, _NO_COUNTERS)
    is_whole = before >= 0 and all(number == number // 1 for number in (before, after))
    if not is_whole or says is False:
        return False
    return says is True or (not is_text and after - before <= _MOST_COUNTED)


def _may_be_a_change(pointer: str, value: object) -> bool:
    """Whether a moment can be that of a change; a day alone has to be called so."""
    has_time = isinstance(value, str) and len(value) > len("2026-01-01")
    says = _says(pointer, _CHANGES, _NO_CHANGES)
    return says is True or (says is None and has_time)


def _says(pointer: str, yes: frozenset[str], no: frozenset[str]) -> bool | None:
    """What the name of a field says, or else the names of the objects around it; None: nothing."""
    while pointer:
        words = {word.lower() for word in _WORD.findall(property_name(pointer))}
        if words & yes:
            return True
        if words & no:
            return False
        pointer = pointer.rpartition("/")[0]
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _numbers(before: Any, after: Any) -> tuple[float, float] | None:
    """Two numbers, or two strings of digits, as numbers; None for other values."""
    if _is_number(before) and _is_number(after):
        return before, after
    is_text = isinstance(before, str) and isinstance(after, str)
    if is_text and _DIGITS.fullmatch(before) and _DIGITS.fullmatch(after):
        return int(before), int(after)
    return None


def _is_epoch(number: float) -> bool:
    low, high = _EPOCH
    return any(low * unit <= number < high * unit for unit in _EPOCH_UNITS)


def _moment(value: object) -> tuple[bool, bool, datetime, str] | None:
    """A moment that compares with another in the same notation; None for other values.

    Notations differ in whether they have a time, and a zone; a change of the notation is no change
    of the moment.
    """
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    day, time, fraction, zone = found.groups()
    zone = (zone or "").strip()
    if not _ZONE.fullmatch(zone):
        return None
    offset = "+00:00" if zone in ("", "Z", "z") else zone
    if ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    try:
        parsed = datetime.fromisoformat(f"{day}T{time or '00:00'}{offset}")
    except ValueError:
        return None
    return time is not None, zone != "", parsed, (fraction or "").rstrip("0")
