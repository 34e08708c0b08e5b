"""A gate on a schedule: it leaves metrics and reports, and the trend reads what it has left."""

from __future__ import annotations

import json

from harness import Gate
from prometheus_client.parser import text_string_to_metric_families


def test_what_a_run_leaves_is_read_by_prometheus_and_by_the_trend(gate: Gate) -> None:
    metrics = gate.folder / "apismoke.prom"
    metrics.write_text("of an earlier run")
    ended = gate.run("--smoke", "--target-url=demo", f"--smoke-prometheus={metrics}")
    assert ended.code == 0
    families = text_string_to_metric_families(metrics.read_text("utf-8"))
    success = next(one for one in families if one.name == "apismoke_run_success")
    assert [one.value for one in success.samples] == [1]

    trend = gate.run_command(["apismoke", "trend", "report.json", "--json"])
    assert (trend.code, trend.err) == (0, "")
    (told,) = json.loads(trend.out)["trends"]
    assert [run["verdict"] for run in told["runs"]] == ["pass"]
    assert {row["stage"] for row in told["stages"]} >= {"login", "fetch", "save", "oauth"}
