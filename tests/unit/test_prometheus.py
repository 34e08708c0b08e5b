"""The metrics of a run, read as Prometheus reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from unit.past_runs import TARGET
from verdicts import SCENES, Scene, of_name

from pytest_apismoke.configuration import old_reports, options, report_paths
from pytest_apismoke.configuration.setting_table import OUTPUTS, PROMETHEUS
from pytest_apismoke.errors import SmokeError
from pytest_apismoke.reports import prometheus
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.exit_codes import Judgement
from pytest_apismoke.verdict.judgement import Planned, judge
from pytest_apismoke.verdict.outcome import Outcome, Result

RUN = {"target": TARGET, "mode": "smoke"}
EVERY_SCENE = pytest.mark.parametrize("scene", SCENES, ids=str)


def read(report: Report, *, ascii_only: bool = False) -> dict[str, Metric]:
    text = prometheus.render(report, ascii_only=ascii_only)
    return {one.name: one for one in text_string_to_metric_families(text)}


def values(metrics: Mapping[str, Metric], name: str, **labels: str) -> list[float]:
    """The values of the series with some labels."""
    return [
        sample.value for sample in metrics[name].samples if labels.items() <= sample.labels.items()
    ]


def test_a_pass_says_which_verdict_was_reached_when_and_how_fast() -> None:
    metrics = read(of_name("pass").report)
    assert [(one.labels, one.value) for one in metrics["apismoke_run_verdict"].samples] == [
        ({**RUN, "verdict": "pass"}, 1),
        ({**RUN, "verdict": "fail"}, 0),
        ({**RUN, "verdict": "inconclusive"}, 0),
        ({**RUN, "verdict": "misconfigured"}, 0),
        ({**RUN, "verdict": "dirty"}, 0),
    ]
    assert {
        name: [(one.labels, one.value) for one in metrics[f"apismoke_run_{name}"].samples]
        for name in ("success", "exit_code", "start_timestamp_seconds", "duration_seconds", "info")
    } == {
        "success": [(RUN, 1)],
        "exit_code": [(RUN, 0)],
        "start_timestamp_seconds": [(RUN, 1795801325)],
        "duration_seconds": [(RUN, 1.43)],
        "info": [({**RUN, "version": "2026.11.27-3"}, 1)],
    }
    assert values(metrics, "apismoke_api_success") == [1] * 5
    assert len(values(metrics, "apismoke_run_slowest_request_seconds")) == 1


def test_a_failure_says_which_api_failed() -> None:
    metrics = read(of_name("category-fetch").report)
    assert values(metrics, "apismoke_run_success") == [0]
    assert values(metrics, "apismoke_run_exit_code") == [2]
    assert values(metrics, "apismoke_run_verdict", verdict="fail") == [1]
    assert values(metrics, "apismoke_api_verdict", api="settings", verdict="fail") == [1]
    assert values(metrics, "apismoke_api_success", api="settings") == [0]


def test_requests_are_counted_once_and_those_sent_again_apart() -> None:
    metrics = read(of_name("pass-with-notes").report)
    assert values(metrics, "apismoke_run_flaky_checks") == [1]
    assert values(metrics, "apismoke_run_retries") == [1]
    (requests,) = values(metrics, "apismoke_run_requests")
    shown = sum(len(check.exchanges) for check in of_name("pass-with-notes").verdict.checks)
    assert 0 < requests < shown


def test_each_of_several_targets_has_its_series_and_the_call_has_none() -> None:
    metrics = read(of_name("several-targets").report)
    assert [
        (one.labels["target"], one.value) for one in metrics["apismoke_run_success"].samples
    ] == [
        ("https://eu.example.com", 1),
        ("https://us.example.com", 0),
        ("https://ap.example.com", 0),
    ]


def test_a_call_that_was_refused_is_misconfigured_and_has_neither_target_nor_requests() -> None:
    scene = of_name("category-usage")
    metrics = read(replace(scene.report, facts=replace(scene.facts, target_url="")))
    assert values(metrics, "apismoke_run_verdict", target="", verdict="misconfigured") == [1]
    assert "apismoke_run_slowest_request_seconds" not in metrics


@pytest.mark.parametrize("stages", [prometheus.MOST_STAGES, prometheus.MOST_STAGES + 1])
def test_an_api_with_many_stages_has_no_series_for_them(stages: int) -> None:
    checks = [
        Outcome(
            api="orders",
            stage=f"check {n}",
            name=f"orders::{n}",
            outcome=Result.PASSED,
            duration_s=0.0124,
            verified=True,
        )
        for n in range(stages)
    ]
    plan = [Planned(api="orders", stage=one.stage, name=one.name) for one in checks]
    report = Report(verdict=judge(checks, plan=plan), facts=of_name("pass").facts)
    found = read(report).get("apismoke_stage_duration_seconds")
    told = [one.value for one in found.samples] if found else []
    assert told == ([0.012] * stages if stages == prometheus.MOST_STAGES else [])
    assert values(read(report), "apismoke_api_success", api="orders") == [1]


def test_the_tests_of_users_are_one_stage() -> None:
    metrics = read(of_name("pass").report)
    assert len(values(metrics, "apismoke_stage_duration_seconds", api="tests")) == 1


@EVERY_SCENE
@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_verdict_is_read_by_prometheus(scene: Scene, ascii_only: bool) -> None:
    text = prometheus.render(scene.report, ascii_only=ascii_only)
    assert text.endswith("\n")
    metrics = read(scene.report, ascii_only=ascii_only)
    reached = values(metrics, "apismoke_run_verdict")
    runs = len(values(metrics, "apismoke_run_success"))
    assert (sorted(reached), runs) == (sorted([1.0] * runs + [0.0] * 4 * runs), runs)
    for metric in metrics.values():
        series = [tuple(sorted(one.labels.items())) for one in metric.samples]
        assert len(series) == len(set(series)), f"two series of {metric.name} are the same"
        assert all(label.isprintable() for labels in series for _, label in labels)
        assert all(one.timestamp is None for one in metric.samples), "the collector refuses times"
    assert text.isascii() or not ascii_only


@EVERY_SCENE
def test_names_keep_the_conventions(scene: Scene) -> None:
    """As `promtool check metrics` does."""
    for name, metric in read(scene.report).items():
        assert re.fullmatch(r"apismoke_(run|api|stage)_[a-z_]+", name)
        assert (metric.type, metric.documentation[-1]) == ("gauge", ".")
        assert not re.search(r"_(total|count|sum|bucket|gauge|counter)$", name)
        assert not re.search(r"(milli|micro|minutes|hours|ms)(_|$)", name)
        labels = {label for one in metric.samples for label in one.labels}
        assert not labels & {"le", "quantile", "job", "instance"}


@EVERY_SCENE
def test_the_number_of_series_depends_on_apis_and_stages_only(scene: Scene) -> None:
    """Series of each check, URL or message would grow for ever."""
    apis = sum(len(one.verdict.apis) for one in scene.report.targets) or len(scene.verdict.apis)
    targets = max(len(scene.report.targets), 1)
    series = sum(len(one.samples) for one in read(scene.report).values())
    assert series <= 20 * targets + (len(Judgement) + 1 + prometheus.MOST_STAGES) * apis


def test_hostile_words_steer_no_ci_system() -> None:
    text = prometheus.render(of_name("hostile").report)
    assert "##vso[" not in text
    assert [line for line in text.splitlines() if line.lstrip().startswith("::")] == []


# -- the option ------------------------------------------------------------------------------------


def test_without_the_library_the_call_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_paths, "find_spec", lambda _: None)
    with pytest.raises(SmokeError) as refused:
        report_paths.refuse_without_library(PROMETHEUS, "--smoke-prometheus=a.prom")
    assert str(refused.value) == (
        "expected the library prometheus_client, which writes this report, seen it is not"
        " installed\n"
        "  where: --smoke-prometheus=a.prom\n"
        "  what to do: pip install 'pytest-apismoke[prometheus]'"
    )


def test_reports_that_take_no_library_are_written_without_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_paths, "find_spec", lambda _: None)
    without = [setting.name for setting in OUTPUTS if not report_paths.has_library(setting)]
    assert "report" not in without
    assert "prometheus" in without


def test_its_file_stays_until_the_next_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alert that waits ten minutes must not begin anew with each run."""
    given = {one.name: tmp_path / f"{one.name}.old" for one in OUTPUTS}
    for path in given.values():
        path.write_text("of an earlier run")
    monkeypatch.setattr(options, "early_value_of", lambda _, setting: str(given[setting.name]))
    config = SimpleNamespace(
        invocation_params=SimpleNamespace(dir=tmp_path), known_args_namespace=None
    )
    old_reports.remove(cast("pytest.Config", config))
    assert [name for name, path in given.items() if path.exists()] == ["prometheus"]


def test_the_documentation_has_every_metric_and_no_other() -> None:
    """An alert on a metric that is none never fires."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "history-and-metrics.md"
    named = set(re.findall(r"\bapismoke_(?:run|api|stage)_\w+", page.read_text("utf-8")))
    assert named == set(read(of_name("pass-with-notes").report))
