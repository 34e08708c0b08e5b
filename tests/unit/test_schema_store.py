"""Schemas by name: references, dialects, names, and mistakes in the schemas themselves."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.errors import Category, SmokeError, Violation
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas, built_in
from pytest_apismoke.schemas.string_limits import max_length

DRAFT7 = "http://json-schema.org/draft-07/schema#"
DRAFT2020 = "https://json-schema.org/draft/2020-12/schema"


def schemas(**documents: Any) -> Schemas:
    """Schemas by the stems of their files."""
    return Schemas({f"{name}.schema.json": schema for name, schema in documents.items()})


def breaks(value: object, name: str, among: Schemas) -> list[str]:
    return [v.schema_location for v in among.check(value, name, Redactor()).violations]


def test_a_reference_leads_to_another_file_and_to_a_place_in_it() -> None:
    found = schemas(
        order={"properties": {"buyer": {"$ref": "person.schema.json"},
                              "total": {"$ref": "money.schema.json#/$defs/amount"}}},
        person={"required": ["name"]},
        money={"$defs": {"amount": {"type": "integer"}}},
    )  # fmt: skip
    assert breaks({"buyer": {}, "total": "1"}, "order", found) == [
        "contracts/person.schema.json#/required",
        "contracts/money.schema.json#/$defs/amount/type",
    ]
    assert breaks({"buyer": {"name": "x"}, "total": 1}, "order", found) == []
    assert found.mistakes() == ()


def test_a_reference_leads_to_an_id_and_to_an_anchor() -> None:
    found = schemas(
        order={"$id": "https://shop.example/order", "$ref": "person#named"},
        person={"$id": "https://shop.example/person",
                "$defs": {"x": {"$anchor": "named", "required": ["name"]}}},
    )  # fmt: skip
    assert breaks({}, "order", found) == ["contracts/person.schema.json#/$defs/x/required"]
    assert found.mistakes() == ()


def test_a_check_may_name_a_place_in_a_file() -> None:
    found = schemas(order={"$defs": {"line": {"required": ["sku"]}}})
    assert breaks({}, "order#/$defs/line", found) == [
        "contracts/order.schema.json#/$defs/line/required"
    ]
    with pytest.raises(SmokeError) as caught:
        found.check({}, "order#/$defs/lime", Redactor())
    assert str(caught.value) == (
        "expected a JSON Pointer into contracts/order.schema.json, seen '/$defs/lime', which"
        " leads to nothing\n  where: order#/$defs/lime\n  what to do: correct the JSON Pointer"
        " behind #"
    )


def test_a_schema_may_be_recursive() -> None:
    tree = {"properties": {"children": {"items": {"$ref": "#"}}}, "required": ["id"]}
    found = schemas(tree=tree)
    value = {"id": 1, "children": [{"id": 2, "children": [{}]}]}
    assert [v.pointer for v in found.check(value, "tree", Redactor()).violations] == [
        "/children/0/children/0"
    ]
    assert found.mistakes() == ()


def test_draft_7_is_followed_where_the_file_says_so() -> None:
    """In draft-07 a $ref hides its neighbours, and items may be a list."""
    hidden = {"definitions": {"any": {}}, "$ref": "#/definitions/any", "type": "string"}
    tuples = {"items": [{"type": "integer"}, {"type": "string"}]}
    seven = schemas(hidden={"$schema": DRAFT7, **hidden}, tuples={"$schema": DRAFT7, **tuples})
    twenty = schemas(hidden={"$schema": DRAFT2020, **hidden}, tuples=tuples)
    assert breaks(5, "hidden", seven) == []
    assert breaks(5, "hidden", twenty) == ["contracts/hidden.schema.json#/type"]
    assert breaks(["x", "x"], "tuples", seven) == ["contracts/tuples.schema.json#/items/0/type"]
    assert [mistake.where for mistake in twenty.mistakes()] == [
        "contracts/tuples.schema.json#/items"
    ]


def test_a_validator_is_built_once() -> None:
    found = schemas(s={})
    assert found.validator("s") is found.validator("s")


def test_a_file_of_the_same_name_takes_the_place_of_a_built_in_one() -> None:
    mine = built_in().with_documents(
        {"settings.schema.json": {"required": ["mine"]}}, labels={"settings.schema.json": "mine"}
    )
    assert breaks({}, "settings", mine) == ["mine#/required"]
    assert breaks("x", "refusal", mine) == ["contracts/refusal.schema.json#/type"]
    assert mine.names == built_in().names


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(SmokeError) as caught:
        schemas(order={}, person={}).check({}, "ordre", Redactor())
    assert caught.value.failure.category is Category.USAGE
    assert str(caught.value) == (
        "expected the name of a schema in contracts/, seen 'ordre'"
        "\n  where: contracts/\n  what to do: did you mean 'order'?"
    )


@pytest.mark.parametrize("frames", range(12))
def test_a_value_that_is_nested_too_deeply_breaks_its_schema(frames: int) -> None:
    """Wherever recursion ends: in Python or in a library, whose exceptions differ."""
    value: Any = []
    for _ in range(5000):
        value = [value]
    found = schemas(s={"items": {"$ref": "#"}})

    def violations(frames: int) -> tuple[Violation, ...]:
        if frames:
            return violations(frames - 1)
        return found.check(value, "s", Redactor()).violations

    (violation,) = violations(frames)
    assert str(violation) == (
        "/: expected a value that can be validated against its schema, got one that is nested too"
        " deeply"
    )


# -- what is wrong with the schemas themselves ------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (
            {"properties": {"a": {"type": "strin"}}},
            'expected a valid JSON Schema: enum ["array", "boolean", "integer", "null", "number",'
            ' "object", "string"] (branch 1 of anyOf, the closest) at /properties/a/type, seen the'
            " string 'strin'\n  where: contracts/s.schema.json#/properties/a/type"
            "\n  what to do: correct the schema; 'apismoke check' looks at all of them without a"
            " target",
        ),
        (
            {"$schema": "http://json-schema.org/draft-04/schema#"},
            "expected JSON Schema 2020-12 or draft-07, seen"
            " 'http://json-schema.org/draft-04/schema#'\n  where: contracts/s.schema.json#/$schema"
            f"\n  what to do: write '{DRAFT2020}', or remove $schema",
        ),
        (
            {"properties": {"a": {"$ref": "#/$defs/b"}}},
            "expected a $ref to something that is there, seen '#/$defs/b'"
            "\n  where: contracts/s.schema.json#/properties/a/$ref"
            "\n  what to do: correct the JSON Pointer behind #, '/$defs/b'",
        ),
        (
            {"items": {"$ref": "othr.schema.json"}},
            "expected a $ref to something that is there, seen 'othr.schema.json'"
            "\n  where: contracts/s.schema.json#/items/$ref"
            "\n  what to do: did you mean 'other.schema.json'?; a $ref names a file of"
            " contracts/ or the $id of one; nothing is ever fetched",
        ),
        (
            {"$ref": "#"},
            "expected a $ref that leads to something, seen '#', which leads back to itself"
            "\n  where: contracts/s.schema.json#/$ref\n  what to do: let the cycle pass through a"
            " property or an item, or remove it",
        ),
    ],
)
def test_a_mistake_in_a_schema_is_told_with_its_place(schema: object, message: str) -> None:
    (mistake,) = schemas(s=schema, other={}).mistakes()
    assert (mistake.category, str(mistake)) == (Category.USAGE, message)


def test_nothing_is_ever_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when schemas are checked nor when a value is validated."""
    import socket

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a schema reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    found = schemas(s={"$ref": "http://127.0.0.1:9/x.json"})
    (mistake,) = found.mistakes()
    assert mistake.seen == "'http://127.0.0.1:9/x.json'"
    with pytest.raises(SmokeError) as caught:
        found.check({}, "s", Redactor())
    assert caught.value.failure.category is Category.USAGE


