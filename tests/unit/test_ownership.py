"""Whose value a field holds: only what this run sent, or what a target makes of it, is its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_apismoke.documents import ABSENT
from pytest_apismoke.safewrite.marker import marked
from pytest_apismoke.safewrite.ownership import Owner, Ownership, shows

RUN, OTHER = "0123abcd", "ffffffff"
TEXT = "Open 9 to 5"
PROBE = f"{TEXT} [apismoke {RUN}.1 11s]"
FIRST = f"{TEXT} [apismoke {RUN}.1 12s]"


def owner(value: Any, *sent: Any, original: Any = TEXT) -> Owner:
    run = Ownership(
        run_id=RUN,
        original={} if original is ABSENT else {"x": original},
        written=tuple({"x": one} for one in sent),
    )
    return run.of("/x", {} if value is ABSENT else {"x": value})


@pytest.mark.parametrize(
    ("value", "whose"),
    [
        (PROBE, Owner.SENT),
        (f"  {PROBE}\r\n", Owner.SENT),
        (FIRST, Owner.OURS),
        (f"{TEXT} [apismoke {RUN}.2 11s]", Owner.OURS),
        (TEXT, Owner.ORIGINAL),
        (f"{TEXT}\n", Owner.ORIGINAL),
        (f"{TEXT} [apismoke {OTHER}.1 11s]", Owner.OTHER_GATE),
        (f"[apismoke {OTHER}.1 11s]", Owner.OTHER_GATE),
        # What targets make of it: cut, folded, escaped, without punctuation, emptied.
        (PROBE[:-1], Owner.OURS),
        (f"{TEXT} [apism", Owner.OURS),
        (f"{TEXT} [ap…", Owner.OURS),
        (f"{TEXT} [", Owner.OURS),
        ("Open 9", Owner.OURS),
        ("O", Owner.OURS),
        (PROBE.upper(), Owner.OURS),
        (TEXT.lower(), Owner.OURS),
        (f"open 9 to 5 apismoke {RUN}", Owner.OURS),
        (f"&lt;b&gt; {RUN}", Owner.OURS),
        ("open-9-to-5-apismoke", Owner.OURS),
        ("", Owner.OURS),
        (None, Owner.OURS),
        (ABSENT, Owner.OURS),
        # Anything else.
        ("Open 9 to 6", Owner.SOMEBODY),
        (f"{TEXT} and later", Owner.SOMEBODY),
        ("Closed", Owner.SOMEBODY),
        ("…", Owner.SOMEBODY),
        (5, Owner.SOMEBODY),
        (False, Owner.SOMEBODY),
        ([PROBE], Owner.SOMEBODY),
    ],
)
def test_the_value_of_a_probe_field(value: Any, whose: Owner) -> None:
    assert owner(value, FIRST, PROBE) is whose


@pytest.mark.parametrize("value", [None, ABSENT])
@pytest.mark.parametrize("original", [None, ABSENT])
def test_null_and_no_property_are_the_same_nothing(value: Any, original: Any) -> None:
    assert owner(value, f"[apismoke {RUN}.1 11s null]", original=original) is Owner.ORIGINAL
    assert owner(value, None) is Owner.SENT


def test_null_that_became_an_empty_string_is_still_a_change_of_ours() -> None:
    assert owner("", f"[apismoke {RUN}.1 11s null]", original=None) is Owner.OURS


@pytest.mark.parametrize(
    ("value", "sent", "whose"),
    [
        (6, 6, Owner.SENT),
        (6.0, 6, Owner.SENT),
        ("6", 6, Owner.OURS),
        (1234567, "1234567.0", Owner.OURS),
        (True, 1, Owner.SOMEBODY),
        (5, 6, Owner.SOMEBODY),
        ({"a": 1, "b": 2}, {"a": 1}, Owner.SENT),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, Owner.SENT),
        ({"a": 2, "b": 2}, {"a": 1}, Owner.SOMEBODY),
        ({"b": 2}, {}, Owner.SOMEBODY),
        ([{"id": 1, "a": "x"}], [{"a": "x"}], Owner.SENT),
        (["a", "b"], ["a"], Owner.SOMEBODY),
        ([], ["a"], Owner.OURS),
    ],
)
def test_values_without_a_marker(value: Any, sent: Any, whose: Owner) -> None:
    assert owner(value, sent) is whose


def test_a_field_that_was_not_sent_is_never_ours() -> None:
    run = Ownership(run_id=RUN, original={"x": "Hair", "y": "Salon"}, written=({"x": "Shop"},))
    assert run.of("/y", {"y": "Shop"}) is Owner.SOMEBODY
    assert run.of("/y", {"y": ""}) is Owner.SOMEBODY
    assert run.of("/y", {"y": "Salon"}) is Owner.ORIGINAL


def test_a_place_inside_a_property() -> None:
    original = {"x": {"en": "Hair", "de": "Haare"}}
    run = Ownership(run_id=RUN, original=original, written=({"x": {"en": PROBE, "de": "Haare"}},))
    assert run.of("/x/en", {"x": {"en": PROBE}}) is Owner.SENT
    assert run.of("/x/en", original) is Owner.ORIGINAL
    assert run.of("/x/en", {"x": None}) is Owner.OURS


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


@given(original=TEXTS, length=st.integers(0, 80))
@settings(max_examples=200, deadline=None)
def test_a_probe_is_never_somebodys_however_short_it_was_cut(original: str, length: int) -> None:
    probe = marked(original, run_id=RUN, turn=1, lease_s=11)
    assert owner(probe, probe, original=original) is Owner.SENT
    assert owner(probe[:length], probe, original=original) is not Owner.SOMEBODY


@given(original=TEXTS, edit=TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_probe_of_another_run_is_never_ours(original: str, edit: str) -> None:
    probe = marked(original, run_id=RUN, turn=1, lease_s=11)
    other = marked(edit, run_id=OTHER, turn=1, lease_s=11)
    assert owner(other, probe, original=original) is Owner.OTHER_GATE


@pytest.mark.parametrize(
    ("value", "sent"),
    [(5, "5"), ("Hair", "hair"), ([1], [1, 2]), ({"a": 1}, {"b": 1}), ("", None), ({"a": 1}, {})],
)
def test_an_altered_value_does_not_show_what_was_sent(value: Any, sent: Any) -> None:
    assert not shows(value, sent)


@pytest.mark.parametrize(
    ("was_kept", "owner"),
    [
        pytest.param(False, Owner.OURS, id="the target may have cut it"),
        pytest.param(True, Owner.SOMEBODY, id="the target had kept it whole"),
    ],
)
def test_a_beginning_of_the_probe_is_somebodys_once_the_probe_was_seen_whole(
    was_kept: bool, owner: Owner
) -> None:
    written = ({"hours": "Open 9 to 5 [apismoke 0123abcd.1 11s]"},)
    ours = Ownership(
        run_id="0123abcd", original={"hours": "Open 9 to 5"}, written=written, was_kept=was_kept
    )

    assert ours.of("/hours", {"hours": "Open"}) is owner
