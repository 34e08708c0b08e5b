"""The versions that are deployed: embedded backends, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_STOP_LIMIT_S = 30
_DEMO = (sys.executable, "-m", "pytest_apismoke.demo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault of the embedded backend.

    Args:
        name: as `apismoke demo --list-faults` has it.
        category: what a gate has to find; None if it has to pass.
        mode: `smoke`, `full` (a smoke run misses it), or `deep` (needs a profile of its own).

    """

    name: str
    category: str | None
    mode: str


def all_faults() -> tuple[Fault, ...]:
    """Every fault, as the backend itself lists them."""
    command = [*_DEMO, "--list-faults", "--json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(
        Fault(name=one["name"], category=one["category"], mode=one["mode"])
        for one in json.loads(listed.stdout)
    )


class NotStartedError(Exception):
    """An embedded backend that ended before it listened; its own words are on standard error."""


class Version:
    """A running backend that says this version.

    It ends when its standard input does, so it does not outlive this process however that ends.

    Args:
        version: what its health page says.
        faults: the names of its faults.
        account: the environment variables with its account.

    Raises:
        NotStartedError: if it ends before it listens.

    """

    def __init__(self, version: str, faults: Sequence[str], account: Mapping[str, str]) -> None:
        options = [word for fault in faults for word in ("--fault", fault)]
        self._process = subprocess.Popen(
            [*_DEMO, "--until-eof", "--version", version, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **account},
        )
        assert self._process.stdout is not None
        try:
            line = self._process.stdout.readline()
            if not line:
                raise NotStartedError
            self.url: str = json.loads(line)["url"]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends it; kills it if it does not end."""
        try:
            self._process.communicate(timeout=_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
