"""Hints that no other test asserts: the "what to do" of failures that are provoked in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from unit.conftest import FakeClock, new_answer
from unit.declaring import Backend, context_of, declared

from pytest_apismoke.checks.declared.folder import read_folder
from pytest_apismoke.checks.declared.model import refusals_without_a_login
from pytest_apismoke.checks.suites.base import ask_oauth_start
from pytest_apismoke.configuration.rootdir import configuration_files
from pytest_apismoke.errors import Failure, SmokeError
from pytest_apismoke.http.document_shape import read_document
from pytest_apismoke.openapi.conformance import ContractUse, nothing_exercised
from pytest_apismoke.openapi.spec_lint import mistakes
from pytest_apismoke.openapi.spec_source import from_file
from pytest_apismoke.preflight.result import Step
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.schemas.store import Schemas
from pytest_apismoke.verdict.run_failures import (
    arguments_refused,
    ended_by_force,
    not_written,
    nothing_of,
    path_without_tests,
    required_api,
)

REFUSED = '[[check]]\nname = "a"\npath = "/a"\nrefused_without_auth = true'


def raised(call: Callable[[], object]) -> Failure:
    """The failure of the error that a call raises."""
    with pytest.raises(SmokeError) as caught:
        call()
    return caught.value.failure


@pytest.mark.parametrize(
    ("failure", "hint"),
    [
        (arguments_refused(["no"]), "correct them; a path must exist and contain tests"),
        (
            ended_by_force(),
            "find the caller: a test, or pytest-timeout because of one that took too long;"
            " with --timeout-method=signal it ends the test and not the run",
        ),
        (
            path_without_tests("tests/e2e", "none", where="the command line"),
            "mark a test there as smoke (or as e2e, for full runs) and let it run, or leave the"
            " path out",
        ),
        (
            required_api("orders", is_left_out=True, where="apismoke.toml"),
            "add --smoke-api=orders to the call, or remove required = true",
        ),
        (
            required_api("orders", is_left_out=False, where="apismoke.toml"),
            "let a check of it belong to smoke runs (smoke = true), or remove required = true",
        ),
        (
            nothing_of("openapi", ["GET /a (it wants a body)"]),
            "give the parameters examples in the OpenAPI document, or declare checks in contracts/",
        ),
        (
            not_written(
                Path("junit.xml"), PermissionError(13, "Permission denied"), option="--junitxml"
            ),
            "give --junitxml a path that can be written; the verdict itself is in this output",
        ),
        (
            nothing_exercised(
                ContractUse(source="openapi.yaml", operations=("GET /a",), was_refused=True),
                server_paths=[""],
                target_path="",
            ),
            "let the run log in (APISMOKE_USERNAME and APISMOKE_PASSWORD, or APISMOKE_TOKEN)",
        ),
        (
            refusals_without_a_login(declared(REFUSED))[0],
            "remove refused_without_auth, or enable the login",
        ),
    ],
    ids=lambda value: None if isinstance(value, Failure) else re.sub(r"\W+", "-", value)[:30],
)
def test_the_hint_of_a_failure(failure: Failure, hint: str) -> None:
    assert failure.hint == hint


def test_the_hint_for_a_file_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "apismoke.toml").mkdir()
    (tmp_path / "pyproject.toml").mkdir()
    for name in ("apismoke.toml", "pyproject.toml"):
        found = raised(lambda: configuration_files(tmp_path))
        assert (found.where, found.hint) == (
            str(tmp_path / name),
            "correct its permissions, or remove it",
        )
        (tmp_path / name).rmdir()


def test_the_hint_for_a_contracts_folder_that_can_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "orders.toml").touch()
    monkeypatch.setattr(Path, "open", refuse)
    (found,) = read_folder(tmp_path / "contracts").mistakes
    assert (found.seen, found.hint) == (
        "Permission denied",
        "correct its permissions, or remove it",
    )


def test_the_hint_for_a_settings_document_that_is_no_object() -> None:
    assert raised(lambda: read_document(new_answer(body="text"))).hint == (
        "compare the response with the contract contracts/settings.schema.json"
    )
    assert raised(lambda: read_document(new_answer(body=[]))).hint == (
        "say with select in [document] which of them is meant"
    )


def test_the_hint_for_a_settings_document_without_the_id_of_the_account(clock: FakeClock) -> None:
    context = context_of(Backend(clock, {}))
    fetched = Step(response=new_answer(body={"name": "Shop"}))
    context = replace(context, preflight=replace(context.preflight, fetch=fetched))
    assert raised(lambda: ask_oauth_start(context)).hint == (
        "the OAuth start needs the id: the settings document must carry it"
    )


def test_the_hint_for_an_openapi_document_at_another_url(tmp_path: Path) -> None:
    assert raised(lambda: from_file("https://elsewhere.example/openapi.json", tmp_path)).hint == (
        "give the path below the base URL; a spec is fetched from the target only"
    )


def test_the_hint_for_a_spec_that_is_nested_too_deeply() -> None:
    deep: dict[str, object] = {}
    for _ in range(5000):
        deep = {"not": deep}
    spec = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "components": {"schemas": {"A": deep}},
    }
    *_, last = mistakes(spec, "openapi.yaml", "3.1")
    assert (last.seen, last.hint) == ("a document that is nested too deeply", "split it with $ref")


@pytest.mark.parametrize("schema", [{"pattern": "("}, {"type": "text"}])
def test_the_hint_for_a_schema_that_can_not_be_used(schema: dict[str, object]) -> None:
    found = raised(lambda: Schemas({"s.schema.json": schema}).check("x", "s", Redactor()))
    assert found.hint == "correct the pattern or the type that this names"


@pytest.mark.parametrize(
    ("ref", "hint"),
    [
        (
            "https://elsewhere.example/order.json",
            "nothing is ever fetched: put a copy of that schema into contracts/, with this URL as"
            " its $id or its file's name in the $ref",
        ),
        (
            "order.json",
            "the name of a schema's file ends in .schema.json: call it 'order.schema.json', there"
            " and here",
        ),
    ],
)
def test_the_hint_for_a_reference_to_a_schema_that_is_not_in_the_folder(
    ref: str, hint: str
) -> None:
    (mistake,) = Schemas({"s.schema.json": {"$ref": ref}}).mistakes()
    assert mistake.hint == hint
