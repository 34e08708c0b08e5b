"""The names of schemas, and the URIs under which they refer to each other. Pure."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

#: The end of the name of a schema's file.
SUFFIX = ".schema.json"
#: The base of all contract files; stands for no place on a disk, and is never fetched.
BASE = "file:///contracts/"


def document_uri(path: str) -> str:
    """The URI of a document, by its path or its absolute URI."""
    return urljoin(BASE, path)


def base_uri(path: str, document: Any) -> str:
    """The URI that a document's references are relative to: its `$id`, else its own URI."""
    own = document.get("$id") if isinstance(document, dict) else None
    uri = document_uri(path)
    return urljoin(uri, own.rstrip("#")) if isinstance(own, str) else uri


def fragment(name: str) -> str:
    """The part of a schema's name behind `#`, as a JSON Pointer."""
    pointer = name.partition("#")[2]
    return f"/{pointer}" if pointer and not pointer.startswith("/") else pointer
