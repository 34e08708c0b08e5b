"""Compares the schemas of two specs, place by place. Pure.

What makes a change breaking is the side that it is on: a response must not become more than what
its readers know, a request must not become less than what its senders send.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from pytest_apismoke.documents import step
from pytest_apismoke.openapi.branch_pairs import paired
from pytest_apismoke.openapi.keyword_changes import (
    Effect,
    SchemaChange,
    Side,
    change,
    change_of_need,
    change_of_types,
    changes_of_keywords,
    changes_of_values,
    in_words,
)
from pytest_apismoke.openapi.refs import Node
from pytest_apismoke.openapi.schema_view import Branches, View
from pytest_apismoke.openapi.schema_views import Views, branch_name


class _Local(NamedTuple):
    """The changes of one pair of schemas, and the pairs inside it, by the step to them."""

    changes: list[SchemaChange]
    inner: list[tuple[str, _Pair]]


class _Pair(NamedTuple):
    before: View
    after: View
    side: Side

    @property
    def key(self) -> object:
        return self.before.key, self.after.key, self.side


class SchemaComparison:
    """Compares schemas of two specs; what they share is compared once.

    Args:
        before: the views of the one spec.
        after: those of the other.

    """

    def __init__(self, before: Views, after: Views) -> None:
        self._before = before
        self._after = after
        self._seen: set[object] = set()
        self._users: dict[object, list[str]] = {}
        self._leads_from: dict[object, list[object]] = {}

    def changes(
        self, before: Node, after: Node, side: Side, *, user: str
    ) -> Iterator[SchemaChange]:
        """Every change between two schemas that was not found before, at its first place.

        Args:
            before: the one schema.
            after: the other.
            side: which both are on.
            user: the name of what uses them, for `users`.

        """
        root = _Pair(self._before.of([before]), self._after.of([after]), side)
        self._users.setdefault(root.key, []).append(user)
        # Not recursive: schemas may refer to each other in long chains, and in cycles.
        todo = [("", root)] if root.key not in self._seen else []
        self._seen.add(root.key)
        for place, pair in todo:
            local = self._compared(pair)
            for one in local.changes:
                yield replace(one, place=f"{place}{one.place}", cause=pair.key)
            for name, inner in local.inner:
                self._leads_from.setdefault(inner.key, []).append(pair.key)
                if inner.key not in self._seen:
                    self._seen.add(inner.key)
                    todo.append((f"{place}{name}", inner))

    def users(self, cause: object) -> tuple[str, ...]:
        """Everything that uses the schemas in which a change was found."""
        todo, seen = [cause], {cause}
        for key in todo:
            above = [one for one in self._leads_from.get(key, ()) if one not in seen]
            seen.update(above)
            todo += dict.fromkeys(above)
        return tuple(user for key in todo for user in self._users.get(key, ()))

    def _compared(self, pair: _Pair) -> _Local:
        before, after, side = pair
        local = _Local([], [])
        if choices := _choices(before, after):
            self._compare_choices(*choices, side, local)
            return local
        types = change_of_types(before, after, side)
        if types:
            local.changes.append(types)
            if before.types and after.types and not (before.types & after.types) - {"null"}:
                return local
        local.changes.extend(changes_of_values(before, after, side))
        local.changes.extend(changes_of_keywords(before, after, side))
        self._compare_properties(pair, local)
        self._compare_items(pair, local)
        if self._before.written(before) != self._after.written(after):
            local.changes.append(_is_unclear(_differing(self, before, after)))
        if len(before.choices) == len(after.choices):
            for one, other in zip(before.choices, after.choices, strict=True):
                self._compare_choices(one, other, side, local)
        else:
            local.changes.append(_is_unclear("its alternatives"))
        return local

    def _compare_items(self, pair: _Pair, local: _Local) -> None:
        """The items of an array, and the properties that an object has no names for."""
        before, after, side = pair
        places = [("/*", before.inner("items"), after.inner("items"))]
        firsts = zip_longest(before.first_items, after.first_items)
        for number, (one, other) in enumerate(firsts):
            were = (one,) if one else before.inner("items")
            are = (other,) if other else after.inner("items")
            places.append((f"/{number}", were, are))
        if not (before.is_closed or after.is_closed):
            keyword = "additionalProperties"
            places.append(("/*", before.inner(keyword), after.inner(keyword)))
        for name, were, are in places:
            if were or are:
                # Where nothing is said, anything is allowed.
                views = self._before.of(were), self._after.of(are)
                local.inner.append((name, _Pair(*views, side)))

    def written_of(self, before: View, after: View) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The keywords of both that are compared as they are written."""
        return self._before.written(before), self._after.written(after)

    def _shown(self, view: View, views: Views, side: Side) -> dict[str, View]:
        """The properties that this side of the conversation has."""
        other_side = "readOnly" if side is Side.REQUEST else "writeOnly"
        inner = {name: views.of(nodes) for name, nodes in view.properties.items()}
        return {name: one for name, one in inner.items() if not one.has(other_side)}

    def _compare_properties(self, pair: _Pair, local: _Local) -> None:
        before, after, side = pair
        were = self._shown(before, self._before, side)
        are = self._shown(after, self._after, side)
        gone = [name for name in were if name not in are]
        new = [name for name in are if name not in were]
        renamed = _renamed(were, are, gone, new)
        for name in gone:
            effect = Effect.OTHER if side is Side.RESPONSE else Effect.NONE
            effect = Effect.FEWER if after.is_closed and side is Side.REQUEST else effect
            local.changes.append(change(name, f"is gone{renamed}", effect, side))
        for name in new:
            is_needed = name in after.required and side is Side.REQUEST
            effect = Effect.FEWER if is_needed else Effect.NONE
            if before.is_closed and side is Side.RESPONSE:
                effect = Effect.MORE
            text = "is new, and has to be sent" if is_needed else "is new"
            local.changes.append(change(name, text, effect, side))
        others = {*before.properties.keys() - were.keys(), *after.properties.keys() - are.keys()}
        told = {name for name in gone if name not in after.required}
        told |= {name for name in new if name in after.required}
        for name in sorted((before.required ^ after.required) - others - told):
            text, effect = change_of_need(is_needed=name in after.required, side=side)
            local.changes.append(change(name, text, effect, side))
        if before.is_closed != after.is_closed:
            effect = Effect.FEWER if after.is_closed else Effect.MORE
            words = "has no other properties any more" if after.is_closed else "may have others"
            if side is Side.REQUEST:
                words = "refuses" if after.is_closed else "accepts"
                words += " properties that are not declared"
                local.changes.append(change("", words, effect, side))
            else:
                # What is allowed and not declared is no more than any reader has to expect.
                local.changes.append(change("", words, Effect.NONE, side))
        for name in were:
            if name in are:
                local.inner.append((f"/{step(name)}", _Pair(were[name], are[name], side)))

    def _compare_choices(
        self, before: Branches, after: Branches, side: Side, local: _Local
    ) -> None:
        pairs, gone, new = paired(before.nodes, after.nodes, self._before, self._after)
        for one, other in pairs:
            views = self._before.of([one]), self._after.of([other])
            local.inner.append(("", _Pair(*views, side)))
        for nodes, words, effect in (
            (gone, "is no longer", Effect.FEWER),
            (new, "may also be", Effect.MORE),
        ):
            spec = self._before if nodes is gone else self._after
            local.changes.extend(
                change("", f"{words} {_branch(node, spec)}", effect, side) for node in nodes
            )
        if before.or_null != after.or_null:
            words = "may be null now" if after.or_null else "is no longer null"
            effect = Effect.MORE if after.or_null else Effect.FEWER
            local.changes.append(change("", words, effect, side))


