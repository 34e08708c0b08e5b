"""Parses an OpenAPI document and the files that it references; the caller does the reading."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from pytest_apismoke.documents import describe
from pytest_apismoke.errors import SmokeError, misconfigured
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.openapi.broken_references import unresolvable_ref
from pytest_apismoke.openapi.refs import (
    SpecObject,
    base_of,
    bundled,
    linking,
    references,
)
from pytest_apismoke.schemas.json_text import DEEPEST, is_deeper, parse_json

#: The supported versions; the third number makes no difference.
VERSIONS = ("3.0", "3.1", "3.2")
#: The base URI of the spec and its files, for their `$ref`s to each other; nothing on any disk.
BASE = "file:///spec/"
EXTRA = "pip install 'pytest-apismoke[openapi]'"

_LIBRARIES = ("openapi_schema_validator", "openapi_spec_validator", "yaml")
_VERSION = late_pattern(r"(\d+\.\d+)\.\d+(-.*)?")
_YAML_SUFFIXES = (".yaml", ".yml")


def read(text: str, label: str) -> dict[str, Any]:
    """Parses an OpenAPI document, JSON or YAML.

    Args:
        text: the content of the file or the response.
        label: names the document in messages: a path or a URL.

    Raises:
        SmokeError: (`usage`) when it is not an OpenAPI document of a supported version, or the
            libraries to read it are not installed.

    """
    return checked(parse(text, label), label)


def parse(text: str, label: str) -> dict[str, Any]:
    """Parses what should be an OpenAPI document: an object, whatever is in it.

    Raises:
        SmokeError: (`usage`) when it is none, or the libraries to read it are not installed.

    """
    require_extra(label)
    document = _parse(text, label)
    if not isinstance(document, dict):
        raise _not_openapi(describe(document), label)
    return document


def checked(document: dict[str, Any], label: str) -> dict[str, Any]:
    """A parsed document, if it is an OpenAPI document of a supported version.

    Raises:
        SmokeError: (`usage`) when it is not.

    """
    _check_version(document, label)
    if not isinstance(document.get("paths", {}), dict):
        raise misconfigured(
            expected="an object of paths",
            seen=describe(document["paths"]),
            where=f"{label}#/paths",
            hint="correct the spec; 'apismoke check' lints all of it without a target",
        )
    return document


def read_with_files(
    text: str, label: str, read_file: Callable[[str], str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parses an OpenAPI document and, recursively, the files that its `$ref`s lead to.

    Args:
        text: the content of the document.
        label: its path, as messages show it.
        read_file: returns the content of a file, given its path relative to the document's folder;
            raises OSError or UnicodeDecodeError. It is never given a path outside that folder.

    Returns:
        The document, and the parsed files by their relative paths, as `Spec` takes them.

    Raises:
        SmokeError: (`usage`) as `read`, and when a file is missing or outside the folder.

    """
    document = read(text, label)
    version, own = version_of(document), uri_of(label)
    files: dict[str, Any] = {}
    found = linking(document, own, version)
    known = _own_uris(document, found, own, version)
    todo: list[tuple[str, str, tuple[SpecObject, ...]]] = [
        ("", base_of(document, own, version), found)
    ]
    while todo:
        base, base_uri, current = todo.pop()
        for reference in references(current, version):
            if reference.ref.startswith("#"):
                continue
            where = f"{_label(label, base)}#{reference.pointer}/{reference.keyword}"
            leads = _joined(reference.base, reference.ref, where)
            if leads in known or leads in bundled(version):
                continue
            if reference.base == base_uri:
                path = file_of(reference.ref, base, where)
            else:
                # Inside a schema with an $id, a reference is relative to that.
                path = file_of(leads.removeprefix(BASE), "", where)
            if path in files or path in ("", unquote(posixpath.basename(own))):
                continue
            files[path] = _read_file(path, _label(label, path), where, read_file)
            uri = BASE + quote(path)
            found = linking(files[path], uri, version)
            known |= _own_uris(files[path], found, uri, version)
            todo.append((path, base_of(files[path], uri, version), found))
    return document, files


def _joined(base: str, ref: str, where: str) -> str:
    try:
        return urljoin(base, ref).partition("#")[0]
    except ValueError:
        raise SmokeError(unresolvable_ref(ref, where)) from None


