"""Faults of storing the settings document, and healthy stores that are harder to verify."""

import hashlib
import re
from collections.abc import Callable
from itertools import count

from ..behaviour import Behaviour, Write, without
from ..documents import WRITABLE
from ..request import FETCH, SAVE, Request
from ..response import JsonObject, Response, json_response, problem
from .registry import fault

_STRING_LIMIT = 20
_STALE_FETCHES = 2

# An entity tag, weak or strong, and a list of them (RFC 9110, sections 8.8.3 and 5.6.1.2).
_ENTITY_TAG = r'(W/)?("[!#-~\x80-\xff]*")'
_ENTITY_TAGS = rf"[ \t,]*(?:{_ENTITY_TAG}[ \t]*(?:,[ \t,]*|\Z))*"


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
        return wiped if "business_hours" in kept else without(wiped, "business_hours")

    return Behaviour(stored_document=wipe)


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


@fault(api="settings", stage="persist", category="persist", mode="full")
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


@fault(api="settings", stage="persist", category=None)
def etags() -> Behaviour:
    """the settings carry an ETag, and saving honours If-Match"""
    return _with_etags(_matches)


@fault(api="settings", stage="persist", category=None)
def etags_unmatchable() -> Behaviour:
    """the settings carry an ETag, saving with If-Match answers 412"""
    return _with_etags(lambda if_match, etag: False)


@fault(api="settings", stage="restore", category="persist")
def restore_refused() -> Behaviour:
    """the first save works, every later one answers 503"""
    saves = count(1)

    def refuse(request: Request) -> Response | None:
        if request.route != SAVE or next(saves) == 1:
            return None
        return problem(503, "read_only", "the store takes no updates at the moment")

    return Behaviour(replace_response=refuse)


def _with_etags(matches: Callable[[str, str], bool]) -> Behaviour:
    """Send a strong ETag with the document; ``matches`` compares If-Match with the current one."""

    def refuse(request: Request, shown: JsonObject) -> Response | None:
        if request.if_match is None or matches(request.if_match, _etag(json_response(shown))):
            return None
        return problem(
            412, "precondition_failed", "If-Match does not match the ETag of the settings"
        )

    def add_etag(request: Request, response: Response) -> Response:
        is_document = response.status == 200 and response.json_object()
        if request.route in (FETCH, SAVE) and is_document:
            return response.with_header("ETag", _etag(response))
        return response

    return Behaviour(refuse_update=refuse, transform_response=add_etag)


def _etag(response: Response) -> str:
    # A strong validator promises the same bytes (RFC 9110, section 8.8.1).
    return f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'


def _matches(if_match: str, etag: str) -> bool:
    """Compare If-Match with a strong ETag (RFC 9110, section 13.1.1): weak tags never match."""
    if if_match.strip() == "*":
        return True
    # A malformed list matches nothing: rather refuse an update than make it by mistake.
    is_list = re.fullmatch(_ENTITY_TAGS, if_match) is not None
    return is_list and ("", etag) in re.findall(_ENTITY_TAG, if_match)
