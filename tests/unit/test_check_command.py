"""`apismoke check`: every mistake in the files of a project, without a target."""

from __future__ import annotations

import json
import stat
from importlib.resources import files
from pathlib import Path

import pytest

from pytest_apismoke.commands.check import main
from pytest_apismoke.commands.main import main as apismoke

CHECK = '[[check]]\nname = "list"\npath = "/orders"\n'
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {"/orders": {"get": {"responses": {"200": {"description": "fine"}}}}},
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, in which the command is called."""
    (tmp_path / "contracts").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    """The output of the command, which ends with a code."""
    assert main(arguments) == code
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The message when there is nothing to check."""
    assert main(arguments) == 5
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_what_is_right_is_counted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "contracts/orders.toml").write_text(f'{CHECK}expect.schema = "order"\n')
    (project / "contracts/users.toml").write_text(CHECK)
    (project / "contracts/order.schema.json").write_text('{"type": "object"}')
    said = "contracts/: 2 checks, 1 schema: nothing to correct\n"
    assert told(capsys, 0) == said
    assert told(capsys, 0, str(project)) == said


def test_everything_there_is_is_looked_at(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "contracts/orders.toml").write_text(CHECK)
    (project / "apismoke.toml").write_text("[apis.orders]\nexit_code = 20\n")
    (project / "api.json").write_text(json.dumps(OPENAPI))
    assert told(capsys, 0, "--openapi", "api.json") == (
        "contracts/: 1 check, 0 schemas; apismoke.toml; api.json: 1 operation: nothing to correct\n"
    )


def test_mistakes_are_told_in_three_parts_and_counted(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "contracts/orders.toml").write_text(f"{CHECK}smok = 1\nexpect.stauts = 2\n")
    (project / "contracts/order.schema.json").write_text("{\n1}")
    (project / "apismoke.toml").write_text("[readines]\n")
    assert told(capsys, 5) == (
        "expected valid JSON, seen Expecting property name enclosed in double quotes\n"
        "  where: contracts/order.schema.json, line 2, column 1\n"
        "  what to do: correct the file\n\n"
        "expected a key of a check, seen 'smok'\n"
        "  where: contracts/orders.toml#/check/0/smok (of 'list')\n"
        "    line 4: [[check]] smok = 1\n"
        "                      ^^^^\n"
        "  what to do: did you mean 'smoke'?\n\n"
        "expected a key of [check.expect], seen 'stauts'\n"
        "  where: contracts/orders.toml#/check/0/expect/stauts (of 'list')\n"
        "    line 5: [[check]] expect.stauts = 2\n"
        "                             ^^^^^^\n"
        "  what to do: did you mean 'status'?\n\n"
        "expected one of the keys readiness, login, document, refusals, calendar, twilio,"
        " limits, openapi, headers, resource, apis, accounts, profiles, seen 'readines'\n"
        "  where: apismoke.toml, line 1, readines\n"
        "    line 1: [readines]\n"
        "             ^^^^^^^^\n"
        "  what to do: did you mean 'readiness'?\n\n"
        "4 mistakes in 3 files\n"
    )


