"""The failures of a document that can't carry a probe, in words. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pytest_apismoke.documents import ABSENT, describe, key_of, lookup, step
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.login_names import plain_name
from pytest_apismoke.safewrite.comparison import is_masked
from pytest_apismoke.safewrite.moving import is_moment
from pytest_apismoke.safewrite.probe import Candidate, place_of

#: What else may make a field unfit.
_FITS = (
    "; a text that leaves no room for the marker is written only where APISMOKE_STATE_DIR names a"
    " directory that outlives the run"
)


def no_probe_field(
    document: Mapping[str, Any],
    probes: Sequence[str],
    *,
    id_field: str,
    outlives: bool,
    where: str,
    login_names: Collection[str] = (),
) -> SmokeError:
    """No candidate is a field of the document that can be changed and put back."""
    names = [f"/{step(name)}" for name in document]
    told = []
    for pointer in probes:
        value = lookup(document, pointer)
        if value is ABSENT:
            near = difflib.get_close_matches(pointer, _pointers(document), n=1)
            told.append(f"no {pointer}" + (f" (the nearest is {near[0]})" if near else ""))
        else:
            told.append(f"{pointer} {_unfit(document, pointer, login_names)}")
    texts = [
        name
        for name in names
        if name != f"/{step(id_field)}"
        and _is_text(lookup(document, name))
        and plain_name(lookup(document, name)) not in login_names
    ]
    return misconfigured(
        expected="a field that can be changed and put back",
        seen="; ".join(told),
        where=f"[document] probe, GET {where}",
        hint="nothing was written; name a field with text that may be written without a side"
        f" effect; the document has {', '.join(texts[:5]) or 'none with text'}"
        + ("" if outlives else _FITS),
    )


def _is_text(value: object) -> bool:
    is_text = isinstance(value, str) and bool(value) and not is_masked(value)
    return is_text and not is_moment(value)


def _unfit(document: Mapping[str, Any], pointer: str, login_names: Collection[str]) -> str:
    """Why a field that is there can't carry a probe."""
    value, place = lookup(document, pointer), place_of(document, pointer)
    if place and plain_name(lookup(document, place)) in login_names:
        return "is the name that this run's account logs in with"
    if is_masked(value):
        return "is masked"
    # An update sends the whole property.
    key = key_of(pointer)
    return (
        f"is in /{step(key)}, beside a masked value"
        if is_masked(document[key])
        else (f"is {describe(value)}")
    )


def _pointers(document: Mapping[str, Any]) -> list[str]:
    """The JSON Pointers of a document's properties, and of those of its objects."""
    found, todo = [], [("", document)]
    while todo:
        pointer, value = todo.pop()
        for name, inner in value.items():
            found.append(f"{pointer}/{step(name)}")
            if isinstance(inner, dict):
                todo.append((found[-1], inner))
    return found


def masked_document(document: Mapping[str, Any], where: str) -> SmokeError:
    """An update with the whole document would store the masks of its secrets."""
    names = [f"/{step(name)}" for name, value in document.items() if is_masked(value)]
    return misconfigured(
        expected="a document that can be written back whole",
        seen=f"{', '.join(names[:3])} shown masked",
        where=f"[document] update_body, GET {where}",
        hint="nothing was written: an update with the whole document would store the mask; use"
        ' update_body = "fields", or --smoke-read-only',
    )


def refused_original(
    candidate: Candidate, status: str, where: str, *, wish: str = ""
) -> SmokeError:
    """The target does not take the original back, for its value or for how it was sent."""
    told = "nothing was changed: the original was sent once before any probe"
    return misconfigured(
        expected=f"the original of {candidate.pointer} to be accepted when it is sent back",
        seen=f"{candidate.risk}, and {status}",
        where=where,
        hint=f"{told}; {wish or 'name a field with text in [document] probe'}",
    )
