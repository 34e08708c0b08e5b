"""Reads files for GitHub and GitLab, and runs scripts that are in them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def loaded(path: str) -> dict[str, Any]:
    """A file of the repository; every scalar is text, so that the key `on` is no boolean."""
    content: dict[str, Any] = yaml.load(
        (ROOT / path).read_text("utf-8"),
        yaml.BaseLoader,  # noqa: S506 - it makes nothing but text, lists and mappings
    )
    return content


def step_of(workflow: dict[str, Any], job: str, name: str) -> dict[str, Any]:
    """The one step of a job that has this name."""
    (step,) = (s for s in workflow["jobs"][job]["steps"] if s.get("name") == name)
    assert isinstance(step, dict)
    return step


def run_script(script: str, folder: Path, **environ: str) -> tuple[int, str]:
    """The exit code and the output of a step's script, in the shell that GitHub runs it in."""
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
