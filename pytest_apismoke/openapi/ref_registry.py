"""What a description's references may lead to by a name of its own: `$id`, anchors, `$self`. Pure.

From OpenAPI 3.1 on a schema may have a URI or an anchor, wherever in a description it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from referencing import Anchor, Registry, Resource, Specification
from referencing.jsonschema import DynamicAnchor

from pytest_apismoke.errors import Failure, misconfigured
from pytest_apismoke.openapi.refs import Stands, base_of, objects
from pytest_apismoke.schemas.findings import place_in

_ANCHORS: Mapping[str, Callable[..., Any]] = {
    "$anchor": Anchor,
    "$dynamicAnchor": DynamicAnchor,
}


class RefRegistry:
    """The documents of a description as what references are followed in.

    Args:
        documents: by their URIs.
        labels: how messages name them, by the same URIs.
        version: the two numbers of the description's version.
        also: further URIs of documents: those beside a description that has a `$self`.

    """

    def __init__(
        self,
        documents: Mapping[str, Any],
        labels: Mapping[str, str],
        version: str,
        *,
        also: Mapping[str, Any],
    ) -> None:
        # By the identity of objects, and by the URI that a reference begins with.
        self._uris: dict[int, str] = {}
        self._resources: dict[str, Any] = {**also, **documents}
        self._anchors: dict[str, dict[str, tuple[str, Any]]] = {}
        self.mistakes: list[Failure] = []
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
            for one in objects(document, uri, version):
                self._learn(one, document, labels[uri])
        if version == "3.0":
            self._uris.clear()

    def registry(self) -> Registry[Any]:
        """Where references are followed; nothing is ever retrieved: what is not here is nowhere."""
        return Registry().with_resources(
            (uri, self._specification.create_resource(one)) for uri, one in self._resources.items()
        )

    def inside(self, schema: Any, resolver: Any) -> Any:
        """The resolver for the references of a schema, from that around it."""
        return resolver.in_subresource(self._specification.create_resource(schema))

    def _learn(self, one: Stands, document: Any, label: str) -> None:
        if one.identifies_itself and one.value is not document:
            self._uris[id(one.value)] = one.base
            if self._resources.setdefault(one.base, one.value) is not one.value:
                self._taken("$id", one, label)
        for keyword in _ANCHORS if one.may_be_named else ():
            name = one.value.get(keyword)
            if isinstance(name, str):
                known = self._anchors.setdefault(one.base, {})
                if known.setdefault(name, (keyword, one.value))[1] is not one.value:
                    self._taken(keyword, one, label)

    def _taken(self, keyword: str, one: Stands, label: str) -> None:
        self.mistakes.append(
            misconfigured(
                expected=f"a {keyword} that nothing else in the description has",
                seen=repr(one.value[keyword]),
                where=place_in(label, f"{one.pointer}/{keyword}"),
                hint="give each of them a name of its own, or none",
            ).failure
        )

    def _anchors_of(self, contents: Any) -> Iterator[Any]:
        known = self._anchors.get(self._uris.get(id(contents), ""), {})
        for name, (keyword, schema) in known.items():
            resource: Resource[Any] = self._specification.create_resource(schema)
            yield _ANCHORS[keyword](name=name, resource=resource)
