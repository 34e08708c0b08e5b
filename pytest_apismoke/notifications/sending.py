"""Sends a message to all services side by side, within a limit that nothing can hold up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from pytest_apismoke.notifications.quietly import without_warnings
from pytest_apismoke.notifications.services import Service
from pytest_apismoke.records import dataclass
from pytest_apismoke.reports.chat_message import Message
from pytest_apismoke.verdict.exit_codes import Judgement

#: How long all notifications of a run may take, in seconds: less than the watchdog gives a process
#: that has its verdict.
LIMIT_S = 6.0
#: The same for a run that was interrupted: whoever did so may be about to kill it.
SHORT_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What became of a message at one service; `error` is empty where it was taken."""

    service: str
    error: str


def send_to_all(
    services: Sequence[Service],
    message: Message,
    verdict: Judgement,
    *,
    limit_s: float,
    clean: Callable[[str], str] = str,
) -> tuple[Sent, ...]:
    """Sends a message to each service, and waits for all of them together.

    Args:
        services: that get it.
        message: for them.
        verdict: that it tells.
        limit_s: how long to wait, in seconds; what takes longer is left behind.
        clean: removes secrets from what a service, or its library, says.

    """
    errors: dict[int, str] = {}

    def send(number: int) -> None:
        try:
            errors[number] = services[number].send(message, verdict)
        except BaseException as error:
            # Whatever a library does about a message, the verdict stays.
            errors[number] = f"{type(error).__name__}: {error}"

    # Of a thread that is none of a pool, and a daemon, no process waits for the end.
    threads = [
        threading.Thread(target=send, args=(number,), name="apismoke-notification", daemon=True)
        for number in range(len(services))
    ]
    give_up_at = time.monotonic() + limit_s
    with without_warnings():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, give_up_at - time.monotonic()))
    late = f"no answer within {limit_s:g} s"
    return tuple(
        Sent(service=service.name, error=clean(errors.get(number, late)))
        for number, service in enumerate(services)
    )
