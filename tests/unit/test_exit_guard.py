"""A process that calls `os._exit` during a run ends with the gate's exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from contextlib import suppress

import pytest

from pytest_apismoke.system.exit_guard import ending_with

PROLOGUE = "import os\nfrom pytest_apismoke.system.exit_guard import ending_with"


def code_of(script: str) -> int:
    """The exit code of a new process that runs the script."""
    program = f"{PROLOGUE}\n{textwrap.dedent(script)}"
    return subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode


@pytest.mark.parametrize("status", [0, 1, 7])
def test_os_exit_ends_with_the_given_code(status: int) -> None:
    assert code_of(f"with ending_with(5, after=bool):\n    os._exit({status})") == 5


@pytest.mark.parametrize(
    ("after", "code"), [("lambda: 7", 7), ("lambda: 1", 1), ("lambda: 0", 5), ("lambda: 1 / 0", 5)]
)
def test_the_callback_returns_the_code_unless_it_fails(after: str, code: int) -> None:
    """The code is never 0, and never the argument of `os._exit`."""
    assert code_of(f"with ending_with(5, after={after}):\n    os._exit(0)") == code


def test_os_exit_in_a_thread_ends_with_the_given_code_too() -> None:
    """As the thread method of pytest-timeout does."""
    script = """
        import threading

        with ending_with(5, after=bool):
            thread = threading.Thread(target=os._exit, args=(0,))
            thread.start()
            thread.join(30)
    """
    assert code_of(script) == 5


@pytest.mark.parametrize("end", ["", "; raise KeyboardInterrupt"])
def test_the_callback_is_called_first_even_if_it_raises(end: str) -> None:
    script = f"""
        import pathlib, sys

        def tidy():
            sys.stdout.write("tidied"); sys.stdout.flush(){end}

        with ending_with(5, after=tidy):
            os._exit(0)
    """
    program = f"{PROLOGUE}\n{textwrap.dedent(script)}"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (5, b"tidied")


def test_a_forked_child_keeps_its_own_code() -> None:
    script = """
        with ending_with(5, after=bool):
            child = os.fork()
            if not child:
                os._exit(3)
            _, status = os.waitpid(child, 0)
        os._exit(10 + os.waitstatus_to_exitcode(status))
    """
    assert code_of(script) == 13


def test_after_the_block_a_process_ends_with_its_own_code() -> None:
    assert code_of("with ending_with(5, after=bool):\n    pass\nos._exit(3)") == 3


def test_the_original_is_restored_even_after_an_exception() -> None:
    original = os._exit
    seen: list[object] = []
    with suppress(KeyboardInterrupt), ending_with(5, after=bool):
        seen.append(os._exit)
        raise KeyboardInterrupt
    assert original not in seen
    assert os._exit is original
