"""A stand-in for another machine: a socket server of execnet that shares nothing but the loopback.

It has its own directory, HOME, environment and virtual environment. Its machine is this one, and
the gate does not know that: a worker that is asked for over a socket may be anywhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

from harness import leave_time_to

#: What a process there could mistake for the configuration of the run.
MISLEADING = {
    "APISMOKE_TARGET_URL": "http://127.0.0.1:9",
    "APISMOKE_TOKEN": "of-another-machine",
    "SMOKE_TEST": "1",
}


class OtherMachine:
    """The machine, with a copy of the tests of a run.

    Args:
        folder: its disk.
        tests: the folder of the tests, which is copied.
        environ: added to its environment.

    """

    def __init__(self, folder: Path, tests: Path, **environ: str) -> None:
        self.checkout, self.home = folder / "checkout", folder / "home"
        shutil.copytree(tests, self.checkout / tests.name)
        self.home.mkdir()
        (self.checkout / "apismoke.toml").write_text("this is not TOML", "utf-8")
        contracts = self.checkout / "contracts"
        contracts.mkdir()
        (contracts / "theirs.toml").write_text("neither is this", "utf-8")
        self._port_file = folder / "port"
        self._process = subprocess.Popen(
            [str(_python(folder / "venv")), "-c", _SERVER, str(self._port_file)],
            cwd=folder,
            env={
                "PATH": os.defpath,
                "HOME": str(self.home),
                "APISMOKE_STATE_DIR": str(self.home / "journal"),
                **MISLEADING,
                **environ,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        while not (self._port_file.exists() and self._port_file.read_text("utf-8")):
            leave_time_to(self._process)

    @property
    def tx(self) -> str:
        """The option that asks for a worker there."""
        port = self._port_file.read_text("utf-8")
        return f"--tx=socket=127.0.0.1:{port}//chdir={self.checkout}"

    def files(self) -> list[str]:
        """What lies there besides the tests and pytest itself, which xdist copies."""
        found = (path for path in (self.checkout.parent).rglob("*") if path.is_file())
        names = [path.relative_to(self.checkout.parent).as_posix() for path in found]
        known = ("venv/", "port", "checkout/pytest/", "checkout/_pytest/", "checkout/tests/")
        return sorted(name for name in names if not name.startswith(known))

    def stop(self) -> None:
        """Switches it off."""
        self._process.kill()
        self._process.wait()


#: Listens on a free port, whose number it writes into a file.
_SERVER = """
import sys
from execnet.gateway_base import get_execmodel
from execnet.script import socketserver
socketserver.execmodel = get_execmodel("thread")
server = socketserver.bind_and_listen(("127.0.0.1", 0), socketserver.execmodel)
with open(sys.argv[1], "w") as file:
    file.write(str(server.getsockname()[1]))
socketserver.startserver(server, loop=True)
"""


def _python(folder: Path) -> Path:
    """The interpreter of a virtual environment that has what this one has."""
    venv.create(folder, with_pip=False, symlinks=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    here = sysconfig.get_path("purelib")
    line = f"import site; site.addsitedir({here!r})\n"
    there = Path(sysconfig.get_path("purelib", "venv", vars=paths))
    (there / "borrowed.pth").write_text(line, "utf-8")
    return folder / "bin" / "python"
