"""Whether an operation responds with the thing that a list has, as both are declared. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.openapi.declared_lists import body_of, unwrapped
from pytest_apismoke.openapi.declared_values import Declared, declared_by
from pytest_apismoke.openapi.item_names import Bound, Parameter, fits
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.words import words

#: Two descriptions of one thing have at least this share of the properties of the shorter one.
_SHARED = 0.5


def declares(loaded: LoadedOperation, parameter: Parameter, found: Bound) -> bool | None:
    """Whether a response declares a property; None where it declares none at all."""
    body = body_of(loaded)
    whole = declared_by(body) if body else Declared()
    if not whole.properties:
        return None
    for one in unwrapped(whole, words(parameter.collection)):
        names = found.pointer.split("/")[1:]
        if _is_declared(one, names, parameter):
            return True
    return False


def _is_declared(value: Declared, names: Sequence[str], parameter: Parameter) -> bool:
    for name in names:
        if name not in value.properties:
            return False
        value = declared_by(*value.properties[name])
    return fits(value, parameter.value)


def is_alike(loaded: LoadedOperation, item: Declared, parameter: Parameter) -> bool:
    """Whether a response and an item are descriptions of one kind of thing."""
    body = body_of(loaded)
    whole = declared_by(body) if body else Declared()
    for one in unwrapped(whole, words(parameter.collection)):
        fewest = min(len(one.properties), len(item.properties))
        shared = len(one.properties.keys() & item.properties.keys())
        if fewest and shared >= _SHARED * fewest:
            return True
    return False
