"""The operations of an API description: which there are, and which one a request is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from openapi_core.templating.paths.parsers import PathParser

from pytest_apismoke.openapi.servers import Servers, rest_of, servers_of
from pytest_apismoke.schemas.ref_cycles import followed

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a description; `name` is what people call it, such as `GET /orders/{id}`.

    `path` is the path template; `prefixes` are the paths of the servers that it may stand behind,
    an empty one for none.
    """

    method: str
    path: str
    operation_id: str | None = None
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    prefixes: tuple[str, ...] = ("",)

    @property
    def name(self) -> str:
        """Method and path template."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSpec:
    """An operation with the objects that describe it and the resolver for their references."""

    operation: Operation
    servers: Servers
    item: Mapping[str, Any]
    content: Mapping[str, Any]
    resolver: Any


def loaded_spec(document: Mapping[str, Any], resolver: Any) -> Iterator[LoadedSpec]:
    """Every operation of a description, in its order; what is none is passed over."""
    paths = document.get("paths")
    for path, raw in (paths if isinstance(paths, dict) else {}).items():
        item, scope = target(raw, resolver)
        if not path.startswith("/") or not isinstance(item, dict):
            continue
        named = [(method.upper(), item.get(method)) for method in _METHODS]
        more = item.get("additionalOperations")
        named += list(more.items()) if isinstance(more, dict) else []
        for method, content in named:
            if isinstance(content, dict):
                servers = servers_of(
                    content.get("servers") or item.get("servers") or document.get("servers")
                )
                yield LoadedSpec(
                    operation=_operation(method, path, content, servers.prefixes),
                    servers=servers,
                    item=item,
                    content=content,
                    resolver=scope,
                )


def target(value: Any, resolver: Any) -> tuple[Any, Any]:
    """What a value stands for: itself, or what its `$ref` leads to; with the resolver there."""
    seen: set[int] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str) and id(value) not in seen:
        seen.add(id(value))
        leads = followed(value["$ref"], resolver)
        if leads is None:
            return None, resolver
        value, resolver = leads
    return value, resolver


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


# -- which one a request is for -------------------------------------------------------------------


class _Template(PathParser):
    """A path template; a segment that is filled in is never empty."""

    _PARAM_PATTERN = r"[^/]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Route:
    template: PathParser
    variables: int
    loaded_spec: LoadedSpec
    may_be_hidden: bool


class Routes:
    """Finds the operation that a request is for.

    The servers' paths may or may not be part of the target's URL, see `servers`; of several
    templates that fit, the one with the fewest variables is meant (OpenAPI 3.1, 4.8.8).

    Args:
        operations: those of the description.
        target_url: the target's URL.

    """

    def __init__(self, operations: Sequence[LoadedSpec], target_url: str) -> None:
        target = urlsplit(target_url)
        self._target_path = target.path.rstrip("/")
        self._prefixes: dict[str, None] = {}
        self._routes: dict[tuple[str, int], list[_Route]] = {}
        for one in operations:
            template = _normal(one.operation.path)
            try:
                parser = _Template(template, pre_expression="^", post_expression="$")
            except ValueError:
                # A brace that is never closed: no request is for this one.
                continue
            self._prefixes |= dict.fromkeys(one.operation.prefixes)
            route = _Route(
                template=parser,
                variables=template.count("{"),
                loaded_spec=one,
                may_be_hidden=one.servers.may_be_hidden(target.netloc, self._target_path),
            )
            place = (one.operation.method, template.count("/"))
            self._routes.setdefault(place, []).append(route)

    def find(self, method: str, path: str) -> LoadedSpec | None:
        """The operation, or None where the description knows none.

        Args:
            method: of the request.
            path: relative to the target's URL; a query is passed over.

        """
        relative = _normal(path.partition("?")[0].partition("#")[0])
        best: tuple[int, int, _Route] | None = None
        for rank, (text, prefix) in enumerate(self._readings(relative)):
            for route in self._routes.get((method.upper(), text.count("/")), ()):
                if prefix is None:
                    if not route.may_be_hidden:
                        continue
                elif prefix not in route.loaded_spec.operation.prefixes:
                    continue
                if (best is None or (route.variables, rank) < best[:2]) and (
                    route.template.parse(text) is not None
                ):
                    best = (route.variables, rank, route)
        return best[2].loaded_spec if best else None

    def _readings(self, relative: str) -> Iterator[tuple[str, str | None]]:
        """The paths that a template may fit, each with the server's path that was taken off."""
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
    """A path with as little percent-encoding as tells its segments apart."""
    if "%" not in path:
        return path
    return "/".join(unquote(segment).replace("/", "%2F") for segment in path.split("/"))
