"""Deploys with `deploy.sh` and a gate that says what a test wants: the vocabulary of its tests."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness import clean_environment

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
URL = "https://api.example.com"
#: The shells that the scripts are for, by name.
SHELLS: Mapping[str, tuple[str, ...]] = {
    "sh": ("sh",),
    "dash": ("dash",),
    "bash": ("bash", "--posix"),
    "busybox": ("busybox", "ash"),
}
_LIMIT_S = 60
_LINE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ deploy\.sh: (.*)$", re.MULTILINE)
#: Says with which arguments it was called, and ends with the next code of a list.
_GATE = """\
#!/bin/sh
cd {folder} || exit 99
[ "$1" != --help ] || {{ [ ! -e broken ] || exit 1; exit 0; }}
case $1 in restore) ;; *) shift ;; esac
printf 'gate:' >>events; [ $# -eq 0 ] || printf ' %s' "$@" >>events; echo >>events
code=$(head -n 1 codes); tail -n +2 codes >rest; mv rest codes
[ ! -e breaking ] || mv breaking broken
exit "${{code:-98}}"
"""
#: Says that it runs, and waits for a signal (code 2) or for a line (code 0).
_WAITING = """\
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(int(sys.argv[2])))
if "--help" not in sys.argv:
    with open(sys.argv[1] + ".runs", "w") as it: it.write("it runs")
    with open(sys.argv[1] + ".go") as go: go.read()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A finished call: its code, what it ran, one line each, and what it said without the time."""

    code: int
    events: tuple[str, ...]
    said: tuple[str, ...]
    out: str
    err: str


class Deployment:
    """Calls of `deploy.sh` in a folder.

    Args:
        folder: where the commands leave their lines.
        shell: the shell that runs the script, of `SHELLS`.

    """

    def __init__(self, folder: Path, shell: Sequence[str]) -> None:
        self.folder, self.shell = folder, shell
        self.gate = folder / "bin" / "apismoke"
        self.gate.parent.mkdir()
        self.install_gate(_GATE.format(folder=shlex.quote(str(folder))))
        self.lock = folder / "lock"
        self.deploy, self.rollback = self.event("deploy"), self.event("roll back")
        self.processes: list[subprocess.Popen[str]] = []

    def event(self, name: str, code: int = 0) -> str:
        """A command that leaves a line, and ends with a code."""
        return f"echo {name} >>{shlex.quote(str(self.folder / 'events'))}; exit {code}"

    def install_gate(self, text: str) -> None:
        """Puts a gate where the script finds it."""
        self.gate.write_text(text, "utf-8")
        self.gate.chmod(0o755)

    def waiting(self, name: str, code: int) -> str:
        """A command that waits until it is told to go on, or ends with a code at a signal."""
        (self.folder / "waiting.py").write_text(_WAITING, "utf-8")
        for end in (".runs", ".go"):
            os.mkfifo(self.folder / f"{name}{end}")
        words = (sys.executable, self.folder / "waiting.py", self.folder / name, code)
        return shlex.join(["exec", *(str(word) for word in words)]).replace("'exec'", "exec")

    def until_it_runs(self, name: str) -> None:
        """Waits for a command of `waiting`."""
        (self.folder / f"{name}.runs").read_text()

    def go_on(self, name: str) -> None:
        """Tells a command of `waiting` to go on."""
        (self.folder / f"{name}.go").write_text("go on")

    def start(
        self,
        *options: str,
        gate: Sequence[str] = (f"--target-url={URL}",),
        codes: Sequence[int] = (),
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Starts a call; the gates of it end with these codes, one after the other."""
        (self.folder / "codes").write_text("".join(f"{code}\n" for code in codes), "utf-8")
        commands = (f"--deploy={self.deploy}", f"--rollback={self.rollback}")
        place = (f"--gate={self.gate}", f"--lock={self.lock}")
        process = subprocess.Popen(
            [*self.shell, str(SCRIPTS / "deploy.sh"), *commands, *place, *options, "--", *gate],
            cwd=self.folder,
            env=clean_environment(**(environ or {})),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def end(self, process: subprocess.Popen[str], err: str = "") -> End:
        """Waits for a call that was started, of which some output was read already."""
        out, rest = process.communicate(timeout=_LIMIT_S)
        return End(
            code=process.returncode,
            events=self.events(),
            said=tuple(_LINE.findall(err + rest)),
            out=out,
            err=err + rest,
        )

    def run(
        self,
        *options: str,
        gate: Sequence[str] = (f"--target-url={URL}",),
        codes: Sequence[int] = (),
        environ: Mapping[str, str] | None = None,
    ) -> End:
        """Runs a call to its end."""
        return self.end(self.start(*options, gate=gate, codes=codes, environ=environ))

    def events(self) -> tuple[str, ...]:
        """The lines that the commands have left."""
        path = self.folder / "events"
        return tuple(path.read_text("utf-8").splitlines()) if path.exists() else ()

    def stop(self) -> None:
        """Kills what a failed test has left."""
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Reads what a process says until a line has these words.

    Raises:
        AssertionError: when it ends before.

    """
    assert process.stderr is not None
    read = ""
    for line in _lines(process):
        read += line
        if words in line:
            return read
    raise AssertionError(read)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """Its lines, one by one: what follows stays for `communicate`."""
    assert process.stderr is not None
    descriptor, line = process.stderr.fileno(), b""
    while character := os.read(descriptor, 1):
        line += character
        if character == b"\n":
            yield line.decode()
            line = b""


def shell_called(name: str) -> tuple[str, ...] | None:
    """The command of a shell, or None where it is not installed, or is `sh` once more."""
    command, of_sh = SHELLS[name], shutil.which("sh")
    place = shutil.which(command[0])
    if place is None or of_sh is None:
        return None
    again = name != "sh" and len(command) == 1 and Path(place).resolve() == Path(of_sh).resolve()
    return None if again else command


@contextmanager
def deployments(folder: Path, shell: Sequence[str]) -> Iterator[Callable[[], Deployment]]:
    """Makes deployments, and stops them at the end."""
    made: list[Deployment] = []

    def make() -> Deployment:
        place = folder / f"deployment-{len(made)}"
        place.mkdir()
        made.append(Deployment(place, shell))
        return made[-1]

    yield make
    for one in made:
        one.stop()
