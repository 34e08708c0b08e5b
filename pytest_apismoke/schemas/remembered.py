"""What references have led to during one validation, so that none is followed twice for a value.

Every branch of a union, every condition and `unevaluatedProperties` apply their subschemas again.
In a schema that contains itself each level of a value would therefore multiply the work. Every such
round passes through a reference: where the errors of each value at each reference are remembered,
the work grows with the value and no faster.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice

from jsonschema.exceptions import ValidationError

#: The most errors of one value that are read. One more is remembered: it tells that there are more.
MOST_ERRORS = 21_000

_KNOWN: ContextVar[dict[Hashable, list[ValidationError]] | None] = ContextVar(
    "remembered", default=None
)


@contextmanager
def remembering() -> Iterator[None]:
    """Remembers within the block, which is one validation of one value by one reading."""
    token = _KNOWN.set({})
    try:
        yield
    finally:
        _KNOWN.reset(token)


def remembered(
    key: Hashable,
    errors: Callable[[], Iterable[ValidationError]],
    told_once: frozenset[str] = frozenset(),
) -> Iterable[ValidationError]:
    """The errors of a value at a reference, found only at the first time.

    Args:
        key: tells the schema, the value, and all that its validation depends on besides; by
            identity, as both outlive the validation.
        errors: finds them.
        told_once: the messages of errors that are left out later on.

    """
    known = _KNOWN.get()
    if known is None:
        return errors()
    found = known.get(key)
    if found is None:
        found = list(islice(errors(), MOST_ERRORS + 1))
        # Several parts of a schema may lead to one place; without this they multiply per level.
        found = list({_place(error): error for error in found}.values())
        known[key] = [error for error in found if error.message not in told_once]
    # Copies: the place of an error is written into it, and there may be several.
    return map(ValidationError.create_from, found) if found else ()


def _place(error: ValidationError) -> Hashable:
    return tuple(error.path), id(error.schema), error.validator, error.message