@pytest.mark.parametrize(
    ("schema", "place", "seen"),
    [
        (
            {"$schema": DRAFT7, "dependencies": {"a": {"$ref": "#"}, "b": ["c"]}},
            "#/dependencies/a/$ref",
            "a $ref that leads to something, seen '#', which leads back to itself",
        ),
        (
            {"$dynamicAnchor": "x", "$dynamicRef": "#x"},
            "#/$dynamicRef",
            "a $dynamicRef that leads to something, seen '#x', which leads back to itself",
        ),
        (
            {"items": {"$dynamicRef": "nowhere.schema.json#y"}},
            "#/items/$dynamicRef",
            "a $dynamicRef to something that is there, seen 'nowhere.schema.json#y'",
        ),
    ],
)
def test_not_only_the_plainest_references_lead_nowhere(
    schema: dict[str, Any], place: str, seen: str
) -> None:
    (mistake,) = schemas(s=schema).mistakes()
    assert str(mistake).startswith(f"expected {seen}\n  where: contracts/s.schema.json{place}\n")


def test_a_dynamic_reference_that_passes_through_a_property_is_no_cycle() -> None:
    tree = {"$dynamicAnchor": "node", "properties": {"child": {"$dynamicRef": "#node"}}}
    assert schemas(s=tree).mistakes() == ()


