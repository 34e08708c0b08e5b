"""From the lists of a document to what their first items lead to: requests without invented values.

`GET /orders` gives an id, which `GET /orders/{id}` takes, and `/orders/{id}/lines` in turn. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.openapi.chain_sources import Source, Sources
from pytest_apismoke.openapi.example_requests import (
    SAFE,
    NotCheckable,
    OperationCheck,
    request_for,
)
from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.words import singulars, words

DEPRECATED = "it is deprecated"
#: A name of fewer words says too little about a value among those of many operations.
_FEWEST_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A value that later requests take from a response: its name, and the JSON Pointer to it.

    `may_be_empty`: it is of an item of a list; `may_lack`: the item need not have it.
    """

    name: str
    pointer: str
    may_be_empty: bool = True
    may_lack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chained:
    """A request for an operation, and what is captured from its response.

    The path of `request` has a placeholder `{name}` for each capture of an earlier one.
    """

    request: OperationCheck
    captures: tuple[Capture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """The operations that can be asked for, each after those it needs, and the others."""

    chained: tuple[Chained, ...]
    others: tuple[NotCheckable, ...]


class ChainBuilder:
    """Makes the chains of a document.

    Args:
        operations: of the spec.
        document: the spec.
        target_path: the path of the target's URL.
        choice: what the profile says about operations.
        deprecated: whether deprecated operations are asked for too.

    """

    def __init__(
        self,
        operations: Sequence[LoadedOperation],
        document: Mapping[str, Any],
        target_path: str,
        choice: OperationChoice,
        *,
        deprecated: bool = False,
    ) -> None:
        self._operations = sorted(operations, key=_in_files)
        self._document = document
        self._target_path = target_path
        self._choice = choice
        self._deprecated = deprecated
        usable = [
            one
            for one in operations
            if one.operation.method == "GET"
            and not self._is_too_old(one)
            and not choice.reason_to_leave_out(one.operation)
        ]
        self._sources = Sources(usable, self._can_ask)
        self._names: dict[tuple[str, str], str] = {}

    def build(self) -> Chains:
        """The chains, in the order of their paths."""
        others: list[NotCheckable] = []
        found: dict[str, tuple[OperationCheck, tuple[Source, ...]]] = {}
        for one in self._operations:
            sources = self._of(one)
            names = {variable: self._name(source) for variable, source in sources.items()}
            request = self._request(one, names)
            if isinstance(request, NotCheckable):
                others.append(request)
            else:
                found[one.operation.name] = (request, tuple(sources.values()))
        return Chains(chained=tuple(self._chained(found)), others=tuple(others))

    def _of(self, loaded: LoadedOperation) -> dict[str, Source]:
        """The sources of the parameters for which the profile has no value."""
        return {
            variable: source
            for variable, source in self._sources.of(loaded).items()
            if self._choice.value(loaded.operation, variable) is None
        }

    def _can_ask(self, loaded: LoadedOperation, sources: Mapping[str, Source]) -> bool:
        request = self._request(loaded, dict.fromkeys(sources, "value"))
        return isinstance(request, OperationCheck)

    def _request(
        self, loaded: LoadedOperation, captured: Mapping[str, str]
    ) -> OperationCheck | NotCheckable:
        if loaded.operation.method in SAFE and self._is_too_old(loaded):
            return NotCheckable(
                operation=loaded.operation.name, reason=DEPRECATED, is_left_out=True
            )
        return request_for(loaded, self._document, self._target_path, self._choice, captured)

    def _is_too_old(self, loaded: LoadedOperation) -> bool:
        return loaded.operation.deprecated and not self._deprecated

    def _name(self, source: Source) -> str:
        """The name of a capture: that of the parameter, with what it is of where that is short."""
        key = (source.operation, source.pointer)
        if key not in self._names:
            own = words(source.variable)
            whose = singulars(words(source.of))
            if len(own) < _FEWEST_WORDS and own != whose:
                own = (*whose, *own)
            name = "_".join(own) or "value"
            name = f"_{name}" if name[0].isdecimal() else name
            taken, number = set(self._names.values()), 2
            unique = name
            while unique in taken:
                unique, number = f"{name}_{number}", number + 1
            self._names[key] = unique
        return self._names[key]

    def _chained(
        self, found: Mapping[str, tuple[OperationCheck, tuple[Source, ...]]]
    ) -> Iterator[Chained]:
        captures: dict[str, dict[str, Capture]] = {}
        for _, sources in found.values():
            for one in sources:
                name = self._name(one)
                captures.setdefault(one.operation, {})[name] = Capture(
                    name=name,
                    pointer=one.pointer,
                    may_be_empty=one.may_be_empty,
                    may_lack=one.may_lack,
                )
        for name in _each_after_its_needs(found):
            own = captures.get(name, {})
            yield Chained(request=found[name][0], captures=tuple(own[key] for key in sorted(own)))


def _each_after_its_needs(
    found: Mapping[str, tuple[OperationCheck, tuple[Source, ...]]],
) -> list[str]:
    order: dict[str, None] = {}
    todo: list[str] = [*found][::-1]
    while todo:
        name = todo[-1]
        needs = [one.operation for one in found[name][1] if one.operation not in order]
        if needs and name not in order:
            todo += needs[::-1]
        else:
            order[todo.pop()] = None
    return list(order)


def _in_files(loaded: LoadedOperation) -> tuple[list[str], str]:
    return loaded.operation.path.split("/"), loaded.operation.method
