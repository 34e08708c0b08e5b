"""The JSON report: what its schema says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from verdicts import of_name

from pytest_apismoke.errors import Break, Category, Violation
from pytest_apismoke.evidence import ConformanceResult, Exchange, Sighting
from pytest_apismoke.known.entries import Entry, KnownUse
from pytest_apismoke.modes import EXIT_CODE_TABLES, ExitCodes
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.openapi.operation_drift import OperationDrift
from pytest_apismoke.reports import json_report
from pytest_apismoke.reports.facts import RunFacts
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.judgement import RUN, Planned, judge
from pytest_apismoke.verdict.outcome import Outcome, Result

SCHEMA: dict[str, Any] = json.loads(
    files("pytest_apismoke.reports").joinpath("report.schema.json").read_text(encoding="utf-8")
)
FACTS = RunFacts(
    mode="smoke",
    target_url="https://api.example.com",
    target_version="1.2.3",
    started_at="2026-01-01T12:00:00Z",
    duration_s=1.23456,
    notes=("a note",),
    repair="apismoke restore --target-url=https://api.example.com",
    known=KnownUse(
        met=(
            Entry(
                name="GET /api",
                contract="Shop",
                status=200,
                what=Break("/total", "type"),
                reason="a string until release 12",
                until=date(2030, 12, 31),
            ),
        ),
        gone=(
            Entry(
                name="contracts/orders.toml::one order",
                contract="",
                status=None,
                what=Break("/note", "required"),
            ),
        ),
    ),
    contract=ContractUse(
        source="openapi.yaml",
        operations=("GET /api", "GET /other"),
        exercised=("GET /api",),
        drift=(OperationDrift(operation="GET /api", undeclared=("/new",)),),
    ),
)
HELD = ConformanceResult(
    operation="GET /api",
    undeclared=("/new",),
    sighting=Sighting(name="GET /api", met=(Break("/total", "type"),)),
)
PLAN = (Planned(api="settings", stage="save", name="settings::save"),)


@pytest.fixture
def report(make_exchange: Callable[..., Exchange]) -> dict[str, Any]:
    outcomes = [
        Outcome(
            api="settings",
            stage="save",
            name="settings::save",
            outcome=Result.FAILED,
            category=Category.SAVE,
            expected="a",
            seen="b",
            where="PUT x",
            hint="do y",
            duration_s=0.5,
            retries=1,
            exchanges=(
                make_exchange(
                    status=None,
                    error="connection refused",
                    started_s=0.25,
                    sent_headers=(("Accept", "application/json"),),
                    sent_excerpt='{"a": 1}',
                    received_headers=(("cf-ray", "7a-AMS"),),
                    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
                    held=HELD,
                ),
            ),
            notes=("noted",),
            dirty=True,
            violations=(
                Violation(
                    pointer="/a/0",
                    expected="b",
                    actual="c",
                    schema_location="d.schema.json#/e",
                    kind="e",
                    places=("/a/*",),
                ),
            ),
            difference=("- b", "+ c"),
        )
    ]
    return json_report.document(
        Report(verdict=judge(outcomes, plan=PLAN, table="api"), facts=FACTS)
    )


def test_the_report_says_all_that_is_known(report: dict[str, Any]) -> None:
    assert report == {
        "schema_version": 1,
        "verdict": "dirty",
        "exit_code": 1,
        "exit_codes": "api",
        "mode": "smoke",
        "summary": "the target was left changed: b",
        "target": {
            "url": "https://api.example.com",
            "version": "1.2.3",
            "expected_version": None,
        },
        "causes": [
            {
                "number": 1,
                "summary": "the target was left changed: b",
                "category": "save",
                "checks": ["settings::save"],
                "not_run": [],
                "expected": "a",
                "got": "b",
                "where": "PUT x",
                "hint": "do y",
                "request_id": None,
                "curl": "curl -sS -i https://api.example.com/api",
            }
        ],
        "run": {"id": None, "trace_id": None, "exchanges": []},
        "left_behind": {
            "writes": [],
            "repair": "apismoke restore --target-url=https://api.example.com",
        },
        "settings": [],
        "environment": {},
        "started_at": "2026-01-01T12:00:00Z",
        "duration_s": 1.235,
        "categories": {"save": 1},
        "apis": {"settings": {"verdict": "dirty", "failed_stage": "save"}},
        "checks": [
            {
                "api": "settings",
                "stage": "save",
                "name": "settings::save",
                "outcome": "failed",
                "category": "save",
                "message": "expected a, seen b",
                "where": "PUT x",
                "hint": "do y",
                "duration_s": 0.5,
                "retries": 1,
                "exchanges": [
                    {
                        "method": "GET",
                        "url": "https://api.example.com/api",
                        "status": None,
                        "duration_s": 0.1,
                        "request_id": None,
                        "excerpt": "",
                        "error": "connection refused",
                        "curl": "curl -sS -i https://api.example.com/api",
                        "attempt": 1,
                        "started_s": 0.25,
                        "sent_headers": [{"name": "Accept", "value": "application/json"}],
                        "sent_excerpt": '{"a": 1}',
                        "received_headers": [{"name": "cf-ray", "value": "7a-AMS"}],
                        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                        "held": {
                            "operation": "GET /api",
                            "violations": [],
                            "difference": [],
                            "undeclared": ["/new"],
                            "unseen": [],
                            "not_looked_at": "",
                            "doubts": [],
                            "known": [],
                            "is_defect": False,
                            "was_compared": True,
                        },
                    }
                ],
                "notes": ["noted"],
                "dirty": True,
                "flaky": False,
                "because_of": None,
                "violations": [
                    {
                        "pointer": "/a/0",
                        "expected": "b",
                        "actual": "c",
                        "schema_location": "d.schema.json#/e",
                        "kind": "e",
                        "places": ["/a/*"],
                    }
                ],
                "difference": ["- b", "+ c"],
            }
        ],
        "slowest": [
            {"method": "GET", "url": "https://api.example.com/api", "duration_s": 0.1},
        ],
        "notes": ["a note"],
        "repair": "apismoke restore --target-url=https://api.example.com",
        "known": {
            "file": "contracts/known.toml",
            "violations": [
                {
                    "operation": "GET /api",
                    "contract": "Shop",
                    "status": 200,
                    "place": "/total",
                    "kind": "type",
                    "reason": "a string until release 12",
                    "until": "2030-12-31",
                }
            ],
            "gone": [
                {"check": "contracts/orders.toml::one order", "place": "/note", "kind": "required"}
            ],
        },
        "contract": {
            "source": "openapi.yaml",
            "exercised": ["GET /api"],
            "not_exercised": ["GET /other"],
            "drift": [
                {"operation": "GET /api", "undeclared": ["/new"], "unseen": [], "doubts": []}
            ],
        },
    }
    Draft202012Validator(SCHEMA).validate(report)


def test_a_check_that_needed_a_second_attempt_is_flaky(
    make_exchange: Callable[..., Exchange],
) -> None:
    passed = Outcome(
        api="settings",
        stage="save",
        name="settings::save",
        outcome=Result.PASSED,
        detail="verified",
        retries=1,
        exchanges=(make_exchange(status=503), make_exchange(attempt=2)),
        verified=True,
    )

    report = json_report.document(
        Report(verdict=judge([passed], plan=PLAN, table="api"), facts=FACTS)
    )

    (check,) = report["checks"]
    assert (report["verdict"], report["exit_code"]) == ("pass", 0)
    assert (check["outcome"], check["flaky"], check["retries"]) == ("passed", True, 1)
    assert [exchange["attempt"] for exchange in check["exchanges"]] == [1, 2]
    Draft202012Validator(SCHEMA).validate(report)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("flaky",), "yes"),
        (("flaky",), None),
        (("retries",), -1),
        (("exchanges", 0, "attempt"), 0),
        (("exchanges", 0, "attempt"), "1"),
    ],
)
def test_the_schema_knows_what_was_sent_again(
    place: tuple[str | int, ...], wrong: object, report: dict[str, Any]
) -> None:
    holder: Any = report["checks"][0]
    for step in place[:-1]:
        holder = holder[step]
    right = holder[place[-1]]

    holder[place[-1]] = wrong
    assert not Draft202012Validator(SCHEMA).is_valid(report)
    del holder[place[-1]]
    assert not Draft202012Validator(SCHEMA).is_valid(report)
    holder[place[-1]] = right
    assert Draft202012Validator(SCHEMA).is_valid(report)


def test_the_schema_is_one_and_knows_every_category() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$defs"]["category"]["enum"] == [category.value for category in Category]


@given(
    categories=st.lists(st.none() | st.sampled_from(Category), max_size=6),
    table=st.sampled_from(EXIT_CODE_TABLES),
    version=st.none() | st.text(),
)
@settings(max_examples=60, deadline=None)
def test_whatever_the_end_the_report_keeps_its_schema(
    categories: list[Category | None], table: ExitCodes, version: str | None
) -> None:
    outcomes = [
        Outcome(
            api=RUN if number % 3 else "settings",
            stage=f"stage {number}",
            name=f"check {number}",
            outcome=Result.ERROR if category else Result.PASSED,
            category=category,
            verified=True,
        )
        for number, category in enumerate(categories)
    ]
    facts = RunFacts(
        mode="full",
        target_url="",
        target_version=version,
        started_at="2026-01-01T12:00:00Z",
        duration_s=0.0,
    )
    verdict = judge(outcomes, plan=PLAN, table=table)
    Draft202012Validator(SCHEMA).validate(
        json_report.document(Report(verdict=verdict, facts=facts))
    )


def test_what_was_not_looked_at_is_a_list_where_there_is_something(report: dict[str, Any]) -> None:
    unlooked = ("GET /report (a body of application/xml)",)
    document = json_report.document(
        Report(
            verdict=judge([], plan=[], table="api"),
            facts=replace(FACTS, not_looked_at=unlooked),
        )
    )
    assert document["not_looked_at"] == list(unlooked)
    Draft202012Validator(SCHEMA).validate(document)
    assert "not_looked_at" not in report


def test_each_of_several_targets_has_a_reason_and_causes_of_its_own() -> None:
    whole = json_report.document(of_name("several-targets").report)
    Draft202012Validator(SCHEMA).validate(whole)
    told = [(one["summary"], len(one["causes"])) for one in whole["targets"]]
    assert told == [
        ("20 checks of 5 APIs, everything required was verified", 0),
        ("GET /api/business/me answers 500, and 2 more causes", 3),
        ("GET /health answers 503, not ready within 60 s", 1),
    ]
