"""No secret reaches any output, in any form, whatever the server and the user's tests do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from harness import PASSWORD, Backend, Ended, Gate

LOUD = (
    "-vv",
    "--showlocals",
    "--tb=long",
    "-rA",
    "--log-cli-level=DEBUG",
    "--setup-show",
    "--durations=0",
)
LEAKY = """
import logging
import os
import warnings
import pytest

@pytest.mark.smoke
def test_leaks(smoke_client):
    password = os.environ["APISMOKE_PASSWORD"]
    token = smoke_client._session.target.auth.token
    headers = dict(smoke_client._session.target.auth.headers())
    joined = f"{token}" * 9
    environ = dict(os.environ)
    print("printed", password, token)
    logging.getLogger("mine").error("logged %s %s", password, token)
    answer = smoke_client.get("/api/business/me")
    assert (answer.status, token, password) == (0, joined, headers)

@pytest.mark.smoke
def test_leaks_and_passes(smoke_client):
    print("printed", os.environ["APISMOKE_PASSWORD"])
    assert smoke_client.get("/api/business/me").status == 200

@pytest.mark.smoke
def test_skips(smoke_client):
    pytest.skip(os.environ["APISMOKE_PASSWORD"])

@pytest.fixture
def broken():
    raise RuntimeError(os.environ["APISMOKE_PASSWORD"])

@pytest.mark.smoke
def test_breaks_before_it_starts(broken):
    pass

@pytest.mark.smoke
@pytest.mark.parametrize("value", ["one"])
def test_properties(smoke_client, record_property, value):
    record_property("mine", os.environ["APISMOKE_PASSWORD"])
    raise ValueError(os.environ["APISMOKE_PASSWORD"])
"""


def forms(secret: str) -> set[str]:
    """The spellings of a secret that a search has to look for."""
    raw = secret.encode()
    return {
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }


def assert_nothing_leaks(gate: Gate, ended: Ended) -> None:
    """Searches every channel: terminal, JUnit, report and every other file of the directory."""
    texts = {"stdout": ended.out, "stderr": ended.err}
    own = (".py", ".pyc")
    for path in gate.folder.rglob("*"):
        if path.is_file() and path.suffix not in own:
            texts[str(path)] = path.read_text("utf-8", "replace")
    for place, text in texts.items():
        for form in forms(PASSWORD):
            assert form not in text, place
        # The tokens of the backend are JWTs: their header is the same in all of them.
        assert "eyJhbGciOi" not in text, place
        assert PASSWORD[:10] not in text, place


@pytest.mark.parametrize("fault", [None, "echo-secrets", "login-refused", "me-refused"])
def test_the_built_in_suites_leak_nothing(
    gate: Gate, start_backend: Callable[..., Backend], fault: str | None, workers: int
) -> None:
    backend = start_backend(*([fault] if fault else []))
    ended = gate.against(backend, *LOUD, workers=workers)
    assert ended.code == (0 if fault is None else 1 if fault == "login-refused" else 2)
    assert_nothing_leaks(gate, ended)


def test_tests_that_leak_on_purpose_leak_nothing(
    gate: Gate, backend: Backend, workers: int
) -> None:
    gate.write("test_leaky.py", LEAKY)
    ended = gate.against(backend, "--smoke", *LOUD, "test_leaky.py", workers=workers)
    assert ended.code == 5
    assert "[redacted]" in ended.out
    assert_nothing_leaks(gate, ended)


def test_the_curl_line_names_variables_and_works(gate: Gate, backend: Backend) -> None:
    token = backend.log_in()
    ended = gate.run("--smoke", f"--target-url={backend.url}", environ={"APISMOKE_TOKEN": token})
    (fetch,) = ended.check("settings::fetch")["exchanges"]
    assert fetch["curl"] == (
        f"curl -sS -i -H 'Authorization: Bearer '\"$APISMOKE_TOKEN\" {backend.url}/api/business/me"
    )
    repeated = gate.run_command(["sh", "-c", fetch["curl"]], APISMOKE_TOKEN=token)
    assert repeated.out.startswith("HTTP/1.1 200 OK")
