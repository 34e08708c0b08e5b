"""Guesses which property of an object is one that its schema requires, under another name. Pure.

A property that is absent beside another one that nothing declares was often renamed. The verdict is
the same: somebody has to change the contract or the response; but it says where to look.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from pytest_apismoke.redaction import is_sensitive
from pytest_apismoke.schemas.findings import Finding, is_hidden
from pytest_apismoke.schemas.shapes import Scoped, Shape, Shapes
from pytest_apismoke.schemas.validation_timeout import ValidationTimeoutError

#: The most violations of which the new name is looked for, and the most names of each.
_AT_MOST = 20
#: From which share of common letters on two names are similar: `name` and `full_name`.
_SIMILAR = 0.6

#: Whether a value is valid against a schema.
Fits = Callable[[Scoped, Any], bool]


def with_renames(
    found: Sequence[Finding], value: Any, schema: Scoped, shapes: Shapes, fits: Fits
) -> tuple[Finding, ...]:
    """The findings, those of an absent property with its new name where one is plausible.

    Args:
        found: the violations of a value.
        value: the JSON value.
        schema: its schema.
        shapes: those of the schema's document.
        fits: see `Fits`.

    """
    return tuple(
        _with_rename(one, value, schema, shapes, fits) if n < _AT_MOST and one.missing else one
        for n, one in enumerate(found)
    )


def _with_rename(one: Finding, value: Any, schema: Scoped, shapes: Shapes, fits: Fits) -> Finding:
    from pytest_apismoke.schemas.dynamic_keys import looks_like_data

    inner, shape = value, shapes.of([schema])
    for name in one.path:
        schemas = shape.of_item(name) if isinstance(name, int) else _of_property(shape, name)
        inner, shape = inner[name], shapes.of(schemas)
    added = [
        name
        for name in inner
        if name not in shape.properties
        and shape.declared(name) is None
        and not looks_like_data(name)
    ]
    if not 0 < len(added) <= _AT_MOST or len(one.missing) > _AT_MOST or is_hidden(one.path):
        return one
    guessed = {
        missing: name
        for missing in one.missing
        if (name := _guess(missing, one.missing, added, inner, shape, fits))
    }
    names = list(guessed.values())
    sure = {missing: name for missing, name in guessed.items() if names.count(name) == 1}
    return replace(one, renamed=tuple(sure.items()))


def _of_property(shape: Shape, name: str) -> list[Scoped]:
    schemas = shape.properties.get(name)
    return schemas if schemas is not None else shape.declared(name) or []


def _guess(
    missing: str,
    all_missing: Sequence[str],
    added: Sequence[str],
    instance: Any,
    shape: Shape,
    fits: Fits,
) -> str:
    """The new name of an absent property; empty where none or more than one is plausible."""
    schemas = shape.properties.get(missing, [])
    fitting = [name for name in added if all(_fits(fits, one, instance[name]) for one in schemas)]
    similar = [name for name in fitting if _is_similar(missing, name)]
    if similar:
        return similar[0] if len(similar) == 1 else ""
    # Another name altogether: only where there is no choice, and the schema says something.
    is_told = any(isinstance(one, dict) and one for one, _ in schemas)
    is_only_one = len(added) == len(all_missing) == 1
    return added[0] if is_only_one and fitting and is_told and not is_sensitive(added[0]) else ""


def _fits(fits: Fits, schema: Scoped, value: Any) -> bool:
    try:
        return fits(schema, value)
    except ValidationTimeoutError:
        raise
    except Exception:
        # A mistake in a schema that no value has been held against: there is nothing to guess.
        return False


def _is_similar(one: str, other: str) -> bool:
    """Whether two names have most of their letters in common, in the same order."""
    return SequenceMatcher(a=_letters(one), b=_letters(other)).ratio() >= _SIMILAR


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()
