"""Who is told of the steps of a preflight while they happen; by default nobody."""

from __future__ import annotations

from pytest_apismoke.preflight.readiness import Ready
from pytest_apismoke.preflight.result import Step


class Watch:
    """Is told of each step; a subclass shows it."""

    def ready(self, ready: Ready) -> None:
        """The target is ready."""

    def logging_in(self, request: str, limit_s: float) -> None:
        """A login begins.

        Args:
            request: its method and path.
            limit_s: how long it may take, in seconds.

        """

    def asked_again(self, request: str, came: str, wait_s: float) -> None:
        """A request is sent again.

        Args:
            request: its method and path.
            came: what came of it.
            wait_s: how long the run waits before, in seconds.

        """

    def logged_in(self, step: Step) -> None:
        """A login has ended, with a token or with a failure."""


NOBODY = Watch()
