"""Violations of contracts as findings in code: SARIF, and GitLab's code quality."""

from __future__ import annotations

from dataclasses import replace

import pytest
from verdicts import SCENES, Scene, of_name

from pytest_apismoke.errors import Violation
from pytest_apismoke.reports import code_quality, sarif
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.judgement import judge

#: The scenes whose checks break a contract.
BROKEN = ("category-invalid", "several-causes", "hostile", "several-targets")


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_only_a_target_that_breaks_its_contract_is_a_finding(scene: Scene) -> None:
    (run,) = sarif.document(scene.report)["runs"]

    assert bool(run["results"]) is (scene.name in BROKEN)
    assert len(run["results"]) == len(code_quality.document(scene.report))


def test_a_finding_of_sarif_stands_at_the_contract() -> None:
    (run,) = sarif.document(of_name("several-causes").report)["runs"]

    assert run["results"][0] == {
        "ruleId": "type",
        "ruleIndex": 1,
        "level": "error",
        "message": {
            "text": "GET https://api.example.com/api/orders?limit=5: /items/3/total: expected"
            " a number, got the string '129.00'"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": "contracts/order-list.schema.json",
                        "uriBaseId": "%SRCROOT%",
                    },
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {
                        "fullyQualifiedName": "contracts/order-list.schema.json#/$defs/order"
                        "/properties/total/type",
                        "kind": "property",
                    },
                    {"fullyQualifiedName": "/items/3/total", "kind": "value"},
                ],
            }
        ],
        "partialFingerprints": {
            "apismokeViolation/v1": run["results"][0]["partialFingerprints"]["apismokeViolation/v1"]
        },
        "properties": {
            "check": "contracts/orders.toml::the list of orders",
            "expected": "a number",
            "got": "the string '129.00'",
        },
    }
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["required", "type"]


def test_a_finding_has_the_line_of_its_place_and_the_first_one_where_that_is_unknown() -> None:
    report = of_name("several-causes").report
    place = "contracts/order-list.schema.json#/$defs/order/properties/total/type"
    known = replace(report, facts=replace(report.facts, contract_lines={place: 14}))

    (run,) = sarif.document(known)["runs"]
    regions = [one["locations"][0]["physicalLocation"]["region"] for one in run["results"]]
    assert regions == [{"startLine": 14}, {"startLine": 1}]
    assert [one["location"]["lines"] for one in code_quality.document(known)] == [
        {"begin": 14},
        {"begin": 1},
    ]


def test_without_a_file_of_its_own_a_contract_has_the_line_of_its_check() -> None:
    report = of_name("category-invalid").report
    check = next(one for one in report.verdict.checks if one.violations)
    (violation, *_) = check.violations
    inline = replace(check, violations=(replace(violation, schema_location=""),))
    facts = replace(report.facts, contract_lines={check.name: 7})
    (finding,) = code_quality.document(Report(verdict=judge([inline], plan=()), facts=facts))
    assert finding["location"]["lines"] == {"begin": 7}


def test_a_finding_is_the_same_in_another_run_with_other_values_elsewhere() -> None:
    report = of_name("category-invalid").report
    check = next(one for one in report.verdict.checks if one.violations)
    moved = replace(check.violations[0], pointer="/items/7/total", actual="the string '1.00'")
    elsewhere = replace(report.facts, target_url="https://preview-482.example.com")

    def fingerprints(violation: Violation, facts: RunFacts) -> list[str]:
        outcome = replace(check, violations=(violation,))
        again = Report(verdict=judge([outcome], plan=()), facts=facts)
        return [one["fingerprint"] for one in code_quality.document(again)]

    expected = fingerprints(check.violations[0], report.facts)
    assert fingerprints(moved, elsewhere) == expected
    assert fingerprints(check.violations[1], report.facts) != expected


def test_a_finding_of_code_quality_has_what_gitlab_asks_for() -> None:
    first, second = code_quality.document(of_name("category-invalid").report)

    assert first == {
        "description": "GET https://api.example.com/api/orders?limit=5: /items/3/total: expected"
        " a number, got the string '129.00'",
        "check_name": "type",
        "fingerprint": first["fingerprint"],
        "severity": "major",
        "location": {"path": "contracts/order-list.schema.json", "lines": {"begin": 1}},
    }
    assert len({first["fingerprint"], second["fingerprint"]}) == 2
