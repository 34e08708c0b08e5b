"""Sends requests ahead with the token of the run, and says when that is of no use."""

from __future__ import annotations

from collections.abc import Callable

from pytest_apismoke.errors import SmokeError
from pytest_apismoke.http.ahead_request import AheadRequest, Departed
from pytest_apismoke.http.flight import Reply
from pytest_apismoke.http.target import Target

_UNAUTHORIZED = 401


class TargetSender:
    """Starts requests to a target; renews no token, which is for the check that needs one."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def start(self, ahead: AheadRequest, when_done: Callable[[], None]) -> Departed | None:
        """As in `Sender`; None also where the token is about to run out, or the time is spent."""
        target, request = self._target, ahead.request
        if ahead.auth:
            if target.auth.runs_out:
                return None
            request = target.with_token(request, target.auth.token)
        try:
            # Without the token over a connection of its own, as its check sends it.
            return target.client.start(request, fresh=not ahead.auth, when_done=when_done)
        except SmokeError:
            return None

    def is_in_vain(self, ahead: AheadRequest, reply: Reply) -> bool:
        """As in `Sender`: the token is refused, or the session is another one by now."""
        if not ahead.auth or reply.failure is not None:
            return False
        if reply.status == _UNAUTHORIZED:
            return _UNAUTHORIZED not in ahead.expected
        is_session = self._target.profile.login.kind == "cookie"
        return is_session and "set-cookie" in reply.headers
