"""What is known of a server that somebody else wrote: how it is installed, started and seeded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
#: The account of every server here; 'admin' is the name that most of them know.
ACCOUNT, PASSWORD = "smoke@example.com", "canary-Pa55-word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server has answered, or what stands for an answer of it."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


#: Sends a request: method, path, JSON or form body or None, headers.
Ask = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A real server.

    Attributes:
        name: the name of its folder here, with the profile and what it needs to start.
        title: what the table calls it.
        package: the one whose version the table shows.
        requirements: what pip or npm installs; the first one is `package`.
        ecosystem: `pypi` or `npm`.
        command: what starts it; `{bin}` is the folder of the installed programs, `{port}` the port.
        files: those of its folder that are copied to where it runs; `{port}` is replaced.
        ready_path: what it answers once it listens.
        account: the user name.
        log_in: from a way to ask to the headers of a request that reads the document.
        seed: what is there before the first run.
        document_path: what is read before and after.
        update: the method and the path of an update, whose forwarding is dropped once.
        changing: integers in the document that change with each update, and are not compared.
        tells_version: whether it shows its version: then the runs ask for the installed one.
        token: whether a run is given its token, in place of a user name and a password.
        arguments: of every run against it.
        dropped_status: how a dropped update is answered: with the document, or 204 without.

    """

    name: str
    title: str
    package: str
    requirements: Sequence[str]
    ecosystem: str
    command: Sequence[str]
    ready_path: str
    document_path: str
    update: tuple[str, str]
    log_in: Callable[[Ask], Mapping[str, str]]
    account: str = ACCOUNT
    files: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    seed: Callable[[Ask], None] = lambda ask: None
    changing: Sequence[str] = ()
    tells_version: bool = False
    token: bool = False
    arguments: Sequence[str] = ()
    dropped_status: int = 200

    @property
    def folder(self) -> Path:
        """Where its profile is."""
        return HERE / self.name

    @property
    def profile_lines(self) -> int:
        """The number of lines of its profile."""
        text = (self.folder / "apismoke.toml").read_text("utf-8")
        return sum(1 for line in text.splitlines() if line.strip())


def install(server: Server, place: Path) -> Path:
    """Installs a server below a folder, unless it is there, and returns that of its programs.

    Raises:
        subprocess.CalledProcessError: when the registry has no such package, or it does not build.

    """
    if server.ecosystem == "pypi":
        bin_folder = place / "venv" / "bin"
        if not bin_folder.exists():
            subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
            pip = [str(bin_folder / "pip"), "install", "-q", "--disable-pip-version-check"]
            subprocess.run(["nice", *pip, *server.requirements], check=True, stdout=sys.stderr)
        return bin_folder
    if not (place / "node_modules").exists():
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text("{}", "utf-8")
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(
            ["nice", *npm, *server.requirements], cwd=place, check=True, stdout=sys.stderr
        )
    return place / "node_modules" / ".bin"


def version(server: Server, bin_folder: Path) -> str:
    """The version of its package that is installed."""
    if server.ecosystem == "pypi":
        code = f"from importlib.metadata import version; print(version({server.package!r}))"
        command = [str(bin_folder / "python"), "-c", code]
    else:
        file = bin_folder.parent / server.package / "package.json"
        command = ["node", "-p", f"require({str(file)!r}).version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
