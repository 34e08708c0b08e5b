"""Faults of the phone number and of the receptionist's state."""

from ..behaviour import Behaviour, hide, show
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
