"""Records of what was seen: redacted when made, and the same after a journey as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.errors import Break, Category, Failure, Violation
from pytest_apismoke.evidence import (
    ConformanceResult,
    Exchange,
    Sighting,
    exchange_at,
    sent_again,
)
from pytest_apismoke.redaction import REPLACEMENT, Redactor
from pytest_apismoke.unshown import EXCERPT_CHARS
from pytest_apismoke.verdict.outcome import Outcome, Result

SECRET = "canary-secret-of-this-test"


def knowing() -> Redactor:
    redactor = Redactor()
    redactor.learn(SECRET, "APISMOKE_TOKEN")
    return redactor


def recorded(**changes: Any) -> Exchange:
    values: dict[str, Any] = {
        "method": "GET",
        "url": "https://api.example.com/",
        "status": 200,
        "duration_s": 0.123456,
        "request_id": None,
        "body": "",
        "error": None,
        "curl": "curl",
    }
    return Exchange.record(knowing(), **{**values, **changes})


def test_an_exchange_keeps_no_secret() -> None:
    assert recorded(
        url=f"https://api.example.com/?t={SECRET}",
        request_id=f"id-{SECRET}",
        body=f"  a\n  {SECRET}\tb ",
        error=f"refused {SECRET}",
        curl=f"curl {SECRET}",
        started_s=1.23456,
        sent_headers=(("Authorization", "Bearer x"), ("X-A", f"a {SECRET}")),
        sent_body=f'{{"a": "{SECRET}"}}',
        received_headers=(("set-cookie", "a=b"), ("location", "/x?token=abc"), ("x-b", SECRET)),
    ) == Exchange.told(
        method="GET",
        url=f"https://api.example.com/?t={REPLACEMENT}",
        status=200,
        duration_s=0.1235,
        request_id=f"id-{REPLACEMENT}",
        excerpt=f"a {REPLACEMENT} b",
        error=f"refused {REPLACEMENT}",
        curl=f"curl {REPLACEMENT}",
        started_s=1.2346,
        sent_headers=(("Authorization", REPLACEMENT), ("X-A", f"a {REPLACEMENT}")),
        sent_excerpt=f'{{"a": "{REPLACEMENT}"}}',
        received_headers=(
            ("set-cookie", REPLACEMENT),
            ("location", f"/x?token={REPLACEMENT}"),
            ("x-b", REPLACEMENT),
        ),
    )


def test_an_exchange_keeps_no_token_that_nobody_knows_yet() -> None:
    """The answer of a login is recorded before its token is learnt."""
    body = json.dumps({"access_token": "canary-1", "refresh_token": "canary-2", "id": 1})
    assert recorded(body=body).excerpt == (
        f'{{"access_token": "{REPLACEMENT}", "refresh_token": "{REPLACEMENT}", "id": 1}}'
    )


def test_an_excerpt_can_not_steer_a_terminal() -> None:
    body = "a\x1b[2J\x07b\x00\x7f\x9bc\u202ed\r\n\te"
    assert recorded(body=body).excerpt == "a�[2J�b���c�d e"


@given(before=st.integers(0, 2 * EXCERPT_CHARS))
@settings(max_examples=60, deadline=None)
def test_shortening_a_body_leaves_no_piece_of_a_secret(before: int) -> None:
    excerpt = recorded(body="x" * before + f" {SECRET} " + "y" * EXCERPT_CHARS).excerpt

    assert len(excerpt) <= EXCERPT_CHARS
    assert excerpt.endswith("…")
    assert "canary" not in excerpt
    assert "secret" not in excerpt


def test_a_body_that_fits_is_kept_whole() -> None:
    assert recorded(body="x" * EXCERPT_CHARS).excerpt == "x" * EXCERPT_CHARS


def test_an_outcome_of_a_failure_keeps_no_secret() -> None:
    failure = Failure(
        category=Category.SAVE,
        expected=f"{SECRET} one",
        seen=f"two {SECRET}",
        where=f"PUT {SECRET}",
        hint=f"mind {SECRET}",
    )

    outcome = Outcome.of_failure(
        knowing(), failure, api="settings", stage="save", name="settings::save", dirty=True
    )

    assert outcome == Outcome(
        api="settings",
        stage="save",
        name="settings::save",
        outcome=Result.FAILED,
        category=Category.SAVE,
        expected=f"{REPLACEMENT} one",
        seen=f"two {REPLACEMENT}",
        where=f"PUT {REPLACEMENT}",
        hint=f"mind {REPLACEMENT}",
        dirty=True,
    )


def test_how_an_answer_broke_its_contract_is_part_of_the_outcome() -> None:
    violation = Violation(
        pointer="/id", expected="type integer", actual="null", schema_location="a.json#/type"
    )
    failure = Failure(
        category=Category.INVALID,
        expected="a",
        seen="b",
        where="c",
        hint="d",
        violations=(violation,),
        difference=("@@ / @@", '- "id": type integer', '+ "id": null'),
    )

    outcome = Outcome.of_failure(knowing(), failure, api="orders", stage="one", name="x::one")

    assert outcome == Outcome(
        api="orders",
        stage="one",
        name="x::one",
        outcome=Result.FAILED,
        category=Category.INVALID,
        expected="a",
        seen="b",
        where="c",
        hint="d",
        violations=(violation,),
        difference=("@@ / @@", '- "id": type integer', '+ "id": null'),
    )


texts = st.lists(st.text(), max_size=2).map(tuple)
violations = st.lists(
    st.builds(
        Violation,
        pointer=st.text(),
        expected=st.text(),
        actual=st.text(),
        schema_location=st.text(),
        kind=st.text(),
        places=texts,
    ),
    max_size=2,
).map(tuple)
breaks = st.lists(st.builds(Break, st.text(), st.text()), max_size=2).map(tuple)
sightings = st.builds(
    Sighting,
    name=st.text(),
    contract=st.text(),
    status=st.none() | st.integers(100, 599),
    met=breaks,
    gone=breaks,
)
headers = st.lists(st.tuples(st.text(), st.text()), max_size=2).map(tuple)
held = st.builds(
    ConformanceResult,
    operation=st.text(),
    violations=violations,
    difference=texts,
    undeclared=texts,
    unseen=texts,
    not_looked_at=st.text(),
    doubts=texts,
    known=violations,
    sighting=st.none() | sightings,
)


@given(
    outcome=st.builds(
        Outcome,
        api=st.text(),
        stage=st.text(),
        name=st.text(),
        outcome=st.sampled_from(Result),
        category=st.none() | st.sampled_from(Category),
        detail=st.text(),
        duration_s=st.floats(0, 100),
        retries=st.integers(0, 9),
        exchanges=st.lists(
            st.builds(
                Exchange.told,
                method=st.just("GET"),
                url=st.text(),
                status=st.none() | st.integers(100, 599),
                duration_s=st.floats(0, 100),
                request_id=st.none() | st.text(),
                excerpt=st.text(),
                error=st.none() | st.text(),
                curl=st.text(),
                attempt=st.integers(1, 4),
                started_s=st.none() | st.floats(0, 100),
                sent_headers=headers,
                sent_excerpt=st.text(),
                received_headers=headers,
                trace_id=st.none() | st.text(),
                held=st.none() | held,
            ),
            max_size=2,
        ).map(tuple),
        notes=texts,
        verified=st.booleans(),
        dirty=st.booleans(),
        violations=violations,
        difference=texts,
        sightings=st.lists(sightings, max_size=2).map(tuple),
    )
)
@settings(max_examples=60, deadline=None)
def test_an_outcome_survives_the_journey_to_another_process(outcome: Outcome) -> None:
    assert Outcome.from_json(json.loads(json.dumps(outcome.to_json()))) == outcome


def test_only_a_failure_or_an_error_counts_against_the_run() -> None:
    assert {result: result.is_failure for result in Result} == {
        Result.PASSED: False,
        Result.FAILED: True,
        Result.ERROR: True,
        Result.SKIPPED: False,
    }


def test_a_violation_of_the_whole_document_has_a_place_too() -> None:
    assert str(Violation(pointer="", expected="type object", actual="null")) == (
        "/: expected type object, got null"
    )
    assert str(Violation(pointer="/a/0", expected="type string", actual="null")) == (
        "/a/0: expected type string, got null"
    )


def test_what_a_server_sends_can_not_steer_a_terminal_by_way_of_a_violation() -> None:
    said = "a\x1b[2J" + "x" * 2000
    violation = Violation(pointer=said, expected=said, actual=said, schema_location=said)
    assert {violation.pointer, violation.expected, violation.actual, violation.schema_location} == {
        "a�[2J" + "x" * 994 + "…"
    }


def test_plain_values_of_an_outcome_are_json() -> None:
    """Tuples are lists and categories are words, however deep they lie."""
    violation = Violation(
        pointer="/id",
        expected="type integer",
        actual="null",
        schema_location="a#/b",
        kind="type",
        places=("/id",),
    )
    what = Break("/id", "type")
    sighting = Sighting(name="GET /x", contract="X", status=200, met=(what,))
    held = ConformanceResult(
        operation="GET /x", violations=(violation,), known=(violation,), sighting=sighting
    )
    exchange = replace(recorded(), held=held)
    data = Outcome(
        api="a",
        stage="b",
        name="a::b",
        outcome=Result.FAILED,
        category=Category.INVALID,
        exchanges=(exchange,),
        violations=(violation,),
        difference=("+ 1",),
        sightings=(sighting,),
    ).to_json()
    plain = {
        "pointer": "/id",
        "expected": "type integer",
        "actual": "null",
        "schema_location": "a#/b",
        "kind": "type",
        "places": ["/id"],
        "contract": [],
    }
    plain_sighting = {
        "name": "GET /x",
        "contract": "X",
        "status": 200,
        "met": [{"place": "/id", "kind": "type"}],
        "gone": [],
    }
    assert data == json.loads(json.dumps(data))
    assert (data["outcome"], data["category"], data["violations"], data["difference"]) == (
        *("failed", "invalid"),
        *([plain], ["+ 1"]),
    )
    assert data["sightings"] == [plain_sighting]
    assert data["exchanges"][0]["held"] == {
        "operation": "GET /x",
        "violations": [plain],
        "difference": [],
        "undeclared": [],
        "unseen": [],
        "not_looked_at": "",
        "doubts": [],
        "known": [plain],
        "sighting": plain_sighting,
        "is_defect": False,
        "was_compared": True,
    }


@pytest.mark.parametrize(
    ("undeclared", "is_in_front"),
    [
        ((), False),
        (("/status", "/a"), False),
        (("status 401",), True),
        (("/a", "status 429"), True),
    ],
)
def test_an_answer_is_from_a_layer_in_front_by_its_status(
    undeclared: tuple[str, ...], is_in_front: bool
) -> None:
    assert (
        ConformanceResult(operation="GET /x", undeclared=undeclared).is_from_a_layer_in_front
        is is_in_front
    )


def test_an_exchange_from_before_there_were_descriptions_can_be_read() -> None:
    data = recorded().to_json()
    for name in ("held", "started_s", "sent_headers", "sent_excerpt", "received_headers"):
        del data[name]
    assert Exchange.from_json(data) == recorded()


# -- requests that were sent again ------------------------------------------------------------


def attempts(*numbers: int) -> tuple[Exchange, ...]:
    return tuple(recorded(attempt=number) for number in numbers)


def test_a_request_is_the_first_attempt_unless_told() -> None:
    assert (recorded().attempt, recorded(attempt=3).attempt) == (1, 3)


@pytest.mark.parametrize(
    ("numbers", "again"), [((), 0), ((1, 1, 1), 0), ((1, 2, 1), 1), ((1, 2, 3, 1, 2), 3)]
)
def test_what_was_sent_again_is_what_is_not_a_first_attempt(
    numbers: tuple[int, ...], again: int
) -> None:
    assert len(sent_again(attempts(*numbers))) == again


@pytest.mark.parametrize("result", Result)
def test_only_a_pass_that_needed_a_second_attempt_is_flaky(result: Result) -> None:
    """A failure is a failure, whatever was tried."""

    def outcome(*numbers: int, retries: int = 0) -> Outcome:
        return Outcome(
            api="settings",
            stage="save",
            name="settings::save",
            outcome=result,
            retries=retries,
            exchanges=attempts(*numbers),
        )

    assert outcome(1, 2).flaky is (result is Result.PASSED)
    assert not outcome(1, 1).flaky
    # To look again for what takes its time to be seen is no failure of a request.
    assert not outcome(1, 1, retries=1).flaky


def test_whether_it_was_flaky_crosses_to_another_process() -> None:
    outcome = Outcome(
        api="a", stage="b", name="a::b", outcome=Result.PASSED, exchanges=attempts(1, 2)
    )
    data = outcome.to_json()
    assert [exchange["attempt"] for exchange in data["exchanges"]] == [1, 2]
    assert Outcome.from_json(json.loads(json.dumps(data))).flaky


def test_the_exchange_that_a_failure_is_about_is_told_not_the_last_one(
    make_exchange: Callable[..., Exchange],
) -> None:
    first = make_exchange(method="PATCH", url="https://x/a")
    again = make_exchange(method="PATCH", url="https://x/a", attempt=2)
    other = make_exchange(url="https://x/b")
    every = (first, again, other)
    assert exchange_at(every, "PATCH https://x/a") is again
    assert exchange_at(every, "https://x/a") is again
    assert exchange_at(every, "GET https://x/b") is other
    assert exchange_at(every, "this run") is other
    assert exchange_at((), "this run") is None