def test_a_schema_that_refers_to_itself_is_not_the_fault_of_the_value() -> None:
    """Only a deeply nested value is blamed for a RecursionError."""
    found = schemas(s={"$schema": DRAFT7, "dependencies": {"a": {"$ref": "#"}}})
    with pytest.raises(SmokeError) as caught:
        found.check({"a": {"a": 1}}, "s", Redactor())
    assert (caught.value.failure.category, str(caught.value)) == (
        Category.USAGE,
        "expected a schema that values can be validated against, seen one whose references form a"
        " cycle or a chain that is too long\n  where: contracts/s.schema.json\n"
        "  what to do: look for a $ref or $dynamicRef that leads back to its own schema",
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("contracts/order.schema.json", "did you mean 'order'?"),
        ("order.json", "did you mean 'order'?"),
        (
            "line",
            "did you mean 'parts/line'? A folder below contracts/ is part of the name",
        ),
        ("odrer", "did you mean 'order'?"),
        ("zzz", "choose from order, parts/line, calendar-unavailable, phone-number, refusal,"
         " settings, settings-deep"),
    ],
)  # fmt: skip
def test_a_hint_for_an_unknown_name_gives_the_right_one(name: str, hint: str) -> None:
    """Those of the user's own come first."""
    mine: dict[str, object] = {"order.schema.json": {}, "parts/line.schema.json": {}}
    with pytest.raises(SmokeError) as caught:
        built_in().with_documents(mine, {}).check(1, name, Redactor())
    assert caught.value.failure.hint == hint


@pytest.mark.parametrize(
    ("documents", "cycles"),
    [
        ({"a": {"$ref": "b.schema.json"}, "b": {"$ref": "a.schema.json"}}, 2),
        ({"a": {"allOf": [{"anyOf": [{"$ref": "#"}]}]}}, 1),
        ({"a": {"if": {"not": {"$ref": "#"}}}}, 1),
        ({"a": {"$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}},
                "properties": {"p": {"$ref": "#/$defs/x"}}}}, 2),
        ({"a": {"properties": {"p": {"$ref": "#"}}, "items": {"$ref": "#"}}}, 0),
        ({"a": {"allOf": [{"$ref": "#/$defs/b"}], "$defs": {"b": {"items": {"$ref": "#"}}}}}, 0),
        ({"a": {"const": {"$ref": "#"}, "enum": [{"$ref": "#"}]}}, 0),
    ],
)  # fmt: skip
def test_a_cycle_never_passes_through_a_property(documents: dict[str, Any], cycles: int) -> None:
    found = schemas(**documents).mistakes()
    assert [m.seen.partition(", ")[2] for m in found] == ["which leads back to itself"] * cycles


