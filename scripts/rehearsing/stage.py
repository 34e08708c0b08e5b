"""The stage of a rehearsal: the proxy, the file that switches it, `deploy.sh`, and the gate."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsing.proxy import Proxy

DEPLOY_SH = Path(__file__).resolve().parents[1] / "deploy.sh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that ended: its exit code, its output, and the report of its first gate."""

    code: int
    output: str
    report: Mapping[str, Any]


class Stage:
    """A place to deploy to, without a version yet.

    Args:
        folder: a scratch folder.
        gate: the path of the command `apismoke`.
        account: the environment variables with the account of the versions, for the gate.

    """

    def __init__(self, folder: Path, *, gate: str, account: Mapping[str, str]) -> None:
        self._folder, self._gate = folder, gate
        self._active = folder / "upstreams"
        self._report = folder / "smoke.json"
        self._environ = {
            **{n: v for n, v in os.environ.items() if not n.startswith(("APISMOKE", "SMOKE_"))},
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
            **account,
        }
        self.proxy = Proxy(self._active)

    def switch_command(self, *urls: str) -> str:
        """The shell command that lets these URLs answer: a new file in place of the old one."""
        new = shlex.quote(f"{self._active}.new")
        lines = " ".join(shlex.quote(url) for url in urls)
        return f"printf '%s\\n' {lines} >{new} && mv {new} {shlex.quote(str(self._active))}"

    def switch(self, *urls: str) -> None:
        """Lets these URLs answer, as somebody would by hand."""
        subprocess.run(["sh", "-c", self.switch_command(*urls)], check=True)

    def deploy(
        self, *, deploy: str, rollback: str, options: Sequence[str], gate_options: Sequence[str]
    ) -> Ended:
        """Deploys with `deploy.sh`."""
        return self._run(
            *("sh", str(DEPLOY_SH), f"--deploy={deploy}", f"--rollback={rollback}"),
            *(f"--gate={self._gate}", f"--lock={self._folder / 'lock'}", *options, "--"),
            *(f"--target-url={self.proxy.url}", f"--smoke-report={self._report}", *gate_options),
        )

    def gate(self, *options: str) -> Ended:
        """Gates what answers."""
        target = (f"--target-url={self.proxy.url}", f"--smoke-report={self._report}")
        return self._run(self._gate, "--smoke", *target, *options)

    def forget(self, name: str) -> None:
        """From now on the gate has a journal of its own, as on another machine."""
        self._environ["APISMOKE_STATE_DIR"] = str(self._folder / f"state-{name}")

    def active(self) -> tuple[str, ...]:
        """The URLs that answer."""
        return tuple(self._active.read_text("utf-8").split()) if self._active.exists() else ()

    def close(self) -> None:
        """Closes the proxy."""
        self.proxy.close()

    def _run(self, *command: str) -> Ended:
        self._report.unlink(missing_ok=True)
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            output, _ = process.communicate()
        except BaseException:
            # It restores what it has changed before it ends.
            process.terminate()
            process.communicate()
            raise
        report = json.loads(self._report.read_text("utf-8")) if self._report.exists() else {}
        return Ended(code=process.returncode, output=output, report=report)