def test_examples_are_looked_at_once_the_schemas_are_right(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = project / "contracts/order.schema.json"
    order.write_text('{"type": "string", "default": 1, "$ref": "gone.schema.json"}')
    assert "default" not in told(capsys, 5)
    order.write_text('{"type": "string", "default": 1}')
    inside = 'expect.schema = { type = "string", examples = [2] }\n'
    (project / "contracts/orders.toml").write_text(CHECK + inside)
    assert told(capsys, 5) == (
        "expected a value that its own schema allows: type string, seen the number 1\n"
        "  where: contracts/order.schema.json#/default\n"
        "  what to do: correct it, or the schema\n\n"
        "expected a value that its own schema allows: type string, seen the number 2\n"
        "  where: contracts/orders.toml#/check/0/expect/schema/examples/0\n"
        "  what to do: correct it, or the schema\n\n"
        "2 mistakes in 2 files\n"
    )


def test_an_example_that_no_pattern_can_be_held_against_is_a_mistake(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_apismoke.schemas.examples.LONGEST_S", 0.05)
    schema = {"pattern": "^(a|aa)+$", "examples": ["a" * 60 + "!"]}
    (project / "contracts/order.schema.json").write_text(json.dumps(schema))
    assert told(capsys, 5) == (
        "expected a value that can be validated against its own schema, seen no result within"
        " 0.05 s\n"
        "  where: contracts/order.schema.json#/examples/0\n"
        "  what to do: look in the schema for a pattern that backtracks without end, such as"
        " ^(a|aa)+$, or for branches that multiply, and rewrite it\n\n"
        "1 mistake in 1 file\n"
    )


def test_what_is_not_looked_at_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "contracts/orders.toml").write_text(CHECK)
    (project / "contracts/order.json").write_text("{}")
    assert told(capsys, 0).startswith(
        "not looked at: contracts/order.json (checks are in contracts/API.toml, and the name of a"
        " schema ends in .schema.json)\n"
    )


def test_one_mistake_is_one_mistake(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "contracts/orders.toml").write_text(f"{CHECK}smok = 1\n")
    assert told(capsys, 5).endswith("\n\n1 mistake in 1 file\n")


def test_a_configuration_in_the_file_of_others_is_found(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = project / "pyproject.toml"
    shared.write_text('[tool.apismoke.readiness]\npath = "/ready"\n')
    assert told(capsys, 0) == "pyproject.toml: nothing to correct\n"
    shared.write_text('[project]\nname = "apismoke-user"\n')
    assert "contracts/, apismoke.toml or [tool.apismoke]" in refused(capsys)


def test_a_file_that_can_not_be_read_does_not_hide_the_mistakes_in_others(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "apismoke.toml").write_bytes(b"\xff")
    (project / "contracts/orders.toml").write_text("")
    assert [line for line in told(capsys, 5).splitlines() if "where" in line] == [
        "  where: contracts/orders.toml",
        "  where: apismoke.toml, line 1",
    ]


def test_a_description_has_mistakes_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "api.json").write_text(json.dumps({**OPENAPI, "paths": {"/a": {"get": 1}}}))
    said = told(capsys, 5, "--openapi", "api.json")
    assert said.splitlines()[1] == "  where: api.json#/paths/~1a/get"
    mistaken = {"operationId": "a", "responses": {"2xx": {"description": ""}}}
    (project / "api.json").write_text(json.dumps({**OPENAPI, "paths": {"/a": {"get": mistaken}}}))
    assert told(capsys, 5, "--openapi", "api.json") == (
        "expected the status of a response: three digits, a range such as 2XX, or default, seen"
        " '2xx'\n"
        "  where: api.json#/paths/~1a/get/responses/2xx\n"
        "  what to do: write 2XX\n\n"
        "1 mistake in 1 file\n"
    )
    (project / "api.json").write_text('{"swagger": "2.0"}')
    said = told(capsys, 5, "--openapi", "api.json")
    assert said.splitlines()[1] == "  where: api.json#/swagger"
    assert said.endswith("\n\n1 mistake in 1 file\n")
    said = told(capsys, 5, "--openapi", "gone.json")
    assert said.splitlines()[1] == "  where: --openapi"


def test_an_entry_of_the_configuration_that_means_nothing_in_a_description_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "api.json").write_text(json.dumps(OPENAPI))
    (project / "apismoke.toml").write_text(
        "[openapi]\nleave_out = ['GET /order']\n[profiles.live]\n"
    )
    assert told(capsys, 0, "--openapi", "api.json") == (
        "[openapi] leave_out names 'GET /order', which is no operation; did you mean"
        " 'GET /orders'?\n\n"
        "apismoke.toml; api.json: 1 operation: nothing to correct\n"
    )


def test_where_there_is_nothing_to_look_at_nothing_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(capsys, str(tmp_path)) == (
        "apismoke: expected contracts/, apismoke.toml or [tool.apismoke] in pyproject.toml,"
        " seen none of them\n"
        f"  where: {tmp_path}\n"
        "  what to do: name the directory that contains them, or an OpenAPI document with"
        " --openapi\n"
    )


