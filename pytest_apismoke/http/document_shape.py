"""Where an answer has the document, and what of it an update has to send back. Pure.

Whoever reads or writes a document thinks of one JSON object. Its envelope, its version and its CSRF
token are known here; how an update is written is in `document_update`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pytest_apismoke.configuration.profiles import SETTINGS, Document
from pytest_apismoke.documents import ABSENT, describe, key_of, lookup, same, step
from pytest_apismoke.errors import Category, SmokeError, fail, misconfigured
from pytest_apismoke.http.response import Response
from pytest_apismoke.verdict.subjects import place_in_short

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


def read_document(response: Response, document: Document | None = None) -> dict[str, Any]:
    """The settings document, or another one, in a response.

    Raises:
        SmokeError: `invalid` when the body is not JSON, is null, or is not an object.

    """
    place = document or Document()
    found, problem = document_in(response.json(), place)
    if isinstance(found, dict):
        return found
    is_settings = place.name == SETTINGS
    what = "a settings document" if is_settings else "a document"
    if found is None and not problem:
        seen, thing = "null", "its document"
        brief: tuple[str, ...] = ()
        if is_settings:
            seen, thing = "null, which means that this account has no business", "a business"
            told = "is null: this account has no business"
            brief = (f"{place_in_short(response.where)} {told}", f"the settings document {told}")
        raise fail(
            Category.INVALID,
            expected=what,
            seen=seen,
            where=response.where,
            hint=f"create {thing} for the account of APISMOKE_USERNAME, or use another account",
            in_short=brief,
        )
    hint = "compare the response with the contract contracts/settings.schema.json"
    if problem or place.root or not is_settings:
        hint = "compare the response with root and select in [document]"
    elif isinstance(found, list):
        hint = "say with select in [document] which of them is meant"
    raise fail(
        Category.INVALID,
        expected=f"{what} (a JSON object)",
        seen=problem or describe(found),
        where=response.where,
        hint=hint,
    )


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
    return replace(
        written, name="", path=path, root="", select=(), update_root="", version_member=""
    )


def candidates(document: Document) -> tuple[str, ...]:
    """The fields that may carry a probe, without those that no update can send."""
    found = document.probe
    if document.writable and document.update_body == "whole":
        found = tuple(one for one in found if key_of(one) in document.writable)
    if document.update_format == "form":
        found = tuple(one for one in found if one in dict(document.form_names))
    return found


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


def sent_whole(base: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """What an update takes over from the document as it was last read."""
    if document.update_body == "whole":
        names: Sequence[str] = document.writable or tuple(base)
        return {name: base[name] for name in names if name in base}
    names = [*document.companions]
    if document.version_member:
        names.append(key_of(document.version_member))
    return {name: base[name] for name in names if name in base}
