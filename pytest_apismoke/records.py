"""Frozen records that cost nothing to declare: `dataclass`, without generated code.

The standard library writes and compiles the source of six methods for each frozen class, which
takes half a millisecond, and a gate has some 150 classes. Here a class takes a tenth of that. The
fields come from the standard library as ever, so `fields`, `replace`, `asdict` and type checkers
see ordinary dataclasses; the methods are closures over those fields. In return a record takes a
microsecond longer to make.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

_Class = TypeVar("_Class", bound=type)
#: What stands in an annotation that is not of a field, or not of an ordinary one.
_NO_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        *,
        frozen: bool,
        slots: bool,
        kw_only: bool = False,
        repr: bool = True,  # noqa: A002  # as in the standard library
        order: bool = False,
    ) -> Callable[[_Class], _Class]:
        """As `dataclasses.dataclass`, for classes that are frozen and have slots.

        Args:
            frozen: always true.
            slots: always true.
            kw_only: whether the fields are given by name only.
            repr: whether there is a `repr`.
            order: whether records can be sorted, by their fields.

        """
        if not (frozen and slots):
            raise TypeError("expected frozen=True and slots=True; use dataclasses.dataclass")

        def made(cls: _Class) -> _Class:
            return _with_methods(
                _with_fields(cls, kw_only=kw_only), shown=repr, sorted_by_fields=order
            )

        return made


def _with_fields(cls: Any, *, kw_only: bool) -> Any:
    """Makes a class a dataclass with slots and without methods."""
    make = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)
    annotations = cls.__annotations__
    if any(word in str(one) for one in annotations.values() for word in _NO_FIELDS):
        return make(cls)
    # The library looks for these words in each text, which takes it a third of its time.
    cls.__annotations__ = dict.fromkeys(annotations, object)
    made = make(cls)
    made.__annotations__ = annotations
    for field in dataclasses.fields(made):
        field.type = annotations.get(field.name, field.type)
    return made


def _with_methods(cls: Any, *, shown: bool, sorted_by_fields: bool) -> Any:
    """Adds what makes a class a frozen record; what it defines itself stays."""
    every = dataclasses.fields(cls)
    compared = [one for one in every if one.compare]
    methods: dict[str, Callable[..., Any]] = {
        "__init__": _init(cls, every),
        "__eq__": _comparing([one.name for one in compared], operator.eq),
        "__hash__": _hash([one.name for one in compared if one.hash is not False]),
        "__setattr__": _refused("assign to"),
        "__delattr__": _refused("delete"),
        "__getstate__": _state([one.name for one in every]),
        "__setstate__": _restored([one.name for one in every]),
    }
    if shown:
        methods["__repr__"] = _repr([one.name for one in every if one.repr])
    if sorted_by_fields:
        names = [one.name for one in compared]
        for order in (operator.lt, operator.le, operator.gt, operator.ge):
            methods[f"__{order.__name__}__"] = _comparing(names, order)
    for name, method in methods.items():
        if name not in cls.__dict__:
            method.__name__ = name
            method.__qualname__ = f"{cls.__qualname__}.{name}"
            setattr(cls, name, method)
    return cls


def _init(cls: Any, every: tuple[dataclasses.Field[Any], ...]) -> Callable[..., None]:
    given = [one for one in every if one.init]
    assign = {one.name: getattr(cls, one.name).__set__ for one in given}
    by_position = [one.name for one in given if not one.kw_only]
    missing = dataclasses.MISSING
    defaults = {one.name: one.default for one in given if one.default is not missing}
    factories = {
        one.name: one.default_factory for one in given if one.default_factory is not missing
    }
    finish = getattr(cls, "__post_init__", None)

    def init(self: Any, /, *values: Any, **named: Any) -> None:
        if values:
            named = _by_name(cls, by_position, values, named)
        if len(named) < len(assign):
            named = {**defaults, **named}
            for name, factory in factories.items():
                if name not in named:
                    named[name] = factory()
        if named.keys() != assign.keys():
            raise _wrong_arguments(cls, set(assign), set(named))
        for name, value in named.items():
            assign[name](self, value)
        if finish is not None:
            finish(self)

    return init


def _by_name(
    cls: type, names: list[str], values: tuple[Any, ...], named: dict[str, Any]
) -> dict[str, Any]:
    if len(values) > len(names):
        raise TypeError(
            f"{cls.__name__} takes {len(names)} arguments by position, {len(values)} were given"
        )
    positional = dict(zip(names, values, strict=False))
    if twice := sorted(positional.keys() & named.keys()):
        raise TypeError(f"{cls.__name__} got two values for {', '.join(twice)}")
    return {**positional, **named}


def _wrong_arguments(cls: type, expected: set[str], got: set[str]) -> TypeError:
    surplus, absent = sorted(got - expected), sorted(expected - got)
    reasons = [
        f"has no field {', '.join(surplus)}" if surplus else "",
        f"needs a value for {', '.join(absent)}" if absent else "",
    ]
    return TypeError(f"{cls.__name__} {' and '.join(filter(None, reasons))}")


def _values(names: list[str]) -> Callable[[Any], Any]:
    """What reads the values of fields; two equal values are of records with equal fields."""
    return operator.attrgetter(*names) if names else lambda record: ()


def _comparing(
    names: list[str], compare: Callable[[Any, Any], Any]
) -> Callable[[Any, object], Any]:
    values = _values(names)

    def compared(self: Any, other: object) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compare(values(self), values(other))

    return compared


def _hash(names: list[str]) -> Callable[[Any], int]:
    values = _values(names)

    def hashed(self: Any) -> int:
        return hash(values(self))

    return hashed


def _repr(names: list[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({fields})"

    return shown


def _refused(verb: str) -> Callable[..., None]:
    def refused(self: Any, name: str, *_: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot {verb} field {name!r}")

    return refused


def _state(names: list[str]) -> Callable[[Any], list[Any]]:
    """For `pickle` and `copy`, as the standard library does it for frozen classes with slots."""

    def state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    return state


def _restored(names: list[str]) -> Callable[[Any, list[Any]], None]:
    def restored(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return restored
