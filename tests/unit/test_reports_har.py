"""The requests of a run as an HTTP Archive."""

from __future__ import annotations

from verdict_parts import exchange, passed
from verdicts import NOTHING_SENT, of_name, scene

from pytest_apismoke.reports import har
from pytest_apismoke.reports.report import Report
from pytest_apismoke.verdict.judgement import judge


def test_an_archive_has_each_request_once_in_order_of_start() -> None:
    entries = har.document(of_name("several-causes").report)["log"]["entries"]

    told = [
        (one["startedDateTime"][-10:], one["request"]["url"], one["comment"]) for one in entries
    ]
    base = "https://api.example.com"
    assert told == [
        ("42:05.000Z", f"{base}/health", "readiness"),
        (
            "42:05.050Z",
            f"{base}/api/auth/login",
            "login, settings::login, calendar::login, twilio::login",
        ),
        (
            "42:05.862Z",
            f"{base}/api/business/me",
            "settings::fetch, calendar::fetch, twilio::fetch;"
            " request id c9f0f895fb98ab9159f51fd0297e236d",
        ),
        (
            "42:05.882Z",
            f"{base}/api/orders?limit=5",
            "contracts/orders.toml::the list of orders;"
            " request id 45c48cce2e2d7fbdea1afc51c7c6ad26",
        ),
        (
            "42:05.902Z",
            f"{base}/api/orders?limit=5",
            "contracts/orders.toml::one order, contracts/orders.toml::an order that is not there,"
            " contracts/orders.toml::the statistics",
        ),
        (
            "42:05.922Z",
            f"{base}/api/catalog?limit=50",
            "tests/e2e/test_prices.py::test_no_price_is_negative;"
            " request id 6512bd43d9caa6e02c990b0a82652dca",
        ),
        ("42:05.942Z", f"{base}/api/catalog", "contracts/catalog.toml::the catalog"),
        (
            "42:06.992Z",
            f"{base}/api/catalog",
            "contracts/catalog.toml::the catalog; attempt 2",
        ),
    ]


def test_an_entry_of_an_archive_says_what_is_not_known() -> None:
    entries = har.document(of_name("dirty").report)["log"]["entries"]

    assert next(one for one in entries if one["response"]["status"] == 503) == {
        "startedDateTime": "2026-11-27T17:42:05.922Z",
        "time": 2000.0,
        "request": {
            "method": "PUT",
            "url": "https://api.example.com/api/business/me",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [
                {"name": "Accept", "value": "application/json"},
                {"name": "Authorization", "value": "[redacted]"},
                {
                    "name": "traceparent",
                    "value": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                },
            ],
            "queryString": [],
            "headersSize": -1,
            "bodySize": -1,
            "postData": {
                "mimeType": "x-unknown",
                "text": '{"greeting_style": "Warm and brief"}',
                "comment": "the beginning of the body, on one line, without secrets",
            },
        },
        "response": {
            "status": 503,
            "statusText": "Service Unavailable",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [
                {"name": "content-type", "value": "application/json"},
                {"name": "server", "value": "nginx"},
            ],
            "content": {
                "size": -1,
                "mimeType": "application/json",
                "text": '{"error": "read only"}',
                "comment": "the beginning of the body, on one line, without secrets",
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {
            "blocked": -1,
            "dns": -1,
            "connect": -1,
            "ssl": -1,
            "send": 0,
            "wait": 2000.0,
            "receive": 0,
            "comment": "only the whole time was measured",
        },
        "comment": "settings::restore; request id 4e30b57c55d947f4b1b82aeca1037bd3",
    }


def test_a_request_without_an_answer_has_the_status_0_and_the_reason() -> None:
    lost = exchange("GET", "/slow?token=[redacted]", None, error="no response in time")
    (entry,) = har.document(scene("lost", [passed("x::y", "", lost)], NOTHING_SENT).report)["log"][
        "entries"
    ]

    assert entry["request"]["url"] == "https://api.example.com/slow?token=%5Bredacted%5D"
    assert entry["request"]["queryString"] == [{"name": "token", "value": "[redacted]"}]
    assert (entry["response"]["status"], entry["response"]["_error"]) == (0, "no response in time")


def test_of_a_request_with_an_unknown_start_the_archive_says_so() -> None:
    old = passed("x::y", "", exchange("GET", "/"))
    report = Report(verdict=judge([old], plan=()), facts=NOTHING_SENT)

    (entry,) = har.document(report)["log"]["entries"]

    assert entry["startedDateTime"] == "2026-11-27T17:42:05.000Z"
    assert entry["comment"] == "x::y; when it was sent is not known"
