"""Requests that match no operation of a spec for a slash at the end of their path. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from pytest_apismoke.evidence import Exchange


def but_for_a_slash(exchanges: Iterable[Exchange], operations: Sequence[str]) -> str:
    """The first such request and the operation that it misses, in words; else empty.

    Args:
        exchanges: of a run; those that match an operation are no near misses.
        operations: by name, such as `GET /orders`; those with a variable are not considered.

    """
    names = frozenset(operations)
    #: The first operation of each method and path.
    places: dict[tuple[str, str], int] = {}
    for number, operation in enumerate(operations):
        method, _, template = operation.partition(" ")
        if len(template) > 1:
            places.setdefault((method, template), number)
    for exchange in exchanges:
        # Declared checks hold their answers against schemas of their own.
        if exchange.held is not None and exchange.held.operation in names:
            continue
        path = urlsplit(exchange.url).path
        other = path[:-1] if path.endswith("/") else f"{path}/"
        # An operation may lie below the path of a server.
        ends = (other[at:] for at, character in enumerate(other) if character == "/")
        found = [places[key] for end in ends if (key := (exchange.method, end)) in places]
        if found:
            operation = operations[min(found)]
            return f"{exchange.method} {path} differs from {operation} in the slash at its end"
    return ""
