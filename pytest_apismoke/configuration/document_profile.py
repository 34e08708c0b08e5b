"""A document of the target in a profile: the settings, or a further resource."""

from __future__ import annotations

from pytest_apismoke.configuration.keys import (
    COOKIE_OR_NONE,
    HEADER_OR_NONE,
    IF_MATCH,
    NAME,
    PATH,
    PATH_OR_NONE,
    POINTER,
    PROPERTY,
    STATUS,
    SWITCH,
    UPDATE_BODY,
    UPDATE_FORMAT,
    UPDATE_METHOD,
    Scalar,
    candidates_key,
    key,
    list_key,
    table_key,
)
from pytest_apismoke.records import dataclass

#: The name of the list of tables of the documents beside the settings.
RESOURCES = "resource"
#: The name of the built-in document, and of its API.
SETTINGS = "settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of the target, and how it is updated; by default the settings.

    `name` is that of the API whose document it is; a document of a test or of a declared check has
    none.

    `probe` has the JSON Pointers of the fields that may be changed and put back, in the order in
    which they are tried. `volatile` fields change by themselves and are not compared. All pointers
    but `root`, `update_root` and `csrf_from_pointer` are those of the document itself. What the
    keys mean for a request is in `http.document_shape`.
    """

    name: str = SETTINGS
    path: str = key(PATH, "/api/business/me", "The path of the document.")
    root: str = key(
        POINTER, "", "Where the answer has the document, such as '/data'; by default it is all."
    )
    select: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY,
        (),
        "Where the root is a list: the one item that has these values at these JSON Pointers.",
    )
    update_path: str = key(
        PATH_OR_NONE, "", "The path of an update; by default that of the settings."
    )
    update_method: str = key(UPDATE_METHOD, "PUT", "The method of an update.")
    update_format: str = key(
        UPDATE_FORMAT,
        "json",
        "How an update is written: plain JSON, JSON Merge Patch (RFC 7396), JSON Patch (RFC 6902),"
        " or a form.",
    )
    update_root: str = key(
        POINTER, "", "Where the body of an update has the fields, such as '/data'."
    )
    update_statuses: tuple[int, ...] = list_key(
        STATUS, (200, 201, 202, 204), "The statuses of an accepted update."
    )
    update_body: str = key(
        UPDATE_BODY,
        "fields",
        "What an update has to contain: the changed fields, or the whole document.",
    )
    companions: tuple[str, ...] = list_key(
        NAME, (), "Fields that every update has to contain, as the document has them."
    )
    writable: tuple[str, ...] = list_key(
        NAME, (), "With the whole document: the only fields of it that an update may contain."
    )
    form_names: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY, (), "With a form: the names of the fields in it, by their JSON Pointers."
    )
    version_member: str = key(
        POINTER, "", "Where the document has a version that an update must send back as last read."
    )
    if_match: str = key(
        IF_MATCH,
        "strong",
        "Which entity tags an update sends back in If-Match: strong ones, weak ones as well, or"
        " none.",
    )
    idempotency_header: str = key(
        HEADER_OR_NONE,
        "",
        "A header of updates, such as Idempotency-Key, with another value for each.",
    )
    csrf_header: str = key(
        HEADER_OR_NONE, "", "A header of updates with a value that the last read has given."
    )
    csrf_from_header: str = key(HEADER_OR_NONE, "", "The header of a read that has that value.")
    csrf_from_cookie: str = key(
        COOKIE_OR_NONE, "", "The cookie of a read that has that value, and is sent back with it."
    )
    csrf_from_pointer: str = key(POINTER, "", "Where the body of a read has that value.")
    probe: tuple[str, ...] = candidates_key(
        PROPERTY,
        ("/business_hours", "/greeting_style", "/common_services", "/industry"),
        "The string fields that the gate may change and restore, in order: the first that holds"
        " text is used.",
    )
    probe_may_be_absent: bool = key(
        SWITCH,
        False,
        "Whether a field of probe that the settings do not have may be written, and removed again;"
        " where no other will do.",
    )
    volatile: tuple[str, ...] = list_key(
        NAME, ("updated_at",), "Fields that change by themselves, and are not compared."
    )
    id_field: str = key(NAME, "id", "The field with the account's id.")
    expect: tuple[tuple[str, Scalar], ...] = table_key(
        PROPERTY,
        (),
        "Values that the settings must have, by their JSON Pointers: they pin the account. With"
        " another account nothing is written.",
    )


def told(text: str, document: Document) -> str:
    """A text about the keys of `[document]`, in words for a document that may be a resource."""
    if document.name in ("", SETTINGS):
        return text
    return text.replace("[document]", f"[[{RESOURCES}]] {document.name!r}")
