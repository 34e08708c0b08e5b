"""What broke: one card for each cause. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_apismoke.reports.html.bodies import body_text
from pytest_apismoke.reports.html.figures import counted, listed, shortened
from pytest_apismoke.reports.html.names import name_of
from pytest_apismoke.reports.html.sent import Sent
from pytest_apismoke.reports.html.view import Card, Marked, Place
from pytest_apismoke.verdict.causes import Cause
from pytest_apismoke.verdict.judgement import RUN
from pytest_apismoke.verdict.outcome import Outcome

#: How many places of a contract a card shows, and how many names of checks.
_PLACES = 5
_CHECKS = 6
_NOT_RUN = 12
_STAGES = 3


def cards_of(causes: Sequence[Cause], sent: Sequence[Sent]) -> tuple[Card, ...]:
    """The cards of all causes, in their order."""
    requests = {one.cause: one.number for one in sent if one.cause is not None}
    return tuple(_card(cause, requests.get(cause.number)) for cause in causes)


def _card(cause: Cause, request: int | None) -> Card:
    first, exchange = cause.first, cause.exchange
    told = first.violations[:_PLACES]
    return Card(
        number=cause.number,
        title=cause.summary,
        who=_who(cause),
        expected=first.expected,
        got=first.seen,
        where=first.where,
        request=request,
        to_do=first.hint,
        request_id=(exchange.request_id or "") if exchange else "",
        curl=exchange.curl if exchange else "",
        # Where it breaks its contract, the broken places say more than its beginning.
        response=body_text(exchange.excerpt) if exchange and not first.difference else "",
        places=tuple(
            Place(
                pointer=one.pointer or "/",
                expected=one.expected,
                got=one.actual,
                contract=one.schema_location,
                schema=tuple(Marked(line[:1], line[2:]) for line in one.contract),
            )
            for one in told
        ),
        more_places=len(first.violations) - len(told),
        difference=difference_of(first.difference),
        received=received_of(first.difference),
        not_run=_not_run(cause.not_run),
        not_run_count=len(cause.not_run),
    )


def _who(cause: Cause) -> str:
    """The checks that share a cause, and its category."""
    names = list(dict.fromkeys(name_of(check) for check in cause.checks if check.api != RUN))
    category = f"category {cause.first.category}" if cause.first.category else ""
    if not names:
        return "; ".join(filter(None, ["the run itself", category]))
    share = " share this cause" if len(names) > 1 else ""
    return "; ".join(filter(None, [f"{shortened(names, _CHECKS)}{share}", category]))


def _not_run(checks: Sequence[Outcome]) -> tuple[str, ...]:
    """The stages that were not run, an API at a time."""
    stages: dict[str, list[str]] = {}
    for check in checks:
        stages.setdefault(check.api, []).append(name_of(check, with_api=False))
    return tuple(f"{api}: {_some(names)}" for api, names in stages.items())


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NOT_RUN
    return f"{', '.join(names[:_NOT_RUN])}, and {rest} more" if rest > 0 else ", ".join(names)


def difference_of(lines: Sequence[str]) -> tuple[Marked, ...]:
    """A difference with the marks of its lines: of a heading, expected, received, or in both."""
    return tuple(
        Marked("@", line) if line.startswith("@@") else Marked(line[:1] or " ", line)
        for line in lines
    )


def received_of(lines: Sequence[str]) -> tuple[Marked, ...]:
    """The received side of a difference: what breaks the contract has an exclamation mark."""
    return tuple(
        Marked("@", line.strip("@ ")) if line.startswith("@@") else _received(line)
        for line in lines
        if not line.startswith("-")
    )


def _received(line: str) -> Marked:
    return Marked("!" if line.startswith("+") else " ", line[2:])


def not_run_items(causes: Sequence[Cause]) -> tuple[tuple[str, str], ...]:
    """What was not looked at because of each cause: a phrase, and the names."""
    return tuple(
        (
            f"{counted(len(cause.not_run), 'check')} behind cause {cause.number}",
            "; ".join(_not_run(cause.not_run)),
        )
        for cause in causes
        if cause.not_run
    )


def causes_in_words(causes: Sequence[Cause]) -> str:
    """Which APIs failed where: 'settings and twilio fail at fetch, orders fails at one order'."""
    stopped: dict[str, list[str]] = {}
    for cause in causes:
        for check in cause.checks:
            apis = stopped.setdefault(name_of(check, with_api=False), [])
            if check.api != RUN and check.api not in apis:
                apis.append(check.api)
    told = [(stage, apis) for stage, apis in stopped.items() if apis]
    return ", ".join(
        f"{listed(apis)} {'fails' if len(apis) == 1 else 'fail'} at {stage}"
        for stage, apis in told[:_STAGES]
    )
