"""A version that is asked for by a header: --target-version proves that it has answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from gate.worker_server import NEW, OLD, WorkerServer
from harness import Gate

ASKING = Path(__file__).parents[2] / "deploy" / "cloudflare" / "apismoke.toml"
CHECKED = """
[login]
enabled = false
[apis.settings]
enabled = false
[apis.calendar]
enabled = false
[apis.twilio]
enabled = false
"""
CHECK = """
    [[check]]
    name = "the orders"
    path = "/orders"
"""


@pytest.mark.parametrize(
    ("honours", "code", "summary"),
    [
        (True, 0, "1 check of 1 API, everything required was verified"),
        (False, 2, f"version {OLD} answers instead of {NEW}"),
    ],
    ids=["honoured", "ignored"],
)
def test_an_override_that_is_ignored_is_no_pass(
    gate: Gate, honours: bool, code: int, summary: str
) -> None:
    """The version is shown, although it comes from a variable in a header."""
    gate.write("apismoke.toml", ASKING.read_text("utf-8") + CHECKED)
    gate.write("contracts/shop.toml", CHECK)
    server = WorkerServer(honours=honours)
    try:
        ended = gate.run(
            "--smoke",
            *(f"--target-url={server.url}", f"--target-version={NEW}", "--target-wait=1"),
            "--target-profile=override",
            "--smoke-exit-codes=verdict",
            environ={"WORKER_VERSION_ID": NEW},
        )
    finally:
        server.stop()
    assert (ended.code, ended.report["summary"]) == (code, summary)
    assert ended.report["target"]["version"] == (NEW if honours else None)
