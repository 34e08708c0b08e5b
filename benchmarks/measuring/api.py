"""What the latency server serves: the default profile's API, and orders, each with a schema."""

from __future__ import annotations

from typing import Any

EMAIL = "owner@example.com"
PASSWORD = "correct horse battery"  # noqa: S105  # of a server on the loopback
TOKEN = "a-token-of-the-latency-server"  # noqa: S105  # the same
HEALTH = "/health"
LOGIN = "/api/auth/login"
SETTINGS = "/api/business/me"
OAUTH_START = "/oauth/google/start"
ORDERS = "/api/orders"
OAUTH_LOCATION = (
    "https://accounts.google.com/o/oauth2/v2/auth?client_id=1&response_type=code&scope=calendar"
    "&redirect_uri=https%3A%2F%2Fapi.example.com%2Foauth%2Fgoogle%2Fcallback&state=0a1b2c3d4e5f6071"
)

SETTINGS_AT_START: dict[str, Any] = {
    "id": "1",
    "name": "Smile Dental",
    "industry": "Dentistry",
    "description": "A dental practice in the old town.",
    "phone_number": "+15550100",
    "timezone": "Europe/Berlin",
    "greeting_style": "friendly",
    "business_hours": "9-5",
    "common_services": "Cleaning, whitening",
    "faqs": [{"question": "Where?", "answer": "In the old town."}],
    "google_calendar_connected": True,
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

_TEXT = {"type": "string", "minLength": 1}
_PRICE = {
    "type": "object",
    "required": ["amount", "currency"],
    "properties": {
        "amount": {"type": "number", "minimum": 0},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
}
_LINE = {
    "type": "object",
    "required": ["sku", "count", "price"],
    "properties": {"sku": _TEXT, "count": {"type": "integer", "minimum": 1}, "price": _PRICE},
}
#: JSON Schema 2020-12, which an order of OpenAPI 3.1 has as well.
ORDER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "created", "customer", "status", "lines", "total"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "created": {"type": "string", "format": "date-time"},
        "customer": {
            "type": "object",
            "required": ["name", "email"],
            "properties": {"name": _TEXT, "email": {"type": "string", "format": "email"}},
        },
        "status": {"enum": ["open", "paid", "sent"]},
        "note": {"type": ["string", "null"]},
        "lines": {"type": "array", "minItems": 1, "items": _LINE},
        "total": _PRICE,
    },
}


def order(number: int) -> dict[str, Any]:
    """An order of some 1,300 bytes, as JSON."""
    return {
        "id": number,
        "created": "2025-01-01T10:00:00Z",
        "customer": {"name": "Ada Lovelace", "email": "ada@shop.example"},
        "status": "paid",
        "note": None,
        "lines": [
            {
                "sku": f"A-{line}",
                "count": line,
                "price": {"amount": 9.5 * line, "currency": "EUR"},
            }
            for line in range(1, 16)
        ],
        "total": {"amount": 1140.0, "currency": "EUR"},
    }


def paths_of_orders(count: int) -> tuple[str, ...]:
    """The paths of that many orders."""
    return tuple(f"{ORDERS}/{number}" for number in range(1, count + 1))


def openapi_document(count: int) -> dict[str, Any]:
    """An OpenAPI document with an operation for each of that many orders."""
    response = {
        "description": "the order",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "orders", "version": "1"},
        "paths": {
            path: {"get": {"responses": {"200": response}}} for path in paths_of_orders(count)
        },
        "components": {"schemas": {"Order": ORDER_SCHEMA}},
    }
