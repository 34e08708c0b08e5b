"""The programs that commands of the documentation find: ours, plain tools, and stand-ins."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from documentation.pages import ROOT
from documentation.world import VERSION

#: The commands that the documentation is about.
OURS = ("apismoke", "pytest")
#: Programs that a test can't run, each with the reason, and what stands in for it.
FOREIGN: Mapping[str, tuple[str, str]] = {
    "aws": ("needs an account at AWS", ""),
    "docker": ("needs a daemon; tests/platforms/test_image.py reads the Dockerfile", ""),
    "git": ("changes a repository", f"[ $1 != rev-parse ] || echo {VERSION}"),
    "helm": ("needs a cluster; tests/platforms/test_manifests.py reads the chart", ""),
    "jq": ("is not on every machine", "cat"),
    "kubectl": ("needs a cluster; tests/platforms/test_scripts.py has one that answers", ""),
    "mail": ("sends mail", ""),
    "npx": ("needs an account at Cloudflare", ""),
    "pip": ("installs from an index; tests/packaging installs the wheel", ""),
    "pre-commit": ("changes a repository", ""),
    "python": ("runs a script for minutes, which has tests of its own, or in CI", ""),
    "python3": (
        "makes an environment",
        'mkdir -p "$3/bin"; cp -a "$BIN/." "$3/bin/"; : >"$3/bin/activate"',
    ),
    "syft": ("needs an image", ""),
    "tox": ("runs all tests; .ci/run does", "mkdir -p .tox/dev/bin; : >.tox/dev/bin/activate"),
    "vi": ("is for a person", ""),
    "curl": ("asks a host that is nowhere", ""),
}
#: What every machine has. A program that is in neither list is not found, and the page fails.
TOOLS = (
    *("awk", "basename", "cat", "chmod", "cp", "cut", "date", "dirname", "env", "expr", "grep"),
    *("head", "hostname", "id", "ln", "mkdir", "mktemp", "mv", "ps", "readlink", "rm", "rmdir"),
    *("sed", "sh", "sleep", "sort", "tail", "tee", "touch", "tr", "uname", "wc"),
)
#: Notes how it was called, without running anything.
_RECORDER = """\
#!{python} -ISE
import json, os, sys
kept = {{n: v for n, v in os.environ.items() if n.startswith(("APISMOKE_", "SMOKE_"))}}
call = {{"program": {name!r}, "arguments": sys.argv[1:], "environ": kept}}
with open({calls!r}, "a") as file:
    file.write(json.dumps(call) + "\\n")
if {name!r} == "uvicorn" or sys.argv[1:3] == ["demo", "--port"]:
    os.execv("/bin/sleep", ["sleep", "60"])
"""
#: Notes how it ended; what it runs is the command of the environment under test.
_REAL = """\
#!/bin/sh
case "{name} ${{1-}}" in 'apismoke demo' | uvicorn*) exec {command} "$@" ;; esac
{command} "$@"
code=$?
[ "${{1-}}" = --help ] || printf '%s %s %s\\n' "$STEP" "$code" "{name} $*" >>{ends}
exit "$code"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How a program was called: its arguments, and the variables of the gate."""

    program: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str]

    def __str__(self) -> str:
        return " ".join((self.program, *self.arguments))


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a command of ours ended: the number of the script that called it, the code, the call."""

    step: int
    code: int
    call: str


class Programs:
    """A folder of programs, and what they have noted.

    Args:
        folder: where the programs and their notes lie.
        is_real: whether `apismoke` and `pytest` are run; else they only note their calls.

    """

    def __init__(self, folder: Path, *, is_real: bool) -> None:
        self.folder = folder / "bin"
        self._calls, self._ends = folder / "calls", folder / "ends"
        self.folder.mkdir()
        for path in (self._calls, self._ends):
            path.touch()
        for script in (ROOT / "scripts").glob("*.sh"):
            (self.folder / script.name).symlink_to(script)
        for name in TOOLS:
            if found := shutil.which(name):
                (self.folder / name).symlink_to(found)
        for name, (_, body) in FOREIGN.items():
            self._stand_in(name, body)
        for name in (*OURS, "uvicorn"):
            if is_real:
                self._run(name)
            else:
                self.record(self.folder / name, name)
        if not is_real:
            put(self.folder / "sleep", "#!/bin/sh\n")

    def _stand_in(self, name: str, body: str) -> None:
        note = self.folder / f".{name}"
        self.record(note, name)
        put(self.folder / name, f'#!/bin/sh\n"{note}" "$@"\n{body}\n')

    def _run(self, name: str) -> None:
        """Puts the program of the environment under test; it is found nowhere without one."""
        if found := shutil.which(name):
            text = _REAL.format(command=found, name=name, ends=self._ends)
            put(self.folder / name, text)

    def record(self, path: Path, name: str) -> None:
        """Puts a program that only notes its call, under a name."""
        text = _RECORDER.format(python=sys.executable, name=name, calls=str(self._calls))
        put(path, text)

    def calls(self) -> tuple[Call, ...]:
        """How programs were called that only noted it."""
        lines = map(json.loads, self._calls.read_text("utf-8").splitlines())
        return tuple(
            Call(
                program=line["program"],
                arguments=tuple(line["arguments"]),
                environ=line["environ"],
            )
            for line in lines
        )

    def ends(self) -> tuple[End, ...]:
        """How the commands of ours that were run have ended."""
        lines = (line.split(" ", 2) for line in self._ends.read_text("utf-8").splitlines())
        return tuple(End(step=int(step), code=int(code), call=call) for step, code, call in lines)


def put(path: Path, text: str) -> None:
    """Puts a program, in the place of one that is there."""
    path.unlink(missing_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)
