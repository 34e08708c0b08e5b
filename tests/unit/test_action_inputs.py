"""The inputs of the GitHub action: each option has one, and each value stays one argument."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from acting import inputs as action_inputs
from acting.inputs import InputError, gate_arguments, is_on, read_inputs, report_paths

from pytest_apismoke.configuration.setting_table import SETTINGS

ACTION: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / "action.yml").read_text("utf-8")
)
#: Inputs that are no option of the gate.
OF_THE_ACTION = {
    *("arguments", "working-directory", "fail", "python-version", "packages"),
    *("cache", "upload", "artifact", "retention-days"),
}
HOSTILE = (
    "; rm -rf /",
    "$(touch owned)",
    "`touch owned`",
    "--smoke-read-only",
    "::set-output name=verdict::pass",
    '" && touch owned; "',
    "${{ github.token }}",
)


def test_each_option_of_the_gate_is_an_input_of_its_name() -> None:
    options = {setting.option.removeprefix("--") for setting in SETTINGS if setting.option}
    inputs = set(ACTION["inputs"]) - OF_THE_ACTION
    assert inputs == options - set(action_inputs.NOT_INPUTS) | {"junitxml"}
    assert inputs == {
        *action_inputs.SWITCHES,
        *action_inputs.REPEATED,
        *action_inputs.SINGLE,
        *action_inputs.REPORTS,
    }


def test_the_kinds_of_options_are_those_of_the_table() -> None:
    by_name = {s.option.removeprefix("--"): s for s in SETTINGS if s.option}
    assert {n for n, s in by_name.items() if not s.metavar} == set(action_inputs.SWITCHES)
    repeated = {n for n, s in by_name.items() if s.is_list or s.repeats_run}
    assert repeated - set(action_inputs.NOT_INPUTS) == set(action_inputs.REPEATED)
    paths = {n for n, s in by_name.items() if s.metavar == "PATH"}
    assert paths | {"junitxml"} == set(action_inputs.REPORTS)


def test_no_input_reaches_a_script_but_through_the_environment() -> None:
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert scripts
    assert [script for script in scripts if "${{" in script] == []
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"] if "run" in step)


def test_inputs_become_arguments_in_one_order() -> None:
    inputs = {
        "target-url": "https://a.example\n\n https://b.example \n",
        "smoke": "true",
        "smoke-read-only": "false",
        "smoke-api": "settings\norders",
        "target-version": "4c1e07b",
        "smoke-budget": "",
        "arguments": "-k\nnot slow\n",
    }
    assert gate_arguments(inputs, {"smoke-report": "r.json"}) == [
        "--smoke",
        "--target-url=https://a.example",
        "--target-url=https://b.example",
        "--smoke-api=settings",
        "--smoke-api=orders",
        "--target-version=4c1e07b",
        "--smoke-report=r.json",
        "-k",
        "not slow",
    ]


def test_a_target_that_is_missing_is_given_empty_so_that_the_gate_refuses_it() -> None:
    assert gate_arguments({"target-url": " "}, {}) == ["--target-url="]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_stays_the_value_of_its_option(text: str) -> None:
    inputs = {"target-url": text, "target-version": f"1\n{text}"}
    assert gate_arguments(inputs, {}) == [f"--target-url={text}", f"--target-version=1\n{text}"]


def test_inputs_come_as_an_object_whose_values_are_text() -> None:
    environ = {"INPUTS": json.dumps({"smoke": True, "target-wait": 5, "artifact": None})}
    assert read_inputs(environ) == {"smoke": "true", "target-wait": "5", "artifact": ""}


@pytest.mark.parametrize("text", ["[]", "{"])
def test_inputs_that_are_no_object_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected a JSON object in the variable INPUTS"):
        read_inputs({"INPUTS": text})


def test_a_switch_is_true_or_false() -> None:
    assert [is_on({"fail": word}, "fail") for word in ("TRUE", "1", "false", "")] == [
        *(True, True),
        *(False, False),
    ]
    with pytest.raises(InputError) as error:
        is_on({"fail": "maybe"}, "fail")
    assert str(error.value) == (
        "expected true or false, got 'maybe', in the input 'fail'; give one of the two"
    )


def test_three_reports_are_always_written_and_others_on_demand() -> None:
    assert report_paths({"smoke-html": "page.html", "smoke-har": "all.har"}, "/t") == {
        "smoke-report": "/t/report.json",
        "smoke-html": "page.html",
        "smoke-har": "all.har",
        "junitxml": "/t/junit.xml",
    }


def test_a_report_has_one_path() -> None:
    with pytest.raises(InputError) as error:
        report_paths({"smoke-har": "a\nb"}, "/t")
    assert str(error.value) == (
        "expected one path, got several lines, in the input 'smoke-har'; give one line"
    )


def test_a_report_on_standard_output_is_refused() -> None:
    with pytest.raises(InputError) as error:
        report_paths({"smoke-report": "-"}, "/t")
    assert str(error.value) == (
        "expected the path of a file, got '-', in the input 'smoke-report'; "
        "name a file: the log shows the verdict anyway"
    )
