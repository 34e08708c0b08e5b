"""The settings document: its initial content, its writable properties, and how updates merge."""

import json
from collections.abc import Mapping

from .response import JsonObject

#: The one business.
BUSINESS_ID = "1"
#: The properties that an update may change, and the type that each has. A null is stored as null.
WRITABLE: Mapping[str, type] = {
    "name": str,
    "industry": str,
    "description": str,
    "phone_number": str,
    "timezone": str,
    "greeting_style": str,
    "business_hours": str,
    "common_services": str,
    "faqs": list,
    "receptionist_enabled": bool,
}
#: What the receptionist tells callers is looked through by a person after each change.
AUDITED = frozenset(("description", "faqs"))


def new_document() -> JsonObject:
    """Return the document of a new account.

    No string is longer than 20 characters, so that even under the fault ``write-truncates`` the
    original can be restored.
    """
    return {
        "id": BUSINESS_ID,
        "name": "Harbor Dental",
        "industry": "Dentistry",
        "description": "Family dentistry",
        "phone_number": "+14155550123",
        "timezone": "America/Los_Angeles",
        "greeting_style": "How can I help you?",
        "business_hours": "9-5",
        "common_services": "Cleaning, whitening",
        "faqs": [{"question": "Do you have parking?", "answer": "Yes, it is free."}],
        "google_calendar_connected": False,
        "subscription_plan": "starter",
        "subscription_status": "active",
        "minutes_used": 42,
        "minutes_limit": 500,
        "stripe_customer_id": None,
        "receptionist_enabled": True,
        "audit_status": "approved",
        "audit_report": None,
        "pending_changes": False,
    }


def merge(document: JsonObject, sent: JsonObject) -> JsonObject:
    """Return the document with each writable property in ``sent`` replaced as a whole.

    Unknown and read-only properties are ignored, and a value of the wrong type is stored as text.
    Sending an audited property, even unchanged, asks for an audit.
    """
    changes = {name: _stored(name, value) for name, value in sent.items() if name in WRITABLE}
    audit = {"audit_status": "pending", "pending_changes": True}
    return {**document, **changes, **(audit if AUDITED & changes.keys() else {})}


def _stored(name: str, value: object) -> object:
    if value is None or isinstance(value, WRITABLE[name]):
        return value
    return json.dumps(value, ensure_ascii=False)
