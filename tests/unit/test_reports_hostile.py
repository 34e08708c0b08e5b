"""No format lets the words of a target take effect, and none shows a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any
from xml.etree import ElementTree

import pytest
from golden.rendered import RENDERERS
from verdict_hostile import HOSTILE_LINES
from verdict_parts import TARGET
from verdicts import SCENES, of_name

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.facts import OwnExchange, SettingShown, Written
from pytest_apismoke.reports.report import Report

every_format = pytest.mark.parametrize("name", RENDERERS)
#: Formats that are one JSON document, or one XML document.
JSON = ("ctrf", "har", "sarif", "codequality", "report")
XML = ("junit",)
HOSTILE = of_name("hostile").report


@every_format
def test_no_control_character_gets_through(name: str) -> None:
    """A terminal obeys them, and what turns or hides the text around it lies."""
    text = RENDERERS[name](HOSTILE)
    # Of no width: it keeps mentions and links of Markdown apart.
    own = "\n\t\u200b" if name == "markdown" else "\n\t"
    assert {char for char in text if not char.isprintable() and char not in own} == set()


@every_format
def test_no_line_is_a_command_of_a_ci_system(name: str) -> None:
    lines = re.split(r"[\n\r\x85\u2028\u2029]", RENDERERS[name](HOSTILE))
    assert [line for line in lines if line.lstrip().startswith("::")] == []
    assert [line for line in lines if re.search(r"##\w*\[", line)] == []


@pytest.mark.parametrize("name", JSON)
def test_a_json_format_has_the_words_as_they_came(name: str) -> None:
    found = json.dumps(json.loads(RENDERERS[name](HOSTILE)), ensure_ascii=False)
    assert json.dumps(HOSTILE_LINES[0])[1:-1] in found


@pytest.mark.parametrize("name", XML)
def test_an_xml_format_has_the_words_as_text(name: str) -> None:
    root = ElementTree.fromstring(RENDERERS[name](HOSTILE))
    tags = {element.tag for element in root.iter()}
    assert tags <= {
        *("testsuites", "testsuite", "testcase", "properties", "property"),
        *("failure", "error", "skipped"),
    }
    assert HOSTILE_LINES[0] in {case.get("name") for case in root.iter("testcase")}


def test_each_format_is_looked_at_in_its_own_language() -> None:
    """A new format of JSON or XML belongs into the tables above."""
    texts = {name: RENDERERS[name](of_name("pass").report) for name in RENDERERS}
    assert {name for name, text in texts.items() if text[0] in "{["} == set(JSON)
    assert {name for name, text in texts.items() if text.startswith("<?xml")} == set(XML)