def _choices(before: View, after: View) -> tuple[Branches, Branches] | None:
    """The alternatives of both, where they say nothing else; a schema without any is its only one.

    None where neither has alternatives, or there is more to compare.
    """
    if not (before.choices or after.choices):
        return None
    found = []
    for view in (before, after):
        if len(view.choices) == 1 and view.is_bare:
            found.append(view.choices[0])
        elif not (view.choices or view.is_bare) and len(view.schemas) == 1:
            is_null = bool(view.types and "null" in view.types)
            found.append(Branches(view.schemas, is_null))
        else:
            return None
    return found[0], found[1]


def _is_unclear(what: str) -> SchemaChange:
    text = f"says something else in {what}, which is not compared"
    return SchemaChange(place="", text=text, is_breaking=False)


def _differing(comparison: SchemaComparison, before: View, after: View) -> str:
    was, now = comparison.written_of(before, after)
    return ", ".join(sorted(key for key in {*was, *now} if was.get(key) != now.get(key)))


def _renamed(
    were: Mapping[str, View], are: Mapping[str, View], gone: list[str], new: list[str]
) -> str:
    """A guess, where one property went and one of the same types came."""
    if len(gone) != 1 or len(new) != 1 or were[gone[0]].types != are[new[0]].types:
        return ""
    return f"; renamed to {new[0]!r}?"


def _branch(node: Node, views: Views) -> str:
    name = next(branch_name(node), "")
    return name or in_words(views.of([node]).types)
