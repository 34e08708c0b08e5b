"""Puts the gate in front of real servers that others wrote, installed from PyPI and npm.

    python tests/servers/run.py [--at FOLDER] [NAME ...]

Installs each below the folder, starts it on the loopback, and prints a line of the table for each:
smoke and full runs, serial and with two workers; whether the document is the same byte for byte
afterwards; a dropped update; a wrong password; and how far `apismoke init` comes. Ends with 1 where
something is otherwise than it should be. The output of every run is in the folder.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import Ended, Gate
from servers.asking import ask_at, asking
from servers.catalogue import CATALOGUE
from servers.dropping import DroppingProxy
from servers.server import PASSWORD, Server, install, version
from servers.started import Started

HEAD = (
    "| server | version | lines | smoke | full | smoke -n 2 | full -n 2 | same bytes "
    "| dropped write | wrong password | after init |\n|---|---|---|---|---|---|---|---|---|---|---|"
)
#: The exit codes that are wanted, of the runs that do not stand in columns of zeros.
PERSIST, AUTH = 4, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the runs against one server have shown."""

    server: Server
    version: str
    healthy: tuple[int, ...]
    same_bytes: bool
    dropped: int
    wrong_password: int
    after_init: int

    def is_as_wanted(self) -> bool:
        """Whether everything is as it should be; `init` may leave something to be edited."""
        return (
            not any(self.healthy)
            and self.same_bytes
            and (self.dropped, self.wrong_password) == (PERSIST, AUTH)
        )

    def __str__(self) -> str:
        same = "yes" if self.same_bytes else "NO"
        cells = (
            *(self.server.title, self.version, self.server.profile_lines, *self.healthy, same),
            *(self.dropped, self.wrong_password, self.after_init),
        )
        return f"| {' | '.join(map(str, cells))} |"


class Runs:
    """The runs of the gate against one server, whose outputs are kept in files."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server, self._folder = server, folder
        self._gate = Gate(folder / "gate")
        shutil.copytree(server.folder, self._gate.folder, ignore=_all_but_the_profile)

    def code(
        self, name: str, url: str, *arguments: str, workers: int = 0, password: str = PASSWORD
    ) -> int:
        """Runs the gate with the profile of the server, and returns its exit code."""
        return self._run(self._gate, name, url, *arguments, workers=workers, password=password).code

    def after_init(self, url: str) -> int:
        """The exit code of a smoke run with what `apismoke init` wrote, or that of `init`."""
        gate = Gate(self._folder / "init")
        gate.folder.mkdir()
        apismoke = str(Path(sys.executable).with_name("apismoke"))
        credentials = self._credentials(PASSWORD)
        ended = gate.run_command([apismoke, "init", url], **credentials)
        self._keep("init", ended)
        return ended.code or self._run(gate, "after-init", url, "--smoke").code

    def _run(
        self,
        gate: Gate,
        name: str,
        url: str,
        *arguments: str,
        workers: int = 0,
        password: str = PASSWORD,
    ) -> Ended:
        ended = gate.run(
            *(f"--target-url={url}", "--target-wait=20", *self._server.arguments, *arguments),
            workers=workers,
            environ=self._credentials(password),
        )
        self._keep(name, ended)
        return ended

    def _credentials(self, password: str) -> dict[str, str]:
        if self._server.token:
            return {"APISMOKE_TOKEN": password}
        return {"APISMOKE_USERNAME": self._server.account, "APISMOKE_PASSWORD": password}

    def _keep(self, name: str, ended: Ended) -> None:
        text = f"{ended.output}\nended with {ended.code}\n"
        (self._folder / f"{name}.txt").write_text(text, "utf-8")


def _all_but_the_profile(folder: str, names: list[str]) -> list[str]:
    return [
        name for name in names if not (name in ("apismoke.toml", "contracts") or "schema" in name)
    ]


def row(server: Server, place: Path) -> Row:
    """Installs and starts a server, and runs the gate against it in every way."""
    bin_folder = install(server, place)
    installed = version(server, bin_folder)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=place))
    runs = Runs(server, folder)
    with Started(server, bin_folder, folder / "server") as url:
        ask = asking(url)
        server.seed(ask)
        before = _document(server, url)
        expected = (f"--target-version={installed}",) if server.tells_version else ()
        healthy = tuple(
            runs.code(f"{name}-n{workers}", url, *mode, *expected, workers=workers)
            for workers in (0, 2)
            for name, mode in (("smoke", ("--smoke",)), ("full", ()))
        )
        proxy = DroppingProxy(url, server)
        dropped = runs.code("dropped", proxy.url, "--smoke")
        proxy.stop()
        wrong = runs.code("wrong-password", url, "--smoke", password=PASSWORD[::-1])
        after_init = runs.after_init(url)
        same = _document(server, url) == before
    return Row(
        server=server,
        version=installed,
        healthy=healthy,
        same_bytes=same,
        dropped=dropped if proxy.dropped else 0,
        wrong_password=wrong,
        after_init=after_init,
    )


def _document(server: Server, url: str) -> bytes:
    """The document, byte for byte but for what changes with each update."""
    answer = ask_at(url, "GET", server.document_path, None, server.log_in(asking(url)))
    if answer.status != 200:
        raise SystemExit(f"{server.document_path}: {answer.status}, {answer.body[:500]!r}")
    body = answer.body
    for name in server.changing:
        body = re.sub(rb'("%b": ?)[0-9]+' % name.encode(), rb"\g<1>0", body)
    return body


def main() -> int:
    """Prints the table, and returns the exit code."""
    by_name = {server.name: server for server in CATALOGUE}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(by_name))
    parser.add_argument("--at", type=Path, help="where to install (default: a temporary folder)")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in by_name]:
        parser.error(f"no such server: {', '.join(unknown)}; there are {', '.join(by_name)}")
    place = given.at or Path(tempfile.mkdtemp(prefix="servers-"))
    print(f"installing below {place}", HEAD, sep="\n\n", flush=True)
    as_wanted = True
    for name in given.names or by_name:
        found = row(by_name[name], place / name)
        as_wanted = as_wanted and found.is_as_wanted()
        print(found, flush=True)
    return 0 if as_wanted else 1


if __name__ == "__main__":
    sys.exit(main())
