"""report.md: every member of the JSON report, from the schema that describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from documenting.reference import markdown
from documenting.reference.markdown import anchor, code, link, prose, slug

Schema = Mapping[str, Any]

_HEADER = ("member", "value", "there", "meaning")
_DEFINITIONS, _MEMBERS = "#/$defs/", "#/properties/"


def blocks() -> Mapping[str, str]:
    """The blocks of the page."""
    page = _Page(schema())
    return {"members": page.members(""), "sections": markdown.blocks(page.sections())}


def schema() -> dict[str, Any]:
    """The schema."""
    file = files("pytest_apismoke.reports").joinpath("report.schema.json")
    document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return document


class _Page:
    """The sections of the page: each object of a report, and each set of words.

    A section is named after the member that is the object, or has it in a list.
    """

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._objects: dict[str, Schema] = {"": document}
        self._words: dict[str, Schema] = {}
        for name, member in document["properties"].items():
            self._objects |= dict(_objects(name, member))
        for name, defined in document["$defs"].items():
            self._objects |= dict(_objects(name, defined))
            if "enum" in defined:
                self._words[name] = defined

    def sections(self) -> Iterator[str]:
        """Each section behind that of the report itself."""
        for name in filter(None, self._objects):
            yield markdown.heading(3, code(name))
            yield prose(self._description(name))
            yield self.members(name)
        for name, defined in self._words.items():
            yield markdown.heading(3, f"Values of {code(name)}")
            yield f"{', '.join(map(code, defined['enum']))}."
            yield prose(defined["description"])

    def members(self, section: str) -> str:
        """The table of the members of an object."""
        schema = self._objects[section]
        needed = schema.get("required", ())
        return markdown.table(
            _HEADER,
            [
                (
                    self._named(section, name),
                    self._value(_place(section, name), member),
                    "always" if name in needed else "not always",
                    prose(self._resolved(member)["description"]),
                )
                for name, member in schema["properties"].items()
            ],
        )

    def _named(self, section: str, name: str) -> str:
        if _place(section, name) in self._objects:
            # Its heading is to be linked to.
            return code(name)
        return f"{anchor('-'.join(filter(None, (slug(section), name))))}{code(name)}"

    def _description(self, section: str) -> str:
        """That of the member or definition, which says more than that of one item of it."""
        outer = {**self._document["$defs"], **self._document["properties"]}.get(section, {})
        return str(outer.get("description") or self._objects[section]["description"])

    def _resolved(self, schema: Schema) -> Schema:
        """A value's schema with what it refers to; its own words come first."""
        reference = schema.get("$ref")
        if reference is None:
            return schema
        there: Any = self._document
        for step in reference.removeprefix("#/").split("/"):
            there = there[step]
        return {**self._resolved(there), **{k: v for k, v in schema.items() if k != "$ref"}}

    def _value(self, place: str, schema: Schema) -> str:
        """The type of a value, with a link to where its members or its words are."""
        reference = schema.get("$ref", "").removeprefix(_DEFINITIONS).removeprefix(_MEMBERS)
        if reference in self._words:
            return link(f"a {reference}", f"#{slug(f'Values of {reference}')}")
        if reference in self._objects and reference:
            place = reference
        whole = self._resolved(schema)
        if "oneOf" in whole:
            return " or ".join(self._value(place, one) for one in whole["oneOf"])
        if "const" in whole:
            return code(json.dumps(whole["const"]))
        if "enum" in whole:
            return ", ".join(map(code, whole["enum"]))
        kinds = whole["type"] if isinstance(whole["type"], list) else [whole["type"]]
        return " or ".join(self._of_kind(kind, place, whole) for kind in kinds)

    def _of_kind(self, kind: str, place: str, whole: Schema) -> str:
        if kind == "array":
            return f"list: each {self._value(place, whole['items'])}"
        if kind != "object":
            return kind
        members = link("object", f"#{slug(place)}")
        if "properties" in whole:
            return members
        values = self._value(place, whole["additionalProperties"])
        return f"object: for each name {values}"


def _objects(name: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    """The objects with named members that a value is or has in it."""
    if "properties" in schema:
        yield name, schema
        for member, inner in schema["properties"].items():
            yield from _objects(f"{name}.{member}", inner)
    for below in ("items", "additionalProperties"):
        if isinstance(schema.get(below), dict):
            yield from _objects(name, schema[below])


def _place(section: str, member: str) -> str:
    return f"{section}.{member}" if section else member
