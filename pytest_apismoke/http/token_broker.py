"""One login for all workers: whose token can't be used any more asks the controller for another.

The question and the answer go over a channel of xdist's own connection, never through a file.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import asdict
from typing import Any

from pytest_apismoke.errors import Category, Failure, SmokeError, defect
from pytest_apismoke.http.login import Auth, Token

#: How long a worker waits for an answer. The budget bounds the login; this is for what nobody
#: foresaw.
_PATIENCE_S = 600.0


class TokenBroker:
    """The controller's side: answers every worker, one after the other."""

    def __init__(self, auth: Auth) -> None:
        self._auth = auth
        self._lock = threading.Lock()

    def serve(self, channel: Any) -> None:
        """Answers what comes over a channel (execnet's), for as long as it is open."""

        def asked(question: Any) -> None:
            # Not in the thread of the channel: that one has reports to carry meanwhile.
            threading.Thread(target=self._answer, args=(channel, question), daemon=True).start()

        channel.setcallback(asked)

    def _answer(self, channel: Any, question: tuple[int, str, bool, bool]) -> None:
        number, token, ends, restoring = question
        # The worker may be gone by now.
        with contextlib.suppress(OSError):
            channel.send((number, *self._said(token, ends=ends, restoring=restoring)))

    def _said(self, token: str, *, ends: bool, restoring: bool) -> tuple[str, Any, float | None]:
        try:
            with self._lock:
                newer = self._auth.newer_than(token, ends=ends, restoring=restoring)
        except SmokeError as error:
            failure = error.failure
        except Exception as error:
            # Whatever it was: a worker that gets no answer would wait for one.
            seen = f"{type(error).__name__}: {error}"
            failure = defect("the renewal of the token", seen=seen, where="the controller")
        else:
            return ("token", newer.value, newer.lifetime_s) if newer else ("none", None, None)
        # The channel carries plain types only, not those derived from them.
        return "failure", {**asdict(failure), "category": failure.category.value}, None


class RemoteBroker:
    """A worker's side; see `Auth` for the arguments of the call."""

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._asked = 0

    def __call__(self, token: str, ends: bool, restoring: bool) -> Token | None:
        """Asks for another token; None where it is not renewed again.

        Raises:
            SmokeError: what the controller's login came to.

        """
        try:
            with self._lock:
                kind, what, lifetime_s = self._ask(token, ends, restoring)
        except (OSError, EOFError, self._channel.TimeoutError) as error:
            seen = f"no answer ({type(error).__name__})"
            raise SmokeError(defect("the controller", seen=seen, where="the login")) from None
        if kind == "failure":
            raise SmokeError(Failure(**{**what, "category": Category(what["category"])}))
        return Token(value=what, lifetime_s=lifetime_s) if kind == "token" else None

    def _ask(self, token: str, ends: bool, restoring: bool) -> tuple[str, Any, float | None]:
        self._asked += 1
        self._channel.send((self._asked, token, ends, restoring))
        while True:
            number, *response = self._channel.receive(timeout=_PATIENCE_S)
            # Anything else answers a question that was given up: by an interruption, say.
            if number == self._asked:
                kind, what, lifetime_s = response
                return kind, what, lifetime_s
