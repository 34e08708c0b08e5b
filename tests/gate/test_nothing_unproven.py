"""No green without proof: what was asked for ran, and what ran was sent to the target."""

from __future__ import annotations

import pytest
from gate.sampling import sampled
from harness import Gate

FAST = ("--smoke", "--target-url=demo")
#: What replaces the HTTP client of the process, as the plugin `responses` does it.
STAND_IN = """
import io
import json

import pytest
import requests
import urllib3

BODIES = {
    "/health": {"status": "ok", "version": "1.0.0"},
    "/api/auth/login": {"access_token": "made-up-canary-token", "token_type": "bearer"},
}


def answer(self, request, **_):
    body = json.dumps(BODIES.get(request.path_url, {})).encode()
    headers = {"Content-Type": "application/json"}
    made_up = urllib3.HTTPResponse(
        io.BytesIO(body), status=200, headers=headers, preload_content=False
    )
    return self.build_response(request, made_up)
"""


# -- what was verified was sent -------------------------------------------------------------------


@pytest.mark.parametrize("target", sampled(["demo", "http://127.0.0.1:9"], every=2))
def test_a_run_whose_requests_never_leave_the_process_is_misconfigured(
    gate: Gate, target: str, workers: int
) -> None:
    gate.write("conftest.py", f"{STAND_IN}\nrequests.adapters.HTTPAdapter.send = answer\n")
    gate.write("contracts/orders.toml", '[[check]]\nname = "health"\npath = "/health"\n')
    ended = gate.run(
        "--smoke",
        f"--target-url={target}",
        "--smoke-api=orders",
        workers=workers,
        environ={"APISMOKE_USERNAME": "smoke", "APISMOKE_PASSWORD": "canary-password"},
    )
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    check = ended.check("apismoke::preflight")
    url = ended.report["target"]["url"]
    assert (check["category"], check["message"], check["where"], check["hint"]) == (
        "usage",
        "expected a response, seen one that no connection to the network has carried",
        f"GET {url}/health",
        "switch off what replaces the HTTP client of this process (responses, requests-mock, vcr, a"
        " patch in a conftest.py) in runs against a target: the target was not asked",
    )


def test_a_test_whose_request_never_leaves_the_process_verifies_nothing(
    gate: Gate, workers: int
) -> None:
    """The others are as they were."""
    gate.write(
        "test_mine.py",
        f"""{STAND_IN}

@pytest.mark.smoke
def test_it(smoke_client, monkeypatch):
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", answer)
    assert smoke_client.get("/health").status_code == 200

@pytest.mark.smoke
def test_that_asks(smoke_client):
    assert smoke_client.get("/health").status_code == 200
""",
    )
    ended = gate.run(*FAST, "test_mine.py", workers=workers)
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    assert ended.report["categories"] == {"usage": 1}
    assert ended.check("test_mine.py::test_it")["message"] == (
        "expected a response, seen one that no connection to the network has carried"
    )
    assert ended.outcomes()["test_mine.py::test_that_asks"] == "passed"
