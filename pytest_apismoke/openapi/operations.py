"""Lists the operations of a spec, and finds the one that a request matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from pytest_apismoke.openapi.path_templates import TemplateTree
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.openapi.servers import Servers, rest_of, servers_of
from pytest_apismoke.records import dataclass

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a spec.

    `path` is the path template; `prefixes` are the paths of its servers, an empty string for a
    server without one.
    """

    method: str
    path: str
    operation_id: str | None = None
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    prefixes: tuple[str, ...] = ("",)

    @property
    def name(self) -> str:
        """Method and path template, such as `GET /orders/{id}`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedOperation:
    """An operation with its object and its path item, as they are in the spec."""

    operation: Operation
    servers: Servers
    path_item: Node
    definition: Node


def loaded_operations(document: Mapping[str, Any], resolver: Any) -> Iterator[LoadedOperation]:
    """Every operation of a spec, in its order; anything malformed is skipped."""
    paths = document.get("paths")
    for path, raw in (paths if isinstance(paths, dict) else {}).items():
        path_item = resolve(raw, resolver)
        item = path_item.value
        if not path.startswith("/") or not isinstance(item, dict):
            continue
        named = [(method.upper(), item.get(method)) for method in _METHODS]
        more = item.get("additionalOperations")
        named += list(more.items()) if isinstance(more, dict) else []
        for method, content in named:
            definition = resolve(content, path_item.resolver)
            if isinstance(definition.value, dict):
                servers = servers_of(
                    definition.value.get("servers")
                    or item.get("servers")
                    or document.get("servers")
                )
                yield LoadedOperation(
                    operation=_operation(method, path, definition.value, servers.prefixes),
                    servers=servers,
                    path_item=path_item,
                    definition=definition,
                )


def _operation(
    method: str, path: str, content: Mapping[str, Any], prefixes: tuple[str, ...]
) -> Operation:
    operation_id, tags = content.get("operationId"), content.get("tags")
    return Operation(
        method=method,
        path=path,
        operation_id=operation_id if isinstance(operation_id, str) else None,
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
        deprecated=content.get("deprecated") is True,
        prefixes=prefixes,
    )


# -- matching requests ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    """An operation, with its number in the spec and the number of variables in its path."""

    number: int
    variables: int
    loaded: LoadedOperation
    may_be_hidden: bool

    def takes(self, prefix: str | None) -> bool:
        """Whether a server's path was to be removed from a request; None where none was."""
        return self.may_be_hidden if prefix is None else prefix in self.loaded.operation.prefixes


class Routes:
    """Finds the operation that a request matches.

    The path of a server may or may not be part of the target's URL, see `servers`. Of several
    templates that match, the one with the fewest variables wins (OpenAPI 3.1, 4.8.8).

    Args:
        operations: of the spec.
        target_url: of the target.

    """

    def __init__(self, operations: Sequence[LoadedOperation], target_url: str) -> None:
        target = urlsplit(target_url)
        self._target_path = target.path.rstrip("/")
        self._prefixes: dict[str, None] = {}
        self._templates: TemplateTree[_Route] = TemplateTree()
        for number, one in enumerate(operations):
            template = _normal(one.operation.path)
            route = _Route(
                number=number,
                variables=template.count("{"),
                loaded=one,
                may_be_hidden=one.servers.may_be_hidden(target.netloc, self._target_path),
            )
            if self._templates.add(template, route):
                self._prefixes |= dict.fromkeys(one.operation.prefixes)

    def find(self, method: str, path: str) -> LoadedOperation | None:
        """The operation that a request matches, or None.

        Args:
            method: of the request.
            path: of the request, relative to the target's URL; its query is ignored.

        """
        relative = _normal(path.partition("?")[0].partition("#")[0])
        found = [
            (route.variables, rank, route.number, route.loaded)
            for rank, (text, prefix) in enumerate(self._candidates(relative))
            for route in self._templates.matching(text)
            if route.loaded.operation.method == method.upper() and route.takes(prefix)
        ]
        return min(found, key=lambda one: one[:3])[3] if found else None

    def _candidates(self, relative: str) -> Iterator[tuple[str, str | None]]:
        """The paths that a template may match, each with the server path removed from it."""
        for text in dict.fromkeys((f"{self._target_path}{relative}", relative)):
            for prefix in self._prefixes:
                if text.startswith(f"{prefix}/"):
                    yield text[len(prefix) :], prefix
        for prefix in self._prefixes:
            rest = rest_of(prefix, self._target_path)
            if relative.startswith(f"{rest}/"):
                yield relative[len(rest) :], prefix
        yield relative, None


def _normal(path: str) -> str:
    """A path percent-decoded, except for slashes inside segments."""
    if "%" not in path:
        return path
    return "/".join(unquote(segment).replace("/", "%2F") for segment in path.split("/"))
