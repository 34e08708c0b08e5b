"""How an update of a document is written: whole, as a patch, or as a form. Pure.

Whoever writes to a document thinks of some of its properties, whole, with the values that they are
to have. What a target makes of that is known here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import ABSENT, key_of, lookup, replaced, same, step
from pytest_apismoke.http.document_shape import csrf_token, sent_whole
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response

_PATCH_TYPES = {
    "merge-patch": "application/merge-patch+json",
    "json-patch": "application/json-patch+json",
}
#: A place of the document, and the value that it is to have.
_Change = tuple[str, Any]


def fields_in(body: object, document: Document) -> Mapping[str, Any] | None:
    """The properties in the body of somebody else's update of a document; None if not known."""
    found = lookup(body, document.update_root)
    is_plain = document.update_format in ("json", "merge-patch")
    return found if is_plain and isinstance(found, Mapping) else None


def can_state(value: Any, document: Document) -> bool:
    """Whether an update can give a field such a value: a merge patch and a form have no null."""
    if document.update_format == "form":
        return isinstance(value, (str, int, float))
    return value is not None or document.update_format != "merge-patch"


def update_request(
    fields: Mapping[str, Any],
    document: Document,
    *,
    base: Mapping[str, Any],
    answer: Response | None = None,
    absent: Collection[str] = (),
    if_match: str = "",
    key: str = "",
) -> Request:
    """The request that gives some properties of a document their values.

    Args:
        fields: the properties, whole.
        document: how it is updated.
        base: the document as it was last read.
        answer: of that read.
        absent: JSON Pointers to places that are null in `fields` and are to be absent.
        if_match: the entity tag that the document must still have.
        key: the value of the idempotency header.

    """
    headers = {"If-Match": if_match} if if_match else {}
    if document.idempotency_header:
        headers[document.idempotency_header] = key
    token = csrf_token(answer, document) if answer is not None else ""
    if document.csrf_header and token:
        headers[document.csrf_header] = token
        if document.csrf_from_cookie:
            headers["Cookie"] = f"{document.csrf_from_cookie}={token}"
    if document.update_format in _PATCH_TYPES:
        headers["Content-Type"] = _PATCH_TYPES[document.update_format]
    request = Request(
        method=document.update_method,
        path=document.update_path or document.path,
        headers=headers,
        is_idempotent=True,
    )
    if document.update_format == "form":
        return replace(request, form=tuple(_form(fields, document, base)))
    if document.update_format == "json-patch":
        return replace(request, json=list(_json_patch(fields, document, base, absent)))
    if document.update_format == "merge-patch":
        body = _merge_patch(fields, document, base)
    else:
        body = _json(fields, document, base, absent)
    return replace(request, json=replaced({}, document.update_root, body))


def _with_version(
    body: dict[str, Any], base: Mapping[str, Any], document: Document
) -> dict[str, Any]:
    """The body with the version as last read, also in a property that is sent anyway."""
    place = document.version_member
    if not place or (version := lookup(base, place)) is ABSENT:
        return body
    return dict(replaced(body, place, version))


def _json(
    fields: Mapping[str, Any],
    document: Document,
    base: Mapping[str, Any],
    absent: Collection[str],
) -> dict[str, Any]:
    body = {**sent_whole(base, document), **fields}
    if document.update_body == "whole":
        if document.writable:
            body = {name: value for name, value in body.items() if name in document.writable}
        # What replaces a document has no null where there was nothing.
        for place in absent:
            body = dict(replaced(body, place, ABSENT))
    return _with_version(body, base, document)


def _merge_patch(
    fields: Mapping[str, Any], document: Document, base: Mapping[str, Any]
) -> dict[str, Any]:
    """Null removes a property here (RFC 7396): what is to be absent needs no other word."""
    patch: dict[str, Any] = {
        name: _without_nulls(base[name])
        for name in document.companions
        if base.get(name) is not None
    }
    for place, value in _changes(fields, document, base):
        patch = dict(replaced(patch, place, _without_nulls(value)))
    return _with_version(patch, base, document)


def _without_nulls(value: Any) -> Any:
    """A value without the nulls in its objects, which would remove what is null already."""
    if not isinstance(value, Mapping):
        return value
    return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}


def _json_patch(
    fields: Mapping[str, Any],
    document: Document,
    base: Mapping[str, Any],
    absent: Collection[str],
) -> Iterator[dict[str, Any]]:
    def at(place: str) -> str:
        return f"{document.update_root}{place}"

    if document.version_member and (version := lookup(base, document.version_member)) is not ABSENT:
        yield {"op": "test", "path": at(document.version_member), "value": version}
    for name in document.companions:
        if name in base and name not in fields:
            yield {"op": "replace", "path": at(f"/{step(name)}"), "value": base[name]}
    changes = [one for one in _changes(fields, document, base) if one[0] != document.version_member]
    removed = [place for place, _ in changes if place in absent]
    # To remove what is not there refuses the whole patch; alone it is sent, as a read may be old.
    gone = [place for place in removed if lookup(base, place) is ABSENT]
    for place, value in changes:
        if place not in removed:
            op = "add" if lookup(base, place) is ABSENT else "replace"
            yield {"op": op, "path": at(place), "value": value}
        elif place not in gone or len(gone) == len(changes):
            yield {"op": "remove", "path": at(place)}


def _form(
    fields: Mapping[str, Any], document: Document, base: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    whole = {**sent_whole(base, document), **fields}
    taken_over = [name for name in whole if name not in fields]
    places = [place for place, _ in _changes(fields, document, base)]
    for pointer, name in document.form_names:
        is_changed = any(_is_within(pointer, place) for place in places)
        is_version = pointer == document.version_member
        if is_version or is_changed or key_of(pointer) in taken_over:
            yield str(name), _in_form(lookup(base if is_version else whole, pointer))


def _in_form(value: Any) -> str:
    """A value as text; a form has no null and nothing that is absent."""
    if value is None or value is ABSENT:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _changes(
    fields: Mapping[str, Any], document: Document, base: Mapping[str, Any]
) -> list[_Change]:
    """The places that an update states, each as deep as only objects lead to it.

    The places that differ from the last read, which may be old, and that of the probe in any case.
    """
    found: list[_Change] = []
    for name, value in fields.items():
        key = f"/{step(name)}"
        differing = list(_differing(key, base.get(name, ABSENT), value))
        probes = [
            (probe, lookup(fields, probe))
            for probe in document.probe
            if _is_within(probe, key)
            and _leads_through_objects(fields, probe)
            and not any(_is_within(probe, one) or _is_within(one, probe) for one, _ in differing)
        ]
        found += [*differing, *probes] or [(key, value)]
    return found


def _differing(place: str, before: Any, after: Any) -> Iterator[_Change]:
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        if before is ABSENT or not same(before, after):
            yield place, after
        return
    for name in dict.fromkeys((*before, *after)):
        inner = f"{place}/{step(name)}"
        if name not in after:
            # Only what a property is to have was said: what else it has by now stays.
            continue
        yield from _differing(inner, before.get(name, ABSENT), after[name])


def _leads_through_objects(fields: Mapping[str, Any], pointer: str) -> bool:
    value: Any = fields
    for raw in pointer.split("/")[1:]:
        name = raw.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, Mapping) or name not in value:
            return False
        value = value[name]
    return True


def _is_within(place: str, outer: str) -> bool:
    return place == outer or place.startswith(f"{outer}/")
