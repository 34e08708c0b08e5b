"""What the requests of one run have in common: its id, its trace, and the moment it began. Pure.

Each request names the trace and itself (W3C Trace Context, level 1), so that the target's own
traces and logs lead to the run, and the run to them.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from pytest_apismoke import __version__
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.late_pattern import late_pattern
from pytest_apismoke.records import dataclass

#: Version 00 has these four parts; a later one may have more behind them (3.2.4).
_TRACEPARENT = late_pattern(
    r"(?P<version>[0-9a-f]{2})-(?P<trace_id>[0-9a-f]{32})-(?P<span_id>[0-9a-f]{16})-[0-9a-f]{2}"
    r"(?P<more>-.*)?\Z"
)
#: The version that none may have, and the ids that stand for none.
_NO_VERSION, _NO_TRACE, _NO_SPAN = "ff", "0" * 32, "0" * 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The trace of one run.

    `span_id` is that of the run itself, the parent of its requests. `parent_id` is the span that
    the run is a part of; empty where nobody named one. The run began at `began_s` on this process's
    monotonic clock, which is `began_at` in seconds since 1970. Not `is_of_target`, it is for
    requests to another host, which learns neither the trace nor an id of a request.
    """

    run_id: str
    trace_id: str
    span_id: str
    parent_id: str = ""
    began_s: float
    began_at: float
    is_of_target: bool = True

    @classmethod
    def begin(
        cls, run_id: str = "", traceparent: str = "", *, clock: Clock = time.monotonic
    ) -> Trace:
        """The trace of a run that begins now.

        Args:
            run_id: 8 hexadecimal digits; by default new ones.
            traceparent: of the trace that the run is a part of; one that is none is ignored, as the
                specification asks (4.3).
            clock: a monotonic clock in seconds.

        """
        trace_id, parent_id = parent_in(traceparent) or (secrets.token_hex(16), "")
        return cls(
            run_id=run_id or secrets.token_hex(4),
            trace_id=trace_id,
            span_id=secrets.token_hex(8),
            parent_id=parent_id,
            began_s=clock(),
            began_at=time.time(),
        )

    @property
    def user_agent(self) -> str:
        """The tool and the run, for the log of a target."""
        return f"pytest-apismoke/{__version__} (run {self.run_id})"

    def of_this_process(self, clock: Clock = time.monotonic) -> Trace:
        """The same trace in another process, whose monotonic clock may be another."""
        return replace(self, began_s=clock() - max(0.0, time.time() - self.began_at))

    def elsewhere(self) -> Trace:
        """The same for requests to another host than the target's."""
        return replace(self, is_of_target=False)

    def headers(self) -> dict[str, str]:
        """The headers of the next request: a new span, and a new id for the target's log."""
        if not self.is_of_target:
            return {"User-Agent": self.user_agent}
        return {
            "User-Agent": self.user_agent,
            "X-Request-ID": secrets.token_hex(16),
            "traceparent": f"00-{self.trace_id}-{secrets.token_hex(8)}-01",
        }


def parent_in(traceparent: str) -> tuple[str, str] | None:
    """The ids of the trace and the span in a value of traceparent; None for any other text."""
    found = _TRACEPARENT.match(traceparent.strip())
    if found is None or found["version"] == _NO_VERSION:
        return None
    if found["version"] == "00" and found["more"]:
        return None
    ids = found["trace_id"], found["span_id"]
    return None if ids[0] == _NO_TRACE or ids[1] == _NO_SPAN else ids
