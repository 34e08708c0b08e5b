"""A schema is found valid by the validators that are kept where jsonschema finds it valid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import SchemaError

from pytest_apismoke.schemas.findings import TOO_DEEP, findings
from pytest_apismoke.schemas.formats import OF_SCHEMAS
from pytest_apismoke.schemas.schema_lint import invalid
from pytest_apismoke.schemas.schema_places import places

_LIBRARYS: dict[str, Any] = {
    "http://json-schema.org/draft-07/schema#": Draft7Validator,
    "https://json-schema.org/draft/2020-12/schema": Draft202012Validator,
}


def by_jsonschema(document: Any) -> object:
    """What jsonschema itself finds; None for a valid schema."""
    named = document.get("$schema") if isinstance(document, dict) else None
    kind = _LIBRARYS.get(str(named), Draft202012Validator)
    try:
        kind.check_schema(document, format_checker=OF_SCHEMAS)
    except SchemaError as error:
        return findings([error], places({}))[0]
    return None


_VALUES = st.one_of(
    st.sampled_from((True, False, None, 0, 1, -1, 1.0, 0.5, "", "a", "string", "^a$", "(", "#a")),
    st.sampled_from(([], ["a"], ["a", "a"], ["string", "null"], [1], {}, {"a": ["b"]}, {"a": 1})),
)
_WITH_VALUES = (
    *("type", "enum", "const", "required", "minimum", "exclusiveMinimum", "multipleOf", "pattern"),
    *("minLength", "maxItems", "uniqueItems", "format", "$ref", "$id", "$anchor", "title"),
    *("dependentRequired", "dependencies", "readOnly", "deprecated", "$comment", "examples"),
)
_WITH_A_SCHEMA = ("not", "if", "items", "contains", "additionalProperties", "propertyNames")
_WITH_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_WITH_NAMED_SCHEMAS = ("properties", "$defs", "definitions", "patternProperties", "dependencies")


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keywords = st.one_of(
        st.tuples(st.sampled_from(_WITH_VALUES), _VALUES),
        st.tuples(st.sampled_from(_WITH_A_SCHEMA), inner),
        st.tuples(st.sampled_from(_WITH_SCHEMAS), st.lists(inner, max_size=2)),
        st.tuples(
            st.sampled_from(_WITH_NAMED_SCHEMAS),
            st.dictionaries(st.sampled_from(("a", "^b", "(")), inner, max_size=2),
        ),
    )
    return st.lists(keywords, max_size=4).map(dict)


@settings(max_examples=500, deadline=None)
@given(
    schema=st.recursive(st.one_of(st.booleans(), _VALUES, _schemas(st.booleans())), _schemas),
    dialect=st.sampled_from((*_LIBRARYS, "")),
)
def test_every_document_is_what_jsonschema_says(schema: Any, dialect: str) -> None:
    document = {"$schema": dialect, **schema} if dialect and isinstance(schema, dict) else schema
    assert invalid(document) == by_jsonschema(document)


@pytest.mark.parametrize("dialect", _LIBRARYS)
def test_what_one_schema_has_said_says_nothing_about_the_next(dialect: str) -> None:
    """Short values that were valid are kept, each for the place where it stood."""
    good: dict[str, Any] = {
        "$schema": dialect,
        "type": "object",
        "properties": {"object": {"minLength": 1, "title": "string"}},
        "required": ["object"],
    }
    assert invalid(good) is None
    for bad in (
        {**good, "type": "string "},
        {**good, "properties": {"object": {"minLength": "string"}}},
        {**good, "properties": {"object": {"title": 1}}},
        {**good, "required": "object"},
    ):
        assert invalid(bad) is not None
        assert invalid(bad) == by_jsonschema(bad)
    assert invalid(good) is None


def test_one_that_is_nested_too_deep_is_told() -> None:
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"items": deep}
    assert invalid(deep) == TOO_DEEP