@pytest.mark.parametrize(
    ("schema", "where", "seen", "meant"),
    [
        ({"requierd": ["a"]}, "requierd", "requierd", "required"),
        ({"properties": {"a": {"patern": "x"}}}, "properties/a/patern", "patern", "pattern"),
        ({"items": {"format": "datetime"}}, "items/format", "datetime", "date-time"),
        ({"$defs": {"x": {"min_length": 1}}}, "$defs/x/min_length", "min_length", "minLength"),
        ({"additionalproperties": False}, "additionalproperties", "additionalproperties",
         "additionalProperties"),
        ({"format": "E164"}, "format", "E164", "e164"),
    ],
)  # fmt: skip
def test_a_word_that_is_almost_right_would_switch_a_check_off(
    schema: object, where: str, seen: str, meant: str
) -> None:
    (mistake,) = schemas(s=schema).mistakes()
    assert (mistake.where, mistake.seen, mistake.hint) == (
        f"contracts/s.schema.json#/{where}",
        f"{seen!r}, which is ignored",
        f"did you mean {meant!r}? Prefix a keyword of your own with x-",
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"x-requierd": 1, "unit": "cm", "owner": "us", "format": "phone"},
        {"properties": {"requierd": {}, "formt": {}}, "const": {"requierd": 1}},
        {"nullable": True, "example": 1, "discriminator": {}, "format": "int64"},
    ],
)
def test_a_word_of_ones_own_is_none(schema: object) -> None:
    assert schemas(s=schema).mistakes() == ()


def test_two_schemas_can_not_have_one_id() -> None:
    """Whichever was found, references into the other one would lead to nothing."""
    found = schemas(a={"$id": "https://shop.example/x"}, b={"$id": "https://shop.example/x"})
    (mistake,) = found.mistakes()
    assert str(mistake) == (
        "expected an $id that no other schema has, seen 'https://shop.example/x', which already"
        " stands for contracts/a.schema.json\n  where: contracts/b.schema.json#/$id"
        "\n  what to do: give each schema an $id of its own, or none"
    )


@pytest.mark.parametrize(
    ("documents", "seen", "where"),
    [
        # A part takes the place of a file,
        (
            {"settings": {}, "x": {"$defs": {"y": {"$id": "settings.schema.json"}}}},
            "'settings.schema.json', which already stands for contracts/settings.schema.json",
            "contracts/x.schema.json#/$defs/y/$id",
        ),
        # of the very file that it stands in,
        (
            {"x": {"items": {"$id": ""}}},
            "'', which already stands for contracts/x.schema.json",
            "contracts/x.schema.json#/items/$id",
        ),
        # of another document by its $id, to which its own is relative,
        (
            {"a": {"$id": "https://shop.example/a"},
             "b": {"$id": "https://shop.example/b", "$defs": {"y": {"$id": "a"}}}},
            "'a', which already stands for contracts/a.schema.json",
            "contracts/b.schema.json#/$defs/y/$id",
        ),
        # and of another part that says something else; true is not 1.
        (
            {"a": {"$defs": {"y": {"$id": "y", "const": 1}}},
             "b": {"$defs": {"z": {"$id": "y", "const": True}}}},
            "'y', which already stands for contracts/a.schema.json#/$defs/y",
            "contracts/b.schema.json#/$defs/z/$id",
        ),
        (
            {"a": {"$id": DRAFT2020}},
            f"'{DRAFT2020}', which already stands for JSON Schema",
            "contracts/a.schema.json#/$id",
        ),
    ],
)  # fmt: skip
def test_nothing_takes_the_place_of_something_else(
    documents: dict[str, Any], seen: str, where: str
) -> None:
    (mistake,) = schemas(**documents).mistakes()
    assert (mistake.expected, mistake.seen, mistake.where, mistake.hint) == (
        "an $id that no other schema has",
        seen,
        where,
        "give each schema an $id of its own, or none",
    )


