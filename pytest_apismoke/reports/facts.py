"""The facts about a run that reports show beside its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.known.entries import KnownUse
from pytest_apismoke.openapi.conformance import ContractUse
from pytest_apismoke.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnExchange:
    """A request of the run itself, such as one for readiness or the login; `purpose` says which."""

    purpose: str
    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingShown:
    """A setting with its value as it may be shown, and where it comes from."""

    name: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a run wrote at the target, and how that ended, such as `restored and proven`."""

    resource: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Facts about a run that are not part of its verdict.

    `started_at` is a date and time in UTC (RFC 3339); `notes` are sentences about the whole run.
    `repair` is the command that restores a target that was left changed, else empty;
    `not_looked_at` lists what nothing validates, and the APIs that the run leaves out; `known` is
    what the run has seen of the known violations;
    `contract` is the coverage and the drift of an OpenAPI document. `exchanges` are those of the
    run itself: readiness, login, version. `ready_after_s` is how long it waited for the target.
    `contract_lines` has the line of each place in a contract that was broken, as violations name
    it, and of each declared check that found it, as far as they are known.
    `trace` is the one that its requests name. `environment` are names and values that tell where it
    ran, such as Python's version.
    """

    mode: str
    target_url: str
    target_version: str | None
    started_at: str
    duration_s: float
    notes: tuple[str, ...] = ()
    repair: str = ""
    not_looked_at: tuple[str, ...] = ()
    known: KnownUse = field(default_factory=KnownUse)
    contract: ContractUse = field(default_factory=ContractUse)
    ready_after_s: float = 0.0
    run_id: str = ""
    trace: Trace | None = None
    expected_version: str | None = None
    exchanges: tuple[OwnExchange, ...] = ()
    settings: tuple[SettingShown, ...] = ()
    writes: tuple[Written, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    contract_lines: Mapping[str, int] = field(default_factory=dict)
