"""From the lists of a document to what their first items lead to: requests without invented values.

`GET /orders` gives an id, which `GET /orders/{id}` takes, and `/orders/{id}/lines` in turn. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_apismoke.configuration.keys import Scalar
from pytest_apismoke.openapi.chain_sources import Source, Sources
from pytest_apismoke.openapi.declared_lists import declared_statuses, returns_list
from pytest_apismoke.openapi.example_requests import (
    SAFE,
    NotCheckable,
    OperationCheck,
    parameters_of,
    request_for,
)
from pytest_apismoke.openapi.harmful_names import reason_not_to_ask
from pytest_apismoke.openapi.operation_choice import OperationChoice
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.parameter_values import is_free
from pytest_apismoke.openapi.path_names import last_literal, segments_of, singulars, variable_of
from pytest_apismoke.records import dataclass
from pytest_apismoke.words import words

DEPRECATED = "it is deprecated"
#: Where something else is to be asked for; 304 comes only where it is asked for.
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_FOUND = 404
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

    The path of `request` has a placeholder `{name}` for each capture of an earlier one. `statuses`
    are those to expect, if others than 2xx are fine too; `may_be_missing` tells that 404 is one of
    them, because the document says so of something that not every item has. `examples` are the
    path parameters with an example of the document, which the target need not have.
    """

    request: OperationCheck
    captures: tuple[Capture, ...] = ()
    statuses: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def may_be_missing(self) -> bool:
        """Whether what is asked for need not be there."""
        return _NOT_FOUND in self.statuses


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
        self._by_name = {one.operation.name: one for one in operations}
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
            and not reason_not_to_ask(one)
        ]
        self._sources = Sources(usable, self._can_ask)
        self._names: dict[tuple[str, str], str] = {}

    def build(self) -> Chains:
        """The chains, in the order of their paths."""
        others: list[NotCheckable] = []
        found: dict[str, tuple[OperationCheck, tuple[Source, ...]]] = {}
        known = {one.operation.name: self._of(one) for one in self._operations}
        for source in sorted((s for each in known.values() for s in each.values()), key=_depth):
            # What needs least has the plainest name.
            self._name(source)
        for one in self._operations:
            sources = known[one.operation.name]
            names = {variable: self._name(source) for variable, source in sources.items()}
            request = self._request(one, names)
            if isinstance(request, NotCheckable):
                others.append(request)
            else:
                found[one.operation.name] = (request, tuple(sources.values()))
        return Chains(chained=tuple(self._chained(found)), others=tuple(others))

    def _of(self, loaded: LoadedOperation) -> dict[str, Source]:
        """The sources of the parameters for which the profile has no value."""
        sources, found = self._sources.of(loaded), dict[str, Source]()
        given: dict[int, Scalar] = {}
        for place, segment in enumerate(segments_of(loaded.operation.path)):
            variable = variable_of(segment)
            value = None if variable is None else self._choice.value(loaded.operation, variable)
            if value is not None:
                given[place] = value
            elif variable in sources and self._has(sources[variable], given):
                found[variable] = sources[variable]
        return found

    def _has(self, source: Source, given: Mapping[int, Scalar]) -> bool:
        """Whether a source is asked for with the same values of the profile at the same places."""
        operation = self._by_name[source.operation].operation
        segments = dict(enumerate(segments_of(operation.path)))
        return all(
            self._choice.value(operation, variable_of(segments.get(place, "")) or "") == value
            for place, value in given.items()
        )

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
        if loaded.operation.method in SAFE and (reason := reason_not_to_ask(loaded)):
            return NotCheckable(operation=loaded.operation.name, reason=reason, is_left_out=True)
        request = request_for(loaded, self._document, self._target_path, self._choice, captured)
        if isinstance(request, OperationCheck) and len(dict(request.query)) < len(request.query):
            return NotCheckable(
                operation=loaded.operation.name,
                reason="it repeats a query parameter, which a declared check can't",
            )
        return request

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
            request, own = found[name][0], captures.get(name, {})
            yield Chained(
                request=request,
                captures=tuple(own[key] for key in sorted(own)),
                statuses=() if own else self._statuses(name, is_captured=bool(found[name][1])),
                examples=tuple(self._examples(self._by_name[name], found[name][1])),
            )

    def _examples(self, loaded: LoadedOperation, sources: Sequence[Source]) -> Iterator[str]:
        """The path parameters whose value is one of many, and neither captured nor given."""
        captured = {one.variable for one in self._sources.of(loaded).values() if one in sources}
        for node in parameters_of(loaded):
            name = str(node.value.get("name"))
            if (
                node.value.get("in") == "path"
                and name not in captured
                and is_free(node.value, node.resolver)
                and self._choice.value(loaded.operation, name) is None
            ):
                yield name

    def _statuses(self, name: str, *, is_captured: bool) -> tuple[int, ...]:
        """The statuses to expect; empty for any 2xx."""
        loaded = self._by_name[name]
        declared = declared_statuses(loaded)
        successes = tuple(one for one in declared if 200 <= one < 300)
        more = tuple(one for one in declared if one in _REDIRECTS)
        # A part of an item, such as its picture, may be missing; the item of a list, and a list
        # of its own, may not.
        is_part = is_captured and last_literal(loaded.operation.path) and not returns_list(loaded)
        if is_part and _NOT_FOUND in declared:
            successes, more = successes or (200,), (*more, _NOT_FOUND)
        return (*successes, *more) if more else ()


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


def _depth(source: Source) -> int:
    return source.operation.count("{")


def _in_files(loaded: LoadedOperation) -> tuple[list[str], str]:
    return loaded.operation.path.split("/"), loaded.operation.method
