"""The pages in docs/reference/ say what the code says today, and leave nothing public out."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from documenting.reference import check_file, commands, fixtures, options, report
from documenting.reference.markdown import prose, sentence, slug
from documenting.reference.page import PageError, rewritten
from documenting.reference.pages import PAGES
from unit.schema_of_configuration import PUBLISHED

import pytest_apismoke
from pytest_apismoke import plugin
from pytest_apismoke.commands.main import COMMANDS
from pytest_apismoke.configuration.setting_table import SETTINGS
from pytest_apismoke.modes import EXIT_CODE_TABLES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"
EACH_PAGE = pytest.mark.parametrize("name", PAGES)
CONFIGURATION: dict[str, Any] = json.loads(PUBLISHED.read_text("utf-8"))
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "configuration": CONFIGURATION,
    "checks": check_file.schema(),
    "report": report.schema(),
}
#: Variables that a run uses itself, or that stand for a secret in a curl line.
INTERNAL = {"APISMOKE_PART", "APISMOKE_REFRESH_TOKEN", "APISMOKE_TOKEN_"}


def text_of(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def names_in(page: str) -> set[str]:
    """What a link to a place in a page can name: its anchors and its headings."""
    anchors = re.findall(r'<a id="([^"]+)"></a>', page)
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {*anchors, *map(slug, headings)}


# -- the pages ---------------------------------------------------------------------------------


@EACH_PAGE
def test_the_page_is_what_the_code_gives(name: str) -> None:
    """Otherwise: python scripts/reference.py."""
    assert rewritten(text_of(name), PAGES[name]()) == text_of(name)


@EACH_PAGE
def test_every_link_of_the_page_leads_to_a_place(name: str) -> None:
    broken = []
    for to in re.findall(r"\]\(([^)\s]+)\)", text_of(name)):
        file, _, place = to.partition("#")
        path = (FOLDER / file).resolve() if file else FOLDER / name
        if not path.exists() or (place and place not in names_in(path.read_text("utf-8"))):
            broken.append(to)
    assert broken == []


@EACH_PAGE
def test_no_place_of_the_page_has_the_name_of_another(name: str) -> None:
    anchors = re.findall(r'<a id="([^"]+)"></a>', text_of(name))
    assert sorted(anchors) == sorted(set(anchors))


@EACH_PAGE
def test_the_tables_of_the_page_are_whole_and_have_at_most_four_columns(name: str) -> None:
    tables = re.findall(r"(?:^\|.*\|$\n?)+", text_of(name), re.MULTILINE)
    for table in tables:
        widths = {len(re.split(r"(?<!\\)\|", line)) - 2 for line in table.splitlines()}
        assert len(widths) == 1
        assert max(widths) <= 4


# -- nothing is missing ------------------------------------------------------------------------


def test_each_setting_is_in_one_group_and_no_other_has_words() -> None:
    grouped = [name for group in options.GROUPS.values() for name in group]
    assert sorted(grouped) == sorted(setting.name for setting in SETTINGS)
    assert set(options.PAGES) <= set(grouped)


def test_each_variable_of_the_gate_is_told() -> None:
    """A name in the source, as a string of its own, is a variable that is read or named."""
    package = Path(str(pytest_apismoke.__file__)).parent
    read = {
        node.value
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"APISMOKE_[A-Z_]+", node.value)
    }
    told = {*options.VARIABLES, *(setting.environ for setting in SETTINGS)}
    assert read - told == INTERNAL


def properties_in(schema: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every property that a schema describes, with its place."""
    if isinstance(schema, list):
        for index, one in enumerate(schema):
            yield from properties_in(one, f"{place}[{index}]")
    elif isinstance(schema, dict):
        for keyword, value in schema.items():
            if keyword == "properties":
                for name, one in value.items():
                    yield f"{place}.{name}", one
            # What a condition says of a property describes nothing.
            if keyword not in ("if", "then", "else", "allOf", "dependentSchemas", "not"):
                yield from properties_in(value, f"{place}.{keyword}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_property_of_a_schema_has_a_description(name: str) -> None:
    """Its own, or that of what it refers to."""
    document = SCHEMAS[name]

    def is_described(schema: Mapping[str, Any]) -> bool:
        there: Any = document
        for step in schema.get("$ref", "#/x").removeprefix("#/").split("/"):
            there = there.get(step, {})
        return bool(schema.get("description")) or ("$ref" in schema and is_described(there))

    found = dict(properties_in(document))
    missing = {place for place, schema in found.items() if not is_described(schema)}
    assert len(found) > 20
    # It adds a condition to a key that is described where it is defined.
    assert missing - {".$defs.changesDocument.changes"} == set()


def keys_of_configuration() -> Iterator[tuple[str, str]]:
    """The tables of a configuration with their keys, by the published schema."""

    def within(table: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, one in schema.get("properties", {}).items():
            if one.get("type") == "object" and "properties" in one:
                yield from within(f"{table}.{name}", one)
            elif "$ref" not in one:
                yield table, name
        for one in schema.get("patternProperties", {}).values():
            yield from within(f"{table}.NAME", one)

    for table, schema in {**CONFIGURATION["properties"], **CONFIGURATION["$defs"]}.items():
        yield from within(table, schema)


def test_each_key_of_the_configuration_has_a_place() -> None:
    keys = list(keys_of_configuration())
    names = names_in(text_of("configuration.md"))
    assert ("login.then", "path") in keys
    assert ("profiles.NAME", "extends") in keys
    assert [key for key in keys if f"{slug(key[0])}-{key[1]}" not in names] == []


def test_the_page_has_the_schemas_own_words_for_what_no_record_describes() -> None:
    (profile,) = CONFIGURATION["properties"]["profiles"]["patternProperties"].values()
    assert profile["properties"]["extends"]["description"] in text_of("configuration.md")


def test_each_key_of_a_declared_check_has_a_place() -> None:
    defined = check_file.schema()["$defs"]
    keys = {
        *defined["check"]["properties"],
        *(f"expect-{k}" for k in defined["expect"]["properties"]),
    }
    assert keys - {"expect"} <= names_in(text_of("check-file.md"))


def test_each_member_of_a_report_is_told_with_its_description() -> None:
    told = text_of("report.md")
    described = [
        schema["description"]
        for _, schema in properties_in(report.schema())
        if "description" in schema
    ]
    assert [text for text in described if prose(text) not in told] == []


def test_each_table_of_exit_codes_is_told() -> None:
    assert set(EXIT_CODE_TABLES) == set(PAGES["exit-codes.md"]())


def test_each_fixture_is_told() -> None:
    kind = type(plugin.smoke_client)
    declared = {name for name, value in vars(plugin).items() if isinstance(value, kind)}
    headings = set(re.findall(r"^### `(smoke_\w+)`$", text_of("fixtures.md"), re.MULTILINE))
    assert declared == set(plugin.__all__) == headings


@pytest.mark.parametrize("kept", fixtures.OBJECTS, ids=lambda one: one.__name__)
def test_each_member_of_what_a_fixture_gives_is_told_or_kept_for_the_gate(kept: type) -> None:
    page = text_of("fixtures.md")
    names = {name for name in fixtures.members(kept) if f"#### `{kept.__name__}.{name}`\n" in page}
    assert names == set(fixtures.members(kept)) - fixtures.OBJECTS[kept]
    assert fixtures.OBJECTS[kept] <= set(fixtures.members(kept))


def test_each_hook_is_told() -> None:
    assert fixtures.hooks() == ["pytest_apismoke_verdict", "pytest_apismoke_exit"]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_command_is_told_with_all_that_it_takes(command: str) -> None:
    page = text_of("commands.md")
    section = page.partition(f"\n## `apismoke {command}`\n")[2].partition("\n## ")[0]
    assert section
    if command != "known":
        parser = commands.command_line_of(command)
        assert parser.prog in (f"apismoke {command}", "python -m pytest_apismoke.demo")
        taken = re.findall(r"(?<![\w-])--[a-z][a-z-]+", parser.format_help())
        assert set(taken) - {"--help"} <= set(re.findall(r"--[a-z][a-z-]+", section))


# -- how a page is written ---------------------------------------------------------------------

PAGE = "# Title\n\n<!-- generated: keys (x) -->\n\nold\n\n<!-- end -->\n\nWords.\n"


def test_only_the_blocks_of_a_page_are_written() -> None:
    begun = "# Title\n\n<!-- generated: keys (python scripts/reference.py) -->\n\n"
    assert rewritten(PAGE, {"keys": "new"}) == f"{begun}new\n\n<!-- end -->\n\nWords.\n"


@pytest.mark.parametrize("blocks", [{}, {"keys": "", "more": ""}, {"other": ""}])
def test_a_block_without_a_place_and_a_place_without_a_block_are_refused(
    blocks: Mapping[str, str],
) -> None:
    with pytest.raises(PageError, match=r"^expected the blocks .*, got \['keys'\]$"):
        rewritten(PAGE, blocks)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Only beside a 'changes' that names it.", "Only beside a `changes` that names it."),
        ("The target's and users' own.", "The target's and users' own."),
        ('Such as "nothing", or {name}.', 'Such as `"nothing"`, or `{name}`.'),
        ("With --smoke-api=NAME or --smoke.", "With `--smoke-api=NAME` or `--smoke`."),
        ("See APISMOKE_TOKEN and max_body_bytes.", "See `APISMOKE_TOKEN` and `max_body_bytes`."),
        ("At GET /orders/{id}.", "At `GET /orders/{id}`."),
        ("In contracts/known.toml, or contracts/.", "In `contracts/known.toml`, or `contracts/`."),
        ("Below [apis.NAME] and [[resource]].", "Below `[apis.NAME]` and `[[resource]]`."),
        ("It is `code` already.", "It is `code` already."),
        ("An * and a <b>.", r"An \* and a \<b>."),
    ],
)
def test_what_is_code_in_a_sentence_is_written_so(text: str, written: str) -> None:
    assert prose(text) == written


@pytest.mark.parametrize("text", ["the rootdir (default: here)", "The rootdir (default: here)."])
def test_a_phrase_becomes_a_sentence(text: str) -> None:
    assert sentence(text) == "The rootdir (default: here)."
