"""What one version of a spec says otherwise than an earlier one, for those who use the API. Pure.

Descriptions, examples, the order of anything and the names of components are no change, and
neither are servers and versions, which differ from stage to stage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pytest_apismoke.openapi.change import Change
from pytest_apismoke.openapi.operation_changes import OperationComparison
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.records import dataclass

#: For how many changed schemas it is told which other operations use them.
_MOST_CAUSES = 200


def changes(before: Spec, after: Spec) -> tuple[Change, ...]:
    """Every change from one spec to another, the breaking ones first.

    Args:
        before: the earlier one.
        after: the later one.

    """
    were, are = _by_key(before), _by_key(after)
    shared = [key for key in were if key in are]
    gone = [were[key] for key in were if key not in are]
    if gone and not shared:
        return (_nothing_is_left(gone, list(are.values())),)
    comparison = OperationComparison(before, after)
    found = [
        *(_of_operation(one, "is gone", is_breaking=True) for one in gone),
        *(change for key in shared for change in _of_two(comparison, were[key], are[key])),
        *(_of_operation(are[key], "is new", is_breaking=False) for key in are if key not in were),
    ]
    return tuple(sorted(_merged(found, comparison), key=lambda one: not one.is_breaking))


def _by_key(spec: Spec) -> dict[tuple[str, str], LoadedOperation]:
    """The operations by method and path; the name of a path parameter makes no difference."""
    found: dict[tuple[str, str], LoadedOperation] = {}
    for one in sorted(spec.loaded, key=lambda one: (one.operation.path, one.operation.method)):
        path = re.sub(r"\{[^}]*\}", "{}", one.operation.path)
        found.setdefault((one.operation.method, path), one)
    return found


def _of_operation(one: LoadedOperation, text: str, *, is_breaking: bool) -> _Found:
    name = one.operation.name
    return _Found(operation=name, place="", text=text, is_breaking=is_breaking)


def _nothing_is_left(gone: list[LoadedOperation], new: list[LoadedOperation]) -> Change:
    first, rest, others = gone[0].operation.name, len(gone) - 1, len(new)
    text = (
        f"is gone, with all {rest} other operations; those that are there, {others}, were not:"
        " is it the document of another API?"
    )
    return Change(operations=(first,), place="", text=text, is_breaking=True)


def _merged(found: Iterable[_Found], comparison: OperationComparison) -> Iterator[Change]:
    """The changes, each with everything that it concerns."""
    # Two alternatives may have changed in the same way at one place.
    by_words: dict[object, list[_Found]] = {}
    for one in found:
        by_words.setdefault((one.operation, one.place, one.text), []).append(one)
    causes: dict[object, tuple[str, ...]] = {}
    for alike in by_words.values():
        first = alike[0]
        for one in alike:
            # Each takes a look at all schemas: enough for a review, not for another document.
            if one.cause is not None and one.cause not in causes and len(causes) < _MOST_CAUSES:
                causes[one.cause] = comparison.users(one.cause)
        users = (name for one in alike for name in causes.get(one.cause, ()))
        yield Change(
            operations=tuple(dict.fromkeys([first.operation, *users])),
            place=first.place,
            text=first.text,
            is_breaking=first.is_breaking,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A change of one operation; that of a schema has a cause."""

    operation: str
    place: str
    text: str
    is_breaking: bool
    cause: object = None


def _of_two(
    comparison: OperationComparison, before: LoadedOperation, after: LoadedOperation
) -> Iterator[_Found]:
    name = before.operation.name
    for place, one in comparison.changes(before, after):
        yield _Found(
            operation=name,
            place=f"{place}, {one.place}" if one.place else place,
            text=one.text,
            is_breaking=one.is_breaking,
            cause=one.cause,
        )
