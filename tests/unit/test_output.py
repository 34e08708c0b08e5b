"""Standard streams that a run can rely on."""

from __future__ import annotations

import os
import subprocess
import sys

CHILD = """
import sys
from pytest_apismoke.system import output
output.secure()
output.secure()
print("x" * 300_000)
"""


def test_a_full_pipe_that_does_not_block_is_waited_for() -> None:
    """Some programs leave the pipe of a CI job so, and Python then loses what it writes."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=write)
    os.close(write)
    with os.fdopen(read) as reader:
        assert reader.read() == "x" * 300_000 + "\n"
    assert child.wait() == 0


def test_a_stream_in_memory_is_left_as_it_is() -> None:
    child = f"import io, sys\nsys.stdout = text = io.StringIO()\n{CHILD}\nassert text is sys.stdout"
    assert subprocess.run([sys.executable, "-c", child], check=False).returncode == 0
