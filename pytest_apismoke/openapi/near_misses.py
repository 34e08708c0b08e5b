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
    for exchange in exchanges:
        # Declared checks hold their answers against schemas of their own.
        if exchange.held is not None and exchange.held.operation in operations:
            continue
        path = urlsplit(exchange.url).path
        other = path[:-1] if path.endswith("/") else f"{path}/"
        for operation in operations:
            method, _, template = operation.partition(" ")
            if method == exchange.method and len(template) > 1 and other.endswith(template):
                return f"{method} {path} differs from {operation} in the slash at its end"
    return ""
