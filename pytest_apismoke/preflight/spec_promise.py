"""Which OpenAPI document a run holds responses against: the target's, or the stored copy of it."""

from __future__ import annotations

from pytest_apismoke.openapi.change import Comparison
from pytest_apismoke.openapi.spec_source import LoadedSpec, StoredCopy
from pytest_apismoke.openapi.stored_copy import (
    DEFAULT_SOURCE,
    SAVE,
    changes_since,
    source_of,
)
from pytest_apismoke.preflight.result import SpecPromise
from pytest_apismoke.preflight.spec_fetch import FetchedSpec
from pytest_apismoke.redaction import Redactor


def promise_of(
    fetched: FetchedSpec, stored: StoredCopy | None, *, path: str, redactor: Redactor
) -> SpecPromise:
    """The document that a run holds responses against.

    A target that generates its document from the code that serves the answers changes both at once:
    only a copy that was stored before can be broken.

    Args:
        fetched: the document of the target.
        stored: the copy beside the contracts, if there is one.
        path: of the document at the target.
        redactor: removes secrets from what is told.

    """
    served = fetched.loaded_spec
    if stored is None or stored.source != source_of(path):
        notes = [] if stored is None else [_of_another(stored, path)]
        notes += [_own_words(path)] if served else []
        return SpecPromise(loaded_spec=served, step=fetched.told(*notes))
    label = stored.loaded_spec.label
    notes = [f"responses are held against its stored copy, {label}; '{SAVE}' stores it anew"]
    comparison = None
    if served and fetched.how == stored.how:
        comparison = _compared(stored, served, redactor)
    elif served:
        notes.append(f"it is not compared with its copy, which was {stored.how}")
    return SpecPromise(
        loaded_spec=stored.with_servers_of(served),
        step=fetched.told(*notes),
        comparison=comparison,
    )


def _own_words(path: str) -> str:
    option = "" if source_of(path) == DEFAULT_SOURCE else f" --smoke-openapi={source_of(path)}"
    return (
        "a document that the target generates from its code follows the code: a renamed field"
        f" passes; '{SAVE}{option}' stores a copy that responses are held against"
    )


def _of_another(stored: StoredCopy, path: str) -> str:
    return (
        f"{stored.loaded_spec.label} is not used: it is a copy of {stored.source}, and the run asks"
        f" for {source_of(path)}"
    )


def _compared(stored: StoredCopy, served: LoadedSpec, redactor: Redactor) -> Comparison:
    return Comparison(
        stored=stored.loaded_spec.label,
        served=served.label,
        changes=tuple(one.redacted(redactor) for one in changes_since(stored.loaded_spec, served)),
    )
