"""The ``@fault`` decorator, and the registry that it fills.

A fault is one decorated function that returns a ``Behaviour``. The function's name with hyphens is
the fault's name, and its docstring is the summary in ``--list-faults`` (``python -OO`` drops it).
"""

import difflib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from ..behaviour import Behaviour

# Faults are listed in the order of these values, then in the order of their definition.
Api = Literal["settings", "calendar", "twilio", "target"]
Stage = Literal[
    "login", "fetch", "contract", "save", "persist", "restore",  # settings
    "oauth", "phone", "state", "callback", "webhook",  # calendar and twilio
    "ready", "version", "budget",  # target
]  # fmt: skip
Category = Literal[
    "auth", "fetch", "save", "persist", "invalid", "oauth", "state", "phone",
    "unready", "version", "budget",
]  # fmt: skip
Mode = Literal["smoke", "full", "deep"]

_Make = TypeVar("_Make", bound=Callable[[], Behaviour])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way in which the backend can be told to misbehave.

    ``category`` is the failure that a gate must report, or None for a healthy variation that must
    pass. ``mode`` is "full" for a fault that a smoke run may miss, and "deep" for one that only a
    full run finds whose profile switches the check of it on. ``make`` returns the behaviour
    of one start of the backend.
    """

    name: str
    summary: str
    api: Api
    stage: Stage
    category: Category | None
    mode: Mode
    make: Callable[[], Behaviour]

    def as_json(self) -> dict[str, str | None]:
        """Return the entry of this fault in ``--list-faults --json``."""
        published = ("name", "summary", "api", "stage", "category", "mode")
        return {name: getattr(self, name) for name in published}


_REGISTRY: dict[str, Fault] = {}


class UnknownFaultError(LookupError):
    """No fault has this name; ``nearest`` holds at most three similar names."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name
        names = [fault.name for fault in all_faults()]
        self.nearest = tuple(difflib.get_close_matches(name, names, n=3, cutoff=0.4))


def fault(
    *, api: Api, stage: Stage, category: Category | None, mode: Mode = "smoke"
) -> Callable[[_Make], _Make]:
    """Register the decorated function as a fault; it stays callable as it is.

    Raises:
        ValueError: another fault has this name.
    """

    def register(make: _Make) -> _Make:
        name = make.__name__.replace("_", "-")
        if name in _REGISTRY:
            raise ValueError(f"two faults are named {name}")
        _REGISTRY[name] = Fault(
            name=name,
            summary=(inspect.getdoc(make) or "").strip(),
            api=api,
            stage=stage,
            category=category,
            mode=mode,
            make=make,
        )
        return make

    return register


def all_faults() -> tuple[Fault, ...]:
    """Return every fault in the order of the list."""
    apis, stages = get_args(Api), get_args(Stage)
    return tuple(
        sorted(_REGISTRY.values(), key=lambda one: (apis.index(one.api), stages.index(one.stage)))
    )


def find_faults(names: Sequence[str]) -> tuple[Fault, ...]:
    """Return the faults with these names, each once, in the order given.

    Raises:
        UnknownFaultError: no fault has one of the names.
    """
    for name in names:
        if name not in _REGISTRY:
            raise UnknownFaultError(name)
    return tuple(_REGISTRY[name] for name in dict.fromkeys(names))
