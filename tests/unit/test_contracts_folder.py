"""Reading the folder `contracts/`, and parsing its files."""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from pytest_apismoke.checks.declared.folder import (
    LARGEST_BYTES,
    ContractFiles,
    Contracts,
    load,
    read_folder,
)
from pytest_apismoke.errors import Break
from pytest_apismoke.known.entries import Entry, Known
from pytest_apismoke.schemas.examples import broken_examples
from pytest_apismoke.schemas.store import built_in

CHECK = '[[check]]\nname = "list"\npath = "/orders"\n'
BUILT_IN = (
    "calendar-unavailable",
    "phone-number",
    "refusal",
    "settings",
    "settings-deep",
)

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


def write(folder: Path, **contents: str | bytes) -> Path:
    """Writes files; in their names `__` stands for a slash and `_` for a dot."""
    for name, content in contents.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def read(folder: Path) -> dict[str, str]:
    """The files of a folder without errors."""
    found = read_folder(folder)
    assert found.mistakes == ()
    return dict(found.texts)


def refused(folder: Path) -> str:
    """The message of the only error in a folder."""
    (mistake,) = read_folder(folder).mistakes
    return str(mistake)


def contracts(**contents: str) -> Contracts:
    """The contracts parsed from files; names as in `write`."""
    names = ((name.replace("__", "/").replace("_", "."), name) for name in contents)
    return load(ContractFiles(texts=tuple((path, contents[name]) for path, name in names)))


def told(**contents: str) -> list[str]:
    return [str(mistake) for mistake in contracts(**contents).mistakes]


# -- the disk -------------------------------------------------------------------------------------


def test_a_missing_folder_declares_nothing(tmp_path: Path) -> None:
    today = datetime.now(timezone.utc).date()
    assert read_folder(tmp_path / "contracts") == ContractFiles(read_on=today)
    assert read_folder(tmp_path) == ContractFiles(read_on=today)


def test_schemas_are_read_at_any_depth_and_checks_at_the_top_in_a_fixed_order(
    tmp_path: Path,
) -> None:
    write(tmp_path, b_toml="b", a_toml="a", order_schema_json="1", sub__deep__line_schema_json="2")
    assert list(read(tmp_path).items()) == [
        ("a.toml", "a"),
        ("b.toml", "b"),
        ("order.schema.json", "1"),
        ("sub/deep/line.schema.json", "2"),
    ]


def test_dot_files_and_other_suffixes_are_ignored(tmp_path: Path) -> None:
    hidden = {"_checks_schema_json": "x", "_git__a_schema_json": "x", "_x_toml": "x"}
    write(tmp_path, **hidden, readme_md="x", order_json="x", b_toml="b")
    assert read(tmp_path) == {"b.toml": "b"}


def test_a_byte_order_mark_is_removed_and_line_endings_stay(tmp_path: Path) -> None:
    write(tmp_path, a_toml=b"\xef\xbb\xbfa = 1\r\n")
    assert read(tmp_path) == {"a.toml": "a = 1\r\n"}


def test_the_result_can_be_pickled(tmp_path: Path) -> None:
    found = read_folder(write(tmp_path, a_toml=b"\xff", b_toml="b"))
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    assert refused(write(tmp_path, a_toml=b"a = 1\nb = '\xe4'\n")) == (
        "expected a file in UTF-8, seen the byte 0xe4\n"
        "  where: contracts/a.toml, line 2\n"
        "  what to do: save the file as UTF-8"
    )


