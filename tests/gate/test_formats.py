"""Every format of a report is written by a run, whatever its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from harness import Gate

from pytest_apismoke.configuration.setting_table import OUTPUTS


def options() -> list[str]:
    return [f"{setting.option}=out/{setting.name}" for setting in OUTPUTS]


def written(gate: Gate) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in (gate.folder / "out").iterdir()}


@pytest.mark.parametrize("call", ["--target-wait=10", "--target-wait=soon"])
def test_each_is_there_after_a_pass_and_after_a_refused_call(gate: Gate, call: str) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--smoke-api=twilio", call, *options())

    found = written(gate)
    assert sorted(found) == sorted(setting.name for setting in OUTPUTS)
    report = json.loads(found["report"])
    assert (report["exit_code"], report["verdict"]) == (
        (0, "pass") if call == "--target-wait=10" else (5, "misconfigured")
    )
    assert ended.code == report["exit_code"], ended.output
    headline = f"{report['verdict'].upper()}: {report['summary']}"
    assert json.loads(found["ctrf"])["results"]["environment"]["reportName"] == headline
    assert json.loads(found["har"])["log"]["comment"].startswith(headline)
    assert json.loads(found["codequality"]) == []
    assert [run["results"] for run in json.loads(found["sarif"])["runs"]] == [[]]


def test_standard_output_takes_one_of_them_behind_the_verdict(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--smoke-api=twilio", "--smoke-ctrf=-")

    assert ended.code == 0, ended.output
    assert json.loads(ended.out[ended.out.index("\n{\n") :])["reportFormat"] == "CTRF"


def test_two_formats_on_standard_output_are_a_mistake(gate: Gate) -> None:
    ended = gate.run("--smoke", "--target-url=demo", "--smoke-ctrf=-", "--smoke-har=/dev/stdout")

    assert ended.code == 5
    (check,) = ended.report["checks"]
    assert check["message"] == (
        "expected a place of its own for each report, seen standard output for --smoke-ctrf and"
        " --smoke-har"
    )


def test_a_format_that_can_not_be_written_is_told_in_the_others(gate: Gate, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no device that is full")
    ended = gate.run("--smoke", "--target-url=demo", "--smoke-api=twilio", f"--smoke-har={full}")

    assert ended.code == 5
    (failed,) = [one for one in ended.report["checks"] if one["outcome"] == "error"]
    assert (failed["stage"], failed["hint"][:41]) == (
        "har",
        "give --smoke-har a path that can be writt",
    )
