"""`apismoke schema` prints the schemas that the package ships."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from verdicts import SCENES, Scene

from pytest_apismoke.commands import schema
from pytest_apismoke.commands.main import main
from pytest_apismoke.reports import json_report


@pytest.mark.parametrize("name", ["report", "configuration", "checks"])
def test_each_schema_is_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.main([name]) == 0
    Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_it_is_a_command_of_apismoke(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "report"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "The JSON report of pytest-apismoke"


def test_an_unknown_name_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.main(["junit"]) == 5
    assert "invalid choice: 'junit'" in capsys.readouterr().err


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_each_shared_verdict_is_valid_by_the_schema_of_the_report(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    schema.main(["report"])
    published = Draft202012Validator(json.loads(capsys.readouterr().out))
    document = json_report.document(scene.report)
    assert [error.message for error in published.iter_errors(document)] == []
