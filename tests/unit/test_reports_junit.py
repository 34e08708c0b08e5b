"""The JUnit file: what pytest has written and what it does not know, valid for its readers."""

from __future__ import annotations

from functools import cache
from typing import Any
from xml.etree import ElementTree

import junitparser
import official_schemas as official
import pytest
from verdict_parts import exchange, failed, of_run, passed
from verdicts import SCENES, Scene, of_name, scene

from pytest_apismoke.errors import Category
from pytest_apismoke.redaction import Redactor
from pytest_apismoke.reports import junit
from pytest_apismoke.reports.junit_text import address

#: As pytest writes it.
WRITTEN = """\
<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest"\
 errors="0" failures="1" skipped="0" tests="2" time="0.211"\
 timestamp="2026-11-27T17:42:05.123456+00:00" hostname="here"><testcase classname="settings"\
 name="login" time="0.001"><properties><property name="apismoke_api" value="settings" />\
</properties></testcase><testcase classname="settings" name="fetch" time="0.200"><properties>\
<property name="apismoke_api" value="settings" />\
<property name="apismoke_category" value="fetch" /></properties>\
<failure message="expected 200, seen 500">expected 200, seen a-late-secret</failure>\
</testcase></testsuite></testsuites>"""
BROKEN = exchange("GET", "/api/business/me", 500, request_id="c9f0")
REPORT = scene(
    "junit",
    [
        passed("settings::login"),
        failed("settings::fetch", Category.FETCH, BROKEN, expected="200", seen="500"),
        of_run("version", Category.VERSION, expected="'2'", seen="'1'", hint="wait a bit"),
    ],
).report


@cache
def schema() -> Any:
    return official.junit()


def without_properties_of_cases(text: str) -> str:
    """The only part that the schema of Jenkins does not know; pytest writes such properties too."""
    root = ElementTree.fromstring(text)
    for case in root.iter("testcase"):
        for properties in case.findall("properties"):
            case.remove(properties)
    return ElementTree.tostring(root, encoding="unicode")


def properties_of(element: ElementTree.Element) -> dict[str | None, str | None]:
    return {one.get("name"): one.get("value") for one in element.findall("properties/property")}


def completed(written: str = WRITTEN, **more: Any) -> ElementTree.Element:
    text = junit.completed(written, REPORT, **{"clean": str, **more})
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_each_verdict_is_valid_by_the_schema_of_jenkins_and_is_read_by_a_parser(
    scene: Scene,
) -> None:
    text = junit.render(scene.report)
    schema().validate(without_properties_of_cases(text))

    read = junitparser.JUnitXml.fromstring(text.encode())
    assert [case.name for suite in read for case in suite] == [
        case.get("name") for case in ElementTree.fromstring(text).iter("testcase")
    ]
    runs = scene.report.targets or (scene.report,)
    assert sum(suite.tests for suite in read) == sum(len(one.verdict.checks) for one in runs)


def test_a_completed_file_is_valid_too() -> None:
    text = junit.completed(WRITTEN, REPORT, clean=str)
    schema().validate(without_properties_of_cases(text))


def test_the_suite_has_the_verdict_as_properties() -> None:
    (suite,) = completed().iter("testsuite")
    assert properties_of(suite) == {
        "apismoke_verdict": "fail",
        "apismoke_exit_code": "2",
        "apismoke_summary": REPORT.summary,
        "apismoke_mode": "smoke",
        "apismoke_target": "https://api.example.com",
        "apismoke_target_version": "2026.11.27-3",
        "apismoke_run_id": "1198f038",
    }
    assert suite[0].tag == "properties"


def test_a_failed_check_has_what_to_do_and_the_request_id() -> None:
    cases = {case.get("name"): case for case in completed().iter("testcase")}
    assert properties_of(cases["fetch"]) == {
        "apismoke_api": "settings",
        "apismoke_category": "fetch",
        "apismoke_stage": "fetch",
        "apismoke_hint": "look into the target's log at the request id",
        "apismoke_request_id": "c9f0",
    }
    assert properties_of(cases["login"]) == {
        "apismoke_api": "settings",
        "apismoke_stage": "login",
    }


def test_a_failure_of_the_run_itself_is_added_once() -> None:
    once = completed()
    for root in (once, completed(ElementTree.tostring(once, encoding="unicode"))):
        (suite,) = root.iter("testsuite")
        cases = [(one.get("classname"), one.get("name")) for one in root.iter("testcase")]
        assert cases == [("settings", "login"), ("settings", "fetch"), ("apismoke", "version")]
        counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "3", "failures": "1", "errors": "1", "skipped": "0"}
    error = once.find(".//testcase[@name='version']/error")
    assert error is not None
    assert error.get("message") == "expected '2', seen '1'"
    assert (error.text or "").splitlines() == [
        "expected '2', seen '1'",
        "  where: this run",
        "  what to do: wait a bit",
    ]


def test_a_required_check_without_a_result_is_an_error() -> None:
    report = of_name("category-unverified").report
    root = ElementTree.fromstring(junit.completed(WRITTEN, report, clean=str))
    assert root.find(".//testcase[@classname='twilio']/error") is not None


def test_a_secret_that_was_learned_later_is_gone() -> None:
    redactor = Redactor()
    redactor.learn("a-late-secret", "a response")
    text = junit.completed(WRITTEN, REPORT, clean=redactor.text)
    assert "a-late-secret" not in text
    assert "seen [redacted]" in text


def test_the_prefix_of_class_names_is_known() -> None:
    written = WRITTEN.replace('classname="settings"', 'classname="shop.settings"')
    names = [
        f"{case.get('classname')}::{case.get('name')}"
        for case in completed(written, prefix="shop").iter("testcase")
    ]
    assert names == ["shop.settings::login", "shop.settings::fetch", "shop.apismoke::version"]


@pytest.mark.parametrize("written", ["", "<testsuites>", "<testsuites/>"])
def test_what_is_no_file_of_pytest_is_refused(written: str) -> None:
    with pytest.raises(ElementTree.ParseError):
        completed(written)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("settings::fetch", ("settings", "fetch")),
        ("contracts/orders.toml::one order", ("contracts.orders.toml", "one order")),
        ("tests/e2e/test_a.py::TestA::test_b[x::y]", ("tests.e2e.test_a.TestA", "test_b[x::y]")),
        ("a.toml::\x1b[2J", ("a.toml", "#x1B[2J")),
    ],
)
def test_a_check_has_the_name_that_pytest_gives_it(name: str, expected: tuple[str, str]) -> None:
    assert address(name) == expected


def test_several_targets_have_a_suite_each_and_the_call_one_of_its_own() -> None:
    report = of_name("several-targets").report
    good, _, unready = report.targets
    text = junit.merged([(good.target, WRITTEN)], [unready])

    suites = {suite.get("name"): suite.get("errors") for suite in ElementTree.fromstring(text)}
    assert suites == {good.target: "0", unready.target: "1"}
    schema().validate(without_properties_of_cases(text))
