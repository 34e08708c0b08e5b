"""What a run writes where: on a terminal, in a log, quietly, and without colour or Unicode."""

from __future__ import annotations

import os
import pty
import re
import subprocess

import pytest
from harness import Backend, Ended, Gate, clean_environment, credentials

#: What begins a line that is written anew, and the colours.
CLEAR, COLOUR = "\r\x1b[K", re.compile(r"\x1b\[\d*m")


def on_terminal(gate: Gate, backend: Backend, *arguments: str, **environ: str) -> str:
    """What a terminal gets of a run."""
    controller, terminal = pty.openpty()
    command = ["apismoke", "--smoke", f"--target-url={backend.url}", *arguments]
    process = subprocess.Popen(
        command,
        cwd=gate.folder,
        env=gate.environment({**credentials(), "TERM": "xterm", "COLUMNS": "80", **environ}, ()),
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    written = b""
    while True:
        try:
            read = os.read(controller, 65536)
        except OSError:
            # Nobody writes any more.
            break
        if not read:
            break
        written += read
    os.close(controller)
    assert process.wait() == 0, written
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_keeps_what_has_ended_and_has_colours(gate: Gate, backend: Backend) -> None:
    written = on_terminal(gate, backend)
    assert CLEAR in written
    # What a line was before it was written anew is gone.
    seen = [line.rpartition(CLEAR)[2] for line in written.split("\n")]
    plain = [re.sub(r"\d+(\.\d)? m?s", "*", COLOUR.sub("", line)) for line in seen]
    assert [re.sub(r"  +", "  ", line) for line in plain[:8]] == [
        f"apismoke 0.1.0: smoke run against {backend.url}",
        "  ready  ok; version 1.0.0  *",
        "  login  ok  *",
        "  settings  pass, 6 checks  *",
        "  calendar  pass, 4 checks  *",
        # All of its requests are those of the suites before it.
        "  twilio  pass, 4 checks",
        "",
        "PASS: 14 checks of 3 APIs, everything required was verified",
    ]
    assert "\x1b[32m\x1b[1mPASS:\x1b[0m" in written


@pytest.mark.exhaustive
def test_no_colour_is_none(gate: Gate, backend: Backend) -> None:
    assert COLOUR.search(on_terminal(gate, backend, NO_COLOR="1")) is None
    assert COLOUR.search(on_terminal(gate, backend, "--color=no")) is None


def run(gate: Gate, *arguments: str, **environ: str) -> Ended:
    command = ["apismoke", "--smoke", "--target-url=demo", *arguments]
    return gate.run_command(command, **clean_environment(**environ))


def test_a_quiet_pass_is_one_line(gate: Gate) -> None:
    ended = run(gate, "-q")
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(
        r"\n?PASS: 14 checks of 3 APIs, http://127\.0\.0\.1:\d+, (\d+\.\d s|\d+ ms); exit code 0\n",
        ended.out,
    )


@pytest.mark.exhaustive
def test_an_output_that_has_ascii_only_gets_it(gate: Gate) -> None:
    ended = run(gate, APISMOKE_DEMO_FAULTS="me-wrong-type", PYTHONIOENCODING="ascii")
    assert (ended.code, ended.out.isascii()) == (5, True)
    assert "...\n" in ended.out


@pytest.mark.exhaustive
def test_every_setting_is_told_with_v_and_no_letter_of_pytest_without(gate: Gate) -> None:
    loud, usual = run(gate, "-v"), run(gate)
    assert re.search(r"^  mode +smoke +--smoke$", loud.out, re.MULTILINE)
    assert "settings::login PASSED" in loud.out
    assert not re.search(r"^\.+ +\[100%\]|passed in", usual.out, re.MULTILINE)
