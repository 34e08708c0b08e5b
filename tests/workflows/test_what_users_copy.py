"""What users copy uses only inputs and secrets that there are, and gives all that are required."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from documentation.pages import Block, blocks_of
from workflows.reading import ROOT, loaded

from pytest_apismoke.configuration.setting_table import SETTINGS

PAGES = sorted((ROOT / "docs" / "how-to" / "ci").glob("*.md"))
PREFIX = "OWNER/pytest-apismoke"
COMPONENT, _ = yaml.safe_load_all((ROOT / "templates/smoke-gate/template.yml").read_text("utf-8"))


def fragments() -> list[tuple[str, Any]]:
    """Each example, and each fragment of YAML in the pages."""
    examples = [path for folder in ("github", "gitlab") for path in examples_in(folder)]
    found = [(path.name, yaml.safe_load(path.read_text("utf-8"))) for path in examples]
    for page in PAGES:
        found += [(page.name, yaml.safe_load(block.text)) for block in yaml_in(page)]
    return found


def yaml_in(page: Path) -> list[Block]:
    blocks = blocks_of(page.relative_to(ROOT).as_posix())
    return [block for block in blocks if block.language == "yaml"]


def examples_in(folder: str) -> list[Any]:
    return sorted((ROOT / "examples" / folder).glob("*.yml"))


def uses_in(node: Any) -> list[dict[str, Any]]:
    """Every step or job that uses something of this repository."""
    if isinstance(node, list):
        return [found for item in node for found in uses_in(item)]
    if not isinstance(node, dict):
        return []
    mine = [node] if str(node.get("uses", "")).startswith(PREFIX) else []
    return mine + [found for value in node.values() for found in uses_in(value)]


def includes_in(node: Any) -> list[dict[str, Any]]:
    includes = node.get("include", []) if isinstance(node, dict) else []
    return [item["inputs"] for item in includes]


USES = [(name, use) for name, content in fragments() for use in uses_in(content)]
INCLUDES = [(name, given) for name, content in fragments() for given in includes_in(content)]


@pytest.mark.parametrize(("name", "use"), USES, ids=[name for name, _ in USES])
def test_a_use_gives_inputs_and_secrets_that_there_are(name: str, use: dict[str, Any]) -> None:
    path = use["uses"].removeprefix(PREFIX).partition("@")[0].lstrip("/")
    target = loaded(path or "action.yml")
    offers = target["on"]["workflow_call"] if path else target
    required = {key for key, value in offers["inputs"].items() if value.get("required") == "true"}
    assert required <= set(use["with"]) <= set(offers["inputs"])
    assert set(use.get("secrets", {})) <= set(offers.get("secrets", {}))


@pytest.mark.parametrize(("name", "given"), INCLUDES, ids=[name for name, _ in INCLUDES])
def test_an_include_gives_inputs_that_there_are(name: str, given: dict[str, Any]) -> None:
    inputs = COMPONENT["spec"]["inputs"]
    required = {key for key, value in inputs.items() if "default" not in value}
    assert required - {"exit-codes"} <= set(given) <= set(inputs)


def test_there_is_something_to_copy_for_each() -> None:
    used = {use["uses"].removeprefix(PREFIX).partition("@")[0] for _, use in USES}
    workflows = {
        f"/.github/workflows/{name}.yml" for name in ("deploy", "smoke-check", "scheduled")
    }
    assert used == {"", *workflows}
    assert {name for name, _ in INCLUDES} == {"gitlab-ci.yml", "gitlab.md"}


def test_a_block_that_installs_the_gate_installs_what_its_options_need() -> None:
    """A report without its library would be refused, after everything was copied."""
    needed = {setting.option: setting.name for setting in SETTINGS if setting.library}
    lacking = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for block in re.findall(r"^```\w*\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S):
            installed = re.findall(r"pip install '?pytest-apismoke(?:\[([\w,]+)\])?", block)
            for option, extra in needed.items():
                if installed and option in block and extra not in ",".join(installed).split(","):
                    lacking.append((page.name, option, extra))
    assert lacking == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_links_of_a_page_lead_somewhere(page: Any) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert links
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_tables_of_a_page_name_inputs_that_there_are(page: Any) -> None:
    text = page.read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z`, -]+`) \|", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)}
    inputs = {
        "github-actions": set(loaded("action.yml")["inputs"]),
        "gitlab": set(COMPONENT["spec"]["inputs"]),
    }
    assert named <= inputs.get(page.stem, set())
