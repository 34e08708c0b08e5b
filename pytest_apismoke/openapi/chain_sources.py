"""Where the value of a path parameter comes from: the first item of which list of the document.

The list is at the path in front of the parameter (`/orders` for `/orders/{id}`), or it is another
one of the same things, if what is asked for by the parameters is declared to be the same
(`/user/repos` for `/repos/{owner}/{repo}`). An author's own `links` come before both. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pytest_apismoke.openapi.chain_links import Link, links_of
from pytest_apismoke.openapi.declared_lists import FirstItem, body_of, first_item_of
from pytest_apismoke.openapi.declared_values import Declared, at_pointer, declared_by
from pytest_apismoke.openapi.example_requests import parameters_of
from pytest_apismoke.openapi.item_names import Bound, Parameter, bound, bound_inside, fits
from pytest_apismoke.openapi.item_responses import declares, is_alike
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.path_names import (
    VARIABLE,
    Shape,
    segments_of,
    shape_of,
    singulars,
    variable_of,
)
from pytest_apismoke.openapi.refs import Node
from pytest_apismoke.records import dataclass
from pytest_apismoke.words import words

#: Segments that stand for the account of the run.
_OWN = ("user", "me", "my", "self", "account", "current", "current_user")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A value in the response to an operation.

    `may_be_empty`: it is that of an item of a list; `may_lack`: the item need not have it.
    `of` is the name of what is asked for with it, such as `orders`, and `variable` that of the
    parameter.
    """

    operation: str
    pointer: str
    may_be_empty: bool
    may_lack: bool
    of: str
    variable: str


class Sources:
    """Finds the sources of the path parameters of operations.

    Args:
        operations: those with GET that may be asked for.
        can_ask: whether an operation has a request, given the variables that have a source.

    """

    def __init__(
        self,
        operations: Sequence[LoadedOperation],
        can_ask: Callable[[LoadedOperation, Mapping[str, Source]], bool],
    ) -> None:
        self._can_ask = can_ask
        self._at: dict[Shape, LoadedOperation] = {}
        for one in operations:
            self._at.setdefault(shape_of(one.operation.path), one)
        self._links: dict[str, list[Link]] = {}
        for link in links_of(operations):
            self._links.setdefault(link.target, []).append(link)
        self._lists: dict[Shape, list[tuple[LoadedOperation, FirstItem]]] = {}
        self._first: dict[str, FirstItem | None] = {}
        for one in sorted(operations, key=_plainness):
            item = self._first[one.operation.name] = first_item_of(one)
            last = segments_of(one.operation.path)[-1]
            if item and variable_of(last) is None:
                self._lists.setdefault(singulars(words(last)), []).append((one, item))
        self._found: dict[tuple[Shape, str], Source | None] = {}

    def of(self, loaded: LoadedOperation) -> dict[str, Source]:
        """The sources of the path parameters of an operation, as far as they have one."""
        found: dict[str, Source] = {}
        for place, segment in enumerate(segments_of(loaded.operation.path)):
            variable = variable_of(segment)
            if variable is not None and (source := self._source(loaded, place, variable)):
                found[variable] = source
        return found

    def _source(self, loaded: LoadedOperation, place: int, variable: str) -> Source | None:
        key = (shape_of(loaded.operation.path)[: place + 1], variable)
        if key not in self._found:
            # While it is looked for, nothing depends on it.
            self._found[key] = None
            self._found[key] = (
                self._of_link(loaded, place, variable)
                or self._of_list_above(loaded, place, variable)
                or self._of_other_list(loaded, place, variable)
            )
        return self._found[key]

    def _is_asked_for(self, loaded: LoadedOperation) -> bool:
        return self._can_ask(loaded, self.of(loaded))

    # -- links --------------------------------------------------------------------------------

    def _of_link(self, loaded: LoadedOperation, place: int, variable: str) -> Source | None:
        shape = shape_of(loaded.operation.path)[: place + 1]
        target = self._at.get(shape)
        if target is None:
            return None
        own = variable_of(segments_of(target.operation.path)[place])
        for link in self._links.get(target.operation.name, ()):
            if link.parameter != own or not self._leads_to(link, loaded, place):
                continue
            found = self._linked(link, loaded, variable)
            if found is not None and self._is_asked_for(link.source):
                return replace(found, of=_literal_before(loaded, place))
        return None

    def _leads_to(self, link: Link, loaded: LoadedOperation, place: int) -> bool:
        """Whether the values in front of a place are those that the response of a link is about."""
        shape, source = shape_of(loaded.operation.path), shape_of(link.source.operation.path)
        if len(source) <= place and source == shape[: len(source)]:
            rest = range(len(source), place)
            is_the_same = self._has_the_same_above(loaded, link.source, len(source))
        else:
            rest, is_the_same = range(place), VARIABLE not in source
        segments = segments_of(loaded.operation.path)
        before = {at: name for at in rest if (name := variable_of(segments[at])) is not None}
        known = (self._source(loaded, at, name) for at, name in before.items())
        name = link.source.operation.name
        return is_the_same and all(one is not None and one.operation == name for one in known)

    def _linked(self, link: Link, loaded: LoadedOperation, variable: str) -> Source | None:
        body = body_of(link.source)
        declared = at_pointer(body, link.pointer) if body else None
        if declared is None:
            return None
        value, is_required = declared
        if not fits(value, _value_of(loaded, variable)):
            return None
        return Source(
            operation=link.source.operation.name,
            pointer=link.pointer,
            may_be_empty=any(step.isdecimal() for step in link.pointer.split("/")),
            may_lack=value.is_nullable or not is_required,
            of="",
            variable=variable,
        )

    # -- lists --------------------------------------------------------------------------------

    def _of_list_above(self, loaded: LoadedOperation, place: int, variable: str) -> Source | None:
        shape = shape_of(loaded.operation.path)
        above = self._at.get(shape[:place]) if place else None
        item = self._first[above.operation.name] if above else None
        if above is None or item is None or not self._has_the_same_above(loaded, above, place):
            return None
        parameter = _parameter(loaded, place, variable)
        found = bound(parameter, item.item)
        if found is None or not self._is_asked_for(above):
            return None
        one = self._at.get(shape[: place + 1])
        if one and self._first[one.operation.name]:
            # It looks for several by what they have, and not for one.
            return None
        if one and not found.by_its_own_name and declares(one, parameter, found) is False:
            return None
        return _source(above, item, found, parameter)

    def _has_the_same_above(
        self, loaded: LoadedOperation, above: LoadedOperation, place: int
    ) -> bool:
        """Whether the variables in front of a place have the same values in both paths."""
        mine, other = segments_of(loaded.operation.path), segments_of(above.operation.path)
        for at in range(place):
            own, its = variable_of(mine[at]), variable_of(other[at])
            if own is not None and its is not None:
                one, another = self._source(loaded, at, own), self._source(above, at, its)
                if one and another and _place(one) != _place(another):
                    return False
                if bool(one) is not bool(another):
                    return False
        return True

    def _of_other_list(self, loaded: LoadedOperation, place: int, variable: str) -> Source | None:
        segments, shape = segments_of(loaded.operation.path), shape_of(loaded.operation.path)
        first = place
        while first and shape[first - 1] == VARIABLE:
            first -= 1
        last = place
        while first and last < len(segments) and shape[last] == VARIABLE:
            one = self._at.get(shape[: last + 1])
            found = self._of_list_of(one, loaded, first, last) if one is not None else None
            if found is not None:
                before = [
                    self._source(loaded, at, variable_of(segments[at]) or "")
                    for at in range(first, place)
                ]
                # Else they would be of two different items.
                return found[place - first] if before == [*found[: place - first]] else None
            last += 1
        return None

    def _of_list_of(
        self, one: LoadedOperation, loaded: LoadedOperation, first: int, last: int
    ) -> tuple[Source, ...] | None:
        """The sources of the variables from one place to another, all of one item.

        Args:
            one: what is asked for by them.
            loaded: the operation with the variables.
            first: the place of the first variable.
            last: the place of the last one.

        """
        segments = segments_of(loaded.operation.path)
        parameters = [
            _parameter(loaded, at, variable_of(segments[at]) or "", segments[first - 1])
            for at in range(first, last + 1)
        ]
        for other, item in self._lists.get(singulars(words(segments[first - 1])), ()):
            if not self._is_of_the_same(loaded, other, first - 1):
                continue
            values = [bound(p, item.item) or bound_inside(p, item.item) for p in parameters]
            found = [value for value in values if value is not None]
            if len(found) < len(values) or len({value.pointer for value in found}) < len(found):
                continue
            is_the_same = all(
                declares(one, parameter, value) and is_alike(one, item.item, parameter)
                for parameter, value in zip(parameters, found, strict=True)
            )
            if is_the_same and self._is_asked_for(other):
                return tuple(
                    _source(other, item, value, parameter)
                    for parameter, value in zip(parameters, found, strict=True)
                )
        return None

    def _is_of_the_same(self, loaded: LoadedOperation, other: LoadedOperation, place: int) -> bool:
        """Whether a list elsewhere has the things of a path whose collection is at a place.

        It begins with the same path, and goes on to those of the account (`/user/repos`) or of
        something that has such things (`/orgs/{org}/repos`), not to others (`/archived/repos`).
        """
        shape, its = shape_of(loaded.operation.path), shape_of(other.operation.path)
        if its[:place] != shape[:place] or not self._has_the_same_above(loaded, other, place):
            return False
        between = its[place:-1]
        return all(
            one in _OWN or VARIABLE in between[at : at + 2] for at, one in enumerate(between)
        )