def uri_of(label: str) -> str:
    """The URI of a spec, made from its label; nothing on any disk."""
    return BASE + quote(posixpath.basename(label.partition("?")[0]) or "spec")


def _own_uris(document: Any, found: Iterable[SpecObject], uri: str, version: str) -> set[str]:
    """The URIs that a document and its schemas declare with `$self` and `$id`."""
    own = {base_of(document, uri, version)} - {uri}
    return own | {one.base for one in found if one.has_own_id}


def file_of(ref: str, base: str, where: str) -> str:
    """The path of the file that a `$ref` leads to, relative to the spec's folder.

    Args:
        ref: the reference.
        base: the path of the file that contains it, empty for the spec itself.
        where: the place of the reference, for messages.

    Raises:
        SmokeError: (`usage`) when it leads to the network or out of the folder.

    """
    try:
        parts = urlsplit(ref)
    except ValueError:
        raise SmokeError(unresolvable_ref(ref, where)) from None
    if not parts.path and not parts.scheme and not parts.netloc:
        return base
    path = posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(parts.path)))
    if parts.scheme or parts.netloc:
        raise SmokeError(unresolvable_ref(ref, where))
    if path.startswith(("/", "../")) or path == ".." or "\\" in path or ":" in path:
        raise misconfigured(
            expected="a $ref to a file in the spec's folder or below it",
            seen=repr(ref),
            where=where,
            hint="move the file there; files elsewhere are not read",
        )
    return path


def require_extra(where: str) -> None:
    """Checks that the libraries of the extra are installed.

    Raises:
        SmokeError: (`usage`) when they are not.

    """
    if any(find_spec(name) is None for name in _LIBRARIES):
        raise misconfigured(
            expected="the libraries that read OpenAPI documents to be installed",
            seen="openapi-schema-validator, openapi-spec-validator or PyYAML missing",
            where=where,
            hint=EXTRA,
        )


def version_of(document: Mapping[str, Any]) -> str:
    """The first two numbers of the version that a document declares, such as `3.1`."""
    found = _VERSION.fullmatch(str(document.get("openapi")))
    return found[1] if found else ""


def _parse(text: str, label: str) -> Any:
    text = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    if text.lstrip()[:1] == "{" and not label.endswith(_YAML_SUFFIXES):
        document = parse_json(text, label)
        if is_deeper(document, DEEPEST):
            raise misconfigured(
                expected=f"at most {DEEPEST} levels of nesting",
                seen="more",
                where=label,
                hint="correct the file",
            )
        return document
    from pytest_apismoke.openapi.yaml_loader import parse_yaml

    return parse_yaml(text, label)


def _read_file(path: str, label: str, where: str, read_file: Callable[[str], str]) -> Any:
    try:
        text = read_file(path)
    except (OSError, UnicodeDecodeError) as error:
        seen = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise misconfigured(
            expected=f"the file {label}",
            seen=seen,
            where=where,
            hint="correct the $ref, or put the file there",
        ) from None
    return _parse(text, label)


def _label(label: str, path: str) -> str:
    return posixpath.join(posixpath.dirname(label), path) if path else label


def _not_openapi(seen: str, label: str) -> SmokeError:
    return misconfigured(
        expected="an OpenAPI document",
        seen=seen,
        where=label,
        hint="name the file or the URL of the document itself, not of a page that displays it",
    )


def _check_version(document: Mapping[str, Any], label: str) -> None:
    if "openapi" not in document and "swagger" in document:
        raise misconfigured(
            expected=f"OpenAPI {', '.join(VERSIONS)}",
            seen=f"Swagger {document['swagger']}",
            where=f"{label}#/swagger",
            hint="convert it, for instance with swagger2openapi",
        )
    if "openapi" not in document:
        raise _not_openapi(describe(document), label)
    if version_of(document) not in VERSIONS:
        raise misconfigured(
            expected=f"OpenAPI {', '.join(VERSIONS)}",
            seen=describe(document["openapi"]),
            where=f"{label}#/openapi",
            hint="write the version as a string of three numbers, such as '3.1.0'",
        )
