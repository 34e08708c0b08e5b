"""The rules between the keys of `[document]`: which of them contradict each other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_apismoke.configuration.keys import record_of
from pytest_apismoke.configuration.profiles import DEFAULT, Document
from pytest_apismoke.configuration.tables import Mistakes, Steps
from pytest_apismoke.documents import key_of, step

#: What tells that an update has only changes.
_PATCHES = ("merge-patch", "json-patch")
_TABLE = "document"
_SOURCES = ("csrf_from_header", "csrf_from_cookie", "csrf_from_pointer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A key whose value does not fit another key's."""

    key: str
    expected: str
    seen: str
    hint: str


def check_documents(
    values: Mapping[str, Mapping[Steps, Any]],
    ancestries: Mapping[str, Sequence[str]],
    mistakes: Mistakes,
) -> None:
    """Adds the contradictions in each profile's `[document]` that it does not inherit.

    Args:
        values: the keys that each profile sets itself.
        ancestries: each profile, the one that it extends, and so on to the top level.
        mistakes: collects them where their key is written, or should be.

    """

    def found(name: str) -> list[Contradiction]:
        merged: dict[Steps, Any] = {}
        for ancestor in reversed(ancestries[name]):
            merged |= values[ancestor]
        own = {at[1:]: value for at, value in merged.items() if at[0] == _TABLE}
        return list(contradictions(record_of(Document, own)))

    for name, (_, *above) in ancestries.items():
        inherited = found(above[0]) if above else []
        for one in found(name):
            if one in inherited:
                continue
            at = (_TABLE, one.key)
            owner = next((a for a in ancestries[name] if at in values[a]), name)
            where = at if owner == DEFAULT else ("profiles", owner, *at)
            mistakes.add(where, expected=one.expected, seen=one.seen, hint=one.hint)


def contradictions(document: Document) -> Iterator[Contradiction]:
    """Every contradiction between the keys that say how a document is updated."""
    yield from _of_format(document)
    yield from _of_body(document)
    yield from _of_form(document)
    yield from _of_csrf(document)


def _of_format(document: Document) -> Iterator[Contradiction]:
    if document.update_format == "json-patch" and document.update_method != "PATCH":
        yield Contradiction(
            key="update_format",
            expected='update_method = "PATCH" with JSON Patch',
            seen=f'update_method = "{document.update_method}"',
            hint='write update_method = "PATCH", or another update_format',
        )
    if document.update_format in _PATCHES and document.update_body == "whole":
        yield Contradiction(
            key="update_body",
            expected=f'update_body = "fields" with update_format = "{document.update_format}"',
            seen='update_body = "whole"',
            hint='a patch has only what changes: remove it, or write update_format = "json"',
        )


def _of_body(document: Document) -> Iterator[Contradiction]:
    is_whole = document.update_body == "whole"
    if is_whole and document.companions:
        yield Contradiction(
            key="companions",
            expected='companions only with update_body = "fields"',
            seen='update_body = "whole", which sends every field',
            hint="remove companions; if some fields must not be sent, list the others in writable",
        )
    if document.writable and not is_whole:
        yield Contradiction(
            key="writable",
            expected='writable only with update_body = "whole"',
            seen=f'update_body = "{document.update_body}", which sends the changed fields alone',
            hint='write update_body = "whole", or remove writable',
        )
    left_out = [one for one in document.probe if key_of(one) not in document.writable]
    if document.writable and is_whole and left_out:
        yield Contradiction(
            key="writable",
            expected="every field of [document] probe in writable",
            seen=f"{', '.join(left_out)} not in it",
            hint=f"add {', '.join(map(repr, dict.fromkeys(map(key_of, left_out))))}, or name the"
            " writable ones alone in probe",
        )


def _of_form(document: Document) -> Iterator[Contradiction]:
    names = dict(document.form_names)
    if document.update_format != "form":
        if names:
            yield Contradiction(
                key="form_names",
                expected='form_names only with update_format = "form"',
                seen=f'update_format = "{document.update_format}"',
                hint='write update_format = "form", or remove form_names',
            )
        return
    wrong = [pointer for pointer, name in names.items() if not (isinstance(name, str) and name)]
    if wrong:
        yield Contradiction(
            key="form_names",
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
        if nameless:
            yield Contradiction(
                key="form_names",
                expected=f"a name in the form for every field of {key}",
                seen=f"none for {', '.join(nameless)}",
                hint=f'add "{nameless[0]}" = "{key_of(nameless[0])}"'
                + (", or name fewer fields in probe" if key == "probe" else ""),
            )
    if document.update_root:
        yield Contradiction(
            key="update_root",
            expected="no update_root with a form, which has no inner objects",
            seen=f'update_root = "{document.update_root}"',
            hint="remove it, and write the names as the form has them in form_names",
        )


def _of_csrf(document: Document) -> Iterator[Contradiction]:
    given = [name for name in _SOURCES if getattr(document, name)]
    if document.csrf_header and len(given) != 1:
        yield Contradiction(
            key="csrf_header",
            expected=f"one of {', '.join(_SOURCES)} with it",
            seen=" and ".join(given) or "none",
            hint="name the one place where a read of the document has the value",
        )
    if given and not document.csrf_header:
        yield Contradiction(
            key=given[0],
            expected="csrf_header, the header that carries the value",
            seen="none",
            hint=f'write, for instance, csrf_header = "X-CSRF-Token", or remove {given[0]}',
        )
