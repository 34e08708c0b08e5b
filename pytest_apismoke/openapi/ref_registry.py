"""The targets of a spec's references: documents by URI, and schemas by `$id` or anchor. Pure.

Since OpenAPI 3.1 any schema of a spec may have an `$id` or an anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from referencing import Anchor, Registry, Resource, Specification
from referencing.jsonschema import DynamicAnchor

from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.openapi.refs import SpecObject, base_of, bundled, linking
from pytest_apismoke.schemas.schema_places import place_in

_ANCHORS: Mapping[str, Callable[..., Any]] = {
    "$anchor": Anchor,
    "$dynamicAnchor": DynamicAnchor,
}


class RefRegistry:
    """Everything that the references of a spec may lead to.

    Args:
        documents: the spec and its files, by URI.
        labels: their names in messages, by the same URIs.
        version: the first two numbers of the spec's version.
        aliases: further URIs of the same documents, for references relative to a `$self`.

    """

    def __init__(
        self,
        documents: Mapping[str, Any],
        labels: Mapping[str, str],
        version: str,
        *,
        aliases: Mapping[str, Any],
    ) -> None:
        # The base URI by the identity of an object, and the object by its URI.
        self._uris: dict[int, str] = {}
        self._resources: dict[str, Any] = {**aliases, **documents}
        self._anchors: dict[str, dict[str, tuple[str, Any]]] = {}
        self._version = version
        self.duplicates: list[Failure] = []
        #: The objects of each document that have a reference or a name, by its URI.
        self.linking = {uri: linking(one, uri, version) for uri, one in documents.items()}
        specification: Any = Specification  # mypy does not know how attrs names its arguments
        self._specification: Specification[Any] = specification(
            name="OpenAPI",
            id_of=lambda contents: self._uris.get(id(contents)),
            subresources_of=lambda contents: (),
            anchors_in=lambda specification, contents: self._anchors_of(contents),
            maybe_in_subresource=lambda segments, resolver, subresource: resolver.in_subresource(
                subresource
            ),
        )
        for uri, document in documents.items():
            own = base_of(document, uri, version)
            self._uris[id(document)] = own
            self._resources.setdefault(own, document)
            for one in self.linking[uri]:
                self._register(one, document, labels[uri])
        if version == "3.0":
            self._uris.clear()

    def registry(self) -> Registry[Any]:
        """The registry for resolvers; it never retrieves a document that it does not contain."""
        return bundled(self._version).with_resources(
            (uri, self._specification.create_resource(one)) for uri, one in self._resources.items()
        )

    def resolver_inside(self, schema: Any, resolver: Any) -> Any:
        """The resolver for the references inside a schema, given that of the object around it."""
        return resolver.in_subresource(self._specification.create_resource(schema))

    def _register(self, one: SpecObject, document: Any, label: str) -> None:
        if one.has_own_id and one.value is not document:
            self._uris[id(one.value)] = one.base
            if self._resources.setdefault(one.base, one.value) is not one.value:
                self._duplicate("$id", one, label)
        for keyword in _ANCHORS if one.may_have_id else ():
            name = one.value.get(keyword)
            if isinstance(name, str):
                known = self._anchors.setdefault(one.base, {})
                if known.setdefault(name, (keyword, one.value))[1] is not one.value:
                    self._duplicate(keyword, one, label)

    def _duplicate(self, keyword: str, one: SpecObject, label: str) -> None:
        self.duplicates.append(
            misconfigured(
                expected=f"a {keyword} that no other schema of the spec has",
                seen=repr(one.value[keyword]),
                where=place_in(label, f"{one.pointer}/{keyword}"),
                hint="give each schema its own, or remove it",
            ).failure
        )

    def _anchors_of(self, contents: Any) -> Iterator[Any]:
        known = self._anchors.get(self._uris.get(id(contents), ""), {})
        for name, (keyword, schema) in known.items():
            resource: Resource[Any] = self._specification.create_resource(schema)
            yield _ANCHORS[keyword](name=name, resource=resource)
