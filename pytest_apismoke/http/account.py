"""Compares the account that a response shows with the one that the profile pins."""

from __future__ import annotations

from pytest_apismoke.configuration.profiles import Pins
from pytest_apismoke.documents import ABSENT, describe, lookup, property_name, same
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.redaction import REPLACEMENT, Redactor, is_sensitive


def other_account(
    body: object, pins: Pins, redactor: Redactor, *, where: str, table: str
) -> SmokeError | None:
    """The `auth` error for the first value in a response that the profile does not name.

    Args:
        body: a JSON value.
        pins: the values that the profile names, by their JSON Pointers.
        redactor: knows the secrets of this run.
        where: the request in words.
        table: the table of the configuration that has the pins.

    """
    for pointer, pinned in pins:
        seen = lookup(body, pointer)
        if not same(seen, pinned):
            return fail(
                Category.AUTH,
                expected=f"the account with {_shown(pointer, pinned, redactor)} at {pointer}",
                seen=_shown(pointer, seen, redactor),
                where=f"{where}, {pointer}",
                hint="the credentials belong to another account than the profile names: nothing was"
                f" written; correct the credentials, or [{table}] expect",
            )
    return None


def _shown(pointer: str, value: object, redactor: Redactor) -> str:
    """A value in words; that of a sensitive property is a secret."""
    if value is ABSENT:
        return describe(value)
    is_secret = is_sensitive(property_name(pointer)) and not isinstance(value, bool)
    return describe(REPLACEMENT if is_secret else redactor.json(value))
