"""Builds the distributions, looks into them, runs the wheel in an empty directory, removes it.

usage: python tests/packaging/check_wheel.py FOLDER (a scratch folder that may be emptied)
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = sorted(path.name for path in (ROOT / "contracts").glob("*.json"))
SOURCES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "pytest_apismoke").rglob("*.py"))
#: What the pages for people are made of.
PAGES = sorted(
    str(path.relative_to(ROOT))
    for ending in ("css", "js", "j2")
    for path in (ROOT / "pytest_apismoke" / "reports").rglob(f"*.{ending}")
)


def main(folder: Path) -> None:
    """Builds, looks, installs, runs; the first thing that is not as it should be ends it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    run(sys.executable, "-m", "build", "--outdir", str(folder / "dist"), str(ROOT))
    (wheel,) = (folder / "dist").glob("*.whl")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    check_contents(wheel, sdist)
    run(sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist))
    # W004, W009: pytest_apismoke/builtin_contracts holds data files and no module, on purpose.
    run(sys.executable, "-m", "check_wheel_contents", "--ignore", "W004,W009", str(wheel))
    check_alone(wheel, folder)
    print(f"{wheel.name}: {len(SOURCES)} modules, {len(CONTRACTS)} contracts, runs alone")


def check_contents(wheel: Path, sdist: Path) -> None:
    """Every module, contract and data file is there, and nothing that does not belong."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        *SOURCES,
        "pytest_apismoke/py.typed",
        "pytest_apismoke/configuration/configuration.schema.json",
        "pytest_apismoke/checks/declared/checks.schema.json",
        "pytest_apismoke/demo/openapi.json",
        "pytest_apismoke/reports/report.schema.json",
        *(f"pytest_apismoke/builtin_contracts/{name}" for name in CONTRACTS),
        *PAGES,
    }
    if names != expected:
        raise SystemExit(f"the wheel differs from what it should hold: {names ^ expected}")
    check_description(wheel)
    with tarfile.open(sdist) as archive:
        tops = {Path(name).parts[1] for name in archive.getnames() if len(Path(name).parts) > 1}
    wanted = {"pytest_apismoke", "contracts", "docs", "scripts", "tests", ".github", "examples"}
    wanted |= {"README.md", "LICENSE", "pyproject.toml", "CHANGELOG.md", "CONTRIBUTING.md"}
    wanted |= {"CODE_OF_CONDUCT.md", "RELEASING.md", "SECURITY.md", "SUPPORT.md"}
    if not wanted <= tops:
        raise SystemExit(f"the sdist lacks {wanted - tops}")


def check_description(wheel: Path) -> None:
    """The README is there as an index shows it, where a relative link would lead nowhere."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    links = re.findall(r"\]\(([^)]+)\)", text)
    relative = [link for link in links if not link.startswith(("https:", "#"))]
    if not links or relative:
        raise SystemExit(f"links of the README that lead nowhere on an index: {relative}")


def check_alone(wheel: Path, folder: Path) -> None:
    """The wheel with its demo extra, in an empty directory and an environment of its own.

    It says its version, both of its commands pass, and `pip uninstall` leaves nothing of it.
    """
    venv.create(folder / "venv", with_pip=True)
    bin_folder = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(str(bin_folder / "python"), "-m", "pip", "install", "--quiet", f"{wheel}[demo]")
    empty = folder / "empty"
    empty.mkdir()
    said = run(str(bin_folder / "apismoke"), "--version", folder=empty, reads=True)
    if not said.startswith(f"apismoke {wheel.name.split('-')[1]} "):
        raise SystemExit(f"{wheel.name} calls itself {said}")
    for command in ("pytest", "apismoke"):
        arguments = ["--smoke", "--target-url=demo", "--smoke-report=report.json"]
        run(str(bin_folder / command), *arguments, folder=empty)
        report = json.loads((empty / "report.json").read_text("utf-8"))
        if (report["verdict"], report["exit_code"]) != ("pass", 0):
            raise SystemExit(f"{command} alone came to {report['verdict']}")
    run(str(bin_folder / "python"), "-m", "pip", "uninstall", "--quiet", "--yes", "pytest-apismoke")
    # Bytecode apart: pip knows nothing of what pytest compiles for assertions.
    left = [
        path
        for path in (folder / "venv").rglob("*")
        if "apismoke" in path.relative_to(folder).as_posix()
        and path.is_file()
        and path.suffix != ".pyc"
    ]
    if left:
        raise SystemExit(f"pip uninstall left {left}")


def run(*command: str, folder: Path = ROOT, reads: bool = False) -> str:
    """Runs a command, and returns what it printed if that is read; a failure of it is ours."""
    output = subprocess.PIPE if reads else None
    done = subprocess.run(command, cwd=folder, check=True, stdout=output, text=True)
    return done.stdout or ""


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
