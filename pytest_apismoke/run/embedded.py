"""Runs the embedded reference backend in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pytest_apismoke.configuration.credentials import Credentials
from pytest_apismoke.errors import SmokeError, defect, misconfigured
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.run import temporary

USERNAME = "owner@example.com"
_START_LIMIT_S = 20.0
_STOP_LIMIT_S = 5.0
_USAGE_EXIT = 2
#: An error message of the backend, which has the same parts as ours.
_THREE_PARTS = late_pattern(
    r"expected (?P<expected>.*), seen:? (?P<seen>.*)\n +where: .*\n +what to do: (?P<hint>.*)"
)


class EmbeddedBackend:
    """A running backend, with its URL, its credentials and a temporary folder for its journal."""

    def __init__(
        self,
        process: subprocess.Popen[str],
        ready: Mapping[str, Any],
        credentials: Credentials,
        folder: TemporaryDirectory[str],
    ) -> None:
        self._process = process
        self.url: str = ready["url"]
        self.credentials = credentials
        self.counted: Mapping[str, int] = {}
        self._folder = folder
        self.folder = Path(self._folder.name)

    @classmethod
    def start(
        cls, faults: Sequence[str], *, version: str | None = None, source: str = ""
    ) -> EmbeddedBackend:
        """Starts the backend on a free loopback port and waits until it accepts connections.

        Args:
            faults: the names of the faults to switch on.
            version: the version that it reports.
            source: the setting that named the faults, for the message about an unknown one.

        Raises:
            SmokeError: `usage` when it refuses its arguments (an unknown fault) or its extra is not
                installed, or there is no room for its journal, `internal` when it dies or does not
                start in time.

        """
        folder = temporary.directory("apismoke-", where="--target-url=demo")
        password = secrets.token_urlsafe(16)
        command = [sys.executable, "-m", "pytest_apismoke.demo", "--until-eof"]
        for fault in faults:
            command += ["--fault", fault]
        if version:
            command += ["--version", version]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # -m searches the current directory first, where a calendar.py or jwt.py is not ours.
            cwd=Path(__file__).parents[2],
            env={
                **os.environ,
                "APISMOKE_DEMO_USERNAME": USERNAME,
                "APISMOKE_DEMO_PASSWORD": password,
            },
            # A Ctrl-C in the terminal reaches the whole process group, but the gate still needs the
            # backend to restore. The backend ends when its standard input is closed.
            start_new_session=True,
        )
        assert process.stdout is not None
        timer = threading.Timer(_START_LIMIT_S, process.kill)
        timer.start()
        try:
            line = process.stdout.readline()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            timer.cancel()
        if not line:
            raise _did_not_start(process, source)
        credentials = Credentials(username=USERNAME, password=password)
        return cls(process, json.loads(line), credentials, folder)

    def stop(self) -> None:
        """Ends the process, if need be by force; keeps its request counts in `counted`."""
        out = ""
        try:
            # This closes its standard input, so that it stops, and reads its last line.
            out, _ = self._process.communicate(timeout=_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(ValueError, IndexError):
            self.counted = json.loads(out.splitlines()[-1])
        self._folder.cleanup()


def _did_not_start(process: subprocess.Popen[str], source: str) -> Exception:
    _, stderr = process.communicate()
    parts = _THREE_PARTS.search(stderr)
    if process.returncode == _USAGE_EXIT and parts:
        return misconfigured(
            expected=parts["expected"],
            seen=parts["seen"],
            where=source or "--target-url=demo",
            hint=parts["hint"].replace("--list-faults", "'apismoke demo --list-faults'"),
        )
    last_line = stderr.strip().splitlines()[-1:] or ["no message"]
    return SmokeError(
        defect(
            "the embedded backend",
            seen=f"it ended with {process.returncode}: {last_line[0]}",
            where="--target-url=demo",
        )
    )
