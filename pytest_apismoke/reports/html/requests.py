"""The requests of a run as a drawing and as a table with a waterfall. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.html.figures import counted, shortened, times, took
from pytest_apismoke.reports.html.sent import Sent, held_lanes
from pytest_apismoke.reports.html.view import Bar, Drawing, Group, Requests, Row, State, Wait
from pytest_apismoke.reports.html.waterfall import Scale, Span

#: A table of more requests shows only those that tell something, and at most so many.
WHOLE_TABLE = 60
MOST_ROWS = 200
#: How many of the slowest are told then.
_SLOWEST = 5
#: The height of a lane and of its bar, where there are few lanes and where there are many.
_FEW_LANES, _WIDE, _NARROW = 16, (14, 12), (10, 8)
_CHECKS = 3


def requests_view(sent: Sequence[Sent], path_of: Callable[[str], str]) -> Requests | None:
    """The requests as the page shows them; None where nothing was sent.

    Args:
        sent: all of them.
        path_of: shortens a URL, which is below that of the target or elsewhere.

    """
    if not sent:
        return None
    is_timed = all(one.span is not None for one in sent)
    lanes = held_lanes(sent) if is_timed else {}
    shown = _shown(sent)
    readiness = [one for one in sent if one.is_readiness]
    others = [one for one in sent if not one.is_readiness]
    groups = []
    for title, group in (("Readiness", readiness), ("Login and checks", others)):
        if group:
            rows = [one for one in group if one.number in shown]
            groups.append(_group(title, group, rows, lanes, path_of, is_timed=is_timed))
    return Requests(
        count=len(sent),
        is_timed=is_timed,
        lead="" if is_timed else "When each of them was sent is not known: there is no drawing.",
        drawing=_drawing(others, lanes) if is_timed and others else None,
        groups=tuple(groups),
    )


def table_numbers(sent: Sequence[Sent]) -> frozenset[int]:
    """The numbers of the requests that the table shows, and of whose exchange the page has all."""
    return _shown(sent)


def _shown(sent: Sequence[Sent]) -> frozenset[int]:
    if len(sent) <= WHOLE_TABLE:
        return frozenset(one.number for one in sent)
    others = [one for one in sent if not one.is_readiness]
    slowest = sorted(others, key=lambda one: (-one.exchange.duration_s, one.number))[:_SLOWEST]
    # Failures first, because what is too much is left out from the end.
    telling = [
        *(one for one in sent if one.state is State.BAD),
        *slowest,
        *(one for one in sent if one.purpose and not one.is_readiness),
        *(one for one in sent if one.is_write),
        *(one for one in sent if one.is_again or one.before is not None),
        *(one for one in sent if one.is_readiness),
    ]
    return frozenset(list(dict.fromkeys(one.number for one in telling))[:MOST_ROWS])


# -- the table ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """What a row needs to know of its group."""

    scale: Scale
    lanes: Mapping[int, int]
    spans: Mapping[int, Span]


def _group(
    title: str,
    group: Sequence[Sent],
    rows: Sequence[Sent],
    lanes: Mapping[int, int],
    path_of: Callable[[str], str],
    *,
    is_timed: bool,
) -> Group:
    spans = {one.number: one.span for one in group if one.span is not None}
    scale = Scale.over(tuple(spans.values()))
    axis = _Axis(scale=scale, lanes=lanes, spans=spans) if is_timed else None
    if len(rows) < len(group):
        title = "Login, writes, retries, failures and the slowest"
    return Group(
        title=title,
        small=_in_short(group, rows, scale if is_timed else None),
        ticks=scale.ticks if is_timed else (),
        rows=tuple(_row(one, axis, path_of) for one in rows),
    )


def _in_short(group: Sequence[Sent], rows: Sequence[Sent], scale: Scale | None) -> str:
    if len(rows) < len(group):
        return f"{len(rows)} of {len(group)}; the drawing and the JSON report have all"
    if group[0].is_readiness:
        unready = sum(one.is_again for one in group)
        return "ready at once" if not unready else f"asked again {times(unready)}"
    return f"{scale.start_s:.1f} s to {scale.end_s:.1f} s" if scale else ""


def _row(one: Sent, axis: _Axis | None, path_of: Callable[[str], str]) -> Row:
    bar = wait = None
    if axis is not None:
        left, width = axis.scale.bar(axis.spans[one.number])
        bar = Bar(x=left, width=width, y=1, state=one.state)
        before = axis.spans.get(one.before) if one.before else None
        if before is not None:
            wait = Wait(axis.scale.x(before.end_s), left, 7)
    return Row(
        number=one.number,
        request=request_of(one, path_of),
        note=note_of(one),
        cause=one.cause,
        answer=one.answer,
        state=one.state if one.state is not State.OK else State.NONE,
        took=took(one.exchange.duration_s),
        lane=axis.lanes[one.number] + 1 if axis is not None else None,
        bar=bar,
        wait=wait,
    )


def request_of(one: Sent, path_of: Callable[[str], str]) -> str:
    """The method and the path below the target, or the URL of another host."""
    return f"{one.exchange.method} {path_of(one.exchange.url)}"


def note_of(one: Sent) -> str:
    """What a request was for, and that it was one of several tries."""
    tries = ""
    if one.exchange.attempt > 1:
        tries = f"try {one.exchange.attempt}"
    elif one.is_again:
        tries = "asked again"
    shared = f"shared by {shortened(one.checks, _CHECKS)}" if len(one.checks) > 1 else ""
    told = shared or "".join(one.checks) or one.purpose
    return "; ".join(filter(None, [told, tries]))


# -- the drawing ----------------------------------------------------------------------------------


def _drawing(sent: Sequence[Sent], every_lane: Mapping[int, int]) -> Drawing:
    spans = {one.number: one.span for one in sent if one.span is not None}
    scale = Scale.over(tuple(spans.values()))
    lanes = {number: every_lane[number] for number in spans}
    count = max(lanes.values()) + 1
    pitch, thickness = _WIDE if count <= _FEW_LANES else _NARROW
    y = {number: lane * pitch + 1 for number, lane in lanes.items()}
    bars = [
        Bar(x=left, width=width, y=y[one.number], state=one.state)
        for one in sent
        if one.state is not State.OK
        for left, width in [scale.bar(spans[one.number])]
    ]
    waits = [
        Wait(
            scale.x(spans[one.before].end_s),
            scale.x(spans[one.number].start_s),
            y[one.before] + thickness // 2,
        )
        for one in sent
        if one.before is not None and one.before in spans
    ]
    plain = (
        f"M{left} {y[one.number] + thickness // 2}h{width}"
        for one in sent
        if one.state is State.OK
        for left, width in [scale.bar(spans[one.number])]
    )
    return Drawing(
        caption=f"In flight at once, from the login on: at most {count}",
        sentence="; ".join(_sentences(sent, count)),
        lanes=count,
        height=count * pitch,
        thickness=thickness,
        ok="".join(plain),
        bars=tuple(bars),
        waits=tuple(waits),
        ticks=scale.ticks,
        has_bad=any(bar.state is State.BAD for bar in bars),
        has_again=any(one.is_again for one in sent),
    )


def _sentences(sent: Sequence[Sent], count: int) -> Iterator[str]:
    yield f"{counted(len(sent), 'request')}, at most {count} in flight at once"
    failed = sum(one.state is State.BAD for one in sent)
    if failed:
        yield f"the answer of {failed} is a failure"
    again = sum(one.is_again for one in sent)
    if again:
        yield f"{again} asked again"
