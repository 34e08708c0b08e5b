"""From nothing to a gate for an API in two commands; the inferred contracts are enforced."""

from __future__ import annotations

from collections.abc import Callable

from harness import Backend, Gate, credentials


def test_what_is_inferred_is_a_gate_that_opens_and_shuts(
    gate: Gate, start_backend: Callable[..., Backend]
) -> None:
    healthy, broken = start_backend(), start_backend("calendar-state-text")
    paths = ["/api/business/me", "/health"]
    command = ["apismoke", "infer", f"--target-url={healthy.url}", *paths]
    inferred = gate.run_command(command, **credentials())
    assert (inferred.code, inferred.err) == (0, "")

    me, health = (f"contracts/business.toml::{name}" for name in ("business me", "health"))
    opened = gate.against(healthy, "--smoke", "--smoke-api=business")
    assert opened.code == 0
    assert opened.outcomes() == {me: "passed", health: "passed"}

    shut = gate.against(broken, "--smoke", "--smoke-api=business")
    assert shut.code == 5
    assert shut.outcomes() == {me: "failed", health: "passed"}
    assert shut.check(me)["category"] == "invalid"
    assert "/google_calendar_connected" in shut.check(me)["message"]


def test_a_mistake_ends_with_the_code_of_the_table(gate: Gate) -> None:
    ended = gate.run_command(["apismoke", "infer", "--target-url=demo", "/x?api_key=sk-1234"])
    assert ended.code == 5
    assert "seen the parameter 'api_key'" in ended.err
    assert "sk-1234" not in ended.output
    assert list(gate.folder.iterdir()) == []


def test_help_names_the_command(gate: Gate) -> None:
    assert "infer" in gate.run_command(["apismoke"]).err
    assert gate.run_command(["apismoke", "infer", "--help"]).code == 0
