"""A target that limits its logins, as that of the default profile does, is waited for."""

from __future__ import annotations

from collections.abc import Callable

from harness import Backend, Gate

HINT = (
    "too many logins: wait, or raise the target's limit for this account; --smoke-budget SECONDS"
    " allows more time, and APISMOKE_TOKEN needs no login"
)


def test_a_gate_with_workers_needs_one_of_the_five_logins_of_a_minute(
    gate: Gate, start_backend: Callable[..., Backend]
) -> None:
    backend = start_backend("login-limit")
    for _ in range(4):
        backend.log_in()
    ended = gate.against(backend, "--smoke", "--smoke-budget=20", workers=2)
    assert (ended.code, ended.report["verdict"]) == (0, "pass"), ended.output
    assert backend.counted()["logins"] == 5


def test_a_login_that_is_one_too_many_to_the_end_of_the_budget_is_inconclusive(
    gate: Gate, start_backend: Callable[..., Backend]
) -> None:
    """Nothing is wrong with the target, and nothing about it was verified."""
    backend = start_backend("login-limit")
    for _ in range(5):
        backend.log_in()
    ended = gate.against(backend, "--smoke", "--smoke-budget=8")
    assert (ended.code, ended.report["verdict"]) == (5, "inconclusive"), ended.output
    assert ended.report["categories"] == {"budget": 1}
    check = ended.check("settings::login")
    seen = "429 to each of 3 logins within 3 s, without Retry-After"
    assert check["message"] == f"expected to log in within the budget, seen {seen}"
    assert (check["where"], check["hint"]) == (f"POST {backend.url}/api/auth/login", HINT)
    assert "Rate limit exceeded: 5 per 1 minute" in ended.told
    assert backend.counted()["logins"] == 8
