"""Runs pytest in a process of its own, and ends with 0 only where a verdict said so.

A conftest or a plugin may end its process with any code and by any means: `os._exit` by another
name, `os.execv`, a crash. So another process decides on the exit code of the command. It imports
next to nothing: the process that runs pytest has enough to import.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from pytest_apismoke.commands.ends import (
    BROKE_OFF,
    CLASHED,
    INFORMED,
    NO_TARGET,
    REJECTED,
    VERDICT,
    End,
    Told,
)
from pytest_apismoke.records import dataclass
from pytest_apismoke.system import signals

_MOST_BYTES = 65536
#: Whether a process can be given open descriptors; Windows has another way.
_HANDS_DESCRIPTORS_ON = os.name == "posix"
#: The options that ask pytest for information, as the user types them.
_INFORMATION = frozenset(
    {
        *("-h", "--help", "-V", "-VV", "--version", "--markers"),
        *("--fixtures", "--funcargs", "--fixtures-per-test"),
    }
)
_FIND_IT = (
    "find what ends the process: os._exit, os.exec or a crash in a conftest.py, a plugin or a test"
)
_READ_ABOVE = "read pytest's message above"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoVerdict:
    """Why a run has no verdict: the parts of a failure; by default `where` is the call.

    `is_killed` says that a signal ended it, which says nothing about how it was called.
    """

    seen: str
    hint: str
    expected: str = "a run against a target"
    where: str = ""
    is_killed: bool = False
    has_no_target: bool = False


def run(call: Sequence[str], *, without_verdict: Callable[[NoVerdict], int]) -> int:
    """Runs pytest with the arguments of a call, and returns the exit code.

    Args:
        call: the arguments.
        without_verdict: reports a run without a verdict; returns its exit code.

    """
    return exit_code(_carried_out(call), call, without_verdict)


def exit_code(end: End, call: Sequence[str], without_verdict: Callable[[NoVerdict], int]) -> int:
    """The exit code of a run that has ended; see `run` for the arguments."""
    verdict = end.code_told(VERDICT)
    if verdict is not None:
        # Whatever the process did then: this is what the output and the report say.
        return verdict
    is_asked = not _INFORMATION.isdisjoint(call)
    if end.code == 0 and is_asked and end.code_told(INFORMED) is not None:
        return 0
    return without_verdict(_reason(end, call))


def without_directory() -> NoVerdict | None:
    """The reason where the working directory is gone: neither pytest nor we can begin."""
    try:
        Path.cwd()
    except OSError as error:
        return NoVerdict(
            expected="a working directory",
            seen=error.strerror or str(error),
            where="this process",
            hint="change to a directory that exists; the one that it was started in is gone",
        )
    return None


def _reason(end: End, call: Sequence[str]) -> NoVerdict:
    if clash := end.text_told(CLASHED):
        return NoVerdict(**json.loads(clash))
    if end.code_told(NO_TARGET) is not None:
        return NoVerdict(seen="no target", hint="give --target-url=URL", has_no_target=True)
    if end.code_told(INFORMED) is not None:
        return NoVerdict(
            seen="a call for information, such as -h, in PYTEST_ADDOPTS or in addopts",
            hint="leave it out there: pytest runs nothing then",
        )
    if end.code_told(BROKE_OFF) is not None or end.code_told(REJECTED):
        seen = "pytest rejected the call before the gate began"
        # Here, because it loads the table of settings.
        from pytest_apismoke.configuration.misspelt import misspelt_option

        option, meant = misspelt_option(call)
        hint = f"did you mean {meant} and not {option}? {_READ_ABOVE}" if meant else _READ_ABOVE
        return NoVerdict(seen=seen, hint=hint)
    if end.code < 0:
        name = signal.Signals(-end.code).name
        seen = f"an end by the signal {name}, without a verdict"
        hint = "run the gate again: it restores what this run may have left changed"
        return NoVerdict(seen=seen, hint=hint, is_killed=True)
    return NoVerdict(seen=f"an end with {end.code} and without a verdict", hint=_FIND_IT)


def _carried_out(call: Sequence[str]) -> End:
    """Runs pytest to its end."""
    if not _HANDS_DESCRIPTORS_ON:
        # What ends pytest's process ends this one too; else 0 still takes a verdict.
        from pytest_apismoke.commands import child

        return child.carried_out(call)
    told, pipe = os.pipe()
    life, end_of_life = os.pipe()
    program = Path(__file__).with_name("child.py")
    command = [sys.executable, str(program), str(pipe), str(life), *call]
    try:
        # In a session of its own: Ctrl-C reaches this process alone, which passes it on once.
        process = subprocess.Popen(command, pass_fds=(pipe, life), start_new_session=True)
        os.close(pipe)
        os.close(life)
        with signals.handled(lambda: process.send_signal(signal.SIGTERM)):
            code = process.wait()
        # A process that a test has left behind may hold the other end.
        os.set_blocking(told, False)
        return End(code=code, told=_read(told))
    finally:
        os.close(told)
        os.close(end_of_life)


def _read(pipe: int) -> tuple[Told, ...]:
    try:
        text = os.read(pipe, _MOST_BYTES).decode()
    except BlockingIOError:
        return ()
    lines = (line.split(" ", 2) for line in text.splitlines())
    return tuple(Told(end, int(code), text) for end, code, text in lines)
