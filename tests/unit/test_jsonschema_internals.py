"""The private names of jsonschema and referencing are there, and do what the gate needs of them."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.protocols import Validator
from jsonschema.validators import create, extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from pytest_apismoke.schemas.dialects import OURS
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.jsonschema_internals import (
    HeldValidators,
    SchemaResolver,
    at_reference,
    enter_ids,
    holding,
    new_validator,
    replace_evolve,
    resolver_of,
)

BASE = "file:///contracts/a.schema.json"
ROOT: dict[str, Any] = {
    "$defs": {"number": {"type": "integer"}},
    "properties": {"n": {"$ref": "#/$defs/number"}},
}


def resolver() -> SchemaResolver:
    registry: Registry[Any] = Registry().with_resource(BASE, DRAFT202012.create_resource(ROOT))
    return registry.resolver(base_uri=BASE)


@pytest.mark.parametrize("kind", [Draft202012Validator, OURS[Draft202012Validator]])
def test_a_part_of_a_document_is_validated_with_the_resolver_of_the_document(kind: Any) -> None:
    given = resolver()
    validator = new_validator(kind, {"$ref": "#/$defs/number"}, given, CHECKER)
    assert resolver_of(validator) is given
    assert [error.validator for error in validator.iter_errors("x")] == ["type"]
    assert validator.is_valid(1)
    number, _ = at_reference(validator, "#/$defs/number")
    assert number.schema is ROOT["$defs"]["number"]
    assert resolver_of(number).lookup("#").contents is ROOT
    with pytest.raises(Unresolvable):
        at_reference(validator, "#/$defs/nothing")


def test_every_subschema_is_validated_by_our_class_after_a_call() -> None:
    """Wherever it stands, and whatever its `$schema` says."""
    calls: list[None] = []
    classes: list[type] = []

    def noted(validator: Any, value: Any, instance: Any, schema: Any) -> None:
        classes.append(type(validator))

    # `extend` has no types.
    kind: type[Validator] = extend(Draft202012Validator, {"noted": noted})  # type: ignore[no-untyped-call]
    other: type[Validator] = extend(Draft7Validator, {"noted": noted})  # type: ignore[no-untyped-call]
    replacements: dict[Any, type[Validator]] = {
        Draft7Validator: other,
        Draft202012Validator: kind,
    }
    for one in (kind, other):
        replace_evolve(one, replacements, before_each=lambda: calls.append(None))
    leaf = {"noted": True}
    schema = {
        "properties": {"a": leaf},
        "items": {"$ref": "#/properties/a"},
        "anyOf": [{**leaf, "$schema": Draft7Validator.META_SCHEMA["$id"]}],
        "not": {"not": {**leaf, "$schema": Draft202012Validator.META_SCHEMA["$id"]}},
    }
    assert kind(schema).is_valid({"a": 1})
    assert classes == [kind, other, kind]
    classes.clear()
    calls.clear()
    assert kind(schema).is_valid([1, 2])
    assert classes == [kind, kind, other, kind]
    assert len(calls) == 7


def test_references_below_an_id_are_relative_to_it_in_any_dialect() -> None:
    unknown = create(meta_schema={"$id": "urn:unknown"}, validators=Draft202012Validator.VALIDATORS)
    replace_evolve(unknown, {}, before_each=lambda: None)
    part: dict[str, Any] = {"$id": "https://shop.example/part", "items": {"$ref": "#/$defs/x"},
            "$defs": {"x": {"type": "integer"}}}  # fmt: skip
    registry: Registry[Any] = Registry().with_resources(
        [(part["$id"], DRAFT202012.create_resource(part)), (BASE, DRAFT202012.create_resource({}))]
    )
    given = registry.resolver(base_uri=BASE)
    validator = new_validator(unknown, {"properties": {"a": part}}, given, CHECKER)
    with pytest.raises(Unresolvable):
        validator.is_valid({"a": ["x"]})
    enter_ids(unknown)
    assert [error.validator for error in validator.iter_errors({"a": ["x"]})] == ["type"]


# -- validators that are kept -----------------------------------------------------------------


def held(schema: Any, value: Any, known: HeldValidators) -> list[Any]:
    """The keywords that a value breaks in a schema of 2020-12."""
    registry: Registry[Any] = Registry().with_resource(BASE, DRAFT202012.create_resource(schema))
    kind = OURS[Draft202012Validator]
    validator = new_validator(kind, schema, registry.resolver(base_uri=BASE), CHECKER)
    with holding(known):
        return [error.validator for error in validator.iter_errors(value)]


def test_a_validator_is_made_once_for_a_subschema_and_a_reference() -> None:
    schema = {**ROOT, "items": {"$ref": "#"}}
    known = HeldValidators()
    assert held(schema, [[{"n": 1}], {"n": 2}], known) == []
    count = len(known.inside), len(known.at_references), len(known.resolved)
    deep: Any = {"n": "x"}
    for _ in range(50):
        deep = [deep, {"n": 1}]
    assert held(schema, deep, known) == ["type"]
    assert (len(known.inside), len(known.at_references), len(known.resolved)) == count


@pytest.mark.parametrize("outside", [False, True])
def test_a_dynamic_reference_leads_where_the_outermost_document_says(outside: bool) -> None:
    """The same subschema, reached through two documents, is two things."""
    leaf = "https://shop.example/leaf"
    tree: dict[str, Any] = {"$id": "https://shop.example/tree", "$dynamicAnchor": "node",
            "properties": {"child": {"$dynamicRef": "#node"}}}  # fmt: skip
    strict: dict[str, Any] = {"$id": "https://shop.example/strict", "$dynamicAnchor": "node",
              "$ref": "tree", "required": ["id"]}  # fmt: skip
    root: dict[str, Any] = {
        "$id": leaf,
        "properties": {"any": {"$ref": "tree"}, "strict": {"$ref": "strict"}},
    }
    registry: Registry[Any] = Registry().with_resources(
        (one["$id"], DRAFT202012.create_resource(one)) for one in (tree, strict, root)
    )
    kind = OURS[Draft202012Validator]
    validator = new_validator(kind, root, registry.resolver(base_uri=leaf), CHECKER)
    value: dict[str, Any] = {"any": {"child": {}}, "strict": {"id": 1, "child": {}}}
    with holding(HeldValidators()):
        # Whichever is first must not decide for the other.
        items = dict(reversed(value.items())) if outside else value
        for _ in range(2):
            found = [(e.validator, list(e.path)) for e in validator.iter_errors(items)]
            assert found == [("required", ["strict", "child"])]
