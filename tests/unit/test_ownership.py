"""Only what a run sent, or what carries its id, is its own; anything else is somebody's."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_apismoke.documents import ABSENT
from pytest_apismoke.safewrite.ownership import Owner, Ownership

PROBED = "Hair [apismoke 0123abcd.1 11s]"
THEIRS = "Hair [apismoke ffffffff.1 11s]"


def owner(value: object, *, before: object, sent: list[Any]) -> Owner:
    """Whose value a field holds, which had one before the run, and was sent others."""
    known = Ownership(run_id="0123abcd", original=of(before), written=tuple(map(of, sent)))
    return known.of("/text", of(value))


def of(value: object) -> dict[str, Any]:
    return {} if value is ABSENT else {"text": value}


@pytest.mark.parametrize(
    ("value", "sent", "whose"),
    [
        (PROBED, [PROBED], Owner.SENT),
        (f" {PROBED}\r\n", [f" {PROBED}\n"], Owner.SENT),
        (PROBED, [PROBED, "two"], Owner.OURS),
        ("two", [PROBED, "two"], Owner.SENT),
        ("two", ["two", PROBED], Owner.OURS),
        (PROBED[:12], [PROBED], Owner.OURS),
        (PROBED.upper(), [PROBED], Owner.OURS),
        ("Something else with 0123ABCD in it", [PROBED], Owner.OURS),
        ("Hair", [PROBED], Owner.ORIGINAL),
        ("Hair ", [PROBED], Owner.ORIGINAL),
        ("Nails", [PROBED], Owner.SOMEBODY),
        (THEIRS, [PROBED], Owner.OTHER_GATE),
        (f"{PROBED} [apismoke ffffffff.1 11s]", [PROBED], Owner.OTHER_GATE),
        ("Nails", [], Owner.SOMEBODY),
    ],
)
def test_a_text_is_ours_where_it_carries_the_run_or_begins_like_what_was_sent(
    value: object, sent: list[Any], whose: Owner
) -> None:
    assert owner(value, before="Hair", sent=sent) is whose


@pytest.mark.parametrize(
    ("value", "before", "sent", "whose"),
    [
        pytest.param(1, True, [1], Owner.SENT, id="1 was sent"),
        pytest.param(1, 7, [True], Owner.SOMEBODY, id="true is not 1"),
        pytest.param(8.0, 7, [8], Owner.SENT, id="8 is 8.0"),
        pytest.param(None, "Hair", [None], Owner.SENT, id="null was sent"),
        pytest.param(ABSENT, "Hair", [None], Owner.SENT, id="null was sent and is left out"),
        pytest.param(ABSENT, None, [PROBED], Owner.ORIGINAL, id="null was left out"),
        pytest.param(None, ABSENT, [PROBED], Owner.ORIGINAL, id="absent became null"),
        pytest.param({"a": 1}, {}, [{"a": 1}], Owner.SENT, id="an object, whole"),
        pytest.param({"a": 1, "b": 2}, {}, [{"a": 1}], Owner.SOMEBODY, id="an object, edited"),
    ],
)
def test_values_are_compared_as_json(
    value: object, before: object, sent: list[Any], whose: Owner
) -> None:
    assert owner(value, before=before, sent=sent) is whose


def test_an_original_that_was_sent_too_is_back() -> None:
    """A risky original is sent once before any probe."""
    known = Ownership(run_id="0123abcd", original=of(None), written=(of(None),))
    assert known.is_back("/text", {"text": None})
    assert known.is_back("/text", {})
    assert not known.is_back("/text", {"text": ""})


def test_a_place_inside_an_object_is_looked_up_in_what_was_sent() -> None:
    known = Ownership(
        run_id="0123abcd",
        original={"hours": {"mon": "9", "tue": "8"}},
        written=({"hours": {"mon": "closed", "tue": "8"}},),
    )
    found = {"hours": {"mon": "closed", "tue": "7"}}
    assert known.of("/hours/mon", found) is Owner.SENT
    assert known.of("/hours/tue", found) is Owner.SOMEBODY
