"""Which fields a refused update should have had, as the line of the configuration for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.configuration.toml_text import toml_string, toml_value
from pytest_apismoke.documents import key_of, step
from pytest_apismoke.http.error_fields import Named, named_fields
from pytest_apismoke.http.response import Response
from pytest_apismoke.safewrite.refused_update import Update

#: An update that lacks more fields than this is meant to have all of them.
_MANY = 3


def of_fields(response: Response, update: Update) -> str:
    """The line for the fields that the target misses, or does not welcome."""
    if response.status not in (400, 422):
        return ""
    named = named_fields(response, tuple(update.base))
    return _of_missing(named, update) or _of_unwelcome(named, update)


def _of_missing(named: Named, update: Update) -> str:
    document = update.document
    if version := [name for name in named.missing if name == update.version]:
        return "" if document.version_member else version_line(update, version[0])
    unseen = [name for name in named.missing if name in update.sent]
    if unseen:
        return _envelope_line(update) or (
            f"it does not see {_listed(unseen)}, though it was sent: write [document]"
            ' update_format (such as "form"), or update_root where the fields are inside an object'
        )
    companions = [name for name in named.missing if name in update.base]
    if companions:
        return _companions_line(companions, update)
    others = list(named.missing)
    if not others:
        return ""
    if _steps(document.root)[:1] == others[:1]:
        return _envelope_line(update)
    if len(others) == 1 and not document.update_root and document.update_format != "form":
        root = toml_string(f"/{step(others[0])}")
        return (
            f"it wants {_listed(others)}, which the document does not have: if the fields belong"
            f" inside it, write [document] update_root = {root}; else name a field in [document]"
            " probe whose update does without it"
        )
    return (
        f"it wants {_listed(others)}, which the document does not have, so that no update can send"
        " it: name a field in [document] probe whose update does without it, or another update_path"
    )


def _companions_line(missing: Sequence[str], update: Update) -> str:
    document = update.document
    if document.update_body == "whole":
        writable = toml_value([*document.writable, *missing])
        return f"it wants {_listed(missing)} as well: write [document] writable = {writable}"
    line = f"companions = {toml_value([*document.companions, *missing])}"
    if document.update_format == "form":
        line += ", and their names in form_names"
    also = []
    if document.update_format == "json" and document.update_method == "PUT":
        also.append('where it has one, update_method = "PATCH"')
    if document.update_format == "json" and len(missing) > _MANY:
        also.append('for all fields, update_body = "whole"')
    return "; or ".join(
        [f"it wants {_listed(missing)} with each update: write [document] {line}", *also]
    )


def _of_unwelcome(named: Named, update: Update) -> str:
    document = update.document
    refused = [name for name in named.unwelcome if name in update.sent]
    if named.unwelcome and _steps(document.update_root)[:1] == [named.unwelcome[0]]:
        return (
            f"it does not know {_listed(named.unwelcome[:1])} around the fields: remove [document]"
            " update_root"
        )
    if not refused:
        return ""
    if key_of(update.place) in refused:
        return _envelope_line(update) or (
            f"it does not let {key_of(update.place)!r} be written: name another field in [document]"
            " probe"
        )
    if document.update_body == "whole":
        writable = [name for name in update.sent if name not in refused]
        return (
            f"it takes an update without {_listed(refused)} only: write [document] writable ="
            f" {toml_value(writable)}"
        )
    left = [name for name in document.companions if name not in refused]
    return (
        f"it does not let {_listed(refused)} be written: write [document] companions ="
        f" {toml_value(left)}"
    )


def _envelope_line(update: Update) -> str:
    """The line for an update in the envelope that an answer has; empty if it is in it already."""
    document = update.document
    if not document.root or document.update_root or document.update_format == "form":
        return ""
    return (
        f"it shows the document inside {document.root}: if it wants an update there as well, write"
        f" [document] update_root = {toml_string(document.root)}"
    )


def of_envelope(response: Response, update: Update) -> str:
    """The line for an update that may have to be in the envelope of the answers."""
    # Who names the field has found it.
    is_found = key_of(update.place).encode() in response.body
    return _envelope_line(update) if response.status in (400, 422) and not is_found else ""


def version_line(update: Update, name: str = "") -> str:
    """The line for a version that has to be sent back, by its name where that is known."""
    name = name or update.version
    line = f"version_member = {toml_string(f'/{step(name)}')}" if name else "version_member"
    return f"if it wants the document's version sent back, write [document] {line}"


def _steps(pointer: str) -> list[str]:
    return pointer.split("/")[1:]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(map(repr, names))
