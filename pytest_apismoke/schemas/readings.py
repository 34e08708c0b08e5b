"""Which reading of its specification a contract is validated by, where the readings differ.

An answer breaks its contract only where every reading refuses it. Keywords of which there are two
readings ask here: the generous reading refuses as little as possible, and remembers that it was
asked something that the strict one answers differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Reading:
    """One way to read a contract during one validation.

    `differs` is set once the other reading may come to another result.
    """

    is_strict: bool = False
    differs: bool = False
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def is_first_time(self, instance: object, schema: object) -> bool:
        """Whether nothing has asked this yet; by identity, as both outlive the validation."""
        key = (id(instance), id(schema))
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new


_CURRENT: ContextVar[Reading | None] = ContextVar("reading", default=None)


@contextmanager
def read_as(reading: Reading) -> Iterator[None]:
    """Reads contracts so within the block."""
    token = _CURRENT.set(reading)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def refuses_here() -> bool:
    """Whether a value that one reading accepts and another one refuses is refused.

    To be asked only where that is so.
    """
    reading = _CURRENT.get()
    if reading is None:
        return False
    reading.differs = True
    return reading.is_strict


def is_first_time(instance: object, schema: object) -> bool:
    """Whether a value is about to be validated against another schema for the first time.

    Subtypes contain their base schema, which refers to them: without this, each level of a value
    would double the work.
    """
    reading = _CURRENT.get()
    return reading is not None and reading.is_first_time(instance, schema)