def test_an_id_may_be_the_place_of_its_own_file_and_a_part_may_have_copies() -> None:
    part = {"$id": "https://shop.example/part", "type": "string"}
    found = schemas(
        a={"$id": "a.schema.json", "$defs": {"part": part}},
        b={"$id": "file:///contracts/b.schema.json#", "$defs": {"part": dict(part)}},
        # In draft-07 an anchor, and what stands beside a $ref, are none.
        c={"$schema": DRAFT7, "definitions": {
            "x": {"$id": "#x"}, "y": {"$ref": "#/definitions/x", "$id": "a.schema.json"}}},
        d={"const": {"$id": "a.schema.json"}},
    )  # fmt: skip
    assert found.mistakes() == ()


def test_a_value_is_held_against_the_document_itself() -> None:
    """Even where, unnoticed by who asks, another schema has taken its URI."""
    found = schemas(
        settings={"required": ["id"]},
        x={"$defs": {"y": {"$id": "settings.schema.json", "type": "object"}}},
        y={"$id": "x.schema.json"},
    )
    assert breaks({}, "settings", found) == ["contracts/settings.schema.json#/required"]
    assert breaks(5, "x#/$defs/y", found) == ["contracts/x.schema.json#/$defs/y/type"]


def test_references_at_a_place_in_a_file_are_relative_to_the_id_around_it() -> None:
    part = {"$id": "https://shop.example/", "properties": {"a": {"$ref": "part"}}}
    found = schemas(
        order={"$defs": {"part/1": part}},
        part={"$id": "https://shop.example/part", "required": ["b"]},
    )
    assert breaks({"a": {}}, "order#/$defs/part~11", found) == [
        "contracts/part.schema.json#/required"
    ]
    assert breaks({}, "order#/$defs/part~11/properties/a", found) == [
        "contracts/part.schema.json#/required"
    ]
    assert found.drift({"x": 1}, "order#$defs/part~11").undeclared == ("/x",)


def test_a_place_in_a_file_is_that_of_a_schema() -> None:
    with pytest.raises(SmokeError) as caught:
        schemas(order={"title": "An order"}).check({}, "order#/title", Redactor())
    assert str(caught.value) == (
        "expected the JSON Pointer of a schema, seen the string 'An order'"
        "\n  where: order#/title\n  what to do: correct the JSON Pointer behind #, or the file"
    )


def test_a_place_in_a_file_may_be_of_another_dialect() -> None:
    seven = {"$schema": DRAFT7, "items": [{"type": "integer"}]}
    found = schemas(twenty={"properties": {"a": seven}})
    assert breaks(["x", "x"], "twenty#/properties/a", found) == [
        "contracts/twenty.schema.json#/properties/a/items/0/type"
    ]


@pytest.mark.parametrize("dialect", [DRAFT7, DRAFT2020])
def test_equal_items_are_found_in_one_pass(dialect: str) -> None:
    """Behind another `$schema` too."""
    inner = {"$schema": dialect, "uniqueItems": True}
    found = schemas(s={"$schema": dialect, "properties": {"a": inner}, "uniqueItems": True})
    many = [{"id": n, "tags": [n]} for n in range(20_000)]
    assert breaks(many, "s", found) == []
    assert breaks({"a": many}, "s", found) == []
    assert breaks([*many, many[0]], "s", found) == ["contracts/s.schema.json#/uniqueItems"]
    assert breaks([1, True, "1", [1], [True], 0, False, None], "s", found) == []
    assert len(breaks([{"a": 1, "b": 2}, {"b": 2, "a": 1.0}], "s", found)) == 1


