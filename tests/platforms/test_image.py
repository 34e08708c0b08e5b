"""The image: small, without secrets, not root; as far as that can be seen without building it."""

from __future__ import annotations

import re
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest
from platforms.manifests import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCKERFILES = (ROOT / "Dockerfile", ROOT / "deploy" / "flagger" / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def instructions(path: Path) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, with their continued lines joined."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.split("\n"))]


def last_stage(path: Path) -> list[tuple[str, str]]:
    every = instructions(path)
    begins = max(index for index, (word, _) in enumerate(every) if word == "FROM")
    return every[begins:]


def is_in_context(name: str) -> bool:
    """Whether .dockerignore lets a top-level name into the build."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    inside = True
    for line in filter(lambda line: line and not line.startswith("#"), lines):
        if fnmatch(name, line.removeprefix("!")):
            inside = line.startswith("!")
    return inside


def test_it_copies_what_the_wheel_is_built_from_and_nothing_else_gets_there() -> None:
    """The README and the licence, because the build reads both."""
    copied = {
        source
        for word, rest in instructions(ROOT / "Dockerfile")
        if word == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    readme = PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["fragments"]
    of_project = {part["path"] for part in readme} | set(PROJECT["project"]["license-files"])
    built = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    of_build = {*built["packages"], *built["force-include"]}
    assert copied == {"pyproject.toml"} | of_project | of_build
    names = {path.name for path in ROOT.iterdir()} | {".env", ".git", "id_rsa"}
    assert {name for name in names if is_in_context(name)} == copied


def test_it_installs_extras_that_exist() -> None:
    """With the console command that is its entry point."""
    (extras,) = (
        rest.partition("=")[2]
        for word, rest in instructions(ROOT / "Dockerfile")
        if word == "ARG" and rest.startswith("EXTRAS")
    )
    assert extras in PROJECT["project"]["optional-dependencies"]
    assert ("ENTRYPOINT", '["apismoke"]') in last_stage(ROOT / "Dockerfile")
    assert "apismoke" in PROJECT["project"]["scripts"]


def test_it_has_the_version_of_the_project() -> None:
    assert ("ARG", f"VERSION={PROJECT['project']['version']}") in last_stage(ROOT / "Dockerfile")


def test_it_starts_as_nobody_in_particular_and_trusts_no_journal_that_is_not_on_a_volume() -> None:
    stage = last_stage(ROOT / "Dockerfile")
    given = dict(stage)
    assert given["USER"] == "10001:10001"
    assert given["VOLUME"] == '["/state", "/reports"]'
    assert "CI=true" in given["ENV"]
    assert "APISMOKE_STATE_DIR" not in given["ENV"]
    # A container that is started without arguments has nothing to pass with.
    assert "CMD" not in given


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_no_secret_is_built_in(path: Path) -> None:
    """Neither as a variable nor as an argument of the build, which its history would show."""
    words = " ".join(rest for word, rest in instructions(path) if word in {"ENV", "ARG", "LABEL"})
    assert not re.search(r"PASSWORD|TOKEN|SECRET|USERNAME", words, re.IGNORECASE)
