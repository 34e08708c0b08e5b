"""Compares two versions of one operation: its parameters, its bodies and its responses. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pytest_apismoke.openapi.keyword_changes import SchemaChange, Side
from pytest_apismoke.openapi.operations import LoadedOperation
from pytest_apismoke.openapi.parameters import Parameter, parameters_of
from pytest_apismoke.openapi.refs import Node, resolve
from pytest_apismoke.openapi.schema_changes import SchemaComparison
from pytest_apismoke.openapi.schema_views import Views
from pytest_apismoke.openapi.spec import Spec

#: A place of an operation, and a change there or inside it.
Placed = tuple[str, SchemaChange]


class OperationComparison:
    """Compares operations of two specs."""

    def __init__(self, before: Spec, after: Spec) -> None:
        self._schemas = SchemaComparison(
            Views(before.version, before.resolver_inside),
            Views(after.version, after.resolver_inside),
        )
        self._user = ""
        self._secured = before.document.get("security"), after.document.get("security")

    def users(self, cause: object) -> tuple[str, ...]:
        """The operations that use the schemas in which a change was found."""
        return self._schemas.users(cause)

    def changes(self, before: LoadedOperation, after: LoadedOperation) -> Iterator[Placed]:
        """The changes of one operation, each with the part of it that has changed.

        One in a schema that an earlier operation uses as well is among the changes of that.
        """
        self._user = before.operation.name
        yield from self._of_switches(before, after)
        yield from self._of_parameters(parameters_of(before), parameters_of(after))
        yield from self._of_body(before, after)
        yield from self._of_responses(before, after)

    def _of_switches(self, before: LoadedOperation, after: LoadedOperation) -> Iterator[Placed]:
        needed = [
            _needs_login(one.definition.value.get("security", of_document))
            for one, of_document in zip((before, after), self._secured, strict=True)
        ]
        if needed == [False, True]:
            yield "login", _said("is needed now", True)
        elif needed == [True, False]:
            yield "login", _said("is no longer needed", False)
        if after.operation.deprecated and not before.operation.deprecated:
            yield "deprecated", _said("is said now", False)

    def _of_parameters(
        self, were: Mapping[object, Parameter], are: Mapping[object, Parameter]
    ) -> Iterator[Placed]:
        for key, one in are.items():
            if key not in were:
                text = "is new, and has to be sent" if one.is_required else "is new"
                yield one.place, _said(text, one.is_required)
        for key, one in were.items():
            if key not in are:
                yield one.place, _said("is gone", False)
                continue
            if one.is_required != are[key].is_required:
                is_required = are[key].is_required
                text = "has to be sent now" if is_required else "may be left out now"
                yield one.place, _said(text, is_required)
            yield from self._of_schemas(one.place, one.schema, are[key].schema, Side.REQUEST)

    def _of_body(self, before: LoadedOperation, after: LoadedOperation) -> Iterator[Placed]:
        was, now = (_member(one.definition, "requestBody") for one in (before, after))
        is_needed = bool(now and now.value.get("required") is True)
        if was is None:
            if now is not None:
                text = "is new, and has to be sent" if is_needed else "is new"
                yield "request", _said(text, is_needed)
            return
        if now is None:
            yield "request", _said("has no body any more", False)
            return
        if is_needed and was.value.get("required") is not True:
            yield "request", _said("has to have a body now", True)
        yield from self._of_contents("request", was, now, Side.REQUEST)

    def _of_responses(self, before: LoadedOperation, after: LoadedOperation) -> Iterator[Placed]:
        were, are = (_members(one.definition, "responses") for one in (before, after))
        for status, response in were.items():
            is_success = status.startswith("2")
            now = are.get(status) or are.get(f"{status[:1]}XX") or are.get("default")
            if now is None:
                yield f"response {status}", _said("is gone", is_success)
                continue
            yield from self._of_contents(f"response {status}", response, now, Side.RESPONSE)
            yield from self._of_headers(f"response {status}", response, now)
        for status in are:
            if not any(one in were for one in (status, f"{status[:1]}XX", "default")):
                yield f"response {status}", _said("is new", False)

    def _of_headers(self, place: str, before: Node, after: Node) -> Iterator[Placed]:
        were, are = (
            {name.lower(): one for name, one in _members(node, "headers").items()}
            for node in (before, after)
        )
        for name, header in were.items():
            where = f"{place}, header {name}"
            if name == "content-type":
                continue
            if name not in are:
                yield where, _said("is gone", True)
                continue
            needed = [one.value.get("required") is True for one in (header, are[name])]
            if needed == [True, False]:
                yield where, _said("may be absent now", True)
            schemas = _member(header, "schema"), _member(are[name], "schema")
            yield from self._of_schemas(where, *schemas, Side.RESPONSE)
        for name in are:
            if name not in were and name != "content-type":
                yield f"{place}, header {name}", _said("is new", False)

    def _of_contents(self, place: str, before: Node, after: Node, side: Side) -> Iterator[Placed]:
        were, are = (_by_media_type(_members(node, "content")) for node in (before, after))
        for media_type, content in were.items():
            # What is said once needs no media type.
            where = place if len(were) == 1 else f"{place} {media_type}"
            now = are.get(media_type) or _covering(media_type, are)
            if now is None:
                yield f"{place} {media_type}", _said("is gone", True)
                continue
            schemas = _member(content, "schema"), _member(now, "schema")
            yield from self._of_schemas(where, *schemas, side)
        for media_type in are:
            if media_type not in were and not _covering(media_type, were):
                yield f"{place} {media_type}", _said("is new", False)

    def _of_schemas(
        self, place: str, before: Node | None, after: Node | None, side: Side
    ) -> Iterator[Placed]:
        if before is None and after is None:
            return
        anything = Node({}, None)
        for one in self._schemas.changes(
            before or anything, after or anything, side, user=self._user
        ):
            yield place, one


def _said(text: str, is_breaking: bool) -> SchemaChange:
    return SchemaChange(place="", text=text, is_breaking=is_breaking)


def _needs_login(security: Any) -> bool | None:
    """Whether requests without any credentials are refused; None where the spec does not say."""
    if not isinstance(security, list):
        return None
    return bool(security) and {} not in security


def _member(node: Node, name: str) -> Node | None:
    """A member of an object, its references followed; None where there is none that is an object.

    A schema is returned as it stands, because what stands beside a reference may count there.
    """
    if not isinstance(node.value, dict) or name not in node.value:
        return None
    found = Node(node.value[name], node.resolver)
    if name != "schema":
        found = resolve(found.value, found.resolver)
        return found if isinstance(found.value, dict) else None
    return found if isinstance(found.value, (dict, bool)) else None


def _members(node: Node, name: str) -> dict[str, Node]:
    """The members of a map, their references followed."""
    inside = _member(node, name)
    if inside is None:
        return {}
    found = {str(key): resolve(one, inside.resolver) for key, one in inside.value.items()}
    return {key: one for key, one in found.items() if isinstance(one.value, dict)}


def _by_media_type(contents: Mapping[str, Node]) -> dict[str, Node]:
    """The contents by media type, without its parameters."""
    found: dict[str, Node] = {}
    for name, content in contents.items():
        found.setdefault(name.partition(";")[0].strip().lower(), content)
    return found


def _covering(media_type: str, contents: Mapping[str, Node]) -> Node | None:
    """The content of a range that has the media type in it, or of the type that a range is for."""
    for name, content in contents.items():
        for one, other in ((name, media_type), (media_type, name)):
            if one == "*/*" or (one.endswith("/*") and other.startswith(one[:-1])):
                return content
    return None
