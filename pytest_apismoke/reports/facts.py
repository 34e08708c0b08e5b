"""What a report tells about the run beside its verdict."""

from __future__ import annotations

from dataclasses import dataclass, field

from pytest_apismoke.openapi.conformance import ContractUse


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """The circumstances of a run.

    `started_at` is a date and time in UTC (RFC 3339); `notes` are sentences about the whole run.
    `repair` is the command for a target that was left changed, empty where there is none;
    `contract` is what the run has exercised of an API description.
    """

    mode: str
    target_url: str
    target_version: str | None
    started_at: str
    duration_s: float
    notes: tuple[str, ...] = ()
    repair: str = ""
    contract: ContractUse = field(default_factory=ContractUse)
