"""Faults of the phone number, of the receptionist's state and of the webhook."""

from ..behaviour import Behaviour, hide, replace_response, show
from ..request import STATUS_WEBHOOK
from ..response import problem, server_error
from .registry import fault


@fault(api="twilio", stage="phone", category="phone")
def phone_malformed() -> Behaviour:
    """the phone number is not E.164"""
    return show(phone_number="555-0123")


@fault(api="twilio", stage="phone", category="phone")
def phone_missing() -> Behaviour:
    """phone_number is missing"""
    return hide("phone_number")


@fault(api="twilio", stage="phone", category=None)
def phone_none() -> Behaviour:
    """no phone number, and the receptionist is off"""
    return show(phone_number=None, receptionist_enabled=False)


@fault(api="twilio", stage="state", category="state")
def receptionist_missing() -> Behaviour:
    """receptionist_enabled is missing"""
    return hide("receptionist_enabled")


@fault(api="twilio", stage="state", category="state")
def receptionist_text() -> Behaviour:
    """receptionist_enabled is the text "on" """
    return show(receptionist_enabled="on")


@fault(api="twilio", stage="state", category="state", mode="full")
def enabled_without_number() -> Behaviour:
    """the receptionist is on and there is no phone number"""
    return show(phone_number=None, receptionist_enabled=True)


@fault(api="twilio", stage="webhook", category="auth", mode="deep")
def webhook_accepts_unsigned() -> Behaviour:
    """the webhook takes a request that Twilio has not signed"""
    return Behaviour(accepts_webhook=lambda _signature, _valid: True)


@fault(api="twilio", stage="webhook", category="auth", mode="deep")
def webhook_accepts_any_signature() -> Behaviour:
    """the webhook takes a request with any signature"""
    return Behaviour(accepts_webhook=lambda signature, _valid: bool(signature))


@fault(api="twilio", stage="webhook", category="fetch", mode="deep")
def webhook_refuses_signed() -> Behaviour:
    """the webhook refuses the requests of Twilio too"""
    return Behaviour(accepts_webhook=lambda _signature, _valid: False)


@fault(api="twilio", stage="webhook", category="fetch", mode="deep")
def webhook_500() -> Behaviour:
    """the webhook answers a signed request with 500"""
    return replace_response(STATUS_WEBHOOK, server_error())


@fault(api="twilio", stage="webhook", category="fetch", mode="deep")
def webhook_missing() -> Behaviour:
    """the webhook has another path: 404"""
    missing = problem(404, "not_found", "Not Found")
    return Behaviour(
        before_request=lambda route: missing if route == STATUS_WEBHOOK else None,
    )


@fault(api="twilio", stage="webhook", category="persist", mode="deep")
def webhook_changes_settings() -> Behaviour:
    """a call that ends switches the receptionist off"""
    return Behaviour(
        document_after_call=lambda document: document | {"receptionist_enabled": False}
    )


@fault(api="twilio", stage="webhook", category=None, mode="deep")
def webhook_counts() -> Behaviour:
    """a call that ends costs a minute"""
    return Behaviour(
        document_after_call=lambda document: (
            document | {"minutes_used": document["minutes_used"] + 1}
        )
    )
