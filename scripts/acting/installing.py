"""Installs the action's own checkout into an environment of its own.

So the gate is the version that the workflow names behind the @, it needs no registry entry of its
own and works from a private repository, and the job's own Python packages stay as they are.
"""

from __future__ import annotations

import hashlib
import platform
import subprocess
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from acting.inputs import lines_of

ROOT = Path(__file__).resolve().parents[2]
#: Extras that only some inputs need, by the input; the page is always written.
EXTRAS = {"smoke-prometheus": "prometheus"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is installed, and where: all that follows from inputs and environment."""

    requirements: tuple[str, ...]
    folder: Path
    cache_folder: Path
    cache_key: str

    @property
    def command(self) -> Path:
        """The console command of the gate."""
        return self.folder / "bin" / "apismoke"


def planned(inputs: Mapping[str, str], environ: Mapping[str, str], root: Path) -> Installation:
    """The installation that the inputs ask for.

    Two steps of one job that ask for the same share it.
    """
    requirements = (
        f"{root}[{','.join(extras_of(inputs, environ))}]",
        *lines_of(inputs, "packages"),
    )
    python = platform.python_version()
    described = "\n".join((python, *requirements)).encode()
    dependencies = (root / "pyproject.toml").read_bytes()
    packages = "\n".join(requirements[1:]).encode()
    system = f"{environ.get('RUNNER_OS', 'any')}-{environ.get('RUNNER_ARCH', 'any')}"
    temporary = Path(environ["RUNNER_TEMP"])
    return Installation(
        requirements=requirements,
        folder=temporary / f"apismoke-{_digest(described + dependencies)}",
        cache_folder=temporary / "apismoke-pip-cache",
        cache_key=f"apismoke-{system}-py{python}-{_digest(dependencies + packages)}",
    )


def extras_of(inputs: Mapping[str, str], environ: Mapping[str, str]) -> list[str]:
    """The extras that the inputs and the environment need."""
    extras = ["full", "html"]
    if "demo" in lines_of(inputs, "target-url"):
        extras.append("demo")
    extras += [extra for name, extra in EXTRAS.items() if inputs.get(name, "").strip()]
    if environ.get("APISMOKE_NOTIFY", "").strip():
        extras.append("notify")
    if environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip():
        extras.append("otel")
    return extras


def install(installation: Installation, environ: Mapping[str, str]) -> None:
    """Makes the environment, unless an earlier step of the job has made it.

    Raises:
        subprocess.CalledProcessError: if pip can't install it; it has said why.
    """
    done = installation.folder / "apismoke-is-installed"
    if done.exists():
        return
    venv.create(installation.folder, clear=True, with_pip=True)
    environment = {"PIP_CACHE_DIR": str(installation.cache_folder), **environ}
    pip = [str(installation.folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    quietly = ["--disable-pip-version-check", "--no-input", "--"]
    # Not in the job's folder, whose files could be taken for modules of pip.
    subprocess.run(
        [*pip, *quietly, *installation.requirements], check=True, cwd=ROOT, env=environment
    )
    done.touch(mode=0o600)


def _digest(content: bytes) -> str:
    """A short name for content."""
    return hashlib.sha256(content).hexdigest()[:16]
