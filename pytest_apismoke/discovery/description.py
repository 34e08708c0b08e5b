"""Reads an OpenAPI document for the login and the settings that it may describe. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_apismoke.configuration.keys import PATH
from pytest_apismoke.documents import lookup
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

#: Where frameworks serve their OpenAPI document.
PATHS = (
    *("/openapi.json", "/api/openapi.json", "/api/v1/openapi.json", "/v3/api-docs"),
    *("/swagger/v1/swagger.json", "/docs/openapi.json", "/api-docs", "/api-json"),
)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
_LOGIN_WORDS = late_pattern(r"log-?in|token|sign-?in|authenticate|sessions?$|/auth$", re.IGNORECASE)
_NO_LOGIN_WORDS = late_pattern(r"refresh|revoke|recover|reset|test|logout|verify|forgot", re.I)
_PASSWORDS = ("password", "passwd", "pass", "client_secret")
#: The words of a path to one account's own document, the most telling first.
_OWN_WORDS = ("settings", "preferences", "profile", "business", "account", "config", "me", "self")
_DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginOperation:
    """An operation that takes a password: its path, the media type, its fields and their needs."""

    path: str
    media_type: str
    fields: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    fixed: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDocument:
    """A path that is read with GET and written with another method.

    `properties` maps the names in the body of the update to their schemas.
    """

    path: str
    method: str
    media_type: str
    properties: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...] = ()


def logins(document: Mapping[str, Any]) -> tuple[LoginOperation, ...]:
    """The operations that may be the login, the likeliest first."""
    found = [
        operation
        for path, item in _paths(document)
        if "{" not in path and isinstance(post := item.get("post"), Mapping)
        for operation in _login(document, path, post)
    ]
    urls = [f"/{url.lstrip('./')}" for url in _token_urls(document)]

    def rank(one: LoginOperation) -> tuple[bool, bool, int]:
        is_declared = any(one.path.endswith(url) for url in urls)
        return not is_declared, not _LOGIN_WORDS.search(one.path), len(one.path)

    return tuple(sorted(found, key=rank))


def own_documents(document: Mapping[str, Any]) -> tuple[OwnDocument, ...]:
    """The documents of the account itself that may be written, the likeliest first."""
    found = [
        one
        for path, item in _paths(document)
        if "{" not in path and isinstance(item.get("get"), Mapping)
        for one in _own(document, path, item)
    ]

    def rank(one: OwnDocument) -> tuple[int, int]:
        words = re.split(r"[/_.-]", one.path.lower())
        ranks = [index for index, word in enumerate(_OWN_WORDS) if word in words]
        return min(ranks, default=len(_OWN_WORDS)), len(one.path)

    return tuple(sorted((one for one in found if rank(one)[0] < len(_OWN_WORDS)), key=rank))


def _paths(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The paths, with the prefix of the first server where that is a path only."""
    url = lookup(document, "/servers/0/url")
    prefix = url.rstrip("/") if isinstance(url, str) and url.startswith("/") else ""
    paths = document.get("paths")
    for path, item in (paths if isinstance(paths, Mapping) else {}).items():
        # A path that no request can have describes nothing.
        if isinstance(item, Mapping) and PATH.fits(whole := f"{prefix}{path}"):
            yield whole, item


def _token_urls(document: Mapping[str, Any]) -> Iterator[str]:
    schemes = lookup(document, "/components/securitySchemes")
    for scheme in (schemes if isinstance(schemes, Mapping) else {}).values():
        url = lookup(scheme, "/flows/password/tokenUrl")
        if isinstance(url, str):
            yield url


def _login(
    document: Mapping[str, Any], path: str, post: Mapping[str, Any]
) -> Iterator[LoginOperation]:
    if _NO_LOGIN_WORDS.search(path):
        return
    for media_type, schema in _bodies(document, post, (FORM, JSON)):
        properties = _properties(document, schema)
        if any(name in properties for name in _PASSWORDS):
            fixed = {
                name: value
                for name, one in properties.items()
                if (value := _only_value(document, one)) is not None
            }
            yield LoginOperation(
                path=path,
                media_type=media_type,
                fields=tuple(properties),
                required=_required(document, schema),
                fixed=fixed,
            )
            return


def _own(document: Mapping[str, Any], path: str, item: Mapping[str, Any]) -> Iterator[OwnDocument]:
    for method in ("patch", "put"):
        operation = item.get(method)
        if not isinstance(operation, Mapping):
            continue
        types = (JSON, "application/merge-patch+json")
        for media_type, schema in _bodies(document, operation, types):
            yield OwnDocument(
                path=path,
                method=method.upper(),
                media_type=media_type,
                properties=_properties(document, schema),
                required=_required(document, schema),
            )
            return


def _bodies(
    document: Mapping[str, Any], operation: Mapping[str, Any], media_types: tuple[str, ...]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    content = _resolved(document, operation.get("requestBody")).get("content")
    for media_type in media_types:
        if isinstance(content, Mapping) and isinstance(content.get(media_type), Mapping):
            yield media_type, _resolved(document, content[media_type].get("schema"))


def _properties(
    document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0
) -> dict[str, Mapping[str, Any]]:
    """The properties of an object, those of what it combines included."""
    found: dict[str, Mapping[str, Any]] = {}
    if depth > _DEEPEST:
        return found
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in _list(schema.get(keyword)):
            found |= _properties(document, _resolved(document, part), depth + 1)
    own = schema.get("properties")
    for name, one in (own if isinstance(own, Mapping) else {}).items():
        if str(name).isprintable():
            found[str(name)] = _resolved(document, one)
    return found


def _required(document: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[str, ...]:
    names = [str(name) for name in _list(schema.get("required"))]
    for part in _list(schema.get("allOf")):
        names += [str(name) for name in _list(_resolved(document, part).get("required"))]
    return tuple(name for name in dict.fromkeys(names) if name.isprintable())


def _only_value(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str | None:
    """The one string that a schema allows; FastAPI writes it as a pattern of one word."""
    choices = [schema, *(_resolved(document, one) for one in _list(schema.get("anyOf")))]
    for one in choices:
        for value in (one.get("const"), *(_list(one.get("enum")) if _is_single(one) else ())):
            if isinstance(value, str) and value.isprintable():
                return value
        pattern = one.get("pattern")
        word = re.fullmatch(r"\^?(\w+)\$?", pattern) if isinstance(pattern, str) else None
        if word:
            return word[1]
    return None


def _is_single(schema: Mapping[str, Any]) -> bool:
    return len(_list(schema.get("enum"))) == 1


def _resolved(document: Mapping[str, Any], node: object) -> Mapping[str, Any]:
    """An object, or the one in the same document that it refers to; else an empty one."""
    for _ in range(_DEEPEST):
        ref = node.get("$ref") if isinstance(node, Mapping) else None
        if not isinstance(ref, str):
            break
        node = lookup(document, ref[1:]) if ref.startswith("#/") else None
    return node if isinstance(node, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
