"""The settings document: its first content, which fields a caller may write, and merging."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timezone

from .response import JsonObject, ProblemError


def new_document(now: datetime) -> JsonObject:
    """Return the document of a new account.

    Every text fits into 20 characters: the store of ``write-truncates`` could not have held a
    longer one, and so an original can always be restored.
    """
    weekday = [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "17:30"}]
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return {
        "id": f"biz_{secrets.token_hex(8)}",
        "name": "Harbor Dental",
        "description": "Family dentistry",
        "timezone": "America/Los_Angeles",
        "greeting": "How can I help you?",
        "business_hours": {**dict.fromkeys(days, weekday), "saturday": [], "sunday": []},
        "phone_number": "+14155550123",
        "receptionist_enabled": True,
        "google_calendar_connected": False,
        "updated_at": timestamp(now),
    }


def timestamp(now: datetime) -> str:
    """Return the moment as an RFC 3339 date-time in UTC."""
    return now.astimezone(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def merged(document: JsonObject, sent: JsonObject, now: datetime) -> JsonObject:
    """Return the document with the writable fields that were sent replaced, each as a whole.

    Unknown and read-only fields are ignored.

    Raises:
        ProblemError: 422, a field has the wrong type.
    """
    changes = {name: value for name, value in sent.items() if name in WRITABLE}
    wrong = [name for name, value in changes.items() if not WRITABLE[name](value)]
    if wrong:
        raise ProblemError(422, "invalid_field", f"wrong type: {', '.join(wrong)}")
    return {**document, **changes, "updated_at": timestamp(now)}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _is_hours(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(slots, list) and all(_is_slot(slot) for slot in slots)
        for slots in value.values()
    )


def _is_slot(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(moment, str) for moment in value.values())


WRITABLE: Mapping[str, Callable[[object], bool]] = {
    "name": _is_name,
    "description": _is_text_or_null,
    "timezone": _is_text,
    "greeting": _is_text_or_null,
    "business_hours": _is_hours,
    "phone_number": _is_text_or_null,
    "receptionist_enabled": _is_boolean,
}
