"""What the GitHub action tells the steps that follow, and what it installs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from acting.installing import EXTRAS, extras_of, planned
from acting.outcome import Outcome, as_output, outcome_of, without_run, write_outputs

from pytest_apismoke.configuration.setting_table import SETTINGS

REPORT = {
    "verdict": "fail",
    "exit_code": 3,
    "summary": "a\n::error::b",
    "apis": {"settings": {"verdict": "pass"}, "twilio": {"verdict": "fail"}},
}


def outcome_in(folder: Path, content: object, exit_code: int) -> Outcome:
    path = folder / "report.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return outcome_of(path, exit_code, "")


def test_a_report_gives_verdict_code_reason_and_the_apis_that_failed(tmp_path: Path) -> None:
    assert outcome_in(tmp_path, REPORT, 3) == Outcome(
        verdict="fail", exit_code=3, summary="a ::error::b", failed_apis=("twilio",)
    )


def test_a_report_of_several_targets_names_an_api_once(tmp_path: Path) -> None:
    dirty = {"apis": {"twilio": {"verdict": "fail"}, "orders": {"verdict": "dirty"}}}
    outcome = outcome_in(tmp_path, {**REPORT, "targets": [REPORT, dirty, {"apis": {}}]}, 3)
    assert outcome.failed_apis == ("twilio", "orders")


def test_a_rehearsal_has_its_verdict_and_the_code_that_it_ended_with(tmp_path: Path) -> None:
    outcome = outcome_in(tmp_path, {**REPORT, "rehearsal": {"exit_code": 0}}, 0)
    assert (outcome.verdict, outcome.exit_code) == ("fail", 0)
    assert outcome_in(tmp_path, {**REPORT, "rehearsal": None}, 3).verdict == "fail"


@pytest.mark.parametrize("content", ["", "[]", "{}", {**REPORT, "exit_code": 0}, {"exit_code": 3}])
def test_without_a_report_of_this_run_nothing_was_verified(tmp_path: Path, content: object) -> None:
    assert outcome_in(tmp_path, content, 3) == Outcome(
        verdict="misconfigured",
        exit_code=3,
        summary="the gate ended with code 3 and without a report; its log says why",
        failed_apis=(),
    )


def test_a_code_of_0_without_a_report_is_no_success(tmp_path: Path) -> None:
    outcome = outcome_of(tmp_path / "absent.json", 0, "api")
    assert (outcome.verdict, outcome.exit_code) == ("misconfigured", 5)
    assert outcome_of(tmp_path / "absent.json", 0, "verdict").exit_code == 3


@pytest.mark.parametrize(
    ("table", "code"), [("", 5), ("category", 5), ("api", 5), (" verdict\n", 3)]
)
def test_a_gate_that_could_not_be_run_is_misconfigured_in_each_table(table: str, code: int) -> None:
    assert without_run("pip ended\nwith 1", table) == Outcome(
        verdict="misconfigured", exit_code=code, summary="pip ended with 1", failed_apis=()
    )


def test_text_that_no_file_can_have_is_written_all_the_same(tmp_path: Path) -> None:
    """A target may answer with half of a surrogate pair, and a summary tells what it answered."""
    path = tmp_path / "output"
    write_outputs({"summary": "got '\ud83d'"}, {"GITHUB_OUTPUT": str(path)})
    assert path.read_text("utf-8").splitlines()[1] == "got '?'"


def test_a_value_of_several_lines_is_one_output() -> None:
    text = as_output({"summary": "a\nverdict=pass\nend-0"})
    first, *lines, last = text.splitlines()
    name, _, delimiter = first.partition("<<")
    assert (name, lines, last) == ("summary", ["a", "verdict=pass", "end-0"], delimiter)
    assert delimiter not in as_output({"summary": ""})


def test_extras_are_those_that_the_inputs_need() -> None:
    assert extras_of({"target-url": "https://a"}, {}) == ["full", "html"]
    inputs = {"target-url": "demo", "smoke-prometheus": "m.prom"}
    environ = {"APISMOKE_NOTIFY": "json://a", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a"}
    assert extras_of(inputs, environ) == ["full", "html", "demo", "prometheus", "notify", "otel"]


def test_an_option_that_needs_an_extra_gets_it() -> None:
    needed = {s.option.removeprefix("--"): s.name for s in SETTINGS if s.library}
    assert needed == {"smoke-html": "html", **EXTRAS}


def test_equal_inputs_share_an_installation_and_other_packages_do_not(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n", "utf-8")
    environ = {"RUNNER_TEMP": "/t", "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64"}
    plain = planned({"target-url": "https://a"}, environ, tmp_path)
    other = planned({"target-url": "https://b"}, environ, tmp_path)
    more = planned({"packages": "faker\n-r evil.txt"}, environ, tmp_path)
    assert plain == other
    assert more.folder != plain.folder
    assert more.cache_key != plain.cache_key
    assert more.requirements == (f"{tmp_path}[full,html]", "faker", "-r evil.txt")
    assert plain.command == plain.folder / "bin" / "apismoke"
