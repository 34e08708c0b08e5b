"""The issue forms ask for the report, and say before it what is masked and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from workflows.reading import ROOT, loaded

from pytest_apismoke.configuration.setting_table import REPORT
from pytest_apismoke.redaction import REPLACEMENT

FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"
REPOSITORY = "https://github.com/OWNER/pytest-apismoke"
ALL = sorted({*FORMS.glob("*.yml")} - {FORMS / "config.yml"})
ABOUT_RUNS = [path for path in ALL if path.stem != "idea"]
NOTE = "**Before you paste: this issue is public.**"
EACH = pytest.mark.parametrize("path", ABOUT_RUNS, ids=lambda path: path.stem)


@EACH
def test_a_form_about_a_run_asks_for_its_report_and_for_a_look_over_it(path: Path) -> None:
    ids = list(fields(path))
    assert ids[0] == "version"
    assert ids[-1] == "looked-over"
    assert REPORT.option in fields(path)["report"]["attributes"]["description"]
    # A run that crashed may have left none.
    required = {"wrong-red": "true", "wrong-green": "true", "crash-or-hang": "false"}
    assert fields(path)["report"]["validations"]["required"] == required[path.stem]


@EACH
def test_each_says_the_same_about_secrets(path: Path) -> None:
    assert note(path) == note(ABOUT_RUNS[0])
    assert f"Masked already, as `{REPLACEMENT}`" in note(path)
    assert f"{REPOSITORY}/blob/main/SECURITY.md" in note(path)


def test_each_names_this_repository_as_the_examples_do() -> None:
    links = [link["url"] for link in loaded(str(FORMS / "config.yml"))["contact_links"]]
    assert all(link.startswith(f"{REPOSITORY}/") for link in links)
    assert f"{REPOSITORY}/security/advisories/new" in links


def fields(path: Path) -> dict[str, dict[str, Any]]:
    return {part["id"]: part for part in loaded(str(path))["body"] if "id" in part}


def note(path: Path) -> str:
    """The words before the first field."""
    texts = [str(part["attributes"].get("value", "")) for part in loaded(str(path))["body"]]
    (found,) = (text for text in texts if text.startswith(NOTE))
    return found
