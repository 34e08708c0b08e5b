"""Starts the embedded reference backend as a process of its own, and always stops it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_apismoke.credentials import Credentials
from pytest_apismoke.errors import Category, fail, misconfigured

USERNAME = "owner@example.com"
_START_LIMIT_S = 20.0
_STOP_LIMIT_S = 5.0
_USAGE_EXIT = 2


class EmbeddedBackend:
    """A running backend: `url` and `credentials` lead to it; a context manager that stops it."""

    def __init__(
        self, process: subprocess.Popen[str], ready: Mapping[str, Any], credentials: Credentials
    ) -> None:
        self._process = process
        self.url: str = ready["url"]
        self.credentials = credentials
        self.counted: Mapping[str, int] = {}

    @classmethod
    def start(cls, faults: Sequence[str], *, version: str | None = None) -> EmbeddedBackend:
        """Starts it on a free loopback port and waits until it accepts connections.

        Raises:
            SmokeError: `usage` when it refuses its arguments (an unknown fault) or its extra is not
                installed, `internal` when it dies or never answers.

        """
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
            env={
                **os.environ,
                "APISMOKE_DEMO_USERNAME": USERNAME,
                "APISMOKE_DEMO_PASSWORD": password,
            },
            # A Ctrl-C in the terminal reaches the whole process group; the backend has to outlive
            # it for as long as the gate restores. It ends when its standard input does.
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
            raise _did_not_start(process)
        credentials = Credentials(username=USERNAME, password=password)
        return cls(process, json.loads(line), credentials)

    def stop(self) -> None:
        """Ends the process: politely, then by force. Keeps what it counted in `counted`."""
        out = ""
        try:
            # Closes standard input, which asks it to stop, and reads its last line.
            out, _ = self._process.communicate(timeout=_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(ValueError, IndexError):
            self.counted = json.loads(out.splitlines()[-1])


def _did_not_start(process: subprocess.Popen[str]) -> Exception:
    _, complaint = process.communicate()
    lines = [line.strip() for line in complaint.strip().splitlines()]
    if process.returncode == _USAGE_EXIT:
        return misconfigured(
            expected="arguments that the embedded backend takes",
            seen=" ".join(lines),
            where="--target-url=demo",
            hint="follow the sentence above",
        )
    return fail(
        Category.INTERNAL,
        expected="the embedded backend to start",
        seen=f"it ended with {process.returncode}: {lines[-1] if lines else 'no message'}",
        where="--target-url=demo",
        hint="run 'apismoke demo' to see why",
    )
