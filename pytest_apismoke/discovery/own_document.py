"""Finds a document of the account that can be read and written, and a field to probe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_apismoke.configuration.profiles import Calendar, Document, Twilio
from pytest_apismoke.configuration.toml_text import toml_value
from pytest_apismoke.discovery.asking import answer_of
from pytest_apismoke.discovery.description import OwnDocument, own_documents
from pytest_apismoke.discovery.finding import Finding, below
from pytest_apismoke.documents import ABSENT, lookup, step
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.client import Client
from pytest_apismoke.http.request import Request
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.schemas.formats import is_e164

#: Where an account's own document is, for a target that does not describe itself.
PATHS = (
    *("/api/business/me", "/api/settings", "/settings", "/api/me", "/me", "/api/users/me"),
    *("/users/me", "/api/v1/users/me", "/api/profile", "/profile", "/api/account", "/api/user"),
)
_ROOTS = ("", "/data", "/result", "/data/attributes", "/attributes", "/user", "/profile")
#: Fields in which a few more words do the least harm, the safest first.
_HARMLESS = (
    *("business_hours", "greeting_style", "common_services", "notes", "note", "bio", "about"),
    *("headline", "motto", "greeting", "signature", "tagline", "job_title", "full_name"),
    *("fullName", "display_name", "displayName", "first_name", "firstName"),
)
#: Those that others read, or that start a review; only where there is nothing better.
_LAST = ("title", "name", "description")
#: Fields that log in, identify, pay, or mean something to a program.
_NEVER = late_pattern(
    r"e?mail|user_?name|login|pass|secret|token|key|^id$|_id$|uuid|slug|phone|mobile|url|uri|link"
    r"|avatar|image|role|status|state|type|plan|locale|lang|zone|currency|country|date|time$|_at$"
    r"|iban|tax|vat|address|theme|color|code|domain|host|path|file|format",
    re.IGNORECASE,
)
_DOCUMENT, _CALENDAR, _TWILIO = Document(), Calendar(), Twilio()


def find_document(
    client: Client, description: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> tuple[Finding, Any]:
    """Reads the documents that are described, or those at the usual places, until one will do.

    Args:
        client: sends the requests.
        description: the target's OpenAPI document, if it serves one.
        headers: authenticate a request.

    Returns:
        What was found, and the document itself; None without one.

    """
    described = {one.path: one for one in own_documents(description or {})}
    refused = 0
    for path in described or dict.fromkeys(PATHS):
        response = answer_of(client, Request(method="GET", path=path, headers=headers))
        if response is None:
            continue
        refused += response.status in (401, 403)
        try:
            body = response.json(declared=False) if response.status == 200 else None
        except SmokeError:
            continue
        if isinstance(body, dict) and body:
            root = _root_of(body, described.get(path))
            document = lookup(body, root)
            method = described[path].method if path in described else _method(client, path, headers)
            if method:
                return _finding(path, method, root, document, described.get(path)), document
    hint = (
        f"no settings could be read: {refused} paths refused the request, for want of a login"
        if refused
        else "no settings found that can be read and written"
    )
    return Finding(unknown=(f"{hint}; write [document] path, update_method and probe",)), None


def _root_of(body: Mapping[str, Any], described: OwnDocument | None) -> str:
    """Where the document is inside the response: where the properties of an update are."""
    names = set(described.properties) if described else set()
    inside = [root for root in _ROOTS if isinstance(lookup(body, root), dict)]
    if names:
        return max(inside, key=lambda root: len(names & set(lookup(body, root))))
    return next((root for root in inside if _texts(lookup(body, root))), "")


def _method(client: Client, path: str, headers: Mapping[str, str]) -> str:
    """The method of an update, as the target allows it (RFC 9110, 10.2.1)."""
    response = answer_of(client, Request(method="OPTIONS", path=path, headers=headers))
    allow = response.headers.get("allow", "") if response else ""
    allowed = re.split(r"[\s,]+", allow.upper())
    return next((method for method in ("PATCH", "PUT", "POST") if method in allowed), "")


def _texts(document: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, value in document.items()
        if isinstance(value, str) and value and name.isprintable()
    ]


def _finding(
    path: str, method: str, root: str, document: Mapping[str, Any], described: OwnDocument | None
) -> Finding:
    probes = list(_probes(document, described))
    keys: dict[str, Any] = {"path": path, "update_method": method, "root": root}
    keys["probe"] = [f"/{step(name)}" for name in probes]
    if described and described.media_type.endswith("merge-patch+json"):
        keys["update_format"] = "merge-patch"
    if "id" not in document and (other := _id_field(document)):
        keys["id_field"] = other
    if (path, method) == (_DOCUMENT.path, _DOCUMENT.update_method):
        # The default profile knows which fields of its own API are safe.
        keys["probe"] = list(_DOCUMENT.probe)
    defaults = {
        "path": _DOCUMENT.path,
        "update_method": _DOCUMENT.update_method,
        "root": "",
        "probe": list(_DOCUMENT.probe),
    }
    given = below("document", {k: v for k, v in keys.items() if v and v != defaults.get(k)})
    unknown = []
    if not probes:
        unknown.append(
            f"no field of {path} is known to be harmless: write one that may be changed and"
            " restored as [document] probe"
        )
    if described and (needed := _needed(probes, document, described)):
        # To send what nobody meant to change may have effects of its own: that is for a person.
        unknown.append(_advice(needed, described, document))
    at = f", the document at {root}" if root else ""
    fields = f"; the gate may change and restore {', '.join(probes)}" if probes else ""
    seen = f"the settings are GET and {method} {path}{at}{fields}"
    is_default = (path, method) == (_DOCUMENT.path, _DOCUMENT.update_method)
    off, unclear = _suites(document, is_default=is_default)
    return Finding(keys={**given, **off}, seen=(seen,), unknown=(*unknown, *unclear))


def _probes(document: Mapping[str, Any], described: OwnDocument | None) -> Iterator[str]:
    """The names of fields that hold text and may be written, the most harmless first."""
    names = [name for name in _texts(document) if name in _HARMLESS or not _NEVER.search(name)]
    if described and described.properties:
        names = [name for name in names if _is_free_text(described.properties.get(name))]
    for chosen in (_HARMLESS, _LAST):
        if known := [name for name in chosen if name in names]:
            yield from known[:4]
            return
    yield from names[:1]


def _is_free_text(schema: Mapping[str, Any] | None) -> bool:
    if schema is None:
        return False
    parts = [schema, *(one for one in schema.get("anyOf", []) if isinstance(one, dict))]
    restricted = any(
        keyword in one for one in parts for keyword in ("enum", "const", "format", "pattern")
    )
    is_text = any(one.get("type") in ("string", ["string", "null"]) for one in parts)
    return is_text and not restricted and not schema.get("readOnly")


def _needed(
    probes: list[str], document: Mapping[str, Any], described: OwnDocument | None
) -> list[str]:
    """The fields that an update needs beside the probe, as far as they are described.

    A description that wants the id back is that of the response, and says nothing about updates.
    """
    required = described.required if described else ()
    if "id" in required:
        return []
    return [name for name in required if name in document and name not in probes[:1]]


def _advice(needed: list[str], described: OwnDocument, document: Mapping[str, Any]) -> str:
    writable = toml_value([name for name in described.properties if name in document])
    return (
        f"the OpenAPI document says that an update needs {', '.join(needed)} too. Where it replaces"
        f' the document, write [document] update_body = "whole" and writable = {writable}; where it'
        f" only wants them beside, companions = {toml_value(needed)}"
    )


def _id_field(document: Mapping[str, Any]) -> str:
    return next((n for n in ("_id", "uuid", "user_id", "uid", "email") if n in document), "")


def _suites(
    document: Mapping[str, Any], *, is_default: bool
) -> tuple[dict[tuple[str, ...], Any], list[str]]:
    """Switches off the suites whose fields the document does not have, or has for something else.

    Returns:
        The keys, and what could not be told.

    """
    off: dict[tuple[str, ...], Any] = {}
    unknown = []
    connected, number = _CALENDAR.connected_field, _TWILIO.number_field
    fits = {
        "calendar": (connected, isinstance(document.get(connected), bool)),
        "twilio": (number, _is_receptionist(document)),
    }
    for api, (name, is_fit) in fits.items():
        # In the document of the default profile a field of another shape is a fault to be seen.
        if name not in document or not (is_fit or is_default):
            off["apis", api, "enabled"] = False
        if name in document and not (is_fit or is_default):
            unknown.append(
                f"whether {name!r} is that of the {api} suite: it, or what belongs to it, has"
                f" another shape, so the suite is off; see [{api}] if it is"
            )
    return off, unknown


def _is_receptionist(document: Mapping[str, Any]) -> bool:
    """Whether the number is as the suite wants it; many accounts have one for people."""
    number = document.get(_TWILIO.number_field, ABSENT)
    has_number = number is None or (isinstance(number, str) and is_e164(number))
    return has_number and isinstance(document.get(_TWILIO.enabled_field), bool)