def test_the_directory_has_to_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "gone") == (
        "apismoke: expected a directory, seen 'gone'\n"
        "  where: apismoke check DIR\n"
        "  what to do: name the directory that contains contracts/\n"
    )


def test_the_schemas_for_editors_are_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are the published ones, and themselves no contracts."""
    (project / "contracts").rmdir()
    assert main(["--write-schema"]) == 5
    capsys.readouterr()
    for name, package, published in (
        ("contracts/.checks.schema.json", "checks.declared", "checks.schema.json"),
        (".apismoke.schema.json", "configuration", "configuration.schema.json"),
    ):
        written = project / name
        text = files(f"pytest_apismoke.{package}").joinpath(published).read_text("utf-8")
        assert written.read_text("utf-8") == text
        assert stat.S_IMODE(written.stat().st_mode) == 0o644
    (project / "contracts/orders.toml").write_text(CHECK)
    (project / "apismoke.toml").write_text("#:schema .apismoke.schema.json\n")
    assert told(capsys, 0, "--write-schema") == (
        "contracts/.checks.schema.json written; first line of each contracts/*.toml:"
        " #:schema .checks.schema.json\n"
        ".apismoke.schema.json written; first line of apismoke.toml:"
        " #:schema .apismoke.schema.json\n"
        "contracts/: 1 check, 0 schemas; apismoke.toml: nothing to correct\n"
    )


def test_a_variable_need_not_be_set_here(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "headers.X-Wall = '${WALL}'\n[profiles.live]\nlogin.path = '${PLACE}/${WALL}'\n"
    (project / "apismoke.toml").write_text(text)
    assert main([], environ={"PLACE": "/in"}) == 0
    assert capsys.readouterr().out == (
        "not set here: the environment variable WALL, for apismoke.toml, line 1, headers.X-Wall;"
        " apismoke.toml, line 3, profiles.live.login.path\n\n"
        "apismoke.toml: nothing to correct\n"
    )


def test_a_variable_that_is_set_here_has_to_fit(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In whichever profile; a value that two inherit is one mistake."""
    text = "login.path = '${PLACE}'\n[profiles.live]\n[profiles.staging]\n"
    (project / "apismoke.toml").write_text(text)
    assert main([], environ={"PLACE": "in"}) == 5
    assert capsys.readouterr().out == (
        "expected a path that begins with '/', percent-encoded, seen the string 'in' from the"
        " environment variable PLACE\n"
        "  where: apismoke.toml, line 1, login.path\n"
        "    line 1: login.path = …\n"
        "                  ^^^^\n"
        "  what to do: correct PLACE\n\n"
        "1 mistake in 1 file\n"
    )


def test_a_folder_that_can_not_be_written_to_is_a_mistake(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "contracts").rmdir()
    (project / "contracts").write_text("")
    said = refused(capsys, "--write-schema")
    assert said.startswith("apismoke: expected a writable folder, seen ")
    assert said.endswith("\n  where: contracts\n  what to do: correct its permissions\n")


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["--nope"], 5)])
def test_the_exit_code_of_a_call_is_the_commands_own(arguments: list[str], code: int) -> None:
    assert main(arguments) == code


def test_the_console_command_leads_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "contracts/orders.toml").write_text(CHECK)
    assert apismoke(["check"]) == 0
    assert capsys.readouterr().out == "contracts/: 1 check, 0 schemas: nothing to correct\n"


def test_the_stored_copy_of_a_document_is_counted_and_no_file_to_be_passed_over(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = project / "contracts/openapi.json"
    copy.write_text(json.dumps({**OPENAPI, "x-apismoke-copy": {"of": "/openapi.json"}}))
    said = "contracts/openapi.json: 1 operation: nothing to correct\n"
    assert told(capsys, 0) == said
    assert told(capsys, 0, "--openapi=contracts/openapi.json") == said
    copy.write_text('{"x-apismoke-copy": <<<<<<< HEAD')
    assert told(capsys, 5).endswith(
        "  where: contracts/openapi.json, line 1, column 21\n"
        "  what to do: correct the file; or store it anew with 'apismoke openapi save'\n\n"
        "1 mistake in 1 file\n"
    )
