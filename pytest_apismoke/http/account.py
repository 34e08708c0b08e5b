"""Compares the account that a response shows with the one that the profile pins."""

from __future__ import annotations

from pytest_apismoke.configuration.profiles import Document, Pins
from pytest_apismoke.documents import ABSENT, describe, lookup, property_name, same
from pytest_apismoke.errors import Category, SmokeError, fail
from pytest_apismoke.http.document_shape import document_in
from pytest_apismoke.http.response import Response
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


def refuse_other_account(response: Response, document: Document, redactor: Redactor) -> None:
    """Compares a response with the account that the profile pins for a document.

    Raises:
        SmokeError: `auth` when it is another one, `invalid` when the body is not JSON.

    """
    if not document.expect:
        return
    body, _ = document_in(response.json(), document)
    error = other_account(body, document.expect, redactor, where=response.where, table="document")
    if error:
        raise error


def _shown(pointer: str, value: object, redactor: Redactor) -> str:
    """A value in words; that of a sensitive property is a secret."""
    if value is ABSENT:
        return describe(value)
    is_secret = is_sensitive(property_name(pointer)) and not isinstance(value, bool)
    return describe(REPLACEMENT if is_secret else redactor.json(value))
