"""The blocks of YAML in the documentation: of which kind each is, and a whole file made of it."""

from __future__ import annotations

from enum import Enum
from typing import Any

import yaml
from documentation.pages import ROOT, Block, every_block
from documentation.scripts_in import AnyTag


class Kind(Enum):
    """What reads a fragment; the value is the schema that check-jsonschema ships for it, if any."""

    GITHUB = "vendor.github-workflows"
    GITLAB = "vendor.gitlab-ci"
    AZURE = "vendor.azure-pipelines"
    COMPOSE = "vendor.compose-spec"
    ALERTS = "rules of Prometheus: tests/unit/test_prometheus.py knows their metrics"
    PART = "a part of a file in deploy/, which tests/platforms validates"


def fragments() -> tuple[Block, ...]:
    """The blocks of YAML, but for files that a page lays out."""
    found = (block for block in every_block() if block.language == "yaml")
    return tuple(block for block in found if block.said("file") is None)


def content_of(block: Block) -> Any:
    """The content of a fragment."""
    return yaml.load(block.text, AnyTag)  # noqa: S506 - it is a safe loader


def kind_of(content: Any) -> Kind | None:
    """The kind of a fragment by its keys; None for one that nobody knows."""
    keys = {key for one in (content if isinstance(content, list) else [content]) for key in one}
    if isinstance(content, list):
        return (
            Kind.GITHUB
            if keys <= {"uses", "run", "with", "if", "env", "name", "id"}
            else _part(content)
        )
    steps = content.get("steps", [])
    if "jobs" in keys or any("uses" in step or "run" in step for step in steps):
        return Kind.GITHUB
    if any("script" in step or "task" in step for step in steps):
        return Kind.AZURE
    jobs = [job for job in content.values() if isinstance(job, dict)]
    if "include" in keys or any("script" in job for job in jobs):
        return Kind.GITLAB
    if "services" in keys:
        return Kind.COMPOSE
    return Kind.ALERTS if "groups" in keys else _part(content)


def completed(content: Any) -> Any:
    """A workflow of GitHub around its fragment; anything else as it is."""
    if kind_of(content) is not Kind.GITHUB:
        return content
    fragment = {"steps": content} if isinstance(content, list) else content
    if "jobs" in fragment:
        return {"on": "push", **fragment}
    return {"on": "push", "jobs": {"smoke": {"runs-on": "ubuntu-latest", **fragment}}}


def _part(content: Any) -> Kind | None:
    files = [*(ROOT / "deploy").rglob("*.yaml"), *(ROOT / "deploy").rglob("*.yml")]
    whole = [path for path in files if "helm" not in path.parts]
    documents = [
        document for path in whole for document in yaml.load_all(path.read_text("utf-8"), AnyTag)
    ]
    return Kind.PART if any(_has(document, content) for document in documents) else None


def _has(node: Any, part: Any) -> bool:
    """Whether a mapping, or each item of a list, stands somewhere in a document."""
    if isinstance(part, list):
        return all(_has(node, item) for item in part)
    if isinstance(node, dict):
        is_here = all(key in node and node[key] == value for key, value in part.items())
        return is_here or any(_has(value, part) for value in node.values())
    return isinstance(node, list) and any(_has(item, part) for item in node)
