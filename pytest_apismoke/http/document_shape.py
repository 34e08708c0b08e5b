"""Where an answer has the document, and how an update of it is written. Pure.

Whoever writes to a document thinks of a JSON object and of some of its properties, whole, with the
values that they are to have. What the target makes of that (an envelope, a patch, a form, a version
or a CSRF token that must come back) is known here and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.documents import ABSENT, describe, key_of, lookup, replaced, same, step
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response

_PATCH_TYPES = {
    "merge-patch": "application/merge-patch+json",
    "json-patch": "application/json-patch+json",
}
#: A place of the document, and the value that it is to have.
_Change = tuple[str, Any]


# -- reading


def document_in(body: Any, document: Document) -> tuple[Any, str]:
    """The document in the body of an answer, and why it is not there, in words; one is empty."""
    held = lookup(body, document.root)
    if held is ABSENT:
        return None, f"nothing at {document.root} of {describe(body)}"
    if not document.select:
        return held, ""
    wanted = " and ".join(f"{value!r} at {pointer}" for pointer, value in document.select)
    if not isinstance(held, list):
        return None, f"{describe(held)}, where a list with an item that has {wanted} should be"
    found = [
        item
        for item in held
        if all(same(lookup(item, pointer), value) for pointer, value in document.select)
    ]
    if len(found) == 1:
        return found[0], ""
    return None, f"{len(found) or 'no'} items with {wanted} in {describe(held)}"


def changing_places(document: Document) -> tuple[str, ...]:
    """JSON Pointers to what changes by itself, or with every update."""
    places = [f"/{step(name)}" for name in document.volatile]
    if document.version_member:
        places.append(document.version_member)
    inside, root = document.csrf_from_pointer, document.root
    if inside.startswith(f"{root}/") and not document.select:
        places.append(inside[len(root) :])
    return tuple(dict.fromkeys(places))


def entity_tag(headers: Mapping[str, str], document: Document) -> str:
    """The entity tag that an update may send back in If-Match; empty if there is none.

    By the book (RFC 9110, 13.1.1) If-Match never matches a weak tag; some targets want it back.
    """
    tag = headers.get("etag", "").strip()
    opaque = tag.removeprefix("W/") if document.if_match == "any" else tag
    is_tag = len(opaque) > 1 and opaque.startswith('"') and opaque.endswith('"')
    return tag if is_tag and document.if_match != "never" else ""


def of_path(known: Document, path: str, method: str) -> Document:
    """A document by its path and the method of its updates, given the settings of the profile.

    The shape of the settings is theirs alone. Another document is read and written as it is, with
    the headers that all updates of this target need.
    """
    if (path, method) == (known.path, known.update_method):
        return known
    written = replace(
        known,
        update_path="",
        update_method=method,
        update_format="json",
        update_body="fields",
        companions=(),
        writable=(),
        form_names=(),
    )
    if path == known.path:
        return written
    return replace(written, path=path, root="", select=(), update_root="", version_member="")


# -- what an update needs from a read


def lacking(base: Mapping[str, Any], answer: Response | None, document: Document) -> str:
    """What an update must send back and the last read does not have, in words; or empty."""
    names = [f"/{step(name)}" for name in document.companions]
    if document.version_member:
        names.append(document.version_member)
    for place in names:
        if lookup(base, place) is ABSENT:
            return f"nothing at {place}, which every update must send back"
    if document.csrf_header and answer is not None and not csrf_token(answer, document):
        return f"nothing {_csrf_place(document)}, which {document.csrf_header} must have"
    return ""


def refuse_lacking(
    base: Mapping[str, Any], answer: Response | None, document: Document, *, where: str
) -> None:
    """Refuses a write whose updates could not have what the profile says that they need.

    Raises:
        SmokeError: `usage`.

    """
    if seen := lacking(base, answer, document):
        raise misconfigured(
            expected="a reading with all that an update must send back",
            seen=seen,
            where=f"[document], GET {where}",
            hint="nothing was written; compare companions, version_member and csrf_from_* with the"
            " answer",
        )


def csrf_token(answer: Response, document: Document) -> str:
    """The value of the CSRF header in an answer; empty if it has none, or none is needed."""
    if document.csrf_from_header:
        return answer.headers.get(document.csrf_from_header.lower(), "").strip()
    if document.csrf_from_cookie:
        return _cookie(answer.headers, document.csrf_from_cookie)
    if not document.csrf_from_pointer:
        return ""
    try:
        value = lookup(answer.json(), document.csrf_from_pointer)
    except SmokeError:
        return ""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _csrf_place(document: Document) -> str:
    if document.csrf_from_header:
        return f"in the header {document.csrf_from_header}"
    if document.csrf_from_cookie:
        return f"in the cookie {document.csrf_from_cookie}"
    return f"at {document.csrf_from_pointer} of the body"


def _cookie(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie that an answer sets; the header has a line for each of them."""
    for line in headers.get("set-cookie", "").split("\n"):
        found, _, value = line.partition(";")[0].partition("=")
        if found.strip() == name:
            return value.strip()
    return ""


def fields_in(body: object, document: Document) -> Mapping[str, Any] | None:
    """The properties in the body of somebody else's update of a document; None if not known."""
    found = lookup(body, document.update_root)
    is_plain = document.update_format in ("json", "merge-patch")
    return found if is_plain and isinstance(found, Mapping) else None


# -- writing


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


def sent_whole(base: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """What an update takes over from the document as it was last read."""
    if document.update_body == "whole":
        names: Sequence[str] = document.writable or tuple(base)
        return {name: base[name] for name in names if name in base}
    names = [*document.companions]
    if document.version_member:
        names.append(key_of(document.version_member))
    return {name: base[name] for name in names if name in base}


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
    patch: dict[str, Any] = {name: base[name] for name in document.companions if name in base}
    for place, value in _changes(fields, document, base):
        patch = dict(replaced(patch, place, value))
    return _with_version(patch, base, document)


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
