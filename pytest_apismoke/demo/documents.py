"""The settings document: its initial content, its writable properties, and how updates merge."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from .response import JsonObject, ProblemError


def new_document(now: datetime) -> JsonObject:
    """Return the document of a new account.

    No string is longer than 20 characters, so that even under the fault ``write-truncates`` the
    original can be restored.
    """
    weekday = [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "17:30"}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return {
        "id": f"biz_{secrets.token_hex(8)}",
        "name": "Harbor Dental",
        "description": "Family dentistry",
        "timezone": "America/Los_Angeles",
        "greeting_style": "How can I help you?",
        "business_hours": {**dict.fromkeys(days, weekday), "saturday": [], "sunday": []},
        "phone_number": "+14155550123",
        "receptionist_enabled": True,
        "google_calendar_connected": False,
        "industry": "Dentistry",
        "common_services": "Cleaning, whitening",
        "faqs": [{"question": "Do you have parking?", "answer": "Yes, it is free."}],
        "minutes_used": 42,
        "audit_status": "approved",
        "updated_at": _timestamp(now),
    }


def merge(document: JsonObject, sent: JsonObject, now: datetime) -> JsonObject:
    """Return the document with each writable property in ``sent`` replaced as a whole.

    Unknown and read-only properties are ignored.

    Raises:
        ProblemError: 422, a property has the wrong type.
    """
    changes = {name: value for name, value in sent.items() if name in WRITABLE}
    wrong = [name for name, value in changes.items() if not WRITABLE[name](value)]
    if wrong:
        raise ProblemError(422, "invalid_field", f"wrong type: {', '.join(wrong)}")
    return {**document, **changes, "updated_at": _timestamp(now)}


def _timestamp(now: datetime) -> str:
    """Return an RFC 3339 date-time in UTC, with microseconds."""
    return now.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _is_string(value: object) -> bool:
    return isinstance(value, str)


def _is_string_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_hours(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(slots, list) and all(_is_texts(slot) for slot in slots)
        for slots in value.values()
    )


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


WRITABLE: Mapping[str, Callable[[object], bool]] = {
    "name": lambda value: _is_string(value) and value != "",
    "description": _is_string_or_null,
    "timezone": _is_string,
    "greeting_style": _is_string_or_null,
    "industry": _is_string_or_null,
    "common_services": _is_string_or_null,
    "faqs": lambda value: isinstance(value, list) and all(_is_texts(entry) for entry in value),
    "business_hours": _is_hours,
    "phone_number": _is_string_or_null,
    "receptionist_enabled": lambda value: isinstance(value, bool),
}
