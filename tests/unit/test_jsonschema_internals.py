"""The private names of jsonschema and referencing are there, and do what the gate needs of them."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from jsonschema.protocols import Validator
from jsonschema.validators import create, extend
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from pytest_apismoke.schemas import held_validators
from pytest_apismoke.schemas.dialects import OURS
from pytest_apismoke.schemas.formats import CHECKER
from pytest_apismoke.schemas.held_validators import HeldValidators, holding
from pytest_apismoke.schemas.jsonschema_internals import (
    SchemaResolver,
    at_reference,
    enter_ids,
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


def looks_at(values: list[Any], known: HeldValidators) -> list[Any]:
    """The values of which the format is looked at, each in an object of its own."""
    seen: list[Any] = []
    formats = FormatChecker(formats=())

    @formats.checks("seen")
    def look(value: object) -> bool:
        seen.append(value)
        return value != "wrong"

    schema = {"properties": {"a": {"format": "seen", "type": ["string", "integer"]}}}
    registry: Registry[Any] = Registry().with_resource(BASE, DRAFT202012.create_resource(schema))
    given = registry.resolver(base_uri=BASE)
    validator = new_validator(OURS[Draft202012Validator], schema, given, formats)
    with holding(known):
        for value in values:
            list(validator.iter_errors({"a": value}))
    return seen


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (["paid", "paid"], ["paid"]),
        ([7, 7, "7"], [7, "7"]),
        # In Python they are equal.
        ([1, True, 1.0], [1, True, 1.0]),
        (["wrong", "wrong"], ["wrong", "wrong"]),
        (["x" * 101] * 2, ["x" * 101] * 2),
        ([["a"], ["a"]], [["a"], ["a"]]),
    ],
)
def test_a_short_value_that_was_valid_is_not_looked_at_again(
    values: list[Any], seen: list[Any]
) -> None:
    assert looks_at(values, HeldValidators(keeps_values=True)) == seen


def test_each_value_is_looked_at_where_a_keyword_may_do_more_than_that() -> None:
    assert looks_at(["paid", "paid"], HeldValidators()) == ["paid", "paid"]


def test_a_value_is_valid_at_its_own_place_only() -> None:
    schema = {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
    known = HeldValidators(keeps_values=True)
    assert held(schema, {"a": 1}, known) == []
    assert held(schema, {"a": 1, "b": 1}, known) == ["type"]


def test_of_all_values_a_limited_number_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_validators, "_VALID_VALUES", 1)
    known = HeldValidators(keeps_values=True)
    assert looks_at(["a", "b", "a", "b"], known) == ["a", "b", "b"]


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
