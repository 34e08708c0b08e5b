"""No format lets the words of a target take effect, and none shows a secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any
from xml.etree import ElementTree

import pytest
from golden.rendered import RENDERERS
from verdict_hostile import HOSTILE_LINES
from verdict_parts import TARGET
from verdicts import of_name

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.hooks.scrubbing import cleaned_outcome
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports.report import Report
from pytest_apismoke.run.facts import cleaned_facts

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
    root = ElementTree.fromstring(RENDERERS[name](HOSTILE))  # noqa: S314  # our own
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


# -- secrets -------------------------------------------------------------------------------------

#: Nobody knows that it is one until the end of the run.
SECRET = "canary-3f9a7c51e2d84b06"
#: Ours or the caller's, or what a check is found by; a secret in them would be a mistake of the
#: call, which is refused.
_KEPT = frozenset(
    {
        *("api", "stage", "name", "because_of", "method", "purpose", "outcome", "category"),
        *("mode", "target_url", "started_at", "run_id", "repair", "environment", "target"),
        *("expected_version", "exit_codes", "skip_reason"),
    }
)


def with_secret(value: Any, redactor: Redactor, name: str = "") -> Any:
    """The value with the secret at the end of every text that is not ours."""
    if name in _KEPT:
        return value
    if isinstance(value, str) and type(value) is str:
        return f"{value} {SECRET}"
    if isinstance(value, tuple):
        return tuple(with_secret(one, redactor) for one in value)
    if isinstance(value, Exchange):
        return leaking(value, redactor)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{
                one.name: with_secret(getattr(value, one.name), redactor, one.name)
                for one in fields(value)
            },
        )
    return value


def leaking(exchange: Exchange, redactor: Redactor) -> Exchange:
    """The exchange as this process records one, with the secret in all that came and was sent."""
    body = f'{{"token": "{SECRET}", "other": "{SECRET}"}}'
    return Exchange.record(
        redactor,
        method=exchange.method,
        url=f"{TARGET}/{SECRET}?key={SECRET}",
        status=exchange.status,
        duration_s=exchange.duration_s,
        request_id=SECRET,
        body=body,
        error=f"failed with {SECRET}",
        curl=f"curl -H 'X-Key: {SECRET}' {TARGET}/{SECRET}",
        attempt=exchange.attempt,
        started_s=exchange.started_s,
        sent_headers=[("X-Key", SECRET), ("Cookie", f"a={SECRET}")],
        sent_body=body,
        received_headers=[("X-Key", SECRET), ("Set-Cookie", f"a={SECRET}")],
    )


def cleaned(report: Report, redactor: Redactor) -> Report:
    """What the run does at its end."""
    checks = tuple(cleaned_outcome(one, redactor) for one in report.verdict.checks)
    return replace(
        report,
        verdict=replace(report.verdict, checks=checks),
        facts=cleaned_facts(report.facts, redactor),
        targets=tuple(
            replace(
                one,
                verdict=replace(
                    one.verdict,
                    checks=tuple(cleaned_outcome(check, redactor) for check in one.verdict.checks),
                ),
                facts=cleaned_facts(one.facts, redactor),
            )
            for one in report.targets
        ),
    )


@pytest.mark.parametrize("scene", ["pass-with-notes", "several-causes", "dirty", "several-targets"])
@every_format
def test_a_secret_that_is_learned_last_is_in_no_report(name: str, scene: str) -> None:
    redactor = Redactor()
    leaky = with_secret(of_name(scene).report, redactor)
    assert SECRET in RENDERERS["report"](leaky)
    redactor.learn(SECRET, "a response")

    text = RENDERERS[name](cleaned(leaky, redactor))

    places = [text[max(0, at - 60) : at + 30] for at in _found(text, SECRET)]
    assert places == []
    # Nor the beginning or the end of one that was cut.
    assert SECRET[:14] not in text
    assert SECRET[-14:] not in text


def _found(text: str, word: str) -> Iterator[int]:
    return (match.start() for match in re.finditer(re.escape(word), text))
