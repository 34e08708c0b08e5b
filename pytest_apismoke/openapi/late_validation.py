"""Validates responses that came before the spec was there, such as those of the login."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.client import ResponseValidator
from pytest_apismoke.http.request import Request
from pytest_apismoke.http.response import Response


class LateValidation:
    """Stands in for the validator of a client until there is one, and keeps the responses."""

    def __init__(self) -> None:
        self._kept: list[tuple[Request, Response]] = []

    def __call__(self, request: Request, response: Response) -> None:
        """Keeps a response; tells nothing about it yet."""
        self._kept.append((request, response))

    def validated(
        self, exchanges: Iterable[Exchange], validator: ResponseValidator | None
    ) -> tuple[Exchange, ...]:
        """The recorded exchanges, those of the kept responses with the result of the validation.

        Args:
            exchanges: as recorded; attempts that were repeated have no kept response.
            validator: that of the run, if there is one.

        Raises:
            SmokeError: `budget` when the time is spent.

        """
        kept, self._kept = self._kept, []
        return tuple(
            one if validator is None else _validated(one, kept, validator) for one in exchanges
        )


def _validated(
    exchange: Exchange, kept: list[tuple[Request, Response]], validator: ResponseValidator
) -> Exchange:
    for index, (request, response) in enumerate(kept):
        if exchange.evidence is response.exchange.evidence:
            del kept[index]
            return replace(exchange, held=validator(request, response))
    return exchange
