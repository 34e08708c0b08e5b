"""What a target that refused an update asks for, as the line of the configuration for it. Pure."""

from __future__ import annotations

from pytest_apismoke.http.response import Response

#: Statuses, a word that the answer has in any case, and what to write.
_WISHES: tuple[tuple[frozenset[int], str, str], ...] = (
    (
        frozenset({400, 406, 415, 422}),
        "merge-patch",
        'it wants a JSON Merge Patch: write [document] update_format = "merge-patch"',
    ),
    (
        frozenset({400, 406, 415, 422}),
        "json-patch",
        'it wants a JSON Patch: write [document] update_format = "json-patch"',
    ),
    (
        frozenset({415}),
        "",
        "it wants another media type: write [document] update_format",
    ),
    (
        frozenset({428}),
        "",
        'it wants an entity tag sent back: write [document] if_match = "any" where it gives weak'
        " ones",
    ),
    (
        frozenset({400, 409, 422, 428}),
        "idempotency",
        'it wants a key for each update: write [document] idempotency_header = "Idempotency-Key"',
    ),
    (
        frozenset({400, 403, 419}),
        "csrf",
        "it wants a CSRF token: write [document] csrf_header, and where a read has its value",
    ),
    (
        frozenset({400, 403, 419}),
        "xsrf",
        "it wants a CSRF token: write [document] csrf_header, and where a read has its value",
    ),
    (
        frozenset({400, 409, 422}),
        "version",
        "if it wants the document's version sent back, name it: [document] version_member",
    ),
)


def wish_in(response: Response) -> str:
    """What to write so that the target gets what it asks for; empty if that is not known."""
    text = response.body.decode("utf-8", "replace").lower()
    for statuses, word, line in _WISHES:
        if response.status in statuses and word in text:
            return line
    return ""