def _source(loaded: LoadedOperation, item: FirstItem, found: Bound, parameter: Parameter) -> Source:
    return Source(
        operation=loaded.operation.name,
        pointer=item.pointer + found.pointer,
        may_be_empty=True,
        may_lack=not (found.is_required and item.is_required),
        of=parameter.collection,
        variable=parameter.name,
    )


def _place(source: Source) -> tuple[str, str]:
    return source.operation, source.pointer.rpartition("/")[0]


def _plainness(loaded: LoadedOperation) -> tuple[int, int, str]:
    """The lists that need least come first."""
    shape = shape_of(loaded.operation.path)
    return shape.count(VARIABLE), len(shape), loaded.operation.path


def _literal_before(loaded: LoadedOperation, place: int) -> str:
    segments = segments_of(loaded.operation.path)
    return segments[place - 1] if place and "{" not in segments[place - 1] else ""


def _parameter(
    loaded: LoadedOperation, place: int, variable: str, collection: str | None = None
) -> Parameter:
    if collection is None:
        collection = _literal_before(loaded, place)
    return Parameter(name=variable, value=_value_of(loaded, variable), collection=collection)


def _value_of(loaded: LoadedOperation, variable: str) -> Declared:
    """What is declared of a path parameter; nothing where it is not declared."""
    for node in parameters_of(loaded):
        if node.value.get("in") == "path" and node.value.get("name") == variable:
            if node.value.get("style", "simple") != "simple":
                # More than the value itself would have to be sent.
                return Declared(types=frozenset())
            return declared_by(Node(node.value.get("schema"), node.resolver))
    return Declared()
