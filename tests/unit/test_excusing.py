"""Which violations of a value are known: the same break again, and nothing that looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.errors import Break
from pytest_apismoke.known.entries import Excused
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas import findings
from pytest_apismoke.schemas.store import Broken, Schemas

ORDER = {
    "type": "object",
    "required": ["id", "note", "total"],
    "properties": {
        "id": {"type": "string"},
        "total": {"type": "number", "minimum": 0},
        "lines": {"type": "array", "items": {"properties": {"sku": {"type": "string"}}}},
        "*": {"type": "string"},
        "a/b": {"type": "string"},
        "~2": {"type": "string"},
        "token": {"properties": {"secret-name": {"type": "string"}}},
        "by_id": {"additionalProperties": {"properties": {"name": {"type": "string"}}}},
        "by_pattern": {"patternProperties": {"^x": {"type": "string"}}},
        "closed": {"additionalProperties": False},
        "dependent": {"dependentRequired": {"street": ["city", "country"]}},
        "items": {"type": "object", "properties": {"properties": {"type": "string"}}},
        "any": {"anyOf": [{"type": "object", "required": ["x", "y"]}, {"type": "null"}]},
        "nothing": False,
    },
}
WHOLE: dict[str, Any] = {"id": "a", "note": None, "total": 1}


def checked(value: object, *excused: Break, schema: object = ORDER) -> Broken:
    schemas = Schemas({"order.schema.json": schema})
    return schemas.check(value, "order", Redactor(), excused=Excused(frozenset(excused)))


def breaks(value: object, schema: object = ORDER) -> list[tuple[str, str]]:
    found = checked(value, schema=schema).violations
    return [(what.place, what.kind) for violation in found for what in violation.breaks]


# -- the place, in any response -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ({"total": "1"}, [("/total", "type")]),
        ({"total": -1}, [("/total", "minimum")]),
        ({"lines": [{"sku": "a"}, {"sku": 1}, {"sku": 2}]}, [("/lines/*/sku", "type")]),
        ({"*": 1}, [("/~2", "type")]),
        ({"a/b": 1}, [("/a~1b", "type")]),
        ({"~2": 1}, [("/~02", "type")]),
        ({"token": {"secret-name": 1}}, [("/token/*", "type")]),
        ({"by_id": {"4711": {"name": 1}}}, [("/by_id/*/name", "type")]),
        ({"by_pattern": {"x1": 1, "x2": 2}}, [("/by_pattern/*", "type")] * 2),
        ({"closed": {"b": 1, "a": 1}}, [
            ("/closed/b", "additionalProperties"),
            ("/closed/a", "additionalProperties"),
        ]),
        ({"dependent": {"street": 1}}, [
            ("/dependent/city", "dependentRequired"),
            ("/dependent/country", "dependentRequired"),
        ]),
        ({"items": {"properties": 1}}, [("/items/properties", "type")]),
        ({"any": {"x": 1}}, [("/any/y", "required")]),
        # Nobody knows where it is.
        ({"nothing": 1}, []),
    ],
)  # fmt: skip
def test_a_place_has_a_star_for_any_item_and_any_name(
    part: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert breaks({**WHOLE, **part}) == found


def test_each_absent_property_is_a_break_of_its_own() -> None:
    assert breaks({"id": "a"}) == [("/note", "required"), ("/total", "required")]
    assert breaks([]) == [("", "type")]


def test_a_property_whose_name_is_a_keyword_is_no_keyword() -> None:
    schema: dict[str, Any] = {"additionalProperties": {"properties": {"items": {"type": "string"}}}}
    assert breaks({"properties": {"items": 1}}, schema) == [("/*/items", "type")]
    schema = {"properties": {"additionalProperties": {"items": {"type": "string"}}}}
    assert breaks({"additionalProperties": [1]}, schema) == [("/additionalProperties/*", "type")]


def test_a_list_and_a_property_named_like_any_of_its_items_are_two_places() -> None:
    schema = {"items": {"type": "string"}, "properties": {"*": {"type": "string"}}}
    assert (breaks([1], schema), breaks({"*": 1}, schema)) == ([("/*", "type")], [("/~2", "type")])


# -- the same again -----------------------------------------------------------------------------


def test_a_known_violation_is_none_whatever_the_value() -> None:
    totals: tuple[object, ...] = ("1", None, [], {})
    for total in totals:
        broken = checked({**WHOLE, "total": total}, Break("/total", "type"))
        assert (bool(broken), broken.difference) == (False, ())
        assert [str(violation).partition(",")[0] for violation in broken.known] == [
            "/total: expected type number"
        ]


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ({"total": -1}, Break("/total", "type")),
        ({"total": "1"}, Break("", "type")),
        ({"lines": [{"sku": 1}]}, Break("/lines/*", "type")),
        ({"lines": [{"sku": 1}]}, Break("/lines/*/*", "type")),
        ({"lines": [{"sku": 1}]}, Break("/lines/0/sku", "type")),
        ({"total": "1"}, Break("/tot.*", "type")),
        ({"closed": {"b": 1}}, Break("/closed/a", "additionalProperties")),
        ({"closed": {"b": 1}}, Break("/closed", "additionalProperties")),
        ({"*": 1}, Break("/*", "type")),
        ({"nothing": 1}, Break("/nothing", "")),
        ({"nothing": 1}, Break("", "false")),
    ],
)
def test_what_is_not_exactly_the_same_is_new(value: dict[str, Any], known: Break) -> None:
    broken = checked({**WHOLE, **value}, known)
    assert (len(broken.violations), broken.known) == (1, ())


def test_of_several_absent_properties_only_the_new_one_is_told() -> None:
    broken = checked({"id": "a"}, Break("/note", "required"))
    assert broken.in_words == (
        "/: expected the property 'total', got an object without it (besides 1 known violation)"
    )
    assert broken.difference == ("@@ / @@", '  "id": "a"', '- "total": … (required)')
    assert [str(one) for one in broken.known] == [
        "/: expected the property 'note', got an object without it"
    ]


def test_of_several_surplus_properties_only_the_new_one_is_told() -> None:
    value = {**WHOLE, "closed": {"a": 1, "b": 2}}
    broken = checked(value, Break("/closed/a", "additionalProperties"))
    assert broken.in_words == (
        "/closed: expected no other properties, got 'b' as well (besides 1 known violation)"
    )


def test_a_new_violation_behind_a_thousand_known_ones_is_found() -> None:
    schema = {"items": {"properties": {"sku": {"type": "string"}, "size": {"type": "number"}}}}
    value: list[object] = [*({"sku": 1} for _ in range(1500)), {"size": "big"}]
    broken = checked(value, Break("/*/sku", "type"), schema=schema)
    assert [str(one) for one in broken.violations] == [
        "/1500/size: expected type number, got the string 'big'"
    ]


def test_a_new_violation_behind_thousands_of_known_ones_below_a_reference_is_found() -> None:
    item = {"properties": {"sku": {"type": "string"}, "size": {"type": "number"}}}
    schema = {"$ref": "#/$defs/items", "$defs": {"items": {"items": item}}}
    value: list[object] = [*({"sku": 1} for _ in range(1500)), {"size": "big"}]
    broken = checked(value, Break("/*/sku", "type"), schema=schema)
    assert [str(one) for one in broken.violations] == [
        "/1500/size: expected type number, got the string 'big'"
    ]


def test_more_than_can_be_read_is_never_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "MOST_ERRORS", 1010)
    schema = {"items": {"type": "string"}}
    broken = checked([1] * 1011, Break("/*", "type"), schema=schema)
    assert [one.expected for one in broken.violations] == [
        "a value whose violations can all be read"
    ]
    assert not checked([1] * 1010, Break("/*", "type"), schema=schema)


# -- no longer ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "what", "is_gone"),
    [
        (WHOLE, Break("/total", "type"), True),
        ({**WHOLE, "total": "1"}, Break("/total", "type"), False),
        ({"id": "a", "note": 1}, Break("/total", "type"), False),
        (WHOLE, Break("/note", "required"), True),
        ({"id": "a", "total": 1}, Break("/note", "required"), False),
        ({**WHOLE, "lines": []}, Break("/lines/*/sku", "type"), False),
        ({**WHOLE, "lines": [{}]}, Break("/lines/*/sku", "type"), False),
        ({**WHOLE, "lines": [{}, {"sku": "a"}]}, Break("/lines/*/sku", "type"), True),
        (WHOLE, Break("/closed/a", "additionalProperties"), False),
        ({**WHOLE, "closed": {}}, Break("/closed/a", "additionalProperties"), True),
        ({**WHOLE, "by_id": {}}, Break("/by_id/*/name", "type"), False),
        ({**WHOLE, "by_id": {"1": {"name": ""}}}, Break("/by_id/*/name", "type"), True),
        ({**WHOLE, "*": ""}, Break("/~2", "type"), True),
        ({**WHOLE, "a/b": ""}, Break("/a~1b", "type"), True),
        (WHOLE, Break("", "type"), True),
        (WHOLE, Break("status", "responses"), False),
        ([], Break("/total", "type"), False),
        ({**WHOLE, "nothing": 1}, Break("/total", "type"), False),
    ],
)
def test_only_what_the_value_could_show_is_gone(value: object, what: Break, is_gone: bool) -> None:
    assert checked(value, what).gone == ((what,) if is_gone else ())
