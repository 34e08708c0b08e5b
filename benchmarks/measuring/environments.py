"""Environments of their own for what is measured, made once and kept."""

from __future__ import annotations

import json
import subprocess
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment, or a folder of npm's, with the versions of what was asked for."""

    name: str
    folder: Path
    versions: str

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def program(self, name: str) -> Path:
        """A program of npm's."""
        return self.folder / "node_modules" / ".bin" / name


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What could not be installed, and the last line of the reason."""

    name: str
    reason: str


def needed(found: Environment | Missing) -> Environment:
    """The environment; without it there is nothing to measure."""
    if isinstance(found, Missing):
        raise SystemExit(f"{found.name} could not be installed: {found.reason}")
    return found


def of_python(
    place: Path, *requirements: str, shown: Sequence[str], of: Path | None = None
) -> Environment | Missing:
    """A virtual environment; made anew where its requirements are others than they were.

    Args:
        place: its folder, whose name is its own.
        requirements: as pip takes them.
        shown: the packages whose versions are shown.
        of: the checkout whose requirements are among them.

    """
    noted = place / "made-of.json"
    made_of = [*requirements, *([_digest(of / "pyproject.toml")] if of else [])]
    if not (noted.exists() and json.loads(noted.read_text("utf-8")) == made_of):
        venv.create(place, with_pip=True, clear=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        if reason := _failure([*pip, *requirements]):
            return Missing(name=place.name, reason=reason)
        noted.write_text(json.dumps(made_of), "utf-8")
    return Environment(name=place.name, folder=place, versions=_versions(place, shown))


def of_npm(place: Path, package: str) -> Environment | Missing:
    """A folder with a package of npm's."""
    description = place / "node_modules" / package / "package.json"
    if not description.exists():
        place.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-fund", "--no-audit", "--prefix", str(place)]
        if reason := _failure([*npm, package]):
            return Missing(name=place.name, reason=reason)
    version = json.loads(description.read_text("utf-8"))["version"]
    return Environment(name=place.name, folder=place, versions=f"{package} {version}")


def install(environment: Environment, checkout: Path) -> None:
    """Install the gate from a checkout as users get it: as a wheel, whatever was there before."""
    pip = [str(environment.python), "-m", "pip", "install", "--quiet", "--no-deps"]
    reason = _failure([*pip, "--force-reinstall", str(checkout)])
    if reason:
        raise SystemExit(f"the gate could not be installed: {reason}")


def _failure(command: list[str]) -> str:
    """Run a command; the last line of what it said if it failed."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        return f"{error.filename} is not installed"
    if ended.returncode == 0:
        return ""
    return (ended.stderr.strip().splitlines() or [f"ended with {ended.returncode}"])[-1]


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def _versions(place: Path, names: Sequence[str]) -> str:
    code = (
        "import sys; from importlib.metadata import version;"
        " print(*(f'{name} {version(name)}' for name in sys.argv[1:]), sep=', ')"
    )
    command = [str(place / "bin" / "python"), "-c", code, *names]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    return listed.stdout.strip()
