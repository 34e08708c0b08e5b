"""Exchanges as text: what was sent, and what came. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.reports.html.bodies import body_text
from pytest_apismoke.reports.html.figures import took
from pytest_apismoke.reports.html.requests import note_of, request_of
from pytest_apismoke.reports.html.sent import Sent
from pytest_apismoke.reports.html.view import Told


def exchanges_view(
    sent: Sequence[Sent], shown: Collection[int], path_of: Callable[[str], str]
) -> tuple[Told, ...]:
    """The exchanges that the page shows, in the order in which they were sent."""
    return tuple(
        Told(
            number=one.number,
            request=request_of(one, path_of),
            answer=f"{one.answer}, {took(one.exchange.duration_s)}",
            purpose=note_of(one),
            sent=sent_text(one.exchange),
            received=received_text(one.exchange),
        )
        for one in sent
        if one.number in shown
    )


def sent_text(exchange: Exchange) -> str:
    """The request: its line, its headers and its body, as far as they are known."""
    parts = urlsplit(exchange.url)
    target = parts.path or "/"
    target += f"?{parts.query}" if parts.query else ""
    names = {name.lower() for name, _ in exchange.sent_headers}
    host = [] if "host" in names else [("Host", parts.netloc)]
    return _message(
        f"{exchange.method} {target}", (*host, *exchange.sent_headers), exchange.sent_excerpt
    )


def received_text(exchange: Exchange) -> str:
    """The response: its status, its headers and its body; or why there was none."""
    if exchange.status is None:
        return f"no response: {exchange.error}" if exchange.error else "no response"
    said = _message(_status_line(exchange.status), exchange.received_headers, exchange.excerpt)
    return f"{said}\n\n{exchange.error}" if exchange.error else said


def _message(first: str, headers: Sequence[tuple[str, str]], body: str) -> str:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\n".join([*lines, "", body_text(body)] if body else lines)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
