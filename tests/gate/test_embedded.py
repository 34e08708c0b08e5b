"""The embedded backend is always stopped, however the run ends."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from urllib.request import urlopen

import pytest
from harness import Gate


def is_alive(url: str) -> bool:
    """Whether a server responds there."""
    try:
        urlopen(f"{url}/health", timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["TERM", "KILL"])
def test_the_backend_ends_with_the_run(gate: Gate, number: signal.Signals) -> None:
    """Even without a parent to stop it: it watches for the end of its parent."""
    process = gate.start("--target-url=demo", "-oapismoke_persistence_delay=100", "-v")
    assert process.stdout is not None
    url = ""
    for line in process.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        url = url or (found.group() if found else "")
        if "save_without_calendar" in line:
            break
    assert is_alive(url)
    os.kill(process.pid, number)
    process.communicate(timeout=60)
    # It takes a moment to notice; a backend that stayed would hold the test here.
    while is_alive(url):
        pass


def test_after_an_ordinary_run_it_is_gone(gate: Gate, workers: int) -> None:
    ended = gate.run("--smoke", "--target-url=demo", workers=workers)
    assert ended.code == 0
    assert not is_alive(ended.report["target"]["url"])


def test_a_missing_extra_is_explained(gate: Gate, tmp_path: Path) -> None:
    blocked = "import sys; sys.modules['uvicorn'] = None"
    (tmp_path / "sitecustomize.py").write_text(blocked)
    ended = gate.run("--smoke", "--target-url=demo", environ={"PYTHONPATH": str(tmp_path)})
    assert (ended.code, ended.report["verdict"]) == (5, "misconfigured")
    assert "pip install 'pytest-apismoke[demo]'" in ended.told
    assert ended.has_no_traceback()
