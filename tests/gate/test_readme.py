"""The README and the pages of documentation tell the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness import Gate

from pytest_apismoke.configuration.keys import keys_of
from pytest_apismoke.configuration.profiles import Document, Twilio
from pytest_apismoke.configuration.twilio_profile import Webhook

ROOT = Path(__file__).resolve().parents[2]
TICKED = re.compile(r"`([^`\n]+)`").findall
README = (ROOT / "README.md").read_text("utf-8")


def test_its_two_commands_are_what_ci_runs() -> None:
    block = README.partition("<!-- the two commands -->")[2].partition("<!-- end -->")[0]
    assert block.split("\n    ")[1:] == [
        "pip install '.[full,demo]' && pytest --smoke --target-url=demo",
        "pip install tox && tox\n\n",
    ]
    assert "<!-- the two commands -->" in (ROOT / ".ci" / "run").read_text("utf-8")


def test_the_reference_has_the_options_and_ini_options_of_the_help(gate: Gate) -> None:
    text = gate.run_command(["pytest", "--help"]).out
    options = re.findall(r"^  (--(?:smoke|target)[a-z-]*)", text, re.MULTILINE)
    ini = re.findall(r"^  (apismoke_\w+)", text, re.MULTILINE)
    page = (ROOT / "docs" / "reference" / "options.md").read_text("utf-8")
    listed = re.findall(r"^### .*?`(--[a-z-]+|apismoke_\w+)", page, re.MULTILINE)
    given = re.findall(r"^- Ini option: `(apismoke_\w+)`", page, re.MULTILINE)
    assert sorted({*options, *ini}) == sorted([*listed, *given])


def test_the_architecture_page_names_every_package_and_top_level_module() -> None:
    page = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
    rooms = page.partition("\n## The rooms\n")[2].partition("\n## ")[0]
    modules = {
        path.stem if path.is_file() else f"{path.name}/"
        for path in (ROOT / "pytest_apismoke").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", rooms, re.MULTILINE) for name in TICKED(row)
    }
    assert named == modules - {"__init__"}


@pytest.mark.parametrize("page", ["docs/explanation/architecture.md", "CONTRIBUTING.md"])
def test_every_file_that_a_page_for_developers_names_exists(page: str) -> None:
    """Paths are those of the checkout, or of a module inside the package."""
    names = TICKED((ROOT / page).read_text("utf-8"))
    paths = {name for name in names if re.fullmatch(r"[\w./*-]+/[\w./*-]*|\w+\.md", name)}
    assert paths
    for path in paths:
        assert any(any(top.glob(path)) for top in (ROOT, ROOT / "pytest_apismoke")), path


def test_the_page_about_twilio_has_every_key() -> None:
    page = (ROOT / "docs" / "how-to" / "twilio-and-calendar.md").read_text("utf-8")
    keys = {name for record in (Twilio, Webhook) for name in keys_of(record)}
    told_elsewhere = {"number_field", "enabled_field", "recommended"}
    assert {name for name in keys - told_elsewhere if name not in page} == set()


def test_the_page_on_the_settings_has_every_key_that_shapes_an_update() -> None:
    page = (ROOT / "docs" / "how-to" / "settings-of-any-shape.md").read_text("utf-8")
    named = {name for ticked in TICKED(page) for name in re.findall(r"\w+(?= =)", ticked)}
    elsewhere = {"path", "volatile", "id_field", "expect"}
    assert named == set(keys_of(Document)) - elsewhere
