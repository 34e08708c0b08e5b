"""Requests that are in flight beside the reads that prove a restore, and give way to them."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_apismoke.http.ahead import Ahead
from pytest_apismoke.http.ahead_request import AheadRequest


class Company:
    """The requests that go with the proof of one restore.

    Args:
        ahead: sends them.
        requests: by the names of their checks.

    """

    def __init__(self, ahead: Ahead, requests: Mapping[str, AheadRequest]) -> None:
        self._ahead = ahead
        self._requests = requests
        self._was_announced = False

    def send(self) -> None:
        """Sends them, once."""
        if not self._was_announced:
            self._was_announced = True
            self._ahead.send(self._requests)

    def give_way(self) -> bool:
        """Drops those that have no answer; returns whether any was sent, whatever came of it.

        The checks of those that were dropped send them again, when their turn comes.
        """
        return self._was_announced and self._ahead.drop_unanswered(self._requests)
