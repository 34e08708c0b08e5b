"""Tells people of the verdict on a run, and how that went. Never raises."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.telling import Telling
from pytest_apismoke.reports.report import Report

if TYPE_CHECKING:
    from pytest_apismoke.notifications.services import Service

#: The longest explanation of a service that is shown, in characters.
_REASON_CHARS = 300


class Notifier:
    """Whoever is to be told of the verdict on a run.

    Args:
        telling: what was asked for.
        services: behind its URLs.
        clean: removes secrets from a text.

    """

    def __init__(
        self, telling: Telling, services: Sequence[Service], clean: Callable[[str], str]
    ) -> None:
        self._telling = telling
        self._services = services
        self._clean = clean

    def tell(self, report: Report, *, journal: Path | None, in_short: bool) -> Iterator[str]:
        """Tells the services of a verdict, if it is due; yields what did not go as it should.

        Args:
            report: what to tell.
            journal: the directory of the journal, if it outlives the run.
            in_short: whether there is little time, because the run was interrupted.

        """
        try:
            yield from self._told(report, journal, in_short=in_short)
        except Exception as error:
            # The verdict is there, and stays what it is.
            yield self._clean(f"no notification was sent: {type(error).__name__}: {error}")

    def _told(self, report: Report, journal: Path | None, *, in_short: bool) -> Iterator[str]:
        from pytest_apismoke.errors import presentable
        from pytest_apismoke.notifications.due import is_due
        from pytest_apismoke.notifications.last_verdict import LastVerdict, LastVerdicts
        from pytest_apismoke.notifications.sending import LIMIT_S, SHORT_LIMIT_S, send_to_all
        from pytest_apismoke.reports.chat_message import message_of
        from pytest_apismoke.system.ci_run import ci_run_of

        verdict, now_s = report.verdict.verdict, time.time()
        targets = [one.target for one in report.targets if one.target] or [report.facts.target_url]
        kept = LastVerdicts(journal, targets, report.facts.mode) if journal else None
        last = kept.read() if kept else None
        before = last.before(now_s) if last else None
        if is_due(self._telling.when, verdict, before):
            message = message_of(report, ci_run=ci_run_of(os.environ), before=before)
            sent = send_to_all(
                self._services,
                message,
                verdict,
                limit_s=SHORT_LIMIT_S if in_short else LIMIT_S,
                clean=self._clean,
            )
            for one in sent:
                if one.error:
                    reason = presentable(one.error, _REASON_CHARS)
                    yield f"the notification was not sent to {one.service}: {reason}"
            if all(one.error for one in sent):
                # Whatever changed is told after the next run.
                return
        if kept is None:
            if self._telling.when == "change":
                yield (
                    "no verdict is kept for the next run, so that a pass is never told: let"
                    " APISMOKE_STATE_DIR name a directory that outlives the run"
                )
            return
        try:
            current = LastVerdict(verdict=verdict, summary=report.summary, since_s=now_s)
            kept.keep(last.followed_by(verdict, report.summary, now_s) if last else current)
        except OSError as error:
            reason = error.strerror or str(error)
            yield f"the verdict could not be kept for the next notification: {reason}"
