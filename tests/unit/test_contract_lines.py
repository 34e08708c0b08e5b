"""The lines of places in contracts: in JSON, in YAML and in TOML, for reports that want one."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.checks.declared.folder import ContractFiles, load
from pytest_apismoke.errors import Violation
from pytest_apismoke.openapi.yaml_loader import line_in_yaml, nodes_of
from pytest_apismoke.run.contract_lines import lines_of_contracts
from pytest_apismoke.schemas.json_lines import line_in_json
from pytest_apismoke.verdict.outcome import Outcome, Result

SCHEMA = dedent(
    """\
    {
      "type": "object",
      "properties": {"a": {"type": "string"}, "a/b": {
        "enum": [1,
          {"c": "}"}, [
            2]]
      }},
      "required":
        ["a"]
    }
    """
)
CHECKS = dedent(
    """\
    # a comment

    [[check]]
    name = "one"
    path = "/"

    [[check]]
    name = "two"
    path = "/"
    [check.expect.schema]
    type = "object"
    properties.a.type = "string"
    """
)
DOCUMENT = dedent(
    """\
    openapi: 3.1.0
    paths:
      /a/{b}:
        get: &get
          responses:
            200: {description: ok}
        put: *get
    tags:
    - a
    - b
    """
)


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/type", 2),
        ("/properties/a/type", 3),
        ("/properties/a~1b/enum", 4),
        ("/properties/a~1b/enum/1/c", 5),
        ("/properties/a~1b/enum/2", 5),
        ("/properties/a~1b/enum/2/0", 6),
        ("/required", 8),
        ("/required/0", 9),
        # What is not there has the line of what is around it.
        ("/properties/a~1b/enum/7", 4),
        ("/type/x/y", 2),
        ("/gone", 1),
    ],
)
def test_a_place_in_json_has_the_line_of_its_key(pointer: str, line: int) -> None:
    assert line_in_json(SCHEMA, pointer) == line


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 0, 2]))
def test_the_last_of_each_line_is_found_however_json_is_written(
    document: object, indent: int | None
) -> None:
    """With an indent each key and each item begins a line of its own, in the order of the file."""
    text = json.dumps(document, indent=indent, ensure_ascii=False)
    found = [line_in_json(text, pointer) for pointer in _pointers(document)]
    assert found == sorted(found)
    assert found[0] == 1
    if indent is None:
        assert set(found) == {1}
    else:
        assert len(set(found)) == len(found)


def _pointers(document: object, at: str = "") -> list[str]:
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    found = [at]
    for key, value in items:
        step = str(key).replace("~", "~0").replace("/", "~1")
        found += _pointers(value, f"{at}/{step}")
    return found


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/paths/~1a~1{b}/get", 4),
        ("/paths/~1a~1{b}/get/responses/200/description", 6),
        # An alias leads to the place of its anchor.
        ("/paths/~1a~1{b}/put", 7),
        ("/paths/~1a~1{b}/put/responses", 5),
        ("/tags/1", 10),
        ("/tags/2", 8),
    ],
)
def test_a_place_in_yaml_has_the_line_of_its_key(pointer: str, line: int) -> None:
    assert line_in_yaml(nodes_of(DOCUMENT), pointer) == line


def test_an_empty_document_in_yaml_has_one_line() -> None:
    assert line_in_yaml(nodes_of(""), "/a") == 1


def test_the_lines_of_all_that_was_broken_are_found_in_whatever_file(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(DOCUMENT)
    contracts = load(ContractFiles(texts=(("a.schema.json", SCHEMA), ("checks.toml", CHECKS))))
    places = (
        "contracts/a.schema.json#/required",
        "contracts/checks.toml#/check/1/expect/schema/properties/a/type",
        "openapi.yaml#/paths/~1a~1{b}/get",
        "gone.yaml#/paths",
        "the contract",
        "",
    )
    broken = Outcome(
        api="checks",
        stage="two",
        name="contracts/checks.toml::two",
        outcome=Result.FAILED,
        violations=tuple(
            Violation(pointer="/a", expected="x", actual="y", schema_location=place)
            for place in places
        ),
    )
    assert lines_of_contracts([broken], contracts, [tmp_path / "other", tmp_path]) == {
        "contracts/a.schema.json#/required": 8,
        "contracts/checks.toml#/check/1/expect/schema/properties/a/type": 12,
        "openapi.yaml#/paths/~1a~1{b}/get": 4,
        "contracts/checks.toml::two": 7,
    }


def test_a_file_that_is_another_one_by_now_has_no_line(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text('{"paths": ')
    broken = Outcome(
        api="a",
        stage="b",
        name="a::b",
        outcome=Result.FAILED,
        violations=(
            Violation(
                pointer="", expected="x", actual="y", schema_location="openapi.json#/paths/a"
            ),
        ),
    )
    assert lines_of_contracts([broken], load(ContractFiles()), [tmp_path]) == {}
