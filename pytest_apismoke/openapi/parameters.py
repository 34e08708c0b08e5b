"""The parameters of an operation, those of its path included. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.records import dataclass

#: Headers that a spec cannot declare as parameters (OpenAPI 3.1, 4.8.12).
NOT_PARAMETERS = frozenset({"accept", "content-type", "authorization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter; `schema` is that of its value, or of the content that it is sent as."""

    location: str
    name: str
    is_required: bool
    schema: Node | None

    @property
    def place(self) -> str:
        """Its name in messages."""
        return f"{self.location} parameter {self.name}"


def parameters_of(loaded: LoadedOperation) -> Mapping[object, Parameter]:
    """The parameters by what a request knows them by: their name, in a path their position."""
    positions = {
        name: i for i, name in enumerate(re.findall(r"\{([^}]*)\}", loaded.operation.path))
    }
    found: dict[object, Parameter] = {}
    for item in (loaded.path_item, loaded.definition):
        declared = item.value.get("parameters")
        for raw in declared if isinstance(declared, list) else ():
            node = resolve(raw, item.resolver)
            if not isinstance(node.value, dict):
                continue
            name, location = str(node.value.get("name")), str(node.value.get("in"))
            known = name.lower() if location == "header" else name
            if location == "header" and known in NOT_PARAMETERS:
                continue
            key = positions.get(name, name) if location == "path" else known
            found[location, key] = Parameter(
                location=location,
                name=name,
                is_required=location == "path" or node.value.get("required") is True,
                schema=_schema_of(node),
            )
    return found


def _schema_of(node: Node) -> Node | None:
    content = node.value.get("content")
    for one in [node.value, *(content.values() if isinstance(content, dict) else ())]:
        if isinstance(one, dict) and isinstance(one.get("schema"), (dict, bool)):
            return Node(one["schema"], node.resolver)
    return None
