"""An output is one that was printed, whatever differs between two runs; and no other one is."""

from __future__ import annotations

import pytest
from documentation.outputs import is_printed

PRINTED = """\
   0.1 s  login ok, 71 ms
FAIL: GET /health answers 500
http://127.0.0.1:40123, version 1.0.0, smoke, 1.2 s

   repeat  curl -sS \\
             http://127.0.0.1:40123/health
exit code 2
"""


@pytest.mark.parametrize(
    ("shown", "is_so"),
    [
        (PRINTED, True),
        ("FAIL: GET /health answers 500\n", True),
        ("FAIL: GET /health\n  answers 500\nhttps://api.example.com, version", True),
        ("http://127.0.0.1:8000, version 1.0.0, smoke, 900 ms\n", True),
        ("repeat  curl -sS http://127.0.0.1:1/health", True),
        ("FAIL: GET /health answers 500\n...\nexit code 2\n", True),
        ("FAIL: GET ...\nexit code 2\n", True),
        ("FAIL: GET /health answers 503\n", False),
        ("http://127.0.0.1:8000, version 2.0.0, smoke, 900 ms\n", False),
        ("FAIL: GET /health answers 500\nexit code 2\n", False),
        ("exit code 2\n...\nFAIL: GET /health answers 500\n", False),
    ],
)
def test_an_output_is_printed(shown: str, is_so: bool) -> None:
    """Lines may be folded elsewhere; dots stand for what is left out, in order."""
    assert is_printed(shown, PRINTED) is is_so


def test_the_time_of_a_line_that_a_script_logs_is_left_out() -> None:
    assert is_printed("deploy.sh: deploying\n", "2026-11-30T03:15:14Z deploy.sh: deploying\n")
