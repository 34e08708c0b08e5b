"""The result of the preflight: what every process that runs checks starts from."""

from __future__ import annotations

import time
from dataclasses import field, replace
from typing import TYPE_CHECKING

from pytest_apismoke.configuration.settings import Settings
from pytest_apismoke.errors import Failure
from pytest_apismoke.evidence import Exchange
from pytest_apismoke.http.budget import Clock
from pytest_apismoke.http.response import Response
from pytest_apismoke.http.token import Token
from pytest_apismoke.http.trace import Trace
from pytest_apismoke.openapi.spec_source import LoadedSpec
from pytest_apismoke.preflight.readiness import Ready
from pytest_apismoke.records import dataclass

if TYPE_CHECKING:
    from pytest_apismoke.openapi.change import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The result of one step of the preflight.

    `response` is the response of a fetch, the last of its `round` if there were several; `dirty`
    means that the target was left changed, in the document with the path `changed`.

    """

    failure: Failure | None = None
    response: Response | None = None
    round: tuple[Response, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    duration_s: float = 0.0
    notes: tuple[str, ...] = ()
    dirty: bool = False
    changed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecPromise:
    """The document that counts, the step that fetched it, and what it says otherwise by now."""

    loaded_spec: LoadedSpec | None
    step: Step
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightResult:
    """All that a process needs to run the checks. Has secrets: never show it, never store it.

    `trace` is that of the run, on this process's clock. `stopped_by` is the failure that keeps
    every check from running, if there is one; `polls` are the last requests for readiness and the
    version; `spec_step` is the fetch of the OpenAPI document, `comparison` what it says otherwise
    than the stored copy, and `recovery` the restore of what earlier runs left changed.
    """

    settings: Settings
    run_id: str
    trace: Trace | None = None
    ready: Ready | None = None
    stopped_by: Failure | None = None
    stopped_exchanges: tuple[Exchange, ...] = ()
    polls: tuple[Exchange, ...] = ()
    login: Step = field(default_factory=Step, repr=False)
    fetch: Step = field(default_factory=Step, repr=False)
    recovery: Step = field(default_factory=Step, repr=False)
    spec_step: Step = field(default_factory=Step)
    loaded_spec: LoadedSpec | None = None
    comparison: Comparison | None = None
    token: Token = field(default=Token(value=""), repr=False)
    token_ends_at: float | None = None
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ends_at: float = 0.0
    remaining_s: float = 0.0

    @property
    def account_is_unproven(self) -> bool:
        """Whether the settings do not show the account that the profile pins: nothing is sent."""
        return bool(self.settings.profile.document.expect and self.fetch.failure)

    @property
    def left_to_the_settings(self) -> Failure | None:
        """The changes of an earlier run that the suite of the settings reports.

        Those in a resource are reported by the suite of that, which takes them back before it
        writes: they are no reason not to prove the settings.
        """
        chosen = [one for one in self.settings.profile.resources if one.name in self.settings.apis]
        of_resource = any(one.path == self.recovery.changed for one in chosen)
        return None if of_resource else self.recovery.failure

    def with_time_left(self, clock: Clock = time.monotonic) -> PreflightResult:
        """A copy with relative times as of now: the clocks of two processes may differ."""
        token = self.token
        if self.token_ends_at is not None:
            token = replace(token, lifetime_s=max(0.0, self.token_ends_at - clock()))
        return replace(self, token=token, remaining_s=max(0.0, self.ends_at - clock()))

    def of_this_process(self) -> PreflightResult:
        """The same in another process, whose monotonic clock may be another."""
        trace = self.trace.of_this_process() if self.trace else None
        return replace(self, trace=trace)

    def shared_by(self, processes: int) -> PreflightResult:
        """A copy for each of several processes: together they keep to the rate of requests."""
        if self.settings.rate_per_s is None:
            return self
        rate_per_s = self.settings.rate_per_s / processes
        return replace(self, settings=replace(self.settings, rate_per_s=rate_per_s))
