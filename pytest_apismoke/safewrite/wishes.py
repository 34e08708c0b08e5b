"""What a target that refused an update asks for, as the line of the configuration for it. Pure."""

from __future__ import annotations

import re

from pytest_apismoke.configuration.toml_text import toml_string
from pytest_apismoke.documents import step
from pytest_apismoke.http.document_shape import entity_tag
from pytest_apismoke.http.response import Response
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.safewrite.field_wishes import of_envelope, of_fields, version_line
from pytest_apismoke.safewrite.refused_update import Update

_METHODS = ("PATCH", "PUT", "POST")
_MEDIA_TYPES = {
    "merge-patch": "application/merge-patch+json",
    "json-patch": "application/json-patch+json",
    "form": "application/x-www-form-urlencoded",
    "json": "application/json",
}
#: Statuses of a target that does not understand a body.
_NOT_READ = frozenset({400, 406, 415, 422})
#: The header of a CSRF token, by the name of its cookie in lower case.
_CSRF_HEADERS = {"csrftoken": "X-CSRFToken", "xsrf-token": "X-XSRF-TOKEN"}
_HEADER_NAME = late_pattern(r"[\w-]{1,64}")


def wish_in(response: Response, update: Update) -> str:
    """What to write so that the target gets what it asks for; empty if that is not known."""
    rules = (
        *(_of_method, _of_media_type, _of_condition, _of_headers),
        *(_of_test_operation, of_fields, _of_version),
    )
    return next((line for rule in rules if (line := rule(response, update))), "") or of_envelope(
        response, update
    )


def _text(response: Response) -> str:
    return response.body.decode("utf-8", "replace").lower()


# -- the method and the path


def _of_method(response: Response, update: Update) -> str:
    if response.status not in (404, 405, 501):
        return ""
    method = update.document.update_method
    allowed = re.findall(r"[A-Z]+", response.headers.get("allow", "").upper())
    taken = [name for name in _METHODS if name in allowed and name != method]
    if taken:
        lines = " or ".join(f'update_method = "{name}"' for name in taken)
        return f"it takes no {method} there: write [document] {lines}, as its Allow header says"
    if allowed and method not in allowed:
        shown = ", ".join(allowed[:5])
        return (
            f"it takes only {shown} there, as its Allow header says: write [document] update_path,"
            " the path of an update"
        )
    if response.status == 404 and update.document.update_path:
        return (
            f"it knows no {method} there: correct [document] update_path, or write another"
            " update_method"
        )
    others = " or ".join(f'"{name}"' for name in _METHODS if name != method)
    return (
        f"it shows the document there, and takes no {method}: write [document] update_method ="
        f" {others}, or where updates go to another path, update_path"
    )


# -- how the body is written


def _of_media_type(response: Response, update: Update) -> str:
    if response.status not in _NOT_READ:
        return ""
    used = update.document.update_format
    headers = (
        f"{response.headers.get('accept-patch', '')} {response.headers.get('accept-post', '')}"
    )
    said = _text(response)
    for name, media_type in _MEDIA_TYPES.items():
        is_told = media_type in headers or (
            # An update of plain JSON is no rarity: only a refused type asks for it.
            (media_type in said or name in said.replace(" ", "-"))
            and (name.endswith("patch") or response.status == 415)
        )
        if name != used and is_told:
            return f"it wants {_FORMATS[name]}: write [document] {_format_line(name, update)}"
    if response.status != 415:
        return ""
    others = ", ".join(f'"{name}"' for name in _MEDIA_TYPES if name != used)
    return (
        f"it wants another media type than {_MEDIA_TYPES[used]}: write [document] update_format,"
        f" which may be {others}"
    )


_FORMATS = {
    "merge-patch": "a JSON Merge Patch",
    "json-patch": "a JSON Patch",
    "form": "a form",
    "json": "plain JSON",
}


def _format_line(name: str, update: Update) -> str:
    line = f'update_format = "{name}"'
    if name.endswith("patch") and update.document.update_method != "PATCH":
        return f'{line} and update_method = "PATCH"'
    return f"{line}, and the names of the fields in form_names" if name == "form" else line


# -- preconditions


def _of_condition(response: Response, update: Update) -> str:
    if response.status not in (412, 428):
        return ""
    tag, document = update.header("etag"), update.document
    if tag and not entity_tag({"etag": tag}, document):
        mode = "any" if tag.startswith("W/") else "strong"
        return f'it wants its entity tag sent back: write [document] if_match = "{mode}"'
    if tag:
        return (
            "it does not take back the entity tag that it gave: look for a proxy that alters tags"
            ' (compression does); where they mean nothing, write [document] if_match = "never"'
        )
    if response.status == 428 and "idempotency" in _text(response):
        return ""
    if update.version and not document.version_member:
        return version_line(update)
    return (
        "it wants a precondition, and its answers have no ETag: name the document's version in"
        " [document] version_member, or let the target send an ETag with the document"
    )


# -- further headers


def _of_headers(response: Response, update: Update) -> str:
    said, document = _text(response), update.document
    wants_key = response.status in (400, 409, 422, 428) and "idempotency" in said
    if wants_key and not document.idempotency_header:
        line = 'idempotency_header = "Idempotency-Key"'
        return f"it wants a key for each update: write [document] {line}"
    if response.status in (400, 403, 419, 422) and ("csrf" in said or "xsrf" in said):
        return _csrf_line(update)
    return ""


def _csrf_line(update: Update) -> str:
    if update.document.csrf_header:
        return (
            "it refuses the CSRF token: compare [document] csrf_header and csrf_from_* with what a"
            " browser sends"
        )
    wanted = "it wants a CSRF token: write [document]"
    for line in update.header("set-cookie").split("\n"):
        name = line.partition("=")[0].strip()
        if re.search(r"[cx]srf", name, re.IGNORECASE) and _HEADER_NAME.fullmatch(name):
            header = _CSRF_HEADERS.get(name.lower(), "X-CSRF-Token")
            return f'{wanted} csrf_header = "{header}" and csrf_from_cookie = "{name}"'
    for name in update.answer.headers if update.answer else ():
        if re.search(r"[cx]srf", name) and _HEADER_NAME.fullmatch(name):
            return f'{wanted} csrf_header = "{name}" and csrf_from_header = "{name}"'
    return f"{wanted} csrf_header, and where a read has its value (csrf_from_header and others)"


def _of_test_operation(response: Response, update: Update) -> str:
    """A JSON Patch may have to state what it starts from (RFC 6902, 4.6)."""
    document = update.document
    is_patch = document.update_format == "json-patch" and not document.version_member
    if not is_patch or not re.search(r"\btest\b", _text(response)):
        return ""
    line = toml_string(f"/{step(update.version)}") if update.version else '"/version"'
    return (
        "it wants a JSON Patch with a 'test' operation: write [document] version_member ="
        f" {line}, the value that each patch tests"
    )


# -- versions


def _of_version(response: Response, update: Update) -> str:
    if response.status not in (400, 409, 422) or update.document.version_member:
        return ""
    is_named = re.search(r"\bversion|revision|\b_rev\b|stale", _text(response))
    if not is_named and not (response.status == 409 and update.version):
        return ""
    return version_line(update)