@pytest.mark.parametrize("dialect", [DRAFT7, DRAFT2020])
@pytest.mark.parametrize(
    ("value", "step", "fits"),
    [
        (19.99, 0.01, True),
        (0.07, 0.01, True),
        (19.995, 0.01, False),
        (1e-07, 0.0000001, True),
        (9007199254740993, 2, False),
        (9.0, 3, True),
        (4, 1.5, False),
        ("text", 2, True),
        (True, 2, True),
    ],
)
def test_numbers_are_multiples_as_they_are_written(
    dialect: str, value: object, step: float, fits: bool
) -> None:
    """Divided as floats, 19.99 would be no multiple of 0.01."""
    found = schemas(s={"$schema": dialect, "multipleOf": step})
    assert breaks(value, "s", found) == ([] if fits else ["contracts/s.schema.json#/multipleOf"])


@pytest.mark.parametrize("value", [float("inf"), 10**400])
def test_a_number_that_is_too_large_breaks_its_schema(value: object) -> None:
    (violation,) = schemas(s={"multipleOf": 0.01}).check(value, "s", Redactor()).violations
    assert str(violation) == "/: expected a number that can be compared, got one that is too large"


@pytest.mark.parametrize("pattern", [r"^\p{L}+$", "^(?<year>[0-9]+)$", "^[]$", "(?i)^a"])
def test_a_pattern_of_ecma_262_or_of_python_is_no_mistake(pattern: str) -> None:
    found = schemas(s={"pattern": pattern, "patternProperties": {pattern: {}}})
    assert found.mistakes() == ()


def test_a_pattern_that_asks_for_too_much_is_a_mistake_in_the_schema() -> None:
    found = schemas(s={"pattern": "a{99999999999}"})
    (mistake,) = found.mistakes()
    assert str(mistake) == (
        'expected a valid JSON Schema: format "regex" at /pattern, seen the string'
        " 'a{99999999999}'\n  where: contracts/s.schema.json#/pattern\n"
        "  what to do: correct the schema; 'apismoke check' looks at all of them without a target"
    )
    with pytest.raises(SmokeError) as caught:
        found.check("a", "s", Redactor())
    assert caught.value.failure.seen == "OverflowError: the repetition number is too large"


def test_the_built_in_schemas_have_no_mistakes() -> None:
    assert built_in().mistakes() == ()


# -- how long a text may be -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "limit"),
    [
        ("/description", 40),
        ("/texts/about", 7),
        ("/a~1b", 3),
        ("/m~0n", 4),
        ("/", 5),
        ("/zero", 0),
        ("/name", None),
        ("/texts", None),
        ("/unknown", None),
        ("/texts/unknown", None),
        ("/anything/deeper", None),
        ("/list/0", None),
    ],
)
def test_a_contract_limits_the_length_of_a_string(pointer: str, limit: int | None) -> None:
    mine = {
        "properties": {
            "description": {"type": "string", "maxLength": 40},
            "texts": {"type": "object", "properties": {"about": {"maxLength": 7}}},
            "a/b": {"maxLength": 3},
            "m~n": {"maxLength": 4},
            "": {"maxLength": 5},
            "zero": {"maxLength": 0},
            "name": {"type": "string", "minLength": 1},
            "anything": True,
            "list": {"items": {"maxLength": 9}},
        }
    }
    assert max_length(schemas(mine=mine), pointer, "mine") == limit


@pytest.mark.parametrize(
    ("names", "limit"),
    [
        ([], None),
        (["none"], None),
        (["long"], 50),
        (["long", "none", "short"], 20),
        (["none", "long"], 50),
    ],
)
def test_of_several_contracts_the_strictest_counts(names: list[str], limit: int | None) -> None:
    found = schemas(
        long={"properties": {"description": {"maxLength": 50}}},
        short={"properties": {"description": {"maxLength": 20}}},
        none={},
    )
    assert max_length(found, "/description", *names) == limit


def test_a_length_may_be_written_as_a_float() -> None:
    mine = {"properties": {"description": {"maxLength": 40.0}}}
    assert max_length(schemas(mine=mine), "/description", "mine") == 40


def test_the_built_in_contracts_set_no_limit_below_what_a_probe_needs() -> None:
    limit = max_length(built_in(), "/description", "settings", "settings-deep")
    assert limit is None or limit >= 40
