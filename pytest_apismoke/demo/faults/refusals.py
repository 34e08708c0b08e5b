"""Healthy stores that refuse an update that others accept."""

from collections.abc import Callable

from ..behaviour import Behaviour
from ..documents import WRITABLE
from ..request import Request
from ..response import JsonObject, Response, problem
from .registry import fault

_MORE_CHARACTERS = 8


@fault(api="settings", stage="save", category=None)
def refuses_unknown_keys() -> Behaviour:
    """an update with an unknown or read-only key answers 422"""
    return _refuses(lambda name, value: name not in WRITABLE, "not writable")


@fault(api="settings", stage="save", category=None)
def refuses_null() -> Behaviour:
    """an update with null answers 422"""
    return _refuses(lambda name, value: value is None, "must not be null")


@fault(api="settings", stage="save", category=None)
def save_limits_length() -> Behaviour:
    """a text that is more than 8 characters longer than at the start answers 422"""
    limits: dict[str, int] = {}

    def read_limits(document: JsonObject) -> JsonObject:
        texts = {name: value for name, value in document.items() if isinstance(value, str)}
        limits.update({name: len(text) + _MORE_CHARACTERS for name, text in texts.items()})
        return document

    def is_too_long(name: str, value: object) -> bool:
        return isinstance(value, str) and name in limits and len(value) > limits[name]

    refuses = _refuses(is_too_long, "too long")
    return Behaviour(initial_document=read_limits, refuse_update=refuses.refuse_update)


def _refuses(is_wrong: Callable[[str, object], bool], reason: str) -> Behaviour:
    """Refuse updates with a property that is wrong."""

    def refuse(request: Request, shown: JsonObject) -> Response | None:
        wrong = [name for name, value in request.json_object().items() if is_wrong(name, value)]
        return problem(422, "invalid_field", f"{reason}: {', '.join(wrong)}") if wrong else None

    return Behaviour(refuse_update=refuse)
