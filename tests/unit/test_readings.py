"""Answers that one reading of an OpenAPI document accepts and another refuses are no violations."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_apismoke.evidence import ConformanceResult
from pytest_apismoke.openapi.spec import Spec
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.policy import (
    CASES,
    LOCAL_TIME,
    MEANS_ANOTHER,
    MEANS_NONE,
    NULLABLE,
    PARTS_OF_A_SECOND,
    RELATIVE_URI,
    REPEATED_NAME,
    SEVERAL_BUT_DISCRIMINATED,
    SUBTYPE,
    Case,
)
from pytest_apismoke.schemas.repeated_names import repeated_names

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "contracts.md"
VERSIONS = ("3.0.3", "3.1.0", "3.2.0")
every_version = pytest.mark.parametrize("version", VERSIONS)
each_choice = pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])


def held(schema: Any, value: object, *, version: str, **components: Any) -> ConformanceResult:
    """The result for a value, or for the bytes of a body, without its drift."""
    response = {"description": "ok", "content": {"application/json": {"schema": schema}}}
    spec = Spec(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": response}}}},
            "components": {"schemas": components},
        },
        label="openapi.yaml",
    )
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    headers = {"content-type": "application/json"}
    found = spec.validate("GET", "/a", 200, headers, body, Redactor())
    assert found is not None
    return replace(found, undeclared=(), unseen=())


def result(*doubts: str) -> ConformanceResult:
    """What keeps the document, but for doubts."""
    return ConformanceResult(operation="GET /a", doubts=doubts)


def doubt(case: Case, place: str = "/") -> str:
    return f"{place}: {case.reason}"


def means_another(refused: str, place: str = "/") -> str:
    return f"{doubt(MEANS_ANOTHER, place)} (it refuses {refused})"


def seen(found: ConformanceResult) -> list[tuple[str, str, str]]:
    assert found.doubts == ()
    return [(one.pointer, one.expected, one.actual) for one in found.violations]


def needs(*names: str, **properties: Any) -> dict[str, Any]:
    """An object that has to have some properties, and may have others of some schema."""
    return {
        "type": "object",
        "required": list(names),
        "properties": {**{name: {} for name in names}, **properties},
    }


def refs(*names: str) -> list[dict[str, str]]:
    return [{"$ref": f"#/components/schemas/{name}"} for name in names]


# -- discriminators -------------------------------------------------------------------------------

BY_KIND = {"propertyName": "kind"}
A_OR_B = {"A": needs("a"), "B": needs("b")}


@every_version
@each_choice
@pytest.mark.parametrize(
    ("mapping", "value"),
    [
        ({}, {"a": 1}),
        ({}, {"a": 1, "kind": None}),
        ({}, {"a": 1, "kind": "a"}),
        ({"b": "B", "a": "A"}, {"a": 1, "kind": "c"}),
    ],
    ids=["absent", "null", "no name", "not in the mapping"],
)
def test_a_discriminator_that_means_nothing_refuses_nothing(
    version: str, keyword: str, mapping: dict[str, str], value: object
) -> None:
    told_apart = {**BY_KIND, **({"mapping": mapping} if mapping else {})}
    schema = {keyword: refs("A", "B"), "discriminator": told_apart}
    assert held(schema, value, version=version, **A_OR_B) == result(doubt(MEANS_NONE))


@every_version
@each_choice
@pytest.mark.parametrize(
    ("mapping", "value"), [({}, {"a": 1, "kind": "B"}), ({"b": "B"}, {"a": 1, "kind": "b"})]
)
def test_a_discriminator_that_means_another_branch_refuses_nothing_either(
    version: str, keyword: str, mapping: dict[str, str], value: object
) -> None:
    told_apart = {**BY_KIND, **({"mapping": mapping} if mapping else {})}
    schema = {keyword: refs("A", "B"), "discriminator": told_apart}
    refused = "/: expected the property 'b', got an object without it"
    assert held(schema, value, version=version, **A_OR_B) == result(means_another(refused))


@every_version
@each_choice
def test_what_the_named_branch_refuses_is_told_though_another_one_fits(
    version: str, keyword: str
) -> None:
    schema = {keyword: refs("Cat", "Dog"), "discriminator": BY_KIND}
    components = {"Cat": needs("name"), "Dog": needs("name", age={"type": "integer"})}
    dogs = [{"kind": "Dog", "name": "x", "age": age} for age in (3, "four")]
    found = held({"items": schema}, dogs, version=version, **components)
    refused = "/1/age: expected type integer, got the string 'four'"
    several = [] if keyword == "anyOf" else [doubt(SEVERAL_BUT_DISCRIMINATED, "/*")]
    assert found == result(*several, means_another(refused, "/*"))


@every_version
@each_choice
def test_a_discriminator_that_names_its_own_schema_comes_to_an_end(
    version: str, keyword: str
) -> None:
    pet = {keyword: refs("A", "B"), "discriminator": BY_KIND}
    components = {**A_OR_B, "Pet": pet}
    value = {"kind": "Pet", "a": 1}
    assert held(refs("Pet")[0], value, version=version, **components) == result()


@every_version
@each_choice
def test_a_discriminator_that_says_what_fits_leaves_no_doubt(version: str, keyword: str) -> None:
    schema = {keyword: refs("A", "B"), "discriminator": {**BY_KIND, "mapping": {"x": "B"}}}
    for value in ({"kind": "A", "a": 1}, {"kind": "B", "b": 1}, {"kind": "x", "b": 1}):
        assert held(schema, value, version=version, **A_OR_B) == result()


@every_version
def test_the_discriminator_settles_which_of_several_branches_is_meant(version: str) -> None:
    schema = {"oneOf": refs("A", "B"), "discriminator": BY_KIND}
    both = {"a": 1, "b": 1}
    found = held(schema, {"kind": "A", **both}, version=version, **A_OR_B)
    assert found == result(doubt(SEVERAL_BUT_DISCRIMINATED))
    assert seen(held(schema, both, version=version, **A_OR_B)) == [
        (
            "",
            "exactly one branch of oneOf to match",
            "an object with 'a', 'b', which matches several",
        )
    ]
    any_of = {"anyOf": refs("A", "B"), "discriminator": BY_KIND}
    assert held(any_of, {"kind": "A", **both}, version=version, **A_OR_B) == result()


@every_version
@each_choice
def test_values_that_a_branch_lists_need_not_be_names_of_schemas(
    version: str, keyword: str
) -> None:
    kind = {"enum": ["episode"]} if version == "3.0.3" else {"const": "episode"}
    listing = {
        "Track": needs("kind", "isrc", kind={"type": "string", "enum": ["track"]}),
        "Episode": {"allOf": [needs("show"), needs("kind", kind=kind)]},
    }
    schema = {keyword: refs("Track", "Episode"), "discriminator": BY_KIND}
    for fits in ({"kind": "track", "isrc": 1}, {"kind": "episode", "show": 1}):
        found = held({"items": schema}, [fits, fits], version=version, **listing)
        assert found == result(doubt(MEANS_NONE, "/*"))
    # They say whose errors are told.
    for value, lacks in (({"kind": "track", "show": 1}, "isrc"), ({"kind": "episode"}, "show")):
        assert seen(held(schema, value, version=version, **listing)) == [
            ("", f"the property '{lacks}'", "an object without it")
        ]
    assert seen(held(schema, {"kind": "film"}, version=version, **listing)) == [
        ("", "a known value of its discriminator 'kind'", "the string 'film'")
    ]


@every_version
def test_values_that_nobody_lists_leave_it_to_the_closest_branch(version: str) -> None:
    schema = {"oneOf": refs("A", "B"), "discriminator": BY_KIND}
    components = {"A": needs("a", n={"type": "integer"}), "B": needs("b", "c")}
    value = {"kind": "first", "a": 1, "n": "x"}
    assert seen(held(schema, value, version=version, **components)) == [
        ("/n", "type integer (branch 1 of oneOf, the closest)", "the string 'x'")
    ]


@every_version
def test_a_discriminator_may_name_a_schema_inside_of_a_branch(version: str) -> None:
    mapping = {"poodle": "Poodle", "beagle": "Beagle", "cat": "Cat"}
    schema = {"oneOf": refs("Dog", "Cat"), "discriminator": {**BY_KIND, "mapping": mapping}}
    components = {
        "Dog": {"oneOf": refs("Poodle", "Beagle")},
        "Poodle": needs("curls"),
        "Beagle": needs("howls"),
        "Cat": needs("purrs"),
    }
    poodle = {"kind": "poodle", "curls": 1}
    assert held(schema, poodle, version=version, **components) == result()
    beagle = {"kind": "poodle", "howls": 1}
    found = held(schema, beagle, version=version, **components)
    assert found == result(
        means_another("/: expected the property 'curls', got an object without it")
    )


@each_choice
def test_the_default_of_a_discriminator_is_for_values_without_a_schema(keyword: str) -> None:
    told_apart = {**BY_KIND, "defaultMapping": "A"}
    schema = {keyword: refs("A", "B"), "discriminator": told_apart}
    for value in ({"kind": "x", "a": 1}, {"a": 1}, {"kind": "B", "b": 1}):
        assert held(schema, value, version="3.2.0", **A_OR_B) == result()
    found = held(schema, {"kind": "x", "b": 1}, version="3.2.0", **A_OR_B)
    assert found == result(means_another("/: expected the property 'a', got an object without it"))
    assert seen(held(schema, {"kind": "x"}, version="3.2.0", **A_OR_B)) == [
        ("", "the property 'a'", "an object without it")
    ]


FAMILY = {
    "Pet": {**needs("kind", friend={"$ref": "#/components/schemas/Pet"}), "discriminator": BY_KIND},
    "Cat": {"allOf": [*refs("Pet"), needs("purrs")]},
    "Dog": {"allOf": [*refs("Pet"), needs("barks")]},
}


@every_version
def test_the_subtype_that_a_base_schema_names_refuses_nothing_but_is_told(version: str) -> None:
    pet = refs("Pet")[0]
    cat = {"kind": "Cat", "purrs": 1}
    for whole in (cat, {"kind": "Eel"}, {"kind": "Pet"}, {**cat, "friend": {**cat, "friend": cat}}):
        assert held(pet, whole, version=version, **FAMILY) == result()
    refused = "/friend: expected the property 'barks', got an object without it"
    found = held(pet, {**cat, "friend": {"kind": "Dog"}}, version=version, **FAMILY)
    assert found == result(f"{doubt(SUBTYPE, '/friend')} (it refuses {refused})")
    assert seen(held(pet, {"purrs": 1}, version=version, **FAMILY)) == [
        ("", "the property 'kind'", "an object without it")
    ]


@every_version
def test_a_declared_subtype_is_not_told_twice(version: str) -> None:
    cat = refs("Cat")[0]
    assert held(cat, {"kind": "Cat", "purrs": 1}, version=version, **FAMILY) == result()
    assert seen(held(cat, {"kind": "Cat"}, version=version, **FAMILY)) == [
        ("", "the property 'purrs'", "an object without it")
    ]
    refused = "/: expected the property 'barks', got an object without it"
    found = held(cat, {"kind": "Dog", "purrs": 1}, version=version, **FAMILY)
    assert found == result(f"{doubt(SUBTYPE)} (it refuses {refused})")


@every_version
def test_a_value_of_many_levels_is_not_validated_twice_for_each(version: str) -> None:
    value: dict[str, Any] = {"kind": "Cat"}
    for _ in range(40):
        value = {"kind": "Cat", "purrs": 1, "friend": value}
    found = held(refs("Pet")[0], value, version=version, **FAMILY)
    place = "/friend" * 40
    refused = f"{place}: expected the property 'purrs', got an object without it"
    assert [one[-60:] for one in found.doubts] == [
        f"{doubt(SUBTYPE, place)} (it refuses {refused})"[-60:]
    ]


# -- nullable -------------------------------------------------------------------------------------

OBJECT, TEXT = {"type": "object"}, {"type": "string"}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Object"},
        {"allOf": [OBJECT]},
        {"allOf": refs("Object", "Text")},
        {"type": "object", "allOf": [OBJECT]},
        {"anyOf": [OBJECT, TEXT]},
        {"oneOf": refs("Object", "Text")},
        {"enum": ["a", "b"]},
        {"type": "string", "enum": ["a", "b"]},
        {"allOf": [OBJECT], "oneOf": [OBJECT], "enum": [{}]},
    ],
)
def test_null_is_no_violation_where_nullable_is_without_effect(schema: dict[str, Any]) -> None:
    nullable = {"properties": {"owner": {**schema, "nullable": True}}}
    components = {"Object": OBJECT, "Text": TEXT}
    found = held(nullable, {"owner": None}, version="3.0.3", **components)
    assert found == result(doubt(NULLABLE, "/owner"))
    # Any other value is judged as ever, and null where nothing allows it.
    assert seen(held(nullable, {"owner": 5}, version="3.0.3", **components)) != []
    plain = {"properties": {"owner": {**schema, "nullable": False}}}
    assert seen(held(plain, {"owner": None}, version="3.0.3", **components)) != []


@pytest.mark.parametrize("part", [{"nullable": True}, {"type": "object", "nullable": True}])
def test_nor_where_a_part_of_all_of_is_nullable(part: dict[str, Any]) -> None:
    nullable = {"properties": {"owner": {"allOf": [*refs("Object"), part]}}}
    found = held(nullable, {"owner": None}, version="3.0.3", Object=OBJECT)
    assert found == result(doubt(NULLABLE, "/owner"))


def test_a_nullable_that_has_its_effect_leaves_no_doubt() -> None:
    enum = {"type": "string", "enum": ["a", None], "nullable": True}
    parts = {"allOf": [{"type": "object", "nullable": True}], "nullable": True}
    listed = {"type": "object", "properties": {"enum": enum, "parts": parts}}
    assert held(listed, {"enum": None, "parts": None}, version="3.0.3") == result()


def test_a_nullable_inside_of_not_allows_what_one_reading_does() -> None:
    schema = {"not": {"enum": ["a"], "nullable": True}}
    expected = f"anything but {json.dumps(schema['not'])}"
    assert held(schema, None, version="3.0.3") == result(f"/: expected {expected}, got null")


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_nullable_means_nothing_since_3_1(version: str) -> None:
    nullable = {"$ref": "#/components/schemas/Object", "nullable": True}
    assert seen(held(nullable, None, version=version, Object=OBJECT)) == [
        ("", "type object", "null")
    ]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_that_it_means_nothing_is_said_in_a_branch_too(version: str) -> None:
    nullable = {"anyOf": [{**TEXT, "nullable": True}, OBJECT]}
    assert seen(held(nullable, None, version=version)) == [
        (
            "",
            "type string; nullable is gone since OpenAPI 3.1, where null is one of several types"
            " (branch 1 of anyOf, the closest)",
            "null",
        )
    ]


def test_a_doubt_is_told_once_for_all_items_and_not_beside_a_violation() -> None:
    owned = {"properties": {"owner": {"allOf": [OBJECT], "nullable": True}, "id": TEXT}}
    one = {"id": "x", "owner": None}
    found = held({"items": owned}, [one, one, {"id": "y"}, one], version="3.0.3")
    assert found == result(doubt(NULLABLE, "/*/owner"))
    assert seen(held({"items": owned}, [one, {"id": 5}], version="3.0.3")) == [
        ("/1/id", "type string", "the number 5")
    ]


# -- formats of which there are two -----------------------------------------------------------


@every_version
@pytest.mark.parametrize(
    ("name", "text", "case"),
    [
        ("uri", "/orders/7?page=1", RELATIVE_URI),
        ("uri", "//cdn.example.com/a", RELATIVE_URI),
        ("time", "17:00:00", LOCAL_TIME),
        ("time", "17:00:00.5", LOCAL_TIME),
        ("duration", "PT1.5S", PARTS_OF_A_SECOND),
        ("duration", "P1DT0,25S", PARTS_OF_A_SECOND),
    ],
)
def test_a_string_of_the_other_form_of_a_format_is_a_doubt(
    name: str, text: str, case: Case, version: str
) -> None:
    schema = {"properties": {"it": {"type": "string", "format": name}}}
    assert held(schema, {"it": text}, version=version) == result(doubt(case, "/it"))


@every_version
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uri", "www.example.com"),
        ("uri", "/a b"),
        ("uri", ""),
        ("time", "17:00"),
        ("time", ""),
        ("duration", "1.5S"),
        ("duration", "PT1.5H"),
        ("duration", "PT.5S"),
    ],
)
def test_a_string_of_neither_form_is_a_violation(name: str, text: str, version: str) -> None:
    schema = {"properties": {"it": {"type": "string", "format": name}}}
    assert seen(held(schema, {"it": text}, version=version)) == [
        ("/it", f'format "{name}"', f"the string {text!r}")
    ]


# -- names that stand twice -------------------------------------------------------------------


@every_version
@pytest.mark.parametrize("schema", [{"x-any": 1, "minProperties": 0}, {"type": "object"}])
def test_a_name_that_stands_twice_is_told_in_a_response_of_an_operation(
    version: str, schema: dict[str, Any]
) -> None:
    found = held(schema, b'{"a": {"b": 1, "b": 1}, "c": 1, "c": 2}', version=version)
    assert found == result(doubt(REPEATED_NAME, "/a/b"), doubt(REPEATED_NAME, "/c"))


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ('{"a": 1, "b": {"a": 1}}', []),
        ('{"a": 1, "a": 1}', ["/a"]),
        ('{"a": 1, "\\u0061": 2, "b": 3, "b": 3, "b": 3}', ["/a", "/b"]),
        ('[{"a": 1, "a": 1}, {"a": 1, "a": 1}, [{"b": 1, "b": 1}]]', ["/*/*/b", "/*/a"]),
        # Only one of several values of a name is there to be looked into.
        ('{"a": {"b": 1, "b": 1}, "a": 1}', ["/a"]),
        ('{"tokens": {"x": 1, "x": 1}}', ["/tokens/*"]),
        ('\ufeff{"a": 1, "a": 1}', ["/a"]),
        ("no JSON", []),
        ("[" * 100_000, []),
    ],
)
def test_where_names_stand_twice(body: str, places: list[str]) -> None:
    found = repeated_names(body.encode())
    assert [one.doubt(Redactor()) for one in found] == [
        doubt(REPEATED_NAME, place) for place in places
    ]


# -- the table ------------------------------------------------------------------------------------


def test_the_documentation_has_every_case() -> None:
    text = (Path(__file__).parents[2] / "docs" / "how-to" / "contracts.md").read_text(
        encoding="utf-8"
    )
    section = text.partition("## Where a contract can be read in two ways\n")[2].partition("\n## ")[
        0
    ]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    assert rows == [
        "| case | reading that accepts | reading that refuses | the run | strict |",
        *(
            f"| {one.what} | {one.accepted_because} | {one.refused_because} | note | red |"
            for one in CASES
        ),
    ]
