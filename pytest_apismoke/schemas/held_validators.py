"""Validators that are kept for the next value, and the values that were valid."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from pytest_apismoke.schemas.jsonschema_internals import Resolved, SchemaResolver


class HeldValidators:
    """The validators of the schemas of some documents, which must not change; each is made once.

    jsonschema makes them, and follows every reference, anew for every value.

    Args:
        keeps_values: whether values that were valid are kept too. Not where a keyword does more
            than to say whether a value is valid, as those of OpenAPI do (see `readings`).

    """

    def __init__(self, *, keeps_values: bool = False) -> None:
        self._most_values = _VALID_VALUES if keeps_values else 0
        self.inside: dict[Hashable, Validator] = {}
        #: Right below one, with the two whose identities are the key.
        self._below: dict[tuple[int, int], tuple[Validator, Validator, Any]] = {}
        #: Values without others inside that were valid, each with its validator's identity: the
        #: same words, numbers and dates come again and again.
        self._valid: set[Hashable] = set()
        self.at_references: dict[Hashable, tuple[Validator, Hashable]] = {}
        self.resolved: dict[Hashable, Resolved] = {}
        self.facts: dict[Hashable, tuple[Any, Any]] = {}
        #: Those of which a part has its identity in a key.
        self.resolvers: list[SchemaResolver] = []

    def knows(self, scalar: Hashable) -> bool:
        """Whether a value was valid, by what stands for it; see `scalar_of`."""
        return scalar in self._valid

    def keep(self, scalar: Hashable) -> None:
        """Keeps a value that was valid."""
        if scalar is not None and len(self._valid) < self._most_values:
            self._valid.add(scalar)

    def below(self, outer: Any, schema: Any, otherwise: Callable[[], object]) -> Any:
        """The validator of a schema right below one; `otherwise` is called where it was there."""
        known = self._below.get((id(outer), id(schema)))
        if known is None:
            inner = outer.evolve(schema=schema)
            known = self._below[id(outer), id(schema)] = inner, outer, schema
        else:
            otherwise()
        return known[0]


#: The types of values without others inside; and the longest string, in characters, and the most
#: of such values that are kept.
_SCALARS = frozenset({int, float, bool, type(None)})
_SHORT, _VALID_VALUES = 100, 10_000

_HELD: ContextVar[HeldValidators | None] = ContextVar("held validators", default=None)


@contextmanager
def holding(held: HeldValidators) -> Iterator[None]:
    """Takes and keeps the validators within the block, which is for schemas of these documents."""
    token = _HELD.set(held)
    try:
        yield
    finally:
        _HELD.reset(token)


def in_use() -> HeldValidators | None:
    """Those of the innermost `holding`; None outside."""
    return _HELD.get()


def scalar_of(validator: Any, value: Any) -> Hashable:
    """What stands for a short value without others inside, at a validator; None for another one."""
    kind = type(value)
    is_kept = kind in _SCALARS or (kind is str and len(value) <= _SHORT)
    return (id(validator), kind, value) if is_kept else None
