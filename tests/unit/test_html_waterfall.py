"""The lanes of requests in flight, and the scale on which they are drawn."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_apismoke.reports.html.waterfall import WIDTH, Scale, Span, lanes_of

#: In tenths of milliseconds, as exchanges have them; many of them touch.
MOMENTS = st.integers(0, 40).map(lambda tenths: tenths / 10_000)
SPANS = st.lists(
    st.tuples(MOMENTS, MOMENTS).map(lambda pair: Span(pair[0], pair[0] + pair[1])), max_size=30
)


def overlap(one: Span, other: Span) -> bool:
    """Whether there is a moment at which both are in flight."""
    first, second = sorted((one, other), key=lambda span: span.start_s)
    return second.start_s < first.end_s or second.start_s == first.start_s


def at_once(spans: list[Span]) -> int:
    """How many are in flight at once, at most: at the start of one of them."""
    return max(
        (
            sum(
                one.start_s <= moment.start_s < one.end_s or one.start_s == moment.start_s
                for one in spans
            )
            for moment in spans
        ),
        default=0,
    )


@given(spans=SPANS)
def test_two_spans_of_one_lane_never_overlap(spans: list[Span]) -> None:
    lanes = lanes_of(spans)
    assert not [
        (one, other)
        for (one, lane), (other, its_lane) in combinations(zip(spans, lanes, strict=True), 2)
        if lane == its_lane and overlap(one, other)
    ]


@given(spans=SPANS)
def test_there_are_as_many_lanes_as_spans_were_in_flight_at_once(spans: list[Span]) -> None:
    assert sorted(set(lanes_of(spans))) == list(range(at_once(spans)))


def test_a_span_takes_the_lowest_lane_that_is_free() -> None:
    spans = [Span(0, 4), Span(1, 2), Span(1, 3), Span(2, 5), Span(4, 5)]
    assert lanes_of(spans) == (0, 1, 2, 1, 0)


@given(spans=SPANS.filter(bool))
def test_every_bar_is_inside_of_the_drawing_and_can_be_seen(spans: list[Span]) -> None:
    scale = Scale.over(spans)
    bars = [scale.bar(span) for span in spans]
    assert all(left >= 0 and width >= 2 and left + width <= WIDTH for left, width in bars)


@given(spans=SPANS.filter(bool))
def test_what_starts_later_is_not_drawn_further_left(spans: list[Span]) -> None:
    scale = Scale.over(spans)
    ordered = sorted(spans, key=lambda span: span.start_s)
    lefts = [scale.bar(span)[0] for span in ordered]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize(
    ("start_s", "end_s", "ticks"),
    [
        (0.0, 0.113, ("0 ms", "28", "56", "85", "113 ms")),
        (4.2, 6.2, ("4.2 s", "4.7", "5.2", "5.7", "6.2 s")),
        # As many decimals as tell one mark from the next.
        (1.1, 1.18, ("1.10 s", "1.12", "1.14", "1.16", "1.18 s")),
        (1.1, 1.104, ("1.100 s", "1.101", "1.102", "1.103", "1.104 s")),
        (0.0, 0.0, ("0 ms", "0", "0", "0", "0 ms")),
    ],
)
def test_an_axis_has_five_marks_and_a_unit_at_both_ends(
    start_s: float, end_s: float, ticks: tuple[str, ...]
) -> None:
    assert Scale(start_s=start_s, end_s=end_s).ticks == ticks


def test_a_scale_without_length_draws_at_its_left_end() -> None:
    assert Scale.over([Span(1, 1)]).bar(Span(1, 1)) == (0, 2)
