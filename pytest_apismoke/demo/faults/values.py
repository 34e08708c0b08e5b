"""Stores that change texts and null, and documents whose texts they would change."""

from collections.abc import Callable

from ..behaviour import Behaviour, Write, combine
from ..documents import WRITABLE
from ..response import JsonObject
from .registry import fault

_MASKED = "webhook_secret"
_MASK = "whsec_****"


@fault(api="settings", stage="persist", category=None)
def probe_starts_null() -> Behaviour:
    """every text that the gate may change by default is null at the start"""
    nulls = dict.fromkeys(("business_hours", "greeting_style", "common_services", "industry"))
    return Behaviour(initial_document=lambda document: {**document, **nulls})


@fault(api="settings", stage="persist", category=None)
def null_becomes_empty() -> Behaviour:
    """null in an update is stored as an empty text"""
    return _stores(lambda value: "" if value is None else value)


@fault(api="settings", stage="persist", category=None)
def write_trims() -> Behaviour:
    """saving trims texts, but business_hours ends with a line end at the start"""
    return combine([_starts_with("Mon-Fri 9-5 \n"), _stores_texts(str.strip)])


@fault(api="settings", stage="persist", category=None)
def write_normalises_lines() -> Behaviour:
    """saving turns CRLF into LF, but business_hours has CRLF at the start"""
    first = _starts_with("Mon-Fri 9-5\r\nSat 10-2")
    return combine([first, _stores_texts(lambda text: text.replace("\r\n", "\n"))])


@fault(api="settings", stage="persist", category="persist")
def write_lowercases() -> Behaviour:
    """saving turns the texts that were sent into lower case"""
    # The default hours have no letter that it could change.
    return combine([_starts_with("Mon-Fri 9-5"), _stores_texts(str.lower)])


@fault(api="settings", stage="persist", category=None)
def masks_secrets() -> Behaviour:
    """webhook_secret is shown as whsec_****; an update stores what it is given"""

    def store(write: Write) -> JsonObject:
        sent = {_MASKED: write.sent[_MASKED]} if _MASKED in write.sent else {}
        return {**write.after, **sent}

    return Behaviour(
        initial_document=lambda document: {**document, _MASKED: "whsec_7d1f0a93"},
        updated_document=store,
        shown_document=lambda document: {**document, _MASKED: _MASK},
    )


def _starts_with(hours: str) -> Behaviour:
    return Behaviour(initial_document=lambda document: {**document, "business_hours": hours})


def _stores_texts(change: Callable[[str], str]) -> Behaviour:
    return _stores(lambda value: change(value) if isinstance(value, str) else value)


def _stores(change: Callable[[object], object]) -> Behaviour:
    """Change each value that an update sends."""

    def store(write: Write) -> JsonObject:
        names = WRITABLE.keys() & write.sent.keys()
        return {**write.after, **{name: change(write.after[name]) for name in names}}

    return Behaviour(updated_document=store)
