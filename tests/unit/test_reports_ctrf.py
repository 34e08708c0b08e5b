"""The checks of a run in the Common Test Report Format."""

from __future__ import annotations

from verdicts import of_name

from pytest_apismoke.reports import ctrf


def test_ctrf_counts_its_tests_and_tells_the_verdict() -> None:
    results = ctrf.document(of_name("several-causes").report)["results"]

    assert results["summary"] == {
        "tests": 20,
        "passed": 7,
        "failed": 5,
        "skipped": 8,
        "pending": 0,
        "other": 0,
        "flaky": 1,
        "suites": 6,
        "start": 1795801325000,
        "stop": 1795801331200,
        "duration": 6200,
    }
    assert results["extra"] == {
        "verdict": "fail",
        "exit_code": 2,
        "exit_codes": "category",
        "summary": "GET /api/business/me answers 500, and 2 more causes",
        "causes": [one.summary for one in of_name("several-causes").report.causes],
        "notes": [],
        "not_looked_at": list(of_name("several-causes").facts.not_looked_at),
        "repair": None,
    }


def test_a_failed_check_is_a_test_of_ctrf_with_what_to_do() -> None:
    tests = ctrf.document(of_name("several-causes").report)["results"]["tests"]

    assert next(test for test in tests if test["name"] == "settings::fetch") == {
        "testId": "settings::fetch",
        "name": "settings::fetch",
        "status": "failed",
        "duration": 212,
        "start": 1795801325862,
        "stop": 1795801326074,
        "suite": ["settings"],
        "message": "expected 200 with the settings document, seen 500 with application/json, 88"
        " bytes",
        "rawStatus": "failed",
        "tags": ["smoke", "fetch"],
        "labels": {
            "api": "settings",
            "stage": "fetch",
            "category": "fetch",
            "request_id": "c9f0f895fb98ab9159f51fd0297e236d",
        },
        "type": "e2e",
        "retries": 0,
        "flaky": False,
        "extra": {
            "expected": "200 with the settings document",
            "got": "500 with application/json, 88 bytes",
            "where": "GET https://api.example.com/api/business/me",
            "hint": "look into the target's log at the request id",
            "curl": 'curl -sS -i -H "Authorization: Bearer $APISMOKE_TOKEN"'
            " 'https://api.example.com/api/business/me'",
        },
    }


def test_a_test_of_ctrf_has_its_target_where_there_are_several() -> None:
    tests = ctrf.document(of_name("several-targets").report)["results"]["tests"]

    assert {test["suite"][0] for test in tests} == {
        "https://eu.example.com",
        "https://us.example.com",
        "https://ap.example.com",
    }
    assert len({test["testId"] for test in tests}) == len(tests)
