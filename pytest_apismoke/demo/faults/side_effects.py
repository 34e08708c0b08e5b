"""Properties that an update changes although it does not send them, and a counter of usage."""

from itertools import count

from ..behaviour import Behaviour, Write
from ..response import JsonObject
from .registry import fault

_FETCHES_PER_CALL = 3


@fault(api="settings", stage="persist", category=None)
def usage_counts() -> Behaviour:
    """minutes_used goes up with each update and with every third fetch"""
    fetches = count(1)
    used = 0

    def fetch(document: JsonObject) -> JsonObject:
        nonlocal used
        used += next(fetches) % _FETCHES_PER_CALL == 0
        return document

    def update(write: Write) -> JsonObject:
        nonlocal used
        used += 1
        return write.after

    def show(document: JsonObject) -> JsonObject:
        return {**document, "minutes_used": document.get("minutes_used", 0) + used}

    return Behaviour(fetched_document=fetch, updated_document=update, shown_document=show)


@fault(api="settings", stage="persist", category="persist")
def write_audits() -> Behaviour:
    """saving anything sets audit_status to pending for good"""
    return Behaviour(updated_document=lambda write: {**write.after, "audit_status": "pending"})


@fault(api="settings", stage="persist", category=None)
def version_counts() -> Behaviour:
    """version goes up by one with each update"""
    return Behaviour(
        initial_document=lambda document: {**document, "version": 1},
        updated_document=lambda write: {
            **write.after,
            "version": write.before.get("version", 0) + 1,
        },
    )


@fault(api="settings", stage="persist", category="persist")
def last_modified_by() -> Behaviour:
    """lastModifiedBy becomes the user of the update"""
    return Behaviour(
        initial_document=lambda document: {**document, "lastModifiedBy": "setup"},
        updated_document=lambda write: {**write.after, "lastModifiedBy": write.email},
    )
