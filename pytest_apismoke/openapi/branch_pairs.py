"""Finds out which branch of a `oneOf` or `anyOf` became which. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_apismoke.openapi.refs import Node
from pytest_apismoke.openapi.schema_views import Views, branch_name

Pairs = list[tuple[Node, Node]]
#: What two branches have to have in common; None for a branch that can't be told by it.
_Key = Callable[[Node, Views], "str | None"]


def paired(
    before: Sequence[Node], after: Sequence[Node], views: Views, later_views: Views
) -> tuple[Pairs, list[Node], list[Node]]:
    """The branches that belong together, and those that only one of the schemas has.

    Args:
        before: the branches of the one schema.
        after: those of the other one.
        views: of the spec of the first.
        later_views: of the spec of the second.

    """
    gone, new, pairs = list(before), list(after), Pairs()
    for key in _KEYS:
        were, are = _by_key(gone, key, views), _by_key(new, key, later_views)
        # As many on both sides: those that are alike are taken in their order.
        alike = [text for text in were if len(were[text]) == len(are.get(text, ()))]
        for text in alike:
            pairs += zip(were[text], are[text], strict=True)
            gone = [one for one in gone if one not in were[text]]
            new = [one for one in new if one not in are[text]]
    if len(gone) == len(new) == 1:
        pairs.append((gone.pop(), new.pop()))
    return pairs, gone, new


def _by_key(nodes: Sequence[Node], key: _Key, views: Views) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in nodes:
        if (text := key(node, views)) is not None:
            found.setdefault(text, []).append(node)
    return found


def _same(node: Node, views: Views) -> str | None:
    return views.text(node)


def _name(node: Node, views: Views) -> str | None:
    return next(branch_name(node), None)


def _properties(node: Node, views: Views) -> str | None:
    return views.text(node, 0)


def _types(node: Node, views: Views) -> str | None:
    types = views.of([node]).types
    return None if types is None else " ".join(sorted(types))


_KEYS: tuple[_Key, ...] = (_same, _name, _properties, _types)
