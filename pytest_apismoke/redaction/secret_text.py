"""A secret that is a string for everybody but a reader."""

from __future__ import annotations

from pytest_apismoke.redaction.redactor import REPLACEMENT


class SecretText(str):
    """A string whose `repr` does not show it.

    A failed assertion shortens what it shows, and half of a secret is not recognised as one.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return self

    def __repr__(self) -> str:
        return repr(REPLACEMENT)
