"""Faults of storing the settings document, and healthy stores that are harder to verify."""

from itertools import count

from ..behaviour import Behaviour, Write, without
from ..documents import WRITABLE
from ..request import SAVE, Request
from ..response import JsonObject, Response, problem
from .registry import fault

_STRING_LIMIT = 20
_STALE_FETCHES = 2


@fault(api="settings", stage="persist", category="persist")
def write_dropped() -> Behaviour:
    """saving answers 200 with the new value and stores nothing"""
    return Behaviour(stored_document=lambda write: write.before)


@fault(api="settings", stage="persist", category="persist")
def write_wipes_others() -> Behaviour:
    """saving empties or removes the fields that were not sent"""

    def wipe(write: Write) -> JsonObject:
        kept = {*(write.after.keys() - WRITABLE.keys()), *write.sent}
        wiped = {key: value if key in kept else None for key, value in write.after.items()}
        return wiped if "greeting_style" in kept else without(wiped, "greeting_style")

    return Behaviour(stored_document=wipe)


@fault(api="settings", stage="persist", category="persist")
def update_replaces() -> Behaviour:
    """an update replaces the whole document, what it leaves out is gone"""
    return Behaviour(updated_document=replace_document)


@fault(api="settings", stage="persist", category="persist")
def write_flips_field() -> Behaviour:
    """saving anything switches receptionist_enabled off for good"""

    def flip(write: Write) -> JsonObject:
        # Off, not the opposite: a second write must not hide the effect of the first.
        flipped = {} if "receptionist_enabled" in write.sent else {"receptionist_enabled": False}
        return {**write.after, **flipped}

    return Behaviour(stored_document=flip)


@fault(api="settings", stage="persist", category="persist")
def write_truncates() -> Behaviour:
    """saving cuts text to 20 characters"""

    def truncate(write: Write) -> JsonObject:
        sent = {key: write.after[key] for key in WRITABLE.keys() & write.sent.keys()}
        cut = {key: sent[key][:_STRING_LIMIT] for key in sent if isinstance(sent[key], str)}
        return {**write.after, **cut}

    return Behaviour(stored_document=truncate)


@fault(api="settings", stage="persist", category="persist")
def write_reverts() -> Behaviour:
    """a saved value is gone at the second fetch after saving"""
    original: JsonObject | None = None
    fetches = count(1)

    def store(write: Write) -> JsonObject:
        nonlocal original, fetches
        # Of the first write: the document before a restoring write would be the probe.
        original = original or write.before
        fetches = count(1)
        return write.after

    def fetch(document: JsonObject) -> JsonObject:
        return original if next(fetches) > 1 and original else document

    return Behaviour(stored_document=store, fetched_document=fetch)


@fault(api="settings", stage="persist", category=None)
def write_lags() -> Behaviour:
    """a saved value appears at the third fetch after saving"""
    before: JsonObject | None = None
    fetches = count(1)

    def store(write: Write) -> JsonObject:
        nonlocal before, fetches
        before, fetches = write.before, count(1)
        return write.after

    def fetch(document: JsonObject) -> JsonObject:
        return before if next(fetches) <= _STALE_FETCHES and before else document

    return Behaviour(stored_document=store, fetched_document=fetch)


@fault(api="settings", stage="persist", category=None)
def fetches_counted() -> Behaviour:
    """view_count in the settings rises with every fetch"""
    fetches = count(1)
    return Behaviour(fetched_document=lambda document: {**document, "view_count": next(fetches)})


@fault(api="settings", stage="restore", category="persist")
def restore_refused() -> Behaviour:
    """the first save works, every later one answers 503"""
    saves = count(1)

    def refuse(request: Request) -> Response | None:
        if request.route != SAVE or next(saves) == 1:
            return None
        return problem(503, "read_only", "the store takes no updates at the moment")

    return Behaviour(replace_response=refuse)


def replace_document(write: Write) -> JsonObject:
    """Return the document of an update that replaces all of it but its id."""
    return {**write.sent, "id": write.after["id"]}
