"""Parts of the verdicts in `verdicts.py`: exchanges and outcomes with few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pytest_apismoke.errors import Category
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.verdict.outcome import Outcome, Result, SkipReason

TARGET = "https://api.example.com"
#: What the target answers when its database is not what it expects.
NO_COLUMN = (
    '{"error": "internal_error", "detail": "column businesses.greeting_style does not exist"}'
)
#: The trace of the run.
_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
#: How a request that has a token is repeated.
_TOKEN = '-H "Authorization: Bearer $APISMOKE_TOKEN" '


def exchange(
    method: str,
    path: str,
    status: int | None = 200,
    *,
    body: str = "{}",
    duration_s: float = 0.05,
    request_id: str | None = None,
    error: str | None = None,
    attempt: int = 1,
    token: bool = True,
    **fields: Any,
) -> Exchange:
    """A request to the target, and its response."""
    url = f"{TARGET}{path}"
    fields = {
        "sent_headers": (
            ("Accept", "application/json"),
            *((("Authorization", "[redacted]"),) if token else ()),
            ("traceparent", f"00-{_TRACE}-00f067aa0ba902b7-01"),
        ),
        "sent_excerpt": "" if method == "GET" else '{"greeting_style": "Warm and brief"}',
        "received_headers": (("content-type", "application/json"), ("server", "nginx"))
        if status
        else (),
        "trace_id": _TRACE,
        **fields,
    }
    of_method = "" if method == "GET" else f"-X {method} "
    return Exchange.told(
        method=method,
        url=url,
        status=status,
        duration_s=duration_s,
        request_id=request_id,
        excerpt=body if status else "",
        error=error,
        curl=f"curl -sS -i {of_method}{_TOKEN if token else ''}'{url}'",
        attempt=attempt,
        **fields,
    )


def passed(
    name: str, detail: str = "as it has to be", *exchanges: Exchange, **more: Any
) -> Outcome:
    """A check that passed; its name is a node id, its API and stage are parts of it."""
    return _outcome(
        name, Result.PASSED, exchanges=exchanges, detail=detail, **{"verified": True, **more}
    )


def failed(
    name: str,
    category: Category,
    *exchanges: Exchange,
    expected: str,
    seen: str,
    hint: str = "look into the target's log at the request id",
    where: str = "",
    outcome: Result = Result.FAILED,
    **more: Any,
) -> Outcome:
    """A check that failed, at its last request unless told otherwise."""
    last = exchanges[-1] if exchanges else None
    return _outcome(
        name,
        outcome,
        exchanges=exchanges,
        category=category,
        expected=expected,
        seen=seen,
        where=where or (f"{last.method} {last.url}" if last else "this run"),
        hint=hint,
        **more,
    )


def of_run(stage: str, category: Category, *exchanges: Exchange, **parts: Any) -> Outcome:
    """A failure that belongs to the run and to no API."""
    return failed(f"apismoke::{stage}", category, *exchanges, outcome=Result.ERROR, **parts)


def not_run(names: Sequence[str], because_of: str) -> list[Outcome]:
    """Checks that were not run, because another one failed."""
    return [
        _outcome(
            name,
            Result.SKIPPED,
            detail=f"not run: {because_of} failed",
            skip_reason=SkipReason.DEPENDENCY,
            because_of=because_of,
        )
        for name in names
    ]


def skipped(name: str, reason: SkipReason, detail: str) -> Outcome:
    """A check that was left out."""
    return _outcome(name, Result.SKIPPED, detail=detail, skip_reason=reason)


def starts_of(exchanges: Iterable[Exchange]) -> dict[Exchange, float]:
    """When each was sent: 20 ms after the one before, but what it waits for has ended."""
    starts: dict[Exchange, float] = {}
    at = ended = 0.0
    for one in exchanges:
        if one in starts:
            continue
        if one.attempt > 1:
            at = ended + 1.0
        starts[one] = round(at, 4)
        ended = at + one.duration_s
        at = ended if one.url.endswith(("/health", "/login")) else at + 0.02
    return starts


def _outcome(
    name: str, outcome: Result, *, exchanges: tuple[Exchange, ...] = (), **parts: Any
) -> Outcome:
    file, _, stage = name.rpartition("::")
    api = file.rpartition("/")[2].partition(".")[0]
    if file.endswith(".py"):
        api, stage = "tests", "call"
    took = sum(one.duration_s for one in exchanges)
    parts = {"api": api, "stage": stage, "duration_s": round(took, 4), **parts}
    return Outcome(name=name, outcome=outcome, exchanges=exchanges, **parts)
