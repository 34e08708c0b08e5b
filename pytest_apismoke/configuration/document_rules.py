"""The rules between the keys of `[document]`: which of them contradict each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_apismoke.configuration.profiles import Document
from pytest_apismoke.configuration.rule import Contradiction
from pytest_apismoke.documents import key_of, step

#: What tells that an update has only changes.
_PATCHES = ("merge-patch", "json-patch")
_TABLE = "document"
_SOURCES = ("csrf_from_header", "csrf_from_cookie", "csrf_from_pointer")


def contradictions(document: Document) -> Iterator[Contradiction]:
    """Every contradiction between the keys that say how a document is updated."""
    yield from _of_format(document)
    yield from _of_body(document)
    yield from _of_form(document)
    yield from _of_csrf(document)


def _of_format(document: Document) -> Iterator[Contradiction]:
    if document.update_format == "json-patch" and document.update_method != "PATCH":
        yield Contradiction(
            place=(_TABLE, "update_format"),
            expected='update_method = "PATCH" with JSON Patch',
            seen=f'update_method = "{document.update_method}"',
            hint='write update_method = "PATCH", or another update_format',
        )
    if document.update_format in _PATCHES and document.update_body == "whole":
        yield Contradiction(
            place=(_TABLE, "update_body"),
            expected=f'update_body = "fields" with update_format = "{document.update_format}"',
            seen='update_body = "whole"',
            hint='a patch has only what changes: remove it, or write update_format = "json"',
        )


def _of_body(document: Document) -> Iterator[Contradiction]:
    is_whole = document.update_body == "whole"
    if is_whole and document.companions:
        yield Contradiction(
            place=(_TABLE, "companions"),
            expected='companions only with update_body = "fields"',
            seen='update_body = "whole", which sends every field',
            hint="remove companions; if some fields must not be sent, list the others in writable",
        )
    if document.writable and not is_whole:
        yield Contradiction(
            place=(_TABLE, "writable"),
            expected='writable only with update_body = "whole"',
            seen=f'update_body = "{document.update_body}", which sends the changed fields alone',
            hint='write update_body = "whole", or remove writable',
        )
    left_out = [one for one in document.probe if key_of(one) not in document.writable]
    if _is_default(document) and len(left_out) < len(document.probe):
        # Nobody has named these fields: those that can be sent will do.
        left_out = []
    if document.writable and is_whole and left_out:
        yield Contradiction(
            place=(_TABLE, "writable"),
            expected="every field of probe in writable",
            seen=f"{', '.join(left_out)} not in it",
            hint=f"add {', '.join(map(repr, dict.fromkeys(map(key_of, left_out))))}, or name the"
            " writable ones alone in probe",
        )


def _of_form(document: Document) -> Iterator[Contradiction]:
    names = dict(document.form_names)
    if document.update_format != "form":
        if names:
            yield Contradiction(
                place=(_TABLE, "form_names"),
                expected='form_names only with update_format = "form"',
                seen=f'update_format = "{document.update_format}"',
                hint='write update_format = "form", or remove form_names',
            )
        return
    wrong = [pointer for pointer, name in names.items() if not (isinstance(name, str) and name)]
    if wrong:
        yield Contradiction(
            place=(_TABLE, "form_names"),
            expected="the name of a field in the form for each JSON Pointer",
            seen=f"{names[wrong[0]]!r} for {wrong[0]}",
            hint=f'write, for instance, form_names = {{ "{wrong[0]}" = "{key_of(wrong[0])}" }}',
        )
    version = (document.version_member,) if document.version_member else ()
    companions = tuple(f"/{step(name)}" for name in document.companions)
    for key, pointers in (
        ("probe", document.probe),
        ("companions", companions),
        ("version_member", version),
    ):
        nameless = [pointer for pointer in pointers if pointer not in names]
        if key == "probe" and _is_default(document) and len(nameless) < len(pointers):
            continue
        if nameless:
            yield Contradiction(
                place=(_TABLE, "form_names"),
                expected=f"a name in the form for every field of {key}",
                seen=f"none for {', '.join(nameless)}",
                hint=f'add "{nameless[0]}" = "{key_of(nameless[0])}"'
                + (", or name fewer fields in probe" if key == "probe" else ""),
            )
    if document.update_root:
        yield Contradiction(
            place=(_TABLE, "update_root"),
            expected="no update_root with a form, which has no inner objects",
            seen=f'update_root = "{document.update_root}"',
            hint="remove it, and write the names as the form has them in form_names",
        )


def _is_default(document: Document) -> bool:
    """Whether the fields of the probe are those of the default profile."""
    return document.probe == Document().probe


def _of_csrf(document: Document) -> Iterator[Contradiction]:
    given = [name for name in _SOURCES if getattr(document, name)]
    if document.csrf_header and len(given) != 1:
        yield Contradiction(
            place=(_TABLE, "csrf_header"),
            expected=f"one of {', '.join(_SOURCES)} with it",
            seen=" and ".join(given) or "none",
            hint="name the one place where a read of the document has the value",
        )
    if given and not document.csrf_header:
        yield Contradiction(
            place=(_TABLE, given[0]),
            expected="csrf_header, the header that carries the value",
            seen="none",
            hint=f'write, for instance, csrf_header = "X-CSRF-Token", or remove {given[0]}',
        )