def test_a_file_above_the_size_limit_is_an_error(tmp_path: Path) -> None:
    assert read(write(tmp_path, a_toml=b"#" * LARGEST_BYTES))
    assert refused(write(tmp_path, a_toml=b"#" * (LARGEST_BYTES + 1))) == (
        "expected a file of at most 10 MB, seen a larger one\n"
        "  where: contracts/a.toml\n"
        "  what to do: split it, or move it out of contracts/"
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_a_named_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    assert refused(tmp_path) == (
        "expected a file, seen something else\n"
        "  where: contracts/a.toml\n"
        "  what to do: remove or rename it"
    )


def test_checks_in_a_subfolder_are_an_error(tmp_path: Path) -> None:
    assert refused(write(tmp_path, v2__orders_toml=CHECK)) == (
        "expected declared checks in contracts/ itself, seen a file in a subfolder\n"
        "  where: contracts/v2/orders.toml\n"
        "  what to do: move the file up; its name is the name of the API"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_a_schema_name_fits_into_a_reference(tmp_path: Path) -> None:
    (tmp_path / "a#b.schema.json").write_text("{}")
    assert refused(tmp_path) == (
        "expected a path that a $ref can name, seen a '#' in it\n"
        "  where: contracts/a#b.schema.json\n"
        "  what to do: rename it: letters, digits, dots, hyphens and underscores are safe"
    )


def elsewhere(path: str) -> str:
    return (
        "expected files and folders inside contracts/, seen a link that leads elsewhere\n"
        f"  where: contracts/{path}\n"
        "  what to do: copy the files: links to folders, and links out of contracts/, are not"
        " followed"
    )


@needs_links
def test_links_out_of_the_folder_are_errors(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", a_toml=CHECK, b_schema_json="{}")
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "orders.toml").symlink_to(outside / "a.toml")
    (folder / "shared").symlink_to(outside, target_is_directory=True)
    found = read_folder(folder)
    assert found.texts == ()
    assert list(map(str, found.mistakes)) == [elsewhere("orders.toml"), elsewhere("shared")]


@needs_links
def test_links_inside_the_folder_and_to_the_folder_are_followed(tmp_path: Path) -> None:
    folder = write(tmp_path / "real", a_schema_json="{}")
    (folder / "b.schema.json").symlink_to("a.schema.json")
    (tmp_path / "contracts").symlink_to(folder, target_is_directory=True)
    assert read(tmp_path / "contracts") == {"a.schema.json": "{}", "b.schema.json": "{}"}


@needs_links
def test_a_broken_link_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to("a.toml")
    assert refused(tmp_path) == (
        "expected a file, seen a link that leads nowhere\n"
        "  where: contracts/a.toml\n"
        "  what to do: correct the link, or remove it"
    )


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "contracts").write_text("")
    assert refused(tmp_path / "contracts") == (
        "expected a folder, seen something else\n"
        "  where: contracts/\n"
        "  what to do: remove or rename it"
    )


@pytest.mark.parametrize("name", ["orders.toml", "order.schema.json"])
def test_a_folder_in_place_of_a_file_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert refused(tmp_path) == (
        "expected a file, seen a folder\n"
        f"  where: contracts/{name}\n"
        "  what to do: rename it: only files of checks and schemas have such a name"
    )


@pytest.mark.parametrize(
    ("name", "ending", "hint"),
    [
        ("orders.tml", ".tml", "rename it to 'orders.toml'"),
        ("Orders.TOML", ".TOML", "rename it to 'Orders.toml'"),
        ("order.schema.yaml", ".schema.yaml", "write it as JSON, in 'order.schema.json'"),
    ],
)
def test_a_misspelled_suffix_is_an_error(tmp_path: Path, name: str, ending: str, hint: str) -> None:
    (tmp_path / name).write_text("")
    assert refused(tmp_path) == (
        f"expected a file name that ends in .toml or .schema.json, seen {ending!r}\n"
        f"  where: contracts/{name}\n"
        f"  what to do: {hint}"
    )


def test_an_ambiguous_suffix_is_a_note_and_no_error(tmp_path: Path) -> None:
    """The file may be an OpenAPI document, or belong to another tool."""
    for name in ("orders.yaml", "order.json", "openapi.yml", ".hidden.json", "notes.md"):
        (tmp_path / name).write_text("")
    found = read_folder(tmp_path)
    assert (found.mistakes, found.passed_over) == ((), ("openapi.yml", "order.json", "orders.yaml"))
    assert found.note(besides=["openapi.yml"]) == (
        "not looked at: contracts/order.json, contracts/orders.yaml (checks are in"
        " contracts/API.toml, and the name of a schema ends in .schema.json)"
    )
    assert ContractFiles().note() == ""


# -- parsing -------------------------------------------------------------------------------------


def test_without_files_only_the_built_in_schemas_exist() -> None:
    found = load(ContractFiles())
    assert found.schemas.names == BUILT_IN
    assert (found.user_schema_names, found.checks, found.mistakes) == ((), (), ())
    assert Contracts().schemas.names == BUILT_IN


def test_checks_refer_to_schemas() -> None:
    found = contracts(
        order_schema_json='{"properties": {"line": {"$ref": "sub/line.schema.json"}}}',
        sub__line_schema_json='{"type": "string"}',
        orders_toml=f'{CHECK}expect.schema = "order"',
        users_toml=f'{CHECK}expect.schema = {{ "$ref" = "order.schema.json" }}',
    )
    assert found.mistakes == ()
    assert found.user_schema_names == ("order", "sub/line")
    assert [(one.api, one.expect.schema) for one in found.checks] == [
        ("orders", "order"),
        ("users", "users.toml?/check/0/expect/schema"),
    ]
    for one in found.checks:
        (finding,) = found.schemas.findings({"line": 1}, one.expect.schema)
        assert (finding.pointer, finding.expected) == ("/line", "type string")


def test_a_user_schema_replaces_the_built_in_one_of_its_name() -> None:
    found = contracts(settings_schema_json='{"type": "string"}')
    assert found.schemas.names == BUILT_IN
    assert found.user_schema_names == ("settings",)
    assert found.schemas.schema("settings") == {"type": "string"}
    assert built_in().schema("settings") != {"type": "string"}


def test_an_unused_schema_is_no_error() -> None:
    assert told(order_schema_json="{}") == []


def test_every_error_in_every_file_is_reported() -> None:
    mistakes = told(
        a_schema_json='{"type": "strin"}',
        b_schema_json='{"a": NaN}',
        c_schema_json='{"$ref": "d.schema.json"}',
        orders_toml=f'{CHECK}expect.schema = "ordr"\n[[check]]\nname = "b"',
        users_toml="[[check]",
    )
    assert [mistake.splitlines()[1] for mistake in mistakes] == [
        "  where: contracts/b.schema.json",
        "  where: contracts/orders.toml#/check/1 (of 'b')",
        "  where: contracts/users.toml, line 1, column 8",
        "  where: contracts/a.schema.json#/type",
        "  where: contracts/c.schema.json#/$ref",
        "  where: contracts/orders.toml#/check/0/expect/schema (of 'list')",
    ]


def test_the_location_of_an_inline_schema_is_in_the_file_of_its_check() -> None:
    (mistake,) = told(orders_toml=f'{CHECK}expect.schema.type = "strin"')
    assert mistake.splitlines()[1] == "  where: contracts/orders.toml#/check/0/expect/schema/type"
    found = contracts(orders_toml=f'{CHECK}expect.schema.type = "string"')
    (finding,) = found.schemas.findings(1, found.checks[0].expect.schema)
    assert finding.schema_location == "contracts/orders.toml#/check/0/expect/schema/type"


def test_an_unreadable_schema_causes_no_errors_where_it_is_named() -> None:
    mistakes = told(
        order_schema_json="{",
        other_schema_json='{"$ref": "order.schema.json"}',
        orders_toml=f'{CHECK}expect.schema = "order"',
    )
    assert [mistake.splitlines()[1] for mistake in mistakes] == [
        "  where: contracts/order.schema.json, line 1, column 2"
    ]


def test_unreadable_files_are_reported_first() -> None:
    found = load(ContractFiles(mistakes=contracts(b_schema_json="{").mistakes))
    assert [mistake.where for mistake in found.mistakes] == [
        "contracts/b.schema.json, line 1, column 2"
    ]


# -- examples -------------------------------------------------------------------------------------


def examples(schema: str) -> list[str]:
    found = contracts(order_schema_json=schema)
    assert found.mistakes == ()
    return list(map(str, broken_examples(found.schemas, ["order"])))


def example(wants: str, seen: str, where: str) -> str:
    return (
        f"expected a value that its own schema allows: {wants}, seen {seen}\n"
        f"  where: contracts/order.schema.json#{where}\n"
        "  what to do: correct it, or the schema"
    )


@pytest.mark.parametrize(
    "schema",
    [
        "true",
        '{"type": "string", "examples": ["a"], "default": ""}',
        '{"properties": {"default": {"type": "string"}, "examples": {"type": "string"}}}',
        '{"const": {"default": 1}, "enum": [{"default": 1}]}',
        '{"$defs": {"id": {"type": "string"}}, "$ref": "#/$defs/id", "examples": ["a"]}',
    ],
)
def test_valid_examples(schema: str) -> None:
    assert examples(schema) == []


@pytest.mark.parametrize(
    ("schema", "mistakes"),
    [
        (
            '{"type": "string", "examples": ["a", 1], "default": null}',
            [
                example("type string", "null", "/default"),
                example("type string", "the number 1", "/examples/1"),
            ],
        ),
        (
            '{"properties": {"a/b": {"items": {"format": "e164", "examples": ["1"]}}}}',
            [example('format "e164"', "the string '1'", "/properties/a~1b/items/examples/0")],
        ),
        (
            '{"$defs": {"id": {"type": "string"}},'
            ' "properties": {"id": {"$ref": "#/$defs/id", "default": 1}}}',
            [example("type string", "the number 1", "/properties/id/default")],
        ),
        (
            '{"examples": [{"a": {"b": 1}}], "properties": {"a":'
            ' {"properties": {"b": {"type": "null"}}}}}',
            [example("type null at /a/b", "the number 1", "/examples/0")],
        ),
        (
            '{"$schema": "http://json-schema.org/draft-07/schema#",'
            ' "definitions": {"a": {"minimum": 2, "default": 1}}}',
            [example("minimum 2", "the number 1", "/definitions/a/default")],
        ),
    ],
)
def test_an_example_that_violates_its_own_schema_is_reported(
    schema: str, mistakes: list[str]
) -> None:
    assert examples(schema) == mistakes


def test_an_example_in_an_inline_schema_is_reported_with_its_location() -> None:
    found = contracts(orders_toml=f'{CHECK}expect.schema = {{ type = "null", default = 1 }}')
    (mistake,) = broken_examples(found.schemas, [found.checks[0].expect.schema])
    assert mistake.where == "contracts/orders.toml#/check/0/expect/schema/default"


# -- known violations ---------------------------------------------------------------------------

LAST_DAY = date(2030, 12, 31)
KNOWN = f"""
[[known]]
check = "contracts/orders.toml::list"
place = "/total"
kind = "type"
until = {LAST_DAY}
"""


def test_the_list_of_known_violations_is_read_beside_the_contracts_and_declares_no_check() -> None:
    found = contracts(known_toml=KNOWN, orders_toml=CHECK)
    entry = Entry(
        name="contracts/orders.toml::list",
        contract="",
        status=None,
        what=Break("/total", "type"),
        until=LAST_DAY,
    )
    assert (found.mistakes, [check.api for check in found.checks]) == ((), ["orders"])
    assert found.known == Known(entries=(entry,))


def test_an_entry_is_valid_to_the_end_of_its_last_day_in_every_process_of_a_run() -> None:
    files = contracts(known_toml=KNOWN).files
    on_the_last, on_the_next = (
        load(pickle.loads(pickle.dumps(replace(files, read_on=day))))  # noqa: S301  # our own
        for day in (LAST_DAY, LAST_DAY + timedelta(days=1))
    )
    assert on_the_last.mistakes == ()
    assert [str(mistake) for mistake in on_the_next.mistakes] == [
        "expected entries that are still valid, seen one that was valid until 2030-12-31\n"
        "  where: contracts/known.toml, line 6\n"
        "  what to do: correct the response or its contract and delete the entry, or move the date"
        " if it is to be known for longer"
    ]


def test_a_run_that_records_knows_everything() -> None:
    files = replace(contracts(known_toml=KNOWN).files, records_known=True)
    excused = load(files).known.of("contracts/new.toml::one", contract="order", status=200)
    assert Break("/anything", "type") in excused
